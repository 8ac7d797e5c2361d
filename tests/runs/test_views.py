"""What the results page, the page of reasons and the download tell, and when."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ideation.ballots.actions import close_ballot
from ideation.core.db import db
from ideation.runs.actions import run_due
from ideation.selections.actions import certify
from ideation.selections.models import Run
from ideation.selections.queries import computed
from tests.cast import inside, make_account
from tests.runs.scene import LATER, ballot_of, scene
from tests.runs.test_actions import GROUPS, SHARES, tied
from tests.visit import login, post


def test_before_the_count_there_is_no_reason_and_no_download(app: Flask, client: FlaskClient) -> None:
    here = scene(app, (60, 40), ({0: 1}, {1: 1}), closed=False, rule="greedy", budget=100, hides_results=False)
    assert "Das Budget beträgt 100\xa0€." in client.get(f"/ballots/{here.ballot}/results").text
    for path in (f"results/{here.ideas[0]}", "run.json"):
        assert client.get(f"/ballots/{here.ballot}/{path}").status_code == 404
    with inside(app):
        close_ballot(ballot_of(here), now=LATER)
    for path in (f"results/{here.ideas[0]}", "run.json"):
        assert client.get(f"/ballots/{here.ballot}/{path}").status_code == 200
        assert client.get(f"/en/ballots/{here.ballot}/{path}").status_code == 200
    for path in ("results/99999", "results/0"):
        assert client.get(f"/ballots/{here.ballot}/{path}").status_code == 404


def test_pages_say_how_far_the_calculation_is_and_nothing_is_certified(app: Flask, client: FlaskClient) -> None:
    here = scene(app, (None,) * 4, GROUPS, **SHARES)
    moderator = login(app.test_client(), here.first)
    with inside(app):
        inputs = computed(ballot_of(here)).inputs
        assert inputs is not None
        db.session.add(Run(ballot_id=here.ballot, inputs=inputs.key(), progress=40))
    for person, path in ((client, f"/ballots/{here.ballot}/results"), (moderator, f"/manage/ballots/{here.ballot}/selection")):
        page = person.get(path).text
        assert "Die Auswahl wird berechnet: 40 %" in page and "Ergebnis feststellen</button>" not in page
    assert post(moderator, f"/manage/ballots/{here.ballot}/selection").status_code == 403
    with inside(app):
        run = db.session.get_one(Run, here.ballot)
        run.outcome, run.finished_at = {"failed": True}, LATER
    assert "fehlgeschlagen" in moderator.get(f"/manage/ballots/{here.ballot}/selection").text


@pytest.mark.parametrize("certified", [False, True])
def test_everybody_reads_who_paid_and_what_was_missing(app: Flask, client: FlaskClient, certified: bool) -> None:
    votes = (*[{0: 1, 1: 1}] * 4, {2: 1})
    here = scene(app, (6000, 4000, 20000), votes, rule="equal_shares", budget=15600, method="approval")
    with app.app_context():
        run_due(LATER)
    if certified:
        with inside(app):
            certify(here.first, ballot_of(here), now=LATER)
    page = client.get(f"/ballots/{here.ballot}/results").text
    assert "Ausgegeben: 10.000\xa0€ von 15.600\xa0€." in page and "Übrig: 5.600\xa0€." in page
    assert f"/ballots/{here.ballot}/results/{here.ideas[2]}" in page
    lost = client.get(f"/ballots/{here.ballot}/results/{here.ideas[2]}").text
    assert "Den Unterstützenden blieben am Ende zusammen 3.120\xa0€ von 20.000\xa0€" in lost
    won = client.get(f"/ballots/{here.ballot}/results/{here.ideas[1]}").text
    assert "4 Personen haben für sie bezahlt, jede höchstens 1.000\xa0€" in won
    assert "nach „Vorschlag-0“" in won and "6.480\xa0€" in won
    told = json.loads(client.get(f"/ballots/{here.ballot}/run.json").text)
    assert (told["terms"]["rule"], told["terms"]["budget"], len(told["options"]), told["voters"]) == ("equal_shares", 15600, 3, 5)


def test_a_budget_by_votes_tells_what_was_left_when_it_was_its_turn(app: Flask, client: FlaskClient) -> None:
    votes = (*[{0: 1, 1: 1}] * 2, {0: 1})
    here = scene(app, (60, 50), votes, rule="greedy", budget=100)
    page = client.get(f"/ballots/{here.ballot}/results/{here.ideas[1]}").text
    assert "waren noch 40\xa0€ übrig. Sie kostet 50\xa0€. Das Geld reichte nicht." in page


def test_a_rank_needs_no_reason_beside_the_votes(app: Flask, client: FlaskClient) -> None:
    here = scene(app, (None, None), ({0: 1},), seats=1)
    assert client.get(f"/ballots/{here.ballot}/results/{here.ideas[0]}").status_code == 404


def test_the_lot_is_drawn_on_the_page_and_the_results_tell_how_to_repeat_it(app: Flask, client: FlaskClient) -> None:
    here = tied(app)
    moderator, path = login(app.test_client(), here.first), f"/manage/ballots/{here.ballot}"
    page = moderator.get(f"{path}/selection").text
    assert "Das Los entscheiden lassen" in page and "Als Moderation entscheiden" in page
    with inside(app):
        stranger = make_account("moderator")
    assert post(login(app.test_client(), stranger), f"{path}/lot").status_code == 403
    assert post(moderator, f"{path}/lot").status_code == 303
    assert post(moderator, f"{path}/lot").status_code == 403
    page = client.get(f"/ballots/{here.ballot}/results").text
    with app.app_context():
        seed = ballot_of(here).lot_seed
    assert "Das Los hat entschieden" in page and f"lot-v1|{seed}|{here.ideas[0]}" in page


def test_ten_options_cost_as_many_statements_as_a_hundred(
    app: Flask, client: FlaskClient, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    costs = []
    for n in (10, 100):
        here = scene(app, (10,) * n, ({0: 1, 1: 1},), rule="greedy", budget=20)
        with statements() as seen:
            for path in ("results", "run.json", f"results/{here.ideas[0]}"):
                assert client.get(f"/ballots/{here.ballot}/{path}").status_code == 200
        costs.append(len(seen))
    assert costs[0] == costs[1]


@pytest.mark.parametrize(("costs", "votes", "grown"), [((60, 200), ({0: 1}, {1: 1}), True), ((100,), ({0: 1},), False)])
def test_a_share_is_said_to_have_grown_only_when_it_has(
    app: Flask, client: FlaskClient, costs: tuple[int, ...], votes: tuple[dict[int, int], ...], grown: bool
) -> None:
    here = scene(app, costs, votes, rule="equal_shares", budget=100, method="approval", completion="add1")
    with app.app_context():
        run_due(LATER)
    page = client.get(f"/ballots/{here.ballot}/results/{here.ideas[0]}").text
    assert "verfügte rechnerisch" in page
    assert ("Das ist mehr als der gleiche Teil des Ganzen" in page) == grown
