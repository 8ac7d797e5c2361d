"""When a ballot has a protocol."""

from ideation.ballots.models import Ballot
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied


def can_read(ballot: Ballot) -> Verdict:
    """Whoever may see the ballot, once the close is recorded."""
    if ballot.closed_at is None:
        return denied(say("Das Auswahlprotokoll gibt es, sobald die Abstimmung beendet ist und die Stimmen ausgezählt sind."))
    return ALLOWED
