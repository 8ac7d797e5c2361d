from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.core.db import Base
from ideation.institutions.models import Institution
from ideation.labs.models import LabMember
from ideation.profiles.models import Profile


class OpenQuestion(Base):
    """What a profile leaves open: who looks after it and until when, what the answer is and who decided it."""

    __tablename__ = "open_question"
    __table_args__ = (
        CheckConstraint("owner_member_id IS NULL OR owner_institution_id IS NULL", name="owner"),
        CheckConstraint("decided_at IS NULL OR length(trim(answer)) > 0", name="answer"),
        CheckConstraint("decided_at IS NOT NULL OR decided_by_id IS NULL", name="decided"),
        Index("ix_open_question_profile", "profile_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("profile.id", ondelete="CASCADE"))
    text: Mapped[str]
    lang: Mapped[str]
    owner_member_id: Mapped[int | None] = mapped_column(ForeignKey("lab_member.id", ondelete="SET NULL"), index=True)
    owner_institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    due_on: Mapped[date | None]
    # Kept when a question is opened again: the answer so far.
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_at: Mapped[datetime | None]
    # None: whoever decided it belongs to no lab, as the moderation does, or is gone.
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("lab_member.id", ondelete="SET NULL"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]

    profile: Mapped[Profile] = relationship(lazy="raise_on_sql")
    owner_member: Mapped[LabMember | None] = relationship(lazy="raise_on_sql", foreign_keys=owner_member_id)
    decided_by: Mapped[LabMember | None] = relationship(lazy="raise_on_sql", foreign_keys=decided_by_id)
    owner_institution: Mapped[Institution | None] = relationship(lazy="raise_on_sql")

    @property
    def decision(self) -> str:
        """What a form knows the present decision by; empty while the question is open."""
        return self.decided_at.isoformat() if self.decided_at else ""
