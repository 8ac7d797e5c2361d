from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ideation.accounts.models import Account
from ideation.core.db import db
from ideation.ideas.models import Idea, IdeaAuthor, IdeaVersion
from ideation.notifications.models import Follow
from tests.cast import (
    COMING,
    OPEN,
    PAST,
    inside,
    make_account,
    make_ballot,
    make_challenge,
    make_comment,
    make_decision,
    make_idea,
    make_round,
)
from tests.visit import csrf_token, login, post

WORDS = {"title": "Kräuter auf dem Dach", "body": "Wir bepflanzen die Haltestelle.", "intent": "submit"}


@pytest.fixture
def place(app: Flask) -> Any:
    """A round with an open question, its moderator, an author and somebody else."""

    class Place:
        pass

    found = Place()
    with inside(app):
        found.moderator, found.author, found.other = make_account("moderator"), make_account(), make_account()
        found.round = make_round(found.moderator, slug="runde")
        found.challenge = make_challenge(found.round)
        found.url = f"/challenges/{found.challenge.id}/ideas"
    return found


def only(app: Flask) -> Idea:
    with app.app_context():
        return db.session.scalars(select(Idea)).one()


def signed_in(app: Flask, account: Account) -> FlaskClient:
    return login(app.test_client(), account)


def test_an_idea_is_published_at_once_where_nobody_checks(app: Flask, place: Any) -> None:
    client = signed_in(app, place.author)
    answer = post(client, place.url, **WORDS, follow="y")
    idea = only(app)
    assert (answer.status_code, answer.location) == (303, f"/ideas/{idea.id}?submitted=1")
    assert (idea.status, idea.version, idea.challenge_id) == ("published", 1, place.challenge.id)
    page = app.test_client().get(f"/ideas/{idea.id}").text
    assert "Kräuter auf dem Dach" in page
    assert place.author.display_name in page
    assert place.challenge.question in page
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Follow)) == 1
        assert db.session.get_one(type(place.challenge), place.challenge.id).ideas == 1


def test_with_htmx_the_browser_is_led_to_the_idea(app: Flask, place: Any) -> None:
    answer = post(signed_in(app, place.author), place.url, htmx=True, **WORDS)
    assert answer.headers["HX-Redirect"] == f"/ideas/{only(app).id}?submitted=1"


def test_an_idea_waits_where_the_moderation_looks_first(app: Flask, place: Any) -> None:
    with inside(app):
        db.session.merge(place.round).checks_ideas = True
    client = signed_in(app, place.author)
    page = client.get(post(client, place.url, **WORDS).location).text
    assert "Die Moderation liest sie" in page
    assert only(app).status == "submitted"
    assert app.test_client().get(f"/ideas/{only(app).id}").status_code == 404
    assert signed_in(app, place.moderator).get(f"/ideas/{only(app).id}").status_code == 200


def test_strangers_are_shown_what_they_typed(app: Flask, place: Any) -> None:
    answer = post(app.test_client(), place.url, form="/login", **WORDS)
    assert answer.status_code == 403
    assert "Kräuter auf dem Dach" in answer.text
    assert app.test_client().get(place.url + "/new").status_code == 302


def test_a_missing_title_and_text_are_told_at_their_fields(app: Flask, place: Any) -> None:
    answer = post(signed_in(app, place.author), place.url, title=" ", body="Nur Text", intent="submit")
    assert answer.status_code == 422
    assert "Bitte geben Sie Ihrer Idee einen Titel." in answer.text
    assert "Nur Text" in answer.text


def test_a_title_that_is_too_long_is_kept_and_told(app: Flask, place: Any) -> None:
    answer = post(signed_in(app, place.author), place.url, title="a" * 121, body="Text", intent="submit")
    assert answer.status_code == 422
    assert "a" * 121 in answer.text
    assert "120 Zeichen" in answer.text


def test_the_first_idea_asks_for_consent(app: Flask, place: Any) -> None:
    with inside(app):
        new = make_account(opinion_consent_at=None, opinion_consent_text=None)
    client = signed_in(app, new)
    refused = post(client, place.url, **WORDS)
    assert (refused.status_code, "Bitte willigen Sie ein" in refused.text) == (422, True)
    assert "Kräuter auf dem Dach" in refused.text
    assert post(client, place.url, **WORDS, opinion_consent="yes").status_code == 303


@pytest.mark.parametrize(("days", "sentence"), [(PAST, "abgelaufen"), (COMING, "einreichen")])
def test_outside_its_window_a_sentence_says_when_and_the_text_is_kept(app: Flask, days: Any, sentence: str) -> None:
    with inside(app):
        author = make_account()
        make_round(slug="runde", windows={"idea": days})
    client = signed_in(app, author)
    answer = post(client, "/rounds/runde/ideas", **WORDS)
    assert answer.status_code == 403
    assert sentence in answer.text
    assert "als Entwurf in Ihrem Konto" in answer.text
    assert (only(app).status, only(app).title) == ("draft", "Kräuter auf dem Dach")


