"""Register, confirm, a forgotten password: what a stranger can do, and what nobody can find out that way."""

import re
from collections.abc import Callable
from datetime import datetime
from statistics import median
from time import process_time

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ideation.accounts.models import Account, Login, MailedLink
from ideation.core.db import db
from ideation.core.mail import Outbox
from tests.cast import inside, make_account
from tests.visit import PASSWORD, body, links, login, mails, post

ANNA = {"email": "anna@example.org", "display_name": "Anna", "password": "kastanie bus laterne", "consent": "yes"}
At = Callable[[str], datetime]


def register(client: FlaskClient, **changed: str) -> object:
    return post(client, "/register", form="/register", **{**ANNA, **changed})


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def link(app: Flask, to: str = "anna@example.org") -> str:
    return next(way for way in links(mails(app, to)[-1]) if "/confirm/" in way or "/password/reset/" in way)


def test_somebody_registers_confirms_and_logs_in(app: Flask, client: FlaskClient) -> None:
    answer = register(client)
    assert (answer.status_code, answer.location) == (303, "/register/sent")
    assert client.get("/register/sent").status_code == 200
    way = link(app)
    assert "Anna" in client.get(way).text
    assert post(client, way, form=way).location == "/login"
    login(client, "anna@example.org", "kastanie bus laterne")
    assert "Anna" in client.get("/account").text


def test_opening_the_link_changes_nothing(app: Flask, client: FlaskClient) -> None:
    register(client)
    way = link(app)
    for _ in range(3):
        assert client.get(way).status_code == 200
        assert client.head(way).status_code == 200
    assert post(client, "/login", form="/login", email="anna@example.org", password="kastanie bus laterne").status_code == 403
    assert post(client, way, form=way).status_code == 303


def test_a_link_works_once(app: Flask, client: FlaskClient) -> None:
    register(client)
    way = link(app)
    assert post(client, way, form=way).status_code == 303
    assert client.get(way).status_code == 404
    assert post(client, way, form="/login").status_code == 404


def test_a_link_is_for_one_purpose(app: Flask, client: FlaskClient) -> None:
    register(client)
    token = link(app).rpartition("/")[2]
    assert client.get(f"/password/reset/{token}").status_code == 404
    assert post(client, f"/password/reset/{token}", form="/login", new_password="laterne bus kastanie").status_code == 404
    assert client.get("/confirm/" + "x" * 500).status_code == 404


def test_the_token_is_not_in_the_database(app: Flask, client: FlaskClient) -> None:
    register(client)
    token = link(app).rpartition("/")[2]
    assert len(token) >= 43
    with app.app_context():
        assert token not in db.session.scalar(select(MailedLink.token_hash))


def test_a_link_ends_after_48_hours_and_so_does_the_registration(app: Flask, client: FlaskClient, at: At) -> None:
    at("2026-11-23 12:00")
    register(client)
    way = link(app)
    at("2026-11-25 11:59")
    assert client.get(way).status_code == 200
    at("2026-11-25 12:00")
    assert client.get(way).status_code == 404
    assert post(client, way, form="/login").status_code == 404
    mails(app)
    assert (count(app, Account), count(app, MailedLink)) == (0, 0)


def test_a_new_link_voids_the_earlier_one(app: Flask, client: FlaskClient) -> None:
    register(client)
    first = link(app)
    assert post(client, "/confirm", form="/confirm", email=" Anna@Example.org ").location == "/sent/confirm"
    second = link(app)
    assert first != second
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200


def test_registering_again_before_confirming_takes_the_latest_name_and_password(app: Flask, client: FlaskClient) -> None:
    register(client, display_name="Anne", password="laterne bus kastanie")
    register(client)
    assert "Anna" in body(mails(app, "anna@example.org")[-1])
    way = link(app)
    post(client, way, form=way)
    login(client, "anna@example.org", "kastanie bus laterne")
    assert count(app, Account) == 1


