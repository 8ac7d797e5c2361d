from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ideation.core.db import Base


class Recount(Base):
    """The last recount of a ballot: when, how far the ledger went, and what did not agree."""

    __tablename__ = "recount"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    done_at: Mapped[datetime]
    seq: Mapped[int]
    faults: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
