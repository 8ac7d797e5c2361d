from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate
from ideation.applications.models import Application
from ideation.applications.rules import STATES, WAITING_MAX, Status
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied


def can_apply(account: Account, *, waiting: int) -> Verdict:
    if account.confirmed_at is None:
        return denied(say("Bitte bestätigen Sie zuerst Ihre E-Mail-Adresse. Den Link dazu haben wir Ihnen geschickt."))
    if waiting >= WAITING_MAX:
        return denied(say("Von Ihnen warten schon %(n)s Anfragen auf eine Antwort. Bitte warten Sie diese ab.", n=waiting))
    return ALLOWED


def can_withdraw(account: Account, application: Application) -> Verdict:
    if application.account_id != account.id:
        return denied(say("Das kann nur, wer die Anfrage gestellt hat."))
    return _waits(application)


def can_decide(account: Account | None, application: Application) -> Verdict:
    """Nobody decides about what they asked for themselves."""
    if not (may := can_moderate(account)):
        return may
    assert account is not None
    if application.account_id == account.id:
        return denied(
            say("Diese Anfrage haben Sie selbst gestellt. Bitte lassen Sie jemand anderes aus der Moderation entscheiden.")
        )
    return _waits(application)


def _waits(application: Application) -> Verdict:
    if application.status == Status.WAITING:
        return ALLOWED
    return denied(say("Über diese Anfrage ist schon entschieden. Ihr Stand: %(word)s.", word=STATES[application.status][0]))
