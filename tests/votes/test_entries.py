"""What a ballot writes into its ledger, act by act."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from ideation.ballots.actions import close_due, update_ballot
from ideation.ballots.models import Ballot
from ideation.ballots.queries import ballot_or_404
from ideation.core.db import db
from ideation.ideas.actions import publish_idea, update_idea
from ideation.ideas.queries import idea_or_404
from ideation.ideas.rules import Content
from ideation.ledger.models import Entry
from ideation.ledger.rules import text_hash
from ideation.votes.actions import cast_vote
from tests.cast import inside, make_account, make_ballot, make_idea, make_round

NOW = datetime.now(UTC)


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    with inside(app):
        moderator, author, voter, other = make_account("moderator"), make_account(), make_account(), make_account()
        round_ = make_round(moderator)
        ideas = [make_idea(round_, author) for _ in range(2)]
        waiting = make_idea(round_, author, status="submitted")
    return SimpleNamespace(
        app=app, moderator=moderator, author=author, voter=voter, other=other, round=round_, ideas=ideas, waiting=waiting
    )


def ballot(scene: SimpleNamespace, **more: Any) -> Ballot:
    with inside(scene.app):
        return make_ballot(scene.round, *scene.ideas, **more)


def cast(scene: SimpleNamespace, wanted: int, idea: int = 0, who: str = "voter") -> None:
    with inside(scene.app):
        cast_vote(getattr(scene, who), scene.ideas[idea].id, wanted, network="192.0.2.0/24", now=NOW)


def told(scene: SimpleNamespace) -> list[Entry]:
    with inside(scene.app):
        return list(db.session.scalars(select(Entry).order_by(Entry.id)))


def test_nothing_is_written_before_the_first_vote(scene: SimpleNamespace) -> None:
    ballot(scene)
    assert told(scene) == []


def test_the_first_vote_opens_with_rules_and_texts(scene: SimpleNamespace) -> None:
    made = ballot(scene, closed_list=True)
    cast(scene, 1)
    first, second = told(scene)
    assert (first.action, second.action) == ("open", "cast")
    assert first.body is not None and first.body["method"] == "approval" and first.body["lot_seed"] == made.lot_seed
    assert first.body["options"] == [{"option": i.id, "text": text_hash(i.title, i.body)} for i in scene.ideas]


def test_an_open_list_names_each_option_and_each_edit(scene: SimpleNamespace) -> None:
    ballot(scene)
    cast(scene, 1)
    assert [(e.action, e.option) for e in told(scene)[:3]] == [("open", None), *(("option", i.id) for i in scene.ideas)]
    with inside(scene.app):
        publish_idea(scene.moderator, idea_or_404(scene.moderator, scene.waiting.id), now=NOW)
        update_idea(scene.author, idea_or_404(scene.author, scene.ideas[0].id), Content("Ein neuer Titel", "Ein Text."), now=NOW)
    later = told(scene)[4:]
    assert [(e.action, e.option) for e in later] == [("option", scene.waiting.id), ("option", scene.ideas[0].id)]
    assert later[1].body == {"text": text_hash("Ein neuer Titel", "Ein Text.")}


def test_an_edit_before_the_first_vote_is_no_entry(scene: SimpleNamespace) -> None:
    ballot(scene)
    with inside(scene.app):
        update_idea(scene.author, idea_or_404(scene.author, scene.ideas[0].id), Content("Ein neuer Titel", "Ein Text."), now=NOW)
    assert told(scene) == []


def test_a_changed_number_is_a_withdrawal_and_a_new_vote(scene: SimpleNamespace) -> None:
    ballot(scene, method="points", votes_each=10, points_max=5)
    cast(scene, 2)
    cast(scene, 5)
    cast(scene, 5)
    cast(scene, 0)
    acts = [e for e in told(scene) if e.action in {"cast", "withdraw"}]
    assert [(e.action, e.points) for e in acts] == [("cast", 2), ("withdraw", 2), ("cast", 5), ("withdraw", 5)]
    assert acts[1].ref == acts[0].commit_hash and acts[3].ref == acts[2].commit_hash
    assert len({e.commit_hash for e in acts}) == 4


def test_a_later_close_and_the_close_itself_are_entries(scene: SimpleNamespace) -> None:
    made = ballot(scene)
    cast(scene, 1)
    cast(scene, 1, who="other")
    with inside(scene.app):
        known = ballot_or_404(scene.moderator, made.id)
        later = (known.window.closes_at or NOW) + timedelta(days=2)
        reason = "Der Stand auf dem Markt fand später statt."
        update_ballot(scene.moderator, known, known.settings, known.window.opens_at, later, reason=reason, now=NOW)
    with inside(scene.app):
        assert close_due(later) == 1
    note, close = told(scene)[-2:]
    assert note.action == "rule_note" and note.body is not None and note.body["reason"] == reason
    assert close.action == "close" and close.seq == len(told(scene)) and close.hash
    assert close.body == {"tally": {str(scene.ideas[0].id): [2, 2], str(scene.ideas[1].id): [0, 0]}}


def test_the_public_part_knows_the_hour_and_the_private_part_what_a_look_needs(scene: SimpleNamespace) -> None:
    ballot(scene)
    cast(scene, 1)
    entry = told(scene)[-1]
    assert (entry.hour.minute, entry.hour.second) == (0, 0) and entry.at == NOW
    assert entry.voter_token and entry.nonce and entry.network and "192" not in entry.network
    assert entry.young is True and entry.quiet is True
    cast(scene, 1, who="author")
    assert told(scene)[-1].network == entry.network


def test_a_ballot_without_an_end_gets_one_later_and_says_so(scene: SimpleNamespace) -> None:
    made = ballot(scene, days=(-1, None))
    cast(scene, 1)
    with inside(scene.app):
        known = ballot_or_404(scene.moderator, made.id)
        ends = NOW + timedelta(days=3)
        reason = "Der Pool wird zum Jahresende ausgezählt."
        update_ballot(scene.moderator, known, known.settings, known.window.opens_at, ends, reason=reason, now=NOW)
    note = told(scene)[-1]
    assert note.body is not None and note.body["closes_before"] is None and note.body["closes_after"]
    page = scene.app.test_client().get(f"/ballots/{made.id}")
    assert page.status_code == 200 and reason in page.text
