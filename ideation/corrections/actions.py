"""How votes are declared invalid, or valid again: by two people, in public, and nothing is deleted."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update

from ideation.accounts.models import Account
from ideation.activity.actions import record
from ideation.ballots.models import Ballot
from ideation.core.db import db
from ideation.core.sentence import say
from ideation.core.text import cleaned
from ideation.core.verdict import Invalid, denied, require
from ideation.corrections.models import CorrectedVote, Correction
from ideation.corrections.policy import can_confirm, can_correct
from ideation.corrections.queries import affected, concerned, is_certified, is_shown, options_of, still_standing
from ideation.corrections.rules import CAUSES, VOTES_MAX, Act, Status
from ideation.decisions.actions import decide
from ideation.decisions.rules import REASON_MAX, REASON_MIN, Kind
from ideation.ledger.actions import add, entry
from ideation.rounds.policy import can_moderate
from ideation.selections.queries import written_by
from ideation.votes.actions import count_vote
from ideation.votes.models import Vote
from ideation.votes.queries import Votable


def propose_correction(
    actor: Account, ballot: Ballot, act: str, category: str, reason: str, votes: Collection[int], *, now: datetime
) -> Correction:
    """`votes`: the entries with which they were cast. Nothing changes until a second person confirms it."""
    require(can_moderate(actor, ballot.round))
    _hold(ballot)
    require(can_correct(actor, ballot, certified=is_certified(ballot.id), now=now))
    if act not in CAUSES:
        raise Invalid(act=say("Bitte wählen Sie, was geschehen soll."))
    if category not in CAUSES[act]:
        raise Invalid(category=say("Bitte wählen Sie einen Grund, der dazu passt."))
    reason, wanted = cleaned(reason), set(votes)
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise Invalid(
            reason=say("Bitte begründen Sie das öffentlich, in %(low)s bis %(high)s Zeichen.", low=REASON_MIN, high=REASON_MAX)
        )
    if not wanted:
        raise Invalid(votes=say("Dazu gibt es keine Stimme, auf die das zutrifft."))
    if len(wanted) > VOTES_MAX:
        raise Invalid(votes=say("Das sind zu viele Stimmen auf einmal. Bitte teilen Sie sie: höchstens %(n)s.", n=VOTES_MAX))
    if still_standing(ballot.id, Act(act), wanted) != wanted:
        raise Invalid(
            votes=say("Einige dieser Stimmen wurden inzwischen zurückgezogen oder schon entschieden. Bitte wählen Sie neu.")
        )
    correction = Correction(
        ballot_id=ballot.id, act=act, category=category, reason=reason, proposed_by_id=actor.id, proposed_at=now, votes=0
    )
    db.session.add(correction)
    db.session.flush()
    db.session.add_all(CorrectedVote(correction_id=correction.id, entry_id=vote) for vote in sorted(wanted))
    db.session.flush()
    record("correction.proposed", correction, actor=actor, round_id=ballot.round_id, now=now, ballot=ballot.id)
    return correction


def confirm_correction(actor: Account, correction: Correction, *, now: datetime) -> Correction:
    """The second person carries it out: votes, entries and counters in one transaction. Withdrawn votes are passed over.

    Nobody is written to: a vote is known by its token alone, and looking for the account behind it would break the secrecy
    of the vote. Who gave it reads it where they voted."""
    ballot = correction.ballot
    require(can_moderate(actor, ballot.round))
    _hold(ballot)
    _again(correction)
    if correction.status == Status.CONFIRMED:
        return correction
    own = written_by(actor.id, concerned(correction))
    require(can_confirm(actor, correction, certified=is_certified(ballot.id), own=own, now=now))
    reached, act = affected(correction), Act(correction.act)
    if not reached:
        require(denied(say("Diese Stimmen wurden inzwischen alle zurückgezogen oder schon entschieden. Es bleibt nichts zu tun.")))
    correction.decision_id = decide(actor, Kind(act.value), correction.reason, now=now).id
    correction.status, correction.confirmed_by_id, correction.votes = Status.CONFIRMED, actor.id, len(reached)
    db.session.flush()
    body = {"correction": correction.id, "category": correction.category}
    add(entry(ballot.id, act, option=vote.option, points=vote.points, ref=vote.commit_hash, body=body, now=now) for vote in reached)
    moved = update(Vote).where(Vote.commit_hash.in_([vote.commit_hash for vote in reached])).values(void=act is Act.VOID)
    db.session.execute(moved.execution_options(synchronize_session=False))
    _count(ballot, reached, -1 if act is Act.VOID else 1, now)
    record("correction.confirmed", correction, actor=actor, round_id=ballot.round_id, now=now, ballot=ballot.id)
    return correction


def _count(ballot: Ballot, reached: Sequence[Any], sign: int, now: datetime) -> None:
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for vote in reached:
        paper = (vote.body or {}).get("channel") == "paper"
        for place, by in enumerate((1, vote.points, vote.points * paper)):
            sums[vote.option][place] += sign * by
    shown = is_shown(ballot, now)
    for option in options_of(ballot.id, sums):
        people, points, paper = sums[option.idea_id]
        count_vote(Votable(option, True), people, points, paper=paper, shown=shown, now=now)


def withdraw_correction(actor: Account, correction: Correction, *, now: datetime) -> None:
    """A proposal that is not carried out. It stays in the list."""
    ballot = correction.ballot
    require(can_moderate(actor, ballot.round))
    _hold(ballot)
    _again(correction)
    if correction.status == Status.CONFIRMED:
        require(
            denied(
                say("Das ist schon bestätigt. Zurücknehmen lässt es sich nur, indem Sie die Stimmen wieder für gültig erklären.")
            )
        )
    if correction.status == Status.WITHDRAWN:
        return
    correction.status = Status.WITHDRAWN
    db.session.flush()
    record("correction.withdrawn", correction, actor=actor, round_id=ballot.round_id, now=now, ballot=ballot.id)


def _hold(ballot: Ballot) -> None:
    """Alone with the ballot, as for its close: nobody votes, counts or certifies until the transaction ends."""
    db.session.refresh(ballot, ["closed_at", "opened_at"], with_for_update=True)


def _again(correction: Correction) -> None:
    """As it is now that nobody else can change it."""
    db.session.refresh(correction, ["status", "proposed_by_id", "confirmed_by_id", "decision_id", "votes"])
