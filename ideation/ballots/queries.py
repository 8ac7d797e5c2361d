from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot, Option, Participation, RuleNote, Vote
from ideation.ballots.policy import can_take_part, can_vote_now, results_are_public
from ideation.ballots.rules import left, voter_token
from ideation.core.db import UtcDateTime, db
from ideation.core.keys import unseal
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.verdict import NotFound, Verdict
from ideation.ideas.models import Idea
from ideation.ideas.rules import VOTABLE
from ideation.rounds.models import Registration, Round, RoundWindow
from ideation.rounds.policy import can_see
from ideation.rounds.rules import Activity, State, state


def token_of(ballot: Ballot, account: Account | None) -> str | None:
    """The voter's token; None for visitors and once the ballot's key is destroyed."""
    if account is None or ballot.sealed_key is None:
        return None
    return voter_token(unseal(ballot.sealed_key), account.id)


def a_sealed_key() -> bytes | None:
    """The key of the newest ballot that still has one."""
    query = select(Ballot.sealed_key).where(Ballot.sealed_key.is_not(None)).order_by(Ballot.id.desc())
    return db.session.scalar(query.limit(1))


def _joined() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Does the round ask for a registration, and has the account (a parameter) one?"""
    join = aliased(RoundWindow)
    asks = exists().where(join.round_id == Ballot.round_id, join.activity == Activity.JOIN)
    has = exists().where(Registration.round_id == Ballot.round_id, Registration.account_id == bindparam("account"))
    return asks.label("asks_joining"), has.label("has_joined")


def _loaded() -> tuple[object, ...]:
    return (joinedload(Ballot.window, innerjoin=True), joinedload(Ballot.round, innerjoin=True))


def ballots_of(round_id: int) -> list[Ballot]:
    query = select(Ballot).where(Ballot.round_id == round_id).options(*_loaded()).order_by(Ballot.number)
    return list(db.session.scalars(query))


def shown(ballots: Sequence[Ballot], now: datetime) -> Ballot | None:
    """The ballot a round shows: the open one, else the last one that was open, else the next."""
    begun = [b for b in ballots if state(b.window, now) is not State.COMING]
    if begun:
        return max(begun, key=lambda b: b.window.opens_at)
    return min(ballots, key=lambda b: b.window.opens_at, default=None)


def shown_ballot(round_id: int, now: datetime) -> Ballot | None:
    return shown(ballots_of(round_id), now)


def last_over(ballots: Sequence[Ballot], now: datetime) -> Ballot | None:
    over = [b for b in ballots if state(b.window, now) is State.PAST or b.closed_at is not None]
    return max(over, key=lambda b: b.window.opens_at, default=None)


def ballot_or_404(viewer: Account | None, ballot_id: int) -> Ballot:
    """A ballot of a round the viewer may see; a draft round only for its moderators."""
    query = (
        select(Ballot)
        .where(Ballot.id == ballot_id)
        .options(joinedload(Ballot.window, innerjoin=True))
        .options(joinedload(Ballot.round, innerjoin=True).options(selectinload(Round.moderators), selectinload(Round.windows)))
    )
    ballot = db.session.scalar(query)
    if ballot is None:
        raise NotFound
    if not can_see(viewer, ballot.round):
        raise NotFound
    return ballot


def rule_notes(ballot_id: int) -> list[RuleNote]:
    return list(db.session.scalars(select(RuleNote).where(RuleNote.ballot_id == ballot_id).order_by(RuleNote.id)))


def has_votes(ballot_id: int) -> bool:
    """Whether anybody has voted yet: from then on the rules are frozen, also when the vote was taken back."""
    return bool(db.session.scalar(select(exists().where(Participation.ballot_id == ballot_id))))


def in_open_ballot(idea_ids: Iterable[int], now: datetime) -> bool:
    """Whether one of these ideas is an option of a ballot that has begun and is not closed."""
    begun = (
        exists()
        .where(Option.idea_id.in_(list(idea_ids)), Option.ballot_id == Ballot.id, Ballot.window_id == RoundWindow.id)
        .where(Ballot.closed_at.is_(None), RoundWindow.opens_at <= now)
    )
    return bool(db.session.scalar(select(begun)))


@dataclass(frozen=True, slots=True)
class Votable:
    """An option with all that casting has to judge, loaded in one statement."""

    option: Option
    joined: bool

    @property
    def ballot(self) -> Ballot:
        return self.option.ballot

    @property
    def idea(self) -> Idea:
        return self.option.idea


# Built once: a vote is the shortest way through the house, and building its statements would be half of it.
VOTABLE_OPTION = (
    select(Option, *_joined())
    .join(Option.idea)
    .join(Option.ballot)
    .join(Ballot.window)
    .join(Ballot.round)
    .where(Option.idea_id == bindparam("idea"))
    .order_by((RoundWindow.opens_at > bindparam("now", type_=UtcDateTime())), RoundWindow.opens_at.desc())
    .limit(1)
    .options(contains_eager(Option.idea))
    .options(contains_eager(Option.ballot).options(contains_eager(Ballot.window), contains_eager(Ballot.round)))
)
LOCKED_OPTION = VOTABLE_OPTION.with_for_update(read=True, of=Ballot)
SPENT = select(Vote.idea_id, Vote.points).where(Vote.ballot_id == bindparam("ballot"), Vote.voter_token == bindparam("token"))


def votable(account_id: int | None, idea_id: int, now: datetime, *, lock: bool = False) -> Votable | None:
    """The idea's option in the ballot its round shows. `lock` holds the ballot row shared: closing waits, voters do not."""
    wanted = {"account": account_id, "idea": idea_id, "now": now}
    row = db.session.execute(LOCKED_OPTION if lock else VOTABLE_OPTION, wanted).first()
    return Votable(row[0], bool(not row[1] or row[2])) if row else None


