"""Windows, the line they make, and what a round may become. Standard library only: times come in, answers go out."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Protocol

from ideation.core.sentence import Message, say

TITLE_MAX, SUMMARY_MAX, ABOUT_MAX, SLUG_MAX, TEAM_MAX = 120, 300, 10_000, 60, 20
# Addresses below /rounds and /manage/rounds that are pages of their own.
TAKEN_SLUGS = frozenset({"new", "preview"})


class Activity(StrEnum):
    """What a window opens, in the order of the line."""

    JOIN = "join"
    CHALLENGE = "challenge"
    IDEA = "idea"
    COMMENT = "comment"
    VOTE = "vote"


# What one does in a window, as it stands on the line.
NAMES: dict[str, Message] = {
    Activity.JOIN: say("Zur Runde anmelden"),
    Activity.CHALLENGE: say("Herausforderungen stellen"),
    Activity.IDEA: say("Ideen vorschlagen"),
    Activity.COMMENT: say("Mitreden"),
    Activity.VOTE: say("Abstimmen"),
}
LATER_VOTE = say("Noch einmal abstimmen")


class Status(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


MOVES: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.PUBLISHED}),
    Status.PUBLISHED: frozenset({Status.ARCHIVED}),
    Status.ARCHIVED: frozenset(),
}


class State(StrEnum):
    """Where now is, seen from a window."""

    PAST = "past"
    OPEN = "open"
    COMING = "coming"


class Window(Protocol):
    """Half-open [opens_at, closes_at), in UTC. No end: open until further notice."""

    @property
    def activity(self) -> str: ...
    @property
    def opens_at(self) -> datetime: ...
    @property
    def closes_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Span:
    """A window as a plain value."""

    activity: str
    opens_at: datetime
    closes_at: datetime | None = None


def state(window: Window, now: datetime) -> State:
    """The one place where a window is held against the clock."""
    if now < window.opens_at:
        return State.COMING
    if window.closes_at is not None and now >= window.closes_at:
        return State.PAST
    return State.OPEN


def open_window(windows: Iterable[Window], activity: str, now: datetime) -> Window | None:
    return next((w for w in windows if w.activity == activity and state(w, now) is State.OPEN), None)


def next_window(windows: Iterable[Window], activity: str, now: datetime) -> Window | None:
    coming = [w for w in windows if w.activity == activity and state(w, now) is State.COMING]
    return min(coming, key=lambda w: w.opens_at, default=None)


def last_window(windows: Iterable[Window], activity: str, now: datetime) -> Window | None:
    past = [w for w in windows if w.activity == activity and state(w, now) is State.PAST]
    return max(past, key=lambda w: w.opens_at, default=None)


def next_edge(windows: Iterable[Window], now: datetime) -> datetime | None:
    """When the round looks different without anybody doing anything."""
    edges = (edge for w in windows for edge in (w.opens_at, w.closes_at) if edge is not None and edge > now)
    return min(edges, default=None)


def in_line(windows: Iterable[Window]) -> list[Window]:
    order = {name: place for place, name in enumerate(Activity)}
    return sorted(windows, key=lambda w: (w.opens_at, order[Activity(w.activity)]))


def faults(windows: Sequence[Window]) -> dict[str, str]:
    """What is wrong with a set of windows: activity to the name of the fault. Empty when all is well."""
    found: dict[str, str] = {}
    for window in windows:
        if window.closes_at is not None and window.closes_at <= window.opens_at:
            found[window.activity] = "ends_before_it_begins"
    votes = sorted((w for w in windows if w.activity == Activity.VOTE), key=lambda w: w.opens_at)
    for earlier, later in zip(votes, votes[1:], strict=False):
        if earlier.closes_at is None or earlier.closes_at > later.opens_at:
            found[Activity.VOTE] = "votes_overlap"
    return found


def phase(windows: Sequence[Window], now: datetime) -> str:
    """A name for people: what is open counts, the latest activity first; else before, between or after."""
    for activity in (Activity.VOTE, Activity.IDEA, Activity.CHALLENGE, Activity.JOIN, Activity.COMMENT):
        if open_window(windows, activity, now):
            return str(activity)
    if not windows:
        return "none"
    if all(state(w, now) is State.COMING for w in windows):
        return "before"
    return "after" if all(state(w, now) is State.PAST for w in windows) else "between"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A window as the line draws it."""

    activity: str
    label: Message
    opens_at: datetime
    closes_at: datetime | None
    state: State


def stretches(windows: Iterable[Window], now: datetime) -> list[Stretch]:
    drawn: list[Stretch] = []
    for window in in_line(windows):
        again = window.activity == Activity.VOTE and any(s.activity == Activity.VOTE for s in drawn)
        label = LATER_VOTE if again else NAMES[window.activity]
        drawn.append(Stretch(window.activity, label, window.opens_at, window.closes_at, state(window, now)))
    return drawn


class Step(StrEnum):
    """The one thing to do now."""

    JOIN = "join"
    VOTE = "vote"
    IDEA = "idea"
    CHALLENGE = "challenge"
    COMMENT = "comment"
    WATCH = "watch"
    WAIT = "wait"
    READ = "read"


