from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import joinedload, selectinload

from ideation.bodies.models import Body, BodySeat
from ideation.bodies.rules import is_over
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.verdict import NotFound


def bodies_listed(number: int = 1) -> Page[Row[Any]]:
    """By name, each with how many seats it has in all."""
    seats = select(func.count()).where(BodySeat.body_id == Body.id).scalar_subquery()
    query = select(Body.id, Body.name, Body.lang, Body.purpose, seats.label("seats")).order_by(func.lower(Body.name), Body.id)
    rows = db.session.execute(query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    return Page(rows, number, db.session.scalar(select(func.count()).select_from(Body)) or 0)


def body_or_404(id: int) -> Body:
    """With its seats and the institutions that fill them."""
    seats = selectinload(Body.seats).joinedload(BodySeat.institution)
    found = db.session.scalar(select(Body).where(Body.id == id).options(seats))
    if found is None:
        raise NotFound
    return found


def body_called(name: str) -> Body | None:
    return db.session.scalar(select(Body).where(func.lower(Body.name) == name.lower()).limit(1))


def seats_of(institution_id: int) -> Sequence[BodySeat]:
    """Where an institution sits, with the bodies."""
    query = (
        select(BodySeat).where(BodySeat.institution_id == institution_id).options(joinedload(BodySeat.body)).order_by(BodySeat.id)
    )
    return db.session.scalars(query.limit(100)).all()


def split(seats: Sequence[BodySeat], today: date) -> tuple[list[BodySeat], list[BodySeat]]:
    """Those whose term lasts, and the former ones."""
    former = [seat for seat in seats if is_over(seat.until_on, seat.until_to, today)]
    return [seat for seat in seats if seat not in former], former


def seat_or_404(body: Body, seat_id: int) -> BodySeat:
    found = next((seat for seat in body.seats if seat.id == seat_id), None)
    if found is None:
        raise NotFound
    return found
