from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import contains_eager, joinedload

from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.verdict import NotFound
from ideation.groups.models import LabGroup
from ideation.labs.models import Lab
from ideation.profiles.models import Profile, ProfileVersion
from ideation.questions.models import OpenQuestion
from ideation.questions.rules import Asked

WHO = (
    joinedload(OpenQuestion.owner_member),
    joinedload(OpenQuestion.owner_institution),
    joinedload(OpenQuestion.decided_by),
)
# What is open first, the nearest date above; then what is settled.
ORDER = (OpenQuestion.decided_at.is_not(None), OpenQuestion.due_on.is_(None), OpenQuestion.due_on, OpenQuestion.id)


def questions_of(profile: Profile | None) -> list[OpenQuestion]:
    if profile is None:
        return []
    query = select(OpenQuestion).where(OpenQuestion.profile_id == profile.id).options(*WHO)
    return list(db.session.scalars(query.order_by(*ORDER)))


def questions_by_profile(profile_ids: Iterable[int]) -> dict[int, list[OpenQuestion]]:
    """`questions_of` for many at once."""
    query = select(OpenQuestion).where(OpenQuestion.profile_id.in_(list(profile_ids))).options(*WHO).order_by(*ORDER)
    found: dict[int, list[OpenQuestion]] = defaultdict(list)
    for question in db.session.scalars(query):
        found[question.profile_id].append(question)
    return found


def question_or_404(id: int) -> tuple[OpenQuestion, str]:
    """With its profile and group, and the slug of the lab."""
    query = (
        select(OpenQuestion, Lab.slug)
        .join(OpenQuestion.profile)
        .join(Profile.group)
        .join(Lab, Lab.id == LabGroup.lab_id)
        .options(contains_eager(OpenQuestion.profile).contains_eager(Profile.group), *WHO)
        .where(OpenQuestion.id == id % 2**31)
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    return row.OpenQuestion, row.slug


def open_counts(profile_ids: Iterable[int]) -> dict[int, int]:
    """How many questions of each profile are open."""
    if not (wanted := list(profile_ids)):
        return {}
    query = select(OpenQuestion.profile_id, func.count().label("open")).where(
        OpenQuestion.profile_id.in_(wanted), OpenQuestion.decided_at.is_(None)
    )
    return {row.profile_id: row.open for row in db.session.execute(query.group_by(OpenQuestion.profile_id))}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is asked for: the slug of a lab or "", and which questions."""

    lab: str = ""
    state: Asked = Asked.OPEN


def _listed(query: Select[Any], asked: Filters, today: date) -> Select[Any]:
    """Questions of public profiles."""
    current = and_(ProfileVersion.profile_id == Profile.id, ProfileVersion.number == Profile.version)
    query = query.select_from(OpenQuestion).join(OpenQuestion.profile).join(ProfileVersion, current)
    query = query.join(Profile.group).join(Lab, Lab.id == LabGroup.lab_id).where(Profile.published_at.is_not(None))
    if asked.lab:
        query = query.where(Lab.slug == asked.lab)
    match asked.state:
        case Asked.OPEN:
            return query.where(OpenQuestion.decided_at.is_(None))
        case Asked.LATE:
            return query.where(OpenQuestion.decided_at.is_(None), OpenQuestion.due_on < today)
        case Asked.ANSWERED:
            return query.where(OpenQuestion.decided_at.is_not(None))
    return query


def questions_listed(asked: Filters, number: int, today: date) -> Page[Row[Any]]:
    """Of all of the city, each with the title of its profile and where that stands."""
    total = db.session.scalar(_listed(select(func.count()), asked, today)) or 0
    columns = (
        OpenQuestion,
        ProfileVersion.title,
        ProfileVersion.lang,
        LabGroup.number,
        Lab.slug,
        Lab.title.label("lab_title"),
        Lab.lang.label("lab_lang"),
    )
    rows = _listed(select(*columns), asked, today).options(*WHO).order_by(*ORDER)
    return Page(db.session.execute(rows.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all(), number, total)


def labs_with_questions() -> Sequence[Row[Any]]:
    """Slug, title and language of the labs that the list can be narrowed to."""
    query = _listed(select(Lab.slug, Lab.title, Lab.lang), Filters(state=Asked.ALL), date.min)
    return db.session.execute(query.distinct().order_by(Lab.title).limit(200)).all()
