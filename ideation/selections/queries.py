from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, case, exists, select
from sqlalchemy.orm import joinedload

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot
from ideation.ballots.queries import option_rows
from ideation.core.db import db
from ideation.core.paging import Page
from ideation.core.verdict import NotFound
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.ideas.rules import VOTABLE, Status
from ideation.rounds.models import Round, RoundModerator, RoundWindow
from ideation.rounds.policy import can_see
from ideation.rounds.rules import Activity, State, state
from ideation.selections.models import Selection, TieDecision
from ideation.selections.rules import (
    CHOICES_MAX,
    PAGE_SIZE,
    Candidate,
    Line,
    Outcome,
    from_snapshot,
    last_place,
    lines,
    select_winners,
    settled,
)
from ideation.votes.queries import voters


class Phase(StrEnum):
    """What a results page may tell."""

    COMING = "coming"
    HIDDEN = "hidden"
    INTERIM = "interim"
    COUNTING = "counting"
    COUNTED = "counted"
    CERTIFIED = "certified"


@dataclass(frozen=True, slots=True)
class Result:
    """A result as far as it may be told now. `voters` and `rows` are empty while nothing may be told."""

    ballot: Ballot
    phase: Phase
    rows: tuple[Line, ...] = ()
    voters: int = 0
    outcome: Outcome | None = None
    winners: tuple[int, ...] | None = None
    tie: dict[str, Any] | None = None
    selection: Selection | None = None
    asks_to_join: bool = False

    @property
    def told(self) -> bool:
        return self.phase in {Phase.INTERIM, Phase.COUNTED, Phase.CERTIFIED}

    @property
    def open_tie(self) -> tuple[int, ...]:
        """The ideas between which a tie is still open."""
        return self.outcome.tied if self.outcome is not None and self.winners is None else ()

    @property
    def ends(self) -> int | None:
        """After how many rows the places end; not said where a tie is open or the selection follows other reasons than the list."""
        differs = self.selection is not None and self.selection.differs
        return None if self.open_tie or differs else last_place(self.rows, self.ballot.seats)

    def page(self, number: int) -> Page[Line]:
        start = (number - 1) * PAGE_SIZE
        return Page(self.rows[start : start + PAGE_SIZE], number, len(self.rows), PAGE_SIZE)


def phase_of(ballot: Ballot, now: datetime, certified: bool = False) -> Phase:
    if ballot.closed_at is not None:
        return Phase.CERTIFIED if certified else Phase.COUNTED
    where = state(ballot.window, now)
    if where is State.COMING:
        return Phase.COMING
    if where is State.PAST:
        return Phase.COUNTING
    return Phase.HIDDEN if ballot.hides_results else Phase.INTERIM


def result_of(ballot: Ballot, now: datetime) -> Result:
    """What may be told to everybody: nothing of hidden results before the close is recorded, also not to moderators."""
    selection = selection_of_ballot(ballot.id) if ballot.closed_at is not None else None
    certified = selection is not None and selection.status == "certified"
    phase = phase_of(ballot, now, certified)
    if certified:
        assert selection is not None
        shown = selection.snapshot
        rows = _without_hidden(from_snapshot(shown), ballot.round_id)
        return Result(ballot, phase, rows, shown["voters"], None, None, shown["tie"], selection, shown["asks_to_join"])
    if phase not in {Phase.INTERIM, Phase.COUNTED}:
        return Result(ballot, phase)
    return computed(ballot, phase)


def computed(ballot: Ballot, phase: Phase = Phase.COUNTED) -> Result:
    """The result by the rule of the round, from the counters. An open tie stays open."""
    kept = option_rows(ballot.id)
    able = {row.idea_id: row.status in VOTABLE and row.visibility == "shown" for row in kept}
    outcome = select_winners([Candidate(row.idea_id, row.points, able[row.idea_id]) for row in kept], ballot.seats, ballot.minimum)
    tie = tie_of(ballot.id) if outcome.tied else None
    winners = settled(outcome, tie.ideas if tie else ())
    over = phase is Phase.COUNTED
    rows = lines(
        [(r.idea_id, "" if r.visibility == "hidden" else r.title, r.votes, r.points, able[r.idea_id]) for r in kept],
        outcome.order,
        (winners or outcome.winners) if over else (),
        {r.idea_id: r.paper for r in kept},
    )
    told = tie_facts(outcome, tie) if over else None
    return Result(
        ballot, phase, rows, voters(ballot.id) if over else 0, outcome, winners, told, None, asks_to_join(ballot.round_id)
    )


def tie_facts(outcome: Outcome, tie: TieDecision | None) -> dict[str, Any] | None:
    """An equal number of votes at the last place, and how it was decided."""
    if not outcome.tied:
        return None
    valid = tie if tie is not None and settled(outcome, tie.ideas) is not None else None
    return {
        "ideas": list(outcome.tied),
        "places": outcome.open_places,
        "chosen": list(valid.ideas) if valid else [],
        "reason": valid.decision.reason if valid else "",
    }


