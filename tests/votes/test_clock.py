"""The closing instant, whatever the clock does afterwards."""

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select, update

from ideation.ballots.models import Ballot
from ideation.core.db import db
from ideation.ledger.models import Entry
from ideation.ledger.queries import counted, entries
from ideation.ledger.rules import tally
from ideation.rounds.models import RoundWindow
from tests.cast import inside, make_account, make_ballot, make_idea, make_round
from tests.conftest import BERLIN
from tests.visit import login, post, run_jobs

At = Callable[[str], datetime]


def closing(app: Flask, opens: datetime, closes: datetime) -> SimpleNamespace:
    with inside(app):
        round_, voter, late = make_round(windows={}), make_account(), make_account()
        ideas = [make_idea(round_) for _ in range(2)]
        ballot = make_ballot(round_, *ideas)
        window = update(RoundWindow).where(RoundWindow.id == ballot.window_id)
        db.session.execute(window.values(opens_at=opens, closes_at=closes))
    return SimpleNamespace(voter=voter, late=late, ideas=ideas, ballot=ballot.id)


def support(app: Flask, who: object, idea: object) -> int:
    return int(post(login(app.test_client(), who), f"/ideas/{idea.id}/vote", choice="support").status_code)  # type: ignore[attr-defined]


def last_entries(app: Flask, ballot_id: int) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Entry.action).where(Entry.ballot_id == ballot_id).order_by(Entry.id)))


@pytest.mark.parametrize("clock", ["2026-06-01 16:00", "2026-06-02 18:00"], ids=["two hours back", "a day ahead"])
def test_a_clock_that_is_wrong_after_the_close_opens_nothing(app: Flask, at: At, clock: str) -> None:
    at("2026-06-01 17:30")
    here = closing(app, at("2026-05-01 12:00"), datetime(2026, 6, 1, 18, tzinfo=BERLIN))
    at("2026-06-01 17:59")
    assert support(app, here.voter, here.ideas[0]) == 303
    at("2026-06-01 18:00")
    assert support(app, here.late, here.ideas[0]) == 403
    run_jobs(app)
    at(clock)
    for idea in here.ideas:
        assert support(app, here.late, idea) == 403
        assert post(login(app.test_client(), here.voter), f"/ideas/{idea.id}/vote", choice="withdraw").status_code in {303, 403}
    told = last_entries(app, here.ballot)
    assert told[-1] == "close" and told.count("cast") == 1 and "withdraw" not in told
    with app.app_context():
        close = [entry for entry in entries(here.ballot) if entry["action"] == "close"][0]
        assert close["body"]["tally"] == tally(counted(here.ballot), [idea.id for idea in here.ideas])
        assert close["body"]["tally"][str(here.ideas[0].id)] == [1, 1]


# The hour from 2 to 3 occurs twice on 25 October 2026, and not at all on 28 March 2027.
@pytest.mark.parametrize(
    ("closes", "shown", "before", "after"),
    [
        (datetime(2026, 10, 25, 2, 30, fold=0, tzinfo=BERLIN), "02:30", "2026-10-25T00:29:59+00:00", "2026-10-25T00:30:00+00:00"),
        (datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN), "02:30", "2026-10-25T01:29:59+00:00", "2026-10-25T01:30:00+00:00"),
        (datetime(2027, 3, 28, 3, 0, tzinfo=BERLIN), "03:00", "2027-03-28T00:59:59+00:00", "2027-03-28T01:00:00+00:00"),
    ],
)
def test_a_ballot_closes_at_its_minute_in_the_nights_of_the_clock_change(
    app: Flask, closes: datetime, shown: str, before: str, after: str
) -> None:
    import time_machine

    with time_machine.travel(datetime.fromisoformat(before), tick=False):
        here = closing(app, datetime(2026, 10, 1, tzinfo=BERLIN), closes)
        page = login(app.test_client(), here.voter).get(f"/ballots/{here.ballot}").text
        assert f"{shown} Uhr" in page
        assert support(app, here.voter, here.ideas[0]) == 303
    with time_machine.travel(datetime.fromisoformat(after), tick=False):
        assert support(app, here.late, here.ideas[0]) == 403
    with app.app_context():
        assert db.session.get_one(Ballot, here.ballot).closed_at is None
    assert last_entries(app, here.ballot).count("cast") == 1
