"""The least that can be done: what the same server makes of a bare answer, a bare list and a bare vote."""

import os
from datetime import UTC, datetime

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, create_engine, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

import ideation.core.db  # noqa: F401 — the same settings on every connection, the same way to begin

ROWS = 10_000
PAGE = 20
metadata = MetaData()
item = Table(
    "limit_item",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String),
    Column("body", String),
    Column("votes", Integer, index=True),
    Column("made_at", DateTime),
)
vote = Table("limit_vote", metadata, Column("person", String, primary_key=True), Column("item", Integer, primary_key=True))

TEMPLATE = """<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Liste</title></head><body><h1>Liste</h1><ol>
{% for row in rows %}<li id="item-{{ row.id }}"><h2><a href="/item/{{ row.id }}">{{ row.title }}</a></h2>
<p>{{ row.body }}</p><p>{{ row.votes }} · {{ row.made_at.strftime("%d.%m.%Y") }}</p></li>
{% endfor %}</ol></body></html>"""

app = Flask(__name__)
page = app.jinja_env.from_string(TEMPLATE)
engine = create_engine(os.environ["IDEATION_DATABASE_URL"])
conflict_free = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[engine.dialect.name]


def fill() -> None:
    metadata.create_all(engine)
    with engine.begin() as connection:
        if connection.scalar(select(func.count()).select_from(item)):
            return
        made = datetime.now(UTC).replace(tzinfo=None)
        rows = [
            {"title": f"Eintrag {n}", "body": "Ein Satz dazu. " * 8, "votes": n * 7 % 1000, "made_at": made} for n in range(ROWS)
        ]
        connection.execute(insert(item), rows)


@app.get("/healthz")
@app.get("/text")
def text() -> ResponseReturnValue:
    return "ok", {"Content-Type": "text/plain"}


@app.get("/list")
def listed() -> ResponseReturnValue:
    with engine.connect() as connection:
        rows = connection.execute(select(item).order_by(item.c.votes.desc(), item.c.id.desc()).limit(PAGE)).all()
    return page.render(rows=rows)


@app.post("/vote")
def voted() -> ResponseReturnValue:
    with engine.begin() as connection:
        values = {"person": request.form["person"], "item": int(request.form["item"])}
        connection.execute(conflict_free(vote).values(values).on_conflict_do_nothing())
    return "", 204
