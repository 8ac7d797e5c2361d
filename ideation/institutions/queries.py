from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Row, Table, false, func, select
from sqlalchemy.orm import selectinload

from ideation.accounts.rules import name_key
from ideation.core.db import Base, db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.sentence import Message
from ideation.core.text import fold
from ideation.core.verdict import NotFound
from ideation.institutions.models import Institution, InstitutionName
from ideation.institutions.rules import Merging


class Merged(Exception):
    """It was merged into another: everything about it is there now."""

    def __init__(self, id: int) -> None:
        super().__init__(id)
        self.id = id


STANDING = Institution.merged_into_id.is_(None)


def all_institutions() -> list[Institution]:
    """For a field in which somebody chooses one."""
    return list(db.session.scalars(select(Institution).where(STANDING).order_by(func.lower(Institution.name), Institution.id)))


def all_names() -> Sequence[str]:
    """For the suggestions of a field in which somebody names an institution."""
    query = select(Institution.name).where(STANDING).order_by(func.lower(Institution.name), Institution.id)
    return db.session.scalars(query.limit(1_000)).all()


def institution_called(name: str) -> Institution | None:
    """By its name or another it is known by. Case, width and spaces do not matter: "stadt dortmund" is "Stadt Dortmund"."""
    known = select(InstitutionName.institution_id).where(InstitutionName.key == name_key(name))
    return db.session.scalar(select(Institution).where(Institution.id == known.scalar_subquery()))


def institution_or_404(id: int, *, lock: bool = False) -> Institution:
    """With every name it has. Raises `Merged` for one that leads on to another."""
    query = select(Institution).where(Institution.id == id).options(selectinload(Institution.names))
    found = db.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    if found.merged_into_id is not None:
        raise Merged(found.merged_into_id)
    return found


@dataclass(frozen=True, slots=True)
class Filters:
    q: str = ""
    sector: str = ""
    kind: str = ""
    page: int = 1

    @property
    def narrow(self) -> bool:
        return bool(self.q or self.sector or self.kind)


def listing(filters: Filters) -> Page[Institution]:
    """By name. Every word of the search occurs in a name or in the offer."""
    words = fold(filters.q).split()[:10]
    wanted: list[Any] = [STANDING, *([false()] if filters.q and not words else [])]
    wanted += [Institution.found_by.contains(word, autoescape=True) for word in words]
    if filters.sector:
        wanted.append(Institution.sector == filters.sector)
    if filters.kind:
        wanted.append(Institution.kind == filters.kind)
    query = select(Institution).where(*wanted).order_by(func.lower(Institution.name), Institution.id)
    query = query.limit(PAGE_SIZE).offset((filters.page - 1) * PAGE_SIZE).options(selectinload(Institution.names))
    total = db.session.scalar(select(func.count()).select_from(Institution).where(*wanted)) or 0
    return Page(list(db.session.scalars(query)), filters.page, total)


def taken_names(keys: Iterable[str], but: int | None = None) -> Sequence[Row[tuple[str, str, str]]]:
    """Which of these names another institution has: key, the name as it is written there, that institution's own name."""
    query = select(InstitutionName.key, InstitutionName.name, Institution.name.label("of")).join(
        Institution, Institution.id == InstitutionName.institution_id
    )
    query = query.where(InstitutionName.key.in_(list(keys)), Institution.id != (but or 0))
    return db.session.execute(query.order_by(InstitutionName.key)).all()


def merged_into(institution_id: int) -> list[Institution]:
    """What was merged into it, the latest first."""
    query = select(Institution).where(Institution.merged_into_id == institution_id).order_by(Institution.merged_at.desc())
    return list(db.session.scalars(query.limit(50)))


def pointing_to(table: Table) -> list[tuple[Table, Column[Any]]]:
    """Every column of the database that points to the rows of a table, found in the models: a new one is followed by being there."""
    columns = (c for other in Base.metadata.sorted_tables for c in other.columns)
    return [(c.table, c) for c in columns if any(key.column.table is table for key in c.foreign_keys)]  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Moving:
    """How many rows of one kind point to an institution; without a word of their own they are other entries."""

    said: Message | None
    rows: int


def moving(institution: Institution) -> list[Moving]:
    """What a merging will move. Names and earlier mergings are told elsewhere."""
    parts: dict[str, tuple[Message | None, list[Any]]] = {}
    for table, column in pointing_to(Institution.__table__):  # type: ignore[arg-type]
        if table.name not in {"institution", "institution_name"}:
            said = table.info.get("merging", Merging()).said
            count = select(func.count()).select_from(table).where(column == institution.id).scalar_subquery()
            parts.setdefault(said.text if said else "", (said, []))[1].append(count)
    if not parts:
        return []
    counts = db.session.execute(select(*(count for _, each in parts.values() for count in each))).one()
    left, found = list(counts), []
    for said, each in parts.values():
        rows, left = sum(left[: len(each)]), left[len(each) :]
        if rows:
            found.append(Moving(Message(said.text, said.params, said.many, rows) if said else None, rows))
    return found