def next_step(windows: Sequence[Window], status: str, *, registered: bool, now: datetime) -> Step:
    if status == Status.ARCHIVED or not windows:
        return Step.READ
    if not registered and any(w.activity == Activity.JOIN for w in windows):
        if open_window(windows, Activity.JOIN, now):
            return Step.JOIN
        if any(state(w, now) is State.OPEN for w in windows):
            return Step.WATCH
    else:
        for activity in (Activity.VOTE, Activity.IDEA, Activity.CHALLENGE, Activity.COMMENT):
            if open_window(windows, activity, now):
                return Step(activity)
    return Step.WAIT if next_edge(windows, now) else Step.READ


class Standing(StrEnum):
    """Where a round stands in a list of rounds."""

    OPEN = "open"
    COMING = "coming"
    PAST = "past"


def standing(windows: Sequence[Window], status: str, now: datetime) -> Standing:
    if status == Status.ARCHIVED or not windows or all(state(w, now) is State.PAST for w in windows):
        return Standing.PAST
    return Standing.COMING if all(state(w, now) is State.COMING for w in windows) else Standing.OPEN


def slug_from(title: str) -> str:
    """An address from a title: letters a to z, digits, single hyphens."""
    text = title.lower()
    for letter, plain in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "&": " und "}.items():
        text = text.replace(letter, plain)
    slug = re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:SLUG_MAX].strip("-")
    return f"{slug}-runde" if slug in TAKEN_SLUGS else slug or "runde"


@dataclass(frozen=True, slots=True)
class Planned:
    """A window of a preset, counted from the first day: day and hour of opening and of closing. No end: until further notice."""

    activity: Activity
    opens: tuple[int, int]
    closes: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """A usual kind of round: settings to begin with, all of them changeable."""

    name: Message
    description: Message
    windows: tuple[Planned, ...]
    # The weekday on which it begins, Monday 0.
    begins_on: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    # Fields of ballots.rules.BallotSettings.
    ballot: Mapping[str, Any] = field(default_factory=dict)


A = Activity
PRESETS: dict[str, Preset] = {
    "helpathon": Preset(
        say("Helpathon"),
        say("Die Stadtgesellschaft stellt Fragen, antwortet mit Ideen und stimmt ab. Sechs Wochen."),
        (
            Planned(A.CHALLENGE, (0, 9), (13, 24)),
            Planned(A.IDEA, (0, 9), (27, 24)),
            Planned(A.COMMENT, (0, 9), (41, 24)),
            Planned(A.VOTE, (28, 9), (41, 18)),
        ),
        ballot={"method": "approval", "votes_each": 3, "closed_list": True, "seats": 3},
    ),
    "sprint": Preset(
        say("48-Stunden-Sprint"),
        say("Teams arbeiten ein Wochenende lang an Lösungen. Vorher melden sich alle an; danach wird abgestimmt."),
        (
            Planned(A.JOIN, (0, 9), (13, 24)),
            Planned(A.CHALLENGE, (0, 9), (12, 12)),
            Planned(A.IDEA, (14, 18), (16, 18)),
            Planned(A.COMMENT, (14, 18), (18, 18)),
            Planned(A.VOTE, (16, 20), (18, 18)),
        ),
        begins_on=4,
        settings={"team_min": 2, "team_max": 6},
        ballot={"method": "points", "votes_each": 5, "points_max": 3, "closed_list": True, "seats": 3},
    ),
    "collection": Preset(
        say("Ideensammlung"),
        say("Vier Wochen Ideen zu einem Thema, mit Prüfung vor der Veröffentlichung, dann zwei Wochen Abstimmung."),
        (
            Planned(A.IDEA, (0, 9), (27, 24)),
            Planned(A.COMMENT, (0, 9), (41, 24)),
            Planned(A.VOTE, (28, 9), (41, 18)),
        ),
        settings={"checks_ideas": True, "free_ideas": True},
        ballot={"method": "approval", "votes_each": 3, "closed_list": True, "seats": 5},
    ),
    "pool": Preset(
        say("Ideenpool"),
        say("Immer offen, ohne Ende. Ideen lassen sich jederzeit einreichen und unterstützen; alle drei Monate wird gezählt."),
        (
            Planned(A.IDEA, (0, 9)),
            Planned(A.COMMENT, (0, 9)),
            Planned(A.VOTE, (0, 9), (90, 24)),
        ),
        settings={"free_ideas": True},
        ballot={"method": "support", "votes_each": None, "closed_list": False, "hides_results": False, "seats": 3},
    ),
}  # fmt: skip


def first_day(preset: Preset, today: date) -> date:
    """The next day of the week on which this kind of round begins, with a week to prepare it."""
    earliest = today + timedelta(days=7)
    return earliest + timedelta(days=(preset.begins_on - earliest.weekday()) % 7)


def wall_clock(day: date, at: tuple[int, int]) -> datetime:
    """Days and hours after a first day, on the clock on the wall."""
    return datetime.combine(day + timedelta(days=at[0] + at[1] // 24), time(at[1] % 24))


def team_size(least: int, most: int) -> Message:
    """How many people a team has, as part of a sentence."""
    if least == most:
        return say("%(n)s Personen", n=least)
    return say("%(least)s bis %(most)s Personen", least=least, most=most)
