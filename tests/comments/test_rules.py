from datetime import UTC, datetime, timedelta

from ideation.comments.rules import editable_until, wait_seconds

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_a_comment_can_be_changed_for_ten_minutes() -> None:
    assert editable_until(NOON) == NOON + timedelta(minutes=10)


def test_the_wait_ends_when_the_oldest_counted_comment_is_ten_minutes_old() -> None:
    assert wait_seconds(NOON - timedelta(minutes=9), NOON) == 61
    assert wait_seconds(NOON - timedelta(minutes=30), NOON) == 1
