from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import accumulate
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, and_, case, cast, false, func, literal, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from ideation.accounts.models import Account
from ideation.challenges.models import Challenge
from ideation.challenges.rules import PUBLIC as PUBLIC_CHALLENGES
from ideation.challenges.rules import Status as ChallengeStatus
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.text import stems
from ideation.core.verdict import NotFound
from ideation.decisions.models import Decision
from ideation.ideas import policy
from ideation.ideas.models import Idea, IdeaAuthor, IdeaDecision, IdeaTag, IdeaTerm, IdeaVersion, Term
from ideation.ideas.policy import can_see
from ideation.ideas.rules import (
    LISTED,
    PART_MIN,
    SHUFFLE,
    SIMILAR_FROM,
    SIMILAR_MAX,
    SIMILAR_TITLE,
    WORDS_MAX,
    Sort,
    Status,
    meanings,
    nearest,
    parts,
    rarity,
    relevance,
    shuffle,
)
from ideation.institutions.models import Institution
from ideation.pictures.queries import can_illustrate, can_judge_pictures
from ideation.rounds.models import Round, RoundModerator
from ideation.tags.models import Tag

# The shortest words that hold a part; more of them would mean everything and nothing.
VOCABULARY_MAX, PLACES_MAX = 600, 3_000


def idea_or_404(viewer: Account | None, idea_id: int) -> Idea:
    """With round, windows, challenge, authors, tags and the decisions in force; moderators of the round for moderators."""
    idea = whole(idea_id, moderated=viewer is not None and viewer.is_moderator)
    if idea is None or not can_see(viewer, idea):
        raise NotFound
    return idea


def whole(idea_id: int, *, moderated: bool = False) -> Idea | None:
    query = select(Idea).where(Idea.id == idea_id).options(*_whole())
    if moderated:
        query = query.options(joinedload(Idea.round, innerjoin=True).joinedload(Round.moderators))
    return db.session.scalars(query).unique().one_or_none()


can_illustrate.register(Idea, lambda idea, account: policy.can_illustrate(account, idea))
can_judge_pictures.register(Idea, lambda idea, account: policy.can_judge(account, idea))


def takes_ideas(round_: Round, challenge: Challenge | None) -> bool:
    """Whether an idea may stand here at all: as an answer to an open question, or free where there are no questions."""
    if challenge is not None:
        return challenge.status == ChallengeStatus.OPEN and not challenge.is_hidden
    asked = Challenge.round_id == round_.id, Challenge.status.in_(sorted(PUBLIC_CHALLENGES)), Challenge.visibility == "shown"
    return round_.free_ideas or not db.session.scalar(select(Challenge.id).where(*asked).limit(1))


def _whole() -> tuple[Any, ...]:
    authors = joinedload(Idea.authors)
    return (
        # Few rows each: together in one statement they are the cheapest.
        joinedload(Idea.round, innerjoin=True).joinedload(Round.windows),
        joinedload(Idea.challenge),
        joinedload(Idea.merged_into),
        joinedload(Idea.status_decision),
        joinedload(Idea.visibility_decision),
        authors.joinedload(IdeaAuthor.account),
        authors.joinedload(IdeaAuthor.institution),
        joinedload(Idea.tags),
    )


def saved_by_form(form_key: str) -> int | None:
    return db.session.scalar(select(Idea.id).where(Idea.form_key == form_key))


def public_question(idea: Idea) -> Challenge | None:
    """The question as far as everybody may read it."""
    challenge = idea.challenge
    return challenge if challenge is not None and challenge.status in PUBLIC_CHALLENGES and not challenge.is_hidden else None


def versions_of(idea_id: int) -> list[IdeaVersion]:
    """Newest first."""
    query = select(IdeaVersion).where(IdeaVersion.idea_id == idea_id).order_by(IdeaVersion.number.desc())
    return list(db.session.scalars(query))


def decisions_of(idea_id: int) -> list[Decision]:
    query = select(Decision).join(IdeaDecision).where(IdeaDecision.idea_id == idea_id).order_by(Decision.id)
    return list(db.session.scalars(query))


def own_ideas(account_id: int) -> list[Idea]:
    """For the account page: what a person wrote, alone or with others, drafts too; with the round, the latest first."""
    query = select(Idea).join(Idea.authors).join(Idea.round).where(IdeaAuthor.account_id == account_id)
    return list(db.session.scalars(query.options(contains_eager(Idea.round)).order_by(Idea.saved_at.desc()).limit(200)))


@dataclass(frozen=True, slots=True)
class Waiting:
    id: int
    title: str
    submitted_at: datetime
    round_id: int
    round_title: str


