"""Which options win, as a calculation. The properties hold for any election, not only for the examples."""

import random

from hypothesis import given
from hypothesis import strategies as st

from ideation.selections.rules import (
    Candidate,
    Line,
    digest,
    from_snapshot,
    last_place,
    lines,
    places,
    select_winners,
    settled,
    snapshot_rows,
)

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
    rows = lines([(n, "", 4, 4, True) for n in (1, 2, 3)], (1, 2, 3), [3])
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
    made = lines([(c.option, f"Idee {c.option}", c.votes, c.votes, c.eligible) for c in found], outcome.order, outcome.winners)
    assert from_snapshot({"rows": snapshot_rows(made)}) == made
