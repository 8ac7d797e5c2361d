"""What moderators and the jobs loop do with a ballot, and what no door allows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from ideation.activity.actions import record
from ideation.activity.models import Activity
from ideation.ballots.actions import (
    close_ballot,
    close_due,
    create_ballot,
    open_due,
    update_ballot,
)
from ideation.ballots.models import Ballot, Option, RuleNote
from ideation.ballots.queries import ballot_or_404, in_open_ballot, shown_ballot
from ideation.ballots.rules import BallotSettings, Method
from ideation.core.db import db
from ideation.core.verdict import Invalid, Refused
from ideation.ideas.actions import publish_idea, shortlist_idea, unlist_idea
from ideation.ideas.models import Idea
from ideation.ideas.queries import idea_or_404
from ideation.rounds.queries import round_or_404
from ideation.votes.actions import cast_vote, destroy_keys
from ideation.votes.models import Participation, Vote
from ideation.votes.queries import my_votes, token_of
from tests.cast import inside, make_account, make_ballot, make_idea, make_round

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
DEFAULT = BallotSettings()


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    with inside(app):
        moderator, person = make_account("moderator"), make_account()
        round_ = make_round(moderator)
        ideas = [make_idea(round_) for _ in range(3)]
    return SimpleNamespace(moderator=moderator, person=person, round=round_, ideas=ideas)


def made(scene: SimpleNamespace, settings: BallotSettings = DEFAULT, opens: timedelta = -DAY, closes: timedelta = DAY) -> Ballot:
    round_ = round_or_404(scene.moderator, scene.round.slug)
    return create_ballot(scene.moderator, round_, settings, NOW + opens, NOW + closes, now=NOW)


def options(ballot: Ballot) -> list[int]:
    return sorted(db.session.scalars(select(Option.idea_id).where(Option.ballot_id == ballot.id)))


def test_public_ideas_become_options(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        make_idea(scene.round, status="draft")
        make_idea(scene.round, status="submitted")
        assert options(made(scene)) == [idea.id for idea in scene.ideas]


def test_only_one_ballot_of_a_round_is_open_at_a_time(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        made(scene)
        with pytest.raises(Invalid):
            made(scene, opens=timedelta(), closes=3 * DAY)
    with inside(app):
        later = made(scene, opens=DAY, closes=2 * DAY)
        assert later.number == 2
        assert shown_ballot(scene.round.id, NOW).number == 1
        assert shown_ballot(scene.round.id, NOW + DAY).number == 2


def test_a_foreign_moderator_makes_no_ballot(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        other = make_account("moderator")
        with pytest.raises(Refused):
            create_ballot(other, round_or_404(None, scene.round.slug), BallotSettings(), NOW, NOW + DAY, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"method": Method.SUPPORT},
        {"votes_each": 9},
        {"seats": 9},
        {"minimum": 2},
        {"closed_list": True},
        {"hides_results": False},
    ],
)
def test_from_the_first_vote_on_no_rule_changes(app: Flask, scene: SimpleNamespace, change: dict[str, object]) -> None:
    with inside(app):
        ballot = made(scene)
        cast_vote(scene.person, scene.ideas[0].id, 1, now=NOW)
        cast_vote(scene.person, scene.ideas[0].id, 0, now=NOW)
        window = ballot.window
        with pytest.raises(Refused, match="Seit der ersten Stimme stehen die Regeln fest"):
            update_ballot(scene.moderator, ballot, replace(ballot.settings, **change), window.opens_at, window.closes_at, now=NOW)


def test_before_the_first_vote_every_rule_can_change(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        ballot = made(scene)
        update_ballot(scene.moderator, ballot, BallotSettings(Method.POINTS, 10, 4), NOW, NOW + 5 * DAY, now=NOW)
        assert (ballot.method, ballot.votes_each, ballot.points_max) == ("points", 10, 4)
        assert ballot.window.closes_at == NOW + 5 * DAY


def test_a_later_close_is_noted_with_its_reason_and_an_earlier_one_refused(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        ballot = made(scene)
        cast_vote(scene.person, scene.ideas[0].id, 1, now=NOW)
        same = ballot.settings
        with pytest.raises(Invalid):
            update_ballot(scene.moderator, ballot, same, ballot.window.opens_at, NOW + 2 * DAY, now=NOW)
        with pytest.raises(Refused):
            update_ballot(
                scene.moderator,
                ballot,
                same,
                ballot.window.opens_at,
                NOW + DAY / 2,
                reason="Wir brauchen das Ergebnis eher.",
                now=NOW,
            )
        reason = "Der Server war am Sonntag nicht erreichbar."
        update_ballot(scene.moderator, ballot, same, ballot.window.opens_at, NOW + 2 * DAY, reason=reason, now=NOW)
        note = db.session.scalars(select(RuleNote)).one()
        assert (note.reason, note.closes_after) == (reason, NOW + 2 * DAY)


def test_an_open_list_admits_new_ideas_and_a_closed_one_does_not(app: Flask, scene: SimpleNamespace) -> None:
    for closed, count in ((False, 1), (True, 0)):
        with inside(app):
            round_ = make_round(scene.moderator)
            idea = make_idea(round_, make_account(), status="submitted")
            ballot = create_ballot(
                scene.moderator, round_or_404(None, round_.slug), BallotSettings(closed_list=closed), NOW - DAY, NOW + DAY, now=NOW
            )
            publish_idea(scene.moderator, idea_or_404(scene.moderator, idea.id), now=NOW)
            assert len(options(ballot)) == count


def test_a_closed_list_of_the_shortlist_follows_it_until_the_opening(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        ballot = made(scene, BallotSettings(closed_list=True, shortlist_only=True), opens=DAY, closes=2 * DAY)
        assert options(ballot) == []
        idea = idea_or_404(scene.moderator, scene.ideas[0].id)
        shortlist_idea(scene.moderator, idea, now=NOW)
        assert options(ballot) == [idea.id]
        unlist_idea(scene.moderator, idea, now=NOW)
        assert options(ballot) == []
        shortlist_idea(scene.moderator, idea, now=NOW + DAY)
        assert options(ballot) == []


def test_closing_is_recorded_once_and_shows_hidden_counts(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        ballot = made(scene)
        cast_vote(scene.person, scene.ideas[0].id, 1, now=NOW)
        with pytest.raises(Refused):
            close_ballot(ballot, now=NOW)
        assert close_due(NOW) == 0
        assert close_due(NOW + DAY) == 1
        assert close_due(NOW + 2 * DAY) == 0
        db.session.expire_all()
        assert ballot.closed_at == NOW + DAY
        assert db.session.get_one(Idea, scene.ideas[0].id).votes == 1
        assert len(db.session.scalars(select(Activity).where(Activity.verb == "ballot.closed")).all()) == 1


def test_an_extension_after_the_close_is_refused(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        ballot = made(scene)
        close_due(NOW + DAY)
        with pytest.raises(Refused):
            update_ballot(
                scene.moderator,
                ballot,
                ballot.settings,
                ballot.window.opens_at,
                NOW + 9 * DAY,
                reason="Es waren zu wenige.",
                now=NOW + DAY,
            )


def test_when_the_next_ballot_begins_the_ideas_stop_repeating_the_last_count(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        made(scene, BallotSettings(hides_results=False))
        made(scene, BallotSettings(hides_results=False), opens=DAY, closes=2 * DAY)
        cast_vote(scene.person, scene.ideas[0].id, 1, now=NOW)
        assert db.session.scalar(select(Idea.votes).where(Idea.id == scene.ideas[0].id)) == 1
        close_due(NOW + DAY)
        assert open_due(NOW + DAY) == 1
        assert open_due(NOW + DAY) == 0
        assert db.session.scalar(select(Idea.votes).where(Idea.id == scene.ideas[0].id)) == 0


def test_sixty_days_after_the_close_no_vote_leads_back_to_a_person(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        ballot = made(scene)
        cast_vote(scene.person, scene.ideas[0].id, 1, now=NOW)
        close_due(NOW + DAY)
        assert [mine.ballot.id for mine in my_votes(scene.person, NOW + 2 * DAY)] == [ballot.id]
        assert destroy_keys(NOW + 60 * DAY) == 0
        assert destroy_keys(NOW + 61 * DAY) == 1
        assert ballot.sealed_key is None
        assert token_of(ballot, scene.person) is None
        assert my_votes(scene.person, NOW + 62 * DAY) == []
        assert len(db.session.scalars(select(Vote)).all()) == 1


def test_who_takes_back_the_consent_takes_back_open_votes_only(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        over = make_round(scene.moderator)
        old = make_idea(over)
        make_ballot(over, old, days=(-5.0, 1.0))
        cast_vote(scene.person, old.id, 1, now=NOW)
        close_due(NOW + 2 * DAY)
        made(scene, opens=-DAY, closes=9 * DAY)
        cast_vote(scene.person, scene.ideas[0].id, 1, now=NOW + 2 * DAY)
        record("account.opinion_withdrawn", scene.person, actor=scene.person, now=NOW + 2 * DAY)
        assert [v.idea_id for v in db.session.scalars(select(Vote))] == [old.id]
        assert db.session.scalar(select(Option.votes).where(Option.idea_id == scene.ideas[0].id)) == 0


def test_the_activity_of_a_vote_names_neither_person_nor_idea_nor_minute(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        ballot = made(scene)
        cast_vote(scene.person, scene.ideas[0].id, 1, now=NOW)
        row = db.session.scalars(select(Activity).where(Activity.verb == "ballot.voted")).one()
        assert (row.actor_id, row.subject_kind, row.subject_id, row.told) == (None, "ballot", ballot.id, {})
        assert (row.happened_at.minute, row.happened_at.second) == (0, 0)
        vote, part = db.session.scalars(select(Vote)).one(), db.session.scalars(select(Participation)).one()
        assert vote.voter_token == part.voter_token != str(scene.person.id)
        assert (vote.hour.minute, vote.hour.second) == (0, 0)


def test_a_running_ballot_is_known_to_those_who_merge(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        made(scene)
        ids = [scene.ideas[0].id]
        assert not in_open_ballot(ids, NOW - 2 * DAY)
        assert in_open_ballot(ids, NOW)
        close_due(NOW + DAY)
        assert not in_open_ballot(ids, NOW + DAY)


def test_the_database_itself_refuses_a_second_row_and_a_vote_for_no_option(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        ballot = made(scene)
        cast_vote(scene.person, scene.ideas[0].id, 1, now=NOW)
        token = token_of(ballot, scene.person)
    again = "INSERT INTO vote (ballot_id, voter_token, idea_id, points, hour) VALUES (:b, :t, :i, 1, '2026-01-01 00:00:00')"
    with app.app_context():
        for idea_id in (scene.ideas[0].id, 999):
            with pytest.raises(IntegrityError):
                db.session.execute(text(again), {"b": ballot.id, "t": token, "i": idea_id})
            db.session.rollback()
        assert ballot_or_404(None, ballot.id).id == ballot.id
