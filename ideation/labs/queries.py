from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from ideation.accounts.models import Account
from ideation.challenges.models import Challenge
from ideation.challenges.rules import PUBLIC as PUBLIC_CHALLENGES
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.verdict import NotFound, Verdict
from ideation.ideas.models import Idea
from ideation.ideas.rules import PUBLIC as PUBLIC_IDEAS
from ideation.ideas.rules import Status as IdeaStatus
from ideation.labs.models import Lab, LabHost, LabMember, LabOrigin
from ideation.labs.policy import TAKEABLE, can_facilitate, can_look_after
from ideation.pictures.queries import can_illustrate, can_judge_pictures
from ideation.rounds.models import Round, RoundModerator
from ideation.selections.models import SelectedIdea, Selection


def lab_or_404(slug: str) -> Lab:
    lab = whole_lab(Lab.slug == slug)
    if lab is None:
        raise NotFound
    return lab


def whole_lab(which: ColumnElement[bool]) -> Lab | None:
    """With questions, hosts, Laborbegleitung, and origins with their rounds and who moderates them."""
    idea = selectinload(Lab.origins).joinedload(LabOrigin.idea)
    challenge = selectinload(Lab.origins).joinedload(LabOrigin.challenge)
    return db.session.scalar(
        select(Lab)
        .where(which)
        .options(selectinload(Lab.questions), selectinload(Lab.hosts), selectinload(Lab.facilitators))
        .options(idea.joinedload(Idea.round), idea.joinedload(Idea.challenge))
        .options(challenge.joinedload(Challenge.round))
    )


def rounds_of(lab: Lab) -> list[Round]:
    """The rounds a lab came from, with their moderators: for the policy."""
    ids = {thing.round_id for o in lab.origins if (thing := o.idea or o.challenge)}
    query = select(Round).where(Round.id.in_(ids)).options(selectinload(Round.moderators)).order_by(Round.id)
    return list(db.session.scalars(query))


def membership(account: Account | None, lab_id: int) -> LabMember | None:
    """Somebody's own row in a lab while they belong to it, with the institution."""
    if account is None:
        return None
    mine = (LabMember.lab_id == lab_id, LabMember.account_id == account.id, LabMember.left_at.is_(None))
    return db.session.scalar(select(LabMember).where(*mine).options(joinedload(LabMember.institution)))


@can_judge_pictures.register
def _(lab: Lab, account: Account | None) -> Verdict:
    return can_look_after(account, lab, rounds_of(lab) if account is not None else ())


@can_illustrate.register
def _(lab: Lab, account: Account | None) -> Verdict:
    return can_facilitate(account, lab, membership(account, lab.id), rounds_of(lab) if account is not None else ())


@dataclass(frozen=True, slots=True)
class Source:
    """An origin as everybody may see it; without title and id when it is hidden."""

    kind: str
    id: int | None = None
    title: str = ""
    lang: str = ""
    round_title: str = ""
    round_lang: str = ""


def sources(lab: Lab) -> list[Source]:
    found = []
    for origin in lab.origins:
        kind, thing = ("idea", origin.idea) if origin.idea else ("challenge", origin.challenge)
        assert thing is not None
        public = PUBLIC_IDEAS if kind == "idea" else PUBLIC_CHALLENGES
        if thing.is_hidden or thing.status not in public or thing.round.status == "draft":
            found.append(Source(kind))
        else:
            text = thing.title if isinstance(thing, Idea) else thing.question
            found.append(Source(kind, thing.id, text, thing.lang, thing.round.title, thing.round.lang))
    return found


LabRow = Row[tuple[int, str, str, str, str, str, bool, str]]
COLUMNS = (Lab.id, Lab.slug, Lab.title, Lab.long_title, Lab.status, Lab.period_text, Lab.example, Lab.lang)


