"""How votes are limited and counted. Pure: plain values in, plain values out."""

import re
from dataclasses import asdict, dataclass
from enum import StrEnum

from ideation.core.sentence import say
from ideation.shares.rules import Completion
from ideation.supporters.rules import Utility

SEATS_MAX, VOTES_MAX, BUDGET_MAX = 1_000, 1_000, 1_000_000_000
EUROS = re.compile(r"(\d{1,3}(?:[.\s]\d{3})+|\d{1,12})(?:,00|,-)?\s*(?:€|EUR|Euro)?", re.ASCII | re.IGNORECASE)


class Method(StrEnum):
    SUPPORT = "support"
    APPROVAL = "approval"
    POINTS = "points"


class Eligibility(StrEnum):
    """Who may vote. T1: a confirmed account. T2: a paper code of this ballot."""

    T1 = "T1"
    T2 = "T2"


class Rule(StrEnum):
    """How the winners follow from the votes: most votes win the places, most votes first while the money lasts, or see `shares`."""

    RANK = "rank"
    GREEDY = "greedy"
    EQUAL_SHARES = "equal_shares"


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
    rule: Rule = Rule.RANK
    # Whole euros; without a budget the places are what is given out.
    budget: int | None = None
    completion: Completion = Completion.NONE
    utility: Utility = Utility.COST


def told(settings: BallotSettings) -> dict[str, str | int | bool | None]:
    """The settings as the ledger's first entry says them."""
    return {name: str(value) if isinstance(value, StrEnum) else value for name, value in asdict(settings).items()}


FAULTS = {
    "missing": say("Bitte geben Sie an, wie viele Stimmen jede Person hat."),
    "range": say("Diese Zahl passt nicht. Bitte wählen Sie eine kleinere oder größere."),
    "needs_budget": say("Bitte geben Sie das Budget in ganzen Euro an."),
    "no_budget": say(
        "Nach Rang werden Plätze vergeben, kein Budget. Bitte lassen Sie das Feld leer oder wählen Sie eine andere Regel."
    ),
    "budget_list": say("Für ein Budget müssen alle Kosten vorher feststehen. Bitte wählen Sie eine geschlossene Liste."),
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
    return _budget_fault(settings)


def _budget_fault(settings: BallotSettings) -> tuple[str, str] | None:
    if settings.budget is not None and not 1 <= settings.budget <= BUDGET_MAX:
        return "budget", "range"
    if settings.rule is Rule.RANK and settings.budget is not None:
        return "budget", "no_budget"
    if settings.rule is Rule.GREEDY and settings.budget is None:
        return "budget", "needs_budget"
    if settings.budget is not None and not settings.closed_list:
        return "closed_list", "budget_list"
    return None


def read_euros(text: str) -> int | None:
    """Whole euros as people write them: 12000, 12.000 or 12 000 €; None when it is something else."""
    found = EUROS.fullmatch(" ".join(text.split()))
    return int(re.sub(r"[.\s]", "", found[1])) if found else None


@dataclass(frozen=True, slots=True)
class Limits:
    """support: nothing is limited. approval: at most `votes` ideas. points: `votes` points in all, at most `each` on one idea."""

    method: Method
    votes: int | None = None
    each: int = 1
