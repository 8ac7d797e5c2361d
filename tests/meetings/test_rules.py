from datetime import UTC, datetime

import pytest

from ideation.meetings.rules import MEETINGS_MAX, Place, agreements, fault, next_start, written_into
from ideation.profiles.rules import Content

SERIES = [Place(1, False), Place(2, False)]


@pytest.mark.parametrize(
    ("series", "number", "optional", "condition", "fields"),
    [
        (SERIES, 3, False, "", set()),
        (SERIES, 3, True, "wenn noch etwas offen ist", set()),
        ([Place(2, False)], 1, True, "", {"optional"}),
        ([*SERIES, Place(3, True)], 4, False, "", {"optional"}),
        (SERIES, 3, False, "wenn", {"condition"}),
        (SERIES, 3, True, "x" * 301, {"condition"}),
        ([Place(n, False) for n in range(MEETINGS_MAX)], 99, False, "", {"starts_at"}),
    ],
)
def test_only_the_last_of_a_series_is_optional(
    series: list[Place], number: int, optional: bool, condition: str, fields: set[str]
) -> None:
    assert set(fault(series, number, optional=optional, condition=condition)) == fields


def test_the_next_one_is_four_weeks_later_at_the_same_time() -> None:
    last = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
    assert next_start(last, last) == datetime(2026, 3, 30, 14, 30, tzinfo=UTC)
    assert next_start(None, last).hour == 14


def test_an_agreement_is_an_entry_of_a_list_or_a_paragraph_and_stands_there_once() -> None:
    content = Content("KI-Bus", first_steps=("Fahrplan machen",), outlook="Mehr Busse.")
    listed = written_into(content, "first_steps", "Bus mieten")
    assert listed.first_steps == ("Fahrplan machen", "Bus mieten")
    assert written_into(listed, "first_steps", "Bus mieten") == listed
    told = written_into(content, "outlook", "Auch in Schwerte.")
    assert told.outlook == "Mehr Busse.\n\nAuch in Schwerte."
    assert written_into(told, "outlook", "Auch in Schwerte.") == told
    assert written_into(Content("KI-Bus"), "outlook", "Mehr.").outlook == "Mehr."
    assert written_into(Content("KI-Bus"), "goals", "Mehr").goals == ("Mehr",)


def test_agreements_are_lines() -> None:
    assert agreements("- eins\n\n• zwei\neins\n  ") == ("eins", "zwei")
