"""Whose single votes may be published."""

from ideation.ballots.models import Ballot
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.ledger.rules import CROWD


def can_publish_votes(ballot: Ballot, voters: int) -> Verdict:
    """After the close, and only where nobody can be found in a crowd."""
    if ballot.closed_at is None:
        return denied(say("Die einzelnen Stimmen gibt es, sobald die Abstimmung beendet ist und die Stimmen ausgezählt sind."))
    if voters < CROWD:
        return denied(
            say(
                "Abgestimmt haben weniger als %(n)s Personen. Damit niemand an der eigenen Stimme zu erkennen ist, gibt es die einzelnen Stimmen nicht, sondern nur die Tabelle mit den Summen.",
                n=CROWD,
            )
        )
    return ALLOWED
