"""What is still open in a lab, and until when."""

from datetime import date
from enum import StrEnum

from ideation.core.sentence import Message, say

TEXT_MAX, ANSWER_MAX = 500, 5_000
# On one profile: they stand beside it.
QUESTIONS_MAX = 60


class Status(StrEnum):
    """Computed, never stored: from the due date, the decision and the day."""

    OPEN = "open"
    LATE = "late"
    ANSWERED = "answered"


WORDS: dict[Status, Message] = {Status.OPEN: say("offen"), Status.LATE: say("überfällig"), Status.ANSWERED: say("geklärt")}
TONES: dict[Status, str] = {Status.OPEN: "wait", Status.LATE: "bad", Status.ANSWERED: "good"}


def status_of(due_on: date | None, *, answered: bool, today: date) -> Status:
    """Due on a day means until the end of it."""
    if answered:
        return Status.ANSWERED
    return Status.LATE if due_on is not None and due_on < today else Status.OPEN


class Asked(StrEnum):
    """What the list of the city can show."""

    OPEN = "open"
    LATE = "late"
    ANSWERED = "answered"
    ALL = "all"
