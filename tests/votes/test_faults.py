"""The database fails at every statement in turn: what was asked is then done wholly or not at all, and the answer is honest."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from ideation.ballots.actions import close_due
from ideation.core.clock import now
from ideation.core.db import Base, db
from tests.cast import PAST, inside, make_account, make_ballot, make_idea, make_round, make_votes
from tests.corrections import scene as corrections
from tests.visit import csrf_token, login

# Who is signed in, and since when, is no part of what was asked.
ASIDE = {"login", "login_try"}


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    app.config["PROPAGATE_EXCEPTIONS"] = False  # as on a site: the failing COMMIT becomes an answer
    with inside(app):
        round_, voter = make_round(), make_account()
        ideas = [make_idea(round_) for _ in range(2)]
        ballot = make_ballot(round_, *ideas)
    client = login(app.test_client(), voter)
    return SimpleNamespace(app=app, client=client, token=csrf_token(client.get("/account")), ideas=ideas, ballot=ballot)


def everything(app: Flask) -> dict[str, list[Any]]:
    """Every row of every table."""
    with app.app_context(), db.engine.connect() as connection:
        names = [table.name for table in Base.metadata.sorted_tables if table.name not in ASIDE]
        return {name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}")))) for name in names}


@contextmanager
def failing(app: Flask, number: int) -> Iterator[Callable[[], int]]:
    """The statement with this number is not carried out, nor is any after it; COMMIT counts as one. Tells how many there were."""
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen >= number:
            raise OperationalError("statement", {}, Exception("the disk is full"))

    def statement(connection: Any, cursor: Any, sql: str, *rest: Any) -> None:
        if not sql.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
            count()

    with app.app_context():
        engine = db.engine

    def commit(connection: Any) -> None:
        count()

    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", commit)
    try:
        yield lambda: seen
    finally:
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", commit)


def vote(scene: SimpleNamespace, choice: str) -> Any:
    data = {"csrf_token": scene.token, "choice": choice}
    return scene.client.post(f"/ideas/{scene.ideas[0].id}/vote", data=data)


@pytest.mark.parametrize("before", [(), ("support",)])
def test_a_vote_is_there_wholly_or_not_at_all(scene: SimpleNamespace, before: tuple[str, ...]) -> None:
    for choice in before:
        assert vote(scene, choice).status_code == 303
    wish, number, start = "withdraw" if before else "support", 1, everything(scene.app)
    while True:
        with failing(scene.app, number) as seen:
            answer = vote(scene, wish)
        if answer.status_code == 303:
            break
        assert answer.status_code == 503 and "Traceback" not in answer.text and "disk is full" not in answer.text
        assert answer.headers["Retry-After"]
        assert everything(scene.app) == start, f"statement {number} of {seen()}"
        number += 1
    assert number > 8, "every statement of the vote failed once"
    done = everything(scene.app)
    assert len(done["ledger_entry"]) > len(start["ledger_entry"]) and done["ballot_option"] != start["ballot_option"]


def test_a_close_is_there_wholly_or_not_at_all(app: Flask) -> None:
    with inside(app):
        round_ = make_round()
        idea = make_idea(round_)
        make_votes(make_ballot(round_, idea, days=PAST), {idea: 3})
    start, number = everything(app), 1
    while True:
        with failing(app, number), app.app_context():
            try:
                assert close_due(now()) == 1
                db.session.commit()
                break
            except OperationalError:
                db.session.rollback()
        assert everything(app) == start, f"statement {number}"
        number += 1
    assert number > 8
    done = everything(app)
    assert len(done["ledger_head"]) == 1 and len(done["ledger_entry"]) == len(start["ledger_entry"]) + 1


def test_a_void_is_there_wholly_or_not_at_all(app: Flask) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    here = corrections.scene(app, 3, 2)
    path = f"/manage/corrections/{corrections.proposed(app, here, 2)}"
    client = login(app.test_client(), here.second)
    token, start, number = csrf_token(client.get(path)), everything(app), 1
    while True:
        with failing(app, number):
            answer = client.post(f"{path}/confirmation", data={"csrf_token": token})
        if answer.status_code == 303:
            break
        assert answer.status_code == 503 and "disk is full" not in answer.text
        assert everything(app) == start, f"statement {number}"
        number += 1
    assert number > 8
    assert corrections.counts(app, here) == [(1, 1), (2, 2)]


def test_the_check_finds_what_is_saved_by_halves(scene: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: an action that commits in the middle is caught by the comparison above."""
    from ideation.votes import actions

    write = actions.add

    def halves(rows: Any) -> None:
        write(rows)
        db.session().expire_on_commit = False
        db.session.commit()

    monkeypatch.setattr(actions, "add", halves)
    start, found = everything(scene.app), False
    for number in range(1, 14):
        with failing(scene.app, number):
            answer = vote(scene, "support")
        found = found or (answer.status_code == 503 and everything(scene.app) != start)
    assert found
