"""Who looks at signals, and who announces events."""

from ideation.accounts.models import Account
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.rounds.models import Round
from ideation.rounds.policy import can_moderate
from ideation.signals.models import Outreach


def can_look(account: Account | None, round: Round) -> Verdict:
    return can_moderate(account, round)


def can_remove(account: Account | None, outreach: Outreach, round: Round) -> Verdict:
    """What somebody else announced stays: it may explain votes that are already there."""
    if not (may := can_moderate(account, round)):
        return may
    assert account is not None
    if account.is_admin or outreach.entered_by_id == account.id:
        return ALLOWED
    return denied(say("Das hat jemand anderes angekündigt. Entfernen kann es nur diese Person oder die Administration."))
