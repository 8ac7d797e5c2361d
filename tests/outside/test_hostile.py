"""Requests that nobody sends by accident: always an answer below 500, never half a row."""

import sqlite3
import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from ideation.core import db as core_db
from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.rounds.models import RoundSlug
from tests.cast import inside, make_account, make_ballot, make_idea, make_round
from tests.outside.world import World, make_world, routes
from tests.visit import csrf_token, login, post

TEXTS = [
    "a\x00b",
    "\ud800",
    "<script>alert(1)</script>",
    "'; DROP TABLE idea; -- %s%n{{7*7}}{% raw %} \u202e",
    "[" * 5_000,
    "9" * 400,
    "-1",
]


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_no_address_fails_over_what_stands_in_its_query(app: Flask, world: World, text: str) -> None:
    client = login(app.test_client(), world.moderator)
    names: tuple[str, ...] = (
        "q",
        "page",
        "sort",
        "seed",
        "tag",
        "challenge",
        "at",
        "next",
        "version",
        "role",
        "selection",
        "lab",
        "state",
        "round",
        "when",
        "sector",
        "kind",
        "into",
        "decided",
    )
    # What a router or a template could take for its own.
    names += ("endpoint", "slug", "id", "_anchor", "_external", "_method", "_scheme")
    for rule in routes(app, "GET"):
        answer = client.get(world.address(rule), query_string={name: text.encode("utf-8", "replace") for name in names})
        assert answer.status_code < 500, (rule.rule, text[:20])
        assert b"<script>alert" not in answer.data


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_no_form_fails_over_what_is_typed(app: Flask, world: World, text: str) -> None:
    client = login(app.test_client(), world.author)
    token = csrf_token(client.get("/account"))
    names = [
        "title",
        "body",
        "question",
        "context",
        "sub_questions",
        "choice",
        "points",
        "intent",
        "parent",
        "tags",
        "lang",
        "kind",
        "reason",
        "email",
        "display_name",
        "password",
        "locale",
        "role",
        "idempotency_key",
        "follow",
        "id",
        "register",
        "form_key",
        "idea",
        "version",
        "opens_at",
        "closes_at",
        "slug",
        "method",
        "goals",
        "months",
        "budget",
        "seen",
        "choice_goals",
        "member",
        "profile",
        "text",
        "owner",
        "due_on",
        "answer",
        "status",
        "name",
        "institution",
        "count",
        "science",
        "listed",
        "seats",
        "starts_at",
        "ends_at",
        "precision",
        "agenda",
        "online_url",
        "seats_until",
        "takes_seats",
        "minutes",
        "round",
        "here",
        "q",
        "aliases",
        "sector",
        "about",
        "offer",
        "website",
        "contact_office",
        "contact_email",
        "contact_phone",
        "since",
        "existing",
        "into",
        "office",
        "begins",
        "ends",
        "purpose",
    ]
    data = {name: text.encode("utf-8", "replace") for name in names} | {"csrf_token": token}
    for rule in routes(app, "POST"):
        if rule.rule.startswith(("/logout", "/account/sessions")):
            continue
        answer = client.post(world.address(rule), data=data)
        assert answer.status_code < 500, (rule.rule, text[:20])
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/ideas/99999999999999999999", "/ideas/-1", "/ideas/0", "/rounds/%00", "/rounds/%FF%FE", "/x" * 500, "/static/../config.py"],
)
def test_an_address_that_names_nothing_is_a_page_that_helps_on(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code == 404
    assert "Alle Runden" in answer.text


def test_a_body_over_a_megabyte_is_refused_with_a_sentence(app: Flask, world: World) -> None:
    client = login(app.test_client(), world.author)
    answer = client.post(f"/challenges/{world.challenge.id}/ideas", data={"title": "x", "body": "x" * 1_100_000})
    assert answer.status_code == 413
    assert "höchstens 1 MB" in answer.text


def test_twenty_thousand_fields_are_too_many(app: Flask, world: World) -> None:
    client = login(app.test_client(), world.author)
    token = csrf_token(client.get("/account"))
    fields = "&".join(f"f{n}=1" for n in range(20_000))
    answer = client.post("/follows", data=f"csrf_token={token}&{fields}", content_type="application/x-www-form-urlencoded")
    assert answer.status_code < 500
    boundary = "\r\n".join(f'--b\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\n1' for n in range(20_000))
    answer = client.post("/follows", data=boundary.encode() + b"\r\n--b--", content_type="multipart/form-data; boundary=b")
    assert answer.status_code in {400, 413}


def test_a_broken_multipart_body_is_a_bad_request(app: Flask, world: World) -> None:
    client = login(app.test_client(), world.author)
    for body in (b"", b'--b\r\nContent-Disposition: form-data; name="x"', b"\xff\xfe\x00"):
        answer = client.post("/follows", data=body, content_type="multipart/form-data; boundary=b")
        assert 400 <= answer.status_code < 500


@pytest.mark.parametrize(
    "origin", ["http://[", "null", "", "//localhost", "http://localhost.evil.example", "http://localhost@evil.example"]
)
def test_a_write_from_a_strange_origin_is_refused(app: Flask, world: World, origin: str) -> None:
    assert app.test_client().post("/login", headers={"Origin": origin}).status_code == 403


def test_the_query_is_no_argument_of_the_next_page_or_a_former_address(app: Flask, world: World) -> None:
    with inside(app):
        for number in range(25):
            make_idea(world.round, title=f"Idee {number}")
        db.session.add(RoundSlug(slug="frueher", round_id=world.round.id))
    query = "?_anchor=x&endpoint=x&slug=anderswo&_external=1&_method=x&_scheme=x"
    client = app.test_client()
    assert client.get(f"/rounds/{world.round.slug}/ideas{query}").status_code == 200
    moved = client.get(f"/rounds/frueher/ideas{query}")
    assert moved.status_code == 301 and moved.location == f"/rounds/{world.round.slug}/ideas{query}"


def test_unknown_methods_are_refused(app: Flask, world: World) -> None:
    for method in ("TRACE", "PUT", "DELETE", "PATCH", "BREW"):
        assert app.test_client().open("/", method=method).status_code in {403, 405}


def test_a_foreign_host_never_reaches_a_link(app: Flask) -> None:
    app.config["TRUSTED_HOSTS"] = ["localhost"]
    assert app.test_client().get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "\t//evil.example", "javascript:alert(1)", "%2F%2Fevil.example"],
)
def test_the_login_leads_nowhere_else(app: Flask, target: str) -> None:
    with inside(app):
        person = make_account()
    from tests.visit import PASSWORD

    client = app.test_client()
    answer = post(client, "/login", form="/login", email=person.email, password=PASSWORD, next=target)
    assert answer.status_code == 303
    assert answer.location.startswith("/")
    assert not answer.location.startswith(("//", "/\\"))


