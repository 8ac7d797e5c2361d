"""The flaws: each replaces one thing of the real application, before it starts."""

import time
from typing import Any

PAUSE = 0.02


def none() -> None:
    """The real application."""


def unlocked() -> None:
    """Judges under the lock, lets go of it, and writes afterwards what it had decided."""
    from ideation.core.db import db
    from ideation.votes import actions

    write = actions.write_vote

    def late(*arguments: Any, **more: Any) -> Any:
        db.session().expire_on_commit = False
        db.session.commit()
        time.sleep(PAUSE)
        return write(*arguments, **more)

    actions.write_vote = late


def remembered_window() -> None:
    """Asks once whether the ballot is open and believes the answer for two seconds."""
    from ideation.core.verdict import ALLOWED
    from ideation.votes import actions

    ask, seen = actions.can_take_part, {}

    def remember(account: Any, ballot: Any, **more: Any) -> Any:
        if time.monotonic() < seen.get(ballot.id, 0):
            return ALLOWED
        verdict = ask(account, ballot, **more)
        if verdict:
            seen[ballot.id] = time.monotonic() + 2
        return verdict

    actions.can_take_part = remember


def forgotten_tries() -> None:
    """Counts a wrong try in the transaction that is rolled back with the refusal."""
    from flask import g

    from ideation.core import db

    finish = db._finish

    def forget(response: Any) -> Any:
        if response.status_code >= 400:
            g.pop("keep", None)
        return finish(response)

    db._finish = forget


def judged_first() -> None:
    """Looks at a code, lets go of it, judges, and counts the try in a second transaction."""
    from ideation.core.db import db
    from ideation.paper import actions

    take, tried = actions.take_try, []

    def look(ballot_id: int, selector: str) -> Any:
        found = take(ballot_id, selector)
        db.session().expire_on_commit = False
        db.session.rollback()
        time.sleep(PAUSE)
        tried[:] = [(ballot_id, selector)]
        return found

    def count_late() -> None:
        db.session.rollback()
        take(*tried[0])
        db.session.commit()

    actions.take_try, actions.keep_try = look, count_late
