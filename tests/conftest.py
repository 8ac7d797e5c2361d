"""What every test may ask for.

Each test that takes `app` runs twice: on SQLite and on PostgreSQL, each time on a fresh, migrated copy.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event

from ideation import create_app
from ideation.core.db import db
from ideation.core.migrate import upgrade
from tests import postgres

BERLIN = ZoneInfo("Europe/Berlin")
NEEDS_POSTGRES = "PostgreSQL is missing: apt install postgresql, or set TEST_DATABASE_URL"
NEEDS_CHROMIUM = "Chromium is missing: apt install chromium"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked `harness` takes minutes; `make harness` runs it."""
    if os.environ.get("HARNESS") != "1":
        waiting = [item for item in items if item.get_closest_marker("harness")]
        items[:] = [item for item in items if item not in waiting]
        config.hook.pytest_deselected(items=waiting)


class Compiled(BytecodeCache):
    """Every test has an application of its own; the templates are compiled once for all of them."""

    def __init__(self) -> None:
        self.known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.known:
            bucket.bytecode_from_string(self.known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.known[bucket.key] = bucket.bytecode_to_string()


COMPILED = Compiled()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    for need in (NEEDS_POSTGRES, NEEDS_CHROMIUM):
        waited = sum(need in str(report.longrepr) for report in skipped)
        if waited:
            terminalreporter.write_line(f"{waited} tests waited. {need}")


def settings(folder: Path, url: str) -> dict[str, Any]:
    return {"DATA_DIR": str(folder), "DATABASE_URL": url, "SECRET_KEY": "only for tests", "ENV": "development", "TESTING": True}


def migrate(folder: Path, url: str) -> None:
    """Builds the schema the way a site does, and lets go of the database."""
    app = create_app(**settings(folder, url))
    upgrade(app)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sqlite")
    path = folder / "empty.sqlite3"
    migrate(folder, f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    if not postgres.available():
        pytest.skip(NEEDS_POSTGRES)
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[str]:
    """With the settings of a site: `ideation serve` refuses to start with others."""
    if not postgres.available():
        pytest.skip(NEEDS_POSTGRES)
    with postgres.server(durable=True) as url:
        yield url


@pytest.fixture(scope="session")
def empty_postgresql(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    name = f"ideation_empty_{os.getpid()}"
    migrate(tmp_path_factory.mktemp("postgresql"), postgres.create(postgres_server, name))
    yield postgres_server, name
    postgres.drop(postgres_server, name)


_numbers = count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database of this test's own."""
    if request.param == "sqlite":
        path = tmp_path / "ideation.sqlite3"
        shutil.copyfile(request.getfixturevalue("empty_sqlite"), path)
        yield f"sqlite:///{path}"
        return
    server, template = request.getfixturevalue("empty_postgresql")
    name = f"ideation_{os.getpid()}_{next(_numbers)}"
    yield postgres.create(server, name, template)
    postgres.drop(server, name)


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(**settings(tmp_path, database_url))
    app.jinja_env.bytecode_cache = COMPILED
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor: no cookie yet. `app.test_client()` gives further people."""
    return app.test_client()


@pytest.fixture
def at() -> Iterator[Callable[[str], datetime]]:
    """`at("2026-11-23 12:00")` stops the clock there, Berlin time; a second call moves it."""
    with ExitStack() as stack:
        travels: list[Any] = []

        def travel(text: str) -> datetime:
            moment = datetime.fromisoformat(text).replace(tzinfo=BERLIN)
            if travels:
                travels[0].move_to(moment)
            else:
                travels.append(stack.enter_context(time_machine.travel(moment, tick=False)))
            return moment

        yield travel


@pytest.fixture
def statements(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """`with statements() as seen: client.get(…)` lists the SQL of the requests inside; `BEGIN` and `COMMIT` do not count."""

    @contextmanager
    def listen() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "PRAGMA")):
                seen.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return listen
