"""Tables for the import, and real data of other cities, read where they lie."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from ideation.transfer.rules import COLUMNS, Kind

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


def table(kind: Kind, rows: Iterable[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS[kind])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def real(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"real data is missing: {name} in the folder shared/data beside the checkout")
    return path


def rows(path: Path, **more: object) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, **more))  # type: ignore[arg-type]


def reykjavik() -> list[dict[str, str]]:
    lines = rows(real("better-reykjavik/ideas_by_category.csv"), fieldnames=["category", "text"])
    return [
        {"source": "better-reykjavik", "source_id": str(n), "body": line["text"], "lang": "is"} for n, line in enumerate(lines, 1)
    ]


def stuttgart() -> list[dict[str, str]]:
    lines = rows(real("stuttgart-buergerhaushalt-2023/ranking.csv"), skipinitialspace=True)
    return [{"source": "stuttgart-2023", "source_id": line["ID"], "title": line["Titel"], "lang": "de"} for line in lines]


def madrid_ideas() -> list[dict[str, str]]:
    return [
        {
            "source": "decide-madrid",
            "source_id": line["id"],
            "title": line["title"],
            "body": line["text"] or line["summary"],
            "date": line["date"],
            "author": line["userId"],
            "lang": "es",
        }
        for line in rows(real("decide-madrid-2019/proposals.csv"))
    ]


def madrid_comments() -> list[dict[str, str]]:
    return [
        {
            "source": "decide-madrid",
            "source_id": line["id"],
            "idea_source_id": line["proposalId"],
            "parent_source_id": "" if line["parentId"] == "-1" else line["parentId"],
            "body": line["text"],
            "date": f"{line['date']} {line['time']}",
            "author": line["userId"],
        }
        for line in rows(real("decide-madrid-2019/comments.csv"))
    ]


class Transfer:
    """`transfer = Transfer(app, tmp_path)`: the commands, on files of a folder."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.folder, self.runner = folder, FlaskCliRunner(app)

    def take(self, kind: Kind, content: bytes, slug: str, *flags: str) -> tuple[int, str, list[str]]:
        """Exit code, standard output, the lines on standard error."""
        path = self.folder / f"{kind}.csv"
        path.write_bytes(content)
        done = self.runner.invoke(args=["transfer", "import", kind.value, str(path), "--round", slug, *flags])
        return done.exit_code, done.stdout.strip(), [line.removeprefix(f"{path}:") for line in done.stderr.splitlines()]

    def give(self, kind: Kind, slug: str) -> bytes:
        path = self.folder / "out.csv"
        done = self.runner.invoke(args=["transfer", "export", kind.value, "--round", slug, "-o", str(path)])
        assert done.exit_code == 0, done.stderr
        return path.read_bytes()
