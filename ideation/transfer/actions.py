"""Whole tables in and out: judged line by line first, then written through the actions of the nouns."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from babel import Locale, UnknownLocaleError

from ideation.accounts.models import Account
from ideation.activity.actions import record
from ideation.comments import actions as comments
from ideation.comments.models import Comment
from ideation.core.db import db
from ideation.core.sentence import Message, say
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import require
from ideation.ideas import actions as ideas
from ideation.ideas.rules import Content, Origin
from ideation.rounds.models import Round
from ideation.rounds.policy import can_import
from ideation.transfer import queries
from ideation.transfer.rules import (
    COLUMNS,
    Fault,
    Kind,
    Line,
    comment_fault,
    day_of,
    idea_fault,
    judged,
    lines_of,
    neutral,
    settled,
    tags_of,
    text_of,
    title_of,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """What an import found and did. With faults and without the wish to skip them nothing is written."""

    written: int = 0
    known: int = 0
    faults: list[Fault] = field(default_factory=list)


def import_table(actor: Account, kind: Kind, round_: Round, data: bytes, *, skip_faulty: bool = False, now: datetime) -> Report:
    """Raises Unreadable when the file as a whole cannot be used."""
    require(can_import(actor))
    lines, faults = lines_of(text_of(data), kind)
    clean = [Line(line.number, {name: cleaned(cell) for name, cell in line.cells.items()}) for line in lines]
    take = _ideas if kind is Kind.IDEAS else _comments
    return take(actor, round_, clean, faults, skip_faulty, now)


def _ideas(actor: Account, round_: Round, lines: list[Line], faults: list[Fault], skip: bool, now: datetime) -> Report:
    known, tags = queries.known_ideas(line["source"] for line in lines), queries.tag_slugs()

    def judge(line: Line) -> Message | None:
        here = known.get(line.key)
        if here is not None and here[1] != round_.id:
            return say("Diese Idee steht schon in einer anderen Runde.")
        return idea_fault(line) or _language_fault(line["lang"]) or _tag_fault(line["tags"], tags)

    sound, more = judged(lines, judge)
    faults = sorted([*faults, *more], key=lambda fault: fault.line)
    if faults and not skip:
        return Report(faults=faults)
    idea = None
    fresh = [line for line in sound if line.key not in known]
    for line in fresh:
        wanted = tuple(tags[name.casefold()] for name in tags_of(line["tags"]))
        content = Content(title_of(line["title"], line["body"]), line["body"], line["lang"] or round_.lang, wanted)
        origin = Origin(*line.key, *day_of(line["date"]))
        authors = [author] if (author := single_line(line["author"])) else []
        idea = ideas.import_idea(actor, round_, content, origin, authors=authors, now=now)
    if idea is not None:
        record("idea.imported", idea, actor=actor, round_id=round_.id, now=now, n=len(fresh))
    return Report(len(fresh), len(sound) - len(fresh), faults)


def _language_fault(code: str) -> Message | None:
    try:
        if code:
            Locale.parse(code, sep="-")
    except (ValueError, UnknownLocaleError):
        return say("„%(code)s“ ist keine bekannte Sprache. Erwartet wird ein Kürzel wie de oder en.", code=code[:20])
    return None


def _tag_fault(text: str, tags: dict[str, str]) -> Message | None:
    unknown = [name for name in tags_of(text) if name.casefold() not in tags]
    return say("Dieses Schlagwort gibt es hier nicht: %(name)s.", name=unknown[0][:80]) if unknown else None


def _comments(actor: Account, round_: Round, lines: list[Line], faults: list[Fault], skip: bool, now: datetime) -> Report:
    under = {
        key: idea_id
        for key, (idea_id, where) in queries.known_ideas(line["source"] for line in lines).items()
        if where == round_.id
    }
    known = queries.known_comments(round_, {line["source"] for line in lines})
    elsewhere = queries.taken_comments(line.key for line in lines) - set(known)
    places = {line.key: (line["source"], line["idea_source_id"]) for line in lines}

    def judge(line: Line) -> Message | None:
        if line.key in elsewhere:
            return say("Dieser Kommentar steht schon in einer anderen Runde.")
        if (reason := comment_fault(line)) is not None:
            return reason
        if places[line.key] not in under:
            return say("Die Idee %(id)s gibt es in dieser Runde nicht.", id=line["idea_source_id"][:80])
        return _parent_fault(line, places)

    sound, more = judged(lines, judge)
    ordered, orphans = settled(sound, lines, known)
    faults = sorted([*faults, *more, *orphans], key=lambda fault: fault.line)
    if faults and not skip:
        return Report(faults=faults)
    written = _write_comments(actor, ordered, under, known, now)
    return Report(written, len(ordered) - written, faults)


def _parent_fault(line: Line, places: dict[tuple[str, str], tuple[str, str]]) -> Message | None:
    parent = (line["source"], line["parent_source_id"])
    if parent == line.key:
        return say("Der Kommentar antwortet auf sich selbst.")
    if line["parent_source_id"] and parent in places and places[parent] != places[line.key]:
        return say("Der beantwortete Kommentar gehört zu einer anderen Idee.")
    return None


def _write_comments(
    actor: Account, lines: Iterable[Line], under: dict[tuple[str, str], int], known: dict[tuple[str, str], int], now: datetime
) -> int:
    made: dict[tuple[str, str], Comment] = {}
    per_idea: dict[int, list[Comment]] = defaultdict(list)
    subjects = {idea.id: idea for idea in queries.ideas_by(set(under.values()))}
    for line in lines:
        if line.key in known:
            continue
        idea, parent = subjects[under[line["source"], line["idea_source_id"]]], None
        if line["parent_source_id"]:
            key = (line["source"], line["parent_source_id"])
            parent = made.get(key) or db.session.get_one(Comment, known[key])
        day, precision = day_of(line["date"])
        said = comments.Imported(*line.key, line["body"], single_line(line["author"]), day, precision, idea.lang)
        made[line.key] = comments.import_comment(actor, idea, said, parent, now=now)
        per_idea[idea.id].append(made[line.key])
    for idea_id, added in per_idea.items():
        comments.count_imported(actor, subjects[idea_id], added, now=now)
    return len(made)


def export_table(kind: Kind, round_: Round, out: IO[str]) -> int:
    """Writes what everybody may read. Cells a spreadsheet would compute get an apostrophe; the import takes it away again."""
    rows = queries.ideas_of(round_) if kind is Kind.IDEAS else queries.comments_of(round_)
    table = csv.DictWriter(out, COLUMNS[kind])
    table.writeheader()
    written = 0
    for row in rows:
        table.writerow({name: neutral(cell) for name, cell in row.items()})
        written += 1
    return written
