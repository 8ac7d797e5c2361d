"""Tables in one text file: sections with a name, column names below it, and rows of fields between semicolons."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ideation.core.sentence import Message, say

QUOTED = re.compile(r'"((?:[^"]++|"")*+)"')
WORD = re.compile(r"[a-z][a-z_]*", re.IGNORECASE)
# What some reader takes for the end of a line: a field with one of these is quoted.
BREAKS = re.compile(r'[;"\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]|^\s|\s$')


@dataclass(frozen=True, slots=True)
class Fault:
    line: int
    reason: Message


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    cells: tuple[str, ...]


class Section:
    """A section as it stands in the file: where it begins, its columns, the rows that have all of them."""

    def __init__(self, line: int, known: bool = True) -> None:
        self.line, self.known, self.columns = line, known, dict[str, int]()
        self.rows: list[Row] = []

    def cell(self, row: Row, column: str) -> str:
        return row.cells[self.columns[column]] if column in self.columns else ""


class Scan:
    """One reading of a file: what is wrong is collected, and what is right read on.

    `names`: the sections that are known, in small letters. After `sections`: `faults`; `blank` and `lower`: the first blank line
    and the first section whose name is not in capitals, or 0; `others`: unknown sections, which are left out; `broken`: how the
    lines begin that could not be read: what names one of them is no further fault."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.faults: list[Fault] = []
        self.blank = self.lower = 0
        self.others: list[Row] = []
        self.broken: set[str] = set()

    def fault(self, line: int, reason: Message) -> None:
        self.faults.append(Fault(line, reason))

    def text(self, data: bytes) -> str:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("utf-8-sig", "replace")
            for number, line in enumerate(data.split(b"\n"), 1):
                if _is_no_text(line):
                    self.fault(number, say("Die Zeile ist nicht in UTF-8 geschrieben."))
        return text if "\n" in text else text.replace("\r", "\n")

    def rows(self, text: str) -> Iterator[Row]:
        """Every line that is not blank. A quoted field may go over several lines; its row has the number of the first."""
        at, number = 0, 1
        while at < len(text):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            line = text[at:end]
            cells: Sequence[str] | None = [cell.strip() for cell in line.split(";")]
            if '"' in line:
                cells, end = _quoted(text, at, end)
            if cells is None:
                self.fault(number, say("Hier beginnt ein Anführungszeichen, das nicht endet."))
                self.broken.add(line.partition(";")[0].strip())
            elif line.strip():
                yield Row(number, tuple(cells))
            else:
                self.blank = self.blank or number
            number += text.count("\n", at, end) + 1
            at = end + 1

    def sections(self, data: bytes) -> dict[str, Section]:
        """By their names in small letters."""
        rows = list(self.rows(self.text(data)))
        found: dict[str, Section] = {}
        current: Section | None = None
        for place, row in enumerate(rows):
            name = row.cells[0].casefold()
            if name in self.names and not any(row.cells[1:]):
                if name in found:
                    self.fault(row.number, say("Der Abschnitt %(name)s steht zweimal in der Datei.", name=name.upper()))
                found[name] = current = Section(row.number)
                if not row.cells[0].isupper():
                    self.lower = self.lower or row.number
            elif _is_other_section(rows, place):
                self.others.append(row)
                current = Section(row.number, known=False)
            elif current is None:
                self.fault(row.number, say("Die Datei muss mit dem Abschnitt %(name)s beginnen.", name=self.names[0].upper()))
                current = Section(row.number, known=False)
            elif not current.known:
                continue
            elif not current.columns:
                self.header(current, row)
            elif cells := self.fitting(current, row):
                current.rows.append(Row(row.number, cells))
        for name in self.names:
            if name not in found:
                self.fault(rows[-1].number if rows else 1, say("Der Abschnitt %(name)s fehlt.", name=name.upper()))
        return found

    def header(self, section: Section, row: Row) -> None:
        names = [cell.casefold() for cell in row.cells]
        while names and not names[-1]:
            names.pop()
        for column in sorted({name for name in names if names.count(name) > 1}):
            self.fault(row.number, say("Die Spalte %(column)s steht zweimal in der Kopfzeile.", column=column or "„“"))
        section.columns = {name: place for place, name in enumerate(names)}

    def fitting(self, section: Section, row: Row) -> tuple[str, ...] | None:
        wanted = max(section.columns.values()) + 1
        if len(row.cells) < wanted or any(row.cells[wanted:]):
            text = say("Die Zeile hat %(n)s Felder, die Kopfzeile %(wanted)s.", n=len(row.cells), wanted=wanted)
            self.fault(row.number, text)
            self.broken.add(row.cells[0])
            return None
        return row.cells[:wanted]

    def lacks(self, section: Section, *columns: str) -> bool:
        missing = [column for column in columns if column not in section.columns]
        for column in missing:
            self.fault(section.line + 1, say("In der Kopfzeile fehlt die Spalte %(column)s.", column=column))
        return bool(missing)


def field(value: str) -> str:
    """A field as it is written: quoted where it would be read as something else."""
    return '"' + value.replace('"', '""') + '"' if BREAKS.search(value) else value


def _quoted(text: str, at: int, end: int) -> tuple[list[str] | None, int]:
    """The fields of a row that begins at `at`, and where it ends; None for a quotation mark that nothing closes."""
    first_end, cells = end, list[str]()
    while True:
        value = ""
        if match := QUOTED.match(text, at):
            value, at = match[1].replace('""', '"'), match.end()
            if at > end:
                end = text.find("\n", at)
                end = len(text) if end < 0 else end
        elif text.startswith('"', at):
            return None, first_end
        stop = text.find(";", at, end)
        stop = end if stop < 0 else stop
        rest = text[at:stop].strip()
        if rest and match and end > first_end:
            return None, first_end
        cells.append(value + rest)
        if stop == end:
            return cells, end
        at = stop + 1


def _is_other_section(rows: Sequence[Row], place: int) -> bool:
    """One word in a line of its own, and column names below it."""
    if len(rows[place].cells) > 1 or not WORD.fullmatch(rows[place].cells[0]):
        return False
    return place + 1 < len(rows) and rows[place + 1].cells[0].casefold().endswith("_id")


def _is_no_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return True
    return False
