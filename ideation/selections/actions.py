from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from ideation.accounts.models import Account
from ideation.activity.actions import record
from ideation.ballots.actions import close_ballot
from ideation.ballots.models import Ballot
from ideation.core.db import db
from ideation.core.sentence import say
from ideation.core.text import cleaned
from ideation.core.verdict import Invalid, NotFound, denied, require
from ideation.decisions.actions import decide
from ideation.decisions.rules import REASON_MAX, REASON_MIN, Kind
from ideation.ideas.actions import mark_selected
from ideation.recounts.actions import recount
from ideation.recounts.queries import to_recount
from ideation.rounds.models import Round
from ideation.selections.models import SelectedIdea, Selection, TieDecision
from ideation.selections.policy import can_certify, can_confirm, can_count
from ideation.selections.queries import (
    Result,
    computed,
    ideas_to_mark,
    nameable,
    priority_of,
    selection_of_ballot,
    tie_of,
    uncertified,
    written_by,
)
from ideation.selections.rules import digest, lot_reason, plain_terms, snapshot_rows, terms_of
from ideation.ties.rules import lot_order


def count_ballot(actor: Account, ballot: Ballot, *, now: datetime) -> None:
    """Records the close where the jobs loop has not come by yet."""
    require(can_count(actor, ballot, now))
    close_ballot(ballot, now=now)


def break_tie(
    actor: Account, ballot: Ballot, chosen: Collection[int] = (), reason: str = "", *, by_lot: bool = False, now: datetime
) -> TieDecision:
    """Says which of equal ideas come first: a recorded act with a public reason, by a person or `by_lot`.

    By rank the open places go to them; otherwise one of them comes first, and what follows may ask again."""
    require(can_count(actor, ballot, now))
    _hold(ballot, now)
    require_uncertified(ballot)
    result = computed(ballot)
    outcome = result.outcome
    _require_known(result)
    if outcome is None or result.inputs is None or not outcome.tied:
        require(denied(say("Hier ist kein Gleichstand offen.")))
        raise NotFound
    # Also for the lot: whoever could see beforehand whom it favours does not decide to draw it for an own idea.
    _not_own(actor, outcome.tied)
    order = lot_order(ballot.lot_seed, [row.idea for row in result.rows]) if by_lot else sorted(set(chosen))
    first = [idea for idea in order if idea in outcome.tied][: outcome.open_places]
    if len(first) < outcome.open_places or (not by_lot and len(first) != len(order)):
        raise Invalid(ideas=say("Bitte wählen Sie genau so viele Ideen, wie Plätze offen sind: %(n)s.", n=outcome.open_places))
    known = tie_of(ballot.id)
    before = priority_of(known, result.inputs)
    if by_lot:
        reason = str(lot_reason(ballot.lot_seed, [idea for idea in order if idea in outcome.tied]))
    elif known is not None and before:
        # Asked again: what was said before stays public with what is said now.
        reason = f"{known.decision.reason}\n\n{_reason(reason)}"[-REASON_MAX:]
    decision = decide(actor, Kind.BREAK_TIE, reason, now=now)
    ties = list((known.made_for or {}).get("ties", [])) if known is not None and before else []
    ties.append({"ideas": list(outcome.tied), "places": outcome.open_places, "chosen": first})
    if known is None:
        known = TieDecision(ballot_id=ballot.id)
        db.session.add(known)
    known.decision, known.ideas, known.by_lot = decision, list(dict.fromkeys([*before, *order])), by_lot
    known.made_for = {"inputs": result.inputs.key(), "ties": ties}
    db.session.flush()
    record("ballot.tie_broken", ballot, actor=actor, round_id=ballot.round_id, now=now, reason=decision.reason)
    return known


def certify(actor: Account, ballot: Ballot, *, seen: Collection[int] | None = None, now: datetime) -> Selection:
    """Certifies the result as computed. Who comes second finds what the first one certified.

    `seen`: the winners on the page where the button was pressed; if they changed since, nothing is certified."""
    require(can_count(actor, ballot, now))
    _hold(ballot, now)
    known = selection_of_ballot(ballot.id)
    if known is not None and known.status == "certified":
        return known
    if known is not None:
        require(denied(say("Es liegt ein abweichender Vorschlag vor. Bitte stellen Sie ihn fest oder ziehen Sie ihn zurück.")))
    result = _counted(ballot, now)
    winners = result.winners or ()
    if seen is not None and set(seen) != set(winners):
        raise Invalid(seen=say("Die Liste hat sich geändert, seit Sie die Seite geöffnet haben. Bitte prüfen Sie sie noch einmal."))
    selection = Selection(round_id=ballot.round_id, ballot_id=ballot.id, proposed_at=now, snapshot={}, status="proposed")
    _seal(actor, selection, _snapshot(ballot, result, winners), now)
    _mark(actor, selection, result, winners, now)
    return selection


