from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from ideation.ballots.models import Ballot
from ideation.ballots.rules import Rule
from ideation.core.db import db
from ideation.runs.rules import Reason, reason_of
from ideation.selections.models import Selection
from ideation.selections.queries import Result
from ideation.selections.rules import plain_outcome, plain_terms, snapshot_rows, terms_of
from ideation.votes.queries import ballots_cast


def to_run() -> Sequence[Ballot]:
    """Closed ballots whose winners need a calculation of its own, until their result is certified."""
    certified = exists().where(Selection.ballot_id == Ballot.id, Selection.status == "certified")
    query = select(Ballot).where(Ballot.rule == Rule.EQUAL_SHARES, Ballot.closed_at.is_not(None), ~certified)
    return db.session.scalars(query.order_by(Ballot.id).options(joinedload(Ballot.window), joinedload(Ballot.round))).all()


def choices_of(ballot_id: int) -> list[tuple[dict[int, int], int]]:
    """What people chose, equal choices together: (idea to points, how many people)."""
    people = Counter(
        tuple((idea, points) for _, idea, points in one) for _, one in groupby(ballots_cast(ballot_id), lambda vote: vote[0])
    )
    return [(dict(choices), size) for choices, size in people.items()]


def paths_of(result: Result) -> dict[str, Any]:
    """The histories in the stored run: of the certified result, or of the one that stands."""
    run = result.selection.snapshot.get("run") if result.selection else None
    outcome = (run or {}).get("outcome") or (result.run.outcome if result.run else None) or {}
    found: dict[str, Any] = outcome.get("paths", {})
    return found


def why(result: Result, idea_id: int) -> Reason | None:
    """Why this idea was selected or not; None while that is open, and by rank, where the votes alone say it."""
    if not result.told or result.why is None or all(row.idea != idea_id for row in result.rows):
        return None
    return reason_of(result.why, paths_of(result), idea_id, Rule(result.ballot.rule))


def told(result: Result) -> dict[str, Any]:
    """The whole calculation as plain values, for everybody who wants to repeat it."""
    ballot, sealed = result.ballot, result.selection
    outcome = None if result.outcome is None else plain_outcome(result.outcome)
    run = sealed.snapshot.get("run") if sealed else None
    return {
        "ballot": ballot.id,
        "number": ballot.number,
        "round": ballot.round.slug,
        "method": ballot.method,
        "closed_at": ballot.closed_at.isoformat() if ballot.closed_at else None,
        "terms": plain_terms(terms_of(ballot.settings)),
        "lot_seed": ballot.lot_seed,
        "voters": result.voters,
        "options": snapshot_rows(result.rows),
        "tie": result.tie,
        "outcome": outcome,
        "why": result.why,
        "paths": paths_of(result),
        "inputs": run["inputs"] if run else result.run.inputs if result.run else None,
        "progress": None if outcome or sealed else result.run.progress if result.run else 0,
        "certified_at": sealed.certified_at.isoformat() if sealed and sealed.certified_at else None,
        "differs": bool(sealed and sealed.differs),
        "digest": sealed.digest if sealed else None,
    }
