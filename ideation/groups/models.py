from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.core.db import Base
from ideation.labs.models import Lab, LabMember


class LabGroup(Base):
    """Some members of a lab who work out one profile."""

    __tablename__ = "lab_group"
    __table_args__ = (UniqueConstraint("lab_id", "number"), CheckConstraint("number >= 1", name="number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    # Part of the address: it never changes.
    number: Mapped[int]
    title: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]

    lab: Mapped[Lab] = relationship(lazy="raise_on_sql")


class GroupMember(Base):
    """A member works in one group at a time."""

    __tablename__ = "group_member"

    member_id: Mapped[int] = mapped_column(ForeignKey("lab_member.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("lab_group.id", ondelete="CASCADE"), index=True)
    joined_at: Mapped[datetime]

    member: Mapped[LabMember] = relationship(lazy="raise_on_sql")
