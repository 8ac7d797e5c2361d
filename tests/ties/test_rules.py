"""Branches of a calculation, on one that is nothing but branches."""

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass, replace

from ideation.ties.rules import End, Fork, follow, lot_order, may_come_first, ranked


@dataclass(frozen=True)
class Pairs:
    """`of` pairs of equal options, one of each wins. `same`: in the end it does not matter which."""

    of: int
    same: bool = False
    chosen: tuple[int, ...] = ()

    def key(self) -> Hashable:
        return self.chosen

    def run(self) -> Fork | End:
        at = len(self.chosen)
        if at == self.of:
            return End((0,) if self.same else self.chosen)
        return Fork((2 * at, 2 * at + 1), at, lambda option: replace(self, chosen=(*self.chosen, option)))


@dataclass(frozen=True)
class AnyOrder:
    """All win, whatever comes first: equal states are calculated once."""

    left: frozenset[int]
    counts: list[int]

    def key(self) -> Hashable:
        return self.left

    def run(self) -> Fork | End:
        self.counts.append(1)
        if not self.left:
            return End((1, 2, 3))
        return Fork(tuple(sorted(self.left)), 9 - len(self.left), lambda o: replace(self, left=self.left - {o}))


def test_without_a_tie_there_is_one_branch() -> None:
    found = follow(Pairs(0))
    assert (list(found.ends), found.branches, found.tied) == ([frozenset()], 1, ())


def test_every_branch_is_followed() -> None:
    found = follow(Pairs(9))
    assert (len(found.ends), found.branches, found.limit_reached) == (512, 512, False)
    assert found.tied == (0, 1)


def test_more_branches_than_the_limit_leave_it_open() -> None:
    found = follow(Pairs(10))
    assert (found.branches, found.limit_reached, found.tied) == (1_000, True, (0, 1))
    assert 0 < len(found.ends) < 1_024


def test_the_limit_itself_is_still_followed() -> None:
    assert not follow(Pairs(3), limit=8).limit_reached
    assert follow(Pairs(3), limit=7).limit_reached


def test_a_tie_that_changes_nothing_is_not_open() -> None:
    found = follow(Pairs(4, same=True))
    assert (len(found.ends), found.branches, found.tied) == (1, 16, ())


def test_a_limit_that_was_reached_is_open_even_if_nothing_differed_so_far() -> None:
    assert follow(Pairs(4, same=True), limit=3).tied == (0, 1)


def test_equal_states_are_calculated_once() -> None:
    counts: list[int] = []
    assert follow(AnyOrder(frozenset(range(6)), counts)).tied == ()
    assert len(counts) == 2**6


def test_the_first_tie_that_matters_is_named() -> None:
    class Later(Pairs):
        def run(self) -> Fork | End:
            found = super().run()
            return End(found.winners[1:]) if isinstance(found, End) else found

    assert follow(Later(3)).tied == (2, 3)


def test_the_first_end_of_each_set_is_kept_in_the_order_found() -> None:
    assert [end.winners for end in follow(Pairs(2)).ends.values()] == [(0, 2), (0, 3), (1, 2), (1, 3)]


def test_the_lot_is_the_order_of_the_hashes() -> None:
    options = range(1, 40)
    order = lot_order("2026-11-28 6aus49", options)
    hashes = [hashlib.sha256(f"lot-v1|2026-11-28 6aus49|{option}".encode()).hexdigest() for option in order]
    assert hashes == sorted(hashes)
    assert sorted(order) == list(options) and order != tuple(options)
    assert lot_order("another", options) != order
    assert lot_order("2026-11-28 6aus49", reversed(options)) == order


def test_the_lot_of_a_known_seed_stays_what_it_was() -> None:
    """By hand: for n in 1 2 3 4 5 6 7; do printf "lot-v1|Dortmund|$n" | sha256sum; done"""
    assert lot_order("Dortmund", range(1, 8)) == (3, 1, 2, 7, 4, 6, 5)


def test_who_is_ranked_comes_before_who_is_not() -> None:
    rank = ranked([7, 3, 7])
    assert rank == {7: 0, 3: 1}
    assert may_come_first((1, 3, 7), rank) == (7,)
    assert may_come_first((1, 3), rank) == (3,)
    assert may_come_first((1, 2), rank) == (1, 2)
