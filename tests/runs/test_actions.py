"""From real votes to the certified selection, by every rule."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from ideation.ballots.models import Option
from ideation.core.db import db
from ideation.core.verdict import Invalid, Refused
from ideation.decisions.models import Decision
from ideation.elections.rules import Election, Kind, Project, Vote, counted
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.pabulib.rules import write
from ideation.runs.actions import run_due
from ideation.runs.queries import choices_of
from ideation.selections.actions import break_tie, certify, propose_selection
from ideation.selections.models import Run, TieDecision
from ideation.selections.queries import computed
from ideation.ties.rules import lot_order
from tests.cast import inside, put
from tests.runs.scene import LATER, NOW, REASON, ballot_of, numbers, scene

# Four people want 0 and 1, three of them also 2; two others want 3.
GROUPS: tuple[dict[int, int], ...] = (*[{0: 1, 1: 1, 2: 1}] * 3, {0: 1, 1: 1}, *[{3: 1}] * 2)
SHARES: dict[str, Any] = {"rule": "equal_shares", "seats": 3}


def winners(app: Flask, here: Any) -> list[int]:
    with app.app_context():
        return sorted(numbers(here, computed(ballot_of(here)).winners or ()))


def calculated(app: Flask) -> int:
    with app.app_context():
        return run_due(LATER)


def test_greedy_skips_what_does_not_fit(app: Flask) -> None:
    here = scene(app, (60, 50, 40, 5), ({0: 1, 1: 1, 2: 1}, {0: 1, 1: 1, 2: 1}, {0: 1}, {3: 1}), rule="greedy", budget=100)
    assert winners(app, here) == [0, 2]
    with inside(app):
        snapshot = certify(here.first, ballot_of(here), now=LATER).snapshot
        assert (snapshot["spent"], snapshot["terms"]["budget"], snapshot["terms"]["rule"]) == (100, 100, "greedy")
        assert numbers(here, [row["option"] for row in snapshot["why"]["not_selected"]]) == [1, 3]
        assert [row["cost"] for row in snapshot["rows"]] == [60, 40, 50, 5]


def test_equal_shares_hears_the_smaller_group_that_rank_does_not(app: Flask) -> None:
    by_rank, shared = scene(app, (None,) * 4, GROUPS, seats=3), scene(app, (None,) * 4, GROUPS, **SHARES)
    assert calculated(app) == 1
    assert (winners(app, by_rank), winners(app, shared)) == ([0, 1, 2], [0, 1, 3])


@pytest.mark.parametrize(("completion", "expected"), [("none", [0]), ("add1", [0, 1]), ("greedy", [0, 1])])
def test_points_and_what_happens_with_money_that_is_left(app: Flask, completion: str, expected: list[int]) -> None:
    votes = ({0: 3, 1: 2}, {0: 3}, {1: 1})
    here = scene(
        app,
        (60, 38),
        votes,
        method="points",
        points_max=5,
        rule="equal_shares",
        budget=99,
        utility="cardinality",
        completion=completion,
    )
    calculated(app)
    assert winners(app, here) == expected
    with inside(app):
        snapshot = certify(here.first, ballot_of(here), now=LATER).snapshot
        assert snapshot["run"]["outcome"]["winners"] and snapshot["spent"] <= 99


def test_a_run_is_stored_once_and_made_anew_when_the_votes_are_corrected(app: Flask) -> None:
    here = scene(app, (None,) * 4, GROUPS, **SHARES)
    with app.app_context(), pytest.raises(Refused) as caught:
        certify(here.first, ballot_of(here), now=LATER)
    assert "noch berechnet" in repr(caught.value.verdict.reason)
    assert (calculated(app), calculated(app)) == (1, 0)
    with inside(app):
        option = db.session.get_one(Option, (here.ballot, here.ideas[0]))
        option.votes, option.points = option.votes - 1, option.points - 1
    with app.app_context():
        assert computed(ballot_of(here)).is_computing
    assert (calculated(app), calculated(app)) == (1, 0)
    with app.app_context():
        assert db.session.query(Run).count() == 1


def test_an_option_that_is_hidden_or_has_no_cost_is_not_selected(app: Flask) -> None:
    here = scene(app, (10, None, 10), ({0: 1, 1: 1, 2: 1},) * 2, rule="equal_shares", budget=30)
    with inside(app):
        decision = put(Decision(kind="hide", reason=REASON, office="Moderation", decided_at=NOW))
        db.session.execute(
            update(Idea).where(Idea.id == here.ideas[0]).values(visibility="hidden", visibility_decision_id=decision.id)
        )
    calculated(app)
    assert winners(app, here) == [2]
    with app.app_context():
        assert {row.idea: row.eligible for row in computed(ballot_of(here)).rows} == dict(
            zip(here.ideas, (False, False, True), strict=True)
        )


def test_a_run_that_failed_is_told_and_tried_again_after_a_minute(app: Flask) -> None:
    here = scene(app, (None,) * 4, GROUPS, **SHARES)
    with inside(app):
        inputs = computed(ballot_of(here)).inputs
        assert inputs is not None
        put(Run(ballot_id=here.ballot, inputs=inputs.key(), progress=0, outcome={"failed": True}, finished_at=LATER))
    with app.app_context():
        assert computed(ballot_of(here)).has_failed
        assert (run_due(LATER), run_due(LATER + timedelta(minutes=2))) == (0, 1)
    assert winners(app, here) == [0, 1, 3]


def tied(app: Flask, **settings: Any) -> Any:
    """Two equal ideas, and money for one of them."""
    return scene(app, (60, 60, 40), ({0: 1, 2: 1}, {1: 1, 2: 1}, {0: 1}, {1: 1}), **{"rule": "greedy", "budget": 100} | settings)


def test_a_person_says_which_comes_first_until_nothing_is_open(app: Flask) -> None:
    here = scene(app, (60, 60, 30, 30), ({0: 1, 2: 1}, {1: 1, 3: 1}, {0: 1}, {1: 1}), rule="greedy", budget=90)
    assert winners(app, here) == []
    for first, left in ((1, 2), (3, 0)):
        with inside(app):
            break_tie(here.first, ballot_of(here), [here.ideas[first]], f"{REASON} {first}", now=LATER)
        with app.app_context():
            assert len(computed(ballot_of(here)).open_tie) == left
    assert winners(app, here) == [1, 3]
    with inside(app):
        snapshot = certify(here.first, ballot_of(here), now=LATER).snapshot
        assert f"{REASON} 1" in snapshot["tie"]["reason"] and f"{REASON} 3" in snapshot["tie"]["reason"]


@pytest.mark.parametrize("rule", ["greedy", "equal_shares", "rank"])
def test_a_lot_gives_what_anybody_can_calculate_from_the_seed(app: Flask, rule: str) -> None:
    here = tied(app) if rule == "greedy" else scene(app, (None,) * 2, ({0: 1, 1: 1},) * 2, rule=rule, seats=1)
    calculated(app)
    with app.app_context():
        assert computed(ballot_of(here)).open_tie
    with inside(app):
        seed = ballot_of(here).lot_seed
        tie = break_tie(here.first, ballot_of(here), by_lot=True, now=LATER)
        assert seed in tie.decision.reason and tie.by_lot
    calculated(app)
    drawn = numbers(here, [idea for idea in lot_order(seed, here.ideas) if idea in here.ideas[:2]])
    found = winners(app, here)
    assert drawn[0] in found and drawn[1] not in found
    with inside(app):
        snapshot = certify(here.first, ballot_of(here), now=LATER).snapshot
        assert (snapshot["lot_seed"], snapshot["tie"]["by_lot"]) == (seed, True)


def test_a_decision_counts_only_for_the_tie_it_was_made_for(app: Flask) -> None:
    here = tied(app)
    with inside(app):
        break_tie(here.first, ballot_of(here), [here.ideas[0]], REASON, now=LATER)
    with inside(app):
        db.session.execute(update(Idea).where(Idea.id == here.ideas[2]).values(status="withdrawn"))
    with app.app_context():
        assert set(computed(ballot_of(here)).open_tie) == set(here.ideas[:2])


def test_an_author_neither_decides_nor_draws(app: Flask) -> None:
    here = tied(app)
    with inside(app):
        put(IdeaAuthor(idea_id=here.ideas[0], account_id=here.first.id))
    for how in ({"chosen": [here.ideas[1]], "reason": REASON}, {"by_lot": True}):
        with app.app_context(), pytest.raises(Refused):
            break_tie(here.first, ballot_of(here), **how, now=LATER)


def test_two_moderators_decide_at_once_and_one_of_them_is_told(app: Flask) -> None:
    here = tied(app)
    gate, refused = threading.Barrier(2), []

    def go(actor: Any, idea: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                break_tie(actor, ballot_of(here), [idea], REASON, now=LATER)
                db.session.commit()
            except Refused:
                db.session.rollback()
                refused.append(actor.id)

    threads = [threading.Thread(target=go, args=pair) for pair in ((here.first, here.ideas[0]), (here.second, here.ideas[1]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
    with app.app_context():
        assert len(db.session.scalars(select(TieDecision)).all()) == 1


@pytest.mark.parametrize("completion", ["none", "add1", "greedy"])
def test_the_published_file_gives_the_same_winners(app: Flask, tmp_path: Path, completion: str) -> None:
    costs, votes = (50, 40, 30, 20), ({0: 1, 1: 1}, {0: 1, 2: 1}, {1: 1, 3: 1}, {0: 1, 3: 1}, {2: 1})
    here = scene(app, costs, votes, rule="equal_shares", budget=100, completion=completion)
    calculated(app)
    with app.app_context():
        cast = [
            Vote(f"{n}-{m}", tuple((str(idea), 1) for idea in choices))
            for n, (choices, size) in enumerate(choices_of(here.ballot))
            for m in range(size)
        ]
        projects = counted([Project(str(idea), f"P{idea}", cost) for idea, cost in zip(here.ideas, costs, strict=True)], cast)
        (tmp_path / "here.pb").write_text(write(Election((), Kind.APPROVAL, 100, projects, tuple(cast))), "utf-8")
        outcome = computed(ballot_of(here)).outcome
        assert outcome is not None
    done = app.test_cli_runner().invoke(
        args=["ballots", "select", str(tmp_path / "here.pb"), "--rule", "equal_shares", "--completion", completion]
    )
    if outcome.tied:
        assert done.exit_code == 2
    else:
        assert sorted(map(int, done.stdout.split())) == sorted(outcome.winners)


def test_a_different_selection_stays_within_the_budget(app: Flask) -> None:
    here = scene(app, (60, 50, 40, 5), ({0: 1, 1: 1, 2: 1}, {0: 1, 1: 1, 2: 1}, {0: 1}, {3: 1}), rule="greedy", budget=100)
    with app.test_request_context():
        with pytest.raises(Invalid) as caught:
            propose_selection(here.first, ballot_of(here), here.ideas[:2], REASON, now=LATER)
        told = str(caught.value.faults["ideas"])
        assert "110 Euro" in told and "100 Euro" in told
        assert propose_selection(here.first, ballot_of(here), here.ideas[1:3], REASON, now=LATER).differs
        db.session.rollback()
