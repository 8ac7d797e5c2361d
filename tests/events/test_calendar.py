"""Calendar files, read back by two programs that have nothing to do with the one that writes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import ics
import pytest
import vobject
from flask import Flask
from flask.testing import FlaskClient

from ideation.core.calendar import Entry, calendar
from tests.cast import inside, make_event, make_round
from tests.conftest import BERLIN

# On the wall of Berlin, around both changes of the clocks: begins, ends, how long it really lasts.
AROUND_CHANGES = [
    ("2027-03-27 18:00", "2027-03-28 18:00", 23),
    ("2027-03-28 01:30", "2027-03-28 03:30", 1),
    ("2027-10-30 18:00", "2027-10-31 18:00", 25),
    ("2027-10-31 01:30", "2027-10-31 03:30", 3),
    ("2027-07-01 18:00", "2027-07-01 20:00", 2),
    ("2027-12-01 18:00", "2027-12-01 20:00", 2),
]
HOSTILE = "Zeile; mit, Komma und \\ und „Zeichen“: " + "ÄÖÜ🎉" * 40 + "\nBEGIN:VALARM\r\nX:1"


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def read(data: bytes) -> dict[str, dict[str, Any]]:
    """By uid, what both programs agree on."""
    text = data.decode()
    found = {}
    for event in getattr(vobject.readOne(text), "vevent_list", []):
        ends = event.dtend.value if hasattr(event, "dtend") else None
        found[event.uid.value] = {"begins": event.dtstart.value, "ends": ends, "title": event.summary.value, "raw": event}
    others = {event.uid: event for event in ics.Calendar(text).events}
    assert set(others) == set(found)
    for uid, told in found.items():
        other = others[uid]
        assert other.name == told["title"]
        if isinstance(told["begins"], datetime):
            assert other.begin.datetime == told["begins"]
            assert told["ends"] is None or other.end.datetime == told["ends"]
        else:
            assert other.all_day and other.begin.date() == told["begins"]
    return found


def test_times_are_right_across_both_changes_of_the_clocks(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        for number, (begins, ends, _) in enumerate(AROUND_CHANGES):
            times = {"starts_at": berlin(begins), "ends_at": berlin(ends), "over_at": berlin(ends)}
            make_event(uid=f"change-{number}", **times)
    answer = client.get("/calendar.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    found = read(answer.data)
    for number, (begins, ends, hours) in enumerate(AROUND_CHANGES):
        told = found[f"change-{number}"]
        assert f"{told['begins'].astimezone(BERLIN):%Y-%m-%d %H:%M}" == begins
        assert f"{told['ends'].astimezone(BERLIN):%Y-%m-%d %H:%M}" == ends
        assert told["ends"].astimezone(UTC) - told["begins"].astimezone(UTC) == timedelta(hours=hours)


def entry(**more: Any) -> Entry:
    moment = datetime(2027, 3, 1, 17, tzinfo=UTC)
    values = {
        "uid": "1", "title": "Treffen", "begins": moment, "ends": moment + timedelta(hours=2), "changed_at": moment, "sequence": 3,
        "cancelled": False, "description": "", "location": "", "url": "https://example.org/events/1",
    }  # fmt: skip
    return Entry(**{**values, **more})  # type: ignore[arg-type]


def test_hostile_text_is_folded_and_escaped_and_comes_back_as_it_was() -> None:
    data = calendar("Kalender; mit, Zeichen", [entry(title=HOSTILE.replace("\r\n", "\n"), location="C:\\neu; A, B")], "de")
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 75 and data.count(b"\n") == data.count(b"\r\n")
    assert lines.count(b"BEGIN:VEVENT") == 1 and b"BEGIN:VALARM" not in lines
    for line in lines:
        line.decode()  # no character is cut in two
    # The other program takes \\n for the end of a line; the standard and this one do not.
    assert vobject.readOne(data.decode()).vevent.location.value == "C:\\neu; A, B"
    assert read(data)["1"]["title"] == HOSTILE.replace("\r\n", "\n")


def test_the_same_events_give_the_same_bytes_and_a_change_another_number() -> None:
    assert calendar("K", [entry()], "de") == calendar("K", [entry()], "de")
    text = calendar("K", [entry(cancelled=True)], "de").decode()
    for line in (
        "SEQUENCE:3",
        "STATUS:CANCELLED",
        "DTSTAMP:20270301T170000Z",
        "DTSTART:20270301T170000Z",
        "DTEND:20270301T190000Z",
    ):
        assert line in text.split("\r\n"), text
    assert "BEGIN:VTIMEZONE" not in text


def test_a_day_without_a_time_is_a_whole_day() -> None:
    day = date(2021, 3, 15)
    data = calendar("K", [entry(begins=day, ends=day + timedelta(days=1))], "de")
    assert b"DTSTART;VALUE=DATE:20210315" in data and b"DTEND;VALUE=DATE:20210316" in data
    assert read(data)["1"]["begins"] == day


@pytest.fixture
def dates(app: Flask) -> Any:
    """A round and a draft, each with an event; one of which only the day is known, one of which only the year."""
    from types import SimpleNamespace

    with inside(app):
        round_, draft = make_round(title="Sommer"), make_round(status="draft", published_at=None)
        day = {"ends_at": None, "starts_at": berlin("2021-03-15 00:00"), "over_at": berlin("2021-03-16 00:00"), "precision": "day"}
        year = {
            "ends_at": None,
            "starts_at": berlin("2024-01-01 00:00"),
            "over_at": berlin("2025-01-01 00:00"),
            "precision": "year",
        }
        events = {
            "timed": make_event(round_, title="Mit Uhrzeit"),
            "hidden": make_event(draft),
            "day": make_event(**day),
            "year": make_event(round_, period_text="Frühjahr 2024", **year),
            "off": make_event(status="cancelled", cancelled_at=day["starts_at"], reason="Sturm"),
        }
    return SimpleNamespace(round=round_, draft=draft, **events)


def test_one_of_a_round_and_everything(client: FlaskClient, dates: Any) -> None:
    assert set(read(client.get("/calendar.ics").data)) == {dates.timed.uid, dates.day.uid, dates.off.uid}
    assert set(read(client.get(f"/rounds/{dates.round.slug}/calendar.ics").data)) == {dates.timed.uid}
    one = client.get(f"/en/events/{dates.timed.id}.ics")
    assert set(read(one.data)) == {dates.timed.uid} and f"/en/events/{dates.timed.id}" in one.text.replace("\r\n ", "")
    assert "Haus am Markt" in one.text and "Set-Cookie" not in one.headers
    assert read(client.get(f"/events/{dates.day.id}.ics").data)[dates.day.uid]["begins"] == date(2021, 3, 15)
    assert "STATUS:CANCELLED" in client.get(f"/events/{dates.off.id}.ics").text
    assert client.get(f"/events/{dates.year.id}.ics").status_code == 404
    assert client.get(f"/events/{dates.hidden.id}.ics").status_code == 404
    assert client.get(f"/rounds/{dates.draft.slug}/calendar.ics").status_code == 404


def test_a_calendar_without_events_is_a_calendar(client: FlaskClient) -> None:
    assert read(client.get("/calendar.ics").data) == {}
