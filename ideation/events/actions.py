"""Planning an event, changing it, calling it off; and its seats. Whoever decides over seats holds the event's row."""

import secrets
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm.attributes import set_committed_value

from ideation.accounts.actions import count_tries
from ideation.accounts.models import Account
from ideation.accounts.policy import can_administer, can_try
from ideation.accounts.policy import can_moderate as is_moderator
from ideation.accounts.queries import blocked_until
from ideation.accounts.rules import email_key
from ideation.activity.actions import record
from ideation.core.clock import end_of, local, start_of, today
from ideation.core.db import db
from ideation.core.mail import queue_mail
from ideation.core.sentence import say
from ideation.core.text import fold
from ideation.core.verdict import Invalid, require
from ideation.events.models import AgendaPoint, Event, Seat
from ideation.events.policy import Belonging, can_cancel, can_check_in, can_give_up, can_look_after, can_reserve
from ideation.events.queries import seat_counts, seat_token, waiting_place
from ideation.events.rules import (
    CODE_LENGTH,
    CODE_SIGNS,
    REMIND_BEFORE,
    SEATS_KEPT,
    Plan,
    Precision,
    SeatStatus,
    Status,
    moving_up,
    needs_reminder,
)

PLAIN = (
    "title", "description", "lang", "period_text", "place", "street", "postal_code", "city", "access", "online_url", "takes_seats",
    "seats", "seats_until",
)  # fmt: skip
# What people with a seat have to know when it changes.
WHERE_AND_WHEN = ("starts_at", "ends_at", "precision", "period_text", "place", "street", "postal_code", "city", "online_url")
IN_CALENDARS = (*WHERE_AND_WHEN, "title", "description")
Belongings = Sequence[Belonging]
REMIND_AT_ONCE = 200


def create_event(
    actor: Account, plan: Plan, link: Callable[[Event], object] | None = None, *, round_id: int | None = None, now: datetime
) -> Event:
    """`link` ties it to what it belongs to, whose own action asks whether the actor may; without one only admins make events.

    `round_id` is for the history: who follows the round is told."""
    if link is None:
        require(can_administer(actor))
    event = _new(actor, plan, link, now)
    record("event.planned", event, actor=actor, round_id=round_id, now=now, title=event.title)
    return event


def import_event(actor: Account, plan: Plan, link: Callable[[Event], object] | None = None, *, now: datetime) -> Event:
    """An event that took place already, written down as far as it is known. Nobody is told."""
    require(is_moderator(actor))
    event = _new(actor, plan, link, now)
    record("event.imported", event, actor=actor, now=now, title=event.title)
    return event


def _new(actor: Account, plan: Plan, link: Callable[[Event], object] | None, now: datetime) -> Event:
    event = Event(uid=str(uuid.uuid4()), created_by_id=actor.id, created_at=now, changed_at=now, sequence=0, status=Status.PLANNED)
    set_committed_value(event, "agenda", [])
    _write(event, plan)
    db.session.add(event)
    db.session.flush()
    if link:
        link(event)
        db.session.flush()
    return event


def _known(plan: Plan) -> tuple[datetime, datetime | None, datetime]:
    """First moment, end if it is known, and when it is over: no finer than what is known of the date."""
    first = local(plan.starts_at).date()
    if plan.precision == Precision.TIME:
        return plan.starts_at, plan.ends_at, plan.ends_at or end_of(first)
    if plan.precision == Precision.DAY:
        # An end at midnight belongs to the day before.
        last = local(plan.ends_at - timedelta(microseconds=1)).date() if plan.ends_at else first
        return start_of(first), end_of(last) if last > first else None, end_of(max(first, last))
    first = first.replace(day=1) if plan.precision == Precision.MONTH else first.replace(month=1, day=1)
    later = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return start_of(first), None, start_of(later if plan.precision == Precision.MONTH else first.replace(year=first.year + 1))


