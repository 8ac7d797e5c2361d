from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.fields import SelectChoice

from ideation.core.sentence import Message
from ideation.core.text import cleaned
from ideation.core.verdict import Invalid
from ideation.decisions.rules import REASON_MAX
from ideation.moderation.rules import Act, Wish

NOBODY = ("", _l("Bitte wählen"))


class DecisionForm(FlaskForm):
    """One act about one item. The button pressed is its `kind`."""

    reason = TextAreaField(
        _l("Begründung"),
        filters=[lambda text: cleaned(text or "")],
        description=_l("Wer den Beitrag geschrieben hat, liest sie. Beim Veröffentlichen und Einblenden ist sie freiwillig."),
        render_kw={"rows": 4, "maxlength": REASON_MAX},
    )
    target = SelectField(_l("Zusammenführen mit"), validate_choice=False)

    def __init__(self, acts: Iterable[Act], targets: Iterable[tuple[int, str]] = (), **data: Any) -> None:
        super().__init__(**data)
        # Whether it is needed depends on the button, and its consequence says so.
        self.reason.flags.required = self.target.flags.required = True
        self.acts, chosen = list(acts), list(targets)
        self.target.choices = [SelectChoice(*NOBODY), *(SelectChoice(str(key), text) for key, text in chosen)]
        self.lacks_target = not chosen

    @property
    def target_id(self) -> int | None:
        text = self.target.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def take(self, invalid: Invalid) -> None:
        """A fault that belongs to no field stands at the reason, beside the buttons."""
        for name, sentence in invalid.faults.items():
            (self.target if name == "target" else self.reason).errors = [str(sentence)]


class QueueForm(FlaskForm):
    """Several decisions, each with its own reason: `kind-challenge-7`, `reason-challenge-7`."""

    def __init__(self, data: Mapping[str, str], **more: Any) -> None:
        super().__init__(**more)
        self.sent = data
        self.faults: dict[str, Message] = {}

    def kind(self, name: str) -> str:
        return self.sent.get(f"kind-{name}", "")

    def reason(self, name: str) -> str:
        return cleaned(self.sent.get(f"reason-{name}", ""))

    def wishes(self) -> list[Wish]:
        """What a decision was chosen for, at most some pages full."""
        found = []
        for key, kind in self.sent.items():
            noun, _, number = key.removeprefix("kind-").partition("-")
            named = key.startswith("kind-") and noun in {"challenge", "idea"} and number.isascii() and number.isdigit()
            if kind and named and len(number) < 10:
                found.append(Wish(noun, int(number), kind, self.reason(f"{noun}-{number}")))
        return found[:50]
