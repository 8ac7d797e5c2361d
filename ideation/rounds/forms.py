from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, IntegerField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Email, InputRequired, Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty
from wtforms.widgets import DateTimeLocalInput

from ideation.core.clock import MissingHour, end_of, local, start_of, utc
from ideation.core.sentence import Message
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid
from ideation.institutions.models import Institution
from ideation.rounds.models import Round, RoundWindow
from ideation.rounds.rules import ABOUT_MAX, NAMES, PRESETS, SUMMARY_MAX, TEAM_MAX, TITLE_MAX, Activity, Span

MINUTES = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%d.%m.%Y, %H:%M")
DAYS = ("%Y-%m-%d", "%d.%m.%Y")
YES, NO = "yes", "no"


def _parsed(text: str, formats: Iterable[str]) -> datetime | None:
    for pattern in formats:
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007
        except ValueError:
            continue
    return None


class MomentField(Field):
    """A time on the clock on the wall of the city, kept as a moment. A date alone begins at 0:00; as an end it ends at 24:00."""

    widget = DateTimeLocalInput()

    def __init__(self, label: Any = None, validators: Any = None, ends: bool = False, **more: Any) -> None:
        super().__init__(label, validators, **more)
        self.ends, self.typed = ends, None

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return f"{local(self.data):%Y-%m-%dT%H:%M}" if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = self.typed = valuelist[0].strip()[:40] if valuelist else ""
        self.data = self._moment(text) if text else None

    def _moment(self, text: str) -> datetime:
        exact, day = _parsed(text, MINUTES), _parsed(text, DAYS)
        found = exact or day
        if found is None or not 2000 <= found.year <= 2200:
            raise ValueError(_l("Bitte geben Sie Tag und Uhrzeit an, zum Beispiel 31.12.2026 18:00."))
        if exact is None:
            return end_of(found.date()) if self.ends else start_of(found.date())
        try:
            return utc(found)
        except MissingHour:
            raise ValueError(
                _l("Diese Uhrzeit gibt es an dem Tag nicht: Die Uhr wird vorgestellt. Bitte wählen Sie eine andere.")
            ) from None


class Judged(FlaskForm):
    """A form whose action may still say no: its sentences stand at the fields they name."""

    def take(self, error: Invalid) -> None:
        for name, sentence in error.faults.items():
            field = self[name] if name in self else next(f for f in self if f.type != "CSRFTokenField")
            field.errors = [*field.errors, str(sentence)]


class NewRoundForm(Judged):
    preset = RadioField(_l("Welche Art von Runde?"), [InputRequired(_l("Bitte wählen Sie eine Vorlage aus."))])
    title = StringField(_l("Titel"), [InputRequired(_l("Bitte geben Sie der Runde einen Titel."))], [single_line], default="")

    def __init__(self, **data: Any) -> None:
        super().__init__(**data)
        self.preset.choices = [SelectChoice(name, f"{preset.name}: {preset.description}") for name, preset in PRESETS.items()]


class TitleForm(Judged):
    title = StringField(
        _l("Titel der nächsten Ausgabe"), [InputRequired(_l("Bitte geben Sie der Runde einen Titel."))], [single_line], default=""
    )


class PreviewForm(FlaskForm):
    class Meta:
        csrf = False

    at = MomentField(_l("Zeitpunkt"), [InputRequired()])


