from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ideation.comments.actions import hide_comment, restore_comment
from ideation.comments.models import Comment
from ideation.comments.queries import comment_or_404
from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.notifications.models import Follow
from tests.cast import COMING, OPEN, PAST, inside, make_account, make_challenge, make_comment, make_idea, make_round
from tests.visit import login, post


@pytest.fixture
def site(app: Flask) -> SimpleNamespace:
    """A round that is open for comments, an idea and a question in it, and who takes part."""
    with inside(app):
        mara, ben, moderator = make_account(name="Mara"), make_account(name="Ben"), make_account("moderator")
        round_ = make_round(moderator)
        idea, challenge = make_idea(round_, mara), make_challenge(round_, mara)
        comment = make_comment(idea, mara, body="Gute Sache.")
    return SimpleNamespace(mara=mara, ben=ben, moderator=moderator, round=round_, idea=idea, challenge=challenge, comment=comment)


def said(app: Flask, **which: object) -> list[Comment]:
    with app.app_context():
        return list(db.session.query(Comment).filter_by(**which).order_by(Comment.id))


def number(app: Flask, idea: Idea) -> int:
    with app.app_context():
        return db.session.get_one(Idea, idea.id).comments


@pytest.mark.parametrize("kind", ["idea", "challenge"])
def test_a_comment_appears_where_it_was_written(app: Flask, client: FlaskClient, site: SimpleNamespace, kind: str) -> None:
    address = f"/{kind}s/{getattr(site, kind).id}"
    answer = post(login(client, site.ben), f"{address}/comments", form=address, body="Das **fehlt** uns.")
    made = said(app)[-1]
    assert (answer.status_code, answer.location) == (303, f"{address}#comment-{made.id}")
    page = app.test_client().get(address)
    assert "Das <strong>fehlt</strong> uns." in page.text and "Ben" in page.text and f'id="comment-{made.id}"' in page.text


def test_htmx_gets_the_comment_an_empty_form_and_one_message(client: FlaskClient, site: SimpleNamespace) -> None:
    answer = post(login(client, site.ben), f"/ideas/{site.idea.id}/comments", htmx=True, body="Das fehlt uns.")
    assert answer.status_code == 200
    assert 'hx-swap-oob="afterbegin:#comments"' in answer.text and "Das fehlt uns." in answer.text
    assert answer.text.count("Ihr Kommentar ist veröffentlicht.") == 1 and 'id="comment-form-0"' in answer.text
    reply = post(client, f"/ideas/{site.idea.id}/comments", htmx=True, body="Ja.", parent=site.comment.id)
    assert (
        f'hx-swap-oob="beforeend:#answers-{site.comment.id}"' in reply.text and f'id="comment-form-{site.comment.id}"' in reply.text
    )


