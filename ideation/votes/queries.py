from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Date, Row, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from ideation.accounts.models import Account
from ideation.activity.models import Activity as Happened
from ideation.ballots.models import Ballot, Option
from ideation.ballots.policy import can_vote_now, results_are_public
from ideation.ballots.rules import Eligibility
from ideation.core.clock import today
from ideation.core.db import UtcDateTime, db
from ideation.core.keys import unseal
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.verdict import Verdict
from ideation.ideas.models import Idea
from ideation.ideas.rules import VOTABLE
from ideation.ledger.queries import network_key, opening
from ideation.ledger.rules import CROWD, receipt_code
from ideation.rounds.models import Registration, RoundWindow
from ideation.rounds.rules import Activity
from ideation.votes.models import Participation, Vote
from ideation.votes.policy import can_read_entries, can_take_part
from ideation.votes.rules import left, voter_token


def token_of(ballot: Ballot, account: Account | None) -> str | None:
    """The voter's token; None for visitors and once the ballot's key is destroyed."""
    if account is None or ballot.sealed_key is None:
        return None
    return voter_token(unseal(ballot.sealed_key), account.id)


def _joined() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Does the round ask for a registration, and has the account (a parameter) one?"""
    join = aliased(RoundWindow)
    asks = exists().where(join.round_id == Ballot.round_id, join.activity == Activity.JOIN)
    has = exists().where(Registration.round_id == Ballot.round_id, Registration.account_id == bindparam("account"))
    return asks.label("asks_joining"), has.label("has_joined")


@dataclass(frozen=True, slots=True)
class Votable:
    """An option with all that casting has to judge, loaded in one statement."""

    option: Option
    joined: bool
    # Whether the ballot has its first vote, today's network key, and whether the account has done anything but voting.
    opened: bool = True
    network_key: bytes | None = None
    known: bool = True

    @property
    def ballot(self) -> Ballot:
        return self.option.ballot

    @property
    def idea(self) -> Idea:
        return self.option.idea


# Built once: a vote is the shortest way through the house, and building its statements would be half of it.
VOTABLE_OPTION = (
    select(
        Option,
        *_joined(),
        opening(Ballot.id).label("opened"),
        network_key(bindparam("today", type_=Date())).scalar_subquery().label("network_key"),
        exists().where(Happened.actor_id == bindparam("account"), Happened.subject_kind != "account").label("known"),
    )
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
SPENT = select(Vote.idea_id, Vote.points, Vote.commit_hash, Vote.void).where(
    Vote.ballot_id == bindparam("ballot"), Vote.voter_token == bindparam("token")
)


def votable(account_id: int | None, idea_id: int, now: datetime, *, lock: bool = False) -> Votable | None:
    """The idea's option in the ballot its round shows. `lock` holds the ballot row shared: closing waits, voters do not."""
    wanted = {"account": account_id, "idea": idea_id, "now": now, "today": today(now)}
    row = db.session.execute(LOCKED_OPTION if lock else VOTABLE_OPTION, wanted).first()
    return Votable(row[0], bool(not row[1] or row[2]), *row[3:]) if row else None


@dataclass(frozen=True, slots=True)
class Given:
    """What a voter gave to one idea, and where it stands in the ledger."""

    points: int
    commit: str
    void: bool = False


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
    # The receipt of the vote that stands, and whether that vote was declared invalid.
    code: str | None = None
    void: bool = False
    # Whether only a code on paper is missing.
    needs_code: bool = False
    # Whole euros, in a ballot with a budget.
    cost: int | None = None


def _count(ballot: Ballot, option: Option, now: datetime) -> int | None:
    if not results_are_public(ballot, now):
        return None
    return option.points if ballot.method == "points" else option.votes


def given_by(ballot_id: int, token: str | None) -> dict[int, Given]:
    """What this voter has given, by idea."""
    if token is None:
        return {}
    return {idea: Given(*rest) for idea, *rest in db.session.execute(SPENT, {"ballot": ballot_id, "token": token})}


def may_vote(ballot: Ballot, token: str | None) -> bool:
    """Whether this voter is eligible; asked of the database only where it takes a code of this ballot."""
    if ballot.eligibility == Eligibility.T1 or token is None:
        return ballot.eligibility == Eligibility.T1
    mine = Participation.ballot_id == ballot.id, Participation.voter_token == token
    return bool(db.session.scalar(select(Participation.eligible).where(*mine)))


def spent(given: Mapping[int, Given]) -> int:
    """What is used up; a vote declared invalid is not given back."""
    return sum(one.points for one in given.values())


def vote_state(viewer: Account | None, idea_id: int, now: datetime) -> VoteState | None:
    """None when the idea is an option of no ballot."""
    found = votable(viewer.id if viewer else None, idea_id, now)
    if found is None:
        return None
    token = token_of(found.ballot, viewer)
    given, eligible = given_by(found.ballot.id, token), may_vote(found.ballot, token)
    return state_of(viewer, found.ballot, found.option, found.idea, given, found.joined, now, eligible=eligible)


