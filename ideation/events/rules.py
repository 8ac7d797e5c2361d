"""What an event says of itself, when seats can be reserved, and who gets one. Standard library only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ideation.core.sentence import Message, say

TITLE_MAX, LINE_MAX, TEXT_MAX, ADDRESS_MAX, NAME_MAX = 160, 160, 10_000, 500, 80
AGENDA_MAX, AGENDA_TEXT_MAX, SEATS_MAX, REASON_MAX = 40, 300, 100_000, 500
# Who reserved is reminded so long before the beginning; who reserves later has just had a mail.
REMIND_BEFORE = timedelta(days=1)
# Names and addresses of seats are deleted so long after the event.
SEATS_KEPT = timedelta(days=30)


class Status(StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"


class Precision(StrEnum):
    """How much of the date is known."""

    TIME = "time"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


PRECISIONS: dict[str, Message] = {
    Precision.TIME: say("Tag und Uhrzeit"),
    Precision.DAY: say("nur der Tag"),
    Precision.MONTH: say("nur der Monat"),
    Precision.YEAR: say("nur das Jahr"),
}


class SeatStatus(StrEnum):
    RESERVED = "reserved"
    WAITING = "waiting"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Point:
    """One entry of the agenda; `at` is a time on the wall ("18:30") or empty."""

    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All that whoever looks after an event says about it. `seats` None: as many as come."""

    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    precision: str = Precision.TIME
    period_text: str = ""
    description: str = ""
    lang: str = "de"
    place: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    access: str = ""
    online_url: str = ""
    agenda: tuple[Point, ...] = ()
    takes_seats: bool = False
    seats: int | None = None
    seats_until: datetime | None = None


CLOCK = re.compile(r"^(\d{1,2})[:.](\d{2})(?:\s*Uhr)?(?:\s*[–—-])?\s+(.+)$")


def agenda(text: str) -> tuple[Point, ...]:
    """One entry per line, with the time in front where there is one: "18:30 Begrüßung"."""
    found = []
    for line in (" ".join(line.split()) for line in text.splitlines()):
        clock = CLOCK.match(line)
        if clock and int(clock[1]) < 24 and int(clock[2]) < 60:
            found.append(Point(f"{int(clock[1]):02}:{clock[2]}", clock[3]))
        elif line:
            found.append(Point("", line))
    return tuple(found)


def agenda_text(points: Sequence[Point]) -> str:
    return "\n".join(f"{point.at} {point.text}".strip() for point in points)


class Door(StrEnum):
    """Whether a seat can be reserved, and why not."""

    NOT_NEEDED = "not_needed"
    CANCELLED = "cancelled"
    OVER = "over"
    CLOSED = "closed"
    OPEN = "open"


def door(status: str, takes_seats: bool, closes_at: datetime, over_at: datetime, now: datetime) -> Door:
    """The one place where the deadline of an event is held against the clock."""
    if status == Status.CANCELLED:
        return Door.CANCELLED
    if now >= over_at:
        return Door.OVER
    if not takes_seats:
        return Door.NOT_NEEDED
    return Door.OPEN if now < closes_at else Door.CLOSED


def moving_up(seats: int | None, reserved: int, waiting: Sequence[int]) -> list[int]:
    """Who gets a seat, first come first served: so many of those waiting, in order, as seats are free. Never one more."""
    return list(waiting) if seats is None else list(waiting[: max(0, seats - reserved)])


def needs_reminder(starts_at: datetime, now: datetime) -> bool:
    """Whether a seat taken now is to be reminded of later."""
    return now < starts_at - REMIND_BEFORE


# Without letters and digits that are easily mistaken for each other, read out at a door.
CODE_SIGNS, CODE_LENGTH = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 8


def code_of(text: str) -> str:
    """A code as it is kept, however it was typed."""
    return "".join(sign for sign in text.upper() if sign in CODE_SIGNS)[:CODE_LENGTH]


def shown_code(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"
