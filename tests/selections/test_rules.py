"""Which options win, as a calculation. The properties hold for any election, not only for the examples."""

import json
import random
from dataclasses import replace
from math import comb

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ideation.ballots.rules import Rule
from ideation.budgets.rules import Misfit
from ideation.elections.rules import ballots as ballots_of
from ideation.elections.rules import candidates as candidates_of
from ideation.selections.rules import (
    Candidate,
    Line,
    Outcome,
    Terms,
    Ties,
    digest,
    from_snapshot,
    last_place,
    lines,
    places,
    select,
    select_winners,
    settled,
    snapshot_rows,
    terms_fault,
)
from ideation.shares.rules import Completion
from ideation.supporters.rules import Utility
from ideation.ties.rules import lot_order
from tests.pabulib.files import election, outcomes
from tests.transfer.files import real

CANDIDATES = st.lists(
    st.builds(Candidate, option=st.integers(1, 60), votes=st.integers(0, 6), eligible=st.booleans()),
    max_size=25,
    unique_by=lambda c: c.option,
)
SEATS, MINIMUM = st.integers(1, 8), st.integers(0, 5)


def candidates(*votes: int) -> list[Candidate]:
    return [Candidate(number, count) for number, count in enumerate(votes, 1)]


def test_most_votes_win_the_places() -> None:
    assert select_winners(candidates(3, 9, 5, 1), 2).winners == (2, 3)


def test_fewer_ideas_than_places_leave_places_free() -> None:
    assert select_winners(candidates(3, 2), 5).winners == (1, 2)


def test_an_idea_without_a_vote_wins_nothing() -> None:
    assert select_winners(candidates(3, 0), 2).winners == (1,)


def test_the_minimum_is_enough_and_one_less_is_not() -> None:
    assert select_winners(candidates(5, 4), 2, minimum=5).winners == (1,)


def test_a_tie_above_the_last_place_is_no_question() -> None:
    outcome = select_winners(candidates(5, 5, 2), 2)
    assert (outcome.winners, outcome.tied) == ((1, 2), ())


def test_a_tie_at_the_last_place_is_reported_not_broken() -> None:
    outcome = select_winners(candidates(9, 4, 4, 4), 2)
    assert (outcome.winners, outcome.tied, outcome.open_places) == ((1,), (2, 3, 4), 1)


def test_what_cannot_be_selected_takes_no_place() -> None:
    outcome = select_winners([Candidate(1, 9, eligible=False), Candidate(2, 3), Candidate(3, 2)], 2)
    assert (outcome.order, outcome.winners) == ((1, 2, 3), (2, 3))


def test_an_ineligible_idea_makes_no_tie() -> None:
    assert select_winners([Candidate(1, 3, eligible=False), Candidate(2, 3)], 1).tied == ()


def test_a_decision_counts_only_for_the_tie_it_was_made_for() -> None:
    outcome = select_winners(candidates(9, 4, 4), 2)
    assert settled(outcome, []) is None
    assert settled(outcome, [2, 3]) is None
    assert settled(outcome, [7]) is None
    assert settled(outcome, [3]) == (1, 3)


def test_equal_votes_share_a_place_and_the_next_is_skipped() -> None:
    assert places(candidates(9, 5, 5, 1)) == {1: 1, 2: 2, 3: 2, 4: 4}


def test_places_end_after_those_that_can_be_selected() -> None:
    rows = [Line(n, "", 1, 1, n, eligible) for n, eligible in enumerate([True, False, True, True], 1)]
    assert (last_place(rows, 2), last_place(rows, 3), last_place(rows, 9)) == (3, None, None)


def test_who_wins_a_tie_stands_above_the_mark_where_the_places_end() -> None:
    rows = lines([(n, "", 4, 4, True, 0, None) for n in (1, 2, 3)], (1, 2, 3), [3])
    assert [row.idea for row in rows[: last_place(rows, 1)]] == [3]


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": "ü"}) == digest({"b": "ü", "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


@given(CANDIDATES, SEATS, MINIMUM, st.randoms())
def test_the_order_of_input_changes_nothing(found: list[Candidate], seats: int, minimum: int, rnd: random.Random) -> None:
    shuffled = found[:]
    rnd.shuffle(shuffled)
    assert select_winners(found, seats, minimum) == select_winners(shuffled, seats, minimum)
    assert places(found) == places(shuffled)


