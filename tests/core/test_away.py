"""The database does not answer: every page says so, also to people whose session it would have to look up."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from ideation.core.db import db
from tests.cast import inside, make_account
from tests.visit import csrf_token, login


@contextmanager
def away(app: Flask) -> Iterator[None]:
    with app.app_context():
        engine = db.engine
    engine.dispose()

    def refuse(dialect: Any, *rest: Any) -> None:
        raise dialect.loaded_dbapi.OperationalError("away")

    event.listen(engine, "do_connect", refuse)
    try:
        yield
    finally:
        event.remove(engine, "do_connect", refuse)


@pytest.mark.parametrize(
    "path", ["/", "/rounds", "/login", "/account", "/account/messages", "/ideas/1", "/manage/accounts", "/readyz", "/en/rounds"]
)
def test_a_person_reads_when_to_come_back(app: Flask, path: str) -> None:
    with inside(app):
        client = app.test_client()
        account = make_account("admin")
    login(client, account)
    with away(app):
        answer = client.get(path)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert ("Nothing was saved" if path.startswith("/en") else "Nichts wurde gespeichert") in answer.text
    assert client.get(path).status_code in (200, 302, 404)


@pytest.mark.parametrize("path", ["/login", "/register", "/logout", "/account/name", "/follows", "/password/forgotten"])
def test_what_is_sent_meanwhile_is_refused_whole(app: Flask, path: str) -> None:
    with inside(app):
        client = app.test_client()
        account = make_account(email="anna@example.org")
    login(client, account)
    fields = {
        "email": "anna@example.org",
        "display_name": "Anna",
        "password": "kastanie bus laterne",
        "consent": "yes",
        "kind": "idea",
        "id": "1",
    }
    token = csrf_token(client.get("/account"))
    with away(app):
        for headers in ({}, {"HX-Request": "true"}, {"Accept": "application/json"}):
            answer = client.post(path, data={**fields, "follow": "yes", "csrf_token": token}, headers=headers)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert client.get("/account").status_code == 200


def test_the_process_is_alive_all_the_same(app: Flask) -> None:
    with away(app):
        assert app.test_client().get("/healthz").status_code == 200
        assert app.test_client().get("/readyz").status_code == 503
