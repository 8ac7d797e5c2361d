"""The Method of Equal Shares: everybody who voted has the same share of the money, and supporters pay for what wins.

Source: Dominik Peters, Grzegorz Pierczyński, Piotr Skowron: Proportional Participatory Budgeting with Additive Utilities, NeurIPS
2021 (arXiv:2008.13276); for committees Peters and Skowron: Proportionality and the Limits of Welfarism, EC 2020 ("Rule X").
Completion by raising everybody's money (Add1) as on equalshares.net. An option is worth to a supporter the points given to it
(`cardinality`; 1 for an approval; in pabutools Cardinality_Sat and Additive_Cardinal_Sat), or points times its cost (`cost`; for
approvals Cost_Sat of pabutools, which leaves points out of account).

Every number is exact. Money is counted in whole units of 1/`unit` of the currency; `unit` grows when a payment needs it."""

import hashlib
import heapq
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import partial
from itertools import compress
from operator import mul
from typing import Any

from ideation.budgets.rules import Money, Spending, by_votes
from ideation.supporters.rules import Case
from ideation.ties.rules import BRANCHES_MAX, End, Followed, Fork, follow, may_come_first, ranked


class Completion(StrEnum):
    """What happens with money that supporters cannot spend together.

    none: it stays. add1: everybody's money is raised by 1 unit of the currency (for places: by the share in one more place), again
    and again; the last outcome within the budget counts. greedy: the rest is spent by votes."""

    NONE = "none"
    ADD1 = "add1"
    GREEDY = "greedy"


@dataclass(frozen=True, slots=True)
class Purchase:
    """Why an option won. Money in the currency.

    `payers`: supporters who paid something; `most`: the most any of them paid; `left`: what its supporters had together afterwards;
    `rho`: what the most anybody paid is for one unit of utility, the number by which the next option is chosen."""

    option: int
    cost: Money
    payers: int
    most: Money
    left: Money
    rho: Money

    def row(self, step: int) -> dict[str, Any]:
        """As plain values; money as "a/b" or "a"."""
        money = {"cost": self.cost, "most": self.most, "left": self.left, "rho": self.rho}
        return {"step": step, "option": self.option, "payers": self.payers} | {name: str(value) for name, value in money.items()}


class Bound:
    """No more than the true rho of an option: money only gets less, so rho only grows. Made for comparing quickly."""

    __slots__ = ("above", "below", "option", "rho")

    def __init__(self, rho: Fraction, option: int) -> None:
        self.rho, self.option, self.above, self.below = rho, option, rho.numerator, rho.denominator

    def __lt__(self, other: "Bound") -> bool:
        return self.above * other.below < other.above * self.below