def waiting(account: Account) -> list[Waiting]:
    """Submitted to a round this person curates, the longest waiting first."""
    query = select(Idea.id, Idea.title, Idea.submitted_at, Round.id, Round.title).join(Idea.round)
    if not account.is_admin:
        query = query.join(RoundModerator, RoundModerator.round_id == Round.id).where(RoundModerator.account_id == account.id)
    query = query.where(Idea.status == Status.SUBMITTED).order_by(Idea.submitted_at, Idea.id)
    return [Waiting(*row) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class Filters:
    """What an address asks for, already made harmless."""

    seed: str
    q: str = ""
    challenge: int | None = None
    tags: tuple[str, ...] = ()
    sort: Sort | None = None
    shortlist: bool = False
    page: int = 1

    @property
    def narrow(self) -> bool:
        return bool(self.q or self.challenge or self.tags or self.shortlist)


@dataclass(frozen=True, slots=True)
class Card:
    """A row of a list."""

    id: int
    title: str
    body: str
    lang: str
    status: str
    votes: int
    comments: int
    published_at: datetime | None
    dated_on: date | None
    dated_to: str
    imported: bool
    challenge_id: int | None
    question: str | None
    question_lang: str | None
    example: bool
    author: str | None
    # Other people, and the names of other institutions.
    others: int = field(default=0)
    institutions: str | None = None

    @property
    def names(self) -> str:
        return ", ".join(name for name in (self.author, self.institutions) if name)


def _listed(round_id: int | None) -> ColumnElement[bool]:
    shown = and_(Idea.visibility == "shown", Idea.status.in_(sorted(LISTED)))
    return shown if round_id is None else and_(Idea.round_id == round_id, shown)


def listing(round_: Round, filters: Filters) -> Page[Card]:
    """One page, cut in SQL, in one statement; a second one when there is nothing on it."""
    wanted, hits = _found(filters.q)
    conditions = [_listed(round_.id), *wanted, *_tagged(filters.tags)]
    if filters.challenge is not None:
        conditions.append(Idea.challenge_id == filters.challenge)
    if filters.shortlist:
        conditions.append(Idea.status == Status.SHORTLISTED)
    page = (
        select(Idea.id, literal(0).label("rank"))
        if hits is None
        else select(Idea.id, hits.c.rank).join(hits, hits.c.idea_id == Idea.id)
    )
    page = page.where(*conditions).order_by(*_order(filters, None if hits is None else hits.c.rank))
    ids = page.limit(PAGE_SIZE).offset((filters.page - 1) * PAGE_SIZE).subquery()
    total = select(func.count(Idea.id)).where(*conditions)
    query = _cards().add_columns(total.scalar_subquery()).join(ids, ids.c.id == Idea.id)
    rows = db.session.execute(query.order_by(*_order(filters, None if hits is None else ids.c.rank))).all()
    cards = [Card(*row[:-1]) for row in rows]
    return Page(cards, filters.page, rows[0][-1] if rows else db.session.scalar(total) or 0)


@cache
def _cards() -> Select[Any]:
    lead, account, institution = aliased(IdeaAuthor), aliased(Account), aliased(Institution)
    open_question = and_(
        Challenge.id == Idea.challenge_id, Challenge.visibility == "shown", Challenge.status.in_(sorted(PUBLIC_CHALLENGES))
    )
    beside = IdeaAuthor.idea_id == Idea.id, IdeaAuthor.leads.is_(False)
    others = select(func.count()).where(*beside, IdeaAuthor.institution_id.is_(None)).scalar_subquery()
    names = select(Institution.name).join(IdeaAuthor).where(*beside).correlate(Idea).order_by(IdeaAuthor.id).subquery()
    institutions = select(func.aggregate_strings(names.c.name, ", ")).scalar_subquery()
    return (
        select(
            Idea.id,
            Idea.title,
            func.substr(Idea.body, 1, 540),
            Idea.lang,
            Idea.status,
            Idea.votes,
            Idea.comments,
            Idea.published_at,
            Idea.dated_on,
            Idea.dated_to,
            Idea.source.is_not(None),
            Challenge.id,
            Challenge.question,
            Challenge.lang,
            Round.example,
            func.coalesce(account.display_name, institution.name, lead.label),
            others,
            institutions,
        )
        .join(Round, Round.id == Idea.round_id)
        .outerjoin(Challenge, open_question)
        .outerjoin(lead, and_(lead.idea_id == Idea.id, lead.leads))
        .outerjoin(account, account.id == lead.account_id)
        .outerjoin(institution, institution.id == lead.institution_id)
    )


def _order(filters: Filters, rank: ColumnElement[Any] | None) -> tuple[ColumnElement[Any], ...]:
    if filters.sort is Sort.NEWEST:
        return (Idea.published_at.desc(), Idea.id.desc())
    if filters.sort is Sort.SUPPORTED:
        return (Idea.votes.desc(), Idea.id.desc())
    if filters.sort is Sort.DISCUSSED:
        return (Idea.comments.desc(), Idea.id.desc())
    if rank is not None and filters.sort is None:
        return (rank.desc(), Idea.id.desc())
    a, b = shuffle(filters.seed)
    return ((cast(Idea.id, BigInteger) * a + b) % SHUFFLE, Idea.id)


def _tagged(slugs: Iterable[str]) -> list[ColumnElement[bool]]:
    """Tags of one frame widen the list, each further frame narrows it."""
    slugs = tuple(slugs)
    if not slugs:
        return []
    frames: dict[int, list[int]] = {}
    for tag_id, frame_id in db.session.execute(select(Tag.id, Tag.frame_id).where(Tag.slug.in_(slugs))):
        frames.setdefault(frame_id, []).append(tag_id)
    if not frames:
        return [false()]
    return [Idea.id.in_(select(IdeaTag.idea_id).where(IdeaTag.tag_id.in_(ids))) for ids in frames.values()]


def _vocabulary(words: Iterable[str], inside: Iterable[str]) -> list[tuple[int, str]]:
    """The terms that could mean these words: equal, part of them or, for those named in `inside`, longer ones."""
    known = {part for word in words for part in parts(word)}
    longer = [Term.stem.contains(word) for word in inside if len(word) >= PART_MIN]
    query = select(Term.id, Term.stem).where(or_(Term.stem.in_(sorted(known)), *longer)).order_by(func.length(Term.stem), Term.id)
    return [(key, stem) for key, stem in db.session.execute(query.limit(VOCABULARY_MAX))]


def _found(q: str) -> tuple[list[ColumnElement[bool]], Subquery | None]:
    """Conditions (every word occurs) and the ideas with their rank; nothing for an empty search."""
    if not q.strip():
        return [], None
    words = list(dict.fromkeys(stems(q)))[:WORDS_MAX]
    meant = {word: nearest(terms) for word, terms in meanings(words, _vocabulary(words, words)).items()}
    if not words or not all(meant.values()):
        return [false()], None
    exact = {key for terms in meant.values() for key, near in terms.items() if near == 1.0}
    terms = {key for by_term in meant.values() for key in by_term}
    weight = case((IdeaTerm.term_id.in_(sorted(exact)), IdeaTerm.weight * 3), else_=IdeaTerm.weight)
    hits = select(IdeaTerm.idea_id, func.sum(weight).label("rank")).where(IdeaTerm.term_id.in_(sorted(terms)))
    said = [Idea.id.in_(select(IdeaTerm.idea_id).where(IdeaTerm.term_id.in_(sorted(by_term)))) for by_term in meant.values()]
    return said, hits.group_by(IdeaTerm.idea_id).subquery()


def search(round_id: int | None, q: str, limit: int = PAGE_SIZE) -> list[Card]:
    """The best matches of one round, or of all public ones."""
    wanted, hits = _found(q)
    if hits is None:
        return []
    query = _cards().join(hits, hits.c.idea_id == Idea.id)
    query = query.where(_listed(round_id), Round.status != "draft", *wanted).order_by(hits.c.rank.desc(), Idea.id.desc())
    return [Card(*row) for row in db.session.execute(query.limit(limit))]


def _rarest(counts: dict[int, int], ideas: int) -> list[int]:
    """The terms worth looking up: none that every fourth idea has, and not more places than can be read while somebody types."""
    rising = sorted(counts.items(), key=lambda item: item[1])
    so_far = accumulate(n for _, n in rising)
    return [key for (key, n), places in zip(rising, so_far, strict=True) if n <= max(5, ideas / 4) and places <= PLACES_MAX]


@dataclass(frozen=True, slots=True)
class Similar:
    id: int
    title: str
    lang: str
    share: float


def similar(round_id: int, title: str, body: str, but: int | None = None) -> list[Similar]:
    """At most three ideas of the round that say the same; none when nothing comes close."""
    asked = dict.fromkeys(stems(title)[:WORDS_MAX], SIMILAR_TITLE)
    for word, _ in Counter(stems(body[:4_000])).most_common(WORDS_MAX):
        asked.setdefault(word, 1)
    if not asked:
        return []
    known = _vocabulary(asked, [word for word, weight in asked.items() if weight > 1])
    meant = {word: nearest(terms) for word, terms in meanings(asked, known).items()}
    keys = sorted({key for terms in meant.values() for key in terms})
    ideas = db.session.scalar(select(func.count(Idea.id)).where(_listed(round_id))) or 0
    occurs = db.session.execute(select(IdeaTerm.term_id, func.count()).where(IdeaTerm.term_id.in_(keys)).group_by(IdeaTerm.term_id))
    counts: dict[int, int] = dict(iter(occurs))
    rare = {key: rarity(n, ideas) for key, n in counts.items()}
    telling = _rarest(counts, ideas)
    query = (
        select(IdeaTerm.idea_id, IdeaTerm.term_id, IdeaTerm.weight, Idea.title, Idea.lang)
        .join(Idea, Idea.id == IdeaTerm.idea_id)
        .where(IdeaTerm.term_id.in_(telling), _listed(round_id), Idea.id != (but or 0))
    )
    has: dict[tuple[int, str, str], dict[int, int]] = {}
    for idea_id, term_id, weight, idea_title, lang in db.session.execute(query):
        has.setdefault((idea_id, idea_title, lang), {})[term_id] = weight
    near = [Similar(*idea, relevance(asked, meant, rare, terms)) for idea, terms in has.items()]
    return sorted((s for s in near if s.share >= SIMILAR_FROM), key=lambda s: (-s.share, s.id))[:SIMILAR_MAX]
