from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint, and_, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate
from ideation.accounts.rules import name_key
from ideation.activity.actions import record
from ideation.core.db import db, insert
from ideation.core.sentence import say
from ideation.core.text import fold, single_line
from ideation.core.verdict import Invalid, require
from ideation.institutions.models import Institution, InstitutionName
from ideation.institutions.policy import can_edit_institutions, can_merge
from ideation.institutions.queries import institution_called, moving, pointing_to, taken_names
from ideation.institutions.rules import ALIASES_MAX, NAME_MAX, InstitutionText, Kind, Merging, combined

PLAIN = ("kind", "sector", "about", "offer", "lang", "website", "contact_office", "contact_email", "contact_phone")
TAKEN_NOW = say("Diesen Namen hat eben jemand anderes eingetragen.")


def add_institution(actor: Account | None, name: str, kind: Kind = Kind.PARTNER) -> Institution:
    """The institution of this name, also by another it is known by; a new row only when there is none."""
    require(can_moderate(actor))
    name = single_line(name)
    if not name_key(name) or len(name) > NAME_MAX:
        raise Invalid(new_host=say("Bitte geben Sie einen Namen mit höchstens %(n)s Zeichen ein.", n=NAME_MAX))
    if found := institution_called(name):
        return found
    try:
        with db.session.begin_nested():
            return _placed(InstitutionText(name, kind))
    except IntegrityError:
        # Somebody else named it at the same moment.
        there = institution_called(name)
        assert there is not None
        return there


def create_institution(actor: Account, text: InstitutionText, *, now: datetime) -> Institution:
    require(can_edit_institutions(actor))
    _judge(text, None)
    try:
        with db.session.begin_nested():
            made = _placed(text)
    except IntegrityError:
        raise Invalid(name=TAKEN_NOW) from None
    record("institution.added", made, actor=actor, now=now, title=made.name)
    return made


def update_institution(actor: Account, institution: Institution, text: InstitutionText, *, now: datetime) -> None:
    """Under a new name it is still found by the old one."""
    require(can_edit_institutions(actor))
    if name_key(text.name) != name_key(institution.name):
        text = _with_alias(text, institution.name)
    _judge(text, institution.id, aliases_max=max(ALIASES_MAX, _aliases(institution) + 1))
    try:
        with db.session.begin_nested():
            _write(institution, text)
    except IntegrityError:
        raise Invalid(name=TAKEN_NOW) from None
    record("institution.edited", institution, actor=actor, now=now, title=institution.name)


def merge_institutions(actor: Account, institution: Institution, into: Institution, *, now: datetime) -> None:
    """Everything that points to the one points to the other afterwards, whichever table it stands in. The names go along."""
    require(can_edit_institutions(actor))
    first, second = sorted((institution.id, into.id))
    db.session.execute(select(Institution.id).where(Institution.id.in_((first, second))).order_by(Institution.id).with_for_update())
    db.session.refresh(institution, ["merged_into_id"])
    db.session.refresh(into, ["merged_into_id"])
    require(can_merge(actor, institution, into))
    told = {
        "title": into.name,
        "former_id": institution.id,
        "former": institution.name,
        "rows": sum(m.rows for m in moving(institution)),
    }
    _fill(into, institution)
    db.session.flush()
    _follow(Institution.__table__, institution.id, into.id)  # type: ignore[arg-type]
    db.session.expire_all()
    institution.merged_into_id, institution.merged_at, institution.found_by = into.id, now, ""
    _index(into)
    record("institution.merged", into, actor=actor, now=now, **told)


def _with_alias(text: InstitutionText, name: str) -> InstitutionText:
    values = {field: getattr(text, field) for field in InstitutionText.__slots__}
    return InstitutionText(**{**values, "aliases": (*text.aliases, name)})


def _aliases(institution: Institution) -> int:
    """Mergings may have brought more than anybody would enter."""
    names = select(func.count()).where(InstitutionName.institution_id == institution.id)
    return max(0, (db.session.scalar(names) or 0) - 1)


def _judge(text: InstitutionText, own: int | None, aliases_max: int = ALIASES_MAX) -> None:
    if not name_key(text.name) or len(text.name) > NAME_MAX:
        raise Invalid(name=say("Bitte geben Sie einen Namen mit höchstens %(n)s Zeichen ein.", n=NAME_MAX))
    if len(text.aliases) > aliases_max or any(len(alias) > NAME_MAX for alias in text.aliases):
        raise Invalid(
            aliases=say(
                "Bitte nennen Sie höchstens %(n)s weitere Namen mit je höchstens %(max)s Zeichen.", n=aliases_max, max=NAME_MAX
            )
        )
    taken = {row.key: row for row in taken_names((name_key(name) for name in (text.name, *text.aliases)), own)}
    if there := taken.pop(name_key(text.name), None):
        raise Invalid(name=say("Diesen Namen hat schon „%(of)s“. Wenn beide dieselbe sind, führen Sie sie zusammen.", of=there.of))
    for there in taken.values():
        raise Invalid(
            aliases=say(
                "Den Namen „%(name)s“ hat schon „%(of)s“. Wenn beide dieselbe sind, führen Sie sie zusammen.",
                name=there.name,
                of=there.of,
            )
        )