@dataclass(frozen=True, slots=True)
class VoteState:
    """What the vote control of one idea shows to one viewer."""

    ballot: Ballot
    idea_id: int
    idea_title: str
    may: Verdict
    given: int
    left: int | None
    count: int | None
    takes_votes: bool


def _count(ballot: Ballot, option: Option, now: datetime) -> int | None:
    if not results_are_public(ballot, now):
        return None
    return option.points if ballot.method == "points" else option.votes


def spent_by(ballot_id: int, token: str | None) -> dict[int, int]:
    """What this voter has given: idea to points."""
    if token is None:
        return {}
    return {idea: points for idea, points in db.session.execute(SPENT, {"ballot": ballot_id, "token": token})}  # noqa: C416


def vote_state(viewer: Account | None, idea_id: int, now: datetime) -> VoteState | None:
    """None when the idea is an option of no ballot."""
    found = votable(viewer.id if viewer else None, idea_id, now)
    if found is None:
        return None
    given = spent_by(found.ballot.id, token_of(found.ballot, viewer))
    return state_of(viewer, found.ballot, found.option, found.idea, given, found.joined, now)


def state_of(
    viewer: Account | None, ballot: Ballot, option: Option, idea: Idea, given: dict[int, int], joined: bool, now: datetime
) -> VoteState:
    may = can_take_part(viewer, ballot, joined=joined, eligible=True, now=now) if viewer else can_vote_now(ballot, now)
    return VoteState(
        ballot,
        idea.id,
        idea.title,
        may,
        given.get(idea.id, 0),
        left(ballot.limits, sum(given.values())),
        _count(ballot, option, now),
        idea.status in VOTABLE and not idea.is_hidden,
    )


def votes_by(ballot: Ballot | None, viewer: Account | None) -> dict[int, int]:
    """The viewer's votes in a ballot, for marking the cards of a list: idea to points. One statement."""
    return spent_by(ballot.id, token_of(ballot, viewer)) if ballot is not None else {}


