"""How votes are limited and counted. Pure: plain values in, plain values out."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    SUPPORT = "support"
    APPROVAL = "approval"
    POINTS = "points"


class Eligibility(StrEnum):
    """Who may vote. T1: a confirmed account. T2: a paper code of this ballot."""

    T1 = "T1"
    T2 = "T2"


@dataclass(frozen=True, slots=True)
class Limits:
    """support: nothing is limited. approval: at most `votes` ideas. points: `votes` points in all, at most `each` on one idea."""

    method: Method
    votes: int | None = None
    each: int = 1


def fault(limits: Limits, spent: int, given: int, wanted: int) -> str | None:
    """Why a change from `given` to `wanted` points on one idea is not possible, or None.

    `spent` is what the person has used in this ballot so far, `given` included."""
    if wanted < 0 or wanted > limits.each:
        return "too_many_on_one" if wanted > 0 else "negative"
    if limits.votes is not None and spent - given + wanted > limits.votes and wanted > given:
        return "used_up"
    return None


def left(limits: Limits, spent: int) -> int | None:
    """What remains; None when there is no limit."""
    return None if limits.votes is None else max(0, limits.votes - spent)


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote as a calculation needs it."""

    voter: str
    option: int
    points: int = 1


@dataclass(frozen=True, slots=True)
class Tally:
    """`counts`: option to points (support and approval: votes). `voters`: how many people voted."""

    counts: dict[int, int]
    voters: int


def tally(options: Iterable[int], votes: Iterable[Vote]) -> Tally:
    """Adds up the votes; an option without any stands with 0, a vote for no option of the ballot is an error."""
    counts = dict.fromkeys(options, 0)
    voters = set()
    for vote in votes:
        if vote.option not in counts:
            raise ValueError(f"vote for {vote.option}, which is not an option")
        counts[vote.option] += vote.points
        voters.add(vote.voter)
    return Tally(counts, len(voters))
