from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.accounts.models import Account
from ideation.applications.rules import Status
from ideation.core.db import Base, one_of
from ideation.core.sentence import say_n
from ideation.institutions.models import Institution
from ideation.institutions.rules import Merging, Sector


class Application(Base):
    """Somebody asks that an institution becomes a partner. What it says of itself is taken over when it is accepted."""

    __tablename__ = "institution_application"
    __table_args__ = (
        CheckConstraint(one_of("status", list(Status)), name="status"),
        CheckConstraint(f"sector IS NULL OR {one_of('sector', list(Sector))}", name="sector"),
        CheckConstraint("(status = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(status = 'accepted') = (institution_id IS NOT NULL)", name="accepted"),
        CheckConstraint("status <> 'declined' OR length(trim(reason)) > 0", name="reason"),
        Index("ix_institution_application_status", "status", "id"),
        {"info": {"merging": Merging(say_n("%(num)s angenommene Anfrage", "%(num)s angenommene Anfragen", 0))}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    name: Mapped[str]
    sector: Mapped[str | None]
    about: Mapped[str] = mapped_column(Text, default="")
    offer: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(default="de")
    website: Mapped[str] = mapped_column(default="")
    contact_office: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default=Status.WAITING)
    sent_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(Text, default="")
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)

    account: Mapped[Account | None] = relationship(lazy="raise_on_sql", foreign_keys=account_id)
    institution: Mapped[Institution | None] = relationship(lazy="raise_on_sql")
