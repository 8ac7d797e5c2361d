from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from ideation.accounts.forms import SpeakingForm
from ideation.accounts.models import Account
from ideation.comments.rules import BODY_MAX
from ideation.core.text import cleaned

LARGEST_ID = 2_147_483_647


def _reference(text: str | None) -> int | None:
    """What stands in the hidden field as an id; 0 for anything that cannot be one."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and int(text[:11]) <= LARGEST_ID else 0


class CommentForm(SpeakingForm):
    """A page may hold several of these: their ids end with what they answer."""

    body = TextAreaField(
        _l("Kommentar"),
        filters=[lambda text: cleaned(text or "")],
        validators=[
            DataRequired(_l("Bitte schreiben Sie einen Kommentar.")),
            Length(max=BODY_MAX, message=_l("Bitte kürzen Sie den Kommentar auf %(max)d Zeichen.")),
        ],
    )
    parent = HiddenField(filters=[_reference])
    follow = BooleanField(_l("Über Neues hier auf dem Laufenden bleiben"))

    def __init__(self, account: Account, **data: Any) -> None:
        super().__init__(account, **data)
        self.place = self.parent.data or 0
        if self.place:
            self.body.label.text = _l("Ihre Antwort")
        for field in self:
            field.id = field.label.field_id = f"comment-{field.short_name.replace('_', '-')}-{self.place}"


class EditForm(SpeakingForm):
    body = CommentForm.body
