"""A ballot with people who really vote, and two moderators of its round."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import select

from ideation.ballots.models import Ballot, Option
from ideation.ballots.queries import ballot_or_404
from ideation.core.db import db
from ideation.corrections.actions import confirm_correction, propose_correction
from ideation.corrections.queries import correction_or_404
from ideation.ideas.models import Idea
from ideation.ledger.models import Entry
from ideation.recounts.queries import find_faults
from ideation.votes.actions import cast_vote
from tests.cast import inside, make_account, make_ballot, make_idea, make_round, put

NOW = datetime.now(UTC)
REASON = "Alle kamen im Abstand von genau dreißig Sekunden."
NETWORK = "203.0.113.0/24"


def scene(app: Flask, *voters: int, points: int = 1, **settings: Any) -> SimpleNamespace:
    """An open ballot with public counts; so many people for each idea, everybody for one idea alone."""
    from ideation.rounds.models import RoundModerator

    with inside(app):
        first, second, other = (make_account("moderator") for _ in range(3))
        round_ = make_round(first)
        put(RoundModerator(round_id=round_.id, account_id=second.id))
        ideas = [make_idea(round_, make_account(), title=f"Idee {n}") for n, _ in enumerate(voters, 1)]
        ballot = make_ballot(round_, *ideas, **{"hides_results": False, **settings})
        people = [[make_account() for _ in range(number)] for number in voters]
    with inside(app):
        for idea, theirs in zip(ideas, people, strict=True):
            for person in theirs:
                cast_vote(person, idea.id, points, network=NETWORK, now=NOW)
    return SimpleNamespace(
        first=first, second=second, other=other, round=round_, ballot=ballot.id, ideas=[idea.id for idea in ideas], people=people
    )


def after(here: SimpleNamespace) -> datetime:
    """A moment after the window: it cannot be moved once there are votes."""
    end = ballot_of(here).window.closes_at
    assert end is not None
    return end + timedelta(seconds=1)


def ballot_of(here: SimpleNamespace) -> Ballot:
    return ballot_or_404(here.first, here.ballot)


def casts(here: SimpleNamespace, idea: int = 0) -> list[int]:
    """The entries with which an idea got its votes."""
    query = select(Entry.id).where(Entry.ballot_id == here.ballot, Entry.action == "cast", Entry.option == here.ideas[idea])
    return list(db.session.scalars(query.order_by(Entry.id)))


def proposed(app: Flask, here: SimpleNamespace, number: int, idea: int = 0, act: str = "void") -> int:
    with inside(app):
        category = "automated" if act == "void" else "error"
        return propose_correction(here.first, ballot_of(here), act, category, REASON, casts(here, idea)[:number], now=NOW).id


def confirmed(app: Flask, here: SimpleNamespace, correction: int, now: datetime = NOW) -> int:
    with inside(app):
        return confirm_correction(here.second, correction_or_404(here.second, correction), now=now).votes


def voided(app: Flask, here: SimpleNamespace, number: int, idea: int = 0) -> int:
    correction = proposed(app, here, number, idea)
    assert confirmed(app, here, correction) == number
    return correction


def counts(app: Flask, here: SimpleNamespace) -> list[tuple[int, int]]:
    """By idea: the counter, and what its page repeats. Everything else agrees with the entries, too."""
    from ideation.ledger.actions import seal

    with app.app_context():
        seal(here.ballot)
        assert [str(fault) for fault in find_faults(ballot_of(here), NOW)] == []
        options = [db.session.get_one(Option, (here.ballot, idea)) for idea in here.ideas]
        told = [(o.points, db.session.get_one(Idea, o.idea_id).votes) for o in options]
        db.session.rollback()
        return told
