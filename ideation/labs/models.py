from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.challenges.models import Challenge
from ideation.core.db import Base, one_of
from ideation.core.sentence import say_n
from ideation.ideas.models import Idea
from ideation.institutions.models import Institution
from ideation.institutions.rules import Merging
from ideation.labs.rules import Status


class Lab(Base):
    """Where winners are worked out."""

    __tablename__ = "lab"
    __table_args__ = (CheckConstraint(one_of("status", list(Status)), name="status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    long_title: Mapped[str] = mapped_column(default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    aim: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(default="de")
    period_text: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default=Status.PLANNED)
    example: Mapped[bool] = mapped_column(default=False)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]

    questions: Mapped[list["GuidingQuestion"]] = relationship(
        lazy="raise_on_sql", order_by="GuidingQuestion.position", cascade="all, delete-orphan"
    )
    origins: Mapped[list["LabOrigin"]] = relationship(back_populates="lab", lazy="raise_on_sql", order_by="LabOrigin.id")
    hosts: Mapped[list[Institution]] = relationship(secondary="lab_host", lazy="raise_on_sql")


class GuidingQuestion(Base):
    __tablename__ = "guiding_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    text: Mapped[str]


class LabOrigin(Base):
    """The idea or challenge a lab came from."""

    __tablename__ = "lab_origin"
    __table_args__ = (
        CheckConstraint("(idea_id IS NULL) <> (challenge_id IS NULL)", name="subject"),
        UniqueConstraint("lab_id", "idea_id"),
        UniqueConstraint("lab_id", "challenge_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    idea_id: Mapped[int | None] = mapped_column(ForeignKey("idea.id"), index=True)
    challenge_id: Mapped[int | None] = mapped_column(ForeignKey("challenge.id"), index=True)

    lab: Mapped[Lab] = relationship(back_populates="origins", lazy="raise_on_sql")
    idea: Mapped[Idea | None] = relationship(lazy="raise_on_sql")
    challenge: Mapped[Challenge | None] = relationship(lazy="raise_on_sql")


class LabHost(Base):
    __tablename__ = "lab_host"
    __table_args__ = (
        {"info": {"merging": Merging(say_n("%(num)s Projektlabor, das sie trägt", "%(num)s Projektlabore, die sie trägt", 0))}},
    )

    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
