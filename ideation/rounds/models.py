from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.accounts.models import Account
from ideation.core.db import Base, one_of
from ideation.core.sentence import say_n
from ideation.institutions.models import Institution
from ideation.institutions.rules import Merging
from ideation.rounds.rules import Activity, Status


class Round(Base):
    """One edition with its own rules and windows. Differences between rounds are settings here."""

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint(one_of("status", list(Status)), name="status"),
        CheckConstraint("team_min >= 1 AND team_max >= team_min", name="team"),
        CheckConstraint("status = 'draft' OR published_at IS NOT NULL", name="published"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    about: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(default="de")
    status: Mapped[str] = mapped_column(default=Status.DRAFT)
    preset: Mapped[str]
    period_text: Mapped[str] = mapped_column(default="")
    # Challenges and ideas appear at once, or after the moderation has looked at them.
    checks_ideas: Mapped[bool] = mapped_column(default=False)
    free_ideas: Mapped[bool] = mapped_column(default=False)
    team_min: Mapped[int] = mapped_column(default=1)
    team_max: Mapped[int] = mapped_column(default=5)
    example: Mapped[bool] = mapped_column(default=False)
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]

    windows: Mapped[list["RoundWindow"]] = relationship(
        lazy="raise_on_sql", order_by="RoundWindow.opens_at", cascade="all, delete-orphan"
    )
    hosts: Mapped[list[Institution]] = relationship(secondary="round_host", lazy="raise_on_sql")
    moderators: Mapped[list[Account]] = relationship(secondary="round_moderator", lazy="raise_on_sql")


class RoundSlug(Base):
    """Former addresses: they redirect."""

    __tablename__ = "round_slug"

    slug: Mapped[str] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))


class RoundWindow(Base):
    """When one thing is open, [opens_at, closes_at). A vote window belongs to a ballot; the others occur once."""

    __tablename__ = "round_window"
    __table_args__ = (
        CheckConstraint(one_of("activity", list(Activity)), name="activity"),
        CheckConstraint("closes_at IS NULL OR closes_at > opens_at", name="order"),
        Index(
            "uq_round_window_once",
            "round_id",
            "activity",
            unique=True,
            sqlite_where=text("activity <> 'vote'"),
            postgresql_where=text("activity <> 'vote'"),
        ),
        UniqueConstraint("round_id", "activity", "opens_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)
    activity: Mapped[str]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]


class RoundHost(Base):
    __tablename__ = "round_host"
    __table_args__ = (
        {"info": {"merging": Merging(say_n("%(num)s Runde, die sie ausrichtet", "%(num)s Runden, die sie ausrichtet", 0))}},
    )

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)


class RoundModerator(Base):
    """Who curates the round: who made it and whom it was given to."""

    __tablename__ = "round_moderator"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)


class RoundEvent(Base):
    """An event of the round."""

    __tablename__ = "round_event"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id", ondelete="CASCADE"), primary_key=True, index=True)


class Registration(Base):
    """Somebody takes part in a round that has a join window."""

    __tablename__ = "registration"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    joined_at: Mapped[datetime]
