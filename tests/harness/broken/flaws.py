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
    """Asks once whether the ballot is open and believes the answer for ten seconds."""
    from ideation.core.verdict import ALLOWED
    from ideation.votes import actions

    ask, seen = actions.can_take_part, {}

    def remember(account: Any, ballot: Any, **more: Any) -> Any:
        if time.monotonic() < seen.get(ballot.id, 0):
            return ALLOWED
        verdict = ask(account, ballot, **more)
        if verdict:
            seen[ballot.id] = time.monotonic() + 10
        return verdict

    actions.can_take_part = remember


def answers_first() -> None:
    """Answers a vote, and commits afterwards."""
    from flask import request

    from ideation.core import db as core

    finish = core._finish

    def later(response: Any) -> Any:
        if response.status_code >= 400 or not request.path.endswith("/vote"):
            return finish(response)
        session = core.db.session()
        core.db.session.registry.clear()  # the request forgets it; it is ours now

        def commit() -> None:
            time.sleep(PAUSE)
            session.commit()
            session.close()

        response.call_on_close(commit)
        return response

    core._finish = later


def counts_later() -> None:
    """Writes the vote, commits, and brings the counter up to date in a transaction of its own."""
    from flask import g

    from ideation.core import db as core
    from ideation.votes import actions

    finish, count = core._finish, actions.COUNT

    def note(found: Any, people: int, points: int, *, paper: int = 0, now: Any) -> None:
        by = {"ballot": found.ballot.id, "idea": found.idea.id, "votes_by": people, "points_by": points, "paper_by": paper}
        g.setdefault("counts", []).append(by)

    def twice(response: Any) -> Any:
        response = finish(response)
        for by in g.pop("counts", []):
            time.sleep(PAUSE)
            core.db.session.execute(count, by)
            core.db.session.commit()
        return response

    actions.count_vote, core._finish = note, twice


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


def box_let_go() -> None:
    """Looks at a box, lets go of the lock, and believes what it saw."""
    from ideation.core.db import db
    from ideation.paper import actions

    def look(box: Any) -> None:
        db.session().expire_on_commit = False
        db.session.commit()
        time.sleep(PAUSE)

    actions._hold_box = look


def seat_let_go() -> None:
    """Counts the free seats, lets go of the event, and gives away what it had counted."""
    from flask import g
    from sqlalchemy import select

    from ideation.core.db import db
    from ideation.events import actions
    from ideation.events.models import Seat
    from ideation.events.rules import SeatStatus

    hold = actions.hold_event

    def look(event_id: int) -> Any:
        event = hold(event_id)
        g.free = (event.seats or 0) - actions.seat_counts([event_id])[event_id].reserved
        db.session().expire_on_commit = False
        db.session.commit()
        time.sleep(PAUSE)
        return event

    def give(event: Any, now: Any, told: bool = True) -> list[Any]:
        newest = select(Seat).where(Seat.event_id == event.id).order_by(Seat.position.desc()).limit(1)
        seat = db.session.scalars(newest).one()
        if g.free <= 0:
            return []
        seat.status = SeatStatus.RESERVED
        return [seat]

    actions.hold_event, actions._move_up = look, give
