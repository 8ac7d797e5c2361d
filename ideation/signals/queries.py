from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import contains_eager, joinedload

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot
from ideation.core.clock import today
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.verdict import NotFound
from ideation.ideas.models import Idea
from ideation.ledger.models import Entry
from ideation.ledger.rules import Act
from ideation.rounds.models import Round, RoundModerator, RoundWindow
from ideation.rounds.policy import can_see
from ideation.signals.models import Outreach, Signal
from ideation.signals.rules import Cast, Kind, from_snapshot
from ideation.signals.rules import Signal as Found


def casts_since(ballot_id: int, since: datetime) -> list[Cast]:
    """What the entries still tell about votes from an account; those on paper come from nowhere and say nothing."""
    query = select(Entry.at, Entry.option, Entry.network, Entry.young, Entry.quiet).where(
        Entry.ballot_id == ballot_id, Entry.action == Act.CAST, Entry.at >= since, Entry.young.is_not(None)
    )
    return [
        Cast(at, option, network or None, young, bool(quiet)) for at, option, network, young, quiet in db.session.execute(query)
    ]


def busy_ballots(
    opened_before: datetime, closed_after: datetime, voted_after: datetime, votes: int
) -> list[tuple[int, int, datetime]]:
    """Ballots that are open, or closed a short while ago, with at least so many votes lately: id, round, beginning."""
    lately = select(Entry.ballot_id).where(Entry.action == Act.CAST, Entry.hour >= voted_after)
    lately = lately.group_by(Entry.ballot_id).having(func.count() >= votes)
    query = (
        select(Ballot.id, Ballot.round_id, RoundWindow.opens_at)
        .join(Ballot.window)
        .where(RoundWindow.opens_at <= opened_before)
        .where(Ballot.closed_at.is_(None) | (Ballot.closed_at > closed_after), Ballot.id.in_(lately))
    )
    return [(id, round_id, opens_at) for id, round_id, opens_at in db.session.execute(query.order_by(Ballot.id))]


def announced(round_id: int) -> Sequence[Outreach]:
    """Announced events of a round, the latest first."""
    return db.session.scalars(
        select(Outreach).where(Outreach.round_id == round_id).order_by(Outreach.opens_at.desc()).limit(200)
    ).all()


def overlapping(ballot_id: int, found: Found) -> Signal | None:
    """The burst as it was noticed before, while it was smaller."""
    query = select(Signal).where(Signal.ballot_id == ballot_id, Signal.idea_id == found.option)
    query = query.where(Signal.begins_at <= found.until, Signal.ends_at >= found.since)
    return db.session.scalar(query.order_by(Signal.begins_at).limit(1))


def signals_of(ballot_id: int, number: int = 1) -> Page[Signal]:
    """The newest first."""
    mine = Signal.ballot_id == ballot_id
    query = select(Signal).where(mine).options(joinedload(Signal.idea, innerjoin=True)).order_by(Signal.begins_at.desc(), Signal.id)
    total = db.session.scalar(select(func.count()).where(mine)) or 0
    return Page(list(db.session.scalars(query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))), number, total)


def signal_or_404(viewer: Account | None, signal_id: int) -> Signal:
    query = (
        select(Signal)
        .where(Signal.id == signal_id)
        .join(Signal.ballot)
        .options(joinedload(Signal.idea, innerjoin=True))
        .options(contains_eager(Signal.ballot).joinedload(Ballot.round, innerjoin=True).selectinload(Round.moderators))
    )
    signal = db.session.scalar(query)
    if signal is None or not can_see(viewer, signal.ballot.round):
        raise NotFound
    return signal


def outreach_or_404(outreach_id: int) -> Outreach:
    outreach = db.session.get(Outreach, outreach_id)
    if outreach is None:
        raise NotFound
    return outreach


@dataclass(frozen=True, slots=True)
class Marks:
    """What the votes of a signal have in common. `networks`: on each day the most frequent one; None when that was no mark."""

    young: bool
    quiet: bool
    networks: tuple[str, ...] | None


def marks_of(signal: Signal, *, always: bool = False) -> Marks:
    """`always`: the networks also where too few votes shared one for that to be a mark. After seven days there are none."""
    kinds = {fact.kind for fact in from_snapshot(signal.facts).facts}
    networks = _networks(signal) if always or Kind.NETWORK in kinds else None
    return Marks(Kind.YOUNG in kinds, Kind.QUIET in kinds, networks)


def _networks(signal: Signal) -> tuple[str, ...]:
    """A network has another hash every day, so each day of the signal has its own."""
    query = select(Entry.network, func.min(Entry.hour), func.count().label("n")).where(
        Entry.ballot_id == signal.ballot_id, Entry.option == signal.idea_id, Entry.action == Act.CAST,
        Entry.at >= signal.begins_at, Entry.at <= signal.ends_at, Entry.network.is_not(None), Entry.network != "",
    )  # fmt: skip
    most: dict[date, str] = {}
    for network, hour, _ in db.session.execute(query.group_by(Entry.network).order_by(func.count().desc(), Entry.network)):
        most.setdefault(today(hour), str(network))
    return tuple(most.values())


def waiting_signals(account: Account) -> Sequence[Row[tuple[int, str, str, datetime]]]:
    """Signals nobody has looked at, in the rounds this person curates: ballot_id, title of the idea and of the round, begins_at."""
    query = (
        select(Signal.ballot_id, Idea.title, Round.title.label("round"), Signal.begins_at)
        .join(Idea, Idea.id == Signal.idea_id)
        .join(Ballot, Ballot.id == Signal.ballot_id)
        .join(Round, Round.id == Ballot.round_id)
        .where(Signal.seen_at.is_(None))
        .order_by(Signal.begins_at)
        .limit(50)
    )
    if not account.is_admin:
        query = query.where(exists().where(RoundModerator.round_id == Round.id, RoundModerator.account_id == account.id))
    return db.session.execute(query).all()
