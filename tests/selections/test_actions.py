"""Counting, certifying, deciding ties, differing with a second person."""

import threading
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from ideation.activity.models import Activity
from ideation.ballots.models import Ballot, Option
from ideation.ballots.queries import ballot_or_404
from ideation.core.db import db
from ideation.core.verdict import Invalid, Refused
from ideation.decisions.models import Decision
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.rounds.models import RoundModerator
from ideation.rounds.queries import round_or_404
from ideation.selections.actions import (
    break_tie,
    certify,
    confirm_selection,
    name_winners,
    propose_selection,
    withdraw_proposal,
)
from ideation.selections.models import Selection, TieDecision
from ideation.selections.queries import result_of, selection_of_round, selection_or_404
from ideation.selections.rules import digest
from tests.cast import PAST, inside, make_account, make_ballot, make_idea, make_round, make_votes, put

NOW = datetime.now(UTC)
REASON = "Diese Idee ist schon anderswo beschlossen."


def scene(app: Flask, *votes: int, days: Any = PAST, **settings: Any) -> SimpleNamespace:
    """A closed ballot; `votes` for each idea. Two moderators, and one of another round."""
    with inside(app):
        first, second, other = (make_account("moderator") for _ in range(3))
        round_ = make_round(first)
        put(RoundModerator(round_id=round_.id, account_id=second.id))
        ideas = [make_idea(round_, make_account(), title=f"Idee {n}") for n, _ in enumerate(votes, 1)]
        ballot = make_ballot(round_, *ideas, days=days, **settings)
        make_votes(ballot, dict(zip(ideas, votes, strict=True)))
    return SimpleNamespace(
        first=first, second=second, other=other, round=round_, ballot=ballot.id, ideas=[idea.id for idea in ideas]
    )


def ballot_of(here: SimpleNamespace) -> Ballot:
    return ballot_or_404(here.first, here.ballot)


def statuses(app: Flask, here: SimpleNamespace) -> list[str]:
    with app.app_context():
        return [db.session.get_one(Idea, idea).status for idea in here.ideas]


def refusal(caught: pytest.ExceptionInfo[Refused]) -> str:
    return str(caught.value.verdict.reason)


def test_certifying_closes_counts_and_marks(app: Flask) -> None:
    here = scene(app, 3, 5, 1, seats=2)
    with inside(app):
        selection = certify(here.first, ballot_of(here), now=NOW)
        assert (selection.status, selection.differs, selection.certified_by_id) == ("certified", False, here.first.id)
        assert selection.digest == digest(selection.snapshot)
        assert [(row["title"], row["place"], row["points"], row["selected"]) for row in selection.snapshot["rows"]] == [
            ("Idee 2", 1, 5, True),
            ("Idee 1", 2, 3, True),
            ("Idee 3", 3, 1, False),
        ]
        assert ballot_of(here).closed_at == NOW
    assert statuses(app, here) == ["selected", "selected", "not_selected"]
    with app.app_context():
        told = db.session.scalars(select(Activity.verb).where(Activity.verb.like("%select%"))).all()
        assert sorted(told) == ["idea.not_selected", "idea.selected", "idea.selected", "selection.certified"]
        found = selection_of_round(here.round.id)
        assert found is not None and found.digest == digest(found.snapshot)


def test_nothing_is_certified_while_people_vote(app: Flask) -> None:
    here = scene(app, 3, 1, days=(-1, 1))
    with app.app_context(), pytest.raises(Refused) as caught:
        certify(here.first, ballot_of(here), now=NOW)
    assert "läuft noch bis" in repr(caught.value.verdict.reason)


@pytest.mark.parametrize("who", ["other", "participant"])
def test_only_moderators_of_the_round_certify(app: Flask, who: str) -> None:
    here = scene(app, 3, 1)
    with inside(app):
        here.participant = make_account()
    with app.app_context():
        for act in (
            lambda actor: certify(actor, ballot_of(here), now=NOW),
            lambda actor: break_tie(actor, ballot_of(here), here.ideas[:1], REASON, now=NOW),
            lambda actor: propose_selection(actor, ballot_of(here), here.ideas[1:], REASON, now=NOW),
            lambda actor: name_winners(actor, round_or_404(here.first, here.round.slug), here.ideas, REASON, now=NOW),
        ):
            with pytest.raises(Refused):
                act(getattr(here, who))
    assert statuses(app, here) == ["published", "published"]


