from datetime import datetime

from ideation.accounts.models import Account

OPINION_CONSENT = "opinion-2026-11"


def give_opinion_consent(account: Account, *, now: datetime) -> None:
    """Consent to the processing of political opinions, with the version of the text that was shown."""
    account.opinion_consent_at, account.opinion_consent_text = now, OPINION_CONSENT
