"""Tables as they are exchanged: what a file must look like, and what is wrong with which line."""

import csv
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from io import StringIO

from ideation.core.sentence import Message, say


class Kind(StrEnum):
    IDEAS = "ideas"
    COMMENTS = "comments"


COLUMNS: dict[Kind, tuple[str, ...]] = {
    Kind.IDEAS: ("source", "source_id", "title", "body", "date", "author", "tags", "lang"),
    Kind.COMMENTS: ("source", "source_id", "idea_source_id", "parent_source_id", "body", "date", "author"),
}
# Without these columns a file says nothing; the others may be missing.
NEEDED: dict[Kind, frozenset[str]] = {
    Kind.IDEAS: frozenset({"source", "source_id"}),
    Kind.COMMENTS: frozenset({"source", "source_id", "idea_source_id", "body"}),
}
LONGEST = {"source": 80, "source_id": 200, "title": 300, "author": 200}
IDEA_LONGEST, COMMENT_LONGEST = 20_000, 5_000
TITLE_FROM_TEXT = 80
TAG_SEPARATOR = ";"

# What a spreadsheet would compute: such a cell leaves with an apostrophe before it, which the import takes away again.
FORMULA = re.compile(r"'*\s*[=+\-@\t\r\x00\uff1d\uff0b\uff0d\uff20]")


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    @property
    def key(self) -> tuple[str, str]:
        return self["source"], self["source_id"]


@dataclass(frozen=True, slots=True)
class Fault:
    line: int
    reason: Message


class Unreadable(Exception):
    """The file as a whole cannot be used."""

    def __init__(self, line: int, reason: Message) -> None:
        super().__init__(line, reason)
        self.fault = Fault(line, reason)


def neutral(cell: str) -> str:
    return "'" + cell if FORMULA.match(cell) else cell


def plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def text_of(data: bytes) -> str:
    """UTF-8, with or without a byte order mark; nothing else is guessed."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(line, say("Die Datei ist nicht in UTF-8 gespeichert. Bitte speichern Sie sie als „CSV UTF-8“.")) from None


def lines_of(text: str, kind: Kind) -> tuple[list[Line], list[Fault]]:
    """The lines of a table and those with the wrong number of fields. Fields are separated by commas or semicolons."""
    csv.field_size_limit(2_000_000)
    head = text.partition("\n")[0]
    rows = csv.reader(StringIO(text, newline=""), delimiter=";" if ";" in head and "," not in head else ",", strict=True)
    lines: list[Line] = []
    faults: list[Fault] = []
    columns: list[str] | None = None
    begins = 1
    try:
        for row in rows:
            number, begins = begins, rows.line_num + 1
            if columns is None:
                columns = _columns(row, kind)
            elif len(row) == len(columns):
                lines.append(Line(number, {name: plain(cell) for name, cell in zip(columns, row, strict=True)}))
            elif row:
                faults.append(
                    Fault(number, say("Die Zeile hat %(n)s Felder, die Kopfzeile %(wanted)s.", n=len(row), wanted=len(columns)))
                )
    except csv.Error:
        raise Unreadable(
            begins, say("Ab hier passen die Anführungszeichen nicht zusammen. Die Datei lässt sich nicht lesen.")
        ) from None
    if columns is None:
        raise Unreadable(1, say("Die Datei ist leer."))
    return lines, faults


def _columns(row: list[str], kind: Kind) -> list[str]:
    columns = [name.strip().casefold() for name in row]
    names = ", ".join(COLUMNS[kind])
    if missing := sorted(NEEDED[kind] - set(columns)):
        raise Unreadable(
            1, say("In der Kopfzeile fehlt: %(missing)s. Möglich sind: %(names)s.", missing=", ".join(missing), names=names)
        )
    if unknown := [name for name in columns if name not in COLUMNS[kind]]:
        raise Unreadable(
            1, say("Unbekannte Spalte: %(unknown)s. Möglich sind: %(names)s.", unknown=", ".join(unknown), names=names)
        )
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise Unreadable(1, say("Diese Spalte steht zweimal in der Kopfzeile: %(names)s.", names=", ".join(twice)))
    return columns


def day_of(text: str) -> tuple[date | None, str]:
    """A date and how exactly it is known: 2024, 2024-05 or 2024-05-17, with or without a time. Empty: none. Else ValueError."""
    text = text.strip()
    if not text:
        return None, "day"
    if re.fullmatch(r"\d{4}", text):
        return date(int(text), 1, 1), "year"
    if re.fullmatch(r"\d{4}-\d{2}", text):
        return date(int(text[:4]), int(text[5:]), 1), "month"
    return datetime.fromisoformat(text).date(), "day"


def written_day(value: date | None, precision: str) -> str:
    return "" if value is None else value.isoformat()[: {"year": 4, "month": 7}.get(precision, 10)]


def title_of(title: str, body: str) -> str:
    """The title, or the first 80 characters of the text."""
    return " ".join(title.split()) or " ".join(body.split())[:TITLE_FROM_TEXT].strip()


def tags_of(text: str) -> list[str]:
    return [word.strip() for word in text.split(TAG_SEPARATOR) if word.strip()]


def idea_fault(line: Line) -> Message | None:
    if not line["title"].strip() and not line["body"].strip():
        return say("Titel und Text fehlen beide.")
    return _fault(line, IDEA_LONGEST)


def comment_fault(line: Line) -> Message | None:
    if not line["idea_source_id"]:
        return say("Es fehlt, zu welcher Idee der Kommentar gehört (idea_source_id).")
    if not line["body"].strip():
        return say("Der Kommentar hat keinen Text.")
    return _fault(line, COMMENT_LONGEST)


def _fault(line: Line, longest: int) -> Message | None:
    for column in ("source", "source_id"):
        if not line[column]:
            return say("Das Feld %(column)s ist leer.", column=column)
    for column, most in {**LONGEST, "body": longest}.items():
        if len(line[column]) > most:
            return say("Das Feld %(column)s ist länger als %(n)s Zeichen.", column=column, n=most)
    try:
        day_of(line["date"])
    except ValueError:
        return say("„%(cell)s“ ist kein Datum. Möglich sind 2024, 2024-05 und 2024-05-17.", cell=line["date"][:40])
    return None


def judged(lines: Iterable[Line], judge: Callable[[Line], Message | None]) -> tuple[list[Line], list[Fault]]:
    """The sound lines and the faults; a line whose id stands above already is one."""
    sound: list[Line] = []
    faults: list[Fault] = []
    first: dict[tuple[str, str], int] = {}
    for line in lines:
        reason = judge(line)
        if reason is None and line.key in first:
            reason = say("Die Nummer %(id)s steht schon in Zeile %(line)s.", id=line["source_id"], line=str(first[line.key]))
        if reason is None:
            sound.append(line)
        else:
            faults.append(Fault(line.number, reason))
        first.setdefault(line.key, line.number)
    return sound, faults


def settled(lines: list[Line], every: Iterable[Line], known: Container[tuple[str, str]]) -> tuple[list[Line], list[Fault]]:
    """Comments in an order in which each stands after the one it answers, and those that answer none.

    `lines`: sound so far; `every`: all lines of the file; `known`: comments that are already here."""
    below: dict[tuple[str, str], list[Line]] = {}
    ready: list[Line] = []
    for line in lines:
        parent = (line["source"], line["parent_source_id"])
        if not parent[1] or parent in known:
            ready.append(line)
        else:
            below.setdefault(parent, []).append(line)
    for line in ready:  # grows while it is read: the answers to a comment come after it
        ready += below.pop(line.key, [])
    where = {line.key: line.number for line in reversed(list(every))}
    faults = []
    for parent, answers in below.items():
        for line in answers:
            if parent in where:
                reason = say("Antwort auf den Kommentar in Zeile %(line)s, der selbst fehlerhaft ist.", line=str(where[parent]))
            else:
                reason = say("Antwort auf den Kommentar %(id)s, den es nicht gibt.", id=parent[1])
            faults.append(Fault(line.number, reason))
    return _by_time(ready), faults


def _by_time(lines: list[Line]) -> list[Line]:
    """The order of the file where it already puts every answer after its question."""
    place = {line.key: line.number for line in lines}
    answered = ((line.number, place.get((line["source"], line["parent_source_id"]), 0)) for line in lines)
    return sorted(lines, key=lambda line: line.number) if all(number > parent for number, parent in answered) else lines


def totals(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table for spreadsheets: semicolons, empty cells for None, and no cell that would be computed."""
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(head)
    writer.writerows([neutral(str(cell)) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()
