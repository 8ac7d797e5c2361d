import pytest

from ideation.ballots.rules import Limits, Method
from ideation.votes.rules import fault, left, voter_token

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


def test_a_voter_is_another_token_in_every_ballot_and_the_same_in_one() -> None:
    first, second = b"1" * 32, b"2" * 32
    assert voter_token(first, 7) == voter_token(first, 7)
    assert len({voter_token(first, 7), voter_token(second, 7), voter_token(first, 8)}) == 3
