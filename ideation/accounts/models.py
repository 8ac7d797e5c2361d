from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.accounts.rules import STAFF, Role
from ideation.core.db import Base, one_of


class Account(Base):
    """A person known by e-mail address and pseudonym. Deletable: nothing here is needed by a count."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint(one_of("role", list(Role)), name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default=Role.PARTICIPANT)
    locale: Mapped[str] = mapped_column(default="de")
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    rules_consent_at: Mapped[datetime | None]
    opinion_consent_at: Mapped[datetime | None]
    opinion_consent_text: Mapped[str | None]

    # What flask-login asks of an account.
    is_authenticated = True
    is_active = True
    is_anonymous = False
    # The session through which this person asks: its secret and its row. Set by the guard.
    login_token = ""
    login_id = 0

    def get_id(self) -> str:
        return self.login_token

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    @property
    def is_moderator(self) -> bool:
        return self.role in {Role.MODERATOR, Role.ADMIN}

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN


class Login(Base):
    """A session on the server. The cookie holds its secret, this row only the hash."""

    __tablename__ = "login"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    began_at: Mapped[datetime]
    device: Mapped[str]

    account: Mapped[Account] = relationship(lazy="raise_on_sql")


class MailedLink(Base):
    """A link sent by mail, for one purpose, usable once. A newer one of the same purpose replaces it."""

    __tablename__ = "mailed_link"
    __table_args__ = (CheckConstraint(one_of("purpose", ["confirm", "reset"]), name="purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]

    account: Mapped[Account] = relationship(lazy="raise_on_sql")


class Attempt(Base):
    """Tries against one lock (an address at the login, a mailed link, a code) in the running window."""

    __tablename__ = "attempt"

    lock: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int]
    until: Mapped[datetime]
