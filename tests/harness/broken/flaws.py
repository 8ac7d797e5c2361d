"""The flaws: each replaces one thing of the real application, before it starts."""

import time
from typing import Any

PAUSE = 0.02


def none() -> None:
    """The real application."""


def unlocked() -> None:
    """Judges under the lock, lets go of it, and writes afterwards what it had decided."""
    from ideation.ballots import actions
    from ideation.core.db import db

    write = actions._write

    def late(*arguments: Any, **more: Any) -> None:
        db.session().expire_on_commit = False
        db.session.commit()
        time.sleep(PAUSE)
        write(*arguments, **more)

    actions._write = late


def remembered_window() -> None:
    """Asks once whether the ballot is open and believes the answer for two seconds."""
    from ideation.ballots import actions
    from ideation.core.verdict import ALLOWED

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
    """Counts a wrong try in a transaction that is rolled back."""
    from ideation.accounts import guard

    guard.keep_guess = guard.let_go


def counted_late() -> None:
    """Looks whether another guess is allowed, lets go of the lock, and counts it afterwards."""
    from ideation.accounts import actions, guard
    from ideation.core.db import db

    def late(email: str, *, network: str = "", now: Any) -> None:
        locks = actions._login_locks(email, network)
        actions.require(actions.can_try(actions.blocked_until(locks, now), now=now))
        db.session.commit()
        time.sleep(PAUSE)
        actions.count_tries(locks, now=now)

    guard.count_guess = late
