"""What the moderation can do with an item, and what follows from it, in words."""

from dataclasses import dataclass

from ideation.core.sentence import Message, say
from ideation.decisions.rules import NEEDS_REASON, Kind


@dataclass(frozen=True, slots=True)
class Act:
    """A button and its consequence."""

    kind: Kind
    label: Message
    consequence: Message

    @property
    def needs_reason(self) -> bool:
        return self.kind in NEEDS_REASON


def _acts(*rows: tuple[Kind, Message, Message]) -> dict[str, Act]:
    return {kind: Act(kind, label, consequence) for kind, label, consequence in rows}


CHALLENGE_ACTS = _acts(
    (
        Kind.PUBLISH,
        say("Veröffentlichen"),
        say("Die Frage steht sofort öffentlich in der Runde. Wer sie geschrieben hat, erfährt es."),
    ),
    (
        Kind.RETURN,
        say("Zurückgeben"),
        say("Wer sie geschrieben hat, liest Ihre Begründung, kann den Text ändern und noch einmal einreichen."),
    ),
    (
        Kind.REJECT,
        say("Nicht annehmen"),
        say("Die Frage wird nicht veröffentlicht. Wer sie geschrieben hat, liest Ihre Begründung. Das ist endgültig."),
    ),
    (
        Kind.MERGE,
        say("Zusammenführen"),
        say(
            "Die Seite dieser Frage bleibt lesbar und verweist auf die andere. Ihre Ideen bleiben bei ihr stehen. Das ist endgültig."
        ),
    ),
    (
        Kind.ANSWER,
        say("Als beantwortet kennzeichnen"),
        say("Die Frage nimmt keine Ideen mehr an. Ihre Begründung steht als Antwort auf der Seite."),
    ),
    (
        Kind.HIDE,
        say("Ausblenden"),
        say("Die Seite verschwindet für alle, außer für die Moderation und wer sie geschrieben hat. Das lässt sich zurücknehmen."),
    ),
    (Kind.RESTORE, say("Wieder einblenden"), say("Die Seite ist wieder für alle zu sehen.")),
)
IDEA_ACTS = _acts(
    (
        Kind.PUBLISH,
        say("Veröffentlichen"),
        say("Die Idee steht sofort öffentlich in der Runde. Wer sie geschrieben hat, erfährt es."),
    ),
    (
        Kind.RETURN,
        say("Zurückgeben"),
        say("Wer sie geschrieben hat, liest Ihre Begründung, kann den Text ändern und noch einmal einreichen."),
    ),
    (
        Kind.REJECT,
        say("Nicht annehmen"),
        say("Die Idee wird nicht veröffentlicht. Wer sie geschrieben hat, liest Ihre Begründung. Das ist endgültig."),
    ),
    (Kind.SHORTLIST, say("In die engere Auswahl nehmen"), say("Die Idee trägt für alle sichtbar den Stand „engere Auswahl“.")),
    (Kind.UNLIST, say("Aus der engeren Auswahl nehmen"), say("Die Idee ist wieder eine Idee wie die anderen.")),
    (
        Kind.MERGE,
        say("Zusammenführen"),
        say(
            "Die Seite dieser Idee bleibt lesbar und verweist auf die andere. Frühere Stimmen ändern sich nicht. Das ist endgültig."
        ),
    ),
    (
        Kind.REOPEN,
        say("Für die nächste Abstimmung öffnen"),
        say("Die Idee kann in der nächsten Abstimmung wieder Stimmen bekommen."),
    ),
    (
        Kind.ARCHIVE,
        say("Archivieren"),
        say("Mit der Idee geht es nicht weiter. Ihre Seite bleibt lesbar, mit Ihrer Begründung. Das ist endgültig."),
    ),
    (
        Kind.HIDE,
        say("Ausblenden"),
        say(
            "Die Idee verschwindet für alle, außer für die Moderation und wer sie geschrieben hat. Sie bekommt keine neuen Stimmen."
        ),
    ),
    (Kind.RESTORE, say("Wieder einblenden"), say("Die Idee ist wieder für alle zu sehen.")),
)
COMMENT_ACTS = _acts(
    (
        Kind.HIDE,
        say("Ausblenden"),
        say("An der Stelle des Kommentars stehen ein Hinweis und Ihre Begründung. Antworten bleiben sichtbar."),
    ),
    (Kind.RESTORE, say("Wieder einblenden"), say("Der Kommentar ist wieder für alle zu sehen.")),
)
# What can be done with several at once.
QUEUE_KINDS = (Kind.PUBLISH, Kind.RETURN, Kind.REJECT)


@dataclass(frozen=True, slots=True)
class Wish:
    """One of several decisions taken at once. `noun` is challenge or idea."""

    noun: str
    id: int
    kind: str
    reason: str

    @property
    def name(self) -> str:
        return f"{self.noun}-{self.id}"
