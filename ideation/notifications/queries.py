from sqlalchemy import func, select

from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.notifications.models import Follow, Notification


def follows(account_id: int | None, kind: str, id: int) -> bool:
    """Whether this person is told about news here."""
    return account_id is not None and db.session.get(Follow, (account_id, kind, id)) is not None


def unread_count(account_id: int) -> int:
    unread = (Notification.account_id == account_id, Notification.read_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(Notification).where(*unread)) or 0


def messages(account_id: int, page: int) -> Page[Notification]:
    """Newest first."""
    mine = Notification.account_id == account_id
    total = db.session.scalar(select(func.count()).select_from(Notification).where(mine)) or 0
    rows = select(Notification).where(mine).order_by(Notification.id.desc()).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return Page(list(db.session.scalars(rows)), page, total)
