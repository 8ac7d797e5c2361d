"""The Method of Equal Shares against a slow and plain second implementation, and against what cities published."""

import json
import random
import time
from collections.abc import Iterable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ideation.budgets.rules import Offer
from ideation.elections.rules import ballots, candidates
from ideation.shares.rules import Completion, equal_shares, explained
from ideation.supporters.rules import Case, Utility, case
from ideation.ties.rules import Followed
from tests.pabulib.files import election, outcomes
from tests.shares import naive

OPTIONS = range(1, 6)
COSTS = st.fixed_dictionaries({option: st.integers(1, 12) for option in OPTIONS})
BALLOTS = st.lists(st.dictionaries(st.sampled_from(OPTIONS), st.integers(1, 3), max_size=4), min_size=1, max_size=6)
APPROVALS = st.lists(st.dictionaries(st.sampled_from(OPTIONS), st.just(1), max_size=4), min_size=1, max_size=6)
EITHER = st.one_of(BALLOTS, APPROVALS)
BUDGET = st.integers(1, 40)
UTILITY = st.sampled_from(Utility)
SMALL = settings(max_examples=150, deadline=None)


def polled(costs: dict[int, int], votes: Iterable[dict[int, int]], utility: Utility = Utility.COST, weight: int = 1) -> Case:
    return case([Offer(option, 1, cost) for option, cost in costs.items()], (), [(vote, weight) for vote in votes], utility)


def sets(found: Followed) -> set[frozenset[int]]:
    return set(found.ends)


def only(found: Followed) -> dict[str, object]:
    assert len(found.ends) == 1
    return explained(next(iter(found.ends.values())))


def test_a_majority_does_not_take_everything() -> None:
    votes = [{1: 1, 2: 1, 3: 1}] * 6 + [{4: 1, 5: 1}] * 4
    found = equal_shares(polled(dict.fromkeys(OPTIONS, 2), votes), 10)
    assert sets(found) == {frozenset(OPTIONS)}
    dearer = equal_shares(polled(dict.fromkeys(OPTIONS, 3), votes), 10)
    assert sets(dearer) == {frozenset({a, b, c}) for a, b in [(1, 2), (1, 3), (2, 3)] for c in (4, 5)}


def test_each_winner_tells_who_paid_and_what_was_left() -> None:
    votes = [{1: 1}, {1: 1, 2: 1}, {1: 1, 2: 1}, {2: 1}]
    told = only(equal_shares(polled({1: 6, 2: 5, 3: 9}, votes), 16))
    assert (told["voters"], told["money"]) == (4, "4")
    assert told["selected"] == [
        {"step": 1, "option": 1, "payers": 3, "cost": "6", "most": "2", "left": "6", "rho": "1/3"},
        {"step": 2, "option": 2, "payers": 3, "cost": "5", "most": "5/3", "left": "3", "rho": "1/3"},
    ]
    assert told["not_selected"] == [{"option": 3, "cost": "9", "left": "0"}]
    assert json.loads(json.dumps(told)) == told


def test_whoever_has_less_than_the_share_gives_everything() -> None:
    votes = [{1: 1, 2: 1}, {2: 1}]
    told = only(equal_shares(polled({1: 3, 2: 5}, votes, Utility.CARDINALITY), 8))
    assert [row["option"] for row in told["selected"]] == [2]  # type: ignore[attr-defined]
    told = only(equal_shares(polled({1: 2, 2: 5}, votes, Utility.CARDINALITY), 8))
    assert [(row["option"], row["payers"], row["most"]) for row in told["selected"]] == [(1, 1, "2"), (2, 2, "3")]  # type: ignore[attr-defined]


def test_who_gives_more_points_pays_more() -> None:
    told = only(equal_shares(polled({1: 8}, [{1: 3}, {1: 1}], Utility.CARDINALITY), 12))
    assert told["selected"] == [{"step": 1, "option": 1, "payers": 2, "cost": "8", "most": "6", "left": "4", "rho": "2"}]


def test_what_costs_nothing_is_selected_when_anybody_wants_it() -> None:
    for utility in Utility:
        found = equal_shares(polled({1: 0, 2: 0, 3: 4}, [{1: 1, 3: 1}, {3: 1}], utility), 4)
        assert sets(found) == {frozenset({1, 3})}


