"""Spending a budget by votes: what has most comes first, as long as the money lasts."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from itertools import groupby
from typing import Any

from ideation.ties.rules import End, Fork, may_come_first

Money = int | Fraction


class Misfit(StrEnum):
    """What happens when an option costs more than is left: go on with the next one, or stop."""

    SKIP = "skip"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Offer:
    """An option that may be selected. `votes`: the number that counts. `cost`: in the unit of the budget, not negative."""

    option: int
    votes: int
    cost: Money


@dataclass(frozen=True, slots=True)
class Considered:
    """One option whose turn came: what was left for it, and whether it was taken."""

    option: int
    cost: Money
    left: Money
    taken: bool

    def row(self, step: int) -> dict[str, Any]:
        """As plain values; money as "a/b" or "a", in the unit of the budget."""
        return {"step": step, "option": self.option, "cost": str(self.cost), "left": str(self.left), "taken": self.taken}


def by_votes(offers: Iterable[Offer]) -> tuple[tuple[Offer, ...], ...]:
    """Most votes first; those with equal votes stand together, as listed."""
    ordered = sorted(offers, key=lambda offer: -offer.votes)
    return tuple(tuple(equal) for _, equal in groupby(ordered, key=lambda offer: offer.votes))


@dataclass(frozen=True, slots=True)
class Spending:
    """The state of spending. `pending`: those with equal votes whose turn it is; `ahead`: those with fewer votes.

    `before`: where another rule has ended, whose rest is spent here."""

    ahead: tuple[tuple[Offer, ...], ...]
    left: Money
    rank: Mapping[int, int]
    misfit: Misfit = Misfit.SKIP
    pending: tuple[Offer, ...] = ()
    considered: tuple[Considered, ...] = ()
    before: End = End(())

    @property
    def taken(self) -> tuple[int, ...]:
        return tuple(one.option for one in self.considered if one.taken)

    def key(self) -> Hashable:
        selected = frozenset(self.before.winners + self.taken)
        return selected, len(self.ahead), self.left, frozenset(offer.option for offer in self.pending)

    def run(self) -> Fork | End:
        now = self
        while now.pending or now.ahead:
            if not now.pending:
                now = replace(now, pending=now.ahead[0], ahead=now.ahead[1:])
            if now.misfit is Misfit.SKIP or all(offer.cost > now.left for offer in now.pending):
                now = now.without_misfits()
            if sum(offer.cost for offer in now.pending) <= now.left:
                for offer in now.pending:
                    now = now.after(offer)
                continue
            options = may_come_first([offer.option for offer in now.pending], now.rank)
            if len(options) > 1:
                return Fork(options, len(now.before.winners) + len(now.taken), now.taking)
            now = now.taking(options[0])
        return End(now.before.winners + now.taken, (now.before.trace, now.considered))

    def without_misfits(self) -> "Spending":
        """Those that cost more than is left are refused: the order among equals does not matter for them."""
        now = self
        for offer in self.pending:
            if offer.cost > now.left and (now.pending or now.ahead):
                now = now.after(offer)
        return now

    def taking(self, option: int) -> "Spending":
        return self.after(next(offer for offer in self.pending if offer.option == option))

    def after(self, offer: Offer) -> "Spending":
        """The state after this one's turn."""
        fits = offer.cost <= self.left
        considered = (*self.considered, Considered(offer.option, offer.cost, self.left, fits))
        pending = tuple(other for other in self.pending if other.option != offer.option)
        if fits:
            return replace(self, pending=pending, considered=considered, left=self.left - offer.cost)
        if self.misfit is Misfit.STOP:
            return replace(self, pending=(), ahead=(), considered=considered)
        return replace(self, pending=pending, considered=considered)


def spent(end: End) -> dict[str, Any]:
    """Why each option was taken or not, as plain values; `left`: what was left when its turn came, in the unit of the budget."""
    considered = [one for one in end.trace[1] if isinstance(one, Considered)]
    rows = [one.row(step) for step, one in enumerate(considered, 1)]
    return {
        "selected": [row for row in rows if row["taken"]],
        "not_selected": [row for row in rows if not row["taken"]],
    }
