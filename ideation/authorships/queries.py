from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, union_all

from ideation.challenges.models import Challenge, ChallengeAuthor
from ideation.challenges.rules import LISTED as LISTED_CHALLENGES
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.verdict import NotFound
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.ideas.rules import LISTED as LISTED_IDEAS
from ideation.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Written:
    """An idea or a question as a line of a list."""

    kind: str
    id: int
    title: str
    lang: str
    round_title: str
    round_lang: str


def written_by(institution_id: int, number: int = 1) -> Page[Written]:
    """What an institution wrote and everybody may read, the latest first. One statement, a second for the number."""
    parts = [
        _part("idea", Idea, Idea.title, IdeaAuthor, IdeaAuthor.idea_id, Idea.status.in_(sorted(LISTED_IDEAS)), institution_id),
        _part(
            "challenge", Challenge, Challenge.question, ChallengeAuthor, ChallengeAuthor.challenge_id,
            Challenge.status.in_(sorted(LISTED_CHALLENGES)), institution_id,
        ),
    ]  # fmt: skip
    every = union_all(*parts).subquery()
    total = db.session.scalar(select(func.count()).select_from(every)) or 0
    names = Written.__slots__
    query = select(*(every.c[name] for name in names)).order_by(every.c.published_at.desc(), every.c.kind, every.c.id.desc())
    rows = db.session.execute(query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))
    return Page([Written(*row) for row in rows], number, total)


def _part(
    kind: str, noun: Any, title: Any, author: Any, item_id: Any, public: ColumnElement[bool], institution_id: int
) -> Any:  # fmt: skip
    row = select(
        literal(kind).label("kind"), noun.id.label("id"), title.label("title"), noun.lang.label("lang"),
        Round.title.label("round_title"), Round.lang.label("round_lang"), noun.published_at.label("published_at"),
    ).join(author, item_id == noun.id).join(Round, Round.id == noun.round_id)  # fmt: skip
    return row.where(author.institution_id == institution_id, noun.visibility == "shown", Round.status != "draft", public)


def author_or_404(item: Idea | Challenge, author_id: int) -> IdeaAuthor | ChallengeAuthor:
    found = next((a for a in item.authors if a.id == author_id), None)
    if found is None:
        raise NotFound
    return found
