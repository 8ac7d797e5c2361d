from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.accounts.models import Account
from ideation.challenges.models import Challenge
from ideation.core.db import Base
from ideation.decisions.models import Decision, Moderated, visibility_checks
from ideation.ideas.models import Idea


class Comment(Moderated, Base):
    """Said under an idea or a challenge, in threads. `root_id` is the comment a thread starts with."""

    __tablename__ = "comment"
    __table_args__ = (
        *visibility_checks(),
        CheckConstraint("(idea_id IS NULL) <> (challenge_id IS NULL)", name="subject"),
        UniqueConstraint("source", "source_id"),
        Index("ix_comment_idea", "idea_id", "root_id", "id"),
        Index("ix_comment_challenge", "challenge_id", "root_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int | None] = mapped_column(ForeignKey("idea.id"))
    challenge_id: Mapped[int | None] = mapped_column(ForeignKey("challenge.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))
    root_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    label: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(Text)
    lang: Mapped[str] = mapped_column(default="de")
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    dated_on: Mapped[date | None]
    dated_to: Mapped[str] = mapped_column(default="day")
    source: Mapped[str | None]
    source_id: Mapped[str | None]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))

    account: Mapped[Account | None] = relationship(lazy="raise_on_sql", foreign_keys=[account_id])
    idea: Mapped[Idea | None] = relationship(lazy="raise_on_sql")
    challenge: Mapped[Challenge | None] = relationship(lazy="raise_on_sql")


class CommentDecision(Base):
    """The history of decisions about a comment."""

    __tablename__ = "comment_decision"

    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), index=True)

    decision: Mapped[Decision] = relationship(lazy="raise_on_sql")
