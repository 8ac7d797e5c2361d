import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy.exc import OperationalError

from ideation.ballots.models import Ballot
from ideation.core.clock import start_of, today
from ideation.core.db import db, dialect, insert
from ideation.ledger.actions import seal
from ideation.recounts.models import Recount
from ideation.recounts.queries import find_faults, to_recount
from ideation.recounts.rules import Fault

log = logging.getLogger("ideation.recounts")
TRIES = 5


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


def recount_each(ids: Iterable[int], *, now: datetime) -> Iterator[tuple[str, list[Fault]]]:
    """One ballot after another, each in a transaction of its own; gives the name of each and what differs."""
    db.session.commit()
    for ballot_id in ids:
        yield _recounted(ballot_id, now)


def recount_all(now: datetime) -> int:
    """The job: every ballot, once a night. Returns how many differ."""
    ids = [ballot.id for ballot in to_recount(before=start_of(today(now)))]
    return sum(bool(faults) for _, faults in recount_each(ids, now=now))


def _recounted(ballot_id: int, now: datetime) -> tuple[str, list[Fault]]:
    for patience in reversed(range(TRIES)):
        try:
            if dialect() == "postgresql":
                # People vote meanwhile, and nobody waits: ledger, votes and counters are all seen as of one moment.
                db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            ballot = to_recount(ballot_id=ballot_id)[0]
            name, faults = f"{ballot.round.slug}, ballot {ballot.id}", recount(ballot, now=now)
            db.session.commit()
            return name, faults
        except OperationalError:
            # Somebody else sealed the same chain in between.
            db.session.rollback()
            if not patience:
                raise
    raise AssertionError
