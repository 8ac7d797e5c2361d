from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectMultipleField, TextAreaField
from wtforms.fields import SelectChoice

from ideation.core.text import cleaned
from ideation.selections.queries import Result
from ideation.selections.rules import CHOICES_MAX


class CertifyForm(FlaskForm):
    """`seen`: the winners on the page where the button stands."""

    seen = HiddenField()

    @property
    def winners(self) -> list[int] | None:
        numbers = (self.seen.data or "").split()
        return [int(n) for n in numbers if n.isascii() and n.isdigit() and len(n) < 10] if numbers else None


class ChoiceForm(FlaskForm):
    """Some of the ideas, and why these."""

    ideas = SelectMultipleField(_l("Ideen"), coerce=int)
    reason = TextAreaField(
        _l("Begründung"),
        filters=[lambda text: cleaned(text or "")],
        description=_l("Steht öffentlich beim Ergebnis, mindestens zehn Zeichen."),
    )

    def __init__(self, choices: list[tuple[int, str]], chosen: tuple[int, ...] = (), **more: Any) -> None:
        super().__init__(data={"ideas": list(chosen)}, **more)
        self.ideas.choices = [SelectChoice(*choice) for choice in choices]
        # What the form leaves empty is judged by the action, with a sentence that fits.
        self.ideas.flags.required = self.reason.flags.required = True


def tied(result: Result) -> list[tuple[int, str]]:
    return [(row.idea, row.title) for row in result.rows if row.idea in result.open_tie]


def eligible(result: Result) -> list[tuple[int, str]]:
    return [(row.idea, row.title) for row in result.rows if row.eligible][:CHOICES_MAX]
