"""Filled databases of landed states, for the migrations that come after them.

`python -m tests.filled REVISION` writes the demo of today as `<REVISION>.jsonl.gz`: one line a row, tables in the order of
their foreign keys. It is read back into the schema of that revision, on either database."""

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, insert, select

FOLDER = Path(__file__).parent
# The database lets nobody write a sealed entry: it is sealed after it is there.
LATE = {"ledger_entry": {"seq", "hash"}}


def plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    return {"date": value.isoformat()} if isinstance(value, date) else value


def rich(value: Any) -> Any:
    match value:
        case {"bytes": str(text)}:
            return base64.b64decode(text)
        case {"moment": str(text)}:
            return datetime.fromisoformat(text)
        case {"date": str(text)}:
            return date.fromisoformat(text)
    return value


def lines(connection: Connection) -> Iterator[str]:
    schema = MetaData()
    schema.reflect(connection)
    for table in schema.sorted_tables:
        if table.name != "alembic_version":
            for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
                values = {key: plain(value) for key, value in row._mapping.items()}
                yield json.dumps([table.name, values], ensure_ascii=False, sort_keys=True, default=str)


def write(connection: Connection, revision: str) -> None:
    with gzip.GzipFile(FOLDER / f"{revision}.jsonl.gz", "wb", mtime=0) as file:
        for line in lines(connection):
            file.write(line.encode() + b"\n")


def load(connection: Connection, revision: str) -> dict[str, int]:
    """Fills an empty schema of that revision; returns how many rows each table got."""
    schema, counts = MetaData(), dict[str, int]()
    schema.reflect(connection)
    waiting: list[tuple[str, dict[str, Any]]] = []
    with gzip.open(FOLDER / f"{revision}.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            name, values = json.loads(line)
            counts[name] = counts.get(name, 0) + 1
            table = schema.tables[name]
            row = {key: rich(value) for key, value in values.items()}
            # A row may point to a later one of its own table (the question another was merged into): those come second.
            own = {c.parent.name for c in table.foreign_keys if c.column.table is table}
            late = {key: row[key] for key in own | LATE.get(name, set()) if row.get(key) is not None}
            if late:
                waiting.append((name, {"id": row["id"], **late}))
            connection.execute(insert(table), row | dict.fromkeys(late))
    for name, values in waiting:
        table = schema.tables[name]
        connection.execute(table.update().where(table.c.id == values.pop("id")).values(values))
    return counts
