from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Row, exists, func, select
from sqlalchemy.orm import joinedload, selectinload

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot, Option, RuleNote
from ideation.core.db import db
from ideation.core.verdict import NotFound
from ideation.ideas.models import Idea
from ideation.ideas.rules import VOTABLE
from ideation.ledger.queries import opening
from ideation.rounds.models import Round, RoundModerator, RoundWindow
from ideation.rounds.policy import can_see
from ideation.rounds.rules import State, state


def a_sealed_key() -> bytes | None:
    """The key of the newest ballot that still has one."""
    query = select(Ballot.sealed_key).where(Ballot.sealed_key.is_not(None)).order_by(Ballot.id.desc())
    return db.session.scalar(query.limit(1))


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


def in_open_ballot(idea_ids: Iterable[int], now: datetime) -> bool:
    """Whether one of these ideas is an option of a ballot that has begun and is not closed."""
    begun = (
        exists()
        .where(Option.idea_id.in_(list(idea_ids)), Option.ballot_id == Ballot.id, Ballot.window_id == RoundWindow.id)
        .where(Ballot.closed_at.is_(None), RoundWindow.opens_at <= now)
    )
    return bool(db.session.scalar(select(begun)))


def option_rows(ballot_id: int) -> Sequence[Row[tuple[int, str, str, str, int, int, int, int | None]]]:
    """Every option with its counters: idea_id, title, status, visibility, votes, points, paper, cost."""
    query = (
        select(Option.idea_id, Idea.title, Idea.status, Idea.visibility, Option.votes, Option.points, Option.paper, Option.cost)
        .join(Idea, Idea.id == Option.idea_id)
        .where(Option.ballot_id == ballot_id)
        .order_by(Option.idea_id)
    )
    return db.session.execute(query).all()


def _without_cost() -> tuple[object, ...]:
    """Options that could be selected if anybody had said what they cost."""
    able = Idea.status.in_(list(VOTABLE)), Idea.visibility == "shown"
    return Option.cost.is_(None), Ballot.budget.is_not(None), *able


def missing_costs(round_id: int) -> dict[int, int]:
    """Ballots of a round with a budget to how many of their options have no cost."""
    query = select(Option.ballot_id, func.count()).join(Idea, Idea.id == Option.idea_id).join(Ballot, Ballot.id == Option.ballot_id)
    query = query.where(Ballot.round_id == round_id, *_without_cost()).group_by(Option.ballot_id)
    return dict(db.session.execute(query).all())


def to_price(account: Account) -> Sequence[Row[tuple[int, str, datetime, int]]]:
    """Ballots with a budget whose rules are not frozen yet and whose options lack costs, in the rounds this person curates:
    id, title, opens_at, missing."""
    query = (
        select(Ballot.id, Round.title, RoundWindow.opens_at, func.count().label("missing"))
        .join(Round, Round.id == Ballot.round_id)
        .join(RoundWindow, RoundWindow.id == Ballot.window_id)
        .join(Option, Option.ballot_id == Ballot.id)
        .join(Idea, Idea.id == Option.idea_id)
        .where(Ballot.closed_at.is_(None), Round.status == "published", ~opening(Ballot.id), *_without_cost())
        .group_by(Ballot.id, Round.title, RoundWindow.opens_at)
        .order_by(RoundWindow.opens_at)
        .limit(50)
    )
    if not account.is_admin:
        query = query.where(exists().where(RoundModerator.round_id == Round.id, RoundModerator.account_id == account.id))
    return db.session.execute(query).all()
