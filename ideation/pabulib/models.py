from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ideation.core.db import Base


class PublishedElection(Base):
    """An election that was held elsewhere, kept as an archived round. Its numbers are shown as imported, never mixed with votes cast here."""

    __tablename__ = "published_election"

    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    # SHA-256 of the file: the same file is not imported twice.
    digest: Mapped[str] = mapped_column(unique=True)
    # What the file says of itself.
    meta: Mapped[dict[str, Any]] = mapped_column(JSON)
    ballot_type: Mapped[str]
    voters: Mapped[int]
    budget: Mapped[int | None]
    # What looked odd in the file and was read all the same, each with its line.
    notes: Mapped[list[str]] = mapped_column(JSON)


class PublishedResult(Base):
    """What the file says of one project."""

    __tablename__ = "published_result"

    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id"), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("published_election.round_id"), index=True)
    project: Mapped[str]
    cost: Mapped[int | None]
    votes: Mapped[int | None]
    score: Mapped[int | None]
    selected: Mapped[bool | None]