@given(CANDIDATES, SEATS, MINIMUM)
def test_never_more_than_the_places_and_never_less_than_possible(found: list[Candidate], seats: int, minimum: int) -> None:
    outcome = select_winners(found, seats, minimum)
    able = [c for c in found if c.eligible and c.votes >= max(1, minimum)]
    assert len(outcome.winners) + outcome.open_places == min(seats, len(able))
    assert bool(outcome.tied) == (0 < outcome.open_places < len(outcome.tied))
    assert not set(outcome.winners) & set(outcome.tied)
    assert sorted(outcome.order) == sorted(c.option for c in found)


@given(CANDIDATES, SEATS, MINIMUM)
def test_nobody_outside_has_more_votes_than_somebody_inside(found: list[Candidate], seats: int, minimum: int) -> None:
    outcome, votes = select_winners(found, seats, minimum), {c.option: c.votes for c in found}
    able = {c.option for c in found if c.eligible and c.votes >= max(1, minimum)}
    assert {*outcome.winners, *outcome.tied} <= able
    for inside in outcome.winners:
        assert all(votes[inside] > votes[o] for o in able - set(outcome.winners)) or votes[inside] >= max(
            (votes[o] for o in able - set(outcome.winners)), default=0
        )
    assert len({votes[o] for o in outcome.tied}) <= 1


@given(CANDIDATES, SEATS)
def test_one_more_vote_never_harms(found: list[Candidate], seats: int) -> None:
    before = select_winners(found, seats)
    for winner in before.winners:
        more = [Candidate(c.option, c.votes + (c.option == winner), c.eligible) for c in found]
        assert winner in select_winners(more, seats).winners


@given(CANDIDATES, SEATS)
def test_a_snapshot_gives_back_the_lines_it_was_made_of(found: list[Candidate], seats: int) -> None:
    outcome = select_winners(found, seats)
    made = lines(
        [(c.option, f"Idee {c.option}", c.votes, c.votes, c.eligible, 0, None) for c in found], outcome.order, outcome.winners
    )
    assert from_snapshot({"rows": snapshot_rows(made)}) == made


GREEDY = Terms(Rule.GREEDY, budget=10)
SHARES = Terms(Rule.EQUAL_SHARES, budget=12)
ALL_TERMS = [
    Terms(Rule.RANK, seats=2),
    GREEDY,
    replace(GREEDY, misfit=Misfit.STOP),
    Terms(Rule.GREEDY, seats=2),
    *(replace(SHARES, completion=completion, utility=utility) for completion in Completion for utility in Utility),
    Terms(Rule.EQUAL_SHARES, seats=2, completion=Completion.ADD1),
]


def costly(*pairs: tuple[int, int]) -> list[Candidate]:
    return [Candidate(number, votes, cost=cost) for number, (votes, cost) in enumerate(pairs, 1)]


@pytest.mark.parametrize(
    "terms",
    [
        Terms(Rule.RANK),
        Terms(Rule.RANK, seats=2, budget=9),
        Terms(Rule.GREEDY),
        Terms(Rule.EQUAL_SHARES, seats=2, budget=9),
        Terms(Rule.GREEDY, budget=-1),
        Terms(Rule.RANK, seats=0),
        Terms(Rule.RANK, seats=1, minimum=-1),
        Terms(Rule.GREEDY, budget=9, completion=Completion.ADD1),
        Terms(Rule.EQUAL_SHARES, budget=9, misfit=Misfit.STOP),
    ],
)
def test_terms_that_do_not_fit_together_are_refused(terms: Terms) -> None:
    assert terms_fault(terms) is not None
    with pytest.raises(ValueError):
        select([], [], terms)


@pytest.mark.parametrize("terms", ALL_TERMS)
def test_what_has_no_votes_enough_or_cannot_be_selected_never_wins(terms: Terms) -> None:
    three = [Candidate(1, 9, eligible=False, cost=1), Candidate(2, 4, cost=1), Candidate(3, 5, cost=1), Candidate(4, 0, cost=1)]
    votes = [({1: 1, 2: 1, 3: 1}, 4), ({1: 1, 3: 1}, 1), ({1: 1}, 4)]
    outcome = select(three, votes, replace(terms, minimum=5))
    assert (outcome.winners, outcome.tied) == ((3,), ())
    assert outcome.order == (1, 3, 2, 4)


