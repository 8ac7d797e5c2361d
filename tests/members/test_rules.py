from datetime import UTC, datetime, timedelta

from ideation.members.rules import free_places, usable

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def test_an_invitation_works_once_and_until_it_ends() -> None:
    assert usable(NOW + timedelta(seconds=1), None, NOW)
    assert not usable(NOW, None, NOW)
    assert not usable(NOW + timedelta(days=1), NOW, NOW)


def test_free_places_are_never_less_than_none() -> None:
    assert [free_places(seats, taken) for seats, taken in ((None, 7), (5, 3), (5, 5), (5, 9))] == [None, 2, 0, 0]