def _write(event: Event, plan: Plan) -> None:
    if plan.ends_at is not None and plan.ends_at <= plan.starts_at:
        raise Invalid(ends_at=say("Das Ende liegt vor dem Anfang. Bitte wählen Sie ein späteres Ende."))
    if not plan.title:
        raise Invalid(title=say("Bitte geben Sie der Veranstaltung einen Titel."))
    starts, ends, over = _known(plan)
    if plan.seats_until is not None and plan.seats_until > over:
        raise Invalid(seats_until=say("Die Frist liegt nach dem Ende der Veranstaltung. Bitte wählen Sie eine frühere."))
    if plan.seats is not None and not plan.takes_seats:
        raise Invalid(seats=say("Eine Zahl von Plätzen gilt nur, wenn man Plätze reservieren kann."))
    for name in PLAIN:
        setattr(event, name, getattr(plan, name))
    event.starts_at, event.ends_at, event.over_at, event.precision = starts, ends, over, plan.precision
    points = [(point.at, point.text) for point in plan.agenda]
    if [(point.at, point.text) for point in event.agenda] != points:
        event.agenda = [AgendaPoint(position=place, at=at, text=text) for place, (at, text) in enumerate(points, 1)]


def hold_event(event_id: int) -> Event:
    """The event with its row locked, as it stands now: nobody else gives or takes a seat until the transaction ends."""
    db.session.execute(select(Event.id).where(Event.id == event_id).with_for_update())
    event = db.session.get_one(Event, event_id)
    # What was read before the lock may have changed since.
    db.session.refresh(event, [column.key for column in Event.__mapper__.column_attrs])
    return event


def update_event(actor: Account, event: Event, belongings: Belongings, plan: Plan, *, now: datetime) -> None:
    """More seats let the waiting list move up. Who has a seat is told of another time or place."""
    require(can_look_after(actor, belongings))
    hold_event(event.id)
    reserved = seat_counts([event.id])[event.id].reserved
    if plan.seats is not None and plan.seats < reserved:
        raise Invalid(seats=say("%(n)s Plätze sind schon vergeben. Weniger können es nicht werden.", n=reserved))
    before = {name: getattr(event, name) for name in IN_CALENDARS}
    _write(event, plan)
    changed = {name for name, value in before.items() if getattr(event, name) != value}
    if changed:
        event.sequence, event.changed_at = event.sequence + 1, now
    db.session.flush()
    _move_up(event, now)
    if changed & set(WHERE_AND_WHEN) and not event.is_cancelled and now < event.over_at:
        for seat in _people(event):
            if needs_reminder(event.starts_at, now):
                seat.reminded_at = None
            _tell(seat, event, "changed", now)
    record("event.edited", event, actor=actor, now=now, title=event.title)


def cancel_event(actor: Account, event: Event, belongings: Belongings, reason: str, *, now: datetime) -> None:
    """Called off for good, with the reason; everybody with a seat or on the waiting list is told. A second time changes nothing."""
    require(can_look_after(actor, belongings))
    hold_event(event.id)
    if event.is_cancelled:
        return
    require(can_cancel(event, now=now))
    event.status, event.cancelled_at, event.reason = Status.CANCELLED, now, reason
    event.sequence, event.changed_at = event.sequence + 1, now
    for seat in _people(event):
        _tell(seat, event, "called_off", now)
    record("event.cancelled", event, actor=actor, now=now, title=event.title)


def write_minutes(actor: Account, event: Event, belongings: Belongings, text: str, *, publish: bool, now: datetime) -> None:
    """Kept for the staff until they are published; what is public can be mended, and taken back by saving."""
    require(can_look_after(actor, belongings))
    if publish and not text:
        raise Invalid(minutes=say("Bitte schreiben Sie zuerst, was besprochen wurde."))
    event.minutes = text
    event.minutes_at = (event.minutes_at or now) if publish else None
    record("event.minutes", event, actor=actor, now=now, title=event.title)


def _people(event: Event) -> Sequence[Seat]:
    there = Seat.event_id == event.id, Seat.status != SeatStatus.CANCELLED, Seat.email.is_not(None)
    return db.session.scalars(select(Seat).where(*there).order_by(Seat.position)).all()


def _tell(seat: Seat, event: Event, occasion: str, now: datetime) -> None:
    if seat.email is None:
        return
    place = waiting_place(seat) if occasion in {"waiting", "known"} and seat.status == SeatStatus.WAITING else 0
    told = {"occasion": occasion, "seat": seat, "event": event, "place": place, "token": seat_token(seat)}
    queue_mail(seat.email, "seat", locale=seat.locale, now=now, today=today(now) == today(event.starts_at), **told)


