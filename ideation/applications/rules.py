"""How an institution becomes a partner: somebody asks for it, the moderation decides."""

from enum import StrEnum

from ideation.core.sentence import Message, say

REASON_MAX = 2_000
# Open applications of one account at a time.
WAITING_MAX = 5


class Status(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


# A status as a word, as a sentence, in a tone.
STATES: dict[str, tuple[Message, Message, str]] = {
    Status.WAITING: (
        say("wird geprüft"),
        say("Die Moderation sieht sich Ihre Anfrage an. Die Antwort bekommen Sie als Nachricht und per E-Mail."),
        "wait",
    ),
    Status.ACCEPTED: (say("angenommen"), say("Die Institution steht im Verzeichnis."), "good"),
    Status.DECLINED: (say("abgelehnt"), say("Die Moderation hat die Anfrage abgelehnt. Warum, steht hier."), "bad"),
    Status.WITHDRAWN: (say("zurückgezogen"), say("Sie haben die Anfrage zurückgezogen."), "quiet"),
}
