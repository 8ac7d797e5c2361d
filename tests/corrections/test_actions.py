"""Votes declared invalid and valid again: two people, a public reason, nothing deleted, every number agrees."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from ideation.activity.actions import record
from ideation.ballots.actions import close_ballot, close_due, open_due
from ideation.ballots.models import Ballot, Option
from ideation.core.db import db
from ideation.core.verdict import Invalid, Refused
from ideation.corrections.actions import confirm_correction, propose_correction, withdraw_correction
from ideation.corrections.models import Correction
from ideation.corrections.queries import casts_in, casts_of, correction_or_404, told, waiting_for_second
from ideation.corrections.rules import Act, Span
from ideation.decisions.models import Decision
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.ledger.actions import seal
from ideation.ledger.models import Entry
from ideation.ledger.queries import counted
from ideation.ledger.rules import receipt_code
from ideation.recounts.queries import find_differences
from ideation.votes.actions import cast_vote
from ideation.votes.models import Vote
from tests.cast import inside, make_account, make_ballot, make_selection, put
from tests.corrections.scene import NOW, REASON, after, ballot_of, casts, confirmed, counts, proposed, scene, voided


def test_two_people_void_votes_and_nothing_is_deleted(app: Flask) -> None:
    here = scene(app, 3, 1)
    correction = voided(app, here, 2)
    assert counts(app, here) == [(1, 1), (1, 1)]
    with app.app_context():
        acts = dict(db.session.execute(select(Entry.action, func.count()).group_by(Entry.action)).all())
        assert (acts["cast"], acts["void"]) == (4, 2)
        entries = db.session.scalars(select(Entry).where(Entry.action == "void")).all()
        assert {entry.ref for entry in entries} <= set(db.session.scalars(select(Entry.commit_hash).where(Entry.action == "cast")))
        assert {(e.option, e.points) for e in entries} == {(here.ideas[0], 1)}
        assert entries[0].body == {"correction": correction, "category": "automated"}
        decision = db.session.scalars(select(Decision).where(Decision.kind == "void")).one()
        assert (decision.reason, decision.actor_id) == (REASON, here.second.id)
        said = told(here.ballot)
        assert (said.void, [c.votes for c in said.corrections]) == (2, [2])
        # By the sealed entries: cast − withdraw − void + reinstate.
        seal(here.ballot)
        assert counted(here.ballot).of(here.ideas[0]) == (1, 1)


def test_reinstating_restores_what_was_there(app: Flask) -> None:
    here = scene(app, 3, 1, method="points", votes_each=5, points_max=3, points=3)
    voided(app, here, 2)
    assert counts(app, here) == [(3, 3), (3, 3)]
    assert confirmed(app, here, proposed(app, here, 2, act="reinstate")) == 2
    assert counts(app, here) == [(9, 9), (3, 3)]
    with app.app_context():
        assert told(here.ballot).void == 0
        assert db.session.scalar(select(func.count()).where(Vote.void.is_(True))) == 0
    cast(app, here, 0, 1)
    assert counts(app, here) == [(7, 7), (3, 3)]


def cast(app: Flask, here: object, person: int, wanted: int, idea: int = 0) -> None:
    with inside(app):
        cast_vote(here.people[0][person], here.ideas[idea], wanted, now=NOW)  # type: ignore[attr-defined]


def test_nobody_confirms_what_they_proposed(app: Flask) -> None:
    here = scene(app, 2)
    correction = proposed(app, here, 1)
    with app.app_context(), pytest.raises(Refused):
        confirm_correction(here.first, correction_or_404(here.first, correction), now=NOW)
    with app.app_context():
        decision = Decision(kind="void", reason=REASON, actor_id=here.first.id, office="Moderation", decided_at=NOW)
        put(decision)
        values = {"status": "confirmed", "confirmed_by_id": here.first.id, "decision_id": decision.id}
        with pytest.raises(IntegrityError):
            db.session.execute(update(Correction).where(Correction.id == correction).values(**values))
    assert counts(app, here) == [(2, 2)]


def test_a_reason_a_category_and_votes_are_needed(app: Flask) -> None:
    here = scene(app, 2)
    with app.app_context():
        votes = casts(here)
        for act, category, reason, chosen, field in (
            ("void", "automated", " ", votes, "reason"),
            ("void", "automated", "x" * 2001, votes, "reason"),
            ("void", "nonsense", REASON, votes, "category"),
            ("reinstate", "automated", REASON, votes, "category"),
            ("delete", "automated", REASON, votes, "act"),
            ("void", "automated", REASON, [], "votes"),
            ("void", "automated", REASON, range(1, 5_002), "votes"),
            ("void", "automated", REASON, [*votes, 999_999], "votes"),
            ("reinstate", "error", REASON, votes, "votes"),
        ):
            with pytest.raises(Invalid) as caught:
                propose_correction(here.first, ballot_of(here), act, category, reason, chosen, now=NOW)
            assert list(caught.value.faults) == [field]
            db.session.rollback()
        with pytest.raises(IntegrityError):
            db.session.execute(
                text(
                    "INSERT INTO correction (ballot_id, act, category, reason, status, proposed_at, votes)"
                    f" VALUES ({here.ballot}, 'void', 'error', '  ', 'proposed', '2026-11-01', 0)"
                )
            )


def test_other_moderators_and_authors_of_an_affected_idea_confirm_nothing(app: Flask) -> None:
    here = scene(app, 2, 1)
    correction = proposed(app, here, 1)
    with inside(app):
        put(IdeaAuthor(idea_id=here.ideas[0], account_id=here.second.id, leads=False))
    with app.app_context():
        for person in (here.second, here.other, here.people[0][0]):
            with pytest.raises(Refused):
                confirm_correction(person, correction_or_404(person, correction), now=NOW)
            db.session.rollback()
        with pytest.raises(Refused):
            propose_correction(here.other, ballot_of(here), "void", "automated", REASON, casts(here), now=NOW)
        with pytest.raises(Refused):
            withdraw_correction(here.other, correction_or_404(here.first, correction), now=NOW)
    assert counts(app, here) == [(2, 2), (1, 1)]


def test_confirming_twice_is_once(app: Flask) -> None:
    here = scene(app, 3)
    correction = voided(app, here, 2)
    assert confirmed(app, here, correction) == 2
    assert counts(app, here) == [(1, 1)]
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Entry.action == "void")) == 2


def test_two_who_confirm_at_once_carry_it_out_once(app: Flask) -> None:
    here = scene(app, 3)
    correction = proposed(app, here, 2)
    with inside(app):
        third = make_account("admin")
    start, ended = threading.Barrier(2), []

    def confirm(person: object) -> None:
        with app.app_context():
            start.wait()
            confirm_correction(person, correction_or_404(person, correction), now=NOW)  # type: ignore[arg-type]
            db.session.commit()
            ended.append(person)

    threads = [threading.Thread(target=confirm, args=(person,)) for person in (here.second, third)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(ended) == 2
    assert counts(app, here) == [(1, 1)]
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Entry.action == "void")) == 2


def test_votes_withdrawn_meanwhile_are_passed_over(app: Flask) -> None:
    here = scene(app, 3)
    correction = proposed(app, here, 2)
    cast(app, here, 0, 0)
    assert confirmed(app, here, correction) == 1
    assert counts(app, here) == [(1, 1)]
    again = proposed_of_last(app, here)
    cast(app, here, 2, 0)
    with app.app_context(), pytest.raises(Refused):
        confirm_correction(here.second, correction_or_404(here.second, again), now=NOW)
    assert counts(app, here) == [(0, 0)]


def proposed_of_last(app: Flask, here: object) -> int:
    with inside(app):
        votes = casts(here)[2:]  # type: ignore[arg-type]
        return propose_correction(here.first, ballot_of(here), "void", "accounts", REASON, votes, now=NOW).id  # type: ignore


def test_a_withdrawn_proposal_is_not_carried_out_and_a_confirmed_one_not_withdrawn(app: Flask) -> None:
    here = scene(app, 3)
    correction = proposed(app, here, 2)
    with inside(app):
        withdraw_correction(here.second, correction_or_404(here.second, correction), now=NOW)
    with app.app_context(), pytest.raises(Refused):
        confirm_correction(here.second, correction_or_404(here.second, correction), now=NOW)
    done = voided(app, here, 1)
    with app.app_context(), pytest.raises(Refused):
        withdraw_correction(here.first, correction_or_404(here.first, done), now=NOW)
    assert counts(app, here) == [(2, 2)]


def test_after_certifying_nothing_is_corrected_any_more(app: Flask) -> None:
    here = scene(app, 3)
    correction = proposed(app, here, 2)
    with app.app_context():
        assert [row.id for row in waiting_for_second(here.second)] == [correction]
        assert not waiting_for_second(here.first) and not waiting_for_second(here.other)
    with inside(app):
        make_selection(db.session.get_one(Ballot, here.ballot))
    with app.app_context():
        assert not waiting_for_second(here.second)
        for act in (
            lambda: confirm_correction(here.second, correction_or_404(here.second, correction), now=NOW),
            lambda: propose_correction(here.first, ballot_of(here), "void", "automated", REASON, casts(here), now=NOW),
        ):
            with pytest.raises(Refused) as caught:
                act()
            assert "festgestellt" in caught.value.verdict.reason.text  # type: ignore[union-attr]
            db.session.rollback()
    with inside(app):
        withdraw_correction(here.first, correction_or_404(here.first, correction), now=NOW)


def test_a_void_vote_cannot_be_changed_or_given_anew(app: Flask) -> None:
    here = scene(app, 2, 1, votes_each=1)
    voided(app, here, 1)
    with app.app_context():
        for idea, wanted in ((0, 0), (1, 1)):
            with pytest.raises(Refused):
                cast_vote(here.people[0][0], here.ideas[idea], wanted, now=NOW)
            db.session.rollback()
    assert counts(app, here) == [(1, 1), (1, 1)]
    confirmed(app, here, proposed(app, here, 1, act="reinstate"))
    cast(app, here, 0, 0)
    cast(app, here, 0, 1, idea=1)
    assert counts(app, here) == [(1, 1), (2, 2)]


def test_taking_back_the_consent_leaves_a_void_vote_as_it_is(app: Flask) -> None:
    here = scene(app, 2, 0)
    cast(app, here, 0, 1, idea=1)
    voided(app, here, 1)
    with inside(app):
        person = db.session.merge(here.people[0][0])
        record("account.opinion_withdrawn", person, actor=person, now=NOW)
    assert counts(app, here) == [(1, 1), (0, 0)]
    with app.app_context():
        assert db.session.scalars(select(Vote.void).order_by(Vote.void)).all() == [False, True]


def test_after_the_close_the_count_changes_with_the_votes(app: Flask) -> None:
    here = scene(app, 3, 2, hides_results=True)
    with inside(app):
        close_ballot(ballot_of(here), now=after(here))
    assert counts(app, here) == [(3, 3), (2, 2)]
    voided(app, here, 2)
    assert counts(app, here) == [(1, 1), (2, 2)]


def test_while_results_are_hidden_the_idea_tells_nothing(app: Flask) -> None:
    here = scene(app, 3, hides_results=True)
    voided(app, here, 2)
    assert counts(app, here) == [(1, 0)]


def test_an_earlier_ballot_does_not_change_what_the_ideas_show(app: Flask) -> None:
    here = scene(app, 3)
    with inside(app):
        moment = after(here) + timedelta(hours=1)
        idea = db.session.get_one(Idea, here.ideas[0])
        make_ballot(ballot_of(here).round, idea, days=(30.01, 60), number=2, hides_results=False)
    with inside(app):
        close_due(moment)
        open_due(moment)
        cast_vote(here.people[0][0], here.ideas[0], 1, now=moment)
    assert confirmed(app, here, proposed(app, here, 2), moment) == 2
    with app.app_context():
        assert db.session.get_one(Idea, here.ideas[0]).votes == 1
        assert not find_differences(ballot_of(here), moment)
        assert db.session.get_one(Option, (here.ballot, here.ideas[0])).votes == 1


def test_votes_are_chosen_by_hours_and_by_codes(app: Flask) -> None:
    here, elsewhere = scene(app, 3, 1), scene(app, 1)
    with inside(app):
        db.session.execute(update(Entry).where(Entry.ballot_id == here.ballot, Entry.id == casts(here)[0]).values(network=None))
    with app.app_context():
        hour, votes = timedelta(hours=1), casts(here)
        idea = here.ideas[0]
        networks = tuple(db.session.scalars(select(Entry.network).where(Entry.network.is_not(None)).distinct()))
        for span, expected in (
            (Span(idea, NOW, NOW + hour), votes),
            (Span(idea, NOW - 2 * hour, NOW - hour), []),
            (Span(idea, NOW, NOW, exactly=True), votes),
            (Span(idea, NOW, NOW, exactly=True, young=True, quiet=True), votes),
            (Span(idea, NOW, NOW + hour, networks=networks), votes[1:]),
            (Span(idea, NOW, NOW + hour, networks=()), []),
        ):
            assert casts_in(here.ballot, Act.VOID, span, 100) == expected, span
        assert casts_in(here.ballot, Act.REINSTATE, Span(idea, NOW, NOW + hour), 100) == []
        commits = db.session.scalars(select(Entry.commit_hash).where(Entry.action == "cast").order_by(Entry.id)).all()
        mine, foreign = receipt_code(here.ballot, commits[0]), receipt_code(elsewhere.ballot, commits[-1])
        assert casts_of(here.ballot, Act.VOID, [mine, foreign, "Quatsch"]) == (votes[:1], [foreign, "Quatsch"])
        assert casts_of(here.ballot, Act.REINSTATE, [mine]) == ([], [mine])
