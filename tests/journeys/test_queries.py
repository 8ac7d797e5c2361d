"""The line from a question to a lab, read from every point on it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask

from ideation.challenges.models import Challenge
from ideation.challenges.queries import challenge_or_404
from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.ideas.queries import idea_or_404
from ideation.journeys.queries import Step, of_challenge, of_idea, of_lab
from ideation.labs.queries import lab_or_404
from tests.cast import (
    COMING,
    OPEN,
    PAST,
    inside,
    make_ballot,
    make_challenge,
    make_decision,
    make_idea,
    make_lab,
    make_round,
    make_selection,
)

NOW = datetime.now(UTC)


def points(steps: list[Step]) -> list[tuple[str, Any, str]]:
    return [(step.kind, step.key, step.state) for step in steps]


def idea_line(idea: Idea) -> list[Step]:
    return of_idea(idea_or_404(None, idea.id), None, NOW)


def challenge_line(challenge: Challenge) -> list[Step]:
    return of_challenge(challenge_or_404(None, challenge.id), None, NOW)


def test_a_whole_journey_reads_the_same_from_every_point(app: Flask) -> None:
    with inside(app):
        early = make_challenge(make_round())
        round_ = make_round()
        challenge = make_challenge(round_, carried_from_id=early.id)
        idea = make_idea(round_, challenge=challenge, status="in_lab")
        ballot = make_ballot(round_, idea, days=PAST)
        make_selection(ballot, idea)
        lab = make_lab(idea, status="working")
    with app.app_context():
        ahead = ("", 0, "coming")
        assert points(idea_line(idea)) == [
            ("challenge", early.id, "done"),
            ("challenge", challenge.id, "done"),
            ("", idea.id, "done"),
            ("ballot", ballot.id, "done"),
            ("lab", lab.slug, "now"),
            ahead,
        ]
        assert points(challenge_line(challenge)) == [
            ("challenge", early.id, "done"),
            ("", challenge.id, "done"),
            ("ideas", challenge.id, "done"),
            ("ballot", ballot.id, "done"),
            ("lab", lab.slug, "now"),
            ahead,
        ]
        assert points(challenge_line(early)) == [("", early.id, "done"), ("challenge", challenge.id, "now")]
        assert points(of_lab(lab_or_404(lab.slug), None, NOW)) == [
            ("challenge", early.id, "done"),
            ("challenge", challenge.id, "done"),
            ("idea", idea.id, "done"),
            ("ballot", ballot.id, "done"),
            ("", lab.slug, "now"),
            ahead,
        ]


def test_alone_a_point_is_no_line(app: Flask) -> None:
    with inside(app):
        round_ = make_round()
        idea, challenge, lab = make_idea(round_), make_challenge(round_), make_lab(status="closed")
    with app.app_context():
        assert idea_line(idea) == challenge_line(challenge) == of_lab(lab_or_404(lab.slug), None, NOW) == []


def test_a_vote_stands_on_the_line_from_before_it_begins(app: Flask) -> None:
    with inside(app):
        ideas = [make_idea(make_round()) for _ in range(3)]
        ballots = [make_ballot(_round(idea), idea, days=days) for idea, days in zip(ideas, (COMING, OPEN, PAST), strict=True)]
    with app.app_context():
        assert [points(idea_line(idea))[-1] for idea in ideas] == [
            ("voting", ballots[0].id, "coming"),
            ("voting", ballots[1].id, "now"),
            ("ballot", ballots[2].id, "now"),
        ]


def _round(idea: Idea) -> Any:
    from ideation.rounds.models import Round

    return db.session.get_one(Round, idea.round_id)


def test_a_lost_vote_is_said_and_the_next_one_follows(app: Flask) -> None:
    with inside(app):
        round_ = make_round()
        idea, winner = make_idea(round_, status="published"), make_idea(round_, status="selected")
        make_selection(make_ballot(round_, idea, winner, days=PAST), winner)
        make_ballot(round_, idea, days=COMING, number=2)
    with app.test_request_context():
        line = idea_line(idea)
        assert [str(step.title) for step in line] == [idea.title, "nicht ausgewählt", "beginnt"]
        assert [str(step.title) for step in idea_line(winner)] == [winner.title, "ausgewählt", "wird vorbereitet"]


def test_a_proposed_selection_is_not_told(app: Flask) -> None:
    with inside(app):
        round_ = make_round()
        idea = make_idea(round_, challenge=make_challenge(round_))
        ballot = make_ballot(round_, idea, days=PAST, closed_at=NOW)
        from ideation.selections.models import SelectedIdea, Selection
        from tests.cast import put

        proposed = put(Selection(round_id=round_.id, ballot_id=ballot.id, snapshot={"rows": []}, proposed_at=NOW))
        put(SelectedIdea(selection_id=proposed.id, idea_id=idea.id))
    with app.test_request_context():
        assert "ausgewählt" not in " ".join(str(step.title) for step in idea_line(idea))


def test_merged_ideas_lead_to_each_other(app: Flask) -> None:
    with inside(app):
        round_ = make_round()
        into = make_idea(round_)
        merged = make_idea(round_, status="merged", merged_into_id=into.id)
    with app.app_context():
        assert points(idea_line(merged)) == [("", merged.id, "done"), ("idea", into.id, "now")]
        assert points(idea_line(into)) == [("idea", merged.id, "done"), ("", into.id, "now")]


def test_what_is_hidden_or_not_public_is_left_out(app: Flask) -> None:
    with inside(app):
        draft = make_challenge(make_round(status="draft", published_at=None))
        hidden = make_challenge(
            make_round(), visibility="hidden", visibility_decision_id=make_decision("hide").id, carried_from_id=draft.id
        )
        challenge = make_challenge(make_round(), carried_from_id=hidden.id)
        waiting = make_challenge(make_round(), status="submitted", carried_from_id=challenge.id)
    with app.app_context():
        assert waiting.id and challenge_line(challenge) == []


def test_a_carried_question_in_a_circle_ends(app: Flask) -> None:
    with inside(app):
        one = make_challenge(make_round())
        two = make_challenge(make_round(), carried_from_id=one.id)
        one.carried_from_id = two.id
    with app.app_context():
        assert len(challenge_line(one)) < 10


def test_a_date_that_is_not_known_is_not_invented(app: Flask) -> None:
    with inside(app):
        unknown = make_challenge(make_round(), source="archiv", source_id="1")
        month = make_challenge(
            make_round(), source="archiv", source_id="2", dated_on=date(2024, 5, 1), dated_to="month", carried_from_id=unknown.id
        )
        here = make_challenge(make_round(), carried_from_id=month.id, published_at=NOW - timedelta(days=400))
    with app.test_request_context():
        texts = [step.date_text for step in challenge_line(here)]
        assert texts[:2] == ["", "Mai 2024"] and texts[2] != ""


def test_one_statement_brings_a_line(app: Flask, statements: Callable[[], AbstractContextManager[list[str]]]) -> None:
    with inside(app):
        round_ = make_round()
        challenge = make_challenge(round_, carried_from_id=make_challenge(make_round()).id)
        ideas = [make_idea(round_, challenge=challenge, status="in_lab") for _ in range(6)]
        make_selection(make_ballot(round_, *ideas, days=PAST), *ideas)
        labs = [make_lab(*ideas) if n == 0 else make_lab(idea) for n, idea in enumerate(ideas[1:])]
    with app.app_context():
        things: list[tuple[Any, Any]] = [
            (of_idea, idea_or_404(None, ideas[1].id)),
            (of_challenge, challenge_or_404(None, challenge.id)),
            (of_lab, lab_or_404(labs[0].slug)),
        ]
        for of, thing in things:
            with statements() as seen:
                assert len(of(thing, None, NOW)) >= 4
            assert len(seen) == 1
