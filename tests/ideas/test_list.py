"""The list of a round as people ask for it in the address."""

from typing import Any

import pytest
from flask import Flask

from tests.cast import OPEN, PAST, inside, make_account, make_ballot, make_challenge, make_idea, make_round
from tests.visit import login


@pytest.fixture
def place(app: Flask) -> Any:
    class Place:
        pass

    found = Place()
    with inside(app):
        found.author = make_account()
        found.round = make_round(slug="runde")
        found.challenge = make_challenge(found.round)
        found.ideas = [
            make_idea(found.round, found.author, challenge=found.challenge, title=f"Idee mit Nummer {n:02}") for n in range(25)
        ]
    return found


def titles(app: Flask, query: str) -> list[str]:
    page = app.test_client().get(f"/rounds/runde/ideas{query}")
    assert page.status_code == 200
    parts = page.text.split("Idee mit Nummer ")[1:]
    return [part[:2] for part in parts]


@pytest.mark.parametrize(
    "query",
    [
        "?sort=quatsch",
        "?page=99999999999999999999",
        "?page=-1",
        "?challenge=abc",
        "?challenge=99999999999999999999",
        "?seed=" + "x" * 500,
    ]
    + ["?tag=%00", "?tag=gibt-es-nicht", "?q=%00", "?q=%25%5F", "?shortlist=ja", "?page=²", "?challenge=²", "?sort=", "?q=%ff%fe"],
)
def test_nonsense_in_the_address_is_answered(app: Flask, place: Any, query: str) -> None:
    assert app.test_client().get("/rounds/runde/ideas" + query).status_code == 200


def test_an_unknown_order_is_the_shuffled_one(app: Flask, place: Any) -> None:
    assert titles(app, "?sort=quatsch&seed=a") == titles(app, "?seed=a") == titles(app, "?sort=shuffled&seed=a")
    assert titles(app, "?seed=b") != titles(app, "?seed=a")


def test_the_way_to_the_next_page_keeps_what_was_asked(app: Flask, place: Any) -> None:
    page = app.test_client().get(f"/rounds/runde/ideas?sort=newest&challenge={place.challenge.id}").text
    link = page.split('rel="next"')[0].rpartition("<a ")[2] + page.split('rel="next"')[1].split(">")[0]
    link = next(part for part in page.split('href="') if "page=2" in part).split('"')[0].replace("&amp;", "&")
    assert "sort=newest" in link
    assert f"challenge={place.challenge.id}" in link
    assert "seed=" in link
    assert len(titles(app, link.removeprefix("/rounds/runde/ideas"))) == 5


def test_a_page_past_the_end_leads_back(app: Flask, place: Any) -> None:
    assert "So viele Seiten gibt es nicht" in app.test_client().get("/rounds/runde/ideas?page=9").text


def test_an_unknown_round_is_not_there(app: Flask, place: Any) -> None:
    assert app.test_client().get("/rounds/gibt-es-nicht/ideas").status_code == 404
    with inside(app):
        make_round(slug="entwurf", status="draft")
    assert app.test_client().get("/rounds/entwurf/ideas").status_code == 404


def test_hidden_results_are_told_by_no_order_and_no_number(app: Flask, place: Any) -> None:
    with inside(app):
        make_ballot(place.round, *place.ideas, days=OPEN, hides_results=True)
    page = app.test_client().get("/rounds/runde/ideas?sort=supported&seed=a").text
    assert "Die Ergebnisse erscheinen nach dem Ende der Abstimmung." in page
    assert "0 Stimmen" not in page
    assert titles(app, "?sort=supported&seed=a") == titles(app, "?seed=a")


def test_after_the_close_the_numbers_stand_beside_the_ideas(app: Flask, place: Any) -> None:
    with inside(app):
        ballot = make_ballot(place.round, *place.ideas, days=PAST, hides_results=True)
        ballot.closed_at = place.ideas[0].created_at
    assert "0 Stimmen" in app.test_client().get("/rounds/runde/ideas?sort=supported").text


def test_a_list_for_a_signed_in_person_stays_within_eight_statements(app: Flask, place: Any, statements: Any) -> None:
    with inside(app):
        make_ballot(place.round, *place.ideas, days=OPEN)
    client = login(app.test_client(), place.author)
    with statements() as seen:
        page = client.get("/rounds/runde/ideas")
    assert page.status_code == 200
    assert len(seen) <= 8, seen


def test_a_list_asks_for_no_cookie(app: Flask, place: Any) -> None:
    page = app.test_client().get("/rounds/runde/ideas")
    assert "Set-Cookie" not in page.headers
    assert "csrf_token" not in page.text
