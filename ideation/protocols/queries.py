from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from ideation.ballots.models import Ballot, Option
from ideation.ballots.queries import option_rows, rule_notes
from ideation.ballots.rules import told
from ideation.challenges.models import Challenge
from ideation.challenges.rules import PUBLIC
from ideation.core.db import db
from ideation.corrections.models import Correction as CorrectionRow
from ideation.corrections.rules import Status
from ideation.decisions.models import Decision
from ideation.ideas.models import Idea
from ideation.ledger.models import Entry
from ideation.ledger.queries import signing_key
from ideation.ledger.rules import Act
from ideation.paper.models import Code
from ideation.paper.queries import boxes_of
from ideation.paper.rules import BoxStatus
from ideation.protocols.rules import Box, Correction, Extension, Hashes, Numbers, Protocol, Row, Tie
from ideation.recounts.queries import faults_of
from ideation.selections.models import Selection
from ideation.selections.queries import Result, result_of, tie_of


def protocol_of(ballot: Ballot) -> Protocol:
    """Everything a protocol tells of a closed ballot (`round` and `window` loaded), in a number of statements that no row adds to."""
    assert ballot.closed_at is not None
    result = result_of(ballot, ballot.closed_at)
    selection = result.selection if result.selection is not None and result.selection.status == "certified" else None
    edges = _edges(ballot.id)
    opening = edges.get(Act.OPEN)
    closing = edges.get(Act.CLOSE)
    certified: dict[str, Any] = {}
    if selection is not None:
        certified = {
            "differs": selection.differs, "reason": selection.reason, "proposed_at": selection.proposed_at,
            "certified_at": selection.certified_at,
        }  # fmt: skip
    key = signing_key()
    return Protocol(
        ballot=ballot.id,
        number=ballot.number,
        round=ballot.round.title,
        questions=_questions(ballot.id),
        terms={**told(ballot.settings), "lot_seed": ballot.lot_seed, **((opening.body if opening else None) or {})},
        asks_to_join=result.asks_to_join,
        opens_at=ballot.window.opens_at,
        closes_at=ballot.window.closes_at,
        closed_at=ballot.closed_at,
        rows=_rows(ballot, result, selection),
        voters=result.voters,
        numbers=_numbers(ballot.id),
        hashes=Hashes(
            opening.hash if opening else None,
            closing.hash if closing else None,
            selection.digest if selection else None,
            key.public if key else None,
        ),
        extensions=tuple(Extension(n.closes_before, n.closes_after, n.reason) for n in rule_notes(ballot.id)),
        boxes=_boxes(ballot.id),
        tie=_tie(ballot.id, result.tie),
        corrections=_corrections(ballot.id),
        faults=tuple(fault.sentence for fault in faults_of(ballot.id)),
        **certified,
    )


def _edges(ballot_id: int) -> dict[str, Entry]:
    """The opening and the close, as they stand in the ledger."""
    query = select(Entry).where(Entry.ballot_id == ballot_id, Entry.action.in_([Act.OPEN, Act.CLOSE]))
    return {entry.action: entry for entry in db.session.scalars(query)}


def _rows(ballot: Ballot, result: Result, selection: Selection | None) -> tuple[Row, ...]:
    """As certified where it is: paper and cost of the snapshot win over what stands beside the option today."""
    kept: dict[int, Any] = {row.idea_id: row for row in option_rows(ballot.id)}
    snapshot: Mapping[str, Any] = selection.snapshot if selection else {}
    frozen = {row["idea"]: row for row in snapshot.get("rows", ())}
    chosen = {row.idea for row in result.rows if row.selected}
    listed = set(snapshot.get("computed", chosen)) if selection else chosen

    def told_of(idea: int, name: str) -> Any:
        return frozen.get(idea, {}).get(name, getattr(kept.get(idea), name, None))

    return tuple(
        Row(
            r.idea, r.title, r.place, r.votes, r.points, told_of(r.idea, "paper") or 0, told_of(r.idea, "cost"),
            r.eligible, r.selected, r.idea in listed,
        )
        for r in result.rows
    )  # fmt: skip


def _questions(ballot_id: int) -> tuple[str, ...]:
    """The challenges that the options answer."""
    query = (
        select(Challenge.id, Challenge.question)
        .join(Idea, Idea.challenge_id == Challenge.id)
        .join(Option, Option.idea_id == Idea.id)
        .where(Option.ballot_id == ballot_id, Challenge.visibility == "shown", Challenge.status.in_(sorted(PUBLIC)))
        .distinct()
        .order_by(Challenge.id)
    )
    return tuple(question for _, question in db.session.execute(query))


def _numbers(ballot_id: int) -> Numbers:
    def entries(act: Act) -> Any:
        return select(func.count()).where(Entry.ballot_id == ballot_id, Entry.action == act).scalar_subquery()

    codes = select(func.count()).where(Code.ballot_id == ballot_id)
    used = codes.where(Code.used.is_(True)).scalar_subquery()
    query = select(entries(Act.WITHDRAW), entries(Act.VOID) - entries(Act.REINSTATE), codes.scalar_subquery(), used)
    return Numbers(*db.session.execute(query).one())


def _boxes(ballot_id: int) -> tuple[Box, ...]:
    """Paper that was counted or given up."""
    finished = (told for told in boxes_of(ballot_id) if told.row.status != BoxStatus.OPEN)
    return tuple(Box(told.row.label, told.row.status, told.row.sheets, len(told.spoiled)) for told in finished)


def _tie(ballot_id: int, told: Mapping[str, Any] | None) -> Tie | None:
    if not told:
        return None
    decided = tie_of(ballot_id)
    by_lot = told.get("by_lot", decided.by_lot if decided else False)
    ideas, chosen = tuple(told.get("ideas", ())), tuple(told.get("chosen", ()))
    return Tie(ideas, told.get("places", 1), chosen, told.get("reason", ""), bool(by_lot))


def _corrections(ballot_id: int) -> tuple[Correction, ...]:
    c = CorrectionRow
    query = (
        select(c.act, c.category, c.reason, c.votes, Decision.decided_at)
        .join(Decision, Decision.id == c.decision_id)
        .where(c.ballot_id == ballot_id, c.status == Status.CONFIRMED)
        .order_by(c.id)
    )
    return tuple(Correction(*row) for row in db.session.execute(query))
