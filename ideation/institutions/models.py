from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from ideation.accounts.models import Account
from ideation.core.db import Base, one_of
from ideation.institutions.rules import Kind


class Institution(Base):
    """A partner or office. Cities are institutions."""

    __tablename__ = "institution"
    __table_args__ = (CheckConstraint(one_of("kind", list(Kind)), name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(default=Kind.PARTNER)


class Authorship:
    """Who wrote an item: an account, an institution, or a label ("aus der Veranstaltung"). One of them leads."""

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
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
