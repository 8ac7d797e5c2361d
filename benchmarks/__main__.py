"""`make bench`: everything in one run on one machine, as ratios to what the same server makes of the least that can be done.

`python -m benchmarks sqlite` measures one database; `quick` in front shortens every measurement to a second.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from benchmarks import count, load, paper, site
from benchmarks.load import Load, Request
from benchmarks.visit import first_visit, memory
from ideation import create_app
from ideation.core.db import db
from ideation.core.migrate import upgrade
from tests import postgres
from tests.conftest import settings
from tests.server import Server, environment, free_port, running, serving

SECRET = "only for benchmarks"


class Table:
    """Lines as they come, and at the end those that missed their aim."""

    def __init__(self) -> None:
        self.missed: list[str] = []

    def line(self, name: str, told: Any, ratio: float | None = None, aim: float | None = None) -> None:
        share = f"  {ratio:5.2f} of the limit" if ratio is not None else ""
        verdict = ""
        if ratio is not None and aim is not None:
            verdict = f"  aim {aim:.2f} {'met' if ratio >= aim else 'MISSED'}"
            if ratio < aim:
                self.missed.append(f"{name}: {ratio:.2f} of {aim:.2f}")
        print(f"  {name:<46}{told}{share}{verdict}", flush=True)

    def number(self, name: str, value: float, unit: str, most: float | None = None) -> None:
        verdict = "" if most is None else f"  at most {most:g}: {'met' if value <= most else 'MISSED'}"
        if most is not None and value > most:
            self.missed.append(f"{name}: {value:.1f} {unit}, at most {most:g}")
        print(f"  {name:<46}{value:10.1f} {unit}{verdict}", flush=True)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'ideation.sqlite3'}"
        return
    with postgres.server(durable=True) as url:
        yield postgres.create(url, "ideation_bench")


@contextmanager
def ours(folder: Path, url: str) -> Iterator[Server]:
    with serving(folder, IDEATION_DATABASE_URL=url, IDEATION_SECRET_KEY=SECRET) as server:
        yield server


@contextmanager
def bare(folder: Path, url: str) -> Iterator[Server]:
    """The limits, under the same server settings as `ideation serve`."""
    port = free_port()
    line = [sys.executable, "-m", "benchmarks.limits", "--port", str(port)]
    with running(line, port, folder / "limits", environment(folder, IDEATION_DATABASE_URL=url)) as server:
        yield server


def limits(table: Table, folder: Path, url: str) -> dict[str, Load]:
    print("\nLimits: bare Flask, same server")
    wishes = [Request.form("/vote", person=f"person-{n // 100}", item=n % 100) for n in range(40_000)]
    with bare(folder, url) as server:
        found = {"text": load.get(server.url + "/text"), "list": load.get(server.url + "/list")}
        found["vote"] = load.post(server.url, wishes)
    for name, measured in found.items():
        table.line(
            {"text": "a bare text answer", "list": "a bare list (Core, 20 of 10,000)", "vote": "a bare vote"}[name], measured
        )
    return found


def pages(
    table: Table, server: Server, stock: site.Stock, browsers: list[Any], least: dict[str, Load], votes: list[Request]
) -> None:
    print("\nPages for visitors, while 50 votes a second arrive on the same round")
    share = len(votes) // len(stock.pages())
    for number, (name, path) in enumerate(stock.pages().items()):
        with load.arriving(server.url, votes[number * share : (number + 1) * share]) as statuses:
            measured = load.get(server.url + path)
        assert set(statuses) <= {303}, f"votes were answered {set(statuses)}"
        table.line(name, measured, measured.rate / least["text"].rate, 0.5)
    print("\nPages for somebody signed in")
    few = {"ideas of a round with 1,000, newest": f"/rounds/{stock.few_slug}/ideas?sort=newest"}
    for name, path in {**stock.pages(), **few}.items():
        measured = load.get(server.url + path, browsers[0].cookie)
        table.line(name, measured, measured.rate / least["list"].rate, 0.25 if "ideas" in name else None)


def statements(table: Table, app: Flask, stock: site.Stock, browser: Any) -> None:
    print("\nSQL statements of a page, signed in")
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    client = app.test_client()
    name, _, value = browser.cookie.partition("=")
    client.set_cookie(name, value)
    for page, path in stock.pages().items():
        seen.clear()
        assert client.get(path).status_code == 200
        table.number(page, len(seen), "statements", {"idea with 20 comments": 10}.get(page, 8))
    seen.clear()
    fields = {"csrf_token": browser.token, "choice": "support"}
    assert client.post(f"/ideas/{stock.ideas[-2]}/vote", data=fields).status_code == 303
    table.number("a vote", len(seen), "statements", 14)
    event.remove(engine, "before_cursor_execute", note)


def writes(table: Table, server: Server, least: dict[str, Load], requests: list[Request], told: str) -> None:
    measured = load.post(server.url, requests)
    table.line(f"votes, {told} present", measured, measured.rate / least["vote"].rate, 0.5)


def measure(kind: str, table: Table) -> None:
    print(f"\n==== {kind} ====")
    with tempfile.TemporaryDirectory(prefix="ideation-bench-") as name, database(kind, Path(name)) as url:
        folder = Path(name)
        app = create_app(**{**settings(folder, url), "SECRET_KEY": SECRET})
        upgrade(app)
        with ours(folder, url) as server:
            print("\nMemory of two idle workers and the jobs loop")
            pss, rss = memory(server.process.pid)
            table.number("PSS of all processes", pss, "MiB", 160)
            table.number("RSS of all processes", rss, "MiB")
        stock = site.fill(app)
        least = limits(table, folder, url)
        with ours(folder, url) as server:
            browsers = site.sign_in(server.url, stock)
            print("\nFirst visit, empty cache, Chromium")
            for page, path in (("front page", "/"), ("ideas, newest", stock.pages()["ideas, newest"])):
                requests, total, html = first_visit(server.url + path)
                table.number(page, total, "kB", 120)
                table.number(f"{page}, HTML alone", html, "kB", 10)
                table.number(f"{page}, requests", requests, "", 8)
            pages(table, server, stock, browsers, least, site.votes(stock, browsers, 0, 4))
            statements(table, app, stock, browsers[0])
            print("\nAcknowledged writes")
            writes(table, server, least, site.votes(stock, browsers, 1, 4), "0")
            measured = load.post(server.url, site.comments(stock, browsers, 20_000))
            table.line("comments", measured, measured.rate / least["vote"].rate)
            site.add_a_million_votes(app, stock)
            writes(table, server, least, site.votes(stock, browsers, 2, 4), "1,000,000")
            print("\nWith 1,000,000 votes")
            pages(table, server, stock, browsers, least, site.votes(stock, browsers, 3, 4))
            pss, rss = memory(server.process.pid)
            table.number("PSS after all this", pss, "MiB")
        count.ledger(table, app)
        count.a_million(table, app, stock.ballot)
        with app.app_context():
            db.engine.dispose()


def main() -> None:
    wanted = sys.argv[1:]
    if "quick" in wanted:
        load.SECONDS = 1
    table = Table()
    for kind in ("sqlite", "postgresql"):
        if kind in wanted or not set(wanted) - {"quick"}:
            measure(kind, table)
    count.selections(table)
    paper.documentation(table)
    print("\nMissed aims:", *(table.missed or ["none"]), sep="\n  ")


if __name__ == "__main__":
    main()
