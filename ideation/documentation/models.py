from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.accounts.models import Account
from ideation.core.db import Base


class KeptDocumentation(Base):
    """A documentation as it was printed one day, of one lab or of all labs of a round. Never changed."""

    __tablename__ = "documentation"
    __table_args__ = (
        CheckConstraint("(lab_id IS NULL) <> (round_id IS NULL)", name="subject"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        UniqueConstraint("lab_id", "number"),
        UniqueConstraint("round_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lab_id: Mapped[int | None] = mapped_column(ForeignKey("lab.id", ondelete="CASCADE"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    number: Mapped[int]
    lang: Mapped[str]
    sha256: Mapped[str]
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    kept_at: Mapped[datetime]
    kept_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))

    kept_by: Mapped[Account | None] = relationship(lazy="raise_on_sql")
