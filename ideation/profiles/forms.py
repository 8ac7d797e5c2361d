from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields import Field as FormField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from ideation.ballots.forms import EurosField
from ideation.core.i18n import LANGUAGES
from ideation.core.sentence import say
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid
from ideation.profiles.rules import FIELDS, Choice, Content, Field, Kind, entries, in_lines, settle

LARGEST = 2_147_483_647


class MonthsField(StringField):
    """A whole number. What cannot be read stays as it was typed."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = (valuelist[0] if valuelist else "").strip()
        self.data = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
        if text and self.data is None:
            raise ValueError(_l("Bitte geben Sie eine ganze Zahl an, zum Beispiel 16."))


class ProfileForm(FlaskForm):
    """Judged by the action, after the changes of others have come in."""

    title = StringField(
        _l("Titel"),
        [InputRequired(_l("Bitte geben Sie dem Projekt einen Titel."))],
        [lambda text: single_line(text or "")],
        render_kw={"maxlength": False, "autocomplete": "off"},
    )
    lang = SelectField(_l("Sprache der Texte"), choices=[SelectChoice(*item) for item in LANGUAGES.items()], validate_choice=False)
    # The version that this text began with.
    seen = HiddenField()

    def __init__(self, content: Content, seen: int) -> None:
        super().__init__(data={**_values(content), "seen": seen})

    @property
    def opened_at(self) -> int:
        text = self.seen.data or ""
        return min(int(text), LARGEST) if str(text).isascii() and str(text).isdigit() else 0

    @property
    def content(self) -> Content:
        values: dict[str, Any] = {field.name: _said(field, self[field.name].data) for field in FIELDS}
        lang = self.lang.data if self.lang.data in LANGUAGES else "de"
        return Content(title=self.title.data or "", lang=lang, **values)

    @property
    def choices(self) -> dict[str, Choice]:
        """What was decided about the fields that both had changed."""
        asked = {field.name: request.form.get(f"choice_{field.name}") for field in FIELDS} | {
            name: request.form.get(f"choice_{name}") for name in ("title", "lang")
        }
        return {name: Choice(wanted) for name, wanted in asked.items() if wanted in list(Choice)}

    def take(self, invalid: Invalid) -> None:
        for name, sentence in invalid.faults.items():
            if name == "seen":
                self.form_errors.append(str(sentence))
            else:
                self[name].errors = [*self[name].errors, str(sentence)]

    def decide(self, theirs: Content) -> None:
        """What was chosen about disputed fields stands in them from now on: it must survive when the form comes back."""
        settled = _values(settle(theirs, self.content, self.choices))
        for name in self.choices:
            self[name].data, self[name].raw_data = settled[name], None

    def show(self, content: Content, seen: int, disputed: tuple[str, ...]) -> None:
        """What both wrote, come together; the next save begins with the version that stands there now."""
        for name, value in {**_values(content), "seen": seen}.items():
            self[name].data, self[name].raw_data = value, None
        for name in disputed:
            self[name].errors = [str(say("Das haben Sie und andere verschieden geändert. Bitte entscheiden Sie."))]


def _values(content: Content) -> dict[str, Any]:
    values = {field.name: content.value(field.name) for field in FIELDS}
    shown = {name: in_lines(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return {**shown, "title": content.title, "lang": content.lang}


def _said(field: Field, data: Any) -> Any:
    match field.kind:
        case Kind.LIST:
            return entries(data or "")
        case Kind.MONTHS | Kind.EUROS:
            return data
    return data or ""


def _made(field: Field) -> FormField:
    """The input for a field of the sheet."""
    shape: dict[str, Any] = {"description": field.asks}
    match field.kind:
        case Kind.LINE:
            return StringField(field.label, filters=[lambda text: single_line(text or "")], **shape)
        case Kind.LIST:
            rows = {"rows": 4, "maxlength": False}
            return TextAreaField(field.label, filters=[lambda text: cleaned(text or "")], render_kw=rows, **shape)
        case Kind.MONTHS:
            return MonthsField(field.label, render_kw={"inputmode": "numeric"}, **shape)
        case Kind.EUROS:
            return EurosField(field.label, render_kw={"inputmode": "numeric"}, **shape)
    return TextAreaField(
        field.label, filters=[lambda text: cleaned(text or "")], render_kw={"rows": 4, "maxlength": False}, **shape
    )


for each in FIELDS:
    setattr(ProfileForm, each.name, _made(each))
