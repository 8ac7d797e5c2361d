from datetime import UTC, datetime, timedelta

import pytest

from ideation.events.rules import Door, Point, agenda, agenda_text, code_of, door, moving_up, needs_reminder, shown_code

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_an_agenda_is_lines_with_the_time_in_front_where_there_is_one() -> None:
    text = "9.30 Uhr – Ankommen\n\n  18:30   Begrüßung  \nGruppenarbeit\n25:00 Uhr ist keine Uhrzeit\n20:00"
    points = agenda(text)
    assert points == (
        Point("09:30", "Ankommen"),
        Point("18:30", "Begrüßung"),
        Point("", "Gruppenarbeit"),
        Point("", "25:00 Uhr ist keine Uhrzeit"),
        Point("", "20:00"),
    )
    assert agenda(agenda_text(points)) == points


@pytest.mark.parametrize(
    ("status", "takes", "minutes", "expected"),
    [
        ("planned", True, -1, Door.OPEN),
        ("planned", True, 0, Door.CLOSED),
        ("planned", True, 59, Door.CLOSED),
        ("planned", True, 60, Door.OVER),
        ("planned", False, -1, Door.NOT_NEEDED),
        ("planned", False, 60, Door.OVER),
        ("cancelled", True, -1, Door.CANCELLED),
        ("cancelled", True, 60, Door.CANCELLED),
    ],
)
def test_seats_are_reserved_until_the_deadline(status: str, takes: bool, minutes: int, expected: Door) -> None:
    assert door(status, takes, NOON, NOON + HOUR, NOON + timedelta(minutes=minutes)) is expected


@pytest.mark.parametrize(
    ("seats", "reserved", "waiting", "moved"),
    [(3, 2, [7, 8], [7]), (3, 3, [7, 8], []), (2, 3, [7], []), (None, 900, [7, 8], [7, 8]), (9, 0, [], []), (3, 0, [9, 7], [9, 7])],
)
def test_those_who_wait_move_up_in_their_order_and_never_over_the_seats(
    seats: int | None, reserved: int, waiting: list[int], moved: list[int]
) -> None:
    assert moving_up(seats, reserved, waiting) == moved


def test_who_reserves_within_the_last_day_needs_no_reminder() -> None:
    assert needs_reminder(NOON, NOON - timedelta(hours=25))
    assert not needs_reminder(NOON, NOON - timedelta(hours=24))


def test_a_code_is_known_however_it_is_typed() -> None:
    assert code_of(" abcd-2345 ") == code_of("ABCD2345") == "ABCD2345"
    assert shown_code("ABCD2345") == "ABCD-2345"
    assert code_of("\x00💥 ") == ""
