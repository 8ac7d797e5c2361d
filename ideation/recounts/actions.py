import logging
from datetime import datetime

from ideation.ballots.models import Ballot
from ideation.core.db import db, insert
from ideation.ledger.actions import seal
from ideation.recounts.models import Recount
from ideation.recounts.queries import find_faults, to_recount
from ideation.recounts.rules import Fault

log = logging.getLogger("ideation.recounts")


def recount(ballot: Ballot, *, now: datetime) -> list[Fault]:
    """Seals, counts again from the ledger, and keeps what was found for everybody to see."""
    seq, _ = seal(ballot.id)
    faults = find_faults(ballot, now)
    values = {"done_at": now, "seq": seq, "faults": [fault.told() for fault in faults]}
    row = insert(Recount).values(ballot_id=ballot.id, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["ballot_id"], set_=values))
    for fault in faults:
        log.error("recount of ballot %s: %s", ballot.id, fault)
    return faults


def recount_all(now: datetime) -> int:
    """The job: every ballot, once a night. Returns how many differ."""
    wrong = 0
    for ballot in to_recount():
        wrong += bool(recount(ballot, now=now))
        db.session.commit()
    return wrong
