from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot
from ideation.core.db import Base, one_of
from ideation.decisions.models import Decision
from ideation.rounds.models import Round


class Selection(Base):
    """Which ideas won, and why. Certified, it is a stored snapshot that later changes do not touch.

    Without a ballot: named by the organisers, with reason."""

    __tablename__ = "selection"
    __table_args__ = (
        CheckConstraint(one_of("status", ["proposed", "certified"]), name="status"),
        CheckConstraint("status = 'proposed' OR (certified_at IS NOT NULL AND digest <> '')", name="certified"),
        CheckConstraint("NOT (differs OR ballot_id IS NULL) OR length(trim(reason)) > 0", name="reason"),
        CheckConstraint(
            "NOT (differs AND status = 'certified') OR certified_by_id IS NULL OR proposed_by_id IS NULL "
            "OR certified_by_id <> proposed_by_id",
            name="second_person",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    ballot_id: Mapped[int | None] = mapped_column(ForeignKey("ballot.id"), unique=True)
    status: Mapped[str] = mapped_column(default="proposed")
    differs: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    # {"rows": [{"idea", "title", "votes", "points", "place", "selected", "eligible"}], "seats", "minimum", "method", "voters", "tie": {…}}
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON)
    # SHA-256 of the snapshot as canonical JSON; set when certified.
    digest: Mapped[str] = mapped_column(default="")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    proposed_at: Mapped[datetime]
    certified_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    certified_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    ballot: Mapped[Ballot | None] = relationship(lazy="raise_on_sql")
    proposed_by: Mapped[Account | None] = relationship(lazy="raise_on_sql", foreign_keys=[proposed_by_id])


class SelectedIdea(Base):
    """An idea that a selection chose."""

    __tablename__ = "selected_idea"

    selection_id: Mapped[int] = mapped_column(ForeignKey("selection.id", ondelete="CASCADE"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id"), primary_key=True, index=True)


class TieDecision(Base):
    """How open ties of a ballot were decided: a recorded act. `ideas` come first, in this order, wherever options are equal.

    By a person with a reason, or by lot: then the order follows from the seed published with the first vote."""

    __tablename__ = "tie_decision"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    ideas: Mapped[list[int]] = mapped_column(JSON)
    by_lot: Mapped[bool] = mapped_column(default=False)
    # It counts only for what it was made for: {"inputs": hash of all that went in, "ties": [{"ideas", "places", "chosen"}]}.
    made_for: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    decision: Mapped[Decision] = relationship(lazy="raise_on_sql")


class Run(Base):
    """A calculation of winners as stored JSON: what went in (as a hash), how far it is, what came out."""

    __tablename__ = "selection_run"
    __table_args__ = (CheckConstraint("progress >= 0 AND progress <= 100", name="progress"),)

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    inputs: Mapped[str]
    progress: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    finished_at: Mapped[datetime | None]