def test_without_voters_nobody_wins() -> None:
    assert sets(equal_shares(polled({1: 1}, []), 9, Completion.ADD1)) == {frozenset()}


@pytest.mark.parametrize("ballot", [({9: 1}, 1), ({1: -1}, 1), ({1: 1}, -1)])
def test_a_ballot_that_is_none_is_an_error(ballot: tuple[dict[int, int], int]) -> None:
    with pytest.raises(ValueError):
        case([Offer(1, 1, 1)], (), [ballot], Utility.COST)


def test_a_tie_between_options_that_share_nobody_is_no_branch() -> None:
    votes = [{option: 1} for option in OPTIONS]
    assert equal_shares(polled(dict.fromkeys(OPTIONS, 1), votes), 5).branches == 1


def test_a_tie_that_matters_is_named() -> None:
    found = equal_shares(polled({1: 2, 2: 2, 3: 1}, [{1: 1, 2: 1}, {1: 1, 2: 1}, {3: 1}], Utility.CARDINALITY), 4)
    assert (sets(found), found.tied) == ({frozenset({1, 3}), frozenset({2, 3})}, (1, 2))
    assert sets(equal_shares(polled({1: 2, 2: 2}, [{1: 1, 2: 1}]), 2, priority=[2])) == {frozenset({2})}


def test_the_search_for_branches_has_an_end() -> None:
    costs = dict.fromkeys(range(16), 1)
    found = equal_shares(polled(costs, [dict.fromkeys(costs, 1)] * 8), 8, limit=50)
    assert found.limit_reached and len(found.tied) == 16


def test_add1_does_not_stop_at_the_first_exhaustive_outcome() -> None:
    """With 4 each only the dear one is paid, and nothing else would fit. The run that counts is the last within the budget."""
    costs, votes = {1: 12, 2: 9, 3: 6}, [{1: 1}, {1: 1, 3: 1}, {1: 1, 2: 1}, {2: 1}]
    found = equal_shares(polled(costs, votes), 16, Completion.ADD1)
    assert sets(found) == naive.raised(costs, votes, 16, by_cost=True)
    assert all(end.trace.start > 4 for end in found.ends.values())


def test_add1_does_not_count_up_to_what_only_one_person_wants() -> None:
    told: list[float] = []
    costs, votes = {1: 7, 2: 10**15, 3: 10**15 + 1}, [{1: 1}, {1: 1, 2: 1}, {1: 1, 3: 1}]
    found = equal_shares(polled(costs, votes), 10**15 + 9, Completion.ADD1, progress=told.append)
    assert sets(found) == {frozenset({1, 2})}
    assert len(told) < 20


def test_progress_is_told_and_never_falls() -> None:
    told: list[float] = []
    equal_shares(polled({1: 30, 2: 50, 3: 9}, [{1: 1, 3: 1}, {2: 1, 3: 1}]), 60, Completion.ADD1, progress=told.append)
    assert len(told) > 1 and told == sorted(told) and 0 <= told[0] <= told[-1] <= 1


@given(COSTS, EITHER, BUDGET, UTILITY)
@SMALL
def test_the_branches_are_those_of_the_plain_method(
    costs: dict[int, int], votes: naive.Ballots, budget: int, utility: Utility
) -> None:
    plain = naive.outcomes(costs, votes, Fraction(budget, len(votes)), utility is Utility.COST)
    found = equal_shares(polled(costs, votes, utility), budget)
    assert sets(found) == plain
    assert bool(found.tied) == (len(plain) > 1)


@given(COSTS, EITHER, BUDGET, UTILITY)
@SMALL
def test_add1_is_that_of_the_plain_method(costs: dict[int, int], votes: naive.Ballots, budget: int, utility: Utility) -> None:
    found = equal_shares(polled(costs, votes, utility), budget, Completion.ADD1)
    assert sets(found) == naive.raised(costs, votes, budget, utility is Utility.COST)
    assert bool(found.tied) == (len(found.ends) > 1)


@given(COSTS, EITHER, BUDGET, UTILITY, st.sampled_from(Completion))
@SMALL
def test_never_over_the_budget(
    costs: dict[int, int], votes: naive.Ballots, budget: int, utility: Utility, completion: Completion
) -> None:
    found = equal_shares(polled(costs, votes, utility), budget, completion)
    assert all(sum(costs[option] for option in winners) <= budget for winners in found.ends)
    assert all(frozenset(end.winners) == winners for winners, end in found.ends.items())


