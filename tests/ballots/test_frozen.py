"""From the first vote on nothing that decides changes: not through a page, not through an action, not in the database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from ideation.ballots.actions import price_option, update_ballot
from ideation.ballots.models import Ballot, Option
from ideation.ballots.rules import Completion, Eligibility, Method, Rule, Utility, told
from ideation.core.db import db
from ideation.core.verdict import Refused
from ideation.ledger.models import Entry
from ideation.rounds.models import RoundWindow
from tests.cast import inside, make_account
from tests.runs.scene import NOW, ballot_of, scene
from tests.visit import login, post

SETTINGS: dict[str, Any] = {
    "method": Method.SUPPORT,
    "votes_each": 2,
    "points_max": 2,
    "closed_list": False,
    "shortlist_only": True,
    "hides_results": False,
    "seats": 7,
    "minimum": 4,
    "eligibility": Eligibility.T2,
    "rule": Rule.GREEDY,
    "budget": 999,
    "completion": Completion.ADD1,
    "utility": Utility.CARDINALITY,
}
FIELDS = {
    "method": "support", "votes_each": "2", "closed_list": "no", "shortlist_only": "y", "hides_results": "", "seats": "7", "minimum": "4",
    "eligibility": "T2", "rule": "greedy", "budget": "999", "completion": "add1", "utility": "cardinality",
}  # fmt: skip


def voted(app: Flask) -> Any:
    return scene(app, (100, 200), ({0: 1},), closed=False, rule="equal_shares", budget=1_000, hides_results=True)


def kept(app: Flask, here: Any) -> Any:
    with app.app_context():
        ballot = ballot_of(here)
        opening = db.session.execute(
            select(Entry.body, Entry.hash).where(Entry.ballot_id == here.ballot, Entry.action == "open")
        ).one()
        costs = db.session.execute(select(Option.idea_id, Option.cost).where(Option.ballot_id == here.ballot)).all()
        return (
            told(ballot.settings),
            ballot.lot_seed,
            ballot.window.opens_at,
            ballot.window.closes_at,
            tuple(opening),
            list(map(tuple, costs)),
        )


def test_an_action_refuses_every_change_of_the_rules(app: Flask) -> None:
    here = voted(app)
    before = kept(app, here)
    assert set(SETTINGS) == set(before[0])
    for name, value in SETTINGS.items():
        with app.app_context(), pytest.raises(Refused, match="stehen die Regeln fest"):
            ballot = ballot_of(here)
            changed = replace(ballot.settings, **{name: value})
            assert changed != ballot.settings
            update_ballot(here.first, ballot, changed, ballot.window.opens_at, ballot.window.closes_at, now=NOW)
    hour = timedelta(hours=1)
    for opens, closes in ((-hour, None), (hour, None), (None, -hour)):
        with app.app_context(), pytest.raises(Refused):
            ballot = ballot_of(here)
            window = ballot.window
            assert window.closes_at is not None
            times = window.opens_at + (opens or 0 * hour), window.closes_at + (closes or 0 * hour)
            update_ballot(here.first, ballot, ballot.settings, *times, reason="Es reicht ja auch früher.", now=NOW)
    with app.app_context(), pytest.raises(Refused, match="auch die Kosten"):
        price_option(here.first, ballot_of(here), here.ideas[0], 5, now=NOW)
    assert kept(app, here) == before


def test_the_pages_refuse_them_too(app: Flask) -> None:
    here = voted(app)
    before, moderator = kept(app, here), login(app.test_client(), here.first)
    prefix, path = f"ballot-{here.ballot}-", f"/manage/rounds/{here.round.slug}/ballots/{here.ballot}"
    present = {"method": "approval", "votes_each": "5", "closed_list": "yes", "hides_results": "y", "seats": "", "minimum": "0"}
    present |= {"eligibility": "T1", "rule": "equal_shares", "budget": "1.000", "completion": "none", "utility": "cost"}
    assert post(moderator, path, **{prefix + name: value for name, value in present.items()}).status_code == 303
    # A budget takes the place of places: alone, a number of places would change nothing.
    places = {"seats": {"budget": ""}}
    for name, value in FIELDS.items():
        sent = {prefix + key: told for key, told in (present | {name: value} | places.get(name, {})).items() if told}
        assert post(moderator, path, **sent).status_code in {403, 422}, name
    assert post(moderator, f"/manage/ballots/{here.ballot}/costs", **{f"cost_{here.ideas[0]}": "5"}).status_code == 403
    page = moderator.get(f"/manage/ballots/{here.ballot}/costs").text
    assert "auch die Kosten der Ideen" in page and f'name="cost_{here.ideas[0]}"' not in page
    page = moderator.get(f"/manage/rounds/{here.round.slug}/edit").text
    assert "Die Regeln stehen fest" in page and f'name="{prefix}rule"' not in page
    assert kept(app, here) == before


def test_the_database_refuses_them_last(app: Flask) -> None:
    here = voted(app)
    before = kept(app, here)
    wrong = [update(Ballot).where(Ballot.id == here.ballot).values({name: str(value) if hasattr(value, "value") else value})
             for name, value in (SETTINGS | {"lot_seed": "f" * 32}).items()]  # fmt: skip
    wrong.append(update(Option).where(Option.ballot_id == here.ballot).values(cost=5))
    wrong.append(update(RoundWindow).where(RoundWindow.activity == "vote").values(closes_at=NOW))
    for statement in wrong:
        with app.app_context():
            with pytest.raises(DBAPIError):
                db.session.execute(statement)
            db.session.rollback()
    assert kept(app, here) == before


def test_costs_are_set_at_once_and_only_by_who_may(app: Flask) -> None:
    here = scene(app, (None, None, None), (), closed=False, rule="greedy", budget=1_000)
    with inside(app):
        stranger, participant = make_account("moderator"), make_account()
    moderator, path = login(app.test_client(), here.first), f"/manage/ballots/{here.ballot}/costs"
    for other in (stranger, participant):
        assert post(login(app.test_client(), other), path, **{f"cost_{here.ideas[0]}": "5"}).status_code == 403
    assert "Abstimmungen, in denen Kosten fehlen" in moderator.get("/manage").text
    assert "3 Ideen haben noch keine Kosten" in moderator.get(f"/manage/rounds/{here.round.slug}/edit").text
    names = [f"cost_{idea}" for idea in here.ideas]
    for bad in ("viel", "12,5", "1.50", "-3", "0", "9" * 11):
        answer = post(moderator, path, **{names[0]: "12.000", names[1]: bad})
        assert answer.status_code == 422 and f'value="{bad}"' in answer.text and 'value="12.000"' in answer.text
    assert post(moderator, path, **{names[0]: "12.000 €", names[1]: "700"}).status_code == 303
    with app.app_context():
        assert [o.cost for o in db.session.scalars(select(Option).order_by(Option.idea_id))] == [12_000, 700, None]
    page = app.test_client().get(f"/ballots/{here.ballot}").text
    assert "Kosten: 12.000\xa0€" in page and "nicht wählbar, weil keine Kosten angegeben sind" in page
    assert "Kosten: 700\xa0€" in app.test_client().get(f"/ideas/{here.ideas[1]}").text
    # The list of options is made anew when a rule changes: costs stay.
    with inside(app):
        ballot = ballot_of(here)
        update_ballot(
            here.first, ballot, replace(ballot.settings, minimum=2), ballot.window.opens_at, ballot.window.closes_at, now=NOW
        )
    with app.app_context():
        assert [o.cost for o in db.session.scalars(select(Option).order_by(Option.idea_id))] == [12_000, 700, None]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"rule": "rank", "budget": "1.000"}, "budget"),
        ({"rule": "greedy"}, "budget"),
        ({"rule": "equal_shares", "budget": "tausend"}, "budget"),
        ({"rule": "greedy", "budget": "1.000", "closed_list": "no"}, "closed_list"),
        ({"rule": "rank", "seats": ""}, "seats"),
        ({"rule": "losen"}, "rule"),
        ({"eligibility": "T9"}, "eligibility"),
    ],
)
def test_a_fault_stands_at_its_field(app: Flask, fields: dict[str, str], field: str) -> None:
    here = scene(app, (None,), (), closed=False)
    prefix = f"ballot-{here.ballot}-"
    sent = {"method": "approval", "votes_each": "3", "closed_list": "yes", "seats": "3", "rule": "rank"} | fields
    path = f"/manage/rounds/{here.round.slug}/ballots/{here.ballot}"
    answer = post(login(app.test_client(), here.first), path, **{prefix + name: value for name, value in sent.items()})
    assert answer.status_code == 422
    # The summary leads to the field, and names nothing else.
    assert f'href="#{prefix}{field}' in answer.text and answer.text.count('href="#ballot-') == 1


def test_settings_are_saved_and_copied_with_the_round(app: Flask) -> None:
    here = scene(app, (None,), (), closed=False)
    moderator, prefix = login(app.test_client(), here.first), f"ballot-{here.ballot}-"
    sent = {
        "method": "approval",
        "votes_each": "3",
        "closed_list": "yes",
        "rule": "equal_shares",
        "budget": "120 000 €",
        "seats": "",
    }
    sent |= {"completion": "add1", "utility": "cardinality", "eligibility": "T2"}
    path = f"/manage/rounds/{here.round.slug}"
    assert (
        post(moderator, f"{path}/ballots/{here.ballot}", **{prefix + name: value for name, value in sent.items()}).status_code
        == 303
    )
    assert post(moderator, f"{path}/copy", title="Noch einmal").status_code == 303
    with app.app_context():
        made = db.session.scalars(select(Ballot).order_by(Ballot.id)).all()
        assert len(made) == 2 and made[0].settings == made[1].settings and made[0].lot_seed != made[1].lot_seed
        settings = made[1].settings
        assert (settings.rule, settings.budget, settings.completion) == (Rule.EQUAL_SHARES, 120_000, Completion.ADD1)
        assert (settings.utility, settings.eligibility) == (Utility.CARDINALITY, Eligibility.T2)
    page = app.test_client().get(f"/ballots/{here.ballot}").text
    assert "Es gibt 120.000\xa0€." in page and "lot-v1|" in page
