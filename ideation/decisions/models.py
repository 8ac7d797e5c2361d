from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from ideation.accounts.models import Account
from ideation.core.db import Base, one_of
from ideation.core.sentence import Message
from ideation.decisions.rules import NAMES, NEEDS_REASON, Kind


class Decision(Base):
    """An act of moderation. It knows no subject: each noun links its own decisions. Never changed, never deleted.

    Without an actor it was written down by an import or computed by the published rule; `office` says who then."""

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint(one_of("kind", list(Kind)), name="kind"),
        CheckConstraint(f"NOT ({one_of('kind', sorted(NEEDS_REASON))}) OR length(trim(reason)) > 0", name="reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    reason: Mapped[str] = mapped_column(Text, default="")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    office: Mapped[str]
    decided_at: Mapped[datetime]

    actor: Mapped[Account | None] = relationship(lazy="raise_on_sql")

    @property
    def name(self) -> Message:
        """What was done, as a word."""
        return NAMES[self.kind]


class Moderated:
    """Columns of a noun that moderation can act on. The database refuses a moderated state without its decision;
    a trigger (in the migration) refuses a change that carries an old one."""

    visibility: Mapped[str] = mapped_column(default="shown")

    @declared_attr
    def visibility_decision_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("decision.id"))

    @declared_attr
    def visibility_decision(cls) -> Mapped[Decision | None]:
        return relationship(lazy="raise_on_sql", foreign_keys=f"{cls.__name__}.visibility_decision_id")

    @property
    def is_hidden(self) -> bool:
        return self.visibility == "hidden"


def visibility_checks() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint(one_of("visibility", ["shown", "hidden"]), name="visibility"),
        CheckConstraint("visibility = 'shown' OR visibility_decision_id IS NOT NULL", name="visibility_decision"),
    )


class Decided(Moderated):
    """Also the status can be the work of moderation."""

    @declared_attr
    def status_decision_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("decision.id"))

    @declared_attr
    def status_decision(cls) -> Mapped[Decision | None]:
        return relationship(lazy="raise_on_sql", foreign_keys=f"{cls.__name__}.status_decision_id")


def status_checks(statuses: list[str], decided: list[str]) -> tuple[CheckConstraint, ...]:
    """Only these statuses, and none of the decided ones without a decision."""
    return (
        CheckConstraint(one_of("status", statuses), name="status"),
        CheckConstraint(f"NOT ({one_of('status', decided)}) OR status_decision_id IS NOT NULL", name="status_decision"),
        *visibility_checks(),
    )
