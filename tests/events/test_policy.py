from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ideation.accounts.models import Account
from ideation.events.models import Event, Seat
from ideation.events.policy import Belonging, can_check_in, can_give_up, can_look_after, can_reserve, can_see

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def person(role: str) -> Any:
    return None if role == "visitor" else Account(role=role)


def home(public: bool = True, mine: bool = False) -> Belonging:
    return Belonging("round", "Runde", "de", "rounds.show", public, mine)


OWN, OTHERS, DRAFT, OWN_DRAFT = home(mine=True), home(), home(public=False), home(public=False, mine=True)


@pytest.mark.parametrize(
    ("role", "homes", "sees", "looks_after"),
    [
        ("visitor", [], True, False),
        ("visitor", [OTHERS], True, False),
        ("visitor", [DRAFT], False, False),
        ("visitor", [OTHERS, DRAFT], False, False),
        # Who leads a lab need not be staff; a round is nobody's but its moderators'.
        ("participant", [OWN_DRAFT], True, True),
        ("participant", [OTHERS], True, False),
        ("ombudsperson", [OWN], True, True),
        ("moderator", [OWN], True, True),
        ("moderator", [OTHERS], True, False),
        ("moderator", [], True, False),
        ("moderator", [OWN_DRAFT], True, True),
        ("moderator", [DRAFT], False, False),
        ("moderator", [OTHERS, OWN], True, True),
        ("admin", [], True, True),
        ("admin", [DRAFT], True, True),
    ],
)
def test_who_sees_an_event_and_looks_after_it(role: str, homes: list[Belonging], sees: bool, looks_after: bool) -> None:
    assert can_see(person(role), homes) is sees
    assert bool(can_look_after(person(role), homes)) is looks_after


def event(**more: Any) -> Event:
    values = {"status": "planned", "precision": "time", "takes_seats": True, "starts_at": NOW, "over_at": NOW + timedelta(hours=2)}
    return Event(**{**values, **more})


def test_without_a_deadline_seats_can_be_reserved_until_the_beginning_or_as_long_as_the_day_lasts() -> None:
    assert can_reserve(event(), now=NOW - timedelta(seconds=1))
    refused = can_reserve(event(), now=NOW)
    assert not refused and "Plätze konnten bis" in repr(refused.reason)
    assert can_reserve(event(precision="day"), now=NOW + timedelta(hours=1))
    assert can_reserve(event(seats_until=NOW + timedelta(hours=1)), now=NOW + timedelta(minutes=59))


def test_who_is_there_or_after_the_end_gives_nothing_up() -> None:
    assert can_give_up(event(), Seat(), now=NOW)
    assert not can_give_up(event(), Seat(checked_in_at=NOW), now=NOW)
    assert not can_give_up(event(), Seat(), now=NOW + timedelta(hours=2))


@pytest.mark.parametrize(("status", "seat", "may"), [
    ("planned", "reserved", True), ("planned", "waiting", False), ("planned", "cancelled", False), ("cancelled", "reserved", False),
])  # fmt: skip
def test_only_a_reserved_seat_lets_somebody_in(status: str, seat: str, may: bool) -> None:
    there = SimpleNamespace(is_cancelled=status == "cancelled")
    assert bool(can_check_in(there, Seat(status=seat))) is may  # type: ignore[arg-type]
