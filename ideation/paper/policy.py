"""Who may hand out codes, redeem one, and bring in paper ballots; every refusal as a sentence."""

from datetime import datetime

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot
from ideation.ballots.policy import can_vote_now
from ideation.ballots.rules import Eligibility
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.paper.models import Box
from ideation.paper.rules import BoxStatus
from ideation.rounds.policy import can_moderate
from ideation.rounds.rules import State, state


def uses_codes(ballot: Ballot) -> Verdict:
    if ballot.eligibility != Eligibility.T2:
        return denied(say("Für diese Abstimmung brauchen Sie keinen Code: Abstimmen kann, wer ein bestätigtes Konto hat."))
    return ALLOWED


def _not_over(ballot: Ballot, now: datetime) -> Verdict:
    """Before the opening a code may already be redeemed, a box already announced."""
    if state(ballot.window, now) is State.COMING and ballot.closed_at is None:
        return ALLOWED
    return can_vote_now(ballot, now)


def can_make_codes(account: Account | None, ballot: Ballot, now: datetime) -> Verdict:
    if not (may := can_moderate(account, ballot.round)):
        return may
    if ballot.eligibility != Eligibility.T2:
        return denied(say("Codes gibt es nur für eine Abstimmung, bei der man einen Code auf Papier braucht."))
    return _not_over(ballot, now)


def takes_codes(ballot: Ballot, now: datetime) -> Verdict:
    """Whether a code can be redeemed, whoever asks."""
    if not (may := uses_codes(ballot)):
        return may
    if ballot.round.status != "published":
        return denied(say("Diese Runde ist nicht mehr aktiv. Abstimmen können Sie in den laufenden Runden."))
    return _not_over(ballot, now)


def can_redeem(account: Account, ballot: Ballot, now: datetime) -> Verdict:
    if not (may := takes_codes(ballot, now)):
        return may
    if account.confirmed_at is None:
        return denied(say("Bitte bestätigen Sie zuerst Ihre E-Mail-Adresse. Den Link dazu haben wir Ihnen geschickt."))
    return ALLOWED


def can_announce(account: Account | None, ballot: Ballot, now: datetime) -> Verdict:
    if not (may := can_moderate(account, ballot.round)):
        return may
    if state(ballot.window, now) is State.PAST or ballot.closed_at is not None:
        return denied(say("Papierstimmen müssen vor dem Ende der Abstimmung angekündigt sein. Diese Abstimmung ist schon beendet."))
    return ALLOWED


def can_type(account: Account, box: Box, now: datetime) -> Verdict:
    """Whether this person may type in sheets now: as the first or the second of two, never as both."""
    if not (may := can_moderate(account, box.ballot.round)):
        return may
    if box.status == BoxStatus.COUNTED:
        return denied(say("Diese Papierstimmen sind gezählt. An ihnen ändert sich nichts mehr."))
    if box.status == BoxStatus.DROPPED:
        return denied(say("Diese Papierstimmen werden nicht gezählt; der Grund steht beim Ergebnis."))
    if account.id not in {box.first_by_id, box.second_by_id} and box.first_by_id and box.second_by_id:
        return denied(say("Diese Blätter geben schon zwei andere Personen ein."))
    return ALLOWED


def can_count_box(account: Account, box: Box, *, missing: int, differing: int, now: datetime) -> Verdict:
    """`missing`: sheets not typed in twice yet; `differing`: sheets that were read differently."""
    if not (may := can_type(account, box, now)):
        return may
    if state(box.ballot.window, now) is State.COMING:
        return denied(say("Die Abstimmung beginnt am %(opens)s.", opens=box.ballot.window.opens_at))
    if account.id not in {box.first_by_id, box.second_by_id}:
        return denied(say("Zählen kann nur, wer die Blätter selbst eingegeben hat."))
    if box.first_by_id is None or box.second_by_id is None or missing:
        return denied(say("Gezählt wird erst, wenn zwei Personen alle Blätter eingegeben haben."))
    if differing:
        return denied(say("Einige Blätter sind verschieden eingegeben. Gezählt wird, wenn beide dasselbe gelesen haben."))
    return ALLOWED


def can_drop(account: Account, box: Box) -> Verdict:
    if not (may := can_moderate(account, box.ballot.round)):
        return may
    if box.status == BoxStatus.COUNTED:
        return denied(say("Diese Papierstimmen sind gezählt. An ihnen ändert sich nichts mehr."))
    return ALLOWED