def test_an_answer_stands_in_its_thread(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    login(client, site.ben)
    form = client.get(f"/ideas/{site.idea.id}/comments/new?parent={site.comment.id}")
    assert form.status_code == 200 and "Gute Sache." in form.text
    post(client, f"/ideas/{site.idea.id}/comments", body="Finde ich auch.", parent=site.comment.id)
    answer = said(app, parent_id=site.comment.id)[0]
    assert answer.root_id == site.comment.id and number(app, site.idea) == 2


@pytest.mark.parametrize("body", ["", "   ", "\u200b\x00"[1:], "x" * 5001])
def test_an_empty_or_endless_comment_comes_back_with_a_sentence(
    app: Flask, client: FlaskClient, site: SimpleNamespace, body: str
) -> None:
    answer = post(login(client, site.ben), f"/ideas/{site.idea.id}/comments", body=body)
    assert answer.status_code == 422 and 'id="comment-body-0-error"' in answer.text
    assert len(said(app)) == 1


@pytest.mark.parametrize("parent", ["999999", "abc", "-1", "99999999999999999999", "1e3", "²"])
def test_an_answer_needs_a_readable_comment_of_the_same_page(
    app: Flask, client: FlaskClient, site: SimpleNamespace, parent: str
) -> None:
    answer = post(login(client, site.ben), f"/ideas/{site.idea.id}/comments", body="Hallo", parent=parent)
    assert answer.status_code == 422 and "Hallo" in answer.text and len(said(app)) == 1


def test_nobody_answers_what_is_withdrawn_or_stands_elsewhere(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    with inside(app):
        elsewhere = make_comment(make_idea(site.round), site.mara)
        gone = make_comment(site.idea, site.mara, withdrawn_at=datetime.now(UTC), body="")
    login(client, site.ben)
    for parent in (elsewhere, gone):
        assert post(client, f"/ideas/{site.idea.id}/comments", body="Hallo", parent=parent.id).status_code == 422
    assert len(said(app)) == 3


def test_hostile_text_is_shown_as_text(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    body = '<script>alert(1)</script> <img src=x onerror=alert(1)> [a](javascript:alert(1)) <b hx-get="/x">b</b>'
    post(login(client, site.ben), f"/ideas/{site.idea.id}/comments", body=body)
    page = app.test_client().get(f"/ideas/{site.idea.id}").text
    assert "<script>alert" not in page and "<img src=x" not in page and 'href="javascript' not in page and 'hx-get="/x"' not in page


def test_a_stranger_is_led_to_the_login_and_keeps_the_text(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    answer = post(client, f"/ideas/{site.idea.id}/comments", form="/login", body="Mein Text")
    assert answer.status_code == 403 and "Mein Text" in answer.text and len(said(app)) == 1
    page = app.test_client().get(f"/ideas/{site.idea.id}")
    assert "Anmelden und mitreden" in page.text and "Set-Cookie" not in page.headers


def test_the_first_comment_asks_for_consent(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    with inside(app):
        fresh = make_account(opinion_consent_at=None, opinion_consent_text=None)
    login(client, fresh)
    refused = post(client, f"/ideas/{site.idea.id}/comments", body="Mein Text")
    assert refused.status_code == 422 and "Mein Text" in refused.text and 'name="opinion_consent"' in refused.text
    assert post(client, f"/ideas/{site.idea.id}/comments", body="Mein Text", opinion_consent="yes").status_code == 303
    assert post(client, f"/ideas/{site.idea.id}/comments", body="Noch einer").status_code == 303


@pytest.mark.parametrize("windows", [{"comment": PAST}, {"comment": COMING}, {"idea": OPEN}, {}, {"comment": OPEN, "join": OPEN}])
def test_outside_the_window_a_sentence_refuses(
    app: Flask, client: FlaskClient, site: SimpleNamespace, windows: dict[str, tuple[float, float | None]]
) -> None:
    with inside(app):
        idea = make_idea(make_round(windows=windows))
    login(client, site.ben)
    for htmx in (False, True):
        answer = post(client, f"/ideas/{idea.id}/comments", htmx=htmx, body="Zu spät?")
        assert answer.status_code == 403 and answer.headers.get("HX-Retarget", "") == ("#refusal" if htmx else "")
    assert client.get(f"/ideas/{idea.id}/comments/new").status_code == 403
    assert 'name="body"' not in client.get(f"/ideas/{idea.id}").text
    assert said(app, idea_id=idea.id) == []


def test_what_cannot_be_seen_cannot_be_commented(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    with inside(app):
        draft = make_idea(site.round, site.mara, status="draft")
    login(client, site.ben)
    assert [post(client, f"/ideas/{n}/comments", body="x").status_code for n in (draft.id, 2147483647, 99999999999)] == [
        404,
        404,
        404,
    ]
    assert post(login(app.test_client(), site.mara), f"/ideas/{draft.id}/comments", body="x").status_code == 403


def test_ten_comments_in_ten_minutes_are_enough(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    login(client, site.ben)
    for n in range(10):
        assert post(client, f"/ideas/{site.idea.id}/comments", body=f"Nummer {n}").status_code == 303
    refused = post(client, f"/ideas/{site.idea.id}/comments", body="Nummer 11")
    assert refused.status_code == 429 and 0 < int(refused.headers["Retry-After"]) <= 601
    assert post(login(app.test_client(), site.mara), f"/ideas/{site.idea.id}/comments", body="Ich darf.").status_code == 303
    with inside(app):
        for comment in db.session.query(Comment).filter_by(account_id=site.ben.id):
            comment.created_at = datetime.now(UTC) - timedelta(minutes=11)
    assert post(client, f"/ideas/{site.idea.id}/comments", body="Nummer 11").status_code == 303


def test_an_own_comment_can_be_changed_for_ten_minutes(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    login(client, site.mara)
    address = f"/comments/{site.comment.id}"
    assert "Gute Sache." in client.get(f"{address}/edit").text
    assert post(client, address, body="").status_code == 422
    answer = post(client, address, body="Sehr gute Sache.")
    assert (answer.status_code, answer.location) == (303, f"/ideas/{site.idea.id}#comment-{site.comment.id}")
    page = app.test_client().get(f"/ideas/{site.idea.id}").text
    assert "Sehr gute Sache." in page and "geändert" in page
    with inside(app):
        db.session.get_one(Comment, site.comment.id).created_at = datetime.now(UTC) - timedelta(minutes=10)
    assert client.get(f"{address}/edit").status_code == post(client, address, body="Anders").status_code == 403
    assert said(app)[0].body == "Sehr gute Sache." and f"{address}/edit" not in client.get(f"/ideas/{site.idea.id}").text


def test_nobody_touches_what_others_wrote(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    login(client, site.ben)
    address = f"/comments/{site.comment.id}"
    assert client.get(f"{address}/edit").status_code == client.get(f"{address}/withdrawal").status_code == 404
    assert post(client, address, body="Anders").status_code == post(client, f"{address}/withdrawal").status_code == 404
    assert said(app)[0].body == "Gute Sache."


def test_a_withdrawn_comment_leaves_a_readable_thread(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    answered = {"body": "Antwort darauf", "parent": site.comment.id}
    post(login(app.test_client(), site.ben), f"/ideas/{site.idea.id}/comments", **answered)
    login(client, site.mara)
    assert "Gute Sache." in client.get(f"/comments/{site.comment.id}/withdrawal").text
    for _ in range(2):
        assert post(client, f"/comments/{site.comment.id}/withdrawal").status_code == 303
    page = app.test_client().get(f"/ideas/{site.idea.id}").text
    assert "Zurückgezogen." in page and "Antwort darauf" in page and "Gute Sache." not in page
    assert said(app)[0].body == "" and number(app, site.idea) == 1
    assert post(client, f"/comments/{site.comment.id}", body="Doch").status_code == 403


def test_a_hidden_comment_shows_its_reason_to_its_author_only(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    with inside(app):
        comment = comment_or_404(site.comment.id)
        hide_comment(site.moderator, comment, "Das nennt eine Telefonnummer.", now=datetime.now(UTC))
    assert number(app, site.idea) == 0
    public = app.test_client().get(f"/ideas/{site.idea.id}").text
    assert "Von der Moderation ausgeblendet." in public and "Gute Sache." not in public and "Telefonnummer" not in public
    own = login(client, site.mara).get(f"/ideas/{site.idea.id}").text
    assert "Das nennt eine Telefonnummer." in own and "Gute Sache." in own
    with inside(app):
        restore_comment(site.moderator, comment_or_404(site.comment.id), now=datetime.now(UTC))
    assert "Gute Sache." in app.test_client().get(f"/ideas/{site.idea.id}").text and number(app, site.idea) == 1


def test_who_asks_for_it_is_kept_up_to_date(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    login(client, site.ben)
    post(client, f"/ideas/{site.idea.id}/comments", body="Ohne Haken")
    with app.app_context():
        assert db.session.query(Follow).count() == 0
    for _ in range(2):
        post(client, f"/ideas/{site.idea.id}/comments", body="Mit Haken", follow="y")
    with app.app_context():
        assert [(f.account_id, f.subject_kind, f.subject_id) for f in db.session.query(Follow)] == [
            (site.ben.id, "idea", site.idea.id)
        ]


def test_a_comment_on_a_later_page_is_found_again(app: Flask, client: FlaskClient, site: SimpleNamespace) -> None:
    with inside(app):
        for _ in range(25):
            make_comment(site.idea, site.mara)
    answer = post(login(client, site.ben), f"/ideas/{site.idea.id}/comments", body="Antwort ganz unten", parent=site.comment.id)
    assert answer.location.startswith(f"/ideas/{site.idea.id}?page=2#comment-")
    assert "Antwort ganz unten" in client.get(answer.location).text


def test_the_page_of_an_idea_costs_the_same_with_ten_and_with_a_hundred_comments(
    app: Flask, client: FlaskClient, site: SimpleNamespace, statements: Callable[..., object]
) -> None:
    with inside(app):
        few, many = make_idea(site.round, site.mara), make_idea(site.round, site.mara)
        for idea, threads in ((few, 2), (many, 20)):
            for _ in range(threads):
                root = make_comment(idea, site.mara)
                for _ in range(4):
                    make_comment(idea, site.ben, parent=root)
    login(client, site.ben)
    counts = []
    for idea in (few, many):
        with statements() as seen:  # type: ignore[attr-defined]
            assert client.get(f"/ideas/{idea.id}").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
