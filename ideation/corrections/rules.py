"""What a correction can be, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ideation.core.sentence import Message, say

# So many votes at once: more are split into several corrections, each with its own reason.
VOTES_MAX = 5_000


class Act(StrEnum):
    VOID = "void"
    REINSTATE = "reinstate"


class Status(StrEnum):
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Category(StrEnum):
    ACCOUNTS = "accounts"
    IDENTITY = "identity"
    AUTOMATED = "automated"
    TYPING = "typing"
    ERROR = "error"


CATEGORIES: dict[str, Message] = {
    Category.ACCOUNTS: say("mehrere Konten einer Person"),
    Category.IDENTITY: say("im Namen anderer abgegeben"),
    Category.AUTOMATED: say("von einem Programm abgegeben"),
    Category.TYPING: say("Papierstimme falsch eingegeben"),
    Category.ERROR: say("die frühere Entscheidung war ein Irrtum"),
}
# Reinstating takes an earlier decision back; it has no other cause.
CAUSES: dict[str, tuple[Category, ...]] = {Act.VOID: tuple(Category), Act.REINSTATE: (Category.ERROR,)}

STATES: dict[str, Message] = {
    Status.PROPOSED: say("wartet auf eine zweite Person"),
    Status.CONFIRMED: say("bestätigt"),
    Status.WITHDRAWN: say("zurückgezogen oder abgelehnt"),
}
TONES: dict[str, str] = {Status.PROPOSED: "wait", Status.CONFIRMED: "good"}


@dataclass(frozen=True, slots=True)
class Span:
    """Votes for one idea within some time, and what they must have in common.

    `exactly`: first and last vote, both included; otherwise the hours in [begins, ends), which is all that is told about a vote.
    `networks`: only votes from these, as the ledger knows them for seven days; None: from anywhere."""

    idea: int
    begins: datetime
    ends: datetime
    exactly: bool = False
    young: bool = False
    quiet: bool = False
    networks: tuple[str, ...] | None = None


def codes_in(text: str) -> list[str]:
    """One receipt code a line; each once, in their order."""
    return list(dict.fromkeys(line for raw in text.splitlines() if (line := raw.strip())))
