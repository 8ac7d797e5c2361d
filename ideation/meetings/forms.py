from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.validators import Optional as MayBeEmpty

from ideation.accounts.forms import NO
from ideation.core.text import cleaned
from ideation.events.forms import TOO_LONG, EventForm, line_field
from ideation.events.models import Event
from ideation.events.rules import TEXT_MAX, Plan, agenda
from ideation.groups.models import LabGroup
from ideation.labs.models import LabMember
from ideation.meetings.models import Agreement, Meeting
from ideation.meetings.rules import CONDITION_MAX, WRITABLE, agreements
from ideation.profiles.rules import BY_NAME
from ideation.rounds.forms import Judged

NOT_ASKED = ("precision", "period_text", "takes_seats", "seats", "seats_until")


class MeetingForm(EventForm):
    """A meeting has its title from its number, and nobody reserves a seat: who belongs to the lab comes."""

    optional = BooleanField(
        _l("Das Treffen ist optional"), false_values=NO, description=_l("Nur das letzte Treffen der Reihe kann optional sein.")
    )
    condition = line_field(
        _l("Wovon hängt es ab?"),
        CONDITION_MAX,
        description=_l("Zum Beispiel: „wenn nach dem dritten Treffen noch etwas offen ist“."),
    )

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        for name in ("title", *NOT_ASKED):
            del self[name]

    def plan_for(self, title: str, event: Event | None = None) -> Plan:
        """`event`: as it stands; what this form does not ask stays."""
        kept = {name: getattr(event, name) for name in NOT_ASKED if event is not None}
        plain = {f.name: f.data for f in self if f.name in Plan.__slots__}
        return Plan(**{**kept, **plain, "title": title, "agenda": agenda(self.agenda.data or "")})

    @staticmethod
    def of(meeting: Meeting) -> dict[str, Any]:
        return {**EventForm.values(meeting.event), "optional": meeting.optional, "condition": meeting.condition}


class AttendanceForm(Judged):
    members = SelectMultipleField(_l("Wer war da?"), coerce=int)
    others = IntegerField(
        _l("Wie viele waren außerdem da?"), [MayBeEmpty()], default=0, description=_l("Menschen, die nicht auf der Liste stehen."),
        render_kw={"inputmode": "numeric"},
    )  # fmt: skip

    def __init__(self, people: list[LabMember], **more: Any) -> None:
        super().__init__(**more)
        self.members.choices = [SelectChoice(member.id, _named(member)) for member in people]


def _named(member: LabMember) -> str:
    return f"{member.name}, {member.institution.name}" if member.institution else member.name


class WriteUpForm(Judged):
    minutes = TextAreaField(
        _l("Protokoll"),
        [Length(max=TEXT_MAX, message=TOO_LONG)],
        [lambda text: cleaned(text or "")],
        description=_l("Was besprochen wurde. Formatieren wie bei Ideen."),
        render_kw={"rows": 12},
    )
    agreements = TextAreaField(
        _l("Vereinbarungen"),
        filters=[lambda text: cleaned(text or "")],
        description=_l("Eine pro Zeile. Danach lässt sich jede in einen Projektsteckbrief schreiben."),
        render_kw={"rows": 6},
    )

    def agreed(self) -> tuple[str, ...]:
        return agreements(self.agreements.data or "")

    @classmethod
    def of(cls, meeting: Meeting, agreed: list[Agreement]) -> "WriteUpForm":
        return cls(minutes=meeting.event.minutes, agreements="\n".join(agreement.text for agreement in agreed))


class CarryForm(Judged):
    group = SelectField(_l("Projektsteckbrief"), [InputRequired(_l("Bitte wählen Sie eine Gruppe."))], coerce=int)
    field = SelectField(
        _l("Feld"),
        [InputRequired(_l("Bitte wählen Sie, wohin die Vereinbarung gehört."))],
        choices=[SelectChoice(name, BY_NAME[name].label) for name in WRITABLE],
        default="first_steps",
    )

    def __init__(self, groups: list[LabGroup], **more: Any) -> None:
        super().__init__(**more)
        self.group.choices = [SelectChoice(group.number, f"{group.number}. {group.title}") for group in groups]
