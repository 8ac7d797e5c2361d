"""What holds for every address, found in the URL map: a new one is tested by being there."""

import hashlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ideation.core.db import Base, db
from tests.cast import inside
from tests.outside.world import World, grow, make_world, routes
from tests.visit import csrf_token, login

# POST forms that visitors may send.
FOR_VISITORS = {"/logout", "/register", "/login", "/password/forgotten", "/confirm"}
FOR_VISITORS_WITH_TOKEN = ("/confirm/", "/password/reset/", "/seats/")
# Seats at events are for everybody: the form, and what it sends.
SEATS = re.compile(r"/events/\d+/seats(/new)?$")


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


def rows(app: Flask) -> dict[str, str]:
    """A fingerprint of every table."""
    with app.app_context():
        prints = {}
        for table in Base.metadata.sorted_tables:
            everything = sorted(map(repr, db.session.execute(select(table)).all()))
            prints[table.name] = hashlib.sha256("\n".join(everything).encode()).hexdigest()
        db.session.rollback()
        return prints


def for_visitors(path: str) -> bool:
    return path in FOR_VISITORS or path.startswith(FOR_VISITORS_WITH_TOKEN) or bool(SEATS.match(path))


def test_every_write_refuses_strangers(app: Flask, world: World) -> None:
    before, wrong = rows(app), []
    for rule in routes(app, "POST"):
        path = world.address(rule)
        if for_visitors(path):
            continue
        client = app.test_client()
        token = csrf_token(client.get("/login"))
        answer = client.post(path, data={"csrf_token": token, "title": "x", "body": "x", "choice": "support", "kind": "publish"})
        if answer.status_code not in {401, 403} and "/login" not in (answer.location or ""):
            wrong.append((path, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))
    assert rows(app) == before


def test_every_write_refuses_a_missing_or_foreign_token(app: Flask, world: World) -> None:
    person, other = login(app.test_client(), world.admin), login(app.test_client(), world.participant)
    foreign, wrong = csrf_token(other.get("/account")), []
    before = rows(app)
    for rule in routes(app, "POST"):
        path = world.address(rule)
        for fields in ({}, {"csrf_token": foreign}, {"csrf_token": "x"}):
            answer = person.post(path, data={"title": "x", "body": "x", **fields})
            if not 400 <= answer.status_code < 500:
                wrong.append((path, fields, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))
    assert rows(app) == before


