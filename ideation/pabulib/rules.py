"""Pabulib files (.pb): reading, writing, and what is wrong with which line.

Source of the format: Faliszewski et al., Participatory Budgeting: Data, Tools, and Analysis (2023, arXiv:2305.11035); pabulib.org.
Three sections META, PROJECTS and VOTES, each with a line of column names; fields are separated by semicolons and may be quoted.
Age, sex and everything else that no count needs is left out."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from ideation.budgets.rules import Money
from ideation.core.sentence import Message, say
from ideation.elections.rules import Election, Kind, Project, Vote, counted
from ideation.tables.rules import Fault, Row, Scan, Section, field

SECTIONS = ("meta", "projects", "votes")
NUMBER = re.compile(r"(-?\d{1,18})(?:[.,](\d{1,9}))?", re.ASCII)
POINTS = re.compile(r"\d{1,9}", re.ASCII)


class Remark(StrEnum):
    """Something odd in a file that can be read all the same. What `disagrees` says of the file what is not so."""

    SECTION_CASE = "section_case"
    BLANK_LINES = "blank_lines"
    VOTE_PER_LINE = "vote_per_line"
    PUNCTUATION = "punctuation"
    OTHER_SECTION = "other_section"
    NUM_PROJECTS = "num_projects"
    NUM_VOTES = "num_votes"
    VOTE_TYPE = "vote_type"
    VOTES_COLUMN = "votes"
    SCORE_COLUMN = "score"

    @property
    def disagrees(self) -> bool:
        return self in {Remark.NUM_PROJECTS, Remark.NUM_VOTES, Remark.VOTE_TYPE, Remark.VOTES_COLUMN, Remark.SCORE_COLUMN}


@dataclass(frozen=True, slots=True)
class Note:
    line: int
    remark: Remark
    text: Message


@dataclass(frozen=True, slots=True)
class Reading:
    """`election`: None when there is any fault. Faults and notes by line, counted from 1."""

    election: Election | None
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...]


class Reader(Scan):
    """One reading of a Pabulib file."""

    def __init__(self) -> None:
        super().__init__(SECTIONS)
        self.notes: list[Note] = []

    def note(self, line: int, remark: Remark, text: Message) -> None:
        if all(note.remark is not remark or remark.disagrees for note in self.notes):
            self.notes.append(Note(line, remark, text))

    def shape(self) -> None:
        if self.blank:
            self.note(self.blank, Remark.BLANK_LINES, say("Die Datei enthält Leerzeilen; sie bedeuten nichts."))
        if self.lower:
            self.note(self.lower, Remark.SECTION_CASE, say("Namen von Abschnitten stehen in Kleinbuchstaben."))
        for row in self.others:
            text = say("Der Abschnitt %(name)s gehört nicht zum Format und bleibt weg.", name=row.cells[0])
            self.notes.append(Note(row.number, Remark.OTHER_SECTION, text))

    def meta(self, section: Section) -> dict[str, tuple[int, str]]:
        """Key to line and value."""
        found: dict[str, tuple[int, str]] = {}
        if self.lacks(section, "key", "value"):
            return found
        for row in section.rows:
            key = section.cell(row, "key")
            if key in found:
                self.fault(row.number, say("Die Angabe %(key)s steht schon in Zeile %(line)s.", key=key, line=str(found[key][0])))
            found.setdefault(key, (row.number, section.cell(row, "value")))
        return found

    def money(self, line: int, text: str, what: Message) -> Money:
        if not (match := NUMBER.fullmatch(text)):
            self.fault(line, say("%(what)s: „%(cell)s“ ist keine Zahl.", what=what, cell=text[:40]))
            return 0
        amount = Fraction(f"{match[1]}.{match[2] or 0}")
        if amount < 0:
            self.fault(line, say("%(what)s: „%(cell)s“ ist negativ.", what=what, cell=text))
        return int(amount) if amount.denominator == 1 else amount

    def projects(self, section: Section) -> dict[str, tuple[Row, Project]]:
        found: dict[str, tuple[Row, Project]] = {}
        for row in section.rows:
            id_, name = section.cell(row, "project_id"), section.cell(row, "name")
            cost = self.money(row.number, section.cell(row, "cost"), say("Kosten"))
            if not id_:
                self.fault(row.number, say("Das Projekt hat keine Nummer."))
            elif id_ in found:
                line = str(found[id_][0].number)
                self.fault(row.number, say("Die Nummer %(id)s steht schon in Zeile %(line)s.", id=id_, line=line))
            if '"' in name or ":" in name:
                text = say("Titel enthalten Anführungszeichen oder Doppelpunkte; sie bleiben, wie sie sind.")
                self.note(row.number, Remark.PUNCTUATION, text)
            selected = {"1": True, "0": False}.get(section.cell(row, "selected"))
            found.setdefault(id_, (row, Project(id_, name, cost, selected=selected)))
        return found

    def votes(self, section: Section, projects: Mapping[str, object], kind: Kind, places: int) -> list[Vote]:
        """One line for each voter. `places`: the points of the first place where preferences come without points."""
        found: dict[str, int] = {}
        votes = []
        for row in section.rows:
            voter, chosen = section.cell(row, "voter_id"), section.cell(row, "vote")
            names = [name.strip() for name in chosen.split(",")] if chosen else []
            self.voter(row, voter, found)
            for name, times in Counter(names).items():
                self.choice(row, name, projects)
                if times > 1:
                    self.fault(row.number, say("Das Projekt „%(id)s“ steht mehrmals in dieser Stimme.", id=name[:80]))
            points = [1] * len(names)
            if given := section.cell(row, "points"):
                points = [self.points(row, one.strip()) for one in given.split(",")]
            elif kind is Kind.ORDINAL:
                points = [max(1, places - place) for place in range(len(names))]
            elif names and kind.gives_points:
                points = []
            if len(points) != len(names):
                text = say("Die Stimme nennt %(n)s Projekte, aber %(points)s Punktzahlen.", n=len(names), points=len(points))
                self.fault(row.number, text)
            votes.append(Vote(voter, tuple(zip(names, points, strict=False))))
        return votes

    def single_votes(self, section: Section, projects: Mapping[str, object]) -> list[Vote]:
        """One line for each choice of a voter."""
        found: dict[str, dict[str, int]] = {}
        column = "points" if "points" in section.columns else "score"
        for row in section.rows:
            voter, name = section.cell(row, "voter_id"), section.cell(row, "project_id")
            self.voter(row, voter, {})
            self.choice(row, name, projects)
            points = self.points(row, section.cell(row, column)) if column in section.columns else 1
            if name in found.setdefault(voter, {}):
                self.fault(row.number, say("%(voter)s hat das Projekt %(id)s schon gewählt.", voter=voter, id=name))
            found[voter][name] = points
        return [Vote(voter, tuple(choices.items())) for voter, choices in found.items()]

    def voter(self, row: Row, voter: str, found: dict[str, int]) -> None:
        if not voter:
            self.fault(row.number, say("Es fehlt, wer gestimmt hat (voter_id)."))
        elif voter in found:
            self.fault(
                row.number, say("Die Stimme von %(voter)s steht schon in Zeile %(line)s.", voter=voter, line=str(found[voter]))
            )
        found.setdefault(voter, row.number)

    def choice(self, row: Row, name: str, projects: Mapping[str, object]) -> None:
        if name not in projects and name not in self.broken:
            self.fault(row.number, say("Das Projekt „%(id)s“ gibt es nicht.", id=name[:80]))

    def points(self, row: Row, text: str) -> int:
        if POINTS.fullmatch(text):
            return int(text)
        self.fault(row.number, say("„%(cell)s“ ist keine Punktzahl.", cell=text[:40]))
        return 0

    def compare(self, sections: Mapping[str, Section], meta: Mapping[str, tuple[int, str]], election: Election) -> None:
        """Where the file says something else than its own lines."""
        for key, remark, real in (
            ("num_projects", Remark.NUM_PROJECTS, len(election.projects)),
            ("num_votes", Remark.NUM_VOTES, len(election.votes)),
        ):
            line, value = meta.get(key, (0, ""))
            if line and value != str(real):
                self.note(line, remark, say("%(key)s nennt %(value)s, die Datei enthält %(n)s.", key=key, value=value[:40], n=real))
        section = sections["projects"]
        for row, project in zip(section.rows, election.projects, strict=True):
            for remark, counted_ in ((Remark.VOTES_COLUMN, project.votes), (Remark.SCORE_COLUMN, project.score)):
                value = section.cell(row, remark.value)
                if value and value != str(counted_):
                    text = say(
                        "%(id)s: In der Datei steht %(value)s, gezählt sind %(n)s.", id=project.id, value=value[:40], n=counted_
                    )
                    self.note(row.number, remark, text)

    def kind(self, meta: Mapping[str, tuple[int, str]], votes: Section) -> Kind:
        points = bool({"points", "score"} & votes.columns.keys())
        line, named = meta.get("vote_type", (0, Kind.SCORING if points else Kind.APPROVAL))
        if named.casefold() not in set(Kind):
            self.fault(line, say("Die Art der Stimmen „%(kind)s“ ist nicht bekannt.", kind=named[:40]))
        kind = Kind(named.casefold()) if named.casefold() in set(Kind) else Kind.APPROVAL
        if points and not kind.gives_points:
            self.note(line, Remark.VOTE_TYPE, say("vote_type nennt %(kind)s, die Stimmen geben aber Punkte.", kind=kind.value))
            return Kind.SCORING
        return kind

    def election(self, data: bytes) -> Election | None:
        sections = self.sections(data)
        self.shape()
        if set(sections) != set(SECTIONS):
            return None
        meta = self.meta(sections["meta"])
        if "budget" not in meta:
            self.fault(sections["meta"].line, say("Das Budget fehlt (budget)."))
        budget = self.money(*meta.get("budget", (0, "0")), say("Budget"))
        kind = self.kind(meta, sections["votes"])
        single = "project_id" in sections["votes"].columns
        lacking = [
            self.lacks(sections["projects"], "project_id", "cost"),
            self.lacks(sections["votes"], "voter_id", *(() if single else ("vote",))),
        ]
        if any(lacking):
            return None
        projects = self.projects(sections["projects"])
        if single:
            self.note(sections["votes"].line, Remark.VOTE_PER_LINE, say("Jede Zeile der Stimmen nennt ein einzelnes Projekt."))
            votes = self.single_votes(sections["votes"], projects)
        else:
            length = meta.get("max_length", (0, ""))[1]
            longest = max((sections["votes"].cell(row, "vote").count(",") + 1 for row in sections["votes"].rows), default=1)
            votes = self.votes(sections["votes"], projects, kind, int(length) if POINTS.fullmatch(length) else longest)
        if self.faults:
            return None
        listed = counted([project for _, project in projects.values()], votes)
        election = Election(tuple((key, value) for key, (_, value) in meta.items()), kind, budget, listed, tuple(votes))
        self.compare(sections, meta, election)
        return election


def read(data: bytes) -> Reading:
    """A file as it lies on the disk: UTF-8, with or without byte order mark, any line ends. Every fault is told, not only the first.

    Also read: sections in small letters, blank lines, one line for each choice (voter_id, project_id, score or points), and other
    sections, which are left out; each of these is a note. So is a number in META or PROJECTS that the votes do not give."""
    reader = Reader()
    election = reader.election(data)
    faults = tuple(sorted(reader.faults, key=lambda fault: fault.line))
    return Reading(None if faults else election, faults, tuple(sorted(reader.notes, key=lambda note: note.line)))


def write(election: Election) -> str:
    """The file as text, to be encoded as UTF-8: three sections in the usual order, numbers counted from the votes.

    ValueError for what the format cannot say: a number of a project that is empty, has a comma, spaces at its ends or the name of a
    section; a cost that is no decimal number; points for a method that gives none."""
    points = election.kind.gives_points
    own = {
        "num_projects": str(len(election.projects)),
        "num_votes": str(len(election.votes)),
        "budget": _decimal(election.budget),
        "vote_type": election.kind.value,
    }
    meta = {key: own.pop(key, value) for key, value in election.meta} | own
    chosen = any(project.selected is not None for project in election.projects)
    columns = ["project_id", "cost", "votes", *(["score"] if points else []), "name", *(["selected"] if chosen else [])]
    lines = [["META"], ["key", "value"], *([_name(key), value] for key, value in meta.items()), ["PROJECTS"], columns]
    for project in counted(election.projects, election.votes):
        mark = {True: "1", False: "0", None: ""}[project.selected]
        known = {"project_id": _id(project.id), "cost": _decimal(project.cost), "name": project.name, "selected": mark}
        known |= {"votes": str(project.votes), "score": str(project.score)}
        lines.append([known[column] for column in columns])
    lines += [["VOTES"], ["voter_id", "vote", *(["points"] if points else [])]]
    for vote in election.votes:
        given = ",".join(str(number) for _, number in vote.choices)
        if not points and any(number != 1 for _, number in vote.choices):
            raise ValueError(f"points in a vote by {election.kind.value}")
        lines.append([_name(vote.voter), ",".join(_id(id_) for id_, _ in vote.choices), *([given] if points else [])])
    return "".join(";".join(map(field, cells)) + "\n" for cells in lines)


def _name(text: str) -> str:
    if not text or text != text.strip() or text.casefold() in SECTIONS:
        raise ValueError(f"{text!r} cannot begin a line")
    return text


def _id(text: str) -> str:
    if "," in text:
        raise ValueError(f"{text!r} cannot be named in a list")
    return _name(text)


def _decimal(amount: Money) -> str:
    if amount.denominator == 1:
        return str(amount.numerator)
    digits = next((n for n in range(1, 10) if (amount * 10**n).denominator == 1), None)
    if digits is None:
        raise ValueError(f"{amount} is no decimal number")
    whole, rest = divmod((amount * 10**digits).numerator, 10**digits)
    return f"{whole}.{rest:0{digits}}"