def test_certifying_twice_changes_nothing(app: Flask) -> None:
    here = scene(app, 3, 1)
    with inside(app):
        first = certify(here.first, ballot_of(here), now=NOW).id
    with inside(app):
        again = certify(here.second, ballot_of(here), now=NOW)
        assert (again.id, again.certified_by_id) == (first, here.first.id)
        assert db.session.scalar(select(func.count()).select_from(Decision)) == 2


def test_what_was_seen_must_be_what_is_certified(app: Flask) -> None:
    here = scene(app, 3, 1)
    with app.app_context(), pytest.raises(Invalid):
        certify(here.first, ballot_of(here), seen=here.ideas[1:], now=NOW)


def test_the_minimum_leaves_places_free(app: Flask) -> None:
    here = scene(app, 4, 3, seats=2, minimum=4)
    with inside(app):
        certify(here.first, ballot_of(here), now=NOW)
    assert statuses(app, here) == ["selected", "not_selected"]


@pytest.mark.parametrize("how", [{"visibility": "hidden"}, {"status": "withdrawn"}, {"status": "merged"}])
def test_a_winner_that_is_gone_takes_no_place(app: Flask, how: dict[str, str]) -> None:
    here = scene(app, 9, 4, 2)
    with inside(app):
        decision = put(Decision(kind="merge", reason=REASON, office="Moderation", decided_at=NOW))
        values = {**how, "status_decision_id": decision.id, "visibility_decision_id": decision.id}
        db.session.execute(update(Idea).where(Idea.id == here.ideas[0]).values(**values))
    with inside(app):
        snapshot = certify(here.first, ballot_of(here), now=NOW).snapshot
        assert [(row["points"], row["eligible"], row["selected"]) for row in snapshot["rows"]] == [
            (9, False, False),
            (4, True, True),
            (2, True, False),
        ]
    assert statuses(app, here)[1:] == ["selected", "not_selected"]


def test_a_tie_is_decided_first_by_a_recorded_act(app: Flask) -> None:
    here = scene(app, 5, 2, 2, 2, seats=2)
    with app.app_context(), pytest.raises(Refused) as caught:
        certify(here.first, ballot_of(here), now=NOW)
    assert "Gleichstand" in repr(caught.value.verdict.reason)
    with app.app_context():
        for chosen, reason in ((here.ideas[2:], REASON), ([here.ideas[0]], REASON), ([here.ideas[2]], "kurz"), ([], REASON)):
            with pytest.raises(Invalid):
                break_tie(here.first, ballot_of(here), chosen, reason, now=NOW)
            db.session.rollback()
    with inside(app):
        tie = break_tie(here.first, ballot_of(here), [here.ideas[2]], REASON, now=NOW)
        assert (tie.decision.kind, tie.decision.reason, tie.decision.actor_id) == ("break_tie", REASON, here.first.id)
    with app.app_context(), pytest.raises(Refused):
        break_tie(here.second, ballot_of(here), [here.ideas[3]], REASON, now=NOW)
    with inside(app):
        snapshot = certify(here.second, ballot_of(here), now=NOW).snapshot
        told = {"ideas": here.ideas[1:], "places": 1, "chosen": [here.ideas[2]], "reason": REASON, "by_lot": False}
        assert snapshot["tie"] == told
    assert statuses(app, here) == ["selected", "not_selected", "selected", "not_selected"]


def test_a_tie_decision_does_not_outlive_its_tie(app: Flask) -> None:
    here = scene(app, 5, 2, 2, 2, seats=2)
    with inside(app):
        break_tie(here.first, ballot_of(here), [here.ideas[2]], REASON, now=NOW)
    with inside(app):
        db.session.execute(update(Idea).where(Idea.id == here.ideas[2]).values(status="withdrawn"))
    with app.app_context():
        result = result_of(ballot_of(here), NOW)
        assert result.open_tie == (here.ideas[1], here.ideas[3])
        with pytest.raises(Refused):
            certify(here.first, ballot_of(here), now=NOW)
    with inside(app):
        break_tie(here.first, ballot_of(here), [here.ideas[3]], REASON, now=NOW)
        certify(here.first, ballot_of(here), now=NOW)
        assert db.session.get_one(TieDecision, here.ballot).ideas == [here.ideas[3]]
    assert statuses(app, here) == ["selected", "not_selected", "withdrawn", "selected"]


