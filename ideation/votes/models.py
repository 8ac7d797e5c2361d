from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from ideation.core.db import Base


class Participation(Base):
    """A voter in a ballot, known only by token: the row that is locked while limits are judged."""

    __tablename__ = "participation"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    voter_token: Mapped[str] = mapped_column(primary_key=True)
    eligible: Mapped[bool] = mapped_column(default=True)


class Vote(Base):
    """The present choice. Its time is kept to the hour; `commit_hash` leads to its entry in the ledger.

    Declared invalid it does not count, and stays as it is until it is reinstated."""

    __tablename__ = "vote"
    __table_args__ = (
        CheckConstraint("points >= 1", name="points"),
        ForeignKeyConstraint(["ballot_id", "voter_token"], ["participation.ballot_id", "participation.voter_token"]),
        ForeignKeyConstraint(["ballot_id", "idea_id"], ["ballot_option.ballot_id", "ballot_option.idea_id"]),
        Index("uq_vote_commit_hash", "commit_hash", unique=True),
    )

    ballot_id: Mapped[int] = mapped_column(primary_key=True)
    voter_token: Mapped[str] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(primary_key=True)
    points: Mapped[int] = mapped_column(default=1)
    hour: Mapped[datetime]
    commit_hash: Mapped[str]
    void: Mapped[bool] = mapped_column(default=False)


class IdempotencyKey(Base):
    """What a request with this key wanted: the same key with the same wish is answered, with another it is refused."""

    __tablename__ = "idempotency_key"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    voter_token: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    wish: Mapped[str]
    # What it led to: the same request once more gets the same receipt.
    commit_hash: Mapped[str | None]
    created_at: Mapped[datetime]
