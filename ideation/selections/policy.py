"""Who may certify a result."""

from datetime import datetime

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot
from ideation.core.sentence import End, say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.rounds.models import Round
from ideation.rounds.policy import can_moderate
from ideation.rounds.rules import State, state
from ideation.selections.models import Selection


def can_certify(account: Account | None, round: Round) -> Verdict:
    return can_moderate(account, round)


def can_count(account: Account | None, ballot: Ballot, now: datetime) -> Verdict:
    """Nothing is counted, tied or certified while people vote."""
    if not (may := can_certify(account, ballot.round)):
        return may
    if ballot.closed_at is not None or state(ballot.window, now) is State.PAST:
        return ALLOWED
    if state(ballot.window, now) is State.COMING:
        return denied(
            say(
                "Die Abstimmung beginnt erst am %(opens)s. Danach können Sie das Ergebnis feststellen.",
                opens=ballot.window.opens_at,
            )
        )
    if ballot.window.closes_at is None:
        return denied(say("Die Abstimmung läuft noch, ohne Ende. Setzen Sie zuerst in der Runde ein Ende."))
    return denied(
        say(
            "Die Abstimmung läuft noch bis %(closes)s. Danach können Sie das Ergebnis feststellen.",
            closes=End(ballot.window.closes_at),
        )
    )


def can_confirm(account: Account | None, selection: Selection, round: Round) -> Verdict:
    """A result that differs from the list needs a second person."""
    if not (may := can_certify(account, round)):
        return may
    assert account is not None
    if selection.proposed_by_id == account.id:
        return denied(
            say(
                "Dieses Ergebnis weicht von der Reihenfolge der Stimmen ab. Deshalb muss eine zweite Person der Moderation es feststellen."
            )
        )
    return ALLOWED
