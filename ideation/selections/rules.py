"""Which options win: by rank, for a number of places, with a minimum. A tie is reported, never broken here."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

PAGE_SIZE, CHOICES_MAX = 50, 200


@dataclass(frozen=True, slots=True)
class Candidate:
    """`eligible` is false when the idea was hidden, withdrawn or merged: it keeps its votes and cannot be selected."""

    option: int
    votes: int
    eligible: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """`order`: all options, most votes first. `winners`: certain. `tied`: equal at the last place, `open_places` of them win."""

    order: tuple[int, ...]
    winners: tuple[int, ...]
    tied: tuple[int, ...] = ()
    open_places: int = 0


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
    """The winners once an open tie is decided; None while it is open. A decision counts only for the tie it was made for."""
    if not outcome.tied:
        return outcome.winners
    if set(decided) <= set(outcome.tied) and len(set(decided)) == outcome.open_places:
        return outcome.winners + tuple(sorted(set(decided)))
    return None


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


def lines(kept: Collection[tuple[int, str, int, int, bool]], order: Collection[int], selected: Collection[int]) -> tuple[Line, ...]:
    """`kept`: idea, title, votes, points, eligible. In the order of the outcome, each with its place.

    Of those with equal votes the selected stand first: the mark where the places end lies below them."""
    place = places([Candidate(idea, points, eligible) for idea, _, _, points, eligible in kept])
    found = {
        idea: Line(idea, title, votes, points, place[idea], eligible, idea in selected)
        for idea, title, votes, points, eligible in kept
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
