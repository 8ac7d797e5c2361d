from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import literal, select, text
from sqlalchemy.exc import IntegrityError

from ideation.accounts.models import Account
from ideation.activity.models import Activity
from ideation.challenges.models import Challenge
from ideation.core.db import db
from ideation.core.verdict import Invalid, Refused
from ideation.decisions.models import Decision
from ideation.ideas import actions
from ideation.ideas.models import Idea, IdeaAuthor, IdeaDecision, IdeaTerm, IdeaVersion, Term
from ideation.ideas.queries import whole
from ideation.ideas.rules import Content, Origin
from ideation.rounds.models import Round
from tests.cast import inside, make_account, make_challenge, make_idea, make_round

REASON = "Weil es dafür schon eine Lösung gibt."


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def cast(app: Flask) -> Any:
    class Cast:
        pass

    cast = Cast()
    with inside(app):
        cast.moderator, cast.author, cast.other = make_account("moderator"), make_account(), make_account()
        cast.round = make_round(cast.moderator, checks_ideas=True)
        cast.challenge = make_challenge(cast.round)
        cast.idea = make_idea(cast.round, cast.author, challenge=cast.challenge)
        cast.waiting = make_idea(cast.round, cast.author, challenge=cast.challenge, status="submitted")
    return cast


def loaded(idea: Idea) -> Idea:
    found = whole(idea.id, moderated=True)
    assert found is not None
    return found


def counted(challenge: Challenge) -> int:
    return int(db.session.scalar(select(Challenge.ideas).where(Challenge.id == challenge.id)) or 0)


def verbs() -> list[str]:
    return list(db.session.scalars(select(Activity.verb).order_by(Activity.id)))


def test_publishing_after_a_check_is_a_decision_a_version_and_a_count(app: Flask, cast: Any) -> None:
    with inside(app):
        idea = loaded(cast.waiting)
        actions.publish_idea(cast.moderator, idea, now=now())
        assert (idea.status, idea.version, counted(cast.challenge)) == ("published", 1, 2)
        assert db.session.scalars(select(Decision.kind)).all() == ["publish"]
        assert db.session.scalar(select(IdeaDecision.idea_id)) == idea.id
        assert verbs()[-1] == "idea.published"


@pytest.mark.parametrize(("what", "status"), [("return_idea", "returned"), ("reject_idea", "rejected")])
def test_a_refusal_carries_its_reason(app: Flask, cast: Any, what: str, status: str) -> None:
    with inside(app):
        with pytest.raises(Invalid):
            getattr(actions, what)(cast.moderator, loaded(cast.waiting), "nein", now=now())
        getattr(actions, what)(cast.moderator, loaded(cast.waiting), REASON, now=now())
        assert loaded(cast.waiting).status == status
        assert db.session.scalars(select(Activity.told).order_by(Activity.id.desc())).first()["reason"] == REASON


MOVES = ["publish_idea", "return_idea", "reject_idea", "shortlist_idea", "hide_idea", "restore_idea", "take_idea_to_lab"]


@pytest.mark.parametrize("what", MOVES)
def test_only_the_moderation_of_the_round_judges(app: Flask, cast: Any, what: str) -> None:
    with inside(app):
        elsewhere = make_account("moderator")
        for actor in (cast.author, cast.other, elsewhere):
            with pytest.raises(Refused):
                getattr(actions, what)(actor, loaded(cast.waiting), REASON, now=now())


def test_the_shortlist_and_back(app: Flask, cast: Any) -> None:
    with inside(app):
        idea = loaded(cast.idea)
        actions.shortlist_idea(cast.moderator, idea, now=now())
        assert (idea.status, counted(cast.challenge)) == ("shortlisted", 1)
        with pytest.raises(Refused):
            actions.shortlist_idea(cast.moderator, idea, now=now())
        actions.unlist_idea(cast.moderator, idea, now=now())
        assert idea.status == "published"
        with pytest.raises(Invalid):
            actions.unlist_idea(cast.moderator, idea, now=now())
        assert verbs()[-2:] == ["idea.shortlisted", "idea.unlisted"]


