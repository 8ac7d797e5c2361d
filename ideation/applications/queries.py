from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ideation.accounts.models import Account
from ideation.accounts.rules import name_key
from ideation.applications.models import Application
from ideation.applications.rules import Status
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.verdict import NotFound

WHOLE = (joinedload(Application.account), joinedload(Application.institution))


def application_or_404(id: int, *, lock: bool = False) -> Application:
    query = select(Application).where(Application.id == id)
    found = db.session.scalar(query.with_for_update() if lock else query.options(*WHOLE))
    if found is None:
        raise NotFound
    return found


def own_application_or_404(account: Account, id: int) -> Application:
    found = application_or_404(id)
    if found.account_id != account.id:
        raise NotFound
    return found


def own_applications(account_id: int, number: int = 1) -> Page[Application]:
    """The latest first."""
    mine = Application.account_id == account_id
    query = select(Application).where(mine).order_by(Application.id.desc()).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    total = db.session.scalar(select(func.count()).select_from(Application).where(mine)) or 0
    return Page(list(db.session.scalars(query)), number, total)


def waiting_of(account_id: int) -> list[Application]:
    query = select(Application).where(Application.account_id == account_id, Application.status == Status.WAITING)
    return list(db.session.scalars(query.order_by(Application.id)))


def same_waiting(account_id: int, name: str) -> Application | None:
    """What this account asked for already: sent twice, it is one application."""
    return next((each for each in waiting_of(account_id) if name_key(each.name) == name_key(name)), None)


def waiting_count() -> int:
    return db.session.scalar(select(func.count()).select_from(Application).where(Application.status == Status.WAITING)) or 0


def applications_listed(*, waiting: bool, number: int = 1) -> Page[Application]:
    """What waits, the longest first; or what is decided, the latest first."""
    wanted = Application.status == Status.WAITING if waiting else Application.status != Status.WAITING
    order = Application.id if waiting else Application.id.desc()
    query = select(Application).where(wanted).options(*WHOLE).order_by(order)
    total = db.session.scalar(select(func.count()).select_from(Application).where(wanted)) or 0
    return Page(list(db.session.scalars(query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))), number, total)
