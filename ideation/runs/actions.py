"""The job that calculates winners where that takes long. Nothing is locked while it calculates."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from ideation.ballots.models import Ballot
from ideation.core.db import db, insert
from ideation.runs.queries import choices_of, to_run
from ideation.runs.rules import histories
from ideation.selections.models import Run
from ideation.selections.queries import Result, computed
from ideation.selections.rules import Inputs, plain_outcome, select

log = logging.getLogger("ideation.runs")
# How often progress is written, and when a run that failed is tried again.
EVERY, AGAIN = 1.0, timedelta(minutes=1)


def run_due(now: datetime) -> int:
    """The job: every closed ballot by equal shares whose stored run is not for the present numbers. Returns how many were calculated."""
    done = 0
    for ballot in to_run():
        result = computed(ballot)
        if result.outcome is not None or result.inputs is None or _failed_just_now(result, now):
            continue
        done += _run(ballot, result.inputs, result.priority, now)
    return done


def _failed_just_now(result: Result, now: datetime) -> bool:
    ended = result.run.finished_at if result.run and result.has_failed else None
    return ended is not None and now - ended < AGAIN


def _run(ballot: Ballot, inputs: Inputs, priority: tuple[int, ...], now: datetime) -> bool:
    ballot_id, key, choices = ballot.id, inputs.key(priority), choices_of(ballot.id)
    _keep(ballot_id, key, 0, None, None)
    try:
        outcome = select(inputs.candidates, choices, inputs.terms, priority, _progress(ballot_id, key))
        paths = histories(outcome.why, choices, inputs.terms.utility) if outcome.why else {}
    except Exception:
        db.session.rollback()
        log.exception("the selection of ballot %s failed", ballot_id)
        _keep(ballot_id, key, 0, {"failed": True}, now)
        return False
    _keep(ballot_id, key, 100, plain_outcome(outcome) | {"paths": paths}, now)
    return True


def _keep(ballot_id: int, key: str, progress: int, outcome: dict[str, Any] | None, now: datetime | None) -> None:
    """In a transaction of its own: the one before it ends here too, so nobody waits for the calculation."""
    values = {"inputs": key, "progress": progress, "outcome": outcome, "finished_at": now}
    row = insert(Run).values(ballot_id=ballot_id, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["ballot_id"], set_=values))
    db.session.commit()


def _progress(ballot_id: int, key: str) -> Callable[[float], None]:
    last = time.monotonic()

    def told(part: float) -> None:
        nonlocal last
        if time.monotonic() - last < EVERY:
            return
        percent = max(0, min(99, int(part * 100)))
        db.session.execute(update(Run).where(Run.ballot_id == ballot_id, Run.inputs == key).values(progress=percent))
        db.session.commit()
        last = time.monotonic()

    return told
