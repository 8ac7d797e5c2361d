"""Votes that come in a burst, and the look that finds them."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import select

from ideation.core.db import db
from ideation.rounds.models import RoundModerator
from ideation.signals.actions import find_signals
from ideation.signals.models import Signal
from ideation.votes.actions import cast_vote
from tests.cast import inside, make_account, make_ballot, make_idea, make_round, put

NOW = datetime.now(UTC)
LATER = NOW + timedelta(minutes=10)
NETWORK, ELSEWHERE = "203.0.113.0/24", "198.51.100.0/24"


def burst(app: Flask, votes: int = 14, here: Any = None, begins: datetime = NOW) -> SimpleNamespace:
    """So many votes of new accounts that do nothing else, from one network, half a minute apart."""
    if here is None:
        with inside(app):
            moderator, second, other = (make_account("moderator") for _ in range(3))
            round_ = make_round(moderator)
            put(RoundModerator(round_id=round_.id, account_id=second.id))
            idea = make_idea(round_, title="Trinkbrunnen")
            ballot = make_ballot(round_, idea, make_idea(round_), hides_results=True)
        here = SimpleNamespace(
            moderator=moderator, second=second, other=other, round=round_, ballot=ballot.id, idea=idea.id, path=f"/ideas/{idea.id}"
        )
    with inside(app):
        for n in range(votes):
            cast_vote(make_account(), here.idea, 1, network=NETWORK, now=begins + timedelta(seconds=30 * n))
    return here


def found(app: Flask, now: datetime) -> list[Signal]:
    with inside(app):
        find_signals(now)
    with app.app_context():
        db.session().expire_on_commit = False
        return list(db.session.scalars(select(Signal).order_by(Signal.id)))
