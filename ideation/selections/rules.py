"""Which options win: by rank, by votes within a budget, or by equal shares. A tie is reported, never broken here."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields, replace
from enum import StrEnum
from fractions import Fraction
from itertools import combinations, islice
from math import comb
from typing import Any

from ideation.ballots.rules import BallotSettings, Rule
from ideation.budgets.rules import Misfit, Money, Offer, Spending, by_votes, spent
from ideation.core.sentence import Message, say
from ideation.shares.rules import Completion, equal_shares, explained
from ideation.supporters.rules import Choices, Utility, case
from ideation.ties.rules import BRANCHES_MAX, End, follow, ranked

PAGE_SIZE, CHOICES_MAX, SETS_KEPT = 50, 200, 20


class Ties(StrEnum):
    """Which of equal options comes first: report (nobody says, so it may stay open), cheaper (then as listed), file (as listed)."""

    REPORT = "report"
    CHEAPER = "cheaper"
    LISTED = "file"


@dataclass(frozen=True, slots=True)
class Terms:
    """How winners are found, known before the votes are.

    `seats`: places, each costs 1; `budget`: money, in the unit of the costs; `rank` takes seats, the others one of the two.
    `minimum`: votes needed; without a vote nothing wins. `completion` and `utility` belong to equal shares, `misfit` to greedy."""

    rule: Rule = Rule.RANK
    seats: int | None = None
    budget: Money | None = None
    minimum: int = 0
    completion: Completion = Completion.NONE
    utility: Utility = Utility.COST
    ties: Ties = Ties.REPORT
    misfit: Misfit = Misfit.SKIP


def terms_fault(terms: Terms) -> Message | None:
    """What does not fit together."""
    if terms.rule is Rule.RANK and (terms.seats is None or terms.budget is not None):
        return say("Die Auswahl nach Rang braucht eine Zahl von Plätzen und kein Budget.")
    if (terms.seats is None) == (terms.budget is None):
        return say("Diese Auswahl braucht entweder ein Budget oder eine Zahl von Plätzen.")
    if (terms.budget or 0) < 0 or (terms.seats is not None and terms.seats < 1) or terms.minimum < 0:
        return say("Budget, Plätze und Mindestzahl dürfen nicht negativ sein, und es gibt mindestens einen Platz.")
    if terms.completion is not Completion.NONE and terms.rule is not Rule.EQUAL_SHARES:
        return say("Nur die Methode der gleichen Anteile kennt eine Regel für das restliche Geld.")
    if terms.misfit is not Misfit.SKIP and terms.rule is not Rule.GREEDY:
        return say("Nur die Auswahl nach Stimmen innerhalb des Budgets kann bei der ersten zu teuren Option enden.")
    return None


def terms_of(settings: BallotSettings) -> Terms:
    """The terms of a ballot: a budget takes the place of places."""
    shares = settings.rule is Rule.EQUAL_SHARES
    return Terms(
        settings.rule,
        settings.seats if settings.budget is None else None,
        settings.budget,
        settings.minimum,
        settings.completion if shares else Completion.NONE,
        settings.utility if shares else Utility.COST,
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """`eligible` is false when the idea was hidden, withdrawn or merged: it keeps its votes and cannot be selected.

    `votes`: the number that counts, people or points. `cost`: in the unit of the budget."""

    option: int
    votes: int
    eligible: bool = True
    cost: Money | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule gives.

    `order`: all options, most votes first. `winners`: certain, in every branch, in the order in which they were selected.
    `tied`: equal where it matters for the first time; empty when nothing is open. `open_places`: how many of them still win; with
    `ordering` it is 1 and asks which of them comes first: the answer goes into `priority` of another `select`.
    `branches`: how many were followed. `limit_reached`: there are more; then the outcome is open because not all are known, and
    with `ordering` nothing is called certain.
    `winner_sets`: every set of winners found. `why`: why each option won or did not, plain values; None by rank or while open."""

    order: tuple[int, ...]
    winners: tuple[int, ...]
    tied: tuple[int, ...] = ()
    open_places: int = 0
    ordering: bool = False
    branches: int = 1
    limit_reached: bool = False
    winner_sets: tuple[tuple[int, ...], ...] = ()
    why: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that the winners follow from, as it is now. `corrected`: changes with every correction of the votes."""

    terms: Terms
    candidates: tuple[Candidate, ...]
    corrected: int = 0

    def key(self, priority: Sequence[int] = ()) -> str:
        """SHA-256: the same key, the same winners."""
        return digest({"terms": plain_terms(self.terms), "options": [list(map(_plain, astuple(c))) for c in self.candidates],
                       "corrected": self.corrected, "priority": list(priority)})  # fmt: skip


def plain_terms(terms: Terms) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(terms).items()}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, StrEnum | Fraction) else value


def plain_outcome(outcome: Outcome) -> dict[str, Any]:
    """As it is stored. Of very many sets of winners the first are enough to show what is at stake."""
    told = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(outcome).items()}
    return told | {"winner_sets": [list(winners) for winners in outcome.winner_sets[:SETS_KEPT]]}


def read_outcome(told: Mapping[str, Any]) -> Outcome:
    known = {field.name: told[field.name] for field in fields(Outcome)}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}
    return Outcome(**values | {"winner_sets": tuple(map(tuple, known["winner_sets"]))})


def select(
    candidates: Sequence[Candidate],
    ballots: Iterable[tuple[Choices, int]],
    terms: Terms,
    priority: Sequence[int] = (),
    progress: Callable[[float], None] | None = None,
) -> Outcome:
    """The winners by these terms.

    `candidates`: as listed. `ballots`: needed for equal shares alone: (options, or option to points; people who voted so).
    `priority`: options that come first whenever they are equal to others, in this order: what a person decided, or the order of a
    lot; if it names all of them nothing stays open. `progress`: told a number from 0 to 1 now and then.
    ValueError when the terms do not fit together (`terms_fault` says why), a cost is missing or a ballot is none."""
    if fault := terms_fault(terms):
        raise ValueError(fault.text)
    able = [c for c in candidates if c.eligible and c.votes >= max(1, terms.minimum)]
    first = [*priority, *_precedence(candidates, terms.ties)]
    if terms.rule is Rule.RANK:
        return _by_rank(candidates, terms, first)
    offers = [Offer(c.option, c.votes, 1 if terms.seats is not None else _cost(c)) for c in able]
    money = Fraction(terms.budget or terms.seats or 0)
    if terms.rule is Rule.GREEDY:
        found = follow(Spending(by_votes(offers), money, ranked(first), terms.misfit))
    else:
        others = {c.option for c in candidates} - {c.option for c in able}
        polled = case(offers, others, ballots, terms.utility)
        raise_by = 1 if terms.seats is None else Fraction(1, max(1, polled.voters))
        found = equal_shares(polled, money, terms.completion, first, raise_by=raise_by, progress=progress)
    if progress:
        progress(1.0)
    sets = tuple(end.winners for end in found.ends.values())
    return Outcome(
        order=tuple(c.option for c in sorted(candidates, key=lambda c: (-c.votes, c.option))),
        winners=() if found.limit_reached else tuple(o for o in sets[0] if all(o in other for other in sets)),
        tied=found.tied,
        open_places=1 if found.tied else 0,
        ordering=bool(found.tied),
        branches=found.branches,
        limit_reached=found.limit_reached,
        winner_sets=sets,
        why=None if found.tied else _why(next(iter(found.ends.values())), terms.rule),
    )


def _cost(candidate: Candidate) -> Money:
    if candidate.cost is None or candidate.cost < 0:
        raise ValueError(f"option {candidate.option} has no cost")
    return candidate.cost


def _precedence(candidates: Sequence[Candidate], ties: Ties) -> list[int]:
    if ties is Ties.CHEAPER:
        return [c.option for c in sorted(candidates, key=lambda c: c.cost or 0)]
    return [c.option for c in candidates] if ties is Ties.LISTED else []


def _why(end: End, rule: Rule) -> Mapping[str, Any]:
    return explained(end) if rule is Rule.EQUAL_SHARES else spent(end)


def _by_rank(candidates: Sequence[Candidate], terms: Terms, first: Sequence[int]) -> Outcome:
    outcome = select_winners(list(candidates), terms.seats or 0, terms.minimum)
    rank = ranked(first)
    chosen = sorted((o for o in outcome.tied if o in rank), key=rank.__getitem__)[: outcome.open_places]
    left = outcome.open_places - len(chosen)
    tied = tuple(o for o in outcome.tied if o not in chosen) if left else ()
    winners = outcome.winners + tuple(chosen)
    ways = comb(len(tied), left)
    sets = tuple(winners + more for more in islice(combinations(tied, left), BRANCHES_MAX))
    return replace(
        outcome,
        winners=winners,
        tied=tied,
        open_places=left,
        branches=min(ways, BRANCHES_MAX),
        limit_reached=ways > BRANCHES_MAX,
        winner_sets=sets,
    )


def select_winners(candidates: list[Candidate], seats: int, minimum: int = 0) -> Outcome:
    """The `seats` options with most votes among those that are eligible and reach the minimum (and have any vote).

    Options with equal votes are listed by id, which says nothing about their place."""
    order = tuple(c.option for c in sorted(candidates, key=lambda c: (-c.votes, c.option)))
    able = sorted((c for c in candidates if c.eligible and c.votes >= max(1, minimum)), key=lambda c: (-c.votes, c.option))
    if len(able) <= seats:
        return Outcome(order, tuple(c.option for c in able))
    edge = able[seats - 1].votes
    if able[seats].votes < edge:
        return Outcome(order, tuple(c.option for c in able[:seats]))
    above = tuple(c.option for c in able if c.votes > edge)
    return Outcome(order, above, tuple(c.option for c in able if c.votes == edge), seats - len(above))


def places(candidates: list[Candidate]) -> dict[int, int]:
    """Option to place; equal votes share a place, the next place is skipped (1, 2, 2, 4)."""
    ordered = sorted(candidates, key=lambda c: -c.votes)
    found: dict[int, int] = {}
    for position, candidate in enumerate(ordered, 1):
        before = ordered[position - 2] if position > 1 else None
        same = before is not None and before.votes == candidate.votes
        found[candidate.option] = found[before.option] if before is not None and same else position
    return found


def settled(outcome: Outcome, decided: Collection[int]) -> tuple[int, ...] | None:
    """The winners once an open tie is decided; None while it is open. A decision counts only for the tie it was made for.

    Where the order is open (`ordering`), what follows from a decision is another calculation: None."""
    if not outcome.tied:
        return outcome.winners
    if outcome.ordering:
        return None
    if set(decided) <= set(outcome.tied) and len(set(decided)) == outcome.open_places:
        return outcome.winners + tuple(sorted(set(decided)))
    return None


def lot_reason(seed: str, order: Sequence[int]) -> Message:
    """What a lot says, in words; `order`: of the ideas that were equal, first come first."""
    first = " – ".join(str(idea) for idea in order[:100])
    return say(
        "Das Los hat entschieden, mit dem Losschlüssel %(seed)s. Die Reihenfolge der gleichstehenden Ideen nach ihren Nummern: %(order)s.",
        seed=seed,
        order=first,
    )


def last_place(rows: "Collection[Line]", seats: int) -> int | None:
    """After how many rows the places end: those that cannot be selected take none. None when everybody has one."""
    taken = 0
    for number, row in enumerate(rows, 1):
        taken += row.eligible
        if taken == seats:
            return number if number < len(rows) else None
    return None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a result. `votes`: people; `points`: what they gave together, the number that counts."""

    idea: int
    title: str
    votes: int
    points: int
    place: int
    eligible: bool
    selected: bool = False
    # Of the points, those that came on paper.
    paper: int = 0
    cost: int | None = None


def lines(
    kept: Collection[tuple[int, str, int, int, bool, int, int | None]], order: Collection[int], selected: Collection[int]
) -> tuple[Line, ...]:
    """`kept`: idea, title, votes, points, eligible, paper, cost. In the order of the outcome, each with its place.

    Of those with equal votes the selected stand first: the mark where the places end lies below them."""
    place = places([Candidate(idea, points, eligible) for idea, _, _, points, eligible, *_ in kept])
    found = {
        idea: Line(idea, title, votes, points, place[idea], eligible, idea in selected, paper, cost)
        for idea, title, votes, points, eligible, paper, cost in kept
    }
    return tuple(found[idea] for idea in sorted(order, key=lambda idea: (place[idea], idea not in selected)))


def snapshot_rows(rows: Collection[Line]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


def from_snapshot(snapshot: Mapping[str, Any]) -> tuple[Line, ...]:
    return tuple(Line(**row) for row in snapshot["rows"])


def digest(snapshot: Mapping[str, Any]) -> str:
    """SHA-256 of the snapshot as canonical JSON (sorted keys, no spaces, UTF-8), as hex."""
    text = json.dumps(snapshot, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
