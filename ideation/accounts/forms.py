from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField

from ideation.accounts.actions import give_opinion_consent
from ideation.accounts.models import Account


class SpeakingForm(FlaskForm):
    """A form with which somebody says or supports something. The first time it asks for consent, unticked."""

    opinion_consent = BooleanField(
        _l("Ich willige ein, dass meine Beiträge und Stimmen verarbeitet werden, auch soweit sie politische Meinungen erkennen lassen.")
    )

    def __init__(self, account: Account, **data: Any) -> None:
        super().__init__(**data)
        if account.opinion_consent_at is not None:
            del self.opinion_consent

    def speaks(self, account: Account, now: datetime) -> bool:
        """Valid, and consented to; notes the consent. Drafts need only `validate`."""
        valid = bool(self.validate())
        if self.opinion_consent is None:
            return valid
        if not self.opinion_consent.data:
            self.opinion_consent.errors = (
                _l("Bitte willigen Sie ein. Ohne die Einwilligung dürfen wir Ihren Beitrag oder Ihre Stimme nicht verarbeiten."),
            )
            return False
        if valid:
            give_opinion_consent(account, now=now)
        return valid
