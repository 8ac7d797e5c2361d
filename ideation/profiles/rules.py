"""What a profile holds, how full it is, and how two people's changes come together."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from ideation.core.sentence import Message, say, say_n

SUMMARY_WORDS = 120
LINE_MAX, TEXT_MAX, ENTRIES_MAX, ENTRY_MAX = 200, 5_000, 40, 300
MONTHS_MAX, BUDGET_MAX = 600, 1_000_000_000


class Kind(StrEnum):
    """The shape of a field. A list has one entry per line."""

    LINE = "line"
    TEXT = "text"
    LIST = "list"
    MONTHS = "months"
    EUROS = "euros"


@dataclass(frozen=True, slots=True)
class Field:
    """`asks`: what to write there, in one sentence; it stands beside the field and, while that is empty, on the sheet."""

    name: str
    label: Message
    kind: Kind
    asks: Message | None = None


@dataclass(frozen=True, slots=True)
class Section:
    title: Message
    fields: tuple[Field, ...]


SECTIONS: tuple[Section, ...] = (
    Section(
        say("Worum es geht"),
        (
            Field("motto", say("Motto"), Kind.LINE, say("Ein Satz, den man sich merkt.")),
            Field("summary", say("Kurzfassung"), Kind.TEXT, say("Das Projekt in höchstens 120 Wörtern.")),
            Field("undertaking", say("Vorhaben"), Kind.TEXT, say("Was genau soll entstehen?")),
            Field("goals", say("Ziele"), Kind.LIST, say("Was soll danach anders sein?")),
            Field("audiences", say("Zielgruppen"), Kind.LIST, say("Für wen ist es?")),
        ),
    ),
    Section(
        say("Wie es geht"),
        (
            Field("measures", say("Maßnahmen"), Kind.LIST, say("Was wird getan?")),
            Field("traits", say("Eigenschaften"), Kind.LIST, say("Was zeichnet es aus?")),
            Field("partners", say("Partner"), Kind.LIST, say("Wer macht mit oder wird gebraucht?")),
            Field("places", say("Orte"), Kind.LIST, say("Wo findet es statt?")),
            Field("period", say("Zeitraum"), Kind.LINE, say("Von wann bis wann, zum Beispiel „Herbst 2027 bis Ende 2028“.")),
            Field("months", say("Dauer"), Kind.MONTHS, say("Ganze Monate, zum Beispiel 16.")),
            Field("budget", say("Budget"), Kind.EUROS, say("Ganze Euro, zum Beispiel 12.000.")),
            Field("funding", say("Finanzierung"), Kind.TEXT, say("Woher kommt das Geld?")),
            Field("feasibility", say("Machbarkeit"), Kind.TEXT, say("Was spricht dafür, dass es gelingt, und was fehlt noch?")),
            Field("first_steps", say("Erste Schritte"), Kind.LIST, say("Womit fängt es an?")),
            Field("outlook", say("Perspektive"), Kind.TEXT, say("Wie kann es danach weitergehen?")),
        ),
    ),
    Section(
        say("Nachhaltigkeit"),
        (
            Field("ecological", say("ökologisch"), Kind.TEXT, say("Was bedeutet das Projekt für Umwelt und Klima?")),
            Field("economic", say("ökonomisch"), Kind.TEXT, say("Was bedeutet es für Arbeit und Wirtschaft?")),
            Field("social", say("sozial"), Kind.TEXT, say("Was bedeutet es für das Zusammenleben?")),
            Field("cultural", say("kulturell"), Kind.TEXT, say("Was bedeutet es für Kultur und Miteinander?")),
        ),
    ),
)
TITLE = Field("title", say("Titel"), Kind.LINE)
LANG = Field("lang", say("Sprache der Texte"), Kind.LINE)
# What a profile tells beside its title; the order of the sheet.
FIELDS: tuple[Field, ...] = tuple(field for section in SECTIONS for field in section.fields)
BY_NAME: dict[str, Field] = {field.name: field for field in (TITLE, *FIELDS, LANG)}

Value = str | tuple[str, ...] | int | None


@dataclass(frozen=True, slots=True)
class Content:
    """What a profile says. Texts may be empty; None is "not known". `budget` in whole euros, `months` whole months."""

    title: str = ""
    motto: str = ""
    summary: str = ""
    undertaking: str = ""
    goals: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    period: str = ""
    months: int | None = None
    budget: int | None = None
    funding: str = ""
    feasibility: str = ""
    first_steps: tuple[str, ...] = ()
    outlook: str = ""
    ecological: str = ""
    economic: str = ""
    social: str = ""
    cultural: str = ""
    lang: str = "de"

    def value(self, name: str) -> Value:
        found: Value = getattr(self, name)
        return found


NAMES: tuple[str, ...] = tuple(field.name for field in fields(Content))


def is_filled(value: Value) -> bool:
    """A budget of 0 euros is said, too."""
    return value is not None and value not in ("", ())


def missing(content: Content) -> tuple[Field, ...]:
    return tuple(field for field in FIELDS if not is_filled(content.value(field.name)))


@dataclass(frozen=True, slots=True)
class Completeness:
    filled: int
    of: int = len(FIELDS)

    @property
    def percent(self) -> int:
        return 100 * self.filled // self.of

    @property
    def sentence(self) -> Message:
        return say("%(filled)s von %(of)s Feldern ausgefüllt", filled=self.filled, of=self.of)


def completeness(content: Content | None) -> Completeness:
    return Completeness(len(FIELDS) - len(missing(content)) if content else 0)


def word_count(text: str) -> int:
    return len(text.split())


def faults(content: Content) -> dict[str, Message]:
    """What cannot be saved: field to sentence."""
    found: dict[str, Message] = {}
    if not content.title:
        found["title"] = say("Bitte geben Sie dem Projekt einen Titel.")
    for name, field in BY_NAME.items():
        value = content.value(name)
        if isinstance(value, str):
            most = LINE_MAX if field.kind is Kind.LINE else TEXT_MAX
            if len(value) > most:
                found[name] = say("Bitte kürzen Sie auf %(max)s Zeichen.", max=most)
        elif isinstance(value, tuple):
            if len(value) > ENTRIES_MAX:
                found[name] = say("Bitte nennen Sie höchstens %(n)s Einträge.", n=ENTRIES_MAX)
            elif any(len(entry) > ENTRY_MAX for entry in value):
                found[name] = say("Ein Eintrag darf höchstens %(n)s Zeichen lang sein.", n=ENTRY_MAX)
    if (count := word_count(content.summary)) > SUMMARY_WORDS:
        found["summary"] = say_n(
            "Die Kurzfassung darf höchstens %(max)s Wörter haben. Bitte kürzen Sie um %(num)s Wort.",
            "Die Kurzfassung darf höchstens %(max)s Wörter haben. Bitte kürzen Sie um %(num)s Wörter.",
            count - SUMMARY_WORDS,
            max=SUMMARY_WORDS,
        )
    if content.months is not None and not 1 <= content.months <= MONTHS_MAX:
        found["months"] = say("Bitte geben Sie zwischen 1 und %(max)s Monate an.", max=MONTHS_MAX)
    if content.budget is not None and not 0 <= content.budget <= BUDGET_MAX:
        found["budget"] = say("Bitte geben Sie höchstens %(max)s Euro an.", max=BUDGET_MAX)
    return found


# Two people who write at once.


@dataclass(frozen=True, slots=True)
class Merged:
    """`taken`: fields that only the others changed; `disputed`: fields that both changed, each in their own way. There `content` says mine."""

    content: Content
    taken: tuple[str, ...] = ()
    disputed: tuple[str, ...] = ()


def merge(base: Content, theirs: Content, mine: Content) -> Merged:
    """Field by field: what one side left as it was follows the other. `base`: what both began with."""
    values: dict[str, Any] = {}
    taken, disputed = [], []
    for name in NAMES:
        was, other, own = base.value(name), theirs.value(name), mine.value(name)
        values[name] = own
        if own == was and other != was:
            values[name] = other
            taken.append(name)
        elif own != was and other not in (was, own):
            disputed.append(name)
    return Merged(Content(**values), tuple(taken), tuple(disputed))


class Choice(StrEnum):
    """What to do with a field that both changed."""

    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


def choices_of(name: str) -> tuple[Choice, ...]:
    """Lists and texts can be put together, a number or a title cannot."""
    both = BY_NAME[name].kind in {Kind.LIST, Kind.TEXT}
    return tuple(Choice) if both else (Choice.MINE, Choice.THEIRS)


def proposed(name: str) -> Choice:
    """What is ticked at first: nothing of a list gets lost."""
    return Choice.BOTH if BY_NAME[name].kind is Kind.LIST else Choice.MINE


def together(theirs: Value, mine: Value) -> Value:
    """Both of them: the entries of two lists, each once; two texts one under the other."""
    if isinstance(theirs, tuple) and isinstance(mine, tuple):
        return tuple(dict.fromkeys(theirs + mine))
    return "\n\n".join(text for text in dict.fromkeys((str(theirs), str(mine))) if text)


def settle(theirs: Content, mine: Content, choices: Mapping[str, Choice]) -> Content:
    """My text after I decided about each disputed field."""
    values: dict[str, Any] = {}
    for name, choice in choices.items():
        if choice is Choice.THEIRS:
            values[name] = theirs.value(name)
        elif choice is Choice.BOTH and Choice.BOTH in choices_of(name):
            values[name] = together(theirs.value(name), mine.value(name))
    return replace(mine, **values)


def changed(old: Content, new: Content) -> tuple[str, ...]:
    return tuple(name for name in NAMES if old.value(name) != new.value(name))


def entries(text: str) -> tuple[str, ...]:
    """One entry per line, each once; bullets in front of a line are not part of it."""
    found = (re.sub(r"^\s*[-*•–]\s+", "", line).strip() for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in found if line))


def in_lines(value: Value) -> str:
    """As one text, for comparing: a list with an entry on each line."""
    if isinstance(value, tuple):
        return "\n".join(value)
    return "" if value is None else str(value)


def signed_off(members: Iterable[int], signed: Iterable[int]) -> bool:
    """Whether a group stands behind a version: every member with an account signed it, and there is at least one."""
    asked = set(members)
    return bool(asked) and asked <= set(signed)


def labels(names: Sequence[str]) -> list[Message]:
    return [BY_NAME[name].label for name in names]
