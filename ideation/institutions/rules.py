"""What an institution is, how a date known only in part is read, and how the rows of two become those of one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from ideation.core.sentence import Message, say

NAME_MAX, OFFICE_MAX, PHONE_MAX, EMAIL_MAX, ADDRESS_MAX, TEXT_MAX = 160, 160, 40, 254, 300, 5_000
ALIASES_MAX = 20


class Kind(StrEnum):
    CITY = "city"
    OFFICE = "office"
    PARTNER = "partner"


KIND_NAMES: dict[str, Message] = {
    Kind.CITY: say("Stadt"),
    Kind.OFFICE: say("Dienststelle"),
    Kind.PARTNER: say("Partner"),
}


class Sector(StrEnum):
    BUSINESS = "business"
    ASSOCIATIONS = "associations"
    SCIENCE = "science"
    EDUCATION = "education"
    ADMINISTRATION = "administration"
    POLITICS = "politics"
    CIVIL_SOCIETY = "civil_society"
    CULTURE = "culture"


SECTOR_NAMES: dict[str, Message] = {
    Sector.BUSINESS: say("Wirtschaft"),
    Sector.ASSOCIATIONS: say("Kammern und Verbände"),
    Sector.SCIENCE: say("Wissenschaft"),
    Sector.EDUCATION: say("Bildung"),
    Sector.ADMINISTRATION: say("Verwaltung"),
    Sector.POLITICS: say("Politik"),
    Sector.CIVIL_SOCIETY: say("Zivilgesellschaft"),
    Sector.CULTURE: say("Kultur"),
}
PRECISIONS = ("day", "month", "year")


@dataclass(frozen=True, slots=True)
class Since:
    """A day as far as it is known: `precision` is day, month or year, the rest of the date means nothing."""

    on: date
    precision: str


WRITTEN = (
    (re.compile(r"(?P<y>\d{4})"), "year"),
    (re.compile(r"(?P<m>\d{1,2})[./](?P<y>\d{4})|(?P<y2>\d{4})-(?P<m2>\d{1,2})"), "month"),
    (re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})|(?P<y2>\d{4})-(?P<m2>\d{1,2})-(?P<d2>\d{1,2})"), "day"),
)


def read_since(text: str) -> Since | None:
    """ "2016", "12.2016", "2016-12", "1.12.2016", "2016-12-01". Raises ValueError for anything else; nothing is None."""
    text = "".join(text.split())
    if not text:
        return None
    for form, precision in WRITTEN:
        if text.isascii() and (found := form.fullmatch(text)):
            part = {name[0]: int(value) for name, value in found.groupdict().items() if value}
            if part["y"] < 1000:
                break
            return Since(date(part["y"], part.get("m", 1), part.get("d", 1)), precision)
    raise ValueError(text)


def write_since(on: date | None, precision: str) -> str:
    """As `read_since` reads it."""
    if on is None:
        return ""
    return {"year": f"{on.year}", "month": f"{on:%m}.{on.year}"}.get(precision, f"{on:%d.%m}.{on.year}")


@dataclass(frozen=True, slots=True)
class InstitutionText:
    """What an institution says of itself. `sector` and `since` stay None while they are not known; `aliases` one entry each."""

    name: str
    kind: str = Kind.PARTNER
    sector: str | None = None
    aliases: tuple[str, ...] = ()
    about: str = ""
    offer: str = ""
    lang: str = "de"
    website: str = ""
    contact_office: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    since: Since | None = None


def lines(text: str) -> tuple[str, ...]:
    """One entry per line, each once."""
    return tuple(dict.fromkeys(line for line in (" ".join(line.split()) for line in text.splitlines()) if line))


def is_address(text: str) -> bool:
    """A web address that can be linked as it stands."""
    return re.fullmatch(r"https?://[^\s/@:?#\"<>\\]+\.[^\s/@:?#\"<>\\]+([/?#:][^\s\"<>\\]*)?", text) is not None


@dataclass(frozen=True, slots=True)
class Merging:
    """How a table takes part when two rows it points to become one (`info={"merging": Merging(…)}`).

    `said`: its rows in words, for the page that announces what moves. `combine`: column to the way in which two rows that
    cannot stand side by side (a unique key) become one: "sum", "any", "min", "max". Other columns keep the value of the row
    that stays; without `combine` that row stays as it is."""

    said: Message | None = None
    combine: Mapping[str, str] | None = None


def combined(merging: Merging, staying: Mapping[str, Any], going: Mapping[str, Any]) -> dict[str, Any]:
    """What changes in the row that stays."""
    new = {name: _one(way, staying[name], going[name]) for name, way in (merging.combine or {}).items()}
    return {name: value for name, value in new.items() if value != staying[name]}


def _one(way: str, staying: Any, going: Any) -> Any:
    known = [value for value in (staying, going) if value is not None]
    if len(known) < 2:
        return known[0] if known else None
    return {"sum": sum, "any": any, "min": min, "max": max}[way](known)  # type: ignore[operator]


def clashing(keys: Iterable[str]) -> list[str]:
    """Those that occur more than once."""
    seen: dict[str, int] = {}
    for key in keys:
        seen[key] = seen.get(key, 0) + 1
    return [key for key, times in seen.items() if times > 1]