@given(COSTS, EITHER, BUDGET, UTILITY)
@SMALL
def test_what_is_paid_is_exactly_what_things_cost(
    costs: dict[int, int], votes: naive.Ballots, budget: int, utility: Utility
) -> None:
    for end in equal_shares(polled(costs, votes, utility), budget).ends.values():
        run = end.trace
        voting = sum(1 for vote in votes if vote)
        groups = {tuple(sorted(vote.items())) for vote in votes if vote}
        weight = {group: sum(tuple(sorted(vote.items())) == group for vote in votes) for group in groups}
        held = sum(Fraction(money, run.unit) * weight[group] for money, group in zip(run.money, sorted(groups), strict=True))
        assert held == run.start * voting - sum(costs[option] for option in end.winners)


@given(COSTS, EITHER, BUDGET, UTILITY, st.sampled_from(Completion), st.integers(1, 4), st.randoms())
@SMALL
def test_how_ballots_are_listed_changes_nothing(
    costs: dict[int, int],
    votes: naive.Ballots,
    budget: int,
    utility: Utility,
    completion: Completion,
    times: int,
    rnd: random.Random,
) -> None:
    single = [(vote, 1) for vote in votes for _ in range(times)] + [({1: 1}, 0)]
    rnd.shuffle(single)
    offers = [Offer(option, 1, cost) for option, cost in costs.items()]
    found = equal_shares(case(offers, (), single, utility), budget, completion)
    grouped = equal_shares(polled(costs, votes, utility, times), budget, completion)
    assert [explained(end) for end in found.ends.values()] == [explained(end) for end in grouped.ends.values()]
    assert found.tied == grouped.tied


@given(COSTS, EITHER, BUDGET, UTILITY, st.sampled_from(Completion), st.permutations(OPTIONS))
@SMALL
def test_with_an_order_of_all_options_nothing_is_open(
    costs: dict[int, int], votes: naive.Ballots, budget: int, utility: Utility, completion: Completion, order: list[int]
) -> None:
    poll = polled(costs, votes, utility)
    settled = equal_shares(poll, budget, completion, order)
    assert (len(settled.ends), settled.tied) == (1, ())
    assert sets(settled) <= sets(equal_shares(poll, budget, completion))


@pytest.mark.parametrize("file", ["poland_lodz_2020_mileszki.pb", "poland_wieliczka_2023.pb"])
def test_the_winners_of_a_city_by_add1(file: str) -> None:
    by_add1(file)


@pytest.mark.harness
@pytest.mark.parametrize("file", ["poland_lodz_2022_zdrowie-mania.pb", "poland_warszawa_2023_wlochy.pb"])
def test_the_winners_of_a_larger_city_by_add1(file: str) -> None:
    by_add1(file)


def by_add1(file: str) -> None:
    poll, row = election(file), outcomes()[file]
    published = row["mes_add1_derived"] or row["winner_ids"]
    offers = [Offer(c.option, c.votes, c.cost or 0) for c in candidates(poll)]
    found = equal_shares(case(offers, (), ballots(poll), Utility.COST), poll.budget, Completion.ADD1)
    ids = [[poll.projects[option].id for option in winners] for winners in found.ends]
    assert [sorted(winners) for winners in ids] == [sorted(published.split())]


def test_counting_each_project_as_one_gives_other_winners_in_wieliczka() -> None:
    poll = election("poland_wieliczka_2023.pb")
    offers = [Offer(c.option, c.votes, c.cost or 0) for c in candidates(poll)]
    found = equal_shares(case(offers, (), ballots(poll), Utility.CARDINALITY), poll.budget, Completion.ADD1)
    assert [len(winners) for winners in found.ends] == [32]


@pytest.mark.harness
def test_fifty_thousand_voters_and_two_hundred_options_take_seconds() -> None:
    rnd = random.Random(1)
    costs = {option: rnd.randint(5, 400) * 1_000 for option in range(200)}
    votes = [dict.fromkeys(rnd.sample(range(200), rnd.randint(1, 10)), 1) for _ in range(50_000)]
    began = time.process_time()
    found = equal_shares(polled(costs, votes), 5_000_000)
    assert time.process_time() - began < 30
    assert len(found.ends) == 1 and 0 < sum(costs[option] for option in next(iter(found.ends))) <= 5_000_000
