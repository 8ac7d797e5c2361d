from datetime import datetime

from ideation.accounts.models import Account
from ideation.core.db import db
from ideation.core.sentence import say
from ideation.core.text import cleaned
from ideation.core.verdict import Invalid
from ideation.decisions.models import Decision
from ideation.decisions.rules import REASON_MAX, REASON_MIN, Kind, reason_missing


def decide(actor: Account | None, kind: Kind, reason: str, *, now: datetime, office: str = "Moderation") -> Decision:
    """The decision row that a status or visibility change must carry. The noun's own action links it."""
    reason = cleaned(reason)
    if reason_missing(kind, reason):
        raise Invalid(
            reason=say(
                "Bitte begründen Sie die Entscheidung in mindestens %(n)s Zeichen. Die Begründung liest, wer den Beitrag geschrieben hat.",
                n=REASON_MIN,
            )
        )
    if len(reason) > REASON_MAX:
        raise Invalid(reason=say("Bitte kürzen Sie die Begründung auf %(n)s Zeichen.", n=REASON_MAX))
    decision = Decision(kind=kind, reason=reason, actor_id=actor.id if actor else None, office=office, decided_at=now)
    db.session.add(decision)
    db.session.flush()
    return decision
