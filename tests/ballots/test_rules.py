import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideation.ballots.rules import (
    BallotSettings,
    Limits,
    Method,
    Vote,
    fault,
    left,
    settings_fault,
    tally,
    voter_token,
)

SUPPORT, THREE, POINTS = Limits(Method.SUPPORT), Limits(Method.APPROVAL, 3), Limits(Method.POINTS, 10, 4)


@pytest.mark.parametrize(
    ("limits", "spent", "given_", "wanted", "found"),
    [
        (SUPPORT, 500, 0, 1, None),
        (SUPPORT, 0, 0, 2, "too_many_on_one"),
        (THREE, 2, 0, 1, None),
        (THREE, 3, 0, 1, "used_up"),
        (THREE, 3, 1, 1, None),
        (THREE, 3, 1, 0, None),
        (POINTS, 8, 0, 3, "used_up"),
        (POINTS, 8, 2, 4, None),
        (POINTS, 10, 4, 2, None),
        (POINTS, 0, 0, 5, "too_many_on_one"),
        (POINTS, 0, 0, -1, "negative"),
    ],
)
def test_a_wish_fits_into_what_is_left(limits: Limits, spent: int, given_: int, wanted: int, found: str | None) -> None:
    assert fault(limits, spent, given_, wanted) == found


def test_without_a_limit_nothing_is_left_to_count() -> None:
    assert left(SUPPORT, 7) is None
    assert left(THREE, 1) == 2
    assert left(THREE, 9) == 0


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (BallotSettings(), None),
        (BallotSettings(votes_each=None), ("votes_each", "missing")),
        (BallotSettings(Method.SUPPORT, None), None),
        (BallotSettings(votes_each=0), ("votes_each", "missing")),
        (BallotSettings(votes_each=5_000), ("votes_each", "range")),
        (BallotSettings(Method.POINTS, 5, 6), ("points_max", "range")),
        (BallotSettings(seats=0), ("seats", "range")),
        (BallotSettings(minimum=-1), ("minimum", "range")),
        (BallotSettings(shortlist_only=True), ("shortlist_only", "needs_closed_list")),
        (BallotSettings(shortlist_only=True, closed_list=True), None),
    ],
)
def test_settings_that_do_not_fit_together_are_named(settings: BallotSettings, found: tuple[str, str] | None) -> None:
    assert settings_fault(settings) == found


def test_a_voter_is_another_token_in_every_ballot_and_the_same_in_one() -> None:
    first, second = b"1" * 32, b"2" * 32
    assert voter_token(first, 7) == voter_token(first, 7)
    assert len({voter_token(first, 7), voter_token(second, 7), voter_token(first, 8)}) == 3


votes = st.lists(st.builds(Vote, st.text("abc", min_size=1, max_size=2), st.integers(1, 4), st.integers(1, 5)))


@given(votes)
def test_counting_loses_no_point_and_knows_no_order(cast: list[Vote]) -> None:
    counted = tally([1, 2, 3, 4], cast)
    assert sum(counted.counts.values()) == sum(v.points for v in cast)
    assert counted == tally([4, 3, 2, 1], list(reversed(cast)))
    assert counted.voters == len({v.voter for v in cast})


def test_a_vote_for_something_that_is_no_option_stops_the_count() -> None:
    with pytest.raises(ValueError, match="not an option"):
        tally([1], [Vote("a", 2)])