@pytest.mark.parametrize("counter", [{"points": 4, "votes": 4}, {"votes": 2}])
def test_a_recount_that_differs_blocks_and_names_the_row(app: Flask, counter: dict[str, int]) -> None:
    here = scene(app, 3, 1)
    with inside(app):
        db.session.execute(update(Option).where(Option.idea_id == here.ideas[0]).values(**counter))
    with app.test_request_context(), pytest.raises(Refused) as caught:
        certify(here.first, ballot_of(here), now=NOW)
    with app.test_request_context():
        assert "„Idee 1“: Das Stimmenverzeichnis ergibt 3 Stimmen" in refusal(caught)
        db.session.rollback()
    with app.test_request_context(), pytest.raises(Refused):
        propose_selection(here.first, ballot_of(here), here.ideas[1:], REASON, now=NOW)
    assert statuses(app, here) == ["published", "published"]


def test_a_different_choice_needs_a_reason_and_a_second_person(app: Flask) -> None:
    here = scene(app, 3, 1)
    with app.app_context():
        for chosen, reason in ((here.ideas[1:], " "), (here.ideas[:1], REASON), ([], REASON), ([999], REASON)):
            with pytest.raises(Invalid):
                propose_selection(here.first, ballot_of(here), chosen, reason, now=NOW)
            db.session.rollback()
    with inside(app):
        proposed = propose_selection(here.first, ballot_of(here), here.ideas[1:], REASON, now=NOW).id
    assert statuses(app, here) == ["published", "published"]
    with app.app_context():
        for act in (
            lambda: confirm_selection(here.first, selection_or_404(here.first, proposed), now=NOW),
            lambda: confirm_selection(here.other, selection_or_404(here.other, proposed), now=NOW),
            lambda: certify(here.second, ballot_of(here), now=NOW),
        ):
            with pytest.raises(Refused):
                act()
            db.session.rollback()
    with inside(app):
        sealed = confirm_selection(here.second, selection_or_404(here.second, proposed), now=NOW)
        assert (sealed.status, sealed.proposed_by_id, sealed.certified_by_id) == ("certified", here.first.id, here.second.id)
        assert sealed.snapshot["reason"] == REASON and sealed.snapshot["computed"] == here.ideas[:1]
        reasons = db.session.scalars(select(Decision.reason).where(Decision.kind.in_(["select", "not_select"]))).all()
        assert set(reasons) == {REASON}
    assert statuses(app, here) == ["not_selected", "selected"]
    with inside(app):
        confirm_selection(here.second, selection_or_404(here.second, proposed), now=NOW)
        with pytest.raises(Refused):
            withdraw_proposal(here.first, selection_or_404(here.first, proposed), now=NOW)


def test_a_withdrawn_proposal_leaves_the_list_as_computed(app: Flask) -> None:
    here = scene(app, 3, 1)
    with inside(app):
        proposed = propose_selection(here.first, ballot_of(here), here.ideas[1:], REASON, now=NOW).id
    with inside(app):
        withdraw_proposal(here.second, selection_or_404(here.second, proposed), now=NOW)
    with inside(app):
        certify(here.first, ballot_of(here), now=NOW)
    assert statuses(app, here) == ["selected", "not_selected"]


def test_a_proposed_idea_that_is_gone_cannot_be_certified(app: Flask) -> None:
    here = scene(app, 3, 1)
    with inside(app):
        proposed = propose_selection(here.first, ballot_of(here), here.ideas[1:], REASON, now=NOW).id
    with inside(app):
        db.session.execute(update(Idea).where(Idea.id == here.ideas[1]).values(status="withdrawn"))
    with app.app_context(), pytest.raises(Refused):
        confirm_selection(here.second, selection_or_404(here.second, proposed), now=NOW)


def test_the_database_refuses_the_same_person_twice(app: Flask) -> None:
    here = scene(app, 3, 1)
    with inside(app):
        proposed = propose_selection(here.first, ballot_of(here), here.ideas[1:], REASON, now=NOW).id
    with app.app_context():
        values = {"status": "certified", "certified_at": NOW, "digest": "x", "certified_by_id": here.first.id}
        with pytest.raises(IntegrityError):
            db.session.execute(update(Selection).where(Selection.id == proposed).values(**values))
        db.session.rollback()


