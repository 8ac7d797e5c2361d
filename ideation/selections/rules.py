"""Which options win: by rank, for a number of places, with a minimum. A tie is reported, never broken here."""

from dataclasses import dataclass


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
