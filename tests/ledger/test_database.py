"""V08: what is public in the ledger is written once; the database itself refuses everything else, whoever asks."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from ideation.core.db import db
from ideation.ledger.actions import publish_head
from tests.cast import inside, make_account, make_ballot, make_idea, make_round, make_votes

PUBLIC = {
    "id": "id + 1000", "ballot_id": "ballot_id + 1", "seq": "seq + 1", "action": "'rule_note'", "option": "option + 1", "points": "points + 1",
    "ref": "'x'", "commit_hash": "'x'", "body": "'{\"a\": 1}'", "hour": "'2020-01-01 00:00:00+00:00'", "hash": "'x'",
}  # fmt: skip
PRIVATE = {
    "voter_token": "'x'",
    "nonce": "'x'",
    "at": "'2020-01-01 00:00:00+00:00'",
    "network": "'x'",
    "young": "true",
    "quiet": "true",
}
FROZEN = {
    "method": "'support'", "votes_each": "9", "points_max": "points_max + 1", "closed_list": "true", "shortlist_only": "true",
    "eligibility": "'T2'", "hides_results": "false", "seats": "9", "minimum": "9", "rule": "'equal_shares'", "completion": "'add1'",
    "utility": "'cardinality'", "lot_seed": "'x'", "budget": "1000",
}  # fmt: skip


@pytest.fixture
def ballot(app: Flask) -> Any:
    from datetime import UTC, datetime

    with inside(app):
        round = make_round(make_account("moderator"))
        idea = make_idea(round)
        ballot = make_ballot(round, idea)
        make_votes(ballot, {idea: 2})
        db.session.flush()
        publish_head(ballot.id, now=datetime.now(UTC))
    return ballot


def refused(app: Flask, statement: str) -> bool:
    with app.app_context():
        try:
            db.session.execute(text(statement))
            db.session.commit()
        except DatabaseError:
            db.session.rollback()
            return True
        return False


def rows(app: Flask, table: str) -> list[Any]:
    with app.app_context():
        return list(db.session.execute(text(f"SELECT * FROM {table} ORDER BY id")).all())


def test_no_public_column_of_an_entry_can_be_changed(app: Flask, ballot: Any) -> None:
    before = rows(app, "ledger_entry")
    accepted = [
        f"{column} = {value}"
        for column, new in PUBLIC.items()
        for value in (new, "NULL")
        if not refused(app, f"UPDATE ledger_entry SET {column} = {value} WHERE action = 'cast'")
        and rows(app, "ledger_entry") != before
    ]
    assert accepted == []
    assert rows(app, "ledger_entry") == before


def test_no_entry_and_no_head_can_be_deleted_or_replaced(app: Flask, ballot: Any) -> None:
    entries, heads = rows(app, "ledger_entry"), rows(app, "ledger_head")
    postgresql = app.config["DATABASE_URL"].startswith("postgresql")
    statements = [
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_entry WHERE action = 'cast'",
        "DELETE FROM ledger_head",
        "UPDATE ledger_head SET hash = 'x'",
        "UPDATE ledger_head SET published_at = '2020-01-01 00:00:00+00:00'",
    ]
    if postgresql:
        statements += ["TRUNCATE ledger_entry CASCADE", "TRUNCATE ledger_head CASCADE", "TRUNCATE ballot CASCADE"]
    else:
        copied = "ballot_id, action, option, 7, ref, commit_hash, hour FROM ledger_entry WHERE action = 'cast'"
        columns = "ballot_id, action, option, points, ref, commit_hash, hour"
        statements += [
            f"INSERT OR REPLACE INTO ledger_entry (id, {columns}) SELECT id, {copied}",
            f"INSERT OR REPLACE INTO ledger_entry ({columns}) SELECT {copied}",
            f"REPLACE INTO ledger_entry ({columns}) SELECT {copied}",
        ]
    assert [statement for statement in statements if not refused(app, statement)] == []
    assert rows(app, "ledger_entry") == entries and rows(app, "ledger_head") == heads


def test_an_entry_is_never_born_sealed(app: Flask, ballot: Any) -> None:
    columns = "ballot_id, action, hour, seq, hash"
    assert refused(
        app, f"INSERT INTO ledger_entry ({columns}) SELECT ballot_id, 'rule_note', hour, 99, 'x' FROM ledger_entry LIMIT 1"
    )
    # The same without a number is an ordinary entry: the refusal is about the number.
    assert not refused(
        app, "INSERT INTO ledger_entry (ballot_id, action, hour) SELECT ballot_id, 'rule_note', hour FROM ledger_entry LIMIT 1"
    )


def test_private_columns_can_be_emptied_and_nothing_else(app: Flask, ballot: Any) -> None:
    assert [
        c for c, value in PRIVATE.items() if not refused(app, f"UPDATE ledger_entry SET {c} = {value} WHERE action = 'cast'")
    ] == []
    assert [c for c in PRIVATE if refused(app, f"UPDATE ledger_entry SET {c} = NULL WHERE action = 'cast'")] == []


def test_the_settings_of_a_ballot_are_frozen_with_the_first_vote(app: Flask, ballot: Any) -> None:
    changes = [f"UPDATE ballot SET {column} = {value} WHERE id = {ballot.id}" for column, value in FROZEN.items()]
    moved = f"UPDATE round_window SET {{}} WHERE id = {ballot.window_id}"
    changes += [
        moved.format("opens_at = '2020-01-01 00:00:00+00:00'"),
        moved.format("closes_at = '2020-01-01 00:00:00+00:00'"),
        moved.format("closes_at = NULL"),
        f"UPDATE ballot_option SET cost = 5 WHERE ballot_id = {ballot.id}",
        f"DELETE FROM ballot_option WHERE ballot_id = {ballot.id}",
    ]
    assert [change for change in changes if not refused(app, change)] == []
    assert not refused(app, moved.format("closes_at = '2090-01-01 00:00:00+00:00'")), "a later end is the one thing that may change"


def test_before_the_first_vote_the_same_changes_are_accepted(app: Flask) -> None:
    """The twin: it is the vote that freezes."""
    with inside(app):
        round = make_round()
        free = make_ballot(round, make_idea(round))
    for column in ("votes_each", "seats", "minimum", "lot_seed", "hides_results"):
        assert not refused(app, f"UPDATE ballot SET {column} = {FROZEN[column]} WHERE id = {free.id}"), column
    assert not refused(app, f"UPDATE round_window SET opens_at = '2020-01-01 00:00:00+00:00' WHERE id = {free.window_id}")
