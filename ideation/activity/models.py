from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ideation.core.db import Base

CHANGE = "verb <> 'ballot.voted'"


class Activity(Base):
    """What happened, as history: the one table (with notifications) that names a subject by kind and id.

    The row of a vote names ballot and hour, neither person nor idea."""

    __tablename__ = "activity"
    __table_args__ = (
        Index("ix_activity_round", "round_id", "id"),
        Index("ix_activity_actor", "actor_id", "subject_kind"),
        # Kept pages ask for the last change that is not a vote.
        Index("ix_activity_change", "id", sqlite_where=text(CHANGE), postgresql_where=text(CHANGE)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    verb: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    round_id: Mapped[int | None]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    happened_at: Mapped[datetime]
    told: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