def labs_listed(number: int = 1) -> Page[LabRow]:
    """Newest first."""
    query = select(*COLUMNS, Lab.problem).order_by(Lab.created_at.desc(), Lab.id.desc())
    rows = db.session.execute(query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    return Page(rows, number, db.session.scalar(select(func.count()).select_from(Lab)) or 0)  # type: ignore[arg-type]


def labs_by_idea(idea_ids: Iterable[int]) -> dict[int, list[LabRow]]:
    """For many ideas at once: idea to labs."""
    query = select(LabOrigin.idea_id, *COLUMNS).join(Lab, Lab.id == LabOrigin.lab_id).where(LabOrigin.idea_id.in_(list(idea_ids)))
    found: dict[int, list[LabRow]] = defaultdict(list)
    for row in db.session.execute(query.order_by(Lab.id)):
        found[row.idea_id].append(row)  # type: ignore[arg-type]
    return dict(found)


def _is_mine(account: Account, round_id: object) -> object:
    return exists().where(RoundModerator.round_id == round_id, RoundModerator.account_id == account.id)


def labs_looked_after(account: Account) -> Sequence[LabRow]:
    """What somebody may edit, newest first: admins everything."""
    query = select(*COLUMNS).order_by(Lab.created_at.desc(), Lab.id.desc()).limit(200)
    if not account.is_admin:
        origin = select(LabOrigin.id).outerjoin(LabOrigin.idea).outerjoin(LabOrigin.challenge).where(LabOrigin.lab_id == Lab.id)
        mine = or_(_is_mine(account, Idea.round_id), _is_mine(account, Challenge.round_id))  # type: ignore[arg-type]
        query = query.where(or_(Lab.created_by_id == account.id, origin.where(mine).exists()))
    return db.session.execute(query).all()  # type: ignore[return-value]


def waiting_selections(account: Account) -> Sequence[Row[int, str, str, int]]:
    """Certified selections with ideas that are in no lab yet: id, round slug, round title, how many ideas."""
    query = (
        select(Selection.id, Round.slug, Round.title.label("round_title"), Round.lang, func.count().label("ideas"))
        .join(Round, Round.id == Selection.round_id)
        .join(SelectedIdea, SelectedIdea.selection_id == Selection.id)
        .join(Idea, Idea.id == SelectedIdea.idea_id)
        .where(Selection.status == "certified", Idea.status == IdeaStatus.SELECTED, Idea.visibility == "shown")
        .group_by(Selection.id, Round.slug, Round.title, Round.lang)
        .order_by(Selection.id)
        .limit(100)
    )
    if not account.is_admin:
        query = query.where(_is_mine(account, Selection.round_id))  # type: ignore[arg-type]
    return db.session.execute(query).all()


def ideas_without_lab(account: Account) -> list[Idea]:
    """Selected ideas that wait for a lab, of the rounds somebody moderates."""
    query = (
        select(Idea)
        .where(Idea.status == IdeaStatus.SELECTED, Idea.visibility == "shown")
        .options(joinedload(Idea.round).selectinload(Round.moderators))
        .order_by(Idea.id)
        .limit(200)
    )
    if not account.is_admin:
        query = query.where(_is_mine(account, Idea.round_id))  # type: ignore[arg-type]
    return list(db.session.scalars(query))


@dataclass(frozen=True, slots=True)
class Winners:
    """What can be taken into a lab from a certified selection."""

    selection: Selection
    ideas: list[Idea]

    @property
    def challenges(self) -> list[Challenge]:
        return list(
            {i.challenge.id: i.challenge for i in self.ideas if i.challenge and i.challenge.status in ("open", "in_lab")}.values()
        )

    @property
    def fresh(self) -> list[Idea]:
        return [i for i in self.ideas if i.status == IdeaStatus.SELECTED]


def winners_or_404(selection_id: int) -> Winners:
    selection = db.session.scalar(
        select(Selection)
        .where(Selection.id == selection_id, Selection.status == "certified")
        .options(joinedload(Selection.round).selectinload(Round.moderators))
    )
    if selection is None:
        raise NotFound
    ideas = (
        select(Idea)
        .join(SelectedIdea, and_(SelectedIdea.idea_id == Idea.id, SelectedIdea.selection_id == selection_id))
        .outerjoin(Idea.challenge)
        .options(contains_eager(Idea.challenge).selectinload(Challenge.sub_questions))
        .options(contains_eager(Idea.challenge).selectinload(Challenge.authors))
        .options(joinedload(Idea.round).selectinload(Round.moderators))
        .options(contains_eager(Idea.challenge).joinedload(Challenge.round).selectinload(Round.moderators))
        .where(Idea.status.in_(TAKEABLE), Idea.visibility == "shown")
        .order_by(Idea.id)
    )
    return Winners(selection, list(db.session.scalars(ideas)))


def labs_hosted_by(institution_id: int) -> Sequence[LabRow]:
    """The labs an institution carries, newest first."""
    query = select(*COLUMNS).join(LabHost, LabHost.lab_id == Lab.id).where(LabHost.institution_id == institution_id)
    return db.session.execute(query.order_by(Lab.created_at.desc(), Lab.id.desc()).limit(100)).all()  # type: ignore[return-value]
