from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager

from ideation.accounts.models import Account, Attempt, Login, MailedLink
from ideation.accounts.rules import LIMITS, email_key, name_key
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.secret import keyed_hash, token_hash
from ideation.core.verdict import NotFound

Lock = tuple[str, str]


def account_by_email(email: str) -> Account | None:
    return db.session.scalar(select(Account).where(Account.email == email_key(email)))


def name_taken(name: str, but: int | None = None) -> bool:
    """Whether somebody else bears the name: people confirmed, or still within the time to confirm."""
    return bool(db.session.scalar(select(Account.id).where(Account.name_key == name_key(name), Account.id != (but or 0))))


def lock_key(limit: str, who: str) -> str:
    """The row that counts tries. It tells neither address nor network."""
    return f"{limit}:{keyed_hash(who)}"


def blocked_until(locks: Iterable[Lock], now: datetime, *, hold: bool = False) -> datetime | None:
    """When the last of these locks opens again; None when none is full. `hold` keeps their rows: who comes next waits."""
    limits = {lock_key(limit, who): LIMITS[limit] for limit, who in locks}
    query = select(Attempt.lock, Attempt.tries, Attempt.until).where(Attempt.lock.in_(limits)).order_by(Attempt.lock)
    rows = db.session.execute(query.with_for_update() if hold else query).all()
    opens = [limits[key].opens_at(tries, until) for key, tries, until in rows if until > now]
    return max((moment for moment in opens if moment is not None and moment > now), default=None)


def open_link(purpose: str, token: str, now: datetime) -> MailedLink | None:
    """The mailed link, while it can still be used, with its account."""
    query = select(MailedLink).join(MailedLink.account).options(contains_eager(MailedLink.account))
    return db.session.scalar(
        query.where(MailedLink.token_hash == token_hash(token), MailedLink.purpose == purpose, MailedLink.expires_at > now)
    )


def logins_of(account_id: int) -> list[Login]:
    return list(
        db.session.scalars(select(Login).where(Login.account_id == account_id).order_by(Login.began_at.desc(), Login.id.desc()))
    )


def accounts_found(text: str, role: str, number: int) -> Page[Account]:
    """For the administration: by part of name or address, newest first."""
    query = select(Account)
    if text:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = [
            column.like(f"%{part}%", escape="\\")
            for column, part in ((Account.email, email_key(escaped)), (Account.name_key, name_key(escaped)))
        ]
        query = query.where(or_(*like))
    if role:
        query = query.where(Account.role == role)
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.session.scalars(query.order_by(Account.id.desc()).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))
    return Page(list(rows), number, total)


def account_or_404(id: int) -> Account:
    account = db.session.get(Account, id)
    if account is None:
        raise NotFound
    return account
