from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.ballots.models import Ballot
from ideation.core.db import Base
from ideation.ideas.models import Idea


class Outreach(Base):
    """An announced event that brings many votes at once: a class visit, a market stand, a newsletter."""

    __tablename__ = "outreach"
    __table_args__ = (CheckConstraint("closes_at > opens_at", name="order"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"), index=True)
    title: Mapped[str]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    entered_at: Mapped[datetime]


class Signal(Base):
    """A burst of votes that somebody should look at. It changes no count, hides no idea, blocks no account."""

    __tablename__ = "signal"
    __table_args__ = (
        UniqueConstraint("ballot_id", "idea_id", "begins_at"),
        CheckConstraint("(seen_at IS NULL) OR length(trim(note)) > 0", name="note"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id"))
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    votes: Mapped[int]
    # What was unusual, as signals.rules says it.
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    found_at: Mapped[datetime]
    # Somebody has looked, and says what it was.
    seen_at: Mapped[datetime | None]
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(default="")

    ballot: Mapped[Ballot] = relationship(lazy="raise_on_sql")
    idea: Mapped[Idea] = relationship(lazy="raise_on_sql")