def test_without_a_cost_there_is_no_spending() -> None:
    with pytest.raises(ValueError, match="option 1 has no cost"):
        select([Candidate(1, 3)], [], GREEDY)


def test_an_open_order_says_who_is_certain_and_asks_who_comes_first() -> None:
    outcome = select(costly((9, 2), (5, 6), (5, 5), (1, 3)), [], GREEDY)
    assert (outcome.winners, outcome.tied, outcome.open_places, outcome.ordering) == ((1,), (2, 3), 1, True)
    assert (outcome.winner_sets, outcome.branches, outcome.limit_reached) == (((1, 2), (1, 3, 4)), 2, False)
    assert outcome.why is None
    assert settled(outcome, [2]) is None
    decided = select(costly((9, 2), (5, 6), (5, 5), (1, 3)), [], GREEDY, priority=[2])
    assert (decided.winners, decided.tied) == ((1, 2), ())
    assert decided.why is not None and json.dumps(decided.why)


def test_the_cheaper_or_the_first_listed_of_equal_options_comes_first() -> None:
    two = [Candidate(8, 5, cost=6), Candidate(3, 5, cost=6), Candidate(5, 5, cost=5)]
    assert select(two, [], replace(GREEDY, ties=Ties.LISTED)).winners == (8,)
    assert select(two, [], replace(GREEDY, ties=Ties.CHEAPER)).winners == (5,)
    assert select(two[:2], [], replace(GREEDY, ties=Ties.CHEAPER)).winners == (8,)
    assert select(two, [], replace(GREEDY, ties=Ties.CHEAPER), priority=[3]).winners == (3,)


def test_more_ties_than_branches_are_open_and_say_so() -> None:
    many = [Candidate(n, 5, cost=100 + n) for n in range(14)]
    assert not select(many, [], Terms(Rule.GREEDY, budget=10_000)).tied
    outcome = select(many, [], Terms(Rule.GREEDY, budget=700))
    assert outcome.limit_reached and outcome.tied and outcome.branches == 1_000


def test_a_tie_by_rank_lists_the_ways_it_can_end() -> None:
    outcome = select(candidates(9, 4, 4, 4), [], Terms(Rule.RANK, seats=3))
    assert (outcome.winners, outcome.tied, outcome.open_places, outcome.branches) == ((1,), (2, 3, 4), 2, 3)
    assert outcome.winner_sets == ((1, 2, 3), (1, 2, 4), (1, 3, 4))
    assert settled(outcome, [2, 4]) == (1, 2, 4)
    partly = select(candidates(9, 4, 4, 4), [], Terms(Rule.RANK, seats=3), priority=[4])
    assert (partly.winners, partly.tied, partly.open_places) == ((1, 4), (2, 3), 1)
    assert select(candidates(9, 4, 4, 4), [], Terms(Rule.RANK, seats=3), priority=[4, 2]).winners == (1, 4, 2)
    assert select(candidates(*[1] * 40), [], Terms(Rule.RANK, seats=20)).limit_reached


def test_places_by_equal_shares_go_to_groups_by_their_size() -> None:
    votes = [((1, 2, 3), 60), ((4, 5, 6), 30)]
    six = [Candidate(n, 60 if n < 4 else 30) for n in range(1, 7)]
    terms = Terms(Rule.EQUAL_SHARES, seats=3, ties=Ties.LISTED)
    assert select(six, votes, terms).winners == (1, 2, 4)
    assert select(six, [], Terms(Rule.RANK, seats=3)).winners == (1, 2, 3)


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 6)), min_size=1, max_size=5),
    st.lists(st.sets(st.integers(1, 5), min_size=1), max_size=5),
    st.sampled_from(ALL_TERMS),
    st.text(max_size=5),
)
def test_with_a_lot_nothing_is_ever_open(pairs: list[tuple[int, int]], votes: list[set[int]], terms: Terms, seed: str) -> None:
    found = costly(*pairs)
    ballots = [(tuple(c for c in vote if c <= len(pairs)), 1) for vote in votes]
    outcome = select(found, ballots, terms)
    drawn = select(found, ballots, terms, lot_order(seed, [c.option for c in found]))
    assert not drawn.tied and len(drawn.winner_sets) == 1
    assert set(drawn.winners) in [set(winners) for winners in outcome.winner_sets]
    assert set(outcome.winners) <= set(drawn.winners)
    assert bool(outcome.tied) == (len(outcome.winner_sets) > 1)
    assert set(outcome.winners) == set.intersection(*(set(winners) for winners in outcome.winner_sets))


