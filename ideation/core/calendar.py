"""Calendar files (RFC 5545) that people subscribe to or open: the same bytes for the same events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import icalendar

MIMETYPE = "text/calendar"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. Moments in UTC, so that no change of clocks can be misread; or whole days, `ends` being the day after the last."""

    uid: str
    title: str
    begins: datetime | date
    ends: datetime | date | None
    changed_at: datetime
    sequence: int
    cancelled: bool
    description: str
    location: str
    url: str


def calendar(name: str, entries: Iterable[Entry], language: str) -> bytes:
    """`name`: what a calendar program calls it."""
    book = icalendar.Calendar()
    book.add("prodid", f"-//Ideation//{language.upper()}")
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add("x-wr-calname", name)
    for entry in entries:
        book.add_component(_event(entry))
    return bytes(book.to_ical())


def _event(entry: Entry) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("sequence", entry.sequence)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("summary", entry.title)
    event.add("dtstart", entry.begins)
    if entry.ends is not None:
        event.add("dtend", entry.ends)
    for field, text in (("description", entry.description), ("location", entry.location), ("url", entry.url)):
        if text:
            event.add(field, text)
    return event
