"""Why one option was selected and another was not, step by step, from what a calculation tells of itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from ideation.ballots.rules import Rule
from ideation.supporters.rules import Choices, Utility


class How(StrEnum):
    """shares: its supporters could (or could not) pay; rest: paid from what was left; votes: its turn came by votes; out: it took no part."""

    SHARES = "shares"
    REST = "rest"
    VOTES = "votes"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Step:
    """`option`: whose turn it was; None at the start. `amount`: what there was for the option that is explained: what its supporters
    had together after this step, or what was left of the budget when it came to `option`. `cost`: of `option`."""

    number: int
    option: int | None
    amount: Fraction
    cost: Fraction | None = None
    taken: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """Money in the currency, or in places. `before`: what its supporters had (or what was left) when it was decided.

    `money`: what each voter had at the start. `most`: the most that one of the `payers` paid. `left`: what was left afterwards."""

    option: int
    how: How
    selected: bool
    cost: Fraction = Fraction(0)
    before: Fraction = Fraction(0)
    left: Fraction = Fraction(0)
    money: Fraction = Fraction(0)
    voters: int = 0
    payers: int = 0
    most: Fraction = Fraction(0)
    steps: tuple[Step, ...] = ()

    @property
    def top(self) -> Fraction:
        """The longest bar of the picture."""
        return max(Fraction(1, 1_000), self.cost, *(step.amount for step in self.steps))


def reason_of(why: Mapping[str, Any], paths: Mapping[str, Sequence[str]], option: int, rule: Rule) -> Reason:
    """`why`: of an outcome (see `shares.explained`, `budgets.spent`); `paths`: of `histories`."""
    rows = {row["option"]: row for row in (*why["selected"], *why["not_selected"])}
    row = rows.get(option)
    if row is None:
        return Reason(option, How.OUT, selected=False)
    cost, left = Fraction(row["cost"]), Fraction(row["left"])
    if rule is Rule.GREEDY or "taken" in row:
        how = How.VOTES if rule is Rule.GREEDY else How.REST
        turns = sorted((one for one in rows.values() if "taken" in one), key=lambda one: one["step"])
        steps = tuple(_turn(one) for one in turns if one["step"] <= row["step"])
        return Reason(
            option, how, row["taken"], cost, left, left - cost if row["taken"] else left, _share(why), _voters(why), steps=steps
        )
    bought = [one for one in why["selected"] if "taken" not in one]
    path = [Fraction(amount) for amount in paths.get(str(option), ())]
    steps = _stretch(path, bought)
    if "payers" not in row:
        return Reason(option, How.SHARES, False, cost, left, left, _share(why), _voters(why), steps=steps)
    most = Fraction(row["most"])
    return Reason(option, How.SHARES, True, cost, left + cost, left, _share(why), _voters(why), row["payers"], most, steps)


def _share(why: Mapping[str, Any]) -> Fraction:
    return Fraction(why.get("money", 0))


def _voters(why: Mapping[str, Any]) -> int:
    return int(why.get("voters", 0))


def _turn(row: Mapping[str, Any]) -> Step:
    return Step(row["step"], row["option"], Fraction(row["left"]), Fraction(row["cost"]), row["taken"])


def _stretch(path: Sequence[Fraction], bought: Sequence[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The start, and every step in which the supporters spent something for another option."""
    steps = [Step(0, None, path[0])] if path else []
    for number, (before, after) in enumerate(zip(path, path[1:], strict=False)):
        if before != after:
            row = bought[number]
            steps.append(Step(row["step"], row["option"], after, Fraction(row["cost"])))
    return tuple(steps)


def histories(why: Mapping[str, Any], ballots: Iterable[tuple[Choices, int]], utility: Utility) -> dict[str, list[str]]:
    """What the supporters of each option had together at the start and after each purchase, up to its own; rounded to a thousandth.

    Follows the purchases once more with ordinary numbers: for pictures. What is decided by was calculated exactly."""
    if "money" not in why:
        return {}
    start = float(Fraction(why["money"]))
    groups = [(dict(choices) if isinstance(choices, Mapping) else dict.fromkeys(choices, 1), size) for choices, size in ballots]
    money = [start] * len(groups)
    backed: dict[int, list[int]] = {}
    for number, (choices, _) in enumerate(groups):
        for option in choices:
            backed.setdefault(option, []).append(number)
    known = [row["option"] for row in (*why["selected"], *why["not_selected"])]
    held = {option: start * sum(groups[g][1] for g in backed.get(option, ())) for option in known}
    paths = {option: [held[option]] for option in known}
    for row in (one for one in why["selected"] if "taken" not in one):
        worth = float(Fraction(row["cost"])) if utility is Utility.COST else 1.0
        share, bought = float(Fraction(row["rho"])) * worth, row["option"]
        for g in backed.get(bought, ()):
            choices, size = groups[g]
            paid = min(money[g], choices[bought] * share)
            money[g] -= paid
            for option in choices:
                if option in held:
                    held[option] -= paid * size
        del held[bought]
        for option, amount in held.items():
            paths[option].append(max(0.0, amount))
    return {str(option): [f"{amount:.3f}" for amount in path] for option, path in paths.items()}
