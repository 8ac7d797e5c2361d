"""What a correction can be, and why."""

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
