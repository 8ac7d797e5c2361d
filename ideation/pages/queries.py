"""What the front page and the search bring together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, literal, select
from sqlalchemy.orm import aliased, contains_eager, defer

from ideation.challenges.models import Challenge
from ideation.challenges.rules import LISTED as LISTED_CHALLENGES
from ideation.core.db import db
from ideation.core.text import fold, words
from ideation.events.models import Event
from ideation.events.queries import next_event
from ideation.ideas.models import Idea
from ideation.ideas.rules import LISTED as LISTED_IDEAS
from ideation.labs.models import Lab, LabOrigin
from ideation.rounds.models import Round
from ideation.selections.models import SelectedIdea, Selection

QUESTIONS_EACH = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """What a round asks, and how much has been answered."""

    questions: list[Row[Any]]
    ideas: int = 0


def asked_in(round_ids: Iterable[int]) -> dict[int, Asked]:
    """Round to its first questions and the number of its public ideas. One statement."""
    wanted = list(round_ids)
    if not wanted:
        return {}
    place = func.row_number().over(partition_by=Challenge.round_id, order_by=Challenge.id).label("place")
    shown = Challenge.round_id.in_(wanted), Challenge.status.in_(LISTED_CHALLENGES), Challenge.visibility == "shown"
    columns = Challenge.round_id, Challenge.id, Challenge.question, Challenge.lang, Challenge.ideas, Challenge.status
    first = select(*columns, place).where(*shown).subquery()
    counted = (
        select(Idea.round_id, func.count().label("answers"))
        .where(Idea.round_id.in_(wanted), Idea.status.in_(LISTED_IDEAS), Idea.visibility == "shown")
        .group_by(Idea.round_id)
        .subquery()
    )
    query = (
        select(Round.id.label("asked_in"), func.coalesce(counted.c.answers, 0).label("answers"), first)
        .outerjoin(counted, counted.c.round_id == Round.id)
        .outerjoin(first, and_(first.c.round_id == Round.id, first.c.place <= QUESTIONS_EACH))
        .where(Round.id.in_(wanted))
        .order_by(Round.id, first.c.id)
    )
    found: dict[int, Asked] = {}
    for row in db.session.execute(query):
        asked = found.setdefault(row.asked_in, Asked([], row.answers))
        if row.id is not None:
            asked.questions.append(row)
    return found


@dataclass(frozen=True, slots=True)
class Decided:
    """The latest result: how many of how many ideas were selected, in which round."""

    round: Round
    certified_at: datetime
    titles: list[tuple[str, str]]
    selected: int
    ideas: int


def decided_and_next(now: datetime) -> tuple[Decided | None, Event | None]:
    """The latest result and the next event. Titles, with their language, come from the ideas as they are shown now: what was hidden
    since is not named here. One statement for both."""
    newest = select(Selection.id).join(Selection.round).where(Selection.status == "certified", Round.status != "draft")
    newest = newest.order_by(Selection.certified_at.desc(), Selection.id.desc()).limit(1)
    always = select(literal(1).label("one")).subquery()
    query = (
        select(Selection, Event, Idea.title, Idea.lang, Idea.visibility)
        .select_from(always)
        .outerjoin(Event, Event.id == next_event(now).scalar_subquery())
        .outerjoin(Selection, Selection.id == newest.scalar_subquery())
        .outerjoin(Selection.round)
        .outerjoin(SelectedIdea, SelectedIdea.selection_id == Selection.id)
        .outerjoin(Idea, Idea.id == SelectedIdea.idea_id)
        .order_by(Idea.votes.desc(), Idea.id)
        .options(contains_eager(Selection.round), defer(Event.minutes))
    )
    rows = db.session.execute(query).all()
    return _decided(rows), rows[0].Event


def _decided(rows: Sequence[Row[Any]]) -> Decided | None:
    selection = rows[0].Selection
    if selection is None or selection.certified_at is None:
        return None
    chosen = [row for row in rows if row.title is not None]
    titles = [(row.title, row.lang) for row in chosen if row.visibility == "shown"]
    return Decided(selection.round, selection.certified_at, titles, len(chosen), len(selection.snapshot.get("rows", [])))


@dataclass(frozen=True, slots=True)
class Story:
    """A lab and where it came from: from a question to what became of it."""

    lab: Lab
    question: str | None
    question_id: int | None
    question_lang: str | None
    idea: str | None
    idea_id: int | None
    idea_lang: str | None


def stories(limit: int = 2) -> Sequence[Story]:
    """The newest labs that came out of a public question or idea. One statement."""
    own, answered = aliased(Challenge), aliased(Challenge)
    query = (
        select(Lab, Idea, own, answered)
        .join(LabOrigin, LabOrigin.lab_id == Lab.id)
        .outerjoin(Idea, Idea.id == LabOrigin.idea_id)
        .outerjoin(own, own.id == LabOrigin.challenge_id)
        .outerjoin(answered, answered.id == Idea.challenge_id)
        .order_by(Lab.created_at.desc(), Lab.id.desc(), LabOrigin.id)
        .limit(limit * 10)
    )
    found: dict[int, Story] = {}
    for lab, idea, *challenges in db.session.execute(query):
        idea = idea if idea is not None and not idea.is_hidden else None
        question = next((c for c in challenges if c is not None and not c.is_hidden), None)
        if lab.id not in found and (idea or question):
            asked = (question.question, question.id, question.lang) if question else (None, None, None)
            found[lab.id] = Story(lab, *asked, *((idea.title, idea.id, idea.lang) if idea else (None, None, None)))
    return list(found.values())[:limit]


@dataclass(frozen=True, slots=True)
class Edition:
    """Another round of the same series; `steps` before this one, 0 for one that follows. `labs`: (slug, title, lang) of what came of it."""

    slug: str
    title: str
    lang: str
    period_text: str
    steps: int
    labs: list[tuple[str, str, str]]


def editions(round: Round) -> list[Edition]:
    """What went before, the latest first and at most ten, and what follows. One statement."""
    base = select(Round.id, Round.previous_id, literal(1).label("steps")).where(Round.id == round.previous_id)
    chain = base.cte("chain", recursive=True)
    before = (
        select(Round.id, Round.previous_id, chain.c.steps + 1)
        .join(chain, Round.id == chain.c.previous_id)
        .where(chain.c.steps < 10)
    )
    chain = chain.union_all(before)
    after = select(Round.id, Round.previous_id, literal(0)).where(Round.previous_id == round.id)
    series = select(chain).union_all(after).subquery()
    of = func.coalesce(Idea.round_id, Challenge.round_id)
    labs = (
        select(of.label("round_id"), Lab.slug, Lab.title, Lab.lang)
        .join(LabOrigin, LabOrigin.lab_id == Lab.id)
        .outerjoin(Idea, Idea.id == LabOrigin.idea_id)
        .outerjoin(Challenge, Challenge.id == LabOrigin.challenge_id)
        .where(of.in_(select(series.c.id)))
        .distinct()
        .subquery()
    )
    query = (
        select(Round.slug, Round.title, Round.lang, Round.period_text, series.c.steps, labs.c.slug, labs.c.title, labs.c.lang)
        .join(series, series.c.id == Round.id)
        .outerjoin(labs, labs.c.round_id == Round.id)
        .where(Round.status != "draft")
        .order_by(series.c.steps, Round.id, labs.c.slug)
    )
    found: dict[str, Edition] = {}
    for slug, title, lang, period, steps, *lab in db.session.execute(query):
        edition = found.setdefault(slug, Edition(slug, title, lang, period, steps, []))
        if lab[0] is not None:
            edition.labs.append((lab[0], lab[1], lab[2]))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Found:
    id: int
    question: str
    lang: str
    round_title: str
    round_lang: str
    example: bool
    ideas: int


def challenges_found(q: str, limit: int = 20) -> list[Found]:
    """Public questions in which every word occurs, whatever its case and accents. The questions of a city are few: they are read."""
    asked = words(q)[:10]
    if not asked:
        return []
    query = (
        select(
            Challenge.id,
            Challenge.question,
            Challenge.lang,
            Round.title,
            Round.lang,
            Round.example,
            Challenge.ideas,
            Challenge.context,
        )
        .join(Challenge.round)
        .where(Challenge.status.in_(LISTED_CHALLENGES), Challenge.visibility == "shown", Round.status != "draft")
        .order_by(Challenge.id.desc())
        .limit(2_000)
    )
    found = []
    for *told, context in db.session.execute(query):
        text = fold(f"{told[1]} {context[:2_000]}")
        if all(word in text for word in asked):
            found.append(Found(*told))
    return found[:limit]
