from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from ideation.ballots.models import Ballot
from ideation.ballots.rules import Method
from ideation.core.sentence import say
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid
from ideation.paper.rules import TICKED_MAX, Choices, read_choices


def number(text: str | None) -> int:
    """A number of at most nine digits; 0 for anything else, which no action accepts."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class PaperForm(FlaskForm):
    """Judged by the action: its faults come back to the fields."""

    def take(self, error: Invalid) -> None:
        for name, sentence in error.faults.items():
            self[name].errors = [sentence]


class CodeForm(PaperForm):
    code = StringField(
        _l("Ihr Code"),
        description=_l("14 Zeichen, wie auf dem Blatt: zum Beispiel ABCD-EFGHJ-KLMNP. Groß oder klein und Striche sind gleich."),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "maxlength": 60},
    )

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.code.flags.required = True


def _label_field(hint: Any) -> Any:
    return StringField(_l("Bezeichnung"), description=hint, filters=[lambda text: single_line(text or "")])


def _count_field(label: Any) -> Any:
    return StringField(label, render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": 6})


class BatchForm(PaperForm):
    label = _label_field(_l("Wo die Codes ausgegeben werden, zum Beispiel „Bürgerbüro Hörde“. Steht nur hier."))
    size = _count_field(_l("Zahl der Codes"))

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.label.flags.required = self.size.flags.required = True


class BoxForm(PaperForm):
    label = _label_field(_l("Von welcher Veranstaltung die Blätter kommen. Steht öffentlich beim Ergebnis."))
    sheets = _count_field(_l("Zahl der Blätter"))

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.label.flags.required = self.sheets.flags.required = True


class NoteForm(PaperForm):
    note = TextAreaField(
        _l("Warum diese Blätter nicht gezählt werden"),
        filters=[lambda text: cleaned(text or "")],
        description=_l("Steht öffentlich beim Ergebnis, mindestens zehn Zeichen."),
    )

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.note.flags.required = True


class SheetForm(PaperForm):
    """One sheet of paper. Few ideas are ticked (`ideas`) or get points (`points-<idea>`), many are typed by number (`choices`)."""

    number = _count_field(_l("Nummer des Blattes"))
    choices = StringField(_l("Nummern der Ideen"), render_kw={"autocomplete": "off", "maxlength": 4_000})

    def __init__(self, ballot: Ballot, ideas: Mapping[int, Any], **more: Any) -> None:
        super().__init__(**more)
        self.points, self.many, self.ideas = ballot.method == Method.POINTS, len(ideas) > TICKED_MAX, ideas
        self.method, self.known = ballot.method, dict[int, int]()
        self.number.flags.required = True
        self.choices.description = (
            _l("Mit Punkten, zum Beispiel 12:3, 15:2. Leer heißt: leer oder ungültig.")
            if self.points
            else _l("Zum Beispiel 12, 15. Leer heißt: leer oder ungültig.")
        )

    def show(self, number: int | None, choices: Choices) -> "SheetForm":
        """The form as somebody typed it before."""
        self.known = dict(choices)
        self.number.data = str(number or "")
        parts = (f"{idea}:{points}" if self.points else str(idea) for idea, points in choices.items())
        self.choices.data = ", ".join(parts)
        return self

    @property
    def wanted(self) -> int:
        return number(self.number.data)

    def typed(self) -> dict[int, int]:
        """What was read from the sheet."""
        if self.many:
            found = read_choices(self.choices.data or "", self.method)
            if isinstance(found, str):
                raise Invalid(choices=say("„%(part)s“ lässt sich nicht lesen oder steht doppelt da.", part=found[:40]))
            return found
        if not self.points:
            self.known = {n: 1 for text in request.form.getlist("ideas") if (n := number(text))}
            return self.known
        given = {idea: request.form.get(f"points-{idea}", "").strip() for idea in self.ideas}
        self.known = {idea: number(text) for idea, text in given.items() if number(text)}
        if any(text and not number(text) and text.strip("0") for text in given.values()):
            raise Invalid(choices=say("Bitte geben Sie Punkte als ganze Zahlen an."))
        return self.known
