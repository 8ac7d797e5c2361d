"""The server people meet: gunicorn with the jobs loop beside it, after a look at what could lose data."""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from sqlalchemy import Connection, text

from ideation.core import migrate
from ideation.core.db import db
from ideation.core.jobs import Job, run_forever
from ideation.core.keys import WrongKey, seal, unseal

THREADS = 4
EMBEDDED = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
SERVED = ("fsync", "full_page_writes", "synchronous_commit")
OPERATE = "(docs/operate.md)"


class Unsafe(Exception):
    """Why the server does not start."""


def check_database(app: Flask) -> None:
    """An empty embedded database gets its tables; one that is behind, or could lose what it confirmed, is refused."""
    with app.app_context():
        embedded = db.engine.dialect.name == "sqlite"
    if embedded and migrate.is_empty(app):
        migrate.upgrade(app)
    if not migrate.is_current(app):
        raise Unsafe("The database is not up to date. Make a backup, then run: ideation db upgrade")
    with app.app_context(), db.engine.connect() as connection:
        for name, wrong in _unsafe(connection, embedded):
            raise Unsafe(
                f"The database setting {name} is {wrong}. Votes that were confirmed could be lost; please correct it {OPERATE}."
            )
        db.engine.dispose()


def _unsafe(connection: Connection, embedded: bool) -> list[tuple[str, str]]:
    if embedded:
        read = {name: str(connection.execute(text(f"PRAGMA {name}")).scalar()) for name in EMBEDDED}
        return [(name, value) for name, value in read.items() if value != EMBEDDED[name]]
    read = {name: str(connection.execute(text(f"SHOW {name}")).scalar()) for name in SERVED}
    return [(name, value) for name, value in read.items() if value == "off"]


def check_settings(app: Flask) -> None:
    """What a public site must not leave to chance."""
    if app.config["ENV"] != "production":
        return
    key_file = Path(app.config["KEY_FILE"] or Path(app.config["DATA_DIR"]) / "ballot.key")
    if len(app.config["SECRET_KEY"]) < 32:
        raise Unsafe("IDEATION_SECRET_KEY is shorter than 32 characters. Anybody could forge a login; please make a longer one.")
    if not key_file.is_file():
        raise Unsafe(f"The key file {key_file} is missing. Restore it, or make one for a new installation {OPERATE}.")
    for path in (key_file, Path(app.config["DATA_DIR"]) / "secret.key"):
        if path.exists() and path.stat().st_mode & 0o077:
            raise Unsafe(f"Other users of this machine can read {path}. Please run: chmod 600 {path}")
    if not app.config["BASE_URL"].startswith("https://"):
        raise Unsafe("IDEATION_BASE_URL must be the public address of the site and begin with https://.")


def check_key(app: Flask, sealed: Callable[[], bytes | None]) -> None:
    """The key file must be one, and open what is sealed in this database, or nobody could vote."""
    with app.app_context():
        try:
            unseal(sealed() or seal(b""))
        except (WrongKey, ValueError):
            raise Unsafe(
                f"The key file does not open the ballot keys of this database. Please restore the right one {OPERATE}."
            ) from None
        finally:
            db.session.remove()
            db.engine.dispose()


class Supervisor(Arbiter):  # type: ignore[misc]
    """Keeps the jobs process alive as it does the workers."""

    jobs: Callable[[], None] | None = None
    jobs_pid = 0

    def manage_workers(self) -> None:
        super().manage_workers()
        if self.jobs is not None and not _is_alive(self.jobs_pid):
            self.jobs_pid = _fork(self.jobs)

    def stop(self, graceful: bool = True) -> None:
        if self.jobs_pid:
            _end(self.jobs_pid)
        super().stop(graceful)


def _is_alive(pid: int) -> bool:
    try:
        return bool(pid) and os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:  # already taken note of
        return False


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return


def _fork(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    try:
        work()
    finally:
        os._exit(0)


class Site(BaseApplication):  # type: ignore[misc]
    def __init__(self, app: Flask, settings: dict[str, Any], jobs: list[Job]) -> None:
        self.app, self.settings, self.jobs = app, settings, jobs
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self.app

    def run(self) -> None:
        supervisor = Supervisor(self)
        if self.jobs:
            parent = os.getpid()
            supervisor.jobs = lambda: run_forever(self.app, self.jobs, while_=lambda: os.getppid() == parent)
        supervisor.run()


def check_port(host: str, port: int) -> None:
    # Workers share the port by SO_REUSEPORT, with which a second server would start without a word.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unsafe(f"The address {host}:{port} cannot be used: {error.strerror}.") from error


def serve(
    app: Flask, jobs: list[Job], *, host: str, port: int, workers: int, sealed: Callable[[], bytes | None] = lambda: None
) -> None:
    check_settings(app)
    check_database(app)
    check_key(app, sealed)
    check_port(host, port)
    settings: dict[str, Any] = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": THREADS,
        "preload_app": True,
        "reuse_port": True,
        "control_socket_disable": True,
        "forwarded_allow_ips": "",  # the setting PROXIES decides whose word about the client counts
        "keepalive": 5,
        "graceful_timeout": 10,
        "errorlog": "-",
        "loglevel": "warning",
        "proc_name": "ideation",
    }
    if os.path.isdir("/dev/shm"):  # noqa: S108  # the heartbeat of a worker must not wait for a disk
        settings["worker_tmp_dir"] = "/dev/shm"  # noqa: S108
    Site(app, settings, jobs).run()