class RoundForm(Judged):
    title = StringField(_l("Titel"), [InputRequired(), Length(max=TITLE_MAX)], [single_line], default="")
    slug = StringField(_l("Adresse der Seite"), [InputRequired(), Length(max=60)], [single_line], default="")
    summary = StringField(_l("Ein Satz, worum es geht"), [Length(max=SUMMARY_MAX)], [single_line], default="")
    about = TextAreaField(_l("Was man dazu wissen sollte"), [Length(max=ABOUT_MAX)], [cleaned], default="", render_kw={"rows": 8})
    checks_ideas = RadioField(
        _l("Beiträge erscheinen"),
        choices=[SelectChoice(NO, _l("sofort")), SelectChoice(YES, _l("nachdem die Moderation sie gelesen hat"))],
    )
    free_ideas = RadioField(
        _l("Ideen antworten"),
        [InputRequired()],
        choices=[
            SelectChoice(NO, _l("immer auf eine Frage der Runde")),
            SelectChoice(YES, _l("auf eine Frage oder frei auf das Thema der Runde")),
        ],
    )
    team_min = IntegerField(_l("Personen in einem Team, mindestens"), [InputRequired(), NumberRange(1, TEAM_MAX)])
    team_max = IntegerField(_l("höchstens"), [InputRequired(), NumberRange(1, TEAM_MAX)])

    @staticmethod
    def of(round: Round) -> "RoundForm":
        names = ("title", "slug", "summary", "about", "team_min", "team_max")
        told = {name: getattr(round, name) for name in names}
        choices = {name: YES if getattr(round, name) else NO for name in ("checks_ideas", "free_ideas")}
        return RoundForm(data=told | choices, formdata=None)

    def wanted(self) -> dict[str, Any]:
        told = {f.name: f.data for f in self if f.type != "CSRFTokenField"}
        return told | {name: told[name] == YES for name in ("checks_ideas", "free_ideas")}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of windows: an activity, or one ballot."""

    key: str
    activity: str
    label: Message
    opens: Field
    closes: Field
    fixed: bool = False


class WindowsForm(Judged):
    """One table for all windows; made anew for each round, since every ballot has its row."""

    intent = HiddenField()
    reason = StringField(_l("Grund für das spätere Ende"), [MayBeEmpty(), Length(max=500)], [cleaned], default="")
    rows: list[Row]

    @staticmethod
    def of(
        windows: Iterable[RoundWindow], ballots: Mapping[str, tuple[RoundWindow, Message, bool]], formdata: Any = None
    ) -> "WindowsForm":
        """`ballots`: key to window, label, and whether its beginning is fixed by a first vote."""
        known = {w.activity: w for w in windows if w.activity != Activity.VOTE}
        plan = [(a, str(a), NAMES[a], known.get(a), False) for a in Activity if a != Activity.VOTE]
        plan += [(key, Activity.VOTE, label, window, fixed) for key, (window, label, fixed) in ballots.items()]
        fields = {f"{key}_{end}": MomentField(ends=end == "closes") for key, *_ in plan for end in ("opens", "closes")}
        told = {f"{key}_{end}": getattr(w, f"{end}_at") for key, _, _, w, _ in plan if w for end in ("opens", "closes")}
        form = type("WindowsForm", (WindowsForm,), fields)(formdata, data=told)
        form.rows = [
            Row(key, activity, label, form[f"{key}_opens"], form[f"{key}_closes"], fixed) for key, activity, label, _, fixed in plan
        ]
        return form  # type: ignore[no-any-return]

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        for row in self.rows:
            if row.opens.errors or row.closes.errors:
                continue
            if row.opens.data is None and (row.closes.data is not None or row.activity == Activity.VOTE):
                row.opens.errors = [_l("Bitte geben Sie auch an, wann es beginnt.")]
            elif row.opens.data and row.closes.data and row.closes.data <= row.opens.data:
                row.closes.errors = [_l("Das Ende liegt vor dem Anfang. Bitte wählen Sie ein späteres Ende.")]
        return valid and not any(row.opens.errors or row.closes.errors for row in self.rows)

    def spans(self) -> list[Span]:
        """What can be drawn of it."""
        sound = (r for r in self.rows if r.opens.data and not r.opens.errors and not r.closes.errors)
        return [Span(r.activity, r.opens.data, r.closes.data) for r in sound]

    def faults(self) -> list[str]:
        return [f"{row.label}: {error}" for row in self.rows for error in (*row.opens.errors, *row.closes.errors)]


class HostsForm(Judged):
    hosts = SelectMultipleField(_l("Wer richtet die Runde aus?"), coerce=int)
    new_host = StringField(_l("Eine Institution hinzufügen"), [Length(max=160)], [single_line], default="")

    @staticmethod
    def of(known: Iterable[Institution], chosen: Iterable[Institution] | None = None) -> "HostsForm":
        """Filled from the round, or (without it) from what was sent."""
        form = HostsForm() if chosen is None else HostsForm(data={"hosts": [i.id for i in chosen]}, formdata=None)
        form.hosts.choices = [SelectChoice(i.id, i.name) for i in known]
        return form


class ModeratorForm(Judged):
    email = StringField(
        _l("E-Mail-Adresse"), [InputRequired(), Email(_l("Bitte geben Sie eine E-Mail-Adresse ein."))], [single_line], default=""
    )