@dataclass(frozen=True, slots=True)
class BallotPaper:
    """One page of the options of a ballot, with the viewer's votes."""

    states: Page[VoteState]
    mine: list[tuple[Idea, int]]
    left: int | None
    voted: bool


def ballot_paper(viewer: Account | None, ballot: Ballot, number: int, now: datetime) -> BallotPaper:
    """Options in an order that tells nothing: by idea, turned by the ballot's number of the day."""
    listed = Option.ballot_id == ballot.id, Idea.visibility == "shown"
    total = db.session.scalar(select(func.count()).select_from(Option).join(Option.idea).where(*listed)) or 0
    given = votes_by(ballot, viewer)
    query = (
        select(Option, *_joined())
        .join(Option.idea)
        .join(Ballot, Ballot.id == Option.ballot_id)
        .where(*listed)
        .order_by((Option.idea_id * (now.toordinal() % 9973 + 1)) % 10007, Option.idea_id)
        .options(contains_eager(Option.idea))
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    rows = db.session.execute(query, {"account": viewer.id if viewer else None}).all()
    states = [state_of(viewer, ballot, o, o.idea, given, bool(not a or h), now) for o, a, h in rows]
    mine: list[tuple[Idea, int]] = []
    if given:
        ideas = db.session.scalars(select(Idea).where(Idea.id.in_(given)).order_by(Idea.title))
        mine = [(idea, given[idea.id]) for idea in ideas]
    return BallotPaper(Page(states, number, total), mine, left(ballot.limits, sum(given.values())), bool(given))


def option_rows(ballot_id: int) -> Sequence[Row[tuple[int, str, str, str, int, int]]]:
    """Every option with its counters: idea_id, title, status, visibility, votes, points."""
    query = (
        select(Option.idea_id, Idea.title, Idea.status, Idea.visibility, Option.votes, Option.points)
        .join(Idea, Idea.id == Option.idea_id)
        .where(Option.ballot_id == ballot_id)
        .order_by(Option.idea_id)
    )
    return db.session.execute(query).all()


def vote_rows(ballot_id: int) -> Sequence[Row[tuple[str, int, int]]]:
    """Every vote: voter_token, idea_id, points. For counting, never for showing."""
    return db.session.execute(select(Vote.voter_token, Vote.idea_id, Vote.points).where(Vote.ballot_id == ballot_id)).all()


def voters(ballot_id: int) -> int:
    return db.session.scalar(select(func.count(Vote.voter_token.distinct())).where(Vote.ballot_id == ballot_id)) or 0


@dataclass(frozen=True, slots=True)
class MyVotes:
    ballot: Ballot
    ideas: list[tuple[Idea, int]]
    open: bool


def my_votes(account: Account, now: datetime) -> list[MyVotes]:
    """Own votes in every ballot whose key still stands, newest ballot first."""
    query = (
        select(Ballot)
        .join(Ballot.window)
        .where(Ballot.sealed_key.is_not(None), RoundWindow.opens_at <= now)
        .options(contains_eager(Ballot.window), joinedload(Ballot.round, innerjoin=True))
        .order_by(RoundWindow.opens_at.desc())
        .limit(50)
    )
    ballots = list(db.session.scalars(query))
    tokens = [(ballot.id, token_of(ballot, account)) for ballot in ballots]
    if not tokens:
        return []
    votes = db.session.execute(
        select(Vote.ballot_id, Idea, Vote.points)
        .join(Idea, Idea.id == Vote.idea_id)
        .where(or_(*(and_(Vote.ballot_id == b, Vote.voter_token == t) for b, t in tokens)))
        .order_by(Idea.title)
    )
    mine: dict[int, list[tuple[Idea, int]]] = {}
    for ballot_id, idea, points in votes:
        mine.setdefault(ballot_id, []).append((idea, points))
    return [MyVotes(b, mine[b.id], bool(can_vote_now(b, now))) for b in ballots if b.id in mine]
