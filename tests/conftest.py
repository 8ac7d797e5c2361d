"""What every test may ask for.

Each test that takes `app` runs twice: on SQLite and on PostgreSQL, each time on a migrated database without a row.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, make_url

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
def migrated_postgresql(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One database for all tests of this process."""
    name = f"ideation_{os.getpid()}"
    url = postgres.create(postgres_server, name)
    migrate(tmp_path_factory.mktemp("postgresql"), url)
    yield url
    postgres.drop(postgres_server, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated, empty database."""
    if request.param == "sqlite":
        path = tmp_path / "ideation.sqlite3"
        shutil.copyfile(request.getfixturevalue("empty_sqlite"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("migrated_postgresql")
    postgres.empty(url)
    return url


class Movable:
    """An application that goes from one database to the next: making one anew takes longer than most tests."""

    def __init__(self, folder: Path, url: str) -> None:
        self.app = create_app(**settings(folder, url))
        self.first = dict(self.app.config)
        with self.app.app_context():
            self.engine = db.engine
        event.listen(self.engine, "do_connect", self._connect)

    def _connect(self, dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        if dialect.name == "sqlite":
            arguments[:] = [make_url(self.app.config["DATABASE_URL"]).database]

    def move(self, folder: Path, url: str) -> Flask:
        if self.engine.dialect.name == "sqlite":
            self.engine.dispose()
        self.app.config.clear()
        self.app.config.update(self.first, DATA_DIR=str(folder), DATABASE_URL=url, SQLALCHEMY_DATABASE_URI=url)
        self.app.extensions["pagecache"].pages.clear()
        return self.app


@pytest.fixture(scope="session")
def movable_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Movable]:
    movable = Movable(tmp_path_factory.mktemp("nowhere"), "")
    yield movable
    movable.engine.dispose()


@pytest.fixture(scope="session")
def movable_postgresql(migrated_postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Movable]:
    movable = Movable(tmp_path_factory.mktemp("nowhere"), migrated_postgresql)
    yield movable
    movable.engine.dispose()


@pytest.fixture
def app(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Flask:
    """As on a site that has just been installed: no rows, no kept page, the settings of `settings`."""
    movable: Movable = request.getfixturevalue(f"movable_{make_url(database_url).get_backend_name()}")
    return movable.move(tmp_path, database_url)


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