def reserve_seat(event_id: int, name: str, email: str, *, locale: str, network: str, now: datetime) -> None:
    """A seat, or a place on the waiting list. The same address twice changes nothing; the answer never tells which it was, the mail does."""
    locks = [("seat", email_key(email)), ("seat-network", network)]
    require(can_try(blocked_until(locks, now), now=now))
    count_tries(locks, now=now)
    event = hold_event(event_id)
    require(can_reserve(event, now=now))
    mine = Seat.event_id == event.id, Seat.email == email_key(email)
    if known := db.session.scalar(select(Seat).where(*mine)):
        _tell(known, event, "known", now)
        return
    seat = _queue(event, name, email, locale, now)
    moved = _move_up(event, now, told=False)
    _tell(seat, event, "reserved" if seat in moved else "waiting", now)


def _queue(event: Event, name: str, email: str, locale: str, now: datetime) -> Seat:
    last = db.session.scalar(select(func.max(Seat.position)).where(Seat.event_id == event.id)) or 0
    seat = Seat(event_id=event.id, position=last + 1, status=SeatStatus.WAITING, name=name, name_key=fold(name), locale=locale)
    seat.email, seat.created_at = email_key(email), now
    seat.code = "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
    db.session.add(seat)
    db.session.flush()
    return seat


def _move_up(event: Event, now: datetime, told: bool = True) -> list[Seat]:
    """Gives free seats to those who wait, in their order. The event's row is held."""
    if not event.takes_seats or event.is_cancelled or now >= max(event.starts_at, event.seats_close_at):
        return []
    waits = Seat.event_id == event.id, Seat.status == SeatStatus.WAITING
    waiting = {seat.id: seat for seat in db.session.scalars(select(Seat).where(*waits).order_by(Seat.position))}
    moved = [waiting[id] for id in moving_up(event.seats, seat_counts([event.id])[event.id].reserved, list(waiting))]
    for seat in moved:
        seat.status = SeatStatus.RESERVED
        seat.reminded_at = None if needs_reminder(event.starts_at, now) else now
        if told:
            _tell(seat, event, "moved_up", now)
    db.session.flush()
    return moved


def give_up_seat(seat: Seat, *, now: datetime) -> None:
    """Whoever holds the mailed link; a second time changes nothing. Name and address are deleted at once."""
    event = _hold(seat)
    if seat.status != SeatStatus.CANCELLED:
        require(can_give_up(event, seat, now=now))
        _take_away(event, seat, now)


def remove_seat(actor: Account, seat: Seat, belongings: Belongings, *, now: datetime) -> None:
    """By whoever looks after the event; the person is told."""
    require(can_look_after(actor, belongings))
    event = _hold(seat)
    if seat.status != SeatStatus.CANCELLED:
        require(can_give_up(event, seat, now=now))
        _tell(seat, event, "removed", now)
        _take_away(event, seat, now)


def _hold(seat: Seat) -> Event:
    event = hold_event(seat.event_id)
    db.session.refresh(seat, ["status", "checked_in_at", "email", "name"])
    return event


def _take_away(event: Event, seat: Seat, now: datetime) -> None:
    seat.status, seat.email, seat.name, seat.name_key = SeatStatus.CANCELLED, None, "", ""
    db.session.flush()
    _move_up(event, now)


def check_in(actor: Account, seat: Seat, belongings: Belongings, here: bool, *, now: datetime) -> None:
    """A wanted state, never a toggle: twice changes nothing, the first time stays."""
    require(can_look_after(actor, belongings))
    event = _hold(seat)
    require(can_check_in(event, seat))
    seat.checked_in_at = (seat.checked_in_at or now) if here else None


def remind_due(now: datetime) -> int:
    """A mail the day before to everybody with a seat. That it was written stands in the seat's row, in the same transaction."""
    soon = Event.starts_at > now, Event.starts_at <= now + REMIND_BEFORE, Event.precision == Precision.TIME
    query = select(Seat, Event).join(Seat.event).where(Event.status == Status.PLANNED, *soon, Seat.reminded_at.is_(None))
    mine = Seat.status == SeatStatus.RESERVED, Seat.email.is_not(None)
    due = query.where(*mine).order_by(Seat.id).limit(REMIND_AT_ONCE).with_for_update(of=Seat, skip_locked=True)
    rows = db.session.execute(due).all()
    for seat, event in rows:
        seat.reminded_at = now
        _tell(seat, event, "reminder", now)
    db.session.commit()
    return len(rows)


def forget_seats(now: datetime) -> None:
    """Names and addresses go a while after the event; how many had a seat and came stays."""
    over = select(Event.id).where(Event.over_at <= now - SEATS_KEPT)
    old = update(Seat).where(Seat.event_id.in_(over), Seat.email.is_not(None))
    db.session.execute(old.values(email=None, name="", name_key=""))
    db.session.commit()
