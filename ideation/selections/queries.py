from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, case, exists, func, select
from sqlalchemy.orm import joinedload

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot
from ideation.ballots.queries import option_rows
from ideation.ballots.rules import Rule
from ideation.core.db import db
from ideation.core.paging import Page
from ideation.core.verdict import NotFound
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.ideas.rules import VOTABLE, Status
from ideation.ledger.models import Entry
from ideation.ledger.rules import Act
from ideation.rounds.models import Round, RoundModerator, RoundWindow
from ideation.rounds.policy import can_see
from ideation.rounds.rules import Activity, State, state
from ideation.selections.models import Run, Selection, TieDecision
from ideation.selections.rules import (
    CHOICES_MAX,
    PAGE_SIZE,
    Candidate,
    Inputs,
    Line,
    Outcome,
    from_snapshot,
    last_place,
    lines,
    read_outcome,
    select_winners,
    settled,
    terms_of,
)
from ideation.selections.rules import select as select_outcome
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
    """A result as far as it may be told now. `voters` and `rows` are empty while nothing may be told.

    `outcome`: None while it is still being calculated (`run` tells how far), and in a certified result."""

    ballot: Ballot
    phase: Phase
    rows: tuple[Line, ...] = ()
    voters: int = 0
    outcome: Outcome | None = None
    winners: tuple[int, ...] | None = None
    tie: dict[str, Any] | None = None
    selection: Selection | None = None
    asks_to_join: bool = False
    inputs: Inputs | None = None
    priority: tuple[int, ...] = ()
    run: Run | None = None

    @property
    def is_computing(self) -> bool:
        """The count stands, the selection does not yet."""
        return self.phase is Phase.COUNTED and self.outcome is None

    @property
    def has_failed(self) -> bool:
        return self.run is not None and self.run.outcome is not None and self.outcome is None

    @property
    def why(self) -> Mapping[str, Any] | None:
        """Why each option won or did not; not by rank, where the votes alone say it."""
        if self.selection is not None:
            found: Mapping[str, Any] | None = self.selection.snapshot.get("why")
            return found
        return self.outcome.why if self.outcome else None

    @property
    def spent(self) -> int:
        return sum(row.cost or 0 for row in self.rows if row.selected)

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
        if self.open_tie or differs or self.ballot.rule != Rule.RANK:
            return None
        return last_place(self.rows, self.ballot.seats)

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


def inputs_of(ballot: Ballot, kept: Sequence[Any]) -> Inputs:
    """`kept`: option_rows. What has no cost where there is a budget cannot be selected."""
    needs_cost = ballot.budget is not None
    candidates = tuple(
        Candidate(row.idea_id, row.points, _is_able(row) and (row.cost is not None or not needs_cost), row.cost) for row in kept
    )
    confirmed = select(func.max(Entry.id)).where(Entry.ballot_id == ballot.id, Entry.action.in_([Act.VOID, Act.REINSTATE]))
    return Inputs(terms_of(ballot.settings), candidates, db.session.scalar(confirmed) or 0)


def _is_able(row: Any) -> bool:
    return row.status in VOTABLE and row.visibility == "shown"


def priority_of(tie: TieDecision | None, inputs: Inputs) -> tuple[int, ...]:
    """Which ideas come first where they are equal. A decision counts only for what it was made for."""
    if tie is None:
        return ()
    if tie.made_for is None:  # made before this was kept: for the last place
        open_ = select_winners(list(inputs.candidates), inputs.terms.seats or 0, inputs.terms.minimum)
        return tuple(tie.ideas) if settled(open_, tie.ideas) is not None else ()
    return tuple(tie.ideas) if tie.made_for["inputs"] == inputs.key() else ()


def run_of(ballot_id: int) -> Run | None:
    return db.session.get(Run, ballot_id, populate_existing=True)


def computed(ballot: Ballot, phase: Phase = Phase.COUNTED) -> Result:
    """The result by the rule of the ballot, from the counters; by equal shares from the run for exactly these numbers.

    An open tie stays open; while people vote only counts are told."""
    kept, over = option_rows(ballot.id), phase is Phase.COUNTED
    inputs = inputs_of(ballot, kept)
    tie = tie_of(ballot.id) if over else None
    priority = priority_of(tie, inputs)
    tie = tie if priority else None
    outcome, run = None, None
    if inputs.terms.rule is Rule.EQUAL_SHARES:
        run = _present(run_of(ballot.id), inputs.key(priority)) if over else None
        outcome = read_outcome(run.outcome) if run and run.outcome and "order" in run.outcome else None
    elif over or inputs.terms.rule is Rule.RANK:
        outcome = select_outcome(inputs.candidates, [], inputs.terms, priority)
    winners = None if outcome is None or outcome.tied else outcome.winners
    sure = (winners or outcome.winners) if outcome and over else ()
    able = {c.option: c.eligible for c in inputs.candidates}
    told = [
        (r.idea_id, "" if r.visibility == "hidden" else r.title, r.votes, r.points, able[r.idea_id], r.paper, r.cost) for r in kept
    ]
    return Result(
        ballot,
        phase,
        lines(told, [row.idea_id for row in kept], sure),
        voters(ballot.id) if over else 0,
        outcome,
        winners,
        tie_facts(outcome, tie) if over else None,
        None,
        asks_to_join(ballot.round_id),
        inputs,
        priority,
        run,
    )


def _present(run: Run | None, key: str) -> Run | None:
    return run if run is not None and run.inputs == key else None


def tie_facts(outcome: Outcome | None, tie: TieDecision | None) -> dict[str, Any] | None:
    """Ideas that were equal where it mattered, and how that was decided; the last time, if it was asked again."""
    if tie is not None:
        last = (tie.made_for or {}).get("ties", [{}])[-1]
        of = {"ideas": last.get("ideas", list(tie.ideas)), "places": last.get("places", len(tie.ideas))}
        chosen, reason = list(last.get("chosen", tie.ideas)), tie.decision.reason
    elif outcome is not None and outcome.tied:
        of, chosen, reason = {"ideas": list(outcome.tied), "places": outcome.open_places}, [], ""
    else:
        return None
    return of | {"chosen": chosen, "reason": reason, "by_lot": bool(tie and tie.by_lot)}


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
