"""The database itself refuses what moderation did without saying so."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from ideation.core.db import db
from ideation.decisions.rules import Kind
from tests.cast import inside, make_account, make_challenge, make_comment, make_decision, make_idea, make_round

STATES = [
    ("challenge", "submitted", "status", "returned"),
    ("challenge", "submitted", "status", "rejected"),
    ("challenge", "open", "status", "merged"),
    ("challenge", "open", "visibility", "hidden"),
    ("idea", "submitted", "status", "returned"),
    ("idea", "submitted", "status", "rejected"),
    ("idea", "published", "status", "merged"),
    ("idea", "published", "status", "shortlisted"),
    ("idea", "published", "status", "selected"),
    ("idea", "published", "status", "not_selected"),
    ("idea", "selected", "status", "in_lab"),
    ("idea", "published", "visibility", "hidden"),
    ("comment", "", "visibility", "hidden"),
]
NAMES = ["-".join(part for part in row if part) for row in STATES]


def make(table: str, status: str) -> Any:
    round_ = make_round()
    if table == "challenge":
        return make_challenge(round_, status=status)
    if table == "idea":
        return make_idea(round_, status=status)
    return make_comment(make_idea(round_), make_account())


def change(table: str, id: int, **values: Any) -> None:
    """Straight into the table, past every action."""
    into = ", ".join(f"{name} = :{name}" for name in values)
    db.session.execute(text(f"UPDATE {table} SET {into} WHERE id = :id"), {**values, "id": id})


@pytest.mark.parametrize(("table", "status", "column", "value"), STATES, ids=NAMES)
def test_a_moderated_state_needs_a_decision(app: Flask, table: str, status: str, column: str, value: str) -> None:
    with inside(app):
        item = make(table, status)
        with pytest.raises(DatabaseError), db.session.begin_nested():
            change(table, item.id, **{column: value})
        change(table, item.id, **{column: value, f"{column}_decision_id": make_decision("publish").id})


@pytest.mark.parametrize(("table", "status", "column", "value"), STATES, ids=NAMES)
def test_an_old_decision_is_not_used_again(app: Flask, table: str, status: str, column: str, value: str) -> None:
    with inside(app):
        item, old = make(table, status), make_decision("publish").id
        change(table, item.id, **{f"{column}_decision_id": old})
        with pytest.raises(DatabaseError), db.session.begin_nested():
            change(table, item.id, **{column: value, f"{column}_decision_id": old})


@pytest.mark.parametrize("table", ["challenge", "idea", "comment"])
def test_showing_again_needs_a_decision_too(app: Flask, table: str) -> None:
    with inside(app):
        item = make(table, "open" if table == "challenge" else "published")
        change(table, item.id, visibility="hidden", visibility_decision_id=make_decision("hide").id)
        with pytest.raises(DatabaseError), db.session.begin_nested():
            change(table, item.id, visibility="shown")
        with pytest.raises(DatabaseError), db.session.begin_nested():
            change(table, item.id, visibility_decision_id=None)
        change(table, item.id, visibility="shown", visibility_decision_id=make_decision("restore").id)


@pytest.mark.parametrize(("table", "status", "column", "value"), STATES, ids=NAMES)
def test_nothing_begins_its_life_moderated_without_a_decision(app: Flask, table: str, status: str, column: str, value: str) -> None:
    with inside(app):
        item = make(table, status)
        columns = [c.name for c in type(item).__table__.columns if c.name not in {"id", column, f"{column}_decision_id"}]
        listed = ", ".join(columns)
        copy = text(f"INSERT INTO {table} ({listed}, {column}) SELECT {listed}, :value FROM {table} WHERE id = :id")
        with pytest.raises(DatabaseError), db.session.begin_nested():
            db.session.execute(copy, {"value": value, "id": item.id})


@pytest.mark.parametrize("kind", ["answer", "return", "reject", "merge", "hide", "edit", "break_tie"])
def test_a_decision_against_somebody_has_a_reason(app: Flask, kind: str) -> None:
    with inside(app):
        for reason in ("", "   "):
            with pytest.raises(DatabaseError), db.session.begin_nested():
                make_decision(kind, reason=reason)
        make_decision(kind, reason="Weil es so ist.")


def test_an_invented_kind_is_refused(app: Flask) -> None:
    with inside(app), pytest.raises(DatabaseError), db.session.begin_nested():
        make_decision("silence")


def test_the_database_knows_every_act(app: Flask) -> None:
    with inside(app):
        for kind in Kind:
            make_decision(kind)
    with app.app_context():
        for kind in ("nonsense", "void", "reinstate"):
            with pytest.raises(DatabaseError):
                make_decision(kind, reason=" ")
            db.session.rollback()
