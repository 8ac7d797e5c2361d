from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.accounts.models import Account
from ideation.challenges.models import Challenge
from ideation.core.db import Base, one_of
from ideation.core.sentence import say_n
from ideation.ideas.models import Idea
from ideation.institutions.models import Institution
from ideation.institutions.rules import Merging
from ideation.labs.rules import Role, Status
from ideation.pictures.models import Illustrated


class Lab(Illustrated, Base):
    """Where winners are worked out."""

    __tablename__ = "lab"
    __table_args__ = (
        CheckConstraint(one_of("status", list(Status)), name="status"),
        CheckConstraint("seats IS NULL OR seats >= 1", name="seats"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    long_title: Mapped[str] = mapped_column(default="")
    problem: Mapped[str] = mapped_column(Text, default="")
    aim: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(default="de")
    period_text: Mapped[str] = mapped_column(default="")
    # What the city promises to do with the result.
    promise: Mapped[str] = mapped_column(Text, default="")
    # For whom and what may come of it: one entry per line.
    audience: Mapped[str] = mapped_column(Text, default="")
    products: Mapped[str] = mapped_column(Text, default="")
    format: Mapped[str] = mapped_column(Text, default="")
    website: Mapped[str] = mapped_column(default="")
    # What became of the results, in the words with which the lab was closed.
    closing: Mapped[str] = mapped_column(Text, default="")
    # How many people can take part; None: as many as come.
    seats: Mapped[int | None]
    status: Mapped[str] = mapped_column(default=Status.PLANNED)
    example: Mapped[bool] = mapped_column(default=False)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]

    questions: Mapped[list["GuidingQuestion"]] = relationship(
        lazy="raise_on_sql", order_by="GuidingQuestion.position", cascade="all, delete-orphan"
    )
    origins: Mapped[list["LabOrigin"]] = relationship(back_populates="lab", lazy="raise_on_sql", order_by="LabOrigin.id")
    hosts: Mapped[list[Institution]] = relationship(secondary="lab_host", lazy="raise_on_sql", order_by="Institution.name")
    facilitators: Mapped[list[Institution]] = relationship(
        secondary="lab_facilitator", lazy="raise_on_sql", order_by="Institution.name"
    )


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


class LabFacilitator(Base):
    """An institution that leads the meetings (Laborbegleitung). People who do are members with that role."""

    __tablename__ = "lab_facilitator"
    __table_args__ = (
        {
            "info": {
                "merging": Merging(say_n("%(num)s Projektlabor, das sie begleitet", "%(num)s Projektlabore, die sie begleitet", 0))
            }
        },
    )

    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)


class LabTarget(Base):
    """How many people of a sector a lab wants."""

    __tablename__ = "lab_target"
    __table_args__ = (CheckConstraint("count >= 1", name="count"),)

    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"), primary_key=True)
    sector: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class LabMember(Base):
    """A person of a lab, for a time. Without the consent nobody outside the lab reads the name."""

    __tablename__ = "lab_member"
    __table_args__ = (
        CheckConstraint(one_of("role", list(Role)), name="role"),
        CheckConstraint("(consent_text IS NULL) = (consent_at IS NULL)", name="consent"),
        CheckConstraint("removal_reason = '' OR left_at IS NOT NULL", name="removal"),
        Index(
            "uq_lab_member_once",
            "lab_id",
            "account_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
        {"info": {"merging": Merging(say_n("%(num)s Mitglied eines Projektlabors", "%(num)s Mitglieder von Projektlaboren", 0))}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"), index=True)
    # None: written down by the Laborbegleitung, or the account is gone.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    name: Mapped[str]
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    role: Mapped[str] = mapped_column(default=Role.MEMBER)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    removal_reason: Mapped[str] = mapped_column(Text, default="")
    # The words that were agreed to, and when; both None without consent to be listed.
    consent_text: Mapped[str | None] = mapped_column(Text)
    consent_at: Mapped[datetime | None]

    account: Mapped[Account | None] = relationship(lazy="raise_on_sql")
    institution: Mapped[Institution | None] = relationship(lazy="raise_on_sql")


class LabPlaces(Base):
    """Places of an institution without a person. An institution may have several rows (after a merge): they add up."""

    __tablename__ = "lab_places"
    __table_args__ = (
        CheckConstraint("count >= 1", name="count"),
        {
            "info": {
                "merging": Merging(
                    say_n("%(num)s Angabe über Plätze in einem Projektlabor", "%(num)s Angaben über Plätze in Projektlaboren", 0)
                )
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"), index=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    count: Mapped[int]

    institution: Mapped[Institution] = relationship(lazy="raise_on_sql")


class LabInvitation(Base):
    """A mailed link by which one person joins a lab, once. The address is forgotten when the link is used or over."""

    __tablename__ = "lab_invitation"
    __table_args__ = (
        CheckConstraint(one_of("role", list(Role)), name="role"),
        {"info": {"merging": Merging(say_n("%(num)s Einladung in ein Projektlabor", "%(num)s Einladungen in Projektlabore", 0))}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lab_id: Mapped[int] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"), index=True)
    email: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str] = mapped_column(default=Role.MEMBER)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    lab: Mapped[Lab] = relationship(lazy="raise_on_sql")
    institution: Mapped[Institution | None] = relationship(lazy="raise_on_sql")
