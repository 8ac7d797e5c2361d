from typing import Any
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, ValidationError
from wtforms.validators import Optional as MayBeEmpty

from ideation.accounts.forms import NO, email
from ideation.accounts.rules import EMAIL_MAX
from ideation.core.i18n import LANGUAGES
from ideation.core.text import cleaned, single_line
from ideation.events.models import Event
from ideation.events.rules import (
    ADDRESS_MAX,
    AGENDA_MAX,
    AGENDA_TEXT_MAX,
    LINE_MAX,
    NAME_MAX,
    PRECISIONS,
    REASON_MAX,
    SEATS_MAX,
    TEXT_MAX,
    TITLE_MAX,
    Plan,
    Point,
    Precision,
    agenda,
    agenda_text,
)
from ideation.rounds.forms import Judged, MomentField
from ideation.rounds.models import Round

TOO_LONG = _l("Bitte kürzen Sie auf %(max)d Zeichen.")


def _line(text: str | None) -> str:
    return single_line(text or "")


def _text(text: str | None) -> str:
    return cleaned(text or "")


def line_field(label: Any, most: int = LINE_MAX, **more: Any) -> StringField:
    return StringField(label, [Length(max=most, message=TOO_LONG)], [_line], render_kw={"maxlength": most}, **more)


def text_field(label: Any, rows: int, most: int = TEXT_MAX, **more: Any) -> TextAreaField:
    return TextAreaField(label, [Length(max=most, message=TOO_LONG)], [_text], render_kw={"rows": rows}, **more)


class EventForm(Judged):
    title = StringField(
        _l("Titel"),
        [InputRequired(_l("Bitte geben Sie der Veranstaltung einen Titel.")), Length(max=TITLE_MAX, message=TOO_LONG)],
        [_line],
        render_kw={"maxlength": TITLE_MAX},
    )
    starts_at = MomentField(_l("Beginn"), [InputRequired(_l("Bitte geben Sie an, wann die Veranstaltung beginnt."))])
    ends_at = MomentField(_l("Ende"), ends=True)
    precision = SelectField(
        _l("Was steht fest?"),
        choices=[SelectChoice(*item) for item in PRECISIONS.items()],
        default=Precision.TIME,
        description=_l("Was noch nicht feststeht, wird nicht angezeigt."),
    )
    period_text = line_field(
        _l("Zeit in Worten"),
        description=_l("Steht statt des Datums auf der Seite, wenn die Uhrzeit nicht feststeht: „Frühjahr 2027“."),
    )
    description = text_field(_l("Worum geht es?"), 6)
    place = line_field(_l("Ort"), description=_l("Name des Hauses oder des Platzes."))
    street = line_field(_l("Straße und Hausnummer"))
    postal_code = line_field(_l("Postleitzahl"), 10)
    city = line_field(_l("Stadt"))
    access = text_field(
        _l("Barrierefreiheit"),
        3,
        2_000,
        description=_l("Zugang ohne Stufen, Aufzug, Toilette, Höranlage, Gebärdensprache, nächste Haltestelle."),
    )
    online_url = line_field(_l("Adresse zum Mitmachen im Netz"), ADDRESS_MAX)
    agenda = text_field(
        _l("Ablauf"), 6, description=_l("Ein Punkt pro Zeile, die Uhrzeit zuerst, wenn sie feststeht: „18:30 Begrüßung“.")
    )
    takes_seats = BooleanField(_l("Plätze können reserviert werden"), false_values=NO)
    seats = IntegerField(
        _l("Zahl der Plätze"),
        [MayBeEmpty(), NumberRange(1, SEATS_MAX, _l("Bitte geben Sie eine Zahl von 1 bis 100.000 an."))],
        description=_l("Leer lassen, wenn so viele kommen können, wie wollen. Ist alles vergeben, entsteht eine Warteliste."),
    )
    seats_until = MomentField(_l("Reservieren bis"), ends=True, description=_l("Leer lassen, dann geht es bis zum Beginn."))
    lang = SelectField(
        _l("Sprache der Texte"), [InputRequired()], choices=[SelectChoice(*item) for item in LANGUAGES.items()], default="de"
    )

    def validate_online_url(self, field: Field) -> None:
        try:
            parts = urlsplit(field.data or "")
        except ValueError:
            parts = urlsplit("x:")
        if field.data and (parts.scheme not in {"http", "https"} or not parts.netloc or " " in field.data):
            raise ValidationError(_l("Bitte geben Sie eine vollständige Adresse an, die mit https:// beginnt."))

    def validate_agenda(self, field: Field) -> None:
        points = agenda(field.data or "")
        if len(points) > AGENDA_MAX or any(len(point.text) > AGENDA_TEXT_MAX for point in points):
            raise ValidationError(
                _l(
                    "Bitte beschränken Sie sich auf %(n)s Punkte mit je höchstens %(most)s Zeichen.",
                    n=AGENDA_MAX,
                    most=AGENDA_TEXT_MAX,
                )
            )

    def plan(self) -> Plan:
        plain = {f.name: f.data for f in self if f.name in Plan.__slots__}
        return Plan(**{**plain, "agenda": agenda(self.agenda.data or "")})

    @staticmethod
    def values(event: Event) -> dict[str, Any]:
        """An event as this form shows it."""
        own = {name: getattr(event, name) for name in Plan.__slots__}
        return {**own, "agenda": agenda_text([Point(point.at, point.text) for point in event.agenda])}


class NewEventForm(EventForm):
    round = SelectField(_l("Gehört zur Runde"), default="")

    def __init__(self, rounds: list[Round], free: bool, **more: Any) -> None:
        """`free`: it need not belong to a round."""
        super().__init__(**more)
        self.round.choices = [SelectChoice("", _l("zu keiner Runde"))] if free else []
        self.round.choices += [SelectChoice(round.slug, round.title) for round in rounds]


class SeatForm(Judged):
    name = StringField(
        _l("Ihr Name"),
        [DataRequired(_l("Bitte geben Sie Ihren Namen an.")), Length(max=NAME_MAX, message=TOO_LONG)],
        [_line],
        description=_l("So stehen Sie auf der Liste am Eingang. Öffentlich ist er nicht."),
        render_kw={"autocomplete": "name", "maxlength": NAME_MAX},
    )
    email = StringField(
        _l("E-Mail-Adresse"),
        [InputRequired(_l("Bitte geben Sie Ihre E-Mail-Adresse an.")), Length(max=EMAIL_MAX), email],
        [_line],
        description=_l("Dorthin schicken wir Ihren Platz und am Tag vorher eine Erinnerung."),
        render_kw={
            "type": "email",
            "autocomplete": "email",
            "inputmode": "email",
            "autocapitalize": "none",
            "maxlength": EMAIL_MAX,
        },
    )


class MinutesForm(Judged):
    minutes = text_field(
        _l("Protokoll"),
        16,
        50_000,
        description=_l("Was besprochen und beschlossen wurde. Bitte ohne Namen von Menschen, die dem nicht zugestimmt haben."),
    )


class CallOffForm(FlaskForm):
    reason = StringField(
        _l("Grund"),
        [DataRequired(_l("Bitte schreiben Sie, warum die Veranstaltung ausfällt.")), Length(max=REASON_MAX, message=TOO_LONG)],
        [_line],
        description=_l("Steht auf der Seite und in der E-Mail an alle, die einen Platz haben oder warten."),
        render_kw={"maxlength": REASON_MAX},
    )