def asks_to_join(round_id: int) -> bool:
    join = select(RoundWindow.id).where(RoundWindow.round_id == round_id, RoundWindow.activity == Activity.JOIN)
    return db.session.scalar(join.limit(1)) is not None


def tie_of(ballot_id: int) -> TieDecision | None:
    return db.session.scalar(
        select(TieDecision).where(TieDecision.ballot_id == ballot_id).options(joinedload(TieDecision.decision))
    )


def _without_hidden(rows: Sequence[Line], round_id: int) -> tuple[Line, ...]:
    """A snapshot keeps its titles; what the moderation has hidden since is not shown."""
    hidden = set(db.session.scalars(select(Idea.id).where(Idea.round_id == round_id, Idea.visibility == "hidden")))
    return tuple(replace(row, title="") if row.idea in hidden else row for row in rows)


def selection_of_ballot(ballot_id: int) -> Selection | None:
    return db.session.scalar(select(Selection).where(Selection.ballot_id == ballot_id).options(joinedload(Selection.proposed_by)))


def selection_of_round(round_id: int) -> Selection | None:
    """The last one that was certified."""
    query = select(Selection).where(Selection.round_id == round_id, Selection.status == "certified")
    return db.session.scalar(query.order_by(Selection.certified_at.desc(), Selection.id.desc()).limit(1))


def named_selections(round_id: int) -> list[Selection]:
    """Without a vote: named by the organisers, latest first."""
    query = select(Selection).where(Selection.round_id == round_id, Selection.ballot_id.is_(None), Selection.status == "certified")
    return list(db.session.scalars(query.order_by(Selection.id.desc()).limit(20)))


def named_rows(selections: Sequence[Selection]) -> dict[int, tuple[Line, ...]]:
    """Selections of one round to their ideas, without what is hidden since."""
    every = [(s.id, row) for s in selections for row in from_snapshot(s.snapshot)]
    shown = _without_hidden([row for _, row in every], selections[0].round_id) if every else ()
    found: dict[int, tuple[Line, ...]] = {}
    for (selection_id, _), row in zip(every, shown, strict=True):
        found[selection_id] = (*found.get(selection_id, ()), row)
    return found


def selection_or_404(viewer: Account | None, selection_id: int) -> Selection:
    query = select(Selection).where(Selection.id == selection_id)
    query = query.options(
        joinedload(Selection.round).selectinload(Round.moderators), joinedload(Selection.ballot).joinedload(Ballot.window)
    )
    selection = db.session.scalar(query)
    if selection is None or not can_see(viewer, selection.round):
        raise NotFound
    return selection


def uncertified(round_id: int) -> bool:
    """Whether a ballot of the round waits for its votes, its count or its certification."""
    done = select(Selection.ballot_id).where(
        Selection.round_id == round_id, Selection.status == "certified", Selection.ballot_id.is_not(None)
    )
    return db.session.scalar(select(Ballot.id).where(Ballot.round_id == round_id, Ballot.id.not_in(done)).limit(1)) is not None


def nameable(round_id: int, among: Collection[int] | None = None) -> list[Idea]:
    """Ideas that organisers may name where there is no vote; those on the shortlist first."""
    query = select(Idea).where(Idea.round_id == round_id, Idea.status.in_(VOTABLE), Idea.visibility == "shown")
    if among is not None:
        return list(db.session.scalars(query.where(Idea.id.in_(list(among)))))
    query = query.order_by(case((Idea.status == Status.SHORTLISTED, 0), else_=1), Idea.title, Idea.id)
    return list(db.session.scalars(query.limit(CHOICES_MAX)))


def ideas_to_mark(idea_ids: Collection[int]) -> list[Idea]:
    query = select(Idea).where(Idea.id.in_(list(idea_ids))).options(joinedload(Idea.round).selectinload(Round.moderators))
    return list(db.session.scalars(query.order_by(Idea.id)))


def written_by(account_id: int, idea_ids: Collection[int]) -> bool:
    own = select(IdeaAuthor.id).where(IdeaAuthor.account_id == account_id, IdeaAuthor.idea_id.in_(list(idea_ids)))
    return db.session.scalar(own.limit(1)) is not None


def to_certify(account: Account, now: datetime) -> Sequence[Row[tuple[int, str, datetime]]]:
    """Ballots that are over and wait for somebody to certify the result, in the rounds this person curates: id, title, closes_at."""
    certified = exists().where(Selection.ballot_id == Ballot.id, Selection.status == "certified")
    query = (
        select(Ballot.id, Round.title, RoundWindow.closes_at)
        .join(Round, Round.id == Ballot.round_id)
        .join(RoundWindow, RoundWindow.id == Ballot.window_id)
        .where(RoundWindow.closes_at <= now, Round.status == "published", ~certified)
        .order_by(RoundWindow.closes_at)
        .limit(50)
    )
    if not account.is_admin:
        query = query.where(exists().where(RoundModerator.round_id == Round.id, RoundModerator.account_id == account.id))
    return db.session.execute(query).all()
