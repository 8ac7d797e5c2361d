from collections.abc import Iterable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid
from ideation.institutions.models import Institution
from ideation.labs.models import LabMember
from ideation.questions.actions import Asking
from ideation.questions.models import OpenQuestion


class DayField(DateField):
    """A day, or none. What cannot be read stays as it was typed."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data, text = None, (valuelist[0] if valuelist else "").strip()
        if not text:
            return
        try:
            self.data = date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(_l("Bitte geben Sie einen Tag an, zum Beispiel 2027-03-31.")) from error


class QuestionForm(FlaskForm):
    text = StringField(
        _l("Was ist noch zu klären?"),
        [InputRequired(_l("Bitte schreiben Sie, was noch zu klären ist."))],
        [lambda text: single_line(text or "")],
        render_kw={"maxlength": False, "autocomplete": "off"},
    )
    owner = SelectField(
        _l("Wer kümmert sich darum?"),
        description=_l("Außerhalb des Projektlabors steht ein Name nur, wenn die Person dem zugestimmt hat."),
    )
    due_on = DayField(_l("Bis wann?"))

    def __init__(
        self, members: Iterable[LabMember], institutions: Iterable[Institution], question: OpenQuestion | None = None
    ) -> None:
        self.people = [(f"m{member.id}", member.name) for member in members]
        self.places = [(f"i{place.id}", place.name) for place in institutions]
        super().__init__(data=_values(question) if question else None)
        groups: dict[str, list[tuple[str, str]]] = {_("Noch offen"): [("", _("niemand bisher"))]}
        former = question.owner_member if question else None
        if former is not None and former.left_at is not None:
            self.people.append((f"m{former.id}", former.name))
        self.owner.choices = groups | {
            name: found for name, found in {_("Projektlabor"): self.people, _("Institution"): self.places}.items() if found
        }

    @property
    def asking(self) -> Asking:
        chosen, member, institution = self.owner.data or "", None, None
        if chosen.startswith("m"):
            member = int(chosen[1:])
        elif chosen.startswith("i"):
            institution = int(chosen[1:])
        return Asking(self.text.data or "", member, institution, self.due_on.data)

    def take(self, invalid: Invalid) -> None:
        for name, sentence in invalid.faults.items():
            self[name].errors = [*self[name].errors, str(sentence)]


class AnswerForm(FlaskForm):
    answer = TextAreaField(
        _l("Was ist entschieden?"),
        [InputRequired(_l("Bitte schreiben Sie, was entschieden ist."))],
        [lambda text: cleaned(text or "")],
        render_kw={"rows": 5, "maxlength": False},
    )

    # The decision that stood there when this was opened.
    seen = HiddenField()

    def take(self, invalid: Invalid) -> None:
        self.answer.errors = [str(sentence) for sentence in invalid.faults.values()]


def _values(question: OpenQuestion) -> dict[str, Any]:
    owner = ""
    if question.owner_member_id is not None:
        owner = f"m{question.owner_member_id}"
    elif question.owner_institution_id is not None:
        owner = f"i{question.owner_institution_id}"
    return {"text": question.text, "owner": owner, "due_on": question.due_on}