def test_who_has_not_joined_the_round_is_told_so(app: Flask) -> None:
    with inside(app):
        author = make_account()
        make_round(slug="runde", windows={"join": OPEN, "idea": OPEN})
    answer = post(signed_in(app, author), "/rounds/runde/ideas", **WORDS)
    assert (answer.status_code, "angemeldete Teilnehmende" in answer.text) == (403, True)


def test_free_ideas_need_a_round_that_takes_them(app: Flask, place: Any) -> None:
    client = signed_in(app, place.author)
    assert post(client, "/rounds/runde/ideas", **WORDS).status_code == 403
    assert client.get("/rounds/runde/ideas/new").status_code == 403
    with inside(app):
        db.session.merge(place.round).free_ideas = True
    assert client.get("/rounds/runde/ideas/new").status_code == 200
    assert post(client, "/rounds/runde/ideas", **{**WORDS, "title": "Frei"}).status_code == 303


def test_a_form_sent_twice_makes_one_idea(app: Flask, place: Any) -> None:
    client = signed_in(app, place.author)
    first = post(client, place.url, **WORDS, form_key="ein-formular")
    second = post(client, place.url, **WORDS, form_key="ein-formular")
    assert (first.status_code, second.status_code, second.location) == (303, 303, first.location)
    assert only(app).version == 1


def test_a_draft_is_saved_while_typing_as_one_row(app: Flask, place: Any) -> None:
    client, json = signed_in(app, place.author), {"Accept": "application/json"}
    for typed in ("Krä", "Kräuter"):
        token = post(client, place.url, title="", body="", intent="draft")  # an empty form is no draft
        assert token.status_code == 422
        data = {"csrf_token": csrf_token(client.get("/account")), "title": typed, "intent": "draft", "form_key": "eins"}
        answer = client.post(place.url, data=data, headers=json)
        assert answer.json == {"autosave": f"/ideas/{only(app).id}", "action": f"/ideas/{only(app).id}"}
    assert (only(app).title, only(app).status) == ("Kräuter", "draft")
    assert client.get(f"/ideas/{only(app).id}/edit").status_code == 200
    for others in (app.test_client(), signed_in(app, place.other), signed_in(app, place.moderator)):
        assert others.get(f"/ideas/{only(app).id}").status_code == 404


def test_a_draft_may_be_unfinished_and_is_submitted_later(app: Flask, place: Any) -> None:
    client = signed_in(app, place.author)
    assert post(client, place.url, title="", body="Erst ein Satz", intent="draft").status_code == 303
    url = f"/ideas/{only(app).id}"
    assert post(client, url, title="", body="Zwei Sätze", intent="submit").status_code == 422
    answer = post(client, url, title="Jetzt mit Titel", body="Zwei Sätze", intent="submit")
    assert answer.status_code == 303, answer.text
    assert only(app).status == "published"


def test_others_cannot_change_an_idea(app: Flask, place: Any) -> None:
    with inside(app):
        idea = make_idea(place.round, place.author, challenge=place.challenge)
        draft = make_idea(place.round, place.author, status="draft")
    client = signed_in(app, place.other)
    assert post(client, f"/ideas/{idea.id}", title="Meins", body="x").status_code == 403
    assert client.get(f"/ideas/{idea.id}/edit").status_code == 403
    assert post(client, f"/ideas/{draft.id}", title="Meins", body="x").status_code == 404


def test_an_edit_is_a_public_version_with_a_comparison(app: Flask, place: Any) -> None:
    with inside(app):
        idea = make_idea(place.round, place.author, title="Alt", body="Ein alter Text.")
    client = signed_in(app, place.author)
    assert post(client, f"/ideas/{idea.id}", title="Neu", body="Ein neuer Text.").status_code == 303
    page = app.test_client().get(f"/ideas/{idea.id}/versions").text
    assert "<del>" in page
    assert "<ins>" in page
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(IdeaVersion)) == 2


def test_two_who_write_at_once_lose_nothing(app: Flask, place: Any) -> None:
    with inside(app):
        idea = make_idea(place.round, place.author, title="Alt", body="Alter Text")
        db.session.add(IdeaAuthor(idea_id=idea.id, account_id=place.other.id))
    first, second = signed_in(app, place.author), signed_in(app, place.other)
    url = f"/ideas/{idea.id}"
    assert post(first, url, title="Erste", body="Text der ersten", form_key="a", seen="").status_code == 303
    answer = post(second, url, title="Zweite", body="Text der zweiten", form_key="b", seen="")
    assert answer.status_code == 422
    assert "Text der ersten" in answer.text
    assert "Text der zweiten" in answer.text
    seen = answer.text.split('name="seen"')[1].split('value="')[1].split('"')[0]
    assert post(second, url, title="Zweite", body="Beide Texte", form_key="b", seen=seen).status_code == 303
    assert only(app).body == "Beide Texte"


