"""An election held elsewhere becomes an archived round: its ideas, and beside them the numbers of the file."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from ideation.accounts.models import Account
from ideation.core.clock import start_of
from ideation.core.db import db
from ideation.core.sentence import Message, say
from ideation.core.text import single_line
from ideation.core.verdict import denied, require
from ideation.elections.rules import Election, Project
from ideation.ideas.actions import import_idea
from ideation.ideas.rules import Content, Origin
from ideation.pabulib.models import PublishedElection, PublishedResult
from ideation.pabulib.queries import imported_as
from ideation.pabulib.rules import read
from ideation.rounds.actions import archive_round, import_round
from ideation.rounds.models import Round
from ideation.rounds.policy import can_import
from ideation.rounds.rules import TITLE_MAX
from ideation.tables.rules import Fault

# What a column of whole numbers holds on both databases; longest as in other imports.
NUMBER_MAX, NAME_MAX, ID_MAX = 2**31 - 1, 300, 200
# Languages as these files name them, to the codes of texts.
LANGUAGES = {
    "polish": "pl", "german": "de", "english": "en", "french": "fr", "dutch": "nl", "estonian": "et", "spanish": "es",
    "portuguese": "pt", "italian": "it", "czech": "cs", "hungarian": "hu",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """`projects`: how many were written; 0 when the file was here already. With faults nothing is written."""

    slug: str
    projects: int = 0
    faults: tuple[Fault, ...] = ()
    notes: tuple[tuple[int, Message], ...] = ()


def import_file(actor: Account, slug: str, data: bytes, *, now: datetime) -> Imported:
    """A Pabulib file as an archived round with this address. The same file again changes nothing."""
    require(can_import(actor))
    digest = hashlib.sha256(data).hexdigest()
    if _is_here(digest, slug):
        return Imported(slug)
    reading = read(data)
    faults = list(reading.faults)
    if reading.election is not None:
        faults = _faults(reading.election, data.decode("utf-8-sig"))
    notes = [(note.line, note.text) for note in reading.notes]
    if faults or reading.election is None:
        return Imported(slug, 0, tuple(faults), tuple(notes))
    if nameless := sum(_title(project) == single_line(project.id) for project in reading.election.projects):
        notes.append((1, say("Projekte ohne Namen bekommen ihre Nummer als Titel: %(n)s.", n=nameless)))
    if any(p.cost.denominator != 1 for p in reading.election.projects) or reading.election.budget.denominator != 1:
        notes.append((1, say("Beträge sind auf ganze Zahlen gerundet.")))
    told = [f"{line}: {text}" for line, text in notes]
    import_election(actor, reading.election, slug=slug, digest=digest, notes=told, now=now)
    return Imported(slug, len(reading.election.projects), (), tuple(notes))


def import_election(
    actor: Account, election: Election, *, slug: str, digest: str, notes: Iterable[str] = (), now: datetime
) -> PublishedElection:
    """Public at once and closed for good; nobody is told, and no number becomes a vote here."""
    require(can_import(actor))
    meta = {single_line(key): single_line(value) for key, value in election.meta}
    (begins, exactly), lang = _began(meta), LANGUAGES.get(meta.get("language", "").casefold(), "de")
    round_ = import_round(
        actor, slug=slug, title=_round_title(meta, slug), period_text=_period(meta), lang=lang, free_ideas=True,
        published_at=start_of(begins) if begins else None, now=now,
    )  # fmt: skip
    archive_round(actor, round_, now=now)
    kept = PublishedElection(
        round_id=round_.id, digest=digest, meta=meta, ballot_type=election.kind.value, voters=len(election.votes),
        budget=round(election.budget), notes=list(notes),
    )  # fmt: skip
    db.session.add(kept)
    db.session.flush()
    for project in election.projects:
        content = Content(_title(project), "", lang)
        # The file is part of the number: two cities may both have a project 1.
        origin = Origin(f"pabulib:{digest[:16]}", project.id, begins, exactly)
        idea = import_idea(actor, round_, content, origin, now=now)
        db.session.add(
            PublishedResult(
                idea_id=idea.id, round_id=round_.id, project=project.id, cost=round(project.cost), votes=project.votes,
                score=project.score if election.kind.gives_points else None, selected=project.selected,
            )
        )  # fmt: skip
    db.session.flush()
    return kept


def _is_here(digest: str, slug: str) -> bool:
    """Whether this round is this file. Any other round with the address, and this file under another one, is a refusal."""
    known = imported_as(digest)
    if known is not None and known[1] == slug:
        return True
    if known is not None:
        require(denied(say("Diese Datei steht schon als Runde %(slug)s hier.", slug=known[1])))
    if db.session.scalar(select(Round.id).where(Round.slug == slug)) is not None:
        require(denied(say("Die Runde %(slug)s gibt es schon, und sie stammt nicht aus dieser Datei. Bitte wählen Sie eine andere Adresse.", slug=slug)))  # fmt: skip
    return False


def _faults(election: Election, text: str) -> list[Fault]:
    """What a file may say and this site cannot keep."""
    lines = text.replace("\r\n", "\n").split("\n")
    found = [
        Fault(n, say("Die Zeile enthält Zeichen, die kein Text sind."))
        for n, line in enumerate(lines, 1)
        if any(ord(c) < 32 and c != "\t" for c in line)
    ]

    def line_of(start: str) -> int:
        return next((n for n, line in enumerate(lines, 1) if line.partition(";")[0].strip().strip('"') == start), 1)

    if election.budget > NUMBER_MAX:
        found.append(Fault(line_of("budget"), say("Das Budget ist größer als %(n)s.", n=NUMBER_MAX)))
    if not election.projects:
        found.append(Fault(1, say("Die Datei enthält kein Projekt.")))
    for project in election.projects:
        if max(project.cost, project.votes, project.score) > NUMBER_MAX:
            found.append(Fault(line_of(project.id), say("Eine Zahl ist größer als %(n)s.", n=NUMBER_MAX)))
        if len(project.name) > NAME_MAX or len(project.id) > ID_MAX:
            found.append(Fault(line_of(project.id), say("Nummer oder Name des Projekts sind zu lang: höchstens %(id)s und %(name)s Zeichen.", id=ID_MAX, name=NAME_MAX)))  # fmt: skip
    return sorted(found, key=lambda fault: fault.line)


def _title(project: Project) -> str:
    """The name; the number where a name has neither letter nor figure, as where the publisher made projects anonymous."""
    name = single_line(project.name)
    return name if any(c.isalnum() for c in name) else single_line(project.id)


def _round_title(meta: dict[str, str], slug: str) -> str:
    place = " ".join(meta[key] for key in ("unit", "subunit", "instance") if meta.get(key))
    title = (meta.get("description") or place or slug)[:TITLE_MAX].strip()
    return title if len(title) >= 3 else f"Pabulib {title}".strip()


def _period(meta: dict[str, str]) -> str:
    days = [meta[key] for key in ("date_begin", "date_end") if meta.get(key)]
    return " – ".join(dict.fromkeys(days)) or meta.get("instance", "")


def _began(meta: dict[str, str]) -> tuple[date | None, str]:
    """As exactly as the file says it: a day, else the year of the vote."""
    begin = meta.get("date_begin", "")
    try:
        if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", begin):
            return date(int(match[3]), int(match[2]), int(match[1])), "day"
        return date(int(begin if re.fullmatch(r"\d{4}", begin) else meta.get("instance", "")), 1, 1), "year"
    except ValueError:
        return None, "day"
