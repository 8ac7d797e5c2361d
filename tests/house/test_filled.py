"""Databases of landed states reach the schema of today with all their rows."""

from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, select, text
from sqlalchemy.orm import joinedload

from ideation.ballots.models import Ballot
from ideation.core.clock import now
from ideation.core.db import Base, db
from ideation.recounts.actions import recount
from tests import filled

STATES = sorted(path.name.removesuffix(".jsonl.gz") for path in filled.FOLDER.glob("*.jsonl.gz"))


def test_the_newest_step_has_its_filled_database() -> None:
    """Steps that land together share one, named after the last of them."""
    steps = sorted(p.name.partition("_")[0] for p in Path("migrations/versions").glob("*.py"))
    assert set(STATES) <= set(steps) and STATES[-1] == steps[-1]


@pytest.mark.parametrize("state", STATES)
def test_a_filled_database_of_a_landed_state_reaches_today(app: Flask, state: str) -> None:
    with app.app_context():
        downgrade(revision="base")
        upgrade(revision=state)
        with db.engine.begin() as connection:
            counts = filled.load(connection, state)
        before = sum(counts.values())
        upgrade()
        with db.engine.connect() as connection:
            kept = {t.name: connection.scalar(select(func.count()).select_from(t)) for t in Base.metadata.sorted_tables}
            assert {name: kept.get(name) for name in counts} == counts
            assert before > 1_000
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) is not None
        for ballot in db.session.scalars(select(Ballot).options(joinedload(Ballot.window))).all():
            assert recount(ballot, now=now()) == []


def rows(tables: list[str]) -> dict[str, list[str]]:
    with db.engine.connect() as connection:
        return {name: sorted(map(repr, connection.execute(text(f"SELECT * FROM {name}")))) for name in tables}


@pytest.mark.parametrize("state", STATES[:-1])
def test_down_and_up_again_leaves_every_row_as_it_was(app: Flask, state: str) -> None:
    with app.app_context():
        downgrade(revision="base")
        upgrade(revision=state)
        with db.engine.begin() as connection:
            tables = list(filled.load(connection, state))
        start = rows(tables)
        upgrade()
        downgrade(revision=state)
        assert rows(tables) == start
        upgrade()
