"""One zone per installation; moments in UTC inside, local outside."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app


def now() -> datetime:
    """Asked in views and commands only, and handed down."""
    return datetime.now(UTC)


def zone() -> ZoneInfo:
    return ZoneInfo(current_app.config["TIMEZONE"])


def local(value: datetime) -> datetime:
    return value.astimezone(zone())


def today(value: datetime) -> date:
    return local(value).date()


class MissingHour(ValueError):
    """A local time that the change to summer time skips."""


def utc(value: datetime) -> datetime:
    """A local wall-clock time as a moment. The hour that occurs twice means the first; a skipped one is refused."""
    moment = value.replace(tzinfo=zone(), fold=0).astimezone(UTC)
    if local(moment).replace(tzinfo=None) != value:
        raise MissingHour(value)
    return moment


def end_of(day: date) -> datetime:
    """24:00 of a day: a date without a time ends there."""
    return datetime.combine(day + timedelta(days=1), time(), zone()).astimezone(UTC)


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), zone()).astimezone(UTC)


def next_midnight(value: datetime) -> datetime:
    return end_of(today(value))


def hour(value: datetime) -> datetime:
    """Rounded down to the hour: the finest time that is kept beside a vote."""
    return value.replace(minute=0, second=0, microsecond=0)
