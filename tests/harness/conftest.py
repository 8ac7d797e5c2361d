"""Sites for races: a migrated database with real durability, and the real server before it in processes of its own."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from ideation import create_app
from ideation.core.db import db
from ideation.core.migrate import upgrade
from tests import postgres
from tests.conftest import settings
from tests.server import Server, environment, free_port, running

WORKERS = 3


@dataclass(frozen=True)
class Site:
    """A database with the cast in it, and ways to look at it past the application."""

    url: str
    folder: Path
    app: Flask

    def serve(self, flaw: str = "") -> AbstractContextManager[Server]:
        return serve(self, flaw)

    def rows(self, query: str, **values: Any) -> list[Any]:
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                return list(connection.execute(text(query), values))
        finally:
            engine.dispose()

    def one(self, query: str, **values: Any) -> Any:
        return self.rows(query, **values)[0][0]


@contextmanager
def serve(site: Site, flaw: str = "") -> Iterator[Server]:
    """The server; with the name of a flaw it is the broken twin of `broken/`."""
    import sys

    port = free_port()
    start = [sys.executable, "-m", "tests.harness.broken", flaw or "none"]
    line = [*start, "serve", "--port", str(port), "--workers", str(WORKERS)]
    more = {"IDEATION_DATABASE_URL": site.url, "IDEATION_SECRET_KEY": "only for tests"}
    with running(line, port, site.folder, environment(site.folder, **more)) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def race_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    yield from made(request, tmp_path)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.harness)])
def lean_site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """For races beside the votes, and for all broken twins: on both databases in `make harness`, on one in every run."""
    yield from made(request, tmp_path)


def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    name, server = f"ideation_race_{os.getpid()}", ""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ideation.sqlite3'}"
    else:
        server = request.getfixturevalue("durable_postgres")
        postgres.drop(server, name)
        url = postgres.create(server, name)
    app = create_app(**settings(tmp_path, url))
    upgrade(app)
    yield Site(url, tmp_path, app)
    with app.app_context():
        db.engine.dispose()
    if server:
        postgres.drop(server, name)
