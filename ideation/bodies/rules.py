"""How long a seat in a body lasts, as far as it is known."""

import calendar
from datetime import date, timedelta

NAME_MAX, OFFICE_MAX, PURPOSE_MAX = 160, 160, 5_000


def last_day(on: date, precision: str) -> date:
    """The last day that a date known to the year or month can mean."""
    if precision == "year":
        return date(on.year, 12, 31)
    if precision == "month":
        return date(on.year, on.month, calendar.monthrange(on.year, on.month)[1])
    return on


def is_over(until_on: date | None, precision: str, today: date) -> bool:
    return until_on is not None and last_day(until_on, precision) < today


def begins_after(from_on: date | None, until_on: date | None, precision: str) -> bool:
    """Whether it would end before it begins."""
    return from_on is not None and until_on is not None and last_day(until_on, precision) < from_on


def day_after(on: date, precision: str) -> date:
    return last_day(on, precision) + timedelta(days=1)