class Run:
    """One run with the same money for everybody, as far as it has come. `filling`: the rest is spent by votes."""

    __slots__ = ("bought", "case", "filling", "generous", "heap", "money", "rank", "start", "taken", "unit")

    def __init__(self, case: Case, start: Fraction, rank: Mapping[int, int], filling: Money | None = None) -> None:
        self.case, self.start, self.rank, self.filling = case, start, rank, filling
        self.unit = math.lcm(start.denominator, *(offer.cost.denominator for offer in case.offers.values()))
        self.money = [int(start * self.unit)] * case.groups
        self.bought: list[Purchase] = []
        self.taken: set[int] = set()
        self.generous = True  # nobody has run short so far
        self.heap = [Bound(Fraction(0), option) for option in case.offers if option in case.support]

    def copy(self) -> "Run":
        other = Run.__new__(Run)
        for name in Run.__slots__:
            value = getattr(self, name)
            setattr(other, name, value.copy() if name in {"bought", "heap", "money", "taken"} else value)
        return other

    def key(self) -> Hashable:
        common = math.gcd(self.unit, *self.money)
        held = hashlib.sha256(b",".join(b"%x" % (money // common) for money in (self.unit, *self.money))).digest()
        return frozenset(self.taken), held

    def run(self) -> Fork | End:
        while True:
            rho, tied = self.cheapest()
            if not tied:
                break
            free = tied if len(tied) == 1 else self.independent(tied, rho)
            if not free:
                free = may_come_first(tied, self.rank)
                if len(free) > 1:
                    return Fork(free, len(self.bought), partial(self.after, rho=rho))
            for option in free:
                self.buy(option, rho)
        end = End(tuple(one.option for one in self.bought), self)
        if self.filling is None:
            return end
        rest = [offer for option, offer in self.case.offers.items() if option not in self.taken]
        return Spending(by_votes(rest), self.filling - self.spent, self.rank, before=end).run()

    @property
    def spent(self) -> Money:
        return sum((one.cost for one in self.bought), Fraction(0))

    def after(self, option: int, rho: Fraction) -> "Run":
        other = self.copy()
        other.buy(option, rho)
        return other

    def cheapest(self) -> tuple[Fraction, tuple[int, ...]]:
        """The smallest rho, and every option that has it, as listed; no option when nothing can be paid any more."""
        known: list[Bound] = []
        best: Bound | None = None
        while self.heap and (best is None or not best < self.heap[0]):
            bound = heapq.heappop(self.heap)
            rho = None if bound.option in self.taken else self.rho(bound.option, bound.rho)
            if rho is not None:
                known.append(bound := Bound(rho, bound.option))
                best = bound if best is None or bound < best else best
        for bound in known:
            heapq.heappush(self.heap, bound)
        if best is None:
            return Fraction(0), ()
        tied = {bound.option for bound in known if not best < bound}
        return best.rho, (best.option,) if len(tied) == 1 else tuple(option for option in self.case.offers if option in tied)

    def rho(self, option: int, least: Fraction) -> Fraction | None:
        """What supporters pay at most per unit of utility when they share the cost in proportion to it; None when they cannot.

        Whoever has less than that gives everything: those are looked for until nobody is left who could not pay the share.
        `least`: known not to be too much, so whoever cannot pay that much is one of them."""
        cost, worth, unit, money = self.case.offers[option].cost, self.case.worth(option), self.unit, self.money
        if not cost:
            return least
        need = cost.numerator * (unit // cost.denominator)
        share, of = least.numerator * worth.numerator * unit, least.denominator * worth.denominator
        rich: list[tuple[int, int, Sequence[int]]] = [
            (given.points, size, held(money)) for given in self.case.support[option] for size, held in given.parts
        ]
        parts = 0  # all points of the rich
        while True:
            stay: list[tuple[int, int, Sequence[int]]] = []
            found = 0
            for points, size, held in rich:
                enough = -(-share * points // of) or 1
                able = [one for one in held if one >= enough]
                if len(able) < len(held):
                    need -= (sum(held) - sum(able)) * size
                found += len(able) * size * points
                stay.append((points, size, able))
            if not found:
                return None
            if found == parts:
                return Fraction(need * worth.denominator, parts * unit * worth.numerator)
            rich, parts, share, of = stay, found, need, found

    def independent(self, tied: Sequence[int], rho: Fraction) -> tuple[int, ...]:
        """Of equal options those whose turn changes nothing for the other ones: nobody who supports one of them and another one
        would run short by paying for all of them."""
        due: dict[int, Fraction] = {}
        several: set[int] = set()
        for option in tied:
            for given in self.case.support[option]:
                for g in given.groups:
                    if self.money[g]:
                        if g in due:
                            several.add(g)
                        due[g] = due.get(g, Fraction(0)) + given.points * rho * self.case.worth(option)
        short = {g for g in several if self.money[g] < due[g] * self.unit}
        return tuple(o for o in tied if all(short.isdisjoint(given.groups) for given in self.case.support[o]))

    def buy(self, option: int, rho: Fraction) -> None:
        """The option is selected, and its supporters pay for it."""
        self.taken.add(option)
        share = rho * self.case.worth(option)  # for one point
        if (factor := (share * self.unit).denominator) > 1:
            self.unit *= factor
            self.money = [held * factor for held in self.money]
        money, single = self.money, int(share * self.unit)
        payers, most, left = 0, 0, 0
        for given in self.case.support[option]:
            due = given.points * single
            before = given.held(money)
            self.generous = self.generous and due <= min(before)
            after = [held - due if held > due else 0 for held in before]
            for g, held in zip(given.groups, after, strict=True):
                money[g] = held
            payers += sum(compress(given.weights, before))
            left += sum(map(mul, given.weights, after))
            most = max(most, min(due, max(before)))
        cost = self.case.offers[option].cost
        self.bought.append(Purchase(option, cost, payers if cost else 0, Fraction(most, self.unit), Fraction(left, self.unit), rho))

    def same_until(self) -> Fraction:
        """How much everybody could have at the start with the very same purchases; not reached itself.

        Where nobody ran short, everybody paid the same part as with more money, in the same order. So it goes on at least until
        the supporters of another option have together what it costs."""
        if not self.generous:
            return self.start
        return min(
            (
                Fraction(self.case.offers[option].cost) / sum(sum(given.weights) for given in supporters)
                for option, supporters in self.case.support.items()
                if option not in self.taken
            ),
            default=self.start,
        )

    def left(self, option: int) -> Fraction:
        """What the supporters of an option have together."""
        supporters = self.case.support.get(option, ())
        return Fraction(sum(sum(map(mul, given.weights, given.held(self.money))) for given in supporters), self.unit)


def explained(end: End) -> dict[str, Any]:
    """Why each option won or did not, as plain values; money as "a/b" or "a" in the currency.

    `money`: what each voter had at the start. `selected`: a row for each purchase (see `Purchase`) and, where the rest was spent by
    votes, for each option that was taken then. `not_selected`: its cost, and what its supporters had left together at the end."""
    run, filled = end.trace if isinstance(end.trace, tuple) else (end.trace, ())
    steps = [*run.bought, *(one for one in filled if one.taken)]
    return {
        "voters": run.case.voters,
        "money": str(run.start),
        "selected": [one.row(step) for step, one in enumerate(steps, 1)],
        "not_selected": [
            {"option": option, "cost": str(offer.cost), "left": str(run.left(option))}
            for option, offer in run.case.offers.items()
            if option not in end.winners
        ],
    }


def equal_shares(
    case: Case,
    budget: Money,
    completion: Completion = Completion.NONE,
    priority: Iterable[int] = (),
    *,
    raise_by: Money = 1,
    progress: Callable[[float], None] | None = None,
    limit: int = BRANCHES_MAX,
) -> Followed:
    """The options that win, in every branch that ties allow. `budget`: in the unit of the costs, shared among all who voted.

    add1: everybody's money is raised by `raise_by` after each run. A branch whose outcome costs more than the budget is over, and
    what was within the budget one step before counts; so it is when every option with supporters is selected. Each step decides
    its ties anew: no outcome is called certain that another order of equal options could change. `limit` is that of one step."""
    rank = ranked(priority)
    if not case.voters:
        return Followed({frozenset(): End((), Run(case, Fraction(0), rank))})
    start = Fraction(budget) / case.voters
    if completion is not Completion.ADD1:
        return follow(Run(case, start, rank, budget if completion is Completion.GREEDY else None), limit)
    return _raised(case, budget, start, rank, Fraction(raise_by), progress, limit)


def _raised(
    case: Case,
    budget: Money,
    start: Fraction,
    rank: Mapping[int, int],
    raise_by: Fraction,
    progress: Callable[[float], None] | None,
    limit: int,
) -> Followed:
    ends: dict[frozenset[int], End] = {}
    before = Followed({})
    tied: tuple[int, ...] = ()
    branches, reached = 1, 0.0
    while True:
        found = follow(Run(case, start, rank), limit)
        branches = max(branches, found.branches)
        within = {winners: end for winners, end in found.ends.items() if end.trace.spent <= budget}
        if len(within) < len(found.ends) or found.limit_reached:
            ends |= before.ends
            tied = tied or before.tied or found.tied
        before = Followed(within, found.tied)
        if found.limit_reached or not within or all(len(winners) == len(case.support) for winners in within):
            ends |= within
            tied = tied or (found.tied if within else ())
            open_ = len(ends) > 1 or found.limit_reached
            return Followed(ends, tied if open_ else (), branches, found.limit_reached)
        if progress and budget:
            reached = max(reached, *(float(end.trace.spent / budget) for end in within.values()))
            progress(reached)
        if found.branches == 1:
            same = next(iter(within.values())).trace.same_until()
            start += max(0, math.ceil((same - start) / raise_by) - 1) * raise_by
        start += raise_by
