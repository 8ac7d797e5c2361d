from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.core.db import Base
from ideation.ideas.models import Idea


class Invitation(Base):
    """A link by which one person becomes co-author of an idea, once."""

    __tablename__ = "idea_invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    idea: Mapped[Idea] = relationship(lazy="raise_on_sql")
