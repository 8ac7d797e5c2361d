from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select
from sqlalchemy.orm import contains_eager, defer, joinedload

from ideation.accounts.models import Account
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.secret import keyed_hash
from ideation.core.text import fold
from ideation.core.verdict import NotFound, Verdict
from ideation.events.models import Event, Seat
from ideation.events.policy import Belonging, can_look_after, can_see
from ideation.events.rules import Precision, SeatStatus, Status, code_of
from ideation.pictures.queries import can_illustrate, can_judge_pictures

# Event ids, as whatever they belong to gives them.
Of = Select[tuple[int]]
CALENDAR_MAX = 1_000


class Home(Protocol):
    """How a noun that events can belong to answers for them. It has a link table of its own; events never ask it otherwise."""

    def hidden(self) -> ColumnElement[bool]:
        """Of `Event`: belongs to one that is not public."""
        ...

    def looked_after(self, account: Account) -> ColumnElement[bool]:
        """Of `Event`: belongs to one that this moderator looks after."""
        ...

    def belongings(self, account: Account | None, event_ids: Sequence[int]) -> Iterable[tuple[int, Belonging]]:
        """Event id and what it belongs to. One statement."""
        ...


_homes: list[Home] = []


def register_home(home: Home) -> None:
    _homes.append(home)


def belongings_of(account: Account | None, event_ids: Iterable[int]) -> dict[int, list[Belonging]]:
    """Where events belong, as this person sees it. One statement for each kind of home."""
    ids, found = list(event_ids), defaultdict[int, list[Belonging]](list)
    for home in _homes if ids else ():
        for event_id, belonging in home.belongings(account, ids):
            found[event_id].append(belonging)
    return found


def _public() -> ColumnElement[bool]:
    return ~or_(false(), *(home.hidden() for home in _homes))


@dataclass(frozen=True, slots=True)
class Found:
    """An event and where it belongs."""

    event: Event
    belongings: list[Belonging]


def event_or_404(viewer: Account | None, id: int) -> Found:
    """With its agenda. What belongs to a draft is there for whoever looks after it only."""
    event = db.session.scalar(select(Event).where(Event.id == id).options(joinedload(Event.agenda)).execution_options(unique=True))
    return _visible(viewer, event)


@can_illustrate.register
@can_judge_pictures.register
def _(event: Event, account: Account | None) -> Verdict:
    return can_look_after(account, belongings_of(account, [event.id])[event.id])


def _visible(viewer: Account | None, event: Event | None) -> Found:
    belongings = belongings_of(viewer, [event.id] if event else [])
    if event is None or not can_see(viewer, belongings[event.id]):
        raise NotFound
    return Found(event, belongings[event.id])


def _paged(query: Select[tuple[Event]], number: int) -> Page[Event]:
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = db.session.scalars(query.options(defer(Event.minutes)).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))
    return Page(list(rows), number, total)


def events_listed(now: datetime, number: int = 1, *, past: bool = False, of: Of | None = None) -> Page[Event]:
    """Coming, the next first; or past, the latest first."""
    query = select(Event).where(_public(), Event.over_at <= now if past else Event.over_at > now)
    if of is not None:
        query = query.where(Event.id.in_(of))
    order = (Event.starts_at.desc(), Event.id.desc()) if past else (Event.starts_at, Event.id)
    return _paged(query.order_by(*order), number)


def next_event(now: datetime) -> Of:
    """The id of what comes next in the city, as part of a statement."""
    query = select(Event.id).where(_public(), Event.status == Status.PLANNED, Event.over_at > now)
    return query.order_by(Event.starts_at, Event.id).limit(1)


def first_of(of: Of, now: datetime, limit: int = 5) -> list[Event]:
    """A few, for the page of what they belong to: what comes next first, then the latest. One statement."""
    ahead = case((Event.over_at > now, 0), else_=1)
    order = ahead, case((Event.over_at > now, Event.starts_at)), Event.starts_at.desc(), Event.id
    return list(db.session.scalars(select(Event).where(Event.id.in_(of)).order_by(*order).limit(limit)))


def events_in_calendar(of: Of | None = None) -> list[Event]:
    """What can stand in a calendar: at least the day is known. The latest thousand."""
    dated = Event.precision.in_([Precision.TIME, Precision.DAY])
    query = select(Event).where(_public(), dated)
    if of is not None:
        query = query.where(Event.id.in_(of))
    rows = db.session.scalars(query.order_by(Event.starts_at.desc(), Event.id.desc()).limit(CALENDAR_MAX))
    return list(rows)[::-1]


def events_looked_after(account: Account, number: int = 1) -> Page[Event]:
    """For the moderation, the latest date first: admins everything."""
    query = select(Event)
    if not account.is_admin:
        query = query.where(or_(false(), *(home.looked_after(account) for home in _homes)))
    return _paged(query.order_by(Event.starts_at.desc(), Event.id.desc()), number)


@dataclass(frozen=True, slots=True)
class Counts:
    reserved: int = 0
    waiting: int = 0
    present: int = 0


def seat_counts(event_ids: Iterable[int]) -> dict[int, Counts]:
    """One statement for many events."""
    present = func.sum(case((Seat.checked_in_at.is_not(None), 1), else_=0))
    query = select(Seat.event_id, Seat.status, func.count(), present).where(Seat.event_id.in_(list(event_ids)))
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for event_id, status, number, here in db.session.execute(query.group_by(Seat.event_id, Seat.status)):
        if status != SeatStatus.CANCELLED:
            found[event_id][status] = number
            found[event_id]["present"] = found[event_id].get("present", 0) + here
    return defaultdict(Counts, {id: Counts(**told) for id, told in found.items()})


def seats_listed(event_id: int, q: str = "", number: int = 1) -> Page[Seat]:
    """In the order of coming, seats before the waiting list; by a part of the name or the code."""
    query = select(Seat).where(Seat.event_id == event_id, Seat.status != SeatStatus.CANCELLED)
    if q:
        name = fold(q).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = Seat.name_key.like(f"%{name}%", escape="\\")
        query = query.where(or_(like, Seat.code.like(f"{code_of(q)}%")) if len(code_of(q)) >= 4 else like)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = query.order_by(Seat.status, Seat.position).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    return Page(list(db.session.scalars(order)), number, total)


def waiting_place(seat: Seat) -> int:
    """The place on the waiting list, from 1."""
    before = and_(Seat.event_id == seat.event_id, Seat.status == SeatStatus.WAITING, Seat.position <= seat.position)
    return db.session.scalar(select(func.count()).select_from(Seat).where(before)) or 1


def seat_token(seat: Seat) -> str:
    """The secret part of the address of an own seat. Nothing of it is kept: it follows from the key of the site."""
    return f"{seat.id}-{_seal(seat)}"


def _seal(seat: Seat) -> str:
    return keyed_hash(f"seat {seat.id} {seat.code}")[:32]


WITH_EVENT = select(Seat).join(Seat.event).options(contains_eager(Seat.event))


def own_seat_or_404(token: str) -> Seat:
    """With its event."""
    id, _, seal = token.partition("-")
    known = id.isascii() and id.isdigit() and len(id) < 10
    seat = db.session.scalar(WITH_EVENT.where(Seat.id == int(id))) if known else None
    if seat is None or not compare_digest(_seal(seat).encode(), seal.encode(errors="replace")):
        raise NotFound
    return seat


def seat_by_code_or_404(code: str) -> Seat:
    """With its event."""
    seat = db.session.scalar(WITH_EVENT.where(Seat.code == code_of(code)))
    if seat is None:
        raise NotFound
    return seat
