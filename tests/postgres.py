"""A PostgreSQL of our own for the time of a test run: Debian's server in a temporary folder, no network, no service."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

START_SECONDS = 30
# Nothing here has to survive a power cut. The harness and the benchmarks ask for the durable settings instead.
HURRIED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


def programs() -> Path | None:
    """The folder with the newest server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("postgres")
    return Path(elsewhere).resolve().parent if elsewhere else None


def available() -> bool:
    return bool(os.environ.get("TEST_DATABASE_URL")) or programs() is not None


@contextmanager
def server(durable: bool = False) -> Iterator[str]:
    """Runs a server; yields the address of its maintenance database."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    folder, user = Path(tempfile.mkdtemp(prefix="ideation-postgres-")), None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = "postgres"
        shutil.chown(folder, user, user)
    try:
        _running[folder] = _start(folder, user, durable)
        url = f"postgresql+psycopg://postgres@/postgres?host={folder}"
        _wait(url, _running[folder])
        yield url
    finally:
        _quit(folder)
        shutil.rmtree(folder, ignore_errors=True)


_running: dict[Path, "subprocess.Popen[bytes]"] = {}


def _quit(folder: Path) -> None:
    process = _running.pop(folder, None)
    if process is not None:
        process.send_signal(3)  # SIGQUIT: stop at once and save nothing
        process.wait(START_SECONDS)


def crash(url: str, durable: bool = True) -> None:
    """Stops a server of ours as if the machine had failed, and starts it again on what it had written."""
    from sqlalchemy import make_url

    folder = Path(str(make_url(url).query["host"]))
    _quit(folder)
    _running[folder] = _run(folder, "postgres" if os.geteuid() == 0 else None, durable)
    _wait(url, _running[folder])


def _start(folder: Path, user: str | None, durable: bool) -> "subprocess.Popen[bytes]":
    bin_folder = programs()
    if bin_folder is None:
        raise RuntimeError("PostgreSQL is not installed")
    data = folder / "data"
    who = {"user": user, "group": user, "extra_groups": []} if user else {}
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    made = subprocess.run(
        [bin_folder / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        capture_output=True,
        cwd=folder,
        env=environment,
        **who,
    )
    if made.returncode:
        raise RuntimeError(made.stderr.decode())
    return _run(folder, user, durable)


def _run(folder: Path, user: str | None, durable: bool) -> "subprocess.Popen[bytes]":
    bin_folder, data = programs(), folder / "data"
    assert bin_folder is not None
    who = {"user": user, "group": user, "extra_groups": []} if user else {}
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    settings = ["listen_addresses=", f"unix_socket_directories={folder}", "max_connections=200", "shared_buffers=128MB"]
    command = [bin_folder / "postgres", "-D", data]
    for setting in [*settings, *(() if durable else HURRIED)]:
        command += ["-c", setting]
    if shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "QUIT", *command]  # a killed test run leaves no server behind
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment, **who)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(plain(url)).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > until:
                raise
            time.sleep(0.05)


def plain(url: str) -> str:
    """The address as psycopg itself reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def named(url: str, database: str) -> str:
    """The same server, another database."""
    from sqlalchemy import make_url

    return make_url(url).set(database=database).render_as_string(hide_password=False)


def execute(url: str, statement: str) -> None:
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(statement)


def empty(url: str) -> None:
    """Takes every row out, past all guards, and begins to number anew: quicker than a fresh copy, and the server's caches stay warm."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(f"SELECT pg_terminate_backend(pid) {others} AND state <> 'idle'")
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
        )
        deletes = [f'DELETE FROM "{name}"' for (name,) in tables]
        begun = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
        restarts = [f'ALTER SEQUENCE "{name}" RESTART' for (name,) in connection.execute(begun)]
        connection.execute(";".join(["SET session_replication_role = replica", *deletes, *restarts]))


def create(url: str, name: str, template: str = "template0") -> str:
    execute(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return named(url, name)


def drop(url: str, name: str) -> None:
    execute(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