def propose_selection(actor: Account, ballot: Ballot, chosen: Collection[int], reason: str, *, now: datetime) -> Selection:
    """Other ideas than the list gives: with a public reason, and certified by somebody else."""
    require(can_count(actor, ballot, now))
    _hold(ballot, now)
    require_uncertified(ballot)
    result, chosen = _counted(ballot, now), set(chosen)
    able = {row.idea for row in result.rows if row.eligible}
    if not chosen or not chosen <= able:
        raise Invalid(ideas=say("Bitte wählen Sie mindestens eine Idee, die noch wählbar ist."))
    spent = sum(row.cost or 0 for row in result.rows if row.idea in chosen)
    if ballot.budget is not None and spent > ballot.budget:
        raise Invalid(
            ideas=say("Diese Ideen kosten zusammen %(spent)s Euro, zu vergeben sind %(budget)s Euro. Bitte wählen Sie weniger.",
                      spent=spent, budget=ballot.budget)
        )  # fmt: skip
    if chosen == set(result.winners or ()):
        raise Invalid(
            ideas=say("Das ist genau die Liste, die sich aus den Stimmen ergibt. Sie können sie ohne Begründung feststellen.")
        )
    _not_own(actor, chosen)
    reason = _reason(reason)
    known = selection_of_ballot(ballot.id)
    if known is not None:
        _drop(known)
    selection = Selection(
        round_id=ballot.round_id, ballot_id=ballot.id, differs=True, reason=reason, proposed_by_id=actor.id, proposed_at=now,
        status="proposed", snapshot=_snapshot(ballot, result, chosen, reason),
    )  # fmt: skip
    db.session.add(selection)
    db.session.flush()
    _choose(selection, chosen)
    record("selection.proposed", selection, actor=actor, round_id=ballot.round_id, now=now, ballot=ballot.id)
    return selection


def confirm_selection(actor: Account, selection: Selection, *, now: datetime) -> Selection:
    """The second person certifies what the first one proposed. The count is taken once more."""
    ballot = selection.ballot
    assert ballot is not None
    require(can_certify(actor, selection.round))
    _hold(ballot, now)
    db.session.refresh(selection, ["status", "proposed_by_id", "reason"])
    if selection.status == "certified":
        return selection
    require(can_confirm(actor, selection, selection.round))
    result = _counted(ballot, now)
    chosen = list(db.session.scalars(select(SelectedIdea.idea_id).where(SelectedIdea.selection_id == selection.id)))
    if not set(chosen) <= {row.idea for row in result.rows if row.eligible}:
        require(denied(say("Eine der vorgeschlagenen Ideen ist nicht mehr wählbar. Bitte ziehen Sie den Vorschlag zurück.")))
    _seal(actor, selection, _snapshot(ballot, result, chosen, selection.reason), now)
    _mark(actor, selection, result, chosen, now)
    return selection


def withdraw_proposal(actor: Account, selection: Selection, *, now: datetime) -> None:
    require(can_certify(actor, selection.round))
    assert selection.ballot is not None
    _hold(selection.ballot, now)
    db.session.refresh(selection, ["status"])
    if selection.status == "certified":
        require(denied(say("Dieses Ergebnis ist festgestellt und ändert sich nicht mehr.")))
    record("selection.withdrawn", selection, actor=actor, round_id=selection.round_id, now=now, reason=selection.reason)
    _drop(selection)


def name_winners(actor: Account, round: Round, idea_ids: Collection[int], reason: str, *, now: datetime) -> Selection:
    """Where there was no vote: the organisers name ideas and say why."""
    require(can_certify(actor, round))
    db.session.execute(select(Round.id).where(Round.id == round.id).with_for_update())
    if uncertified(round.id):
        require(
            denied(say("In dieser Runde wird abgestimmt. Das Ergebnis der Abstimmung entscheidet, welche Ideen ausgewählt sind."))
        )
    chosen = sorted(set(idea_ids))
    able = {idea.id: idea for idea in nameable(round.id, chosen)}
    if not chosen or not set(chosen) <= able.keys():
        raise Invalid(ideas=say("Bitte wählen Sie mindestens eine Idee, die noch wählbar ist."))
    _not_own(actor, chosen)
    reason = _reason(reason)
    rows = [
        {"idea": i, "title": able[i].title, "votes": 0, "points": 0, "place": 0, "eligible": True, "selected": True} for i in chosen
    ]
    snapshot = {"rows": rows, "round": round.slug, "method": "named", "reason": reason}
    selection = Selection(round_id=round.id, reason=reason, proposed_at=now, snapshot={}, status="proposed")
    _seal(actor, selection, snapshot, now)
    _choose(selection, chosen)
    for idea in ideas_to_mark(chosen):
        mark_selected(actor, idea, True, reason, now=now)
    _announce(actor, selection, round.title, len(chosen), now)
    return selection


def require_uncertified(ballot: Ballot) -> None:
    known = selection_of_ballot(ballot.id)
    if known is not None and known.status == "certified":
        require(denied(say("Dieses Ergebnis ist festgestellt und ändert sich nicht mehr.")))


