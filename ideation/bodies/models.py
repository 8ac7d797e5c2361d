from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.core.db import Base, one_of
from ideation.core.sentence import say_n
from ideation.institutions.models import Institution
from ideation.institutions.rules import PRECISIONS, Merging


class Body(Base):
    """A steering body: institutions decide in it together."""

    __tablename__ = "body"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(default="de")

    seats: Mapped[list["BodySeat"]] = relationship(lazy="raise_on_sql", order_by="BodySeat.id")


class BodySeat(Base):
    """An institution in a body, by an office it fills, never by a person. Both ends of the term as far as they are known."""

    __tablename__ = "body_seat"
    __table_args__ = (
        CheckConstraint(one_of("from_to", PRECISIONS), name="from_to"),
        CheckConstraint(one_of("until_to", PRECISIONS), name="until_to"),
        UniqueConstraint("body_id", "institution_id", "office"),
        {"info": {"merging": Merging(say_n("%(num)s Sitz in einem Gremium", "%(num)s Sitze in Gremien", 0))}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("body.id", ondelete="CASCADE"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    office: Mapped[str] = mapped_column(default="")
    from_on: Mapped[date | None]
    from_to: Mapped[str] = mapped_column(default="day")
    until_on: Mapped[date | None]
    until_to: Mapped[str] = mapped_column(default="day")

    institution: Mapped[Institution] = relationship(lazy="raise_on_sql")
    body: Mapped[Body] = relationship(lazy="raise_on_sql", viewonly=True)
