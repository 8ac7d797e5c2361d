from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.ballots.models import Ballot
from ideation.core.db import Base, one_of
from ideation.paper.rules import BoxStatus


class CodeBatch(Base):
    """A printed batch of codes for a ballot. The codes themselves are on paper only."""

    __tablename__ = "code_batch"
    __table_args__ = (CheckConstraint("size >= 1", name="size"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    # Where the codes are handed out.
    label: Mapped[str]
    size: Mapped[int]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    made_at: Mapped[datetime]

    ballot: Mapped[Ballot] = relationship(lazy="raise_on_sql")


class Code(Base):
    """A single-use code of one ballot: the selector finds the row, the secret opens it. Keeps "used", not by whom and not when."""

    __tablename__ = "code"
    __table_args__ = (
        UniqueConstraint("ballot_id", "selector"),
        CheckConstraint("tries >= 0 AND tries <= 5", name="tries"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("code_batch.id"), index=True)
    selector: Mapped[str]
    # HMAC-SHA-256 of the secret under the ballot's key, as hex.
    secret_hash: Mapped[str]
    tries: Mapped[int] = mapped_column(default=0)
    used: Mapped[bool] = mapped_column(default=False)


class Box(Base):
    """Paper ballots of an event, announced before the close, typed in twice by two people, then counted through the ledger."""

    __tablename__ = "box"
    __table_args__ = (
        CheckConstraint(one_of("status", list(BoxStatus)), name="status"),
        CheckConstraint("first_by_id IS NULL OR second_by_id IS NULL OR first_by_id <> second_by_id", name="two_people"),
        CheckConstraint("sheets >= 1", name="sheets"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    # Which event, and how many sheets were handed in there.
    label: Mapped[str]
    sheets: Mapped[int]
    status: Mapped[str] = mapped_column(default=BoxStatus.OPEN)
    announced_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    announced_at: Mapped[datetime]
    first_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    second_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    counted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    counted_at: Mapped[datetime | None]
    # Why it was given up, or which sheets do not count.
    note: Mapped[str] = mapped_column(default="")

    ballot: Mapped[Ballot] = relationship(lazy="raise_on_sql")


class Sheet(Base):
    """One paper ballot as one of the two people typed it in; `choices`: idea to points, empty for a spoiled one."""

    __tablename__ = "sheet"
    __table_args__ = (CheckConstraint("turn IN (1, 2)", name="turn"), CheckConstraint("number >= 1", name="number"))

    box_id: Mapped[int] = mapped_column(ForeignKey("box.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True)
    choices: Mapped[dict[str, int]] = mapped_column(JSON)