def _hold(ballot: Ballot, now: datetime) -> None:
    """Alone with the ballot until the transaction ends; the close is written first if it is missing."""
    close_ballot(ballot, now=now)


def _counted(ballot: Ballot, now: datetime) -> Result:
    """The computed result, after everything was counted again from the ledger and every tie is decided."""
    for fault in recount(ballot, now=now):
        require(
            denied(
                say(
                    "Die Nachzählung stimmt nicht. %(fault)s Bitte wenden Sie sich an die Administration; vorher wird nichts festgestellt.",
                    fault=fault.sentence,
                ),
                keep=lambda: _keep_recount(ballot.id, now),
            )
        )
    result = computed(ballot)
    _require_known(result)
    if result.winners is None:
        require(denied(say("Um den letzten Platz steht es gleich. Bitte entscheiden Sie zuerst den Gleichstand.")))
    return result


def _require_known(result: Result) -> None:
    if result.outcome is None:
        require(denied(say("Die Auswahl wird noch berechnet. Bitte warten Sie, bis sie auf dieser Seite steht.")))


def _keep_recount(ballot_id: int, now: datetime) -> None:
    """What was found stays for everybody to see, although nothing was certified."""
    for ballot in to_recount(ballot_id=ballot_id):
        recount(ballot, now=now)


def _not_own(actor: Account, idea_ids: Collection[int]) -> None:
    """Where somebody chooses, and not the votes, it is not the author."""
    if written_by(actor.id, idea_ids):
        require(
            denied(
                say(
                    "Eine dieser Ideen haben Sie selbst geschrieben. Bitte lassen Sie jemand anderes aus der Moderation entscheiden."
                )
            )
        )


def _reason(text: str) -> str:
    text = cleaned(text)
    if not REASON_MIN <= len(text) <= REASON_MAX:
        raise Invalid(
            reason=say(
                "Bitte begründen Sie die Auswahl öffentlich, in %(low)s bis %(high)s Zeichen.", low=REASON_MIN, high=REASON_MAX
            )
        )
    return text


def _snapshot(ballot: Ballot, result: Result, chosen: Collection[int], reason: str = "") -> dict[str, Any]:
    """All that the results page tells, as it was when it was certified."""
    rows = [{**row, "selected": row["idea"] in set(chosen)} for row in snapshot_rows(result.rows)]
    return {
        "rows": rows,
        "round": ballot.round.slug,
        "ballot": ballot.id,
        "number": ballot.number,
        "method": ballot.method,
        "votes_each": ballot.votes_each,
        "points_max": ballot.points_max,
        "eligibility": ballot.eligibility,
        "asks_to_join": result.asks_to_join,
        "seats": ballot.seats,
        "minimum": ballot.minimum,
        "voters": result.voters,
        "closed_at": ballot.closed_at.isoformat() if ballot.closed_at else None,
        "tie": result.tie,
        "computed": sorted(result.winners or ()),
        "reason": reason,
        "terms": plain_terms(terms_of(ballot.settings)),
        "lot_seed": ballot.lot_seed,
        "spent": sum(row["cost"] or 0 for row in rows if row["selected"]),
        "why": result.why,
        "run": {"inputs": result.run.inputs, "outcome": result.run.outcome} if result.run else None,
    }


def _seal(actor: Account, selection: Selection, snapshot: dict[str, Any], now: datetime) -> None:
    snapshot = {**snapshot, "certified_at": now.isoformat()}
    selection.snapshot, selection.digest, selection.status = snapshot, digest(snapshot), "certified"
    selection.certified_by_id, selection.certified_at = actor.id, now
    db.session.add(selection)
    db.session.flush()


def _mark(actor: Account, selection: Selection, result: Result, chosen: Collection[int], now: datetime) -> None:
    """Every idea that could have won learns what became of it."""
    ballot = result.ballot
    if not selection.differs:
        _choose(selection, chosen)
    for idea in ideas_to_mark([row.idea for row in result.rows if row.eligible]):
        mark_selected(actor, idea, idea.id in set(chosen), selection.reason, now=now)
    _announce(actor, selection, ballot.round.title, len(chosen), now)


def _announce(actor: Account, selection: Selection, title: str, selected: int, now: datetime) -> None:
    record(
        "selection.certified", selection, actor=actor, round_id=selection.round_id, now=now,
        ballot=selection.ballot_id, title=title, selected=selected,
    )  # fmt: skip


def _choose(selection: Selection, chosen: Collection[int]) -> None:
    db.session.add_all(SelectedIdea(selection_id=selection.id, idea_id=idea) for idea in sorted(chosen))
    db.session.flush()


def _drop(selection: Selection) -> None:
    db.session.execute(delete(SelectedIdea).where(SelectedIdea.selection_id == selection.id))
    db.session.delete(selection)
    db.session.flush()
