"""Who may declare votes invalid, and until when."""

from datetime import datetime

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.corrections.models import Correction
from ideation.corrections.rules import Status
from ideation.rounds.policy import can_moderate
from ideation.rounds.rules import State, state


def can_correct(account: Account | None, ballot: Ballot, *, certified: bool, now: datetime) -> Verdict:
    """While people vote and after the close, until the result is certified."""
    if not (may := can_moderate(account, ballot.round)):
        return may
    if certified:
        return denied(
            say("Dieses Ergebnis ist festgestellt. Seitdem wird keine Stimme mehr für ungültig oder wieder für gültig erklärt.")
        )
    if state(ballot.window, now) is State.COMING:
        return denied(say("Die Abstimmung beginnt am %(opens)s.", opens=ballot.window.opens_at))
    return ALLOWED


def can_confirm(account: Account | None, correction: Correction, *, certified: bool, own: bool, now: datetime) -> Verdict:
    """Another person than who proposed it. `own`: this person wrote one of the ideas concerned."""
    if not (may := can_correct(account, correction.ballot, certified=certified, now=now)):
        return may
    assert account is not None
    if correction.status == Status.WITHDRAWN:
        return denied(say("Dieser Vorschlag ist zurückgezogen oder abgelehnt."))
    if correction.proposed_by_id == account.id:
        return denied(say("Sie haben das selbst vorgeschlagen. Deshalb muss eine zweite Person der Moderation es bestätigen."))
    if own:
        return denied(
            say("Eine dieser Ideen haben Sie selbst geschrieben. Bitte lassen Sie jemand anderes aus der Moderation entscheiden.")
        )
    return ALLOWED