def test_a_merged_idea_leads_on_and_is_no_longer_counted(app: Flask, cast: Any) -> None:
    with inside(app):
        idea, into = loaded(cast.idea), loaded(make_idea(cast.round, cast.other))
        with pytest.raises(Refused):
            actions.merge_ideas(cast.moderator, idea, into, REASON, in_open_ballot=True, now=now())
        with pytest.raises(Refused):
            actions.merge_ideas(cast.moderator, idea, idea, REASON, in_open_ballot=False, now=now())
        actions.merge_ideas(cast.moderator, idea, into, REASON, in_open_ballot=False, now=now())
        assert (idea.status, idea.merged_into_id, counted(cast.challenge)) == ("merged", into.id, 0)


def test_hiding_twice_is_one_decision_and_restoring_brings_the_count_back(app: Flask, cast: Any) -> None:
    with inside(app):
        idea = loaded(cast.idea)
        actions.hide_idea(cast.moderator, idea, REASON, now=now())
        actions.hide_idea(cast.moderator, idea, REASON, now=now())
        assert (idea.visibility, counted(cast.challenge)) == ("hidden", 0)
        assert len(db.session.scalars(select(Decision)).all()) == 1
        actions.restore_idea(cast.moderator, idea, now=now())
        assert (idea.visibility, counted(cast.challenge)) == ("shown", 1)


def test_from_selection_to_lab_and_from_refusal_to_the_next_ballot(app: Flask, cast: Any) -> None:
    with inside(app):
        lost = loaded(make_idea(cast.round, cast.other))
        actions.mark_selected(cast.moderator, loaded(cast.idea), True, "", now=now())
        actions.take_idea_to_lab(cast.moderator, loaded(cast.idea), now=now())
        actions.mark_selected(cast.moderator, lost, False, "Zu teuer für dieses Jahr.", now=now())
        actions.reopen_idea(cast.moderator, lost, now=now())
        assert (loaded(cast.idea).status, lost.status) == ("in_lab", "published")
        assert verbs()[-4:] == ["idea.selected", "idea.in_lab", "idea.not_selected", "idea.reopened"]


@pytest.mark.parametrize("change", ["status = 'selected'", "visibility = 'hidden'", "status = 'merged'"])
def test_the_database_refuses_a_moderated_state_without_a_decision(app: Flask, cast: Any, change: str) -> None:
    with app.app_context(), pytest.raises(IntegrityError):
        db.session.execute(text(f"UPDATE idea SET {change} WHERE id = {cast.idea.id}"))


def test_a_frozen_text_stays_until_the_close(app: Flask, cast: Any) -> None:
    start = now()
    with inside(app):
        actions.freeze_text([cast.idea.id], start, start + timedelta(hours=1))
        words = Content("Anders", "Ganz anders")
        with pytest.raises(Refused) as refusal:
            actions.update_idea(cast.author, loaded(cast.idea), words, now=start)
        assert "abgestimmt" in repr(refusal.value)
        actions.update_idea(cast.author, loaded(cast.idea), words, now=start + timedelta(hours=1))
        assert db.session.scalars(select(IdeaVersion.number)).all() == [1, 2]


def test_saving_the_same_words_again_makes_no_version(app: Flask, cast: Any) -> None:
    with inside(app):
        idea = loaded(cast.idea)
        actions.update_idea(cast.author, idea, Content(idea.title, idea.body), now=now())
        assert idea.version == 1


def test_a_team_is_needed_before_a_team_round_takes_the_idea(app: Flask) -> None:
    with inside(app):
        author, second = make_account(), make_account()
        round_ = make_round(free_ideas=True, team_min=2, team_max=3)
        draft = actions.save_draft(author, round_, None, Content("Titel", "Text"), now=now())
        with pytest.raises(Refused) as refusal:
            actions.submit_idea(author, draft, now=now())
        assert "fehlt" in repr(refusal.value)
        db.session.add(IdeaAuthor(idea_id=draft.id, account_id=second.id))
        db.session.flush()
        db.session.refresh(draft, ["authors"])
        actions.submit_idea(author, draft, now=now())
        assert draft.status == "published"


