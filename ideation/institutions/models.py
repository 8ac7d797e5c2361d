from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from ideation.accounts.models import Account
from ideation.core.db import Base, one_of
from ideation.institutions.rules import PRECISIONS, Kind, Sector


class Institution(Base):
    """A partner or office. Cities are institutions. One that was merged stays as a row that leads on to the other.

    Contact is an office, never a person."""

    __tablename__ = "institution"
    __table_args__ = (
        CheckConstraint(one_of("kind", list(Kind)), name="kind"),
        CheckConstraint(f"sector IS NULL OR {one_of('sector', list(Sector))}", name="sector"),
        CheckConstraint(one_of("since_to", PRECISIONS), name="since_to"),
        CheckConstraint("(merged_into_id IS NULL) = (merged_at IS NULL)", name="merged"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default=Kind.PARTNER)
    sector: Mapped[str | None]
    about: Mapped[str] = mapped_column(Text, default="")
    offer: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(default="de")
    website: Mapped[str] = mapped_column(default="")
    contact_office: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    since_on: Mapped[date | None]
    since_to: Mapped[str] = mapped_column(default="day")
    # What the search reads: every name and the offer, folded.
    found_by: Mapped[str] = mapped_column(Text, default="")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    merged_at: Mapped[datetime | None]

    names: Mapped[list["InstitutionName"]] = relationship(lazy="raise_on_sql", order_by="InstitutionName.name")

    @property
    def aliases(self) -> list[str]:
        return [known.name for known in self.names if known.name != self.name]


class InstitutionName(Base):
    """Every name an institution is known by, its own and the others: case, width and spaces aside, one name means one institution."""

    __tablename__ = "institution_name"

    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id", ondelete="CASCADE"), index=True)


class Authorship:
    """Who wrote an item: an account, an institution, or a label ("aus der Veranstaltung"). One of them leads."""

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    label: Mapped[str] = mapped_column(default="")
    leads: Mapped[bool] = mapped_column(default=False)

    @declared_attr
    def account(cls) -> Mapped[Account | None]:
        return relationship(lazy="raise_on_sql")

    @declared_attr
    def institution(cls) -> Mapped[Institution | None]:
        return relationship(lazy="raise_on_sql")

    @property
    def name(self) -> str:
        """The public name; empty when the account is gone and no label was left."""
        if self.account is not None:
            return self.account.display_name
        return self.institution.name if self.institution is not None else self.label