def _placed(text: InstitutionText) -> Institution:
    made = Institution(name=text.name)
    db.session.add(made)
    _write(made, text)
    return made


def _write(institution: Institution, text: InstitutionText) -> None:
    institution.name = text.name
    for field in PLAIN:
        setattr(institution, field, getattr(text, field))
    institution.since_on = text.since.on if text.since else None
    institution.since_to = text.since.precision if text.since else "day"
    db.session.flush()
    wanted = {name_key(name): name for name in (*reversed(text.aliases), text.name)}
    wanted.pop("", None)
    mine = InstitutionName.institution_id == institution.id
    db.session.execute(delete(InstitutionName).where(mine))
    rows = [{"key": key, "name": name, "institution_id": institution.id} for key, name in wanted.items()]
    db.session.execute(insert(InstitutionName), rows)
    db.session.expire(institution, ["names"])
    _index(institution)


def _index(institution: Institution) -> None:
    names = db.session.scalars(
        select(InstitutionName.name).where(InstitutionName.institution_id == institution.id).order_by(InstitutionName.key)
    )
    institution.found_by = fold("\n".join([*names, institution.about, institution.offer]))
    db.session.flush()


def _fill(into: Institution, institution: Institution) -> None:
    """What the one that stays does not say of itself comes from the other; contact and texts as a whole."""
    for together in (("sector",), ("website",), ("since_on", "since_to"), ("contact_office", "contact_email", "contact_phone")):
        if not any(getattr(into, field) for field in together if field != "since_to"):
            for field in together:
                setattr(into, field, getattr(institution, field))
    if not into.about and not into.offer:
        into.lang = institution.lang
    if into.lang == institution.lang:
        into.about, into.offer = into.about or institution.about, into.offer or institution.offer


def _follow(table: Table, old: int, new: int) -> None:
    """Rows that point to `old` point to `new`. Where a unique key admits only one of two, the table says how they become one."""
    for other, column in pointing_to(table):
        for key in _unique_keys(other, column):
            for going, staying in _pairs(other, column, key, old, new):
                _combine(other, going, staying)
        db.session.execute(update(other).where(column == old).values({column: new}))


def _unique_keys(table: Table, column: Column[Any]) -> Iterator[list[Column[Any]]]:
    unique = [c for c in table.constraints if isinstance(c, UniqueConstraint)]
    keys = [list(table.primary_key.columns), *(list(c.columns) for c in unique)]
    keys += [
        list(i.columns)
        for i in table.indexes
        if i.unique and not any(name.endswith("where") and v is not None for name, v in i.dialect_kwargs.items())
    ]
    return (key for key in keys if column in key)


def _pairs(table: Table, column: Column[Any], key: list[Column[Any]], old: int, new: int) -> list[tuple[Any, Any]]:
    """Primary keys of the rows that cannot stand side by side: the one that goes, the one that stays."""
    a, b = table.alias(), table.alias()
    same = [a.c[c.name] == b.c[c.name] for c in key if c is not column]
    pair = and_(a.c[column.name] == old, b.c[column.name] == new, *same)
    ids = [c.name for c in table.primary_key.columns]
    rows = db.session.execute(select(*(a.c[i] for i in ids), *(b.c[i] for i in ids)).where(pair)).all()
    return [(tuple(row[: len(ids)]), tuple(row[len(ids) :])) for row in rows]


def _combine(table: Table, going: tuple[Any, ...], staying: tuple[Any, ...]) -> None:
    def row(values: tuple[Any, ...]) -> Any:
        return and_(*(c == value for c, value in zip(table.primary_key.columns, values, strict=True)))

    rows = [db.session.execute(select(table).where(row(values))).mappings().one_or_none() for values in (going, staying)]
    if rows[0] is None or rows[1] is None:
        return
    changed = combined(table.info.get("merging", Merging()), rows[1], rows[0])
    if len(going) == 1:
        _follow(table, going[0], staying[0])
    db.session.execute(delete(table).where(row(going)))
    if changed:
        db.session.execute(update(table).where(row(staying)).values(changed))
