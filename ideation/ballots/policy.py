"""Who may cast which vote now."""

from datetime import datetime

from ideation.ballots.models import Ballot
from ideation.core.sentence import End, say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.rounds.rules import State, state


def is_open(ballot: Ballot, now: datetime) -> bool:
    return ballot.closed_at is None and state(ballot.window, now) is State.OPEN


def results_are_public(ballot: Ballot, now: datetime) -> bool:
    """Hidden results are told by nobody, in no order, until the close is recorded."""
    return ballot.closed_at is not None or not ballot.hides_results


def can_vote_now(ballot: Ballot, now: datetime) -> Verdict:
    """The window and the close, whoever asks."""
    where = state(ballot.window, now)
    if where is State.COMING:
        return denied(say("Die Abstimmung beginnt am %(opens)s.", opens=ballot.window.opens_at))
    if where is State.PAST and ballot.window.closes_at is not None:
        return denied(say("Die Abstimmung ist seit %(closed)s geschlossen.", closed=End(ballot.window.closes_at)))
    if ballot.closed_at is not None:
        return denied(say("Die Abstimmung ist seit %(closed)s geschlossen.", closed=End(ballot.closed_at)))
    return ALLOWED
