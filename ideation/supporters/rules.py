"""Who supports what: voters with equal choices together, as a calculation with many steps needs them.

Voters with equal choices always have equal money, so they are one group: 50,000 people are as few as they chose differently."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter

from ideation.budgets.rules import Money, Offer

Choices = Mapping[int, int] | Sequence[int]
Held = Callable[[list[int]], tuple[int, ...]]


class Utility(StrEnum):
    """What a selected option is worth to its supporters: its cost, or 1 (times the points they gave)."""

    COST = "cost"
    CARDINALITY = "cardinality"


@dataclass(frozen=True, slots=True)
class Supporters:
    """Groups who gave an option the same points, and their voters. `held(money)`: what one of each group has.

    `parts`: the same voters as (voters, what each such part holds): a group of 10 is one part of 8 voters and two of 1, so that few
    sums are enough however many sizes of groups there are."""

    points: int
    groups: tuple[int, ...]
    weights: tuple[int, ...]
    held: Held
    parts: tuple[tuple[int, Held], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What stays the same in every run. Voters with equal choices always have equal money: they are one group.

    `offers`: as listed. `groups`: how many. `support`: option to its supporters. `voters`: all who voted."""

    offers: Mapping[int, Offer]
    groups: int
    support: Mapping[int, tuple[Supporters, ...]]
    voters: int
    utility: Utility

    def worth(self, option: int) -> Money:
        """The utility of one point. What costs nothing is free for everybody: there it makes no difference."""
        return (self.offers[option].cost or 1) if self.utility is Utility.COST else 1


def case(offers: Iterable[Offer], others: Collection[int], ballots: Iterable[tuple[Choices, int]], utility: Utility) -> Case:
    """`ballots`: (options, or option to points; how many people voted so). A choice of 0 points is none; so is one in `others`,
    the options that cannot be selected. ValueError for negative numbers and for options that are neither."""
    kept = {offer.option: offer for offer in offers}
    weights: dict[tuple[tuple[int, int], ...], int] = {}
    voters = 0
    for choices, weight in ballots:
        pairs = choices.items() if isinstance(choices, Mapping) else dict.fromkeys(choices, 1).items()
        for option, points in pairs:
            if option not in kept and option not in others:
                raise ValueError(f"choice of {option}, which is not an option")
            if points < 0:
                raise ValueError(f"{points} points for {option}")
        if weight < 0:
            raise ValueError(f"a ballot of {weight} people")
        chosen = tuple(sorted((option, points) for option, points in pairs if points and option in kept))
        voters += weight
        if chosen and weight:
            weights[chosen] = weights.get(chosen, 0) + weight
    sizes = [weights[chosen] for chosen in sorted(weights)]
    support: dict[int, dict[int, list[int]]] = {}
    for group, chosen in enumerate(sorted(weights)):
        for option, points in chosen:
            support.setdefault(option, {}).setdefault(points, []).append(group)
    by_points = {o: tuple(_supporters(points, g, sizes) for points, g in sorted(given.items())) for o, given in support.items()}
    return Case(kept, len(weights), by_points, voters, utility)


def _supporters(points: int, groups: list[int], sizes: Sequence[int]) -> Supporters:
    parts: dict[int, list[int]] = {}
    for group in groups:
        size, rest = 1, sizes[group]
        while rest:
            rest, times = divmod(rest, 8)
            if times:
                parts.setdefault(size, []).extend([group] * times)
            size *= 8
    weights = tuple(sizes[group] for group in groups)
    return Supporters(points, tuple(groups), weights, _held(groups), tuple((size, _held(p)) for size, p in sorted(parts.items())))


def _held(groups: list[int]) -> Held:
    if len(groups) == 1:
        only = groups[0]
        return lambda money: (money[only],)
    return itemgetter(*groups)