def test_a_locked_database_is_503_with_retry_after_and_nothing_half_saved(
    app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL has no lock on the whole database")
    with inside(app):
        person, round_ = make_account(), make_round()
        idea = make_idea(round_)
        make_ballot(round_, idea)
    client = login(app.test_client(), person)
    token = csrf_token(client.get("/account"))
    with app.app_context():
        db.engine.dispose()
    monkeypatch.setattr(core_db, "BUSY_SECONDS", 0.3)
    foreign = sqlite3.connect(Path(database_url.removeprefix("sqlite:///")), isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    try:
        answer = client.post(f"/ideas/{idea.id}/vote", data={"csrf_token": token, "choice": "support"})
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "5"
        assert "Nichts wurde gespeichert" in answer.text
        assert client.get(f"/ideas/{idea.id}").status_code == 200
    finally:
        foreign.execute("ROLLBACK")
        foreign.close()
    assert client.post(f"/ideas/{idea.id}/vote", data={"csrf_token": token, "choice": "support"}).status_code == 303


def test_who_waits_too_long_for_the_writer_gets_503(app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL has many writers")
    with inside(app):
        person, round_ = make_account(), make_round()
        idea = make_idea(round_)
    client = login(app.test_client(), person)
    token = csrf_token(client.get("/account"))
    monkeypatch.setattr(core_db, "BUSY_SECONDS", 0.2)
    held, free = threading.Event(), threading.Event()

    def hold() -> None:
        with app.app_context():
            db.session.scalar(select(func.count()).select_from(Idea))
            held.set()
            free.wait(5)
            db.session.rollback()

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert held.wait(5)
        answer = client.post("/follows", data={"csrf_token": token, "kind": "idea", "id": idea.id, "follow": "yes"})
        assert answer.status_code == 503
    finally:
        free.set()
        other.join()


def test_a_database_that_is_away_is_503(app: Flask, database_url: str, tmp_path: Path) -> None:
    from ideation import create_app

    gone = (
        "postgresql+psycopg://nobody@127.0.0.1:1/none"
        if database_url.startswith("postgresql")
        else f"sqlite:////{tmp_path}/no/such/folder.sqlite3"
    )
    away = create_app(DATA_DIR=str(tmp_path / "away"), DATABASE_URL=gone, SECRET_KEY="x")
    for path in ("/", "/rounds", "/readyz"):
        answer = away.test_client().get(path)
        assert answer.status_code == 503, path
    assert away.test_client().get("/healthz").status_code == 200