def test_a_withdrawn_idea_keeps_its_title_and_says_so(app: Flask, place: Any) -> None:
    with inside(app):
        idea = make_idea(place.round, place.author, body="Geheimnisvoller Text")
    client = signed_in(app, place.author)
    assert client.get(f"/ideas/{idea.id}/withdrawal").status_code == 200
    assert post(signed_in(app, place.other), f"/ideas/{idea.id}/withdrawal").status_code == 403
    assert post(client, f"/ideas/{idea.id}/withdrawal").status_code == 303
    assert post(client, f"/ideas/{idea.id}/withdrawal").status_code == 403
    page = app.test_client().get(f"/ideas/{idea.id}")
    assert (page.status_code, idea.title in page.text, "zurückgezogen" in page.text) == (200, True, True)
    assert "Geheimnisvoller" not in page.text
    assert app.test_client().get(f"/ideas/{idea.id}/versions").status_code == 404


def test_a_hidden_idea_is_for_its_authors_and_the_moderation(app: Flask, place: Any) -> None:
    with inside(app):
        decision = make_decision("hide", place.moderator, "Enthält eine Adresse.")
        idea = make_idea(place.round, place.author, visibility="hidden", visibility_decision_id=decision.id)
    assert app.test_client().get(f"/ideas/{idea.id}").status_code == 404
    assert signed_in(app, place.other).get(f"/ideas/{idea.id}").status_code == 404
    assert "Enthält eine Adresse." in signed_in(app, place.author).get(f"/ideas/{idea.id}").text
    assert signed_in(app, place.moderator).get(f"/ideas/{idea.id}").status_code == 200


def test_markup_in_an_idea_stays_text(app: Flask, place: Any) -> None:
    evil = "<script>alert(1)</script>"
    client = signed_in(app, place.author)
    post(client, place.url, title=evil, body=f"{evil} [x](javascript:alert(1)) **fett**", intent="submit")
    for url in (f"/ideas/{only(app).id}", "/rounds/runde/ideas", f"/ideas/{only(app).id}/versions"):
        page = app.test_client().get(url).text
        assert evil not in page
        assert 'href="javascript' not in page
    assert "<strong>fett</strong>" in app.test_client().get(f"/ideas/{only(app).id}").text


def test_a_foreign_language_is_marked(app: Flask, place: Any) -> None:
    with inside(app):
        idea = make_idea(place.round, place.author, title="Herbs on the roof", lang="en")
    assert '<h1 lang="en">Herbs on the roof' in app.test_client().get(f"/ideas/{idea.id}").text
    assert 'lang="en">Herbs on the roof' not in app.test_client().get(f"/en/ideas/{idea.id}").text


def test_similar_ideas_appear_while_typing_and_after_the_first_submit(app: Flask, place: Any) -> None:
    client = signed_in(app, place.author)
    post(client, place.url, title="Neue Radwege am Wall", body="Die Radwege am Wall werden breiter.", intent="submit")
    for n in range(8):
        post(client, place.url, title=f"Spielplatz {n} im Park", body="Schaukeln und Bänke für Kinder.", intent="submit")
    typing = post(client, "/rounds/runde/ideas/similar", title="Ein Fahrradweg am Wall", body="")
    assert "Neue Radwege am Wall" in typing.text
    assert "Spielplatz" not in typing.text
    sent = client.get(post(client, place.url, title="Radweg am Wall", body="Breitere Wege.", intent="submit").location).text
    assert "Ähnliche Ideen gibt es schon" in sent
    assert "Neue Radwege am Wall" in sent
    assert post(client, "/rounds/runde/ideas/similar", title="", body="").status_code == 200


def test_a_page_of_an_idea_costs_the_same_whatever_is_said_there(app: Flask, place: Any, statements: Callable[..., Any]) -> None:
    with inside(app):
        short, long = make_idea(place.round, place.author), make_idea(place.round, place.author)
        for idea, n in ((short, 2), (long, 15)):
            for _ in range(n):
                make_comment(idea, place.other)
    client = signed_in(app, place.author)
    counted = []
    for idea in (short, long):
        with statements() as seen:
            assert client.get(f"/ideas/{idea.id}").status_code == 200
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 10


def test_the_page_of_an_idea_in_a_ballot_stays_within_its_statements(
    app: Flask, place: Any, statements: Callable[..., Any]
) -> None:
    with inside(app):
        idea = make_idea(place.round, place.author, challenge=place.challenge)
        make_ballot(place.round, idea)
        make_comment(idea, place.other)
    for person in (place.other, place.author, place.moderator):
        client = signed_in(app, person)
        with statements() as seen:
            assert client.get(f"/ideas/{idea.id}").status_code == 200
        assert len(seen) <= 10, seen
    with statements() as seen:
        assert app.test_client().get(f"/ideas/{idea.id}").status_code == 200
    assert len(seen) <= 10, seen
