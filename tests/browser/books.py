"""What can be read about a ballot, filled: costs, reasons, corrections, signals, entries, receipts, a protocol."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from ideation.accounts.models import Account
from ideation.core.db import db
from ideation.ledger.actions import seal
from ideation.ledger.models import Entry
from ideation.ledger.rules import receipt_code
from ideation.rounds.models import RoundModerator
from ideation.runs.actions import run_due
from ideation.signals.models import Outreach
from tests.cast import COMING, inside, make_account, make_ballot, make_idea, make_round, put
from tests.corrections import scene as corrections
from tests.protocols import scene as protocols
from tests.runs import scene as runs
from tests.signals import scene as signals

PAID = ({0: 1, 1: 1},) * 4 + ({2: 1},)


def fill_books(app: Flask, staff: Account) -> dict[str, object]:
    names = _costs(app, staff) | _run(app, staff) | _corrections(app, staff) | _signals(app, staff)
    return names | _protocol(app)


def _moderates(staff: Account, round_: Any) -> None:
    put(RoundModerator(round_id=round_.id, account_id=staff.id))


def _costs(app: Flask, staff: Account) -> dict[str, object]:
    with inside(app):
        round_ = make_round(staff)
        ideas = [make_idea(round_, make_account()) for _ in range(3)]
        ballot = make_ballot(round_, *ideas, days=COMING, closed_list=True, rule="greedy", budget=50_000)
    return {"priced": ballot.id, "priced_idea": ideas[0].id}


def _run(app: Flask, staff: Account) -> dict[str, object]:
    here = runs.scene(app, (6000, 4000, 20000), PAID, rule="equal_shares", budget=15600, method="approval")
    with app.app_context():
        run_due(runs.LATER)
    return {"run": here.ballot, "paid": here.ideas[0], "unpaid": here.ideas[2]}


def _corrections(app: Flask, staff: Account) -> dict[str, object]:
    here = corrections.scene(app, 4, 2)
    corrections.voided(app, here, 1)
    proposal = corrections.proposed(app, here, 1, idea=1)
    with inside(app):
        _moderates(staff, here.round)
        seal(here.ballot)
        cast = db.session.scalars(select(Entry).where(Entry.ballot_id == here.ballot, Entry.action == "cast")).first()
        assert cast is not None
        receipt = receipt_code(here.ballot, cast.commit_hash)
    return {"corrected": here.ballot, "correction": proposal, "receipt": receipt}


def _signals(app: Flask, staff: Account) -> dict[str, object]:
    here = signals.burst(app)
    (signal,) = signals.found(app, signals.LATER)
    with inside(app):
        _moderates(staff, here.round)
        begin = datetime.now(UTC)
        event = {"title": "Klassenbesuch", "opens_at": begin, "closes_at": begin + timedelta(hours=2), "entered_at": begin}
        put(Outreach(round_id=here.round.id, entered_by_id=staff.id, **event))
    return {"burst": here.ballot, "signal": signal.id, "visited": here.round.slug}


def _protocol(app: Flask) -> dict[str, object]:
    here = protocols.closed(app, 9, 7, 3)
    protocols.eventful(app, here)
    protocols.chosen_differently(app, here, here.ideas[1])
    return {"protocol": here.id}