@pytest.mark.parametrize(
    "statement", ["UPDATE selection SET reason = 'x'", "UPDATE selection SET status = 'proposed'", "DELETE FROM selection"]
)
def test_the_database_keeps_a_certified_result(app: Flask, statement: str) -> None:
    here = scene(app, 3, 1)
    with inside(app):
        certify(here.first, ballot_of(here), now=NOW)
    with app.app_context():
        with pytest.raises(IntegrityError):
            db.session.execute(text(statement))
        db.session.rollback()


def test_later_edits_do_not_change_a_certified_result(app: Flask) -> None:
    here = scene(app, 3, 1)
    with inside(app):
        certify(here.first, ballot_of(here), now=NOW)
    with inside(app):
        db.session.execute(update(Idea).values(title="Ganz anders"))
        db.session.execute(update(Option).values(votes=99, points=99))
    with app.app_context():
        rows = result_of(ballot_of(here), NOW).rows
        assert [(row.title, row.points) for row in rows] == [("Idee 1", 3), ("Idee 2", 1)]


def test_two_moderators_certify_at_once_and_there_is_one_result(app: Flask) -> None:
    here = scene(app, 4, 3, 2, seats=2)
    gate, ends = threading.Barrier(2), []

    def go(actor: Any) -> None:
        with app.app_context():
            gate.wait()
            ends.append(certify(actor, ballot_of(here), now=NOW).id)
            db.session.commit()

    threads = [threading.Thread(target=go, args=(who,)) for who in (here.first, here.second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(ends) == 2 and len(set(ends)) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Selection)) == 1
        assert db.session.scalar(select(func.count()).select_from(Decision)) == 3
    assert statuses(app, here) == ["selected", "selected", "not_selected"]


def test_points_decide_where_people_give_points(app: Flask) -> None:
    with inside(app):
        moderator = make_account("moderator")
        round_ = make_round(moderator)
        many, strong = make_idea(round_), make_idea(round_)
        ballot = make_ballot(round_, many, strong, days=PAST, method="points", votes_each=5, points_max=5)
        make_votes(ballot, {many: 3})
        make_votes(ballot, {strong: 1}, points=5)
    with inside(app):
        rows = certify(moderator, ballot_or_404(moderator, ballot.id), now=NOW).snapshot["rows"]
        assert [(row["idea"], row["votes"], row["points"]) for row in rows] == [(strong.id, 1, 5), (many.id, 3, 3)]


def test_organisers_name_ideas_where_there_is_no_vote(app: Flask) -> None:
    with inside(app):
        moderator = make_account("moderator")
        round_ = make_round(moderator)
        ideas = [make_idea(round_) for _ in range(3)]
        foreign = make_idea(make_round())
    with app.app_context():
        found = round_or_404(moderator, round_.slug)
        for chosen, reason in (([ideas[0].id], "kurz"), ([], REASON), ([foreign.id], REASON)):
            with pytest.raises(Invalid):
                name_winners(moderator, found, chosen, reason, now=NOW)
            db.session.rollback()
    with inside(app):
        made = name_winners(moderator, round_or_404(moderator, round_.slug), [ideas[0].id, ideas[2].id], REASON, now=NOW)
        assert (made.ballot_id, made.status, made.reason) == (None, "certified", REASON)
    with inside(app), pytest.raises(Invalid):
        name_winners(moderator, round_or_404(moderator, round_.slug), [ideas[0].id], REASON, now=NOW)
    with app.app_context():
        assert [db.session.get_one(Idea, idea.id).status for idea in ideas] == ["selected", "published", "selected"]


def test_nobody_names_ideas_past_a_vote(app: Flask) -> None:
    here = scene(app, 3, 1)
    with app.app_context(), pytest.raises(Refused):
        name_winners(here.first, round_or_404(here.first, here.round.slug), here.ideas, REASON, now=NOW)


def test_nobody_chooses_an_own_idea(app: Flask) -> None:
    here = scene(app, 2, 2, 1)
    with inside(app):
        put(IdeaAuthor(idea_id=here.ideas[0], account_id=here.first.id))
        free = make_round(here.first)
        own = make_idea(free, here.first)
    with app.app_context():
        for act in (
            lambda: break_tie(here.first, ballot_of(here), here.ideas[1:2], REASON, now=NOW),
            lambda: name_winners(here.first, round_or_404(here.first, free.slug), [own.id], REASON, now=NOW),
        ):
            with pytest.raises(Refused):
                act()
            db.session.rollback()
    with inside(app):
        break_tie(here.second, ballot_of(here), here.ideas[:1], REASON, now=NOW)
        certify(here.first, ballot_of(here), now=NOW)
