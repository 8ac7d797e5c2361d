from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot
from ideation.core.db import Base, one_of
from ideation.corrections.rules import Act, Category, Status
from ideation.decisions.models import Decision


class Correction(Base):
    """Votes declared invalid, or reinstated: proposed by one person of the moderation, confirmed by another. Nothing is deleted."""

    __tablename__ = "correction"
    __table_args__ = (
        CheckConstraint(one_of("act", list(Act)), name="act"),
        CheckConstraint(one_of("category", list(Category)), name="category"),
        CheckConstraint(one_of("status", list(Status)), name="status"),
        CheckConstraint("length(trim(reason)) > 0", name="reason"),
        CheckConstraint("(status = 'confirmed') = (decision_id IS NOT NULL)", name="confirmed"),
        CheckConstraint(
            "status <> 'confirmed' OR confirmed_by_id IS NULL OR proposed_by_id IS NULL OR confirmed_by_id <> proposed_by_id",
            name="second_person",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    act: Mapped[str]
    category: Mapped[str]
    # Public: why.
    reason: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(default=Status.PROPOSED)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    proposed_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    # The act that carried it out, and how many votes it reached; withdrawn ones are passed over.
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    votes: Mapped[int] = mapped_column(default=0)

    ballot: Mapped[Ballot] = relationship(lazy="raise_on_sql")
    decision: Mapped[Decision | None] = relationship(lazy="raise_on_sql")
    proposed_by: Mapped[Account | None] = relationship(lazy="raise_on_sql", foreign_keys=[proposed_by_id])


class CorrectedVote(Base):
    """A vote that a correction is about: the entry with which it was cast."""

    __tablename__ = "corrected_vote"

    correction_id: Mapped[int] = mapped_column(ForeignKey("correction.id", ondelete="CASCADE"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True, index=True)