def test_a_known_address_gets_the_same_answer_and_another_mail(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        make_account(email="berta@example.org", name="Berta")
    known, unknown = (
        register(client, email=e, display_name=n) for e, n in (("Berta@example.org", "Neu"), ("new@example.org", "Neuer"))
    )
    assert (known.status_code, known.location, known.text) == (unknown.status_code, unknown.location, unknown.text)
    assert "schon" in mails(app, "berta@example.org")[0]["Subject"]
    assert count(app, Account) == 2
    login(app.test_client(), "berta@example.org")


@pytest.mark.parametrize(("path", "sent"), [("/password/forgotten", "/sent/reset"), ("/confirm", "/sent/confirm")])
def test_asking_for_a_link_never_tells_whether_there_is_an_account(app: Flask, client: FlaskClient, path: str, sent: str) -> None:
    with inside(app):
        make_account(email="berta@example.org")
        make_account(email="open@example.org", confirmed_at=None)
    answers = {
        post(client, path, form=path, email=e).location for e in ("berta@example.org", "open@example.org", "nobody@example.org")
    }
    assert answers == {sent}
    told = {mail["To"] for mail in mails(app)}
    assert told == {"berta@example.org" if "password" in path else "open@example.org"}


def test_known_and_unknown_take_the_same_work(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        make_account(email="berta@example.org", password_hash=_real_hash())
    token = {"csrf_token": re.search(r'csrf_token" value="([^"]+)', client.get("/login").text)[1]}

    def work(email: str) -> float:
        begun = process_time()
        client.post("/login", data={**token, "email": email, "password": "falsch falsch falsch"})
        return process_time() - begun

    work("berta@example.org"), work("nobody@example.org")
    known, unknown = zip(*((work("berta@example.org"), work(f"nobody{n}@example.org")) for n in range(4)), strict=True)
    assert abs(median(known) - median(unknown)) <= 0.02


def _real_hash() -> str:
    from ideation.core.secret import password_hash

    return password_hash(PASSWORD)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""), ("email", "anna"), ("email", "anna@example.org\r\nBcc: x@example.org"), ("email", "a" * 250 + "@example.org"),
        ("display_name", ""), ("display_name", "\u200b"), ("display_name", "x" * 61), ("display_name", "Moderation"),
        ("password", ""), ("password", "kurz"), ("password", "passwort123456"), ("password", "x" * 129), ("password", "anna@example.org"),
        ("consent", ""), ("consent", "no"),
    ],
)  # fmt: skip
def test_wrong_input_is_told_at_its_field_and_nothing_is_kept(app: Flask, client: FlaskClient, field: str, value: str) -> None:
    answer = register(client, **{field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "kastanie bus laterne" not in answer.text
    assert (count(app, Account), count(app, Outbox)) == (0, 0)


def test_what_was_typed_stands_there_again(client: FlaskClient) -> None:
    answer = register(client, password="kurz", display_name='"><script>alert(1)</script>')
    assert 'value="anna@example.org"' in answer.text
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text


def test_fields_that_nobody_asked_for_change_nothing(app: Flask, client: FlaskClient) -> None:
    register(client, role="admin", confirmed_at="2020-01-01", id="7", name_key="x", opinion_consent="yes")
    with app.app_context():
        account = db.session.scalar(select(Account))
        assert (account.role, account.confirmed_at, account.opinion_consent_at) == ("participant", None, None)


def test_a_name_is_given_once(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        make_account(name="Anna")
    for name in ("anna", "ANNA", " An\u200bna "):
        answer = register(client, display_name=name)
        assert answer.status_code == 422
        assert "Diesen Namen gibt es schon" in answer.text


def test_a_mail_tells_the_name_as_text_and_links_only_to_this_site(app: Flask, client: FlaskClient) -> None:
    register(client, display_name="[Gewinn](//evil.example) <b>x</b>")
    html = mails(app)[0].get_body(("html",)).get_content()
    assert "<b>" not in html
    assert re.findall(r'href="([^"]+)"', html) == ["http://127.0.0.1:8000" + link(app)]


def test_links_in_mails_are_built_from_the_settings(app: Flask, client: FlaskClient) -> None:
    data = {"csrf_token": "", **ANNA}
    page = client.get("/register", headers={"Host": "evil.example"})
    data["csrf_token"] = re.search(r'csrf_token" value="([^"]+)', page.text)[1]
    client.post("/register", data=data, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    text = body(mails(app)[0])
    assert "evil.example" not in text
    assert "http://127.0.0.1:8000/confirm/" in text


def test_an_english_page_makes_english_mails(app: Flask, client: FlaskClient) -> None:
    post(client, "/en/register", form="/en/register", **ANNA)
    assert "/en/confirm/" in link(app)
    with app.app_context():
        assert db.session.scalar(select(Account.locale)) == "en"


def test_at_most_three_mails_an_hour_go_to_one_address(app: Flask, client: FlaskClient, at: At) -> None:
    at("2026-11-23 12:00")
    with inside(app):
        make_account(email="berta@example.org")
    for _ in range(6):
        assert post(client, "/password/forgotten", form="/password/forgotten", email="berta@example.org").status_code == 303
    assert len(mails(app, "berta@example.org")) == 3
    at("2026-11-23 13:01")
    post(client, "/password/forgotten", form="/password/forgotten", email="berta@example.org")
    assert len(mails(app, "berta@example.org")) == 4


def test_a_class_gets_through_and_a_flood_does_not(app: Flask, client: FlaskClient) -> None:
    answers = [register(client, email=f"p{n}@example.org", display_name=f"Person {n}").status_code for n in range(33)]
    assert answers == [303] * 30 + [429] * 3
    assert count(app, Account) == 30


def test_a_forgotten_password_is_replaced_and_every_session_ends(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        make_account(email="anna@example.org")
    elsewhere = login(app.test_client(), "anna@example.org")
    post(client, "/password/forgotten", form="/password/forgotten", email="anna@example.org")
    way = link(app)
    assert client.get(way).status_code == 200
    assert elsewhere.get("/account").status_code == 200
    assert post(client, way, form=way, new_password="kurz").status_code == 422
    assert post(client, way, form=way, new_password="laterne bus kastanie").location == "/login"
    assert client.get(way).status_code == 404
    assert elsewhere.get("/account").status_code == 302
    assert count(app, Login) == 0
    assert "geändert" in mails(app, "anna@example.org")[-1]["Subject"]
    assert post(client, "/login", form="/login", email="anna@example.org", password=PASSWORD).status_code == 422
    login(client, "anna@example.org", "laterne bus kastanie")


def test_a_reset_link_ends_after_an_hour(app: Flask, client: FlaskClient, at: At) -> None:
    at("2026-11-23 12:00")
    with inside(app):
        make_account(email="anna@example.org")
    post(client, "/password/forgotten", form="/password/forgotten", email="anna@example.org")
    way = link(app)
    at("2026-11-23 13:00")
    assert client.get(way).status_code == 404
    assert post(client, way, form="/login", new_password="laterne bus kastanie").status_code == 404
