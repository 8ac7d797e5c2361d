"""The meetings of a lab: a series, of which the last one may depend on something; who was there; what was agreed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from ideation.core.sentence import Message, say
from ideation.profiles.rules import BY_NAME, Content, Kind, together

MEETINGS_MAX, CONDITION_MAX, AGREEMENTS_MAX, AGREEMENT_MAX, OTHERS_MAX = 30, 300, 40, 300, 500
# What the form for a further meeting begins with.
APART = timedelta(weeks=4)
# Where an agreement can be written into: lists get an entry, texts a paragraph.
WRITABLE = tuple(name for name, field in BY_NAME.items() if field.kind in {Kind.LIST, Kind.TEXT} and name != "summary")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a meeting stands in its series."""

    number: int
    optional: bool


def fault(series: Sequence[Place], number: int, *, optional: bool, condition: str) -> dict[str, Message]:
    """Why this meeting cannot stand in the series like that: field to sentence. `series`: the other ones."""
    found: dict[str, Message] = {}
    if len(series) >= MEETINGS_MAX:
        found["starts_at"] = say("Mehr als %(n)s Treffen kann ein Projektlabor nicht haben.", n=MEETINGS_MAX)
    if any(other.optional and other.number < number for other in series):
        found["optional"] = say("Das Treffen davor ist optional. Machen Sie es zuerst fest: optional kann nur das letzte sein.")
    if optional and any(other.number > number for other in series):
        found["optional"] = say("Optional kann nur das letzte Treffen sein.")
    if condition and not optional:
        found["condition"] = say("Eine Bedingung gibt es nur bei einem optionalen Treffen.")
    if len(condition) > CONDITION_MAX:
        found["condition"] = say("Bitte kürzen Sie auf höchstens %(n)s Zeichen.", n=CONDITION_MAX)
    return found


def next_number(series: Sequence[Place]) -> int:
    return max((place.number for place in series), default=0) + 1


def next_start(last: datetime | None, now: datetime) -> datetime:
    """A proposal, in local time: four weeks after the last one at the same time of day."""
    return (last or now.replace(hour=14, minute=0, second=0, microsecond=0)) + APART


def written_into(content: Content, name: str, text: str) -> Content:
    """The profile with an agreement in the named field; unchanged when it stands there already."""
    value = content.value(name)
    after: Any = together(value if isinstance(value, tuple) else value or "", (text,) if isinstance(value, tuple) else text)
    known = value if isinstance(value, tuple) else str(value or "").split("\n\n")
    return content if text in known else replace(content, **{name: after})


def agreements(text: str) -> tuple[str, ...]:
    """One on each line, each once."""
    return tuple(dict.fromkeys(line.strip(" -*•–\t") for line in text.splitlines() if line.strip(" -*•–\t")))