def published(file: str, terms: Terms) -> Outcome:
    found = election(file)
    outcome = select(candidates_of(found), ballots_of(found), replace(terms, budget=found.budget))
    ids = [found.projects[option].id for option in outcome.winners]
    assert sorted(ids) == sorted(outcomes()[file]["winner_ids"].split())
    assert {project.id for project in found.projects if project.selected} == set(ids)
    return outcome


@pytest.mark.parametrize(
    ("file", "minimum"),
    [
        ("poland_warszawa_2023_wlochy.pb", 0),
        ("poland_krakow_2022_pradnik-czerwony.pb", 0),
        ("poland_katowice_2021_kostuchna.pb", 50),
        ("poland_lodz_2020_nad-nerem.pb", 0),
        ("poland_lodz_2020_mileszki.pb", 0),
    ],
)
def test_the_winners_of_a_city_by_votes(file: str, minimum: int) -> None:
    outcome = published(file, Terms(Rule.GREEDY, budget=0, minimum=minimum))
    assert outcome.why is not None and len(outcome.why["selected"]) == len(outcome.winners)


def test_the_tie_of_lodz_is_reported_and_the_cheaper_one_gives_the_published_winners() -> None:
    found, terms = election("poland_lodz_2022_zdrowie-mania.pb"), Terms(Rule.GREEDY, budget=0, minimum=50)
    outcome = select(candidates_of(found), [], replace(terms, budget=found.budget))
    assert {found.projects[option].id for option in outcome.tied} == {"P200ZM", "P194ZM"}
    published("poland_lodz_2022_zdrowie-mania.pb", replace(terms, ties=Ties.CHEAPER))


@pytest.mark.parametrize("file", ["warszawa_2023_wlochy", "krakow_2022_pradnik-czerwony", "katowice_2021_kostuchna"])
def test_stopping_at_the_first_misfit_gives_other_winners(file: str) -> None:
    found, name = election(f"poland_{file}.pb"), f"poland_{file}.pb"
    outcome = select(candidates_of(found), [], Terms(Rule.GREEDY, budget=found.budget, misfit=Misfit.STOP))
    assert not outcome.tied
    assert {found.projects[option].id for option in outcome.winners} != set(outcomes()[name]["winner_ids"].split())


@pytest.mark.parametrize("number", ["M0000", "M0005", "M0010", "M0015", "M0020", "M0025", "S0000", "S0001", "S0002", "S0003"])
def test_committees_are_those_of_another_program(number: str) -> None:
    known = yaml.safe_load(real(f"abc-committees/instance{number}.abc.yaml").read_text())
    votes = [(tuple(vote), 1) for vote in known["profile"]]
    able = [Candidate(n, sum(n in vote for vote in known["profile"])) for n in range(known["num_cand"])]
    listed = {
        (row["rule_id"], row["resolute"]): {frozenset(winners) for winners in row["result"]}
        for row in known["compute"]
        if row["rule_id"] in {"av", "equal-shares-with-av-completion"}
    }
    by_votes = select(able, votes, Terms(Rule.RANK, seats=known["committeesize"]))
    shared = Terms(Rule.EQUAL_SHARES, seats=known["committeesize"], completion=Completion.GREEDY)
    for rule, outcome in (("av", by_votes), ("equal-shares-with-av-completion", select(able, votes, shared))):
        assert {frozenset(winners) for winners in outcome.winner_sets} == listed[rule, False]
    for n in range(3):
        drawn = select(able, votes, shared, lot_order(str(n), range(len(able))))
        assert frozenset(drawn.winners) in listed["equal-shares-with-av-completion", True]


def test_ways_are_counted_and_not_listed_beyond_the_limit() -> None:
    outcome = select(candidates(*[3] * 15), [], Terms(Rule.RANK, seats=7))
    assert comb(15, 7) > len(outcome.winner_sets) == outcome.branches == 1_000
