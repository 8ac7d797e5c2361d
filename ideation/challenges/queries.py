from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from ideation.accounts.models import Account
from ideation.challenges.models import Challenge, ChallengeAuthor, ChallengeDecision, ChallengeVersion
from ideation.challenges.policy import can_see
from ideation.challenges.rules import LISTED, PUBLIC, STATES, Status
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.sentence import Message
from ideation.core.verdict import NotFound
from ideation.decisions.models import Decision
from ideation.rounds.models import Round, RoundModerator
from ideation.rounds.policy import asks_to_join
from ideation.rounds.queries import registered
from ideation.tags.models import Tag

# Few rows each; authors and the round's people come with the challenge, the lists beside it.
WHOLE = (
    joinedload(Challenge.round).options(selectinload(Round.windows), selectinload(Round.moderators)),
    joinedload(Challenge.status_decision),
    joinedload(Challenge.visibility_decision),
    selectinload(Challenge.sub_questions),
    selectinload(Challenge.authors).options(joinedload(ChallengeAuthor.account), joinedload(ChallengeAuthor.institution)),
    selectinload(Challenge.tags).joinedload(Tag.frame),
)


def challenge_or_404(viewer: Account | None, challenge_id: int) -> Challenge:
    found = whole(challenge_id)
    if found is None or not can_see(viewer, found):
        raise NotFound
    return found


def whole(challenge_id: int) -> Challenge | None:
    """With its round, authors, parts and tags, whoever may see it."""
    return db.session.scalar(select(Challenge).where(Challenge.id == challenge_id).options(*WHOLE))


def takes_part(account: Account | None, round: Round) -> bool:
    """Registered for the round, where the round asks for it."""
    return not asks_to_join(round) or registered(account.id if account else None, round.id)


@dataclass(frozen=True, slots=True)
class Row:
    """A challenge in a list."""

    id: int
    question: str
    context: str
    lang: str
    status: str
    ideas: int
    comments: int
    published_at: datetime | None
    dated_on: date | None
    dated_to: str

    @property
    def state(self) -> tuple[Message, Message, str]:
        return STATES[Status(self.status)]


COLUMNS = tuple(getattr(Challenge, name) for name in Row.__slots__)


def _listed(round_id: int) -> Select[tuple[object, ...]]:
    listed = Challenge.round_id == round_id, Challenge.status.in_(LISTED), Challenge.visibility == "shown"
    return select(*COLUMNS).where(*listed)


def challenges_of(round_id: int) -> list[Row]:
    """The public questions of a round, in the order they were asked."""
    return [Row(*row) for row in db.session.execute(_listed(round_id).order_by(Challenge.id))]


def listing(round_id: int, number: int) -> Page[Row]:
    query = _listed(round_id)
    rows = db.session.execute(query.order_by(Challenge.id).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return Page([Row(*row) for row in rows], number, total)


def open_challenges(round_id: int, besides: int | None = None) -> list[tuple[int, str]]:
    """What an idea can answer and a challenge can be merged into: id and question."""
    query = select(Challenge.id, Challenge.question).where(
        Challenge.round_id == round_id,
        Challenge.status == Status.OPEN,
        Challenge.visibility == "shown",
        Challenge.id != (besides or 0),
    )
    return [(row.id, row.question) for row in db.session.execute(query.order_by(Challenge.id))]


@dataclass(frozen=True, slots=True)
class Relative:
    """A challenge joined to another by carrying over or merging. `how`: carried_from, carried_to, merged_into, merged_from."""

    how: str
    id: int
    question: str
    lang: str
    round_slug: str
    round_title: str
    round_lang: str


def relatives(challenge: Challenge) -> list[Relative]:
    """Public ones only, the nearest round first."""
    other = aliased(Challenge)
    query = (
        select(
            other.id,
            other.question,
            other.lang,
            other.carried_from_id,
            other.merged_into_id,
            Round.slug,
            Round.title,
            Round.lang.label("round_lang"),
        )
        .join(Round, Round.id == other.round_id)
        .where(other.status.in_(PUBLIC), other.visibility == "shown", Round.status != "draft")
        .where(
            or_(
                other.carried_from_id == challenge.id,
                other.merged_into_id == challenge.id,
                other.id.in_([i for i in (challenge.carried_from_id, challenge.merged_into_id) if i]),
            )
        )
        .order_by(other.id)
    )
    found = []
    for row in db.session.execute(query):
        ways = {
            "carried_from": row.id == challenge.carried_from_id,
            "merged_into": row.id == challenge.merged_into_id,
            "carried_to": row.carried_from_id == challenge.id,
            "merged_from": row.merged_into_id == challenge.id,
        }
        found += [
            Relative(how, row.id, row.question, row.lang, row.slug, row.title, row.round_lang) for how, so in ways.items() if so
        ]
    return found


def versions_of(challenge_id: int) -> Sequence[ChallengeVersion]:
    """Oldest first, with the act behind a version where the moderation made it."""
    query = select(ChallengeVersion).where(ChallengeVersion.challenge_id == challenge_id)
    return db.session.scalars(query.options(joinedload(ChallengeVersion.decision)).order_by(ChallengeVersion.number)).all()


def decisions_of(challenge_id: int) -> Sequence[Decision]:
    query = select(Decision).join(ChallengeDecision).where(ChallengeDecision.challenge_id == challenge_id)
    return db.session.scalars(query.options(joinedload(Decision.actor)).order_by(Decision.decided_at, Decision.id)).all()


def own_challenges(account_id: int) -> list[Row]:
    """For the account page: whatever the state, the latest first."""
    query = select(*COLUMNS).join(ChallengeAuthor).where(ChallengeAuthor.account_id == account_id)
    return [Row(*row) for row in db.session.execute(query.order_by(Challenge.id.desc()))]


def targets_of(account: Account, challenge: Challenge) -> list[Round]:
    """Rounds into which this person may carry a challenge over."""
    query = select(Round).where(Round.status != "archived", Round.id != challenge.round_id).options(selectinload(Round.moderators))
    if not account.is_admin:
        query = query.join(RoundModerator, RoundModerator.round_id == Round.id).where(RoundModerator.account_id == account.id)
    return list(db.session.scalars(query.order_by(Round.id.desc())))
