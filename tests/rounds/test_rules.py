"""Windows, the line, the one thing to do: plain values, no app."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ideation.rounds.rules import (
    PRESETS,
    Span,
    Standing,
    State,
    Step,
    faults,
    first_day,
    next_edge,
    next_step,
    phase,
    slug_from,
    standing,
    state,
    stretches,
    wall_clock,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def span(activity: str, opens: int, closes: int | None) -> Span:
    """Hours from noon."""
    return Span(activity, NOON + opens * HOUR, None if closes is None else NOON + closes * HOUR)


def test_a_window_holds_its_first_instant_and_not_its_last() -> None:
    window = span("idea", 0, 1)
    assert state(window, NOON - timedelta(microseconds=1)) is State.COMING
    assert state(window, NOON) is State.OPEN
    assert state(window, NOON + HOUR - timedelta(microseconds=1)) is State.OPEN
    assert state(window, NOON + HOUR) is State.PAST


def test_a_window_without_an_end_stays_open() -> None:
    assert state(span("idea", 0, None), NOON + timedelta(days=4000)) is State.OPEN


def test_the_next_edge_is_the_nearest_change() -> None:
    windows = [span("idea", -1, 3), span("vote", 2, 5)]
    assert next_edge(windows, NOON) == NOON + 2 * HOUR
    assert next_edge(windows, NOON + 5 * HOUR) is None


def test_votes_may_follow_but_not_overlap() -> None:
    assert faults([span("vote", 0, 2), span("vote", 2, 4)]) == {}
    assert faults([span("vote", 0, 3), span("vote", 2, 4)]) == {"vote": "votes_overlap"}
    assert faults([span("vote", 0, None), span("vote", 2, 4)]) == {"vote": "votes_overlap"}


def test_an_end_before_the_beginning_is_a_fault() -> None:
    assert faults([span("idea", 2, 2)]) == {"idea": "ends_before_it_begins"}


@pytest.mark.parametrize(
    ("windows", "registered", "step"),
    [
        ([("idea", -1, 1)], False, Step.IDEA),
        ([("idea", -1, 1), ("vote", -1, 1)], False, Step.VOTE),
        ([("challenge", -1, 1), ("comment", -1, 1)], False, Step.CHALLENGE),
        ([("comment", -1, 1)], False, Step.COMMENT),
        ([("join", -1, 1), ("idea", -1, 1)], False, Step.JOIN),
        ([("join", -1, 1), ("idea", -1, 1)], True, Step.IDEA),
        ([("join", -2, -1), ("idea", -1, 1)], False, Step.WATCH),
        ([("join", -2, -1), ("idea", -1, 1)], True, Step.IDEA),
        ([("idea", 1, 2)], False, Step.WAIT),
        ([("idea", -2, -1), ("vote", 1, 2)], False, Step.WAIT),
        ([("idea", -2, -1)], False, Step.READ),
        ([], False, Step.READ),
    ],
)
def test_there_is_one_thing_to_do(windows: list[tuple[str, int, int]], registered: bool, step: Step) -> None:
    assert next_step([span(*w) for w in windows], "published", registered=registered, now=NOON) is step


def test_an_archived_round_is_for_reading() -> None:
    assert next_step([span("idea", -1, 1)], "archived", registered=True, now=NOON) is Step.READ
    assert standing([span("idea", -1, 1)], "archived", NOON) is Standing.PAST


def test_a_round_between_two_windows_is_still_open() -> None:
    windows = [span("idea", -2, -1), span("vote", 1, 2)]
    assert standing(windows, "published", NOON) is Standing.OPEN
    assert phase(windows, NOON) == "between"


def test_a_second_vote_is_called_so_on_the_line() -> None:
    first, second = stretches([span("vote", 2, 3), span("vote", 0, 1)], NOON)
    assert first.opens_at < second.opens_at
    assert first.label != second.label


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Straßen für Fußgänger & Räder", "strassen-fuer-fussgaenger-und-raeder"),
        ("  48h-Sprint!  ", "48h-sprint"),
        ("new", "new-runde"),
        ("🌳🌳", "runde"),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_title_becomes_an_address(title: str, slug: str) -> None:
    assert slug_from(title) == slug


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_begins_on_its_weekday_with_a_week_to_prepare(name: str) -> None:
    today = date(2026, 11, 23)
    day = first_day(PRESETS[name], today)
    assert day.weekday() == PRESETS[name].begins_on
    assert 7 <= (day - today).days < 14


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_no_fault_and_a_vote_with_rules(name: str) -> None:
    day = date(2026, 11, 30)
    windows = [
        Span(p.activity, wall_clock(day, p.opens).replace(tzinfo=UTC), p.closes and wall_clock(day, p.closes).replace(tzinfo=UTC))
        for p in PRESETS[name].windows
    ]
    assert faults(windows) == {}
    assert ("vote" in [w.activity for w in windows]) == bool(PRESETS[name].ballot)


def test_a_sprint_lasts_48_hours_on_a_weekend_and_a_pool_has_no_end() -> None:
    idea = next(p for p in PRESETS["sprint"].windows if p.activity == "idea")
    begins = wall_clock(first_day(PRESETS["sprint"], date(2026, 11, 23)), idea.opens)
    ends = wall_clock(first_day(PRESETS["sprint"], date(2026, 11, 23)), idea.closes or (0, 0))
    assert (begins.weekday(), begins.hour, ends - begins) == (4, 18, timedelta(hours=48))
    assert next(p for p in PRESETS["pool"].windows if p.activity == "idea").closes is None


def test_24_hours_is_the_midnight_after() -> None:
    assert wall_clock(date(2026, 11, 30), (0, 24)) == datetime(2026, 12, 1)  # noqa: DTZ001
