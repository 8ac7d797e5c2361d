from datetime import datetime

from sqlalchemy import delete

from ideation.accounts.models import Account
from ideation.core.db import db, insert
from ideation.notifications.models import Follow


def follow(actor: Account, kind: str, id: int, *, now: datetime) -> None:
    """Being told about news here from now on; a second time changes nothing."""
    row = insert(Follow).values(account_id=actor.id, subject_kind=kind, subject_id=id, since=now)
    db.session.execute(row.on_conflict_do_nothing())


def unfollow(actor: Account, kind: str, id: int) -> None:
    mine = (Follow.account_id == actor.id, Follow.subject_kind == kind, Follow.subject_id == id)
    db.session.execute(delete(Follow).where(*mine))
