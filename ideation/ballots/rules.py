"""How votes are limited and counted. Pure: plain values in, plain values out."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ideation.core.sentence import say

SEATS_MAX, VOTES_MAX = 1_000, 1_000


class Method(StrEnum):
    SUPPORT = "support"
    APPROVAL = "approval"
    POINTS = "points"


class Eligibility(StrEnum):
    """Who may vote. T1: a confirmed account. T2: a paper code of this ballot."""

    T1 = "T1"
    T2 = "T2"


@dataclass(frozen=True, slots=True)
class BallotSettings:
    """What a moderator sets, and what is frozen from the first vote."""

    method: Method = Method.APPROVAL
    votes_each: int | None = 3
    points_max: int = 1
    closed_list: bool = False
    shortlist_only: bool = False
    hides_results: bool = True
    seats: int = 3
    minimum: int = 0
    eligibility: Eligibility = Eligibility.T1


FAULTS = {
    "missing": say("Bitte geben Sie an, wie viele Stimmen jede Person hat."),
    "range": say("Diese Zahl passt nicht. Bitte wählen Sie eine kleinere oder größere."),
    "needs_closed_list": say("Nur eine geschlossene Liste kann auf die engere Auswahl beschränkt werden."),
}


def settings_fault(settings: BallotSettings) -> tuple[str, str] | None:
    """The first thing that does not fit together: (field, name of the fault)."""
    if settings.method is not Method.SUPPORT and not settings.votes_each:
        return "votes_each", "missing"
    if settings.votes_each is not None and not 1 <= settings.votes_each <= VOTES_MAX:
        return "votes_each", "range"
    if settings.method is Method.POINTS and not 1 <= settings.points_max <= (settings.votes_each or 0):
        return "points_max", "range"
    if not 1 <= settings.seats <= SEATS_MAX:
        return "seats", "range"
    if settings.minimum < 0:
        return "minimum", "range"
    if settings.shortlist_only and not settings.closed_list:
        return "shortlist_only", "needs_closed_list"
    return None


def voter_token(ballot_key: bytes, account_id: int) -> str:
    """HMAC-SHA-256 of the account under the ballot's own key, as hex: the same person, unknown, in this ballot only."""
    return hmac.new(ballot_key, str(account_id).encode(), hashlib.sha256).hexdigest()


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