def state_of(
    viewer: Account | None, ballot: Ballot, option: Option, idea: Idea, given: Mapping[int, Given], joined: bool, now: datetime,
    code: str | None = None, *, eligible: bool = True,
) -> VoteState:  # fmt: skip
    """`code`: the receipt of what was just done; otherwise that of the vote that stands."""
    mine = given.get(idea.id)
    may = can_take_part(viewer, ballot, joined=joined, eligible=eligible, now=now) if viewer else can_vote_now(ballot, now)
    return VoteState(
        ballot,
        idea.id,
        idea.title,
        may,
        mine.points if mine else 0,
        left(ballot.limits, spent(given)),
        _count(ballot, option, now),
        idea.status in VOTABLE and not idea.is_hidden,
        code or (receipt_code(ballot.id, mine.commit) if mine else None),
        mine.void if mine else False,
        viewer is not None and not eligible and bool(can_vote_now(ballot, now)),
        option.cost,
    )


def votes_by(ballot: Ballot | None, viewer: Account | None) -> dict[int, Given]:
    """The viewer's votes in a ballot, for marking the cards of a list: by idea. One statement."""
    return given_by(ballot.id, token_of(ballot, viewer)) if ballot is not None else {}


@dataclass(frozen=True, slots=True)
class BallotPaper:
    """One page of the options of a ballot, with the viewer's votes."""

    states: Page[VoteState]
    # With the code of the receipt.
    mine: list[tuple[Idea, Given, str]]
    left: int | None
    voted: bool
    needs_code: bool = False


def ballot_paper(viewer: Account | None, ballot: Ballot, number: int, now: datetime) -> BallotPaper:
    """Options in an order that tells nothing: by idea, turned by the ballot's number of the day."""
    listed = Option.ballot_id == ballot.id, Idea.visibility == "shown"
    total = db.session.scalar(select(func.count()).select_from(Option).join(Option.idea).where(*listed)) or 0
    token = token_of(ballot, viewer)
    given, eligible = given_by(ballot.id, token), may_vote(ballot, token)
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
    states = [state_of(viewer, ballot, o, o.idea, given, bool(not a or h), now, eligible=eligible) for o, a, h in rows]
    mine: list[tuple[Idea, Given, str]] = []
    if given:
        ideas = db.session.scalars(select(Idea).where(Idea.id.in_(given)).order_by(Idea.title))
        mine = [(idea, given[idea.id], receipt_code(ballot.id, given[idea.id].commit)) for idea in ideas]
    return BallotPaper(Page(states, number, total), mine, left(ballot.limits, spent(given)), bool(given), not eligible)


def standing(ballot_id: int) -> dict[int, tuple[int, int]]:
    """What the votes that count add up to: idea to people and points."""
    query = select(Vote.idea_id, func.count(), func.sum(Vote.points)).where(Vote.ballot_id == ballot_id, Vote.void.is_(False))
    return {idea: (people, int(points)) for idea, people, points in db.session.execute(query.group_by(Vote.idea_id))}


def over_limit(ballot: Ballot) -> list[str]:
    """Voters who gave more than the rules allow: none, or the count is wrong. By token."""
    limits, each = ballot.limits, ballot.points_max
    query = select(Vote.voter_token).where(Vote.ballot_id == ballot.id).group_by(Vote.voter_token)
    beyond = func.max(Vote.points) > each
    if limits.votes is not None:
        beyond = or_(beyond, func.sum(Vote.points) > limits.votes)
    return list(db.session.scalars(query.having(beyond).limit(10)))


def ballots_cast(ballot_id: int) -> Sequence[Row[tuple[str, int, int]]]:
    """Every vote that counts: voter_token, idea_id, points, voter by voter. For the selection, never for showing."""
    query = select(Vote.voter_token, Vote.idea_id, Vote.points).where(Vote.ballot_id == ballot_id, Vote.void.is_(False))
    return db.session.execute(query.order_by(Vote.voter_token, Vote.idea_id)).all()


def voters(ballot_id: int) -> int:
    """How many people have a vote that counts."""
    counting = Vote.ballot_id == ballot_id, Vote.void.is_(False)
    return db.session.scalar(select(func.count(Vote.voter_token.distinct())).where(*counting)) or 0


def entries_told(ballot: Ballot) -> Verdict:
    """Whether the entries of the ledger may be told now."""
    some = select(Vote.voter_token).where(Vote.ballot_id == ballot.id).distinct().limit(CROWD).subquery()
    few = (
        ballot.closed_at is None
        and not ballot.hides_results
        and (db.session.scalar(select(func.count()).select_from(some)) or 0) < CROWD
    )
    return can_read_entries(ballot, crowd=not few)


@dataclass(frozen=True, slots=True)
class MyVotes:
    """`ideas`: each with its points, and whether the vote was declared invalid."""

    ballot: Ballot
    ideas: list[tuple[Idea, int, bool]]
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
        select(Vote.ballot_id, Idea, Vote.points, Vote.void)
        .join(Idea, Idea.id == Vote.idea_id)
        .where(or_(*(and_(Vote.ballot_id == b, Vote.voter_token == t) for b, t in tokens)))
        .order_by(Idea.title)
    )
    mine: dict[int, list[tuple[Idea, int, bool]]] = {}
    for ballot_id, idea, points, void in votes:
        mine.setdefault(ballot_id, []).append((idea, points, void))
    return [MyVotes(b, mine[b.id], bool(can_vote_now(b, now))) for b in ballots if b.id in mine]
