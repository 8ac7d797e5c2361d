from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.core.db import Base, one_of
from ideation.events.rules import Precision, SeatStatus, Status
from ideation.pictures.models import Illustrated


class Event(Illustrated, Base):
    """A dated gathering. Where it belongs (a round) is a link table of that noun.

    `starts_at` is the first moment of what is known of the date; `over_at` when it counts as past."""

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint(one_of("status", list(Status)), name="status"),
        CheckConstraint(one_of("precision", list(Precision)), name="precision"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="order"),
        CheckConstraint("over_at > starts_at", name="over"),
        CheckConstraint("seats IS NULL OR (seats >= 1 AND takes_seats)", name="seats"),
        CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", name="cancelled"),
        CheckConstraint("minutes_at IS NULL OR length(minutes) > 0", name="minutes"),
        Index("ix_event_over_at", "over_at", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Calendars know the event by this name, whatever address the site gets.
    uid: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(default="de")
    status: Mapped[str] = mapped_column(default=Status.PLANNED)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    over_at: Mapped[datetime]
    precision: Mapped[str] = mapped_column(default=Precision.TIME)
    period_text: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    street: Mapped[str] = mapped_column(default="")
    postal_code: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    access: Mapped[str] = mapped_column(Text, default="")
    online_url: Mapped[str] = mapped_column(default="")
    takes_seats: Mapped[bool] = mapped_column(default=False)
    seats: Mapped[int | None]
    seats_until: Mapped[datetime | None]
    minutes: Mapped[str] = mapped_column(Text, default="")
    minutes_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    cancelled_at: Mapped[datetime | None]
    # How often what a calendar shows has changed, and when for the last time.
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]

    agenda: Mapped[list["AgendaPoint"]] = relationship(
        lazy="raise_on_sql", order_by="AgendaPoint.position", cascade="all, delete-orphan"
    )

    @property
    def seats_close_at(self) -> datetime:
        """Until when a seat can be reserved: the deadline, else the beginning, else (no time known) the end of what is known."""
        return self.seats_until or (self.starts_at if self.precision == Precision.TIME else self.over_at)

    @property
    def where(self) -> str:
        """The place on one line."""
        return ", ".join(part for part in (self.place, self.street, f"{self.postal_code} {self.city}".strip()) if part)

    @property
    def is_cancelled(self) -> bool:
        return self.status == Status.CANCELLED


class AgendaPoint(Base):
    __tablename__ = "agenda_point"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    at: Mapped[str] = mapped_column(default="")
    text: Mapped[str]


class Seat(Base):
    """A place at an event or on its waiting list, of somebody who needs no account.

    Name and address go when it is cancelled or some time after the event; `position` is the order of coming."""

    __tablename__ = "seat"
    __table_args__ = (
        CheckConstraint(one_of("status", list(SeatStatus)), name="status"),
        CheckConstraint("status <> 'cancelled' OR (email IS NULL AND name = '' AND name_key = '')", name="forgotten"),
        CheckConstraint("checked_in_at IS NULL OR status = 'reserved'", name="checked_in"),
        UniqueConstraint("event_id", "email"),
        UniqueConstraint("event_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"))
    position: Mapped[int]
    status: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    # The name as a search compares it.
    name_key: Mapped[str] = mapped_column(default="")
    email: Mapped[str | None]
    locale: Mapped[str] = mapped_column(default="de")
    # Read at the door; of no use to anybody but the staff.
    code: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    checked_in_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship(lazy="raise_on_sql")
