"""The pages of labs: for everybody, and for who looks after them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.labs.models import Lab
from tests.cast import PAST, inside, make_account, make_ballot, make_challenge, make_idea, make_lab, make_round, make_selection
from tests.visit import login, post

HOSTILE = "<script>alert(1)</script> & „Ünicode“"


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    with inside(app):
        moderator, other, participant = make_account("moderator"), make_account("moderator"), make_account()
        round_ = make_round(moderator, title="Sommerrunde")
        challenge = make_challenge(round_, question="Wie können wir Höfe öffnen?", context="Die Höfe sind zu.")
        idea = make_idea(round_, make_account(), challenge=challenge, status="selected", title="Offene Höfe")
        selection = make_selection(make_ballot(round_, idea, days=PAST), idea)
    return SimpleNamespace(
        moderator=moderator, other=other, participant=participant, selection=selection.id, idea=idea.id, challenge=challenge.id
    )


def new(here: SimpleNamespace) -> str:
    return f"/manage/labs/new?selection={here.selection}"


def fields(here: SimpleNamespace, **more: object) -> dict[str, object]:
    return {"title": "Höfe", "questions": "Wer?\nWo?", "lang": "de", "ideas": here.idea, **more}


def make(app: Flask, here: SimpleNamespace, **more: object) -> FlaskClient:
    client = login(app.test_client(), here.moderator)
    answer = post(client, f"/manage/labs?selection={here.selection}", **fields(here, **more))
    assert answer.status_code == 303, answer.text
    return client


def test_the_form_proposes_what_is_known(app: Flask, scene: SimpleNamespace) -> None:
    page = login(app.test_client(), scene.moderator).get(new(scene)).text
    for known in ("Offene Höfe", "offene-hoefe", "Die Höfe sind zu.", "Wie können wir Höfe öffnen?"):
        assert known in page


def test_a_winner_goes_into_a_lab_in_one_step(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    make(app, scene, challenges=scene.challenge, hosts="Stadt\nVerein", period_text="Frühjahr", problem="Weil **es** fehlt.")
    page = client.get("/labs/hoefe").text
    for told in (
        "Höfe",
        "Offene Höfe",
        "Sommerrunde",
        "Wer?",
        "Wo?",
        "Stadt",
        "Verein",
        "Frühjahr",
        "<strong>es</strong>",
        "in Vorbereitung",
    ):
        assert told in page
    assert "Höfe" in client.get("/labs").text
    assert f'href="/ideas/{scene.idea}"' in page and f'href="/challenges/{scene.challenge}"' in page
    results = client.get(f"/rounds/{round_slug(app, scene)}/results").text
    assert "Projektlabor „Höfe“" in results and 'href="/labs/hoefe"' in results
    assert client.get("/en/labs/hoefe").status_code == 200


def round_slug(app: Flask, here: SimpleNamespace) -> str:
    from ideation.rounds.models import Round

    with app.app_context():
        return str(db.session.scalar(select(Round.slug).join(Idea, Idea.round_id == Round.id).where(Idea.id == here.idea)))


def test_the_idea_and_the_challenge_lead_to_the_lab_and_back(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    make(app, scene)
    for path in (f"/ideas/{scene.idea}", f"/challenges/{scene.challenge}"):
        page = client.get(path).text
        assert "Was wurde daraus?" in page and 'href="/labs/hoefe"' in page
    back = client.get("/labs/hoefe").text
    assert "Was wurde daraus?" in back


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 121},
        {"slug": "Nicht so"},
        {"questions": "\n".join(map(str, range(12)))},
        {"ideas": "abc"},
        {"lang": "xx"},
    ],
)
def test_wrong_fields_bring_the_form_back(app: Flask, scene: SimpleNamespace, wrong: dict[str, object]) -> None:
    client = login(app.test_client(), scene.moderator)
    answer = post(client, f"/manage/labs?selection={scene.selection}", **fields(scene, problem="Mein Text bleibt.", **wrong))
    assert answer.status_code == 422 and "Mein Text bleibt." in answer.text and "Bitte prüfen Sie Ihre Angaben" in answer.text
    with app.app_context():
        assert db.session.scalar(select(Lab.id)) is None and db.session.get_one(Idea, scene.idea).status == "selected"


def test_no_origin_is_no_lab(app: Flask, scene: SimpleNamespace) -> None:
    values = {key: value for key, value in fields(scene).items() if key != "ideas"}
    answer = post(login(app.test_client(), scene.moderator), f"/manage/labs?selection={scene.selection}", **values)
    assert answer.status_code == 422 and "mindestens eine Idee" in answer.text


def test_hostile_text_stays_text(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    make(
        app, scene, title=HOSTILE, slug="boese", problem=HOSTILE, aim=HOSTILE, questions=HOSTILE, hosts=HOSTILE, period_text=HOSTILE
    )
    for page in (
        client.get("/labs/boese"),
        client.get("/labs"),
        login(app.test_client(), scene.moderator).get("/manage/labs/boese/edit"),
    ):
        assert page.status_code == 200 and "<script>alert" not in page.text


def test_strangers_and_other_people_are_refused(app: Flask, scene: SimpleNamespace) -> None:
    make(app, scene)
    paths = [
        "/manage/labs/hoefe",
        "/labs/hoefe/status",
        "/manage/labs/hoefe/origins",
        f"/manage/labs?selection={scene.selection}",
    ]
    for account in (scene.participant, scene.other):
        client = login(app.test_client(), account)
        assert {client.get(path).status_code for path in (new(scene), "/manage/labs/hoefe/edit")} == {403}
        assert {post(client, path, **fields(scene, status="inviting")).status_code for path in paths} == {403}
    assert app.test_client().get("/manage/labs").status_code == 302
    assert login(app.test_client(), scene.participant).get("/manage/labs").status_code == 403
    assert login(app.test_client(), scene.other).get("/manage/labs").status_code == 200


def test_what_is_not_there_is_not_found(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    moderator = login(app.test_client(), scene.moderator)
    assert client.get("/labs/gibt-es-nicht").status_code == 404
    for path in (
        "/manage/labs/new",
        "/manage/labs/new?selection=99",
        "/manage/labs/new?selection=9999999999999999",
        "/manage/labs/x/edit",
    ):
        assert moderator.get(path).status_code == 404
    assert client.get("/labs?page=99999999").status_code == 200


def test_the_second_press_finds_the_lab_made(app: Flask, scene: SimpleNamespace) -> None:
    client = make(app, scene)
    again = post(client, f"/manage/labs?selection={scene.selection}", **fields(scene))
    assert again.status_code == 422 and "schon ein Projektlabor" in again.text


def test_the_status_moves_on_and_is_said_in_words(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    moderator = make(app, scene)
    assert "Einladen" in moderator.get("/labs/hoefe/status").text
    assert post(moderator, "/labs/hoefe/status", status="working").status_code == 403
    assert post(moderator, "/labs/hoefe/status", status="unsinn").status_code == 400
    for _ in range(2):
        assert post(moderator, "/labs/hoefe/status", status="inviting").status_code == 303
    assert "Das Projektlabor sucht Menschen, die mitarbeiten." in client.get("/labs/hoefe").text
    assert client.get("/labs/hoefe/status").status_code == 302
    for target in ("working", "documented"):
        assert post(moderator, "/labs/hoefe/status", htmx=True, status=target).status_code == 200
    blank = post(moderator, "/labs/hoefe/status", status="closed", reason="  ")
    assert blank.status_code == 422 and "was aus den Ergebnissen wird" in blank.text
    assert post(moderator, "/labs/hoefe/status", status="closed", reason="Der Rat **setzt** es um.").status_code == 303
    assert "Der Rat <strong>setzt</strong> es um." in client.get("/labs/hoefe").text
    assert "keinen weiteren Schritt" in moderator.get("/labs/hoefe/status").text


def test_what_a_lab_says_about_itself_stands_on_its_page(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    told = {
        "facilitators": "Büro für Gespräche", "promise": "Der Rat antwortet.", "audience": "Familien\nÄltere", "format": "Vier Treffen",
        "products": "Ein Plan", "website": "example.org", "seats": "12",
    }  # fmt: skip
    moderator = make(app, scene, **told)
    page, form = client.get("/labs/hoefe").text, moderator.get("/manage/labs/hoefe/edit").text
    for text in ("Büro für Gespräche", "Der Rat antwortet.", "Ältere", "Vier Treffen", "Ein Plan", "0 von 12"):
        assert text in page
    assert all(text in form for text in ("Büro für Gespräche", "Der Rat antwortet.", "Familien\nÄltere", 'value="12"'))
    wrong = post(moderator, "/manage/labs/hoefe", **fields(scene, seats="0", promise="Bleibt stehen."))
    assert wrong.status_code == 422 and "Bleibt stehen." in wrong.text


def test_an_edit_is_seen_at_once(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    moderator = make(app, scene)
    client.get("/labs/hoefe")
    assert post(moderator, "/manage/labs/hoefe", title="Neuer Name", lang="de").status_code == 303
    assert "Neuer Name" in client.get("/labs/hoefe").text
    assert post(moderator, "/manage/labs/hoefe", title="", lang="de").status_code == 422


def test_an_origin_that_is_hidden_is_not_named(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        idea = make_idea(make_round(), status="in_lab", title="Geheimer Titel")
        lab = make_lab(idea)
        idea.visibility, idea.visibility_decision_id = "hidden", idea.status_decision_id
    page = client.get(f"/labs/{lab.slug}").text
    assert "Geheimer Titel" not in page and "nicht mehr öffentlich" in page


def test_the_page_costs_the_same_for_few_and_for_many(
    app: Flask, client: FlaskClient, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    costs = []
    for number in (1, 12):
        with inside(app):
            round_ = make_round()
            ideas = [make_idea(round_, challenge=make_challenge(round_), status="in_lab") for _ in range(number)]
            lab = make_lab(*ideas, questions=tuple(map(str, range(number))))
            for idea in ideas[1:]:
                make_lab(idea)
        for path in (f"/labs/{lab.slug}", "/labs"):
            with statements() as seen:
                assert client.get(path).status_code == 200
            costs.append(len(seen))
    assert costs[:2] == costs[2:] and max(costs) <= 12
