"""Who may see an event and look after it, and who may reserve a seat. Where it belongs comes with the question."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate as is_moderator
from ideation.core.sentence import End, Message, say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.events.models import Event, Seat
from ideation.events.rules import Door, SeatStatus, door


@dataclass(frozen=True, slots=True)
class Belonging:
    """What an event belongs to, seen by one person: a round, later a lab."""

    kind: str
    title: str
    lang: str
    # Its page: endpoint and values.
    endpoint: str
    public: bool
    # Whether this person looks after it.
    mine: bool
    values: dict[str, Any] = field(default_factory=dict)


def can_look_after(account: Account | None, belongings: Iterable[Belonging]) -> Verdict:
    """Whoever looks after what the event belongs to, and admins."""
    if account is not None and (account.is_admin or any(each.mine for each in belongings)):
        return ALLOWED
    if not (may := is_moderator(account)):
        return may
    return denied(say("Diese Veranstaltung betreuen andere. Bitten Sie die Moderation der Runde oder die Administration."))


def can_see(account: Account | None, belongings: Iterable[Belonging]) -> bool:
    """What belongs to something that is not public yet is not public either."""
    known = list(belongings)
    return all(each.public for each in known) or bool(can_look_after(account, known))


CLOSED: dict[str, Message] = {
    Door.CANCELLED: say("Diese Veranstaltung ist abgesagt."),
    Door.OVER: say("Diese Veranstaltung ist vorbei."),
    Door.NOT_NEEDED: say("Für diese Veranstaltung brauchen Sie keinen Platz zu reservieren. Kommen Sie einfach."),
}


def can_reserve(event: Event, *, now: datetime) -> Verdict:
    """Whoever asks: no account is needed. A full event has a waiting list."""
    where = door(event.status, event.takes_seats, event.seats_close_at, event.over_at, now)
    if where is Door.OPEN:
        return ALLOWED
    if where is Door.CLOSED:
        return denied(say("Plätze konnten bis %(closed)s reserviert werden.", closed=End(event.seats_close_at)))
    return denied(CLOSED[where])


def can_give_up(event: Event, seat: Seat, *, now: datetime) -> Verdict:
    if seat.checked_in_at is not None or now >= event.over_at:
        return denied(say("Dieser Platz lässt sich nicht mehr absagen: Die Veranstaltung hat stattgefunden."))
    return ALLOWED


def can_check_in(event: Event, seat: Seat) -> Verdict:
    if event.is_cancelled:
        return denied(CLOSED[Door.CANCELLED])
    if seat.status == SeatStatus.WAITING:
        return denied(say("Diese Person steht auf der Warteliste und hat noch keinen Platz."))
    if seat.status == SeatStatus.CANCELLED:
        return denied(say("Dieser Platz wurde abgesagt."))
    return ALLOWED


def can_cancel(event: Event, *, now: datetime) -> Verdict:
    if now >= event.over_at:
        return denied(CLOSED[Door.OVER])
    return ALLOWED
