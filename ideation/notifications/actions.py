from datetime import datetime
from typing import Any

from sqlalchemy import delete, update

from ideation.accounts.models import Account
from ideation.activity.actions import listens
from ideation.activity.models import Activity
from ideation.core.db import db, insert
from ideation.core.mail import queue_mail
from ideation.core.verdict import NotFound
from ideation.notifications.models import Follow, Notification
from ideation.notifications.queries import audience
from ideation.notifications.rules import FOLLOWED, NEWS, REASONS, place, sentence


def follow(actor: Account, kind: str, id: int, *, now: datetime) -> None:
    """Being told about news here from now on; a second time changes nothing."""
    _known(kind)
    row = insert(Follow).values(account_id=actor.id, subject_kind=kind, subject_id=id, since=now)
    db.session.execute(row.on_conflict_do_nothing())


def _known(kind: str) -> None:
    if kind not in FOLLOWED:
        raise NotFound


def unfollow(actor: Account, kind: str, id: int) -> None:
    _known(kind)
    mine = (Follow.account_id == actor.id, Follow.subject_kind == kind, Follow.subject_id == id)
    db.session.execute(delete(Follow).where(*mine))


def read_messages(actor: Account, up_to: int, *, now: datetime) -> None:
    """Marks what stood on the page that was seen; what arrived since stays new."""
    unread = (Notification.account_id == actor.id, Notification.read_at.is_(None), Notification.id <= up_to)
    db.session.execute(update(Notification).where(*unread).values(read_at=now))


@listens(*NEWS)
def tell(activity: Activity, subject: Any, actor: Account | None, *, now: datetime) -> None:
    """A message and a mail for everybody it concerns, never for whoever did it. In the transaction of what happened."""
    kind, id, told = activity.subject_kind, activity.subject_id, activity.told
    endpoint, values, mark = place(kind, id, told)
    for account, part in audience(activity.verb, subject):
        words = sentence(activity.verb, part, told)
        if words is None or (actor is not None and account.id == actor.id):
            continue
        message = Notification(account_id=account.id, verb=activity.verb, subject_kind=kind, subject_id=id, created_at=now)
        message.told = {**told, "part": part}
        db.session.add(message)
        queue_mail(
            account.email,
            "news",
            locale=account.locale,
            now=now,
            sentence=words,
            verb=activity.verb,
            reason=told.get("reason", ""),
            said=subject.body if activity.verb == "comment.added" else "",
            endpoint=endpoint,
            values=values,
            mark=mark,
            why=REASONS[part],
        )
