"""What a challenge may become, and friendly hints for its question."""

import re
from dataclasses import dataclass
from enum import StrEnum

from ideation.core.sentence import Message, say
from ideation.decisions.rules import Kind

QUESTION_MIN, QUESTION_MAX, CONTEXT_MAX = 10, 500, 10_000
SUB_QUESTIONS_MAX, SUB_QUESTION_MAX = 10, 300


class Status(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    OPEN = "open"
    REJECTED = "rejected"
    MERGED = "merged"
    IN_LAB = "in_lab"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class Who(StrEnum):
    LEAD = "lead"
    MODERATION = "moderation"


class Told(StrEnum):
    """Authors and followers by message and mail, the moderation by what waits under /manage."""

    AUTHORS = "authors"
    FOLLOWERS = "followers"
    MODERATION = "moderation"


@dataclass(frozen=True, slots=True)
class Move:
    """One line of the table: from, to, who, whether a reason is needed, who is told. `kind` is the decision it takes."""

    source: Status
    target: Status
    who: Who
    reason: bool
    told: tuple[Told, ...]
    verb: str
    kind: Kind | None = None


S, A, F, M = Status, Told.AUTHORS, Told.FOLLOWERS, Told.MODERATION
TABLE = (
    Move(S.DRAFT, S.SUBMITTED, Who.LEAD, False, (M,), "challenge.submitted"),
    Move(S.RETURNED, S.SUBMITTED, Who.LEAD, False, (M,), "challenge.submitted"),
    Move(S.SUBMITTED, S.OPEN, Who.MODERATION, False, (A, F), "challenge.published", Kind.PUBLISH),
    Move(S.SUBMITTED, S.RETURNED, Who.MODERATION, True, (A,), "challenge.returned", Kind.RETURN),
    Move(S.SUBMITTED, S.REJECTED, Who.MODERATION, True, (A,), "challenge.rejected", Kind.REJECT),
    Move(S.OPEN, S.MERGED, Who.MODERATION, True, (A, F), "challenge.merged", Kind.MERGE),
    Move(S.OPEN, S.IN_LAB, Who.MODERATION, False, (A, F), "challenge.in_lab", Kind.TAKE_TO_LAB),
    Move(S.OPEN, S.ANSWERED, Who.MODERATION, True, (A, F), "challenge.answered", Kind.ANSWER),
    Move(S.IN_LAB, S.ANSWERED, Who.MODERATION, True, (A, F), "challenge.answered", Kind.ANSWER),
    Move(S.OPEN, S.WITHDRAWN, Who.LEAD, False, (F,), "challenge.withdrawn"),
)
# Acts that leave the status as it is.
TOLD_BESIDE = {"challenge.hidden": (A,), "challenge.restored": (A,), "challenge.edited": (A,), "challenge.carried": (A, F)}
TOLD: dict[str, tuple[Told, ...]] = {**{move.verb: move.told for move in TABLE}, **TOLD_BESIDE}

DECIDED = [S.RETURNED, S.REJECTED, S.MERGED]
PUBLIC = frozenset({S.OPEN, S.MERGED, S.IN_LAB, S.ANSWERED, S.WITHDRAWN})
# What a list shows: the rest keeps its page but is no longer a question of the round.
LISTED = frozenset({S.OPEN, S.IN_LAB, S.ANSWERED})
EDITABLE = frozenset({S.DRAFT, S.RETURNED})

# A word, a sentence and a tone for each status.
STATES: dict[Status, tuple[Message, Message, str]] = {
    S.DRAFT: (say("Entwurf"), say("Nur Sie sehen diesen Entwurf. Sie können weiterschreiben und ihn dann einreichen."), "quiet"),
    S.SUBMITTED: (
        say("eingereicht"),
        say("Die Moderation sieht sich die Herausforderung an und antwortet mit einer Begründung."),
        "wait",
    ),
    S.RETURNED: (
        say("zurückgegeben"),
        say("Die Moderation bittet um eine Änderung. Danach können Sie noch einmal einreichen."),
        "wait",
    ),
    S.OPEN: (say("offen"), say("Diese Frage gehört zur Runde."), "open"),
    S.REJECTED: (say("nicht angenommen"), say("Die Moderation hat diese Herausforderung nicht in die Runde aufgenommen."), "bad"),
    S.MERGED: (say("zusammengeführt"), say("Diese Frage ging in einer anderen auf. Dort geht es weiter."), "quiet"),
    S.IN_LAB: (say("im Projektlabor"), say("Ein Projektlabor arbeitet an dieser Frage."), "good"),
    S.ANSWERED: (say("beantwortet"), say("Auf diese Frage gibt es eine Antwort."), "good"),
    S.WITHDRAWN: (say("zurückgezogen"), say("Wer die Frage gestellt hat, hat sie zurückgezogen."), "quiet"),
}


def move(status: str, target: str) -> Move | None:
    """The line of the table that leads from one status to the other, or None."""
    return next((line for line in TABLE if line.source == status and line.target == target), None)


def may_become(status: str, target: str) -> bool:
    return move(status, target) is not None


@dataclass(frozen=True, slots=True)
class Wording:
    """What somebody wrote into the form."""

    question: str
    context: str = ""
    sub_questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    lang: str = "de"

    @property
    def is_empty(self) -> bool:
        return not (self.question or self.context or self.sub_questions)


SHORT_WORDS, LONG_CHARACTERS = 6, 220

HINTS: dict[str, Message] = {
    "too_short": say("Noch ein paar Worte mehr helfen anderen, Ihre Frage zu verstehen: Wer? Wo? Was soll besser werden?"),
    "too_long": say("Eine kurze Frage wird öfter gelesen. Hintergründe passen gut in das Feld „Worum geht es?“."),
    "opening": say("Viele Fragen hier beginnen mit „Wie können wir …?“. Das lädt zu vielen Antworten ein."),
    "several": say("Das sind mehrere Fragen in einer. Schreiben Sie die wichtigste hierher, die anderen unten als Teilfragen."),
    "solution": say("Ihre Frage nennt schon eine Lösung. Fragen Sie nach dem Ziel, dann finden andere noch andere Wege."),
    "group": say("Für wen soll sich etwas ändern? Nennen Sie die Menschen, um die es geht."),
    "place": say("Wo spielt das? Ein Ort oder ein Stadtteil macht die Frage greifbar."),
}

_OPENINGS = {
    "de": re.compile(
        r"^(wie (können|könnten|kann|könnte|schaffen|gelingt|gelingen|will|wollen)|was (können|braucht|brauchen)|welche)", re.I
    ),
    "en": re.compile(r"^(how (might|can|could|do|should) |what (can|could|do|would)|which)", re.I),
}
_SOLUTIONS = {
    "de": re.compile(
        r"\b(mit hilfe (von|der|des|eine[rsm]?)|mithilfe|mittels|per app|(durch|mit|über|in) (eine[rnm]? )?(neue[rnm]? |digitale[rnm]? |eigene[rnm]? )?"
        r"(\w*app|\w*plattform|\w*portal|\w*website|\w*webseite|\w*software|\w*chatbot|\w*automaten?|\w*apps|blockchain|künstlicher intelligenz|ki))\b",
        re.I,
    ),
    "en": re.compile(
        r"\b(with the help of|by means of|(through|with|via|using|by) (an? |the )?(new |digital |online )?"
        r"(\w*app|\w*platform|\w*portal|\w*website|software|chatbot|blockchain|artificial intelligence|ai))\b",
        re.I,
    ),
}
_GROUPS = {
    "de": re.compile(
        r"\b(für (?!uns\b)\w+|\w*(kinder|jugend|schüler|student|studierende|senior|ältere|alte[nr]? menschen|menschen|leute|familie|eltern|mütter|väter|"
        r"frauen|männer|mädchen|jungen|bürger|einwohner|anwohn|bewohn|nachbar|generation|pendel|radfahr|fußgäng|besuch|gäste|patient|pflege|"
        r"beschäftigt|mitarbeit|betrieb|unternehm|gründe|verein|ehrenamt|engagiert|geflüchtet|zugewandert|migrant|behinderung|gesellschaft|stadt(?=\b))\w*)",
        re.I,
    ),
    "en": re.compile(
        r"\b(for (?!us\b)\w+|(child|kids|young|youth|pupil|student|senior|older|elder|people|famil|parent|women|men|girls|boys|citizen|resident|neighbo|"
        r"generation|commut|cyclist|pedestrian|visitor|guest|patient|carer|worker|employ|compan|business|founder|club|volunteer|refugee|migrant|everyone)\w*)",
        re.I,
    ),
}
_PLACES = {
    "de": re.compile(
        r"\b(hier|vor ort|überall|\w*(stadt|städt|quartier|viertel|stadtteil|bezirk|kiez|nachbarschaft|dorf|dörf|gemeinde|region|ruhrgebiet|straße|park|platz|plätze|"
        r"garten|gärten|schule|kita|schulhof|hof|höfe|bahnhof|haltestelle|markt|ufer|fluss|see|wald|halle|haus|häuser|wohnung|gebäude|"
        r"betrieb|büro|krankenhaus|orte?n?|raum|räume|innenstadt|dortmund)\w*)\b",
        re.I,
    ),
    "en": re.compile(
        r"\b(here|(local|town|city|cities|district|quarter|neighbo|village|region|street|park|square|garden|school|kindergarten|courtyard|"
        r"station|stop|market|river|lake|forest|hall|house|home|building|hospital|office|place|space|centre|center|dortmund)\w*)",
        re.I,
    ),
}
_NAMED_PLACE = {
    "de": re.compile(r"\b(in|aus|bei|um|nach) (?!(Zukunft|Zeiten|Bezug|Form|Ruhe|Notlagen|Krisen)\b)[A-ZÄÖÜ]\w+"),
    "en": re.compile(r"\b(in|at|around|near) [A-Z]\w+"),
}
_SECOND = {
    "de": re.compile(r"\b(und|oder|sowie|,) (wie|was|warum|wo|wer|welche|wann)\b", re.I),
    "en": re.compile(r"\b(and|or|,) (how|what|why|where|who|which|when)\b", re.I),
}


def hints(question: str, lang: str = "de") -> list[str]:
    """Keys of HINTS that may help with this wording, the most useful first. Nothing written yet: nothing to say."""
    text = " ".join(question[: 2 * QUESTION_MAX].split())
    if not text:
        return []
    lang = lang if lang in _OPENINGS else "de"
    words = len(text.split())
    found = {
        "too_short": words < SHORT_WORDS,
        "several": text.count("?") > 1 or bool(_SECOND[lang].search(text)),
        "solution": bool(_SOLUTIONS[lang].search(text)),
        "opening": not _OPENINGS[lang].search(text),
        "group": not _GROUPS[lang].search(text),
        "place": not (_PLACES[lang].search(text) or _NAMED_PLACE[lang].search(text)),
        "too_long": len(text) > LONG_CHARACTERS,
    }
    return [key for key, given in found.items() if given]
