"""What happens to a ledger over time: sealed, published, told to witnesses, and its private part forgotten."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from ideation.ballots.models import Ballot
from ideation.core.db import db
from ideation.core.mail import Outbox
from ideation.ledger.actions import ensure_network_key, ensure_signing_key, forget_networks, publish_heads, seal, seal_due
from ideation.ledger.models import Entry, Head, NetworkKey
from ideation.ledger.queries import counted, entries, lines, unsealed
from ideation.ledger.verify_ledger import verify
from ideation.recounts.actions import recount_all
from ideation.recounts.models import Recount
from ideation.votes.actions import cast_vote, destroy_keys
from tests.cast import inside, make_account, make_ballot, make_idea, make_round, make_votes

NOW = datetime.now(UTC).replace(minute=5, second=0, microsecond=0)


@pytest.fixture
def ballot(app: Flask) -> Any:
    with inside(app):
        round = make_round(make_account("moderator"))
        idea = make_idea(round)
        ballot = make_ballot(round, idea)
        make_votes(ballot, {idea: 5})
    return ballot


def test_the_sealer_chains_what_waits_and_a_second_time_nothing(app: Flask, ballot: Any) -> None:
    with inside(app):
        assert unsealed(ballot.id) == 7
        assert seal_due(NOW) == 1
        first, end = list(entries(ballot.id)), seal(ballot.id)
        assert (end[0], first[-1]["hash"], unsealed(ballot.id)) == (7, end[1], 0)
        assert (seal_due(NOW), seal(ballot.id), list(entries(ballot.id))) == (0, end, first)
        assert [entry["seq"] for entry in first] == [1, 2, 3, 4, 5, 6, 7]
        ids = db.session.scalars(select(Entry.id).order_by(Entry.seq)).all()
        assert list(ids) == sorted(ids), "in the order in which they were written"


def test_several_sealers_at_once_make_one_chain(app: Flask, ballot: Any) -> None:
    with inside(app):
        idea = db.session.scalar(select(Entry.option).where(Entry.action == "cast").limit(1))
        from ideation.ideas.models import Idea

        make_votes(db.session.get_one(Ballot, ballot.id), {db.session.get_one(Idea, idea): 40})

    def one(_: int) -> tuple[int, str]:
        with app.app_context():
            end = seal(ballot.id)
            db.session.commit()
            return end

    with ThreadPoolExecutor(4) as pool:
        ends = set(pool.map(one, range(8)))
    with inside(app):
        assert len(ends) == 1 and counted(ballot.id).votes == {idea: 45}


def test_a_head_is_published_once_an_hour_while_the_chain_grows(app: Flask, ballot: Any) -> None:
    def published() -> int:
        return db.session.scalar(select(func.count(Head.id))) or 0

    with inside(app):
        seal(ballot.id)
        assert [publish_heads(NOW), publish_heads(NOW + timedelta(minutes=20)), published()] == [1, 0, 1]
        assert publish_heads(NOW + timedelta(hours=1)) == 0, "nothing was added"
        voter, idea = make_account(), db.session.scalar(select(Entry.option).where(Entry.action == "cast").limit(1))
        assert idea
        cast_vote(voter, idea, 1, now=NOW)
        seal(ballot.id)
        assert publish_heads(NOW + timedelta(minutes=40)) == 0, "there was one this hour"
        assert [publish_heads(NOW + timedelta(hours=2)), published()] == [1, 2]
        heads = db.session.scalars(select(Head.hash)).all()
        assert verify(lines(ballot.id), heads).seen == 8


def test_witnesses_get_the_head_with_a_signature_that_holds(app: Flask, ballot: Any) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from ideation.ledger.queries import signing_key

    app.config["WITNESSES"] = ["rat@example.org", "datenschutz@example.org"]
    with inside(app):
        ensure_signing_key(NOW)
        _, end = seal(ballot.id)
        publish_heads(NOW)
        letters = db.session.scalars(select(Outbox).order_by(Outbox.id)).all()
        assert [letter.recipient for letter in letters] == app.config["WITNESSES"]
        told = letters[0].body.splitlines()
        assert end in told and "7 Einträge" in letters[0].body
        signature = next(line for line in told if len(line) == 128)
        text = next(line for line in told if line.startswith("{"))
        key = signing_key()
        assert key and end in text
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public)).verify(bytes.fromhex(signature), text.encode())


def test_networks_are_forgotten_after_seven_days(app: Flask, ballot: Any) -> None:
    with inside(app):
        idea = db.session.scalar(select(Entry.option).where(Entry.action == "cast").limit(1))
        assert idea
        cast_vote(make_account(), idea, 1, network="192.0.2.0/24", now=NOW)
        ensure_network_key((NOW - timedelta(days=9)).date())

    def kept() -> tuple[int, int]:
        with app.app_context():
            known = select(func.count()).where(Entry.network.is_not(None))
            return db.session.scalar(known) or 0, db.session.scalar(select(func.count(NetworkKey.day))) or 0

    assert kept() == (1, 2)
    with inside(app):
        forget_networks(NOW + timedelta(days=6))
    assert kept() == (1, 1)
    with inside(app):
        forget_networks(NOW + timedelta(days=9))
    assert kept() == (0, 0)


def test_with_the_key_everything_private_goes_and_the_chain_still_verifies(app: Flask, ballot: Any) -> None:
    with inside(app):
        seal(ballot.id)
        before = list(lines(ballot.id))
        db.session.get_one(Ballot, ballot.id).closed_at = NOW - timedelta(days=61)
        db.session.flush()
        assert destroy_keys(NOW) == 1
    with inside(app):
        private = (Entry.voter_token, Entry.nonce, Entry.at, Entry.network, Entry.young, Entry.quiet)
        assert {value for row in db.session.execute(select(*private)) for value in row} == {None}
        assert list(lines(ballot.id)) == before and verify(before).seen == 7


def test_every_ballot_is_recounted_once_a_night(app: Flask, ballot: Any) -> None:
    def done() -> datetime | None:
        with app.app_context():
            return db.session.scalar(select(Recount.done_at))

    noon = NOW.replace(hour=12)
    for moment, last in [
        (noon, noon),
        (noon + timedelta(hours=2), noon),
        (noon + timedelta(hours=14), noon + timedelta(hours=14)),
        (noon + timedelta(hours=20), noon + timedelta(hours=14)),
    ]:
        with app.app_context():
            assert recount_all(moment) == 0
        assert done() == last
