"""The shape of what people say when they come to a lab. The action judges; its faults come back to the fields."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from ideation.accounts.forms import NO, email_field
from ideation.accounts.rules import email_key
from ideation.core.sentence import Message
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid
from ideation.institutions.models import Institution
from ideation.labs.models import LabMember
from ideation.labs.rules import NAME_MAX, Role
from ideation.members.rules import CONSENT, PLACES_MAX, ROLES


class MemberForm(FlaskForm):
    def take(self, error: Invalid) -> None:
        for name, sentence in error.faults.items():
            self[name].errors = [sentence]


class InstitutionForm(MemberForm):
    """With one of the institutions the site knows, or none."""

    institution = SelectField(_l("Institution"))

    def __init__(self, known: Sequence[Institution], **more: Any) -> None:
        super().__init__(**more)
        self.known = {str(each.id): each for each in known}
        none = SelectChoice("", _l("ohne Institution"))
        self.institution.choices = [none, *(SelectChoice(key, each.name) for key, each in self.known.items())]
        if self.institution.data in (None, "None"):
            self.institution.data = ""

    @property
    def chosen(self) -> Institution | None:
        return self.known.get(self.institution.data or "")


def _name_field() -> Any:
    return StringField(
        _l("Ihr Name im Projektlabor"),
        [InputRequired(_l("Bitte geben Sie einen Namen an.")), Length(max=NAME_MAX)],
        [lambda text: single_line(text or "")],
        description=_l("Wer im Projektlabor mitarbeitet, liest diesen Namen."),
        render_kw={"autocomplete": "name", "maxlength": NAME_MAX},
    )


class OwnForm(InstitutionForm):
    """The own membership."""

    name = _name_field()

    @staticmethod
    def values(member: LabMember) -> dict[str, Any]:
        return {"name": member.name, "institution": str(member.institution_id or "")}


class JoinForm(OwnForm):
    """Coming to a lab. Being named is asked separately and unticked."""

    listed = BooleanField(CONSENT, false_values=NO)

    def __init__(self, known: Sequence[Institution], *, fixed: bool = False, **more: Any) -> None:
        super().__init__(known, **more)
        if fixed:
            # The invitation says for whom.
            del self.institution

    @property
    def chosen(self) -> Institution | None:
        return super().chosen if "institution" in self else None


class InviteForm(InstitutionForm):
    email = email_field()
    role = SelectField(_l("Rolle"), choices=[SelectChoice(role, text) for role, text in ROLES.items()], default=Role.MEMBER)

    @property
    def address(self) -> str:
        return email_key(self.email.data or "")


class ChangeForm(InstitutionForm):
    role = SelectField(_l("Rolle"), choices=[SelectChoice(role, text) for role, text in ROLES.items()])


class RemovalForm(MemberForm):
    reason = TextAreaField(
        _l("Warum gehört die Person nicht mehr dazu?"),
        filters=[lambda text: cleaned(text or "")],
        description=_l("Die Person bekommt den Grund zu lesen, sonst niemand."),
    )

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.reason.flags.required = True


class PlacesForm(InstitutionForm):
    count = IntegerField(
        _l("Zahl der Menschen"),
        [
            InputRequired(_l("Bitte geben Sie eine Zahl an.")),
            NumberRange(0, PLACES_MAX, _l("Bitte geben Sie eine Zahl von %(min)d bis %(max)d an.")),
        ],
        description=_l("Ersetzt die Zahl, die bisher dasteht. 0 nimmt die Institution heraus."),
    )

    def __init__(self, known: Sequence[Institution], **more: Any) -> None:
        super().__init__(known, **more)
        assert isinstance(self.institution.choices, list)
        self.institution.choices[0] = SelectChoice("", _l("Bitte wählen"))

    def validate_institution(self, field: SelectField) -> None:
        if self.chosen is None:
            raise ValidationError(_l("Bitte wählen Sie eine Institution."))


def targets_form(sectors: Mapping[str, Message], targets: Mapping[str, int]) -> MemberForm:
    """One number for each sector."""
    checks = [Optional(), NumberRange(0, PLACES_MAX, _l("Bitte geben Sie eine Zahl von %(min)d bis %(max)d an."))]
    fields = {sector: IntegerField(str(text), checks, default=targets.get(sector, 0)) for sector, text in sectors.items()}
    form: MemberForm = type("TargetsForm", (MemberForm,), fields)()
    for sector in sectors:
        form[sector].flags.required = True
    return form
