"""Spending by votes, and every order in which equal votes could be taken."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from ideation.budgets.rules import Misfit, Offer, Spending, by_votes, spent
from ideation.ties.rules import Followed, follow, ranked

OFFERS = st.lists(
    st.builds(Offer, option=st.integers(1, 9), votes=st.integers(1, 3), cost=st.integers(0, 9)),
    max_size=6,
    unique_by=lambda offer: offer.option,
)
MISFIT, BUDGET = st.sampled_from(Misfit), st.integers(0, 25)


def spend(offers: list[Offer], budget: int, misfit: Misfit = Misfit.SKIP, priority: tuple[int, ...] = ()) -> Followed:
    return follow(Spending(by_votes(offers), budget, ranked(priority), misfit))


def winners(found: Followed) -> list[tuple[int, ...]]:
    return [end.winners for end in found.ends.values()]


def offers(*pairs: tuple[int, int]) -> list[Offer]:
    return [Offer(number, votes, cost) for number, (votes, cost) in enumerate(pairs, 1)]


def test_what_does_not_fit_is_skipped_or_ends_it() -> None:
    three = offers((9, 6), (8, 7), (7, 4))
    assert winners(spend(three, 10)) == [(1, 3)]
    assert winners(spend(three, 10, Misfit.STOP)) == [(1,)]


def test_equal_votes_that_both_fit_are_no_tie() -> None:
    assert spend(offers((5, 3), (5, 4)), 7).tied == ()


def test_equal_votes_of_which_one_cannot_fit_are_no_tie() -> None:
    found = spend(offers((5, 3), (5, 40)), 7)
    assert (winners(found), found.tied) == ([(1,)], ())


def test_but_where_a_misfit_ends_it_the_same_votes_are_one() -> None:
    found = spend(offers((5, 3), (5, 40)), 7, Misfit.STOP)
    assert (winners(found), found.tied) == ([(1,), ()], (1, 2))


def test_a_tie_is_followed_until_winners_differ() -> None:
    found = spend(offers((5, 6), (5, 5), (1, 4)), 10)
    assert (winners(found), found.tied, found.branches) == ([(1, 3), (2, 3)], (1, 2), 2)


def test_a_priority_decides() -> None:
    assert winners(spend(offers((5, 6), (5, 5), (1, 5)), 10, priority=(2,))) == [(2, 3)]


def test_each_one_tells_what_was_left_for_it() -> None:
    told = spent(next(iter(spend(offers((9, 6), (8, 7)), 10).ends.values())))
    assert told == {
        "selected": [{"step": 1, "option": 1, "cost": "6", "left": "10", "taken": True}],
        "not_selected": [{"step": 2, "option": 2, "cost": "7", "left": "4", "taken": False}],
    }


def plainly(order: list[Offer], budget: int, misfit: Misfit) -> frozenset[int]:
    taken, left = set(), budget
    for offer in order:
        if offer.cost <= left:
            taken.add(offer.option)
            left -= offer.cost
        elif misfit is Misfit.STOP:
            break
    return frozenset(taken)


@given(OFFERS, BUDGET, MISFIT)
def test_the_branches_are_all_orders_of_equal_votes(found: list[Offer], budget: int, misfit: Misfit) -> None:
    orders = [order for order in permutations(found) if [o.votes for o in order] == sorted((o.votes for o in found), reverse=True)]
    assert set(spend(found, budget, misfit).ends) == {plainly(list(order), budget, misfit) for order in orders}


@given(OFFERS, BUDGET, MISFIT, st.permutations(range(1, 10)))
def test_with_an_order_of_all_options_it_is_that_order(
    found: list[Offer], budget: int, misfit: Misfit, priority: list[int]
) -> None:
    order = sorted(found, key=lambda offer: (-offer.votes, priority.index(offer.option)))
    assert set(spend(found, budget, misfit, tuple(priority)).ends) == {plainly(order, budget, misfit)}
