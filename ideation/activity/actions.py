"""One row and one signal for each thing that happens. Whoever must act on it listens, in the same transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from ideation.accounts.models import Account
from ideation.activity.models import Activity
from ideation.core.db import db

Listener = Callable[..., None]
_listeners: dict[str, list[Listener]] = {}


def listens(*verbs: str) -> Callable[[Listener], Listener]:
    """`@listens("idea.published")`: called as `listener(activity, subject, actor, now=now)` after the row is added."""

    def note(listener: Listener) -> Listener:
        for verb in verbs:
            _listeners.setdefault(verb, []).append(listener)
        return listener

    return note


ADD = insert(Activity.__table__)


def record(verb: str, subject: Any, *, actor: Account | None, round_id: int | None = None, now: datetime, **told: Any) -> None:
    """`verb` is "<noun>.<what happened>"; `told` holds plain values a listener needs (a reason, a title)."""
    values = {
        "verb": verb,
        "subject_kind": verb.partition(".")[0],
        "subject_id": subject.id,
        "round_id": round_id,
        "actor_id": actor.id if actor else None,
        "happened_at": now,
        "told": told,
    }
    if verb not in _listeners:
        db.session.execute(ADD, values)
        return
    activity = Activity(**values)
    db.session.add(activity)
    for listener in _listeners[verb]:
        listener(activity, subject, actor, now=now)
