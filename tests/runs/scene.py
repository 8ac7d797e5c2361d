"""A ballot in which people really vote, over when `LATER` comes."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask

from ideation.ballots.actions import close_ballot
from ideation.ballots.models import Ballot, Option
from ideation.ballots.queries import ballot_or_404
from ideation.core.db import db
from ideation.rounds.models import RoundModerator
from ideation.votes.actions import cast_vote
from tests.cast import OPEN, inside, make_account, make_ballot, make_idea, make_round, put

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=40)
REASON = "Diese Idee ist schon anderswo beschlossen."
Votes = tuple[dict[int, int], ...]


def scene(app: Flask, costs: tuple[int | None, ...], votes: Votes, *, closed: bool = True, **settings: Any) -> SimpleNamespace:
    """`costs` of the ideas 0, 1, …; each of `votes` is one person: idea to points."""
    with inside(app):
        first, second = make_account("moderator"), make_account("moderator")
        round_ = make_round(first)
        put(RoundModerator(round_id=round_.id, account_id=second.id))
        ideas = [make_idea(round_, make_account(), title=f"Vorschlag-{n}") for n, _ in enumerate(costs)]
        ballot = make_ballot(round_, *ideas, days=OPEN, closed_list=True, **{"votes_each": 5, **settings})
        for idea, cost in zip(ideas, costs, strict=True):
            db.session.get_one(Option, (ballot.id, idea.id)).cost = cost
        people = [make_account() for _ in votes]
    for person, choices in zip(people, votes, strict=True):
        with inside(app):
            for idea, points in choices.items():
                cast_vote(person, ideas[idea].id, points, now=NOW)
    here = SimpleNamespace(
        first=first, second=second, people=people, ballot=ballot.id, ideas=[idea.id for idea in ideas], round=round_
    )
    if closed:
        with inside(app):
            close_ballot(ballot_of(here), now=LATER)
    return here


def ballot_of(here: SimpleNamespace) -> Ballot:
    return ballot_or_404(here.first, here.ballot)


def numbers(here: SimpleNamespace, ideas: Any) -> list[int]:
    """The ideas by their numbers in the scene."""
    return [here.ideas.index(idea) for idea in ideas]