def test_every_write_refuses_foreign_pages(app: Flask, world: World) -> None:
    person = login(app.test_client(), world.admin)
    token, wrong = csrf_token(person.get("/account")), []
    for rule in routes(app, "POST"):
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = person.post(world.address(rule), data={"csrf_token": token}, headers=headers)
            if answer.status_code != 403:
                wrong.append((rule.rule, headers, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def test_manage_refuses_participants_and_leads_strangers_to_the_login(app: Flask, world: World) -> None:
    person, wrong = login(app.test_client(), world.participant), []
    for rule in routes(app, "GET"):
        if rule.rule.startswith("/manage"):
            path = world.address(rule)
            refused, led = person.get(path), app.test_client().get(path)
            if refused.status_code != 403 or led.status_code != 302 or "/login" not in led.location:
                wrong.append((path, refused.status_code, led.status_code))
    assert not wrong, "\n".join(map(str, wrong))


def test_what_belongs_to_a_round_refuses_other_moderators(app: Flask, world: World) -> None:
    other, wrong = login(app.test_client(), world.stranger_moderator), []
    token = csrf_token(other.get("/account"))
    before = rows(app)
    for rule in routes(app, "POST"):
        # Tags, labs and institutions belong to no round: every moderator looks after them; carrying over only reads the old round.
        if (
            rule.rule.startswith("/manage")
            and {"id", "slug", "code"} & set(rule.arguments)
            and not re.search("/(labs|tags|frames|institutions|applications|bodies)/|/carry-over", rule.rule)
        ):
            fields = {
                "csrf_token": token,
                "kind": "hide",
                "reason": "Ein langer Grund steht hier.",
                "title": "Neu",
                "round": world.more[-1].slug,
            }
            answer = other.post(world.address(rule), data=fields)
            if answer.status_code not in {403, 404}:
                wrong.append((rule.rule, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))
    assert rows(app) == before


def people(app: Flask, world: World) -> dict[str, FlaskClient]:
    return {
        "visitor": app.test_client(),
        "participant": login(app.test_client(), world.participant),
        "author": login(app.test_client(), world.author),
        "moderator": login(app.test_client(), world.moderator),
        "admin": login(app.test_client(), world.admin),
    }


def test_reading_changes_no_row_and_never_fails(app: Flask, world: World) -> None:
    everyone = people(app, world)
    before, wrong = rows(app), []
    for rule in routes(app, "GET"):
        for who, client in everyone.items():
            for method in ("GET", "HEAD"):
                answer = client.open(world.address(rule), method=method)
                if answer.status_code >= 500:
                    wrong.append((who, rule.rule, answer.status_code))
    assert not wrong, "\n".join(map(str, wrong))
    after = rows(app)
    assert [table for table in before if before[table] != after[table]] == []


def test_visitors_get_no_cookie_on_pages_without_a_form_of_theirs(app: Flask, world: World) -> None:
    for rule in routes(app, "GET"):
        path = world.address(rule)
        if for_visitors(path):
            continue
        answer = app.test_client().get(path)
        assert "Set-Cookie" not in answer.headers, path


def test_every_answer_carries_the_headers(app: Flask, world: World) -> None:
    for rule in routes(app, "GET"):
        answer = app.test_client().get(world.address(rule))
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], rule.rule
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_pages_for_signed_in_people_are_never_stored(app: Flask, world: World) -> None:
    person = login(app.test_client(), world.participant)
    for rule in routes(app, "GET"):
        answer = person.get(world.address(rule))
        if answer.mimetype == "text/html":
            assert answer.headers["Cache-Control"] == "no-store", rule.rule
            assert "Cookie" in answer.headers["Vary"], rule.rule


# What a page may cost whoever reads it, and what the two that matter most may cost a visitor or a participant.
MOST_STATEMENTS = 15
MOST = {"/institutions": 8, "/rounds/<slug:slug>/ideas": 8, "/ideas/<int:id>": 10}
# A lab and its documentation tell everything at once: people, meetings, groups, profiles, what is open.
LONG = {"/labs/<slug:slug>": 24, "/<any(labs, rounds):noun>/<slug:slug>/documentation": 24}


def test_ten_rows_cost_as_many_statements_as_a_hundred(
    app: Flask, world: World, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    everyone = people(app, world)

    def costs() -> dict[tuple[str, str], int]:
        found = {}
        for rule in routes(app, "GET"):
            for who, client in everyone.items():
                with statements() as seen:
                    client.get(world.address(rule), headers={"Cache-Control": "no-cache"})
                found[rule.rule, who] = len(seen)
        return found

    few = costs()
    with inside(app):
        grow(world, 90)
    many = costs()
    grown = {route: (few[route], many[route]) for route in few if many[route] > few[route]}
    assert not grown, grown
    dear = {
        (path, who): cost
        for (path, who), cost in many.items()
        if cost > LONG.get(path, MOST.get(path, MOST_STATEMENTS) if who in {"visitor", "participant"} else MOST_STATEMENTS)
    }
    assert not dear, "\n".join(f"{cost} {route}" for route, cost in sorted(dear.items()))


def test_english_pages_are_the_same_pages_in_english(app: Flask, world: World) -> None:
    for rule in routes(app, "GET"):
        path = world.address(rule)
        german, english = app.test_client().get(path), app.test_client().get("/en" + path)
        assert german.status_code == english.status_code, path
        if german.status_code == 200 and german.mimetype == "text/html":
            assert '<html lang="de"' in german.text
            assert '<html lang="en"' in english.text
            assert not re.search(r'href="/(?!en(/|"|\?)|static/)', re.sub(r'<a[^>]*hreflang="de"[^>]*>', "", english.text)), path
