import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ideation.core.db import db
from ideation.labs.models import Lab
from ideation.notifications.models import Follow
from tests.cast import inside, make_account, make_challenge, make_idea, make_round, put
from tests.visit import login, post


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Follow)) or 0


@pytest.fixture
def things(app: Flask) -> dict[str, int]:
    from datetime import UTC, datetime

    with inside(app):
        round_ = make_round()
        challenge = make_challenge(round_)
        idea = make_idea(round_, challenge=challenge)
        lab = put(Lab(slug="labor", title="Labor", created_at=datetime.now(UTC)))
        return {"round": round_.id, "challenge": challenge.id, "idea": idea.id, "lab": lab.id}


@pytest.fixture
def anna(app: Flask, client: FlaskClient) -> FlaskClient:
    with inside(app):
        account = make_account(email="anna@example.org")
    return login(client, account)


@pytest.mark.parametrize("kind", ["idea", "challenge", "round", "lab"])
def test_following_twice_is_following_once(app: Flask, anna: FlaskClient, things: dict[str, int], kind: str) -> None:
    for _ in range(2):
        answer = post(anna, "/follows", kind=kind, id=things[kind], follow="yes")
        assert answer.status_code == 303
    assert count(app) == 1
    page = anna.get(answer.location).text
    assert "Sie bleiben hier auf dem Laufenden." in page
    assert "Keine Nachrichten mehr" in anna.get("/account").text
    for _ in range(2):
        assert post(anna, "/follows", kind=kind, id=things[kind], follow="no").status_code == 303
    assert count(app) == 0


def test_the_answer_for_htmx_is_the_same_form_with_the_same_id(anna: FlaskClient, things: dict[str, int]) -> None:
    answer = post(anna, "/follows", htmx=True, kind="idea", id=things["idea"], follow="yes")
    assert answer.status_code == 200
    assert f'id="follow-idea-{things["idea"]}"' in answer.text
    assert 'value="no"' in answer.text
    assert "Sie bleiben auf dem Laufenden." in answer.text


def test_from_the_account_it_leads_back_there(anna: FlaskClient, things: dict[str, int]) -> None:
    post(anna, "/follows", kind="idea", id=things["idea"], follow="yes")
    answer = post(anna, "/follows", kind="idea", id=things["idea"], follow="no", back="account")
    assert answer.location == "/account"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "idea", "id": "999", "follow": "yes"}, {"kind": "account", "id": "1", "follow": "yes"}, {"kind": "idea", "id": "x", "follow": "yes"},
        {"kind": "idea", "id": "99999999999999999999", "follow": "yes"}, {"kind": "idea", "id": "1"}, {"kind": "idea", "id": "1", "follow": "toggle"},
        {"kind": "lab", "id": "999", "follow": "yes"}, {"kind": "round", "id": "0", "follow": "yes"}, {},
    ],
)  # fmt: skip
def test_what_is_not_there_cannot_be_followed(
    app: Flask, anna: FlaskClient, things: dict[str, int], fields: dict[str, str]
) -> None:
    assert post(anna, "/follows", **fields).status_code == 404
    assert count(app) == 0


def test_what_is_not_public_cannot_be_followed(app: Flask, anna: FlaskClient) -> None:
    with inside(app):
        author = make_account()
        secret = make_round(status="draft", published_at=None)
        draft = make_idea(make_round(), author, status="draft")
    for kind, id in (("idea", draft.id), ("round", secret.id)):
        assert post(anna, "/follows", kind=kind, id=id, follow="yes").status_code == 404
    assert count(app) == 0


def test_a_stranger_is_shown_the_way_and_gets_no_cookie(app: Flask, things: dict[str, int]) -> None:
    stranger = app.test_client()
    page = stranger.get(f"/ideas/{things['idea']}")
    assert "Anmelden und auf dem Laufenden bleiben" in page.text
    assert "Set-Cookie" not in page.headers
    assert post(stranger, "/follows", form="/login", kind="idea", id=things["idea"], follow="yes").status_code == 403
    assert count(app) == 0


def test_a_hidden_thing_loses_its_title_in_the_list(app: Flask, anna: FlaskClient, things: dict[str, int]) -> None:
    from ideation.ideas.actions import hide_idea
    from ideation.ideas.queries import idea_or_404

    post(anna, "/follows", kind="idea", id=things["idea"], follow="yes")
    with inside(app):
        admin = make_account("admin")
        idea = idea_or_404(admin, things["idea"])
        title = idea.title
        from datetime import UTC, datetime

        hide_idea(admin, idea, "Enthält eine Telefonnummer.", now=datetime.now(UTC))
    page = anna.get("/account").text
    assert title not in page
    assert "nicht mehr öffentlich" in page
    assert post(anna, "/follows", kind="idea", id=things["idea"], follow="no", back="account").status_code == 303
    assert count(app) == 0
