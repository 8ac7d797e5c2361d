from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.core.db import Base
from ideation.events.models import Event
from ideation.labs.models import Lab
from ideation.profiles.models import Profile


class Meeting(Base):
    """An event of a lab: one of a series. `number` never changes, also when one before it is called off."""

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("lab_id", "number"),
        CheckConstraint("optional OR condition = ''", name="condition"),
        CheckConstraint("others >= 0", name="others"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), unique=True)
    number: Mapped[int]
    optional: Mapped[bool] = mapped_column(default=False)
    condition: Mapped[str] = mapped_column(default="")
    # People who were there beside the members that are ticked; `noted_at` is None while nobody wrote down who came.
    others: Mapped[int] = mapped_column(default=0)
    noted_at: Mapped[datetime | None]

    lab: Mapped[Lab] = relationship(lazy="raise_on_sql")
    event: Mapped[Event] = relationship(lazy="raise_on_sql")


class Attendance(Base):
    """A member who was there."""

    __tablename__ = "attendance"

    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("lab_member.id", ondelete="CASCADE"), primary_key=True)


class Agreement(Base):
    """What a meeting agreed on, and into which profile it was written."""

    __tablename__ = "agreement"
    __table_args__ = (
        UniqueConstraint("meeting_id", "text"),
        CheckConstraint("(field = '') = (profile_id IS NULL)", name="field"),
        CheckConstraint("(version IS NULL) = (profile_id IS NULL)", name="version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id", ondelete="CASCADE"))
    position: Mapped[int]
    text: Mapped[str]
    profile_id: Mapped[int | None] = mapped_column(ForeignKey("profile.id"), index=True)
    field: Mapped[str] = mapped_column(default="")
    version: Mapped[int | None]

    profile: Mapped[Profile | None] = relationship(lazy="raise_on_sql")
