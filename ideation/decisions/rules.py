"""The acts of moderation. Every one of them has somebody who did it; those against an author also have a reason."""

from enum import StrEnum

from ideation.core.sentence import Message, say


class Kind(StrEnum):
    PUBLISH = "publish"
    RETURN = "return"
    REJECT = "reject"
    MERGE = "merge"
    HIDE = "hide"
    RESTORE = "restore"
    SHORTLIST = "shortlist"
    UNLIST = "unlist"
    SELECT = "select"
    NOT_SELECT = "not_select"
    TAKE_TO_LAB = "take_to_lab"
    ANSWER = "answer"
    REOPEN = "reopen"
    ARCHIVE = "archive"
    BREAK_TIE = "break_tie"
    EDIT = "edit"
    CARRY_OVER = "carry_over"
    VOID = "void"
    REINSTATE = "reinstate"


NEEDS_REASON = frozenset(
    {Kind.ANSWER, Kind.RETURN, Kind.REJECT, Kind.MERGE, Kind.HIDE, Kind.BREAK_TIE, Kind.EDIT, Kind.VOID, Kind.REINSTATE}
)
REASON_MIN, REASON_MAX = 10, 2_000

NAMES: dict[str, Message] = {
    Kind.PUBLISH: say("veröffentlicht"),
    Kind.RETURN: say("zurückgegeben"),
    Kind.REJECT: say("abgelehnt"),
    Kind.MERGE: say("zusammengeführt"),
    Kind.HIDE: say("ausgeblendet"),
    Kind.RESTORE: say("wieder eingeblendet"),
    Kind.SHORTLIST: say("in die engere Auswahl genommen"),
    Kind.UNLIST: say("aus der engeren Auswahl genommen"),
    Kind.SELECT: say("ausgewählt"),
    Kind.NOT_SELECT: say("nicht ausgewählt"),
    Kind.TAKE_TO_LAB: say("ins Projektlabor übernommen"),
    Kind.ANSWER: say("beantwortet"),
    Kind.REOPEN: say("wieder geöffnet"),
    Kind.ARCHIVE: say("archiviert"),
    Kind.BREAK_TIE: say("Gleichstand entschieden"),
    Kind.EDIT: say("durch die Moderation geändert"),
    Kind.CARRY_OVER: say("in eine andere Runde übernommen"),
    Kind.VOID: say("für ungültig erklärt"),
    Kind.REINSTATE: say("wieder für gültig erklärt"),
}


def reason_missing(kind: Kind, reason: str) -> bool:
    return kind in NEEDS_REASON and len(reason.strip()) < REASON_MIN
