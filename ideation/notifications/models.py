from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ideation.core.db import Base


class Follow(Base):
    """Who wants to be told about a subject: ticked after posting or voting, deletable, never derived from votes."""

    __tablename__ = "follow"
    __table_args__ = (Index("ix_follow_subject", "subject_kind", "subject_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    subject_kind: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime]


class Notification(Base):
    """A message about own things, as it stands under the account. `verb` picks the sentence, `told` fills it."""

    __tablename__ = "notification"
    __table_args__ = (Index("ix_notification_account", "account_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    verb: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int]
    told: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
