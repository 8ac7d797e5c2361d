"""What a lab may become, and how each state is said."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ideation.core.sentence import Message, say


class Status(StrEnum):
    PLANNED = "planned"
    INVITING = "inviting"
    WORKING = "working"
    DOCUMENTED = "documented"
    CLOSED = "closed"


class Role(StrEnum):
    """What somebody is in a lab. The facilitator (Laborbegleitung) leads the meetings."""

    MEMBER = "member"
    HOST = "host"
    FACILITATOR = "facilitator"


class Who(StrEnum):
    """Who may take a step: whoever looks after the lab, or beside them the Laborbegleitung and hosts."""

    CARETAKER = "caretaker"
    FACILITATOR = "facilitator"


class Told(StrEnum):
    """Who hears of a step: authors of what the lab came from, its members, and whoever follows it."""

    AUTHORS = "authors"
    MEMBERS = "members"
    FOLLOWERS = "followers"


TOLD = {
    Told.MEMBERS: say("wer mitarbeitet"),
    Told.FOLLOWERS: say("wer dem Projektlabor folgt"),
    Told.AUTHORS: say("wer die Ideen und Herausforderungen geschrieben hat, aus denen es entstand"),
}


@dataclass(frozen=True, slots=True)
class Move:
    """A step of a lab. With `reasoned` a word about it is asked for, and stays on the page."""

    start: Status
    end: Status
    who: Who
    reasoned: bool
    told: frozenset[Told]


MOVES = (
    Move(Status.PLANNED, Status.INVITING, Who.CARETAKER, False, frozenset({Told.AUTHORS, Told.MEMBERS, Told.FOLLOWERS})),
    Move(Status.INVITING, Status.WORKING, Who.FACILITATOR, False, frozenset({Told.MEMBERS, Told.FOLLOWERS})),
    Move(Status.WORKING, Status.DOCUMENTED, Who.FACILITATOR, False, frozenset({Told.MEMBERS, Told.FOLLOWERS})),
    Move(Status.DOCUMENTED, Status.CLOSED, Who.CARETAKER, True, frozenset({Told.AUTHORS, Told.MEMBERS, Told.FOLLOWERS})),
)
TITLE_MAX, LONG_TITLE_MAX, TEXT_MAX = 120, 300, 10_000
QUESTIONS_MAX, QUESTION_MAX, HOSTS_MAX, SLUG_MAX = 10, 300, 12, 60
NAME_MAX, REASON_MAX, SEATS_MAX = 120, 2_000, 500
# Addresses that mean something else below /labs.
TAKEN_SLUGS = frozenset({"new", "invitations"})


def move_to(status: str, target: str) -> Move | None:
    return next((move for move in MOVES if (move.start, move.end) == (status, target)), None)


def moves_from(status: str) -> list[Move]:
    return [move for move in MOVES if move.start == status]


def missing_sectors(targets: Mapping[str, int], have: Mapping[str, int]) -> dict[str, int]:
    """How many people of which sector are still wanted, in the order of the targets; what is reached is left out."""
    short = {sector: wanted - have.get(sector, 0) for sector, wanted in targets.items()}
    return {sector: number for sector, number in short.items() if number > 0}


@dataclass(frozen=True, slots=True)
class Stage:
    """How a status is said: as a word, as a sentence, with what comes next; `act` is the button that leads to it."""

    word: Message
    sentence: Message
    follows: Message
    act: Message
    tone: str


STAGES: dict[Status, Stage] = {
    Status.PLANNED: Stage(
        say("in Vorbereitung"),
        say("Das Projektlabor wird vorbereitet."),
        say("Zuerst stehen die Leitfragen fest. Dann werden die Menschen eingeladen, die daran mitarbeiten."),
        say("Vorbereiten"),
        "wait",
    ),
    Status.INVITING: Stage(
        say("lädt ein"),
        say("Das Projektlabor sucht Menschen, die mitarbeiten."),
        say("Wenn die Gruppe beisammen ist, trifft sich das Projektlabor zum ersten Mal."),
        say("Einladen"),
        "open",
    ),
    Status.WORKING: Stage(
        say("arbeitet"),
        say("Das Projektlabor arbeitet."),
        say("In mehreren Treffen werden aus den Leitfragen Projekte. Was dabei herauskommt, steht danach hier."),
        say("Arbeit beginnen"),
        "open",
    ),
    Status.DOCUMENTED: Stage(
        say("dokumentiert"),
        say("Die Treffen sind vorbei, die Ergebnisse sind festgehalten."),
        say("Nun wird geklärt, welche der Ergebnisse als Projekte umgesetzt werden."),
        say("Als dokumentiert kennzeichnen"),
        "good",
    ),
    Status.CLOSED: Stage(
        say("abgeschlossen"),
        say("Das Projektlabor ist abgeschlossen."),
        say("Diese Seite bleibt als Dokumentation stehen."),
        say("Abschließen"),
        "quiet",
    ),
}


@dataclass(frozen=True, slots=True)
class LabText:
    """What a lab says about itself. Lists have one entry each; hosts and facilitators are names of institutions."""

    title: str
    problem: str = ""
    aim: str = ""
    questions: tuple[str, ...] = ()
    long_title: str = ""
    period_text: str = ""
    hosts: tuple[str, ...] = ()
    facilitators: tuple[str, ...] = ()
    promise: str = ""
    audience: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    format: str = ""
    website: str = ""
    seats: int | None = None
    lang: str = "de"


def lines(text: str) -> tuple[str, ...]:
    """One entry per line; list marks in front of a line are not part of it."""
    found = (re.sub(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+", "", line).strip() for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in found if line))


def slug_from(title: str) -> str:
    """An address from a title: letters a to z, digits, single hyphens."""
    text = title.lower()
    for letter, plain in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "&": " und "}.items():
        text = text.replace(letter, plain)
    slug = re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:SLUG_MAX].strip("-")
    return f"{slug}-labor" if slug in TAKEN_SLUGS else slug or "projektlabor"