def test_an_import_tells_nobody_and_a_second_run_changes_nothing(app: Flask, cast: Any) -> None:
    with inside(app):
        before = len(verbs())
        origin = Origin("stuttgart", "7", date(2023, 5, 1), "month")
        words = Content("", "Mehr Bänke in der Stadt, damit man sich beim Weg zum Markt ausruhen kann, wenn man müde ist.")
        made = actions.import_idea(cast.moderator, cast.round, words, origin, authors=["aus der Veranstaltung"], now=now())
        again = actions.import_idea(cast.moderator, cast.round, Content("Anders", ""), origin, now=now())
        assert (made.id, made.title, made.status) == (again.id, words.body[:80].strip(), "published")
        assert (made.dated_to, made.entered_by_id, len(verbs())) == ("month", cast.moderator.id, before)
        with pytest.raises(Refused):
            actions.import_idea(cast.author, cast.round, words, Origin("stuttgart", "8"), now=now())
        with pytest.raises(Invalid):
            actions.import_idea(cast.moderator, cast.round, Content("", ""), Origin("stuttgart", "9"), now=now())


def test_the_dictionary_follows_the_text(app: Flask, cast: Any) -> None:
    def terms(idea: Idea) -> dict[str, int]:
        rows = db.session.execute(select(Term.stem, IdeaTerm.weight).join(IdeaTerm).where(IdeaTerm.idea_id == idea.id))
        return {row.stem: row.weight for row in rows}

    with inside(app):
        actions.update_idea(cast.author, loaded(cast.idea), Content("Bäume", "Bäume und Straßen"), now=now())
        assert terms(cast.idea) == {"baum": 5, "strass": 1}
        actions.update_idea(cast.author, loaded(cast.idea), Content("Wege", "Straßen"), now=now())
        assert terms(cast.idea) == {"weg": 4, "strass": 1}


def test_counts_come_from_the_nouns_above(app: Flask, cast: Any) -> None:
    first = now()
    with inside(app):
        actions.count_comments(cast.idea.id, 1)
        actions.note_votes(cast.idea.id, None, now=first)
        actions.note_votes(cast.idea.id, 3, now=first + timedelta(hours=1))
    with app.app_context():
        idea = db.session.get_one(Idea, cast.idea.id)
        assert (idea.comments, idea.votes, idea.first_vote_at) == (1, 3, first)
        actions.show_votes(select(literal(idea.id).label("idea_id"), literal(0).label("points")).subquery())
        assert db.session.scalar(select(Idea.votes).where(Idea.id == idea.id)) == 0


def test_one_form_saved_many_times_at_once_makes_one_draft(app: Flask, cast: Any) -> None:
    def save(n: int) -> int:
        with app.app_context():
            actor, round_ = db.session.get_one(Account, cast.other.id), db.session.get_one(Round, cast.round.id)
            idea = actions.keep_draft(actor, round_, None, Content("Parallel", str(n)), form="ein-formular", now=now())
            db.session.commit()
            return idea.id

    with ThreadPoolExecutor(8) as pool:
        saved = set(pool.map(save, range(24)))
    assert len(saved) == 1
    with app.app_context():
        assert len(db.session.scalars(select(IdeaAuthor).where(IdeaAuthor.account_id == cast.other.id)).all()) == 1


def test_the_same_form_of_somebody_else_is_another_draft(app: Flask, cast: Any) -> None:
    with inside(app):
        both = {
            actions.keep_draft(actor, cast.round, None, Content("T", ""), form="x", now=now()).id
            for actor in (cast.author, cast.other)
        }
        assert len(both) == 2
