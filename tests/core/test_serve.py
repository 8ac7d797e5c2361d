"""`ideation serve` as an operator starts it: real processes."""

import os
import re
import signal
import sqlite3
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests import postgres
from tests.server import IDEATION, Server, command, environment, fetch, free_port, serving

PRODUCTION = {"IDEATION_ENV": "production", "IDEATION_SECRET_KEY": "x" * 40, "IDEATION_BASE_URL": "https://mitmachen.example"}


def refusal(folder: Path, **more: str) -> str:
    """What `serve` says when it does not start."""
    line = [*IDEATION, "serve", "--port", str(free_port())]
    done = subprocess.run(line, env=environment(folder, **more), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def children(server: Server) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(server.process.pid)], capture_output=True, text=True).stdout
    return [int(pid) for pid in listed.split()]


def settled(server: Server, number: int, besides: Iterable[int] = ()) -> list[int]:
    """The server's processes, once all of them are there: the first worker answers before the last one began."""
    until, gone = time.monotonic() + 20, set(besides)
    while len(found := children(server)) != number or gone & set(found):
        assert time.monotonic() < until, f"{found}\n{server.log()}"
        time.sleep(0.1)
    return found


def key_file(folder: Path, mode: int = 0o600) -> dict[str, str]:
    path = folder / "key"
    path.touch(mode)
    path.chmod(mode)
    return {"IDEATION_KEY_FILE": str(path)}


def test_an_empty_site_comes_up_with_its_jobs_and_goes_down_whole(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert fetch(server.url + "/healthz") == (200, "alive\n")
        assert fetch(server.url + "/readyz") == (200, "ready\n")
        assert fetch(server.url + "/login")[0] == 200
        until = time.monotonic() + 15
        while len(running := children(server)) < 3 and time.monotonic() < until:
            time.sleep(0.1)
        assert len(running) == 3
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in running)
    assert not (Path.home() / ".gunicorn" / "gunicorn.ctl").exists()


def test_mail_leaves_without_anybody_asking(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        _register(server)
        until = time.monotonic() + 15
        while not list((tmp_path / "outbox").glob("*.eml")) and time.monotonic() < until:
            time.sleep(0.2)
        assert len(list((tmp_path / "outbox").glob("*.eml"))) == 1, server.log()


def _register(server: Server) -> None:
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = opener.open(server.url + "/register").read().decode()
    fields = {
        "csrf_token": re.search(r'csrf_token" value="([^"]+)', page)[1],
        "email": "anna@example.org",
        "display_name": "Anna",
        "password": "kastanie bus laterne",
        "consent": "yes",
    }
    assert opener.open(server.url + "/register", urllib.parse.urlencode(fields).encode()).status == 200


def test_a_jobs_loop_that_dies_is_started_again(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        before = settled(server, 3)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        settled(server, 3, besides=before)
        assert fetch(server.url + "/readyz")[0] == 200


def test_the_jobs_loop_does_not_outlive_a_killed_server(tmp_path: Path) -> None:
    with serving(tmp_path, workers=1) as server:
        running = settled(server, 2)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
        until = time.monotonic() + 20
        while any(Path(f"/proc/{pid}").exists() for pid in running) and time.monotonic() < until:
            time.sleep(0.2)
        assert not any(Path(f"/proc/{pid}").exists() for pid in running)


def test_without_jobs_only_the_workers_run(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-jobs") as server:
        settled(server, 2)
        time.sleep(1)
        assert len(children(server)) == 2


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    with serving(tmp_path / "one") as server:
        port = server.url.rpartition(":")[2]
        line = [*IDEATION, "serve", "--port", port]
        done = subprocess.run(line, env=environment(tmp_path / "two"), capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert "cannot be used" in done.stderr


def test_a_database_that_is_behind_is_not_changed(tmp_path: Path) -> None:
    command(tmp_path, "db", "upgrade")
    with sqlite3.connect(tmp_path / "ideation.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    assert "ideation db upgrade" in refusal(tmp_path)


def test_a_site_in_production_needs_its_secrets(tmp_path: Path) -> None:
    key = key_file(tmp_path)
    assert "IDEATION_SECRET_KEY" in refusal(tmp_path, **{**PRODUCTION, **key, "IDEATION_SECRET_KEY": ""})
    assert "shorter" in refusal(tmp_path, **{**PRODUCTION, **key, "IDEATION_SECRET_KEY": "short"})
    assert "IDEATION_BASE_URL" in refusal(tmp_path, **{**PRODUCTION, **key, "IDEATION_BASE_URL": "http://mitmachen.example"})
    assert "is missing" in refusal(tmp_path, **PRODUCTION)
    assert "chmod 600" in refusal(tmp_path, **PRODUCTION, **key_file(tmp_path, 0o644))
    assert not (tmp_path / "ideation.sqlite3").exists()


def test_a_key_file_of_another_site_is_refused(tmp_path: Path) -> None:
    command(tmp_path, "db", "upgrade")
    command(tmp_path, "demo", "load")
    (tmp_path / "ballot.key").unlink()
    assert "key file does not open" in refusal(tmp_path)


@pytest.mark.skipif("TEST_DATABASE_URL" in os.environ, reason="a server of our own is needed, with settings of our own")
def test_a_postgresql_that_could_forget_is_refused(postgres_server: str, tmp_path: Path) -> None:
    name = f"ideation_serve_{os.getpid()}"
    url = postgres.create(postgres_server, name)
    try:
        assert "ideation db upgrade" in refusal(tmp_path, IDEATION_DATABASE_URL=url)
        command(tmp_path, "db", "upgrade", IDEATION_DATABASE_URL=url)
        assert "setting fsync is off" in refusal(tmp_path, IDEATION_DATABASE_URL=url)
    finally:
        postgres.drop(postgres_server, name)
