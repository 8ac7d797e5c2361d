"""The database: one session per request, one transaction, committed before the answer leaves."""

import sqlite3
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Engine, MetaData, TypeDecorator, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.pool import ConnectionPoolEntry, Pool

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
BUSY_SECONDS = 10

NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops the zone, so it is put back; a naive moment is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC))


class Base(DeclarativeBase):
    registry = registry(metadata=MetaData(naming_convention=NAMES), type_annotation_map={datetime: UtcDateTime()})


db = SQLAlchemy(model_class=Base)


def dialect() -> str:
    return db.session.get_bind().dialect.name


def insert(model: type[Base], name: str | None = None) -> Any:
    """An INSERT of the dialect in use (or named), for `on_conflict_do_nothing` and `on_conflict_do_update`."""
    dialects: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    return dialects[name or dialect()](model)


def one_of(column: Any, values: dict[str, str] | list[str] | tuple[str, ...]) -> str:
    """The text of a check constraint that admits only these values."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


# SQLite has one writer. Waiting here, in order, is fair; waiting inside SQLite is a lottery that starves somebody.
_writers = threading.Lock()


@event.listens_for(Engine, "connect")
def _open(dbapi: Any, record: Any) -> None:
    if isinstance(dbapi, sqlite3.Connection):
        dbapi.isolation_level = None  # the driver stops guessing when to begin
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
            dbapi.execute("PRAGMA " + pragma)


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    if has_request_context() and request.method in SAFE_METHODS:
        connection.exec_driver_sql("BEGIN")
        return
    if not connection.info.get("writer"):
        if not _writers.acquire(timeout=BUSY_SECONDS):
            raise OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("database is locked"))
        connection.info["writer"] = True
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except BaseException:
        _leave(connection)
        raise


def _leave(connection: Connection) -> None:
    if connection.info.pop("writer", None):
        _writers.release()


@event.listens_for(Pool, "checkin")
def _returned(dbapi: Any, record: ConnectionPoolEntry) -> None:
    # The connection comes back after COMMIT or ROLLBACK has been carried out: only then may the next writer begin.
    if record.info.pop("writer", None):
        _writers.release()


def _finish(response: Response) -> Response:
    """Commits below 400, rolls back otherwise; facts a refusal must leave are written after the roll-back."""
    if response.status_code < 400:
        db.session.commit()
    else:
        db.session.rollback()
        keep = g.pop("keep", None)
        if keep is not None:
            keep()
            db.session.commit()
    return response


def database_url(url: str, folder: str) -> str:
    return url or f"sqlite:///{folder}/ideation.sqlite3"


def init_app(app: Flask) -> None:
    url = database_url(app.config["DATABASE_URL"], app.config["DATA_DIR"])
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    options: dict[str, Any] = {"pool_pre_ping": False}
    if url.startswith("postgresql"):
        options |= {"pool_size": 8, "max_overflow": 8, "connect_args": {"connect_timeout": 5}}
    else:
        options |= {"connect_args": {"check_same_thread": False, "timeout": BUSY_SECONDS}}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    app.after_request(_finish)
