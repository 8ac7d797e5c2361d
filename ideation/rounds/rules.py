"""Windows, the line they make, and what a round may become. Standard library only: times come in, answers go out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Activity(StrEnum):
    """What a window opens, in the order of the line."""

    JOIN = "join"
    CHALLENGE = "challenge"
    IDEA = "idea"
    COMMENT = "comment"
    VOTE = "vote"


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
