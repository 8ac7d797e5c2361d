"""Bursts are noticed from real votes, looked at by people, and change nothing by themselves."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from ideation.ballots.models import Option
from ideation.core.clock import today
from ideation.core.db import Base, db
from ideation.core.verdict import Invalid, Refused
from ideation.ledger.actions import forget_networks
from ideation.ledger.models import Entry, NetworkKey
from ideation.ledger.rules import network_hash
from ideation.rounds.queries import round_or_404
from ideation.signals.actions import announce_outreach, find_signals, remove_outreach, see_signal
from ideation.signals.models import Signal
from ideation.signals.queries import marks_of, outreach_or_404, signal_or_404, waiting_signals
from ideation.votes.actions import cast_vote
from tests.cast import inside, make_account
from tests.signals.scene import ELSEWHERE, LATER, NOW, burst, found
from tests.visit import login, post, run_jobs


def test_a_burst_becomes_one_signal_that_changes_no_count(app: Flask) -> None:
    here = burst(app)
    for _ in range(2):
        (signal,) = found(app, LATER)
    assert (signal.idea_id, signal.votes, signal.seen_at) == (here.idea, 14, None)
    assert {fact["kind"] for fact in signal.facts["facts"]} >= {"burst", "young", "network", "quiet"}
    with app.app_context():
        assert db.session.get_one(Option, (here.ballot, here.idea)).votes == 14


def test_eleven_votes_are_no_signal(app: Flask) -> None:
    burst(app, 11)
    assert found(app, LATER) == []


def test_a_growing_burst_stays_one_signal_and_asks_for_another_look(app: Flask) -> None:
    here = burst(app)
    (signal,) = found(app, LATER)
    with inside(app):
        see_signal(here.moderator, signal_or_404(here.moderator, signal.id), "Eine Schulklasse.", now=LATER)
        assert not waiting_signals(here.moderator)
    burst(app, 6, here, LATER)
    (grown,) = found(app, LATER + timedelta(minutes=5))
    assert (grown.id, grown.votes, grown.begins_at, grown.seen_at) == (signal.id, 20, signal.begins_at, None)
    assert grown.note == "Eine Schulklasse." and grown.ends_at > signal.ends_at


def test_what_was_announced_is_named(app: Flask) -> None:
    here = burst(app)
    (signal,) = found(app, LATER)
    assert signal.facts["outreach"] == []
    with inside(app):
        round_ = round_or_404(here.moderator, here.round.slug)
        mine = announce_outreach(here.moderator, round_, " Klasse 9b ", NOW - timedelta(hours=1), LATER, now=NOW).id
        announce_outreach(here.moderator, round_, "Vorige Woche", NOW - timedelta(days=9), NOW - timedelta(days=8), now=NOW)
    (signal,) = found(app, LATER)
    assert signal.facts["outreach"] == ["Klasse 9b"]
    with app.app_context():
        for person in (here.second, here.other):
            with pytest.raises(Refused):
                remove_outreach(person, outreach_or_404(mine), round_or_404(person, here.round.slug), now=NOW)
        for title, opens, closes, field in (
            ("", NOW, LATER, "title"),
            ("x", None, NOW, "opens_at"),
            ("x", LATER, NOW, "closes_at"),
        ):
            with pytest.raises(Invalid) as caught:
                announce_outreach(here.moderator, round_or_404(here.moderator, here.round.slug), title, opens, closes, now=NOW)
            assert list(caught.value.faults) == [field]
        with pytest.raises(Refused):
            announce_outreach(here.other, round_or_404(here.other, here.round.slug), "Markt", NOW, LATER, now=NOW)
    with inside(app):
        remove_outreach(here.moderator, outreach_or_404(mine), round_or_404(here.moderator, here.round.slug), now=NOW)


def test_a_look_needs_a_note_and_somebody_of_the_round(app: Flask) -> None:
    here = burst(app)
    (signal,) = found(app, LATER)
    with app.app_context():
        with pytest.raises(Invalid):
            see_signal(here.moderator, signal_or_404(here.moderator, signal.id), "  ", now=NOW)
        with pytest.raises(Refused):
            see_signal(here.other, signal_or_404(here.other, signal.id), "Nichts.", now=NOW)
        assert [row.title for row in waiting_signals(here.moderator)] == ["Trinkbrunnen"]
        assert not waiting_signals(here.other)


def test_the_networks_of_a_signal_go_after_seven_days_and_with_them_the_keys(app: Flask) -> None:
    here = burst(app)
    with inside(app):
        for _ in range(3):
            cast_vote(make_account(), here.idea, 1, network=ELSEWHERE, now=NOW + timedelta(minutes=8))
    (signal,) = found(app, LATER)
    with app.app_context():
        (most,) = marks_of(signal_or_404(here.moderator, signal.id)).networks or ()
        assert db.session.scalar(select(Entry.network).order_by(Entry.id.desc()).limit(1)) != most
    with inside(app):
        forget_networks(NOW + timedelta(days=6))
    with app.app_context():
        assert db.session.scalar(select(NetworkKey.day)) == today(NOW)
    with inside(app):
        forget_networks(NOW + timedelta(days=8, hours=1))
    with app.app_context():
        assert marks_of(signal_or_404(here.moderator, signal.id)).networks == ()
        assert not db.session.scalars(select(Entry.id).where(Entry.network.is_not(None))).all()
        assert not db.session.scalars(select(NetworkKey.day)).all()


def test_the_address_of_a_voter_is_nowhere_in_the_database(app: Flask) -> None:
    here = burst(app, 1)
    with inside(app):
        voter = make_account()
    client = app.test_client()
    address = {"REMOTE_ADDR": "192.0.2.77"}
    client.environ_base.update(address)
    login(client, voter)
    assert post(client, f"{here.path}/vote", choice="support").status_code == 303
    with app.app_context():
        network = db.session.scalar(select(Entry.network).order_by(Entry.id.desc()).limit(1))
        assert network and network != network_hash(b"", "192.0.2.0/24")
        everything = "\n".join(
            repr(row) for table in Base.metadata.sorted_tables for row in db.session.execute(text(f'SELECT * FROM "{table.name}"'))
        )
    assert network in everything, "the search would have found it"
    for known in ("192.0.2.77", "192.0.2.0", "192.0.2"):
        assert known not in everything


def test_the_job_finds_it_and_the_pages_lead_from_the_signal_to_a_correction(app: Flask) -> None:
    begins = datetime.now(UTC) - timedelta(minutes=30)
    here = burst(app, begins=begins)
    run_jobs(app)
    first, second = login(app.test_client(), here.moderator), login(app.test_client(), here.second)
    assert f"/manage/ballots/{here.ballot}/signals" in first.get("/manage/").text
    listed = first.get(f"/manage/ballots/{here.ballot}/signals").text
    assert "Trinkbrunnen" in listed and "aus demselben Netz" in listed and "noch nicht angesehen" in listed
    with app.app_context():
        signal = db.session.scalars(select(Signal)).one()
    page = f"/manage/signals/{signal.id}"
    assert post(first, page, note=" ").status_code == 422
    assert post(first, page, note="Alle aus einem Netz, niemand kennt sie.").status_code == 303
    assert "/signals" not in first.get("/manage/").text
    way = f"/manage/ballots/{here.ballot}/corrections/new?signal={signal.id}"
    assert way in first.get(page).text and 'value="signal" checked' in first.get(way).text
    fields = {"act": "void", "way": "signal", "signal": signal.id, "category": "automated"}
    kept = post(first, f"/manage/ballots/{here.ballot}/corrections", **fields, reason="kurz <b>")
    assert kept.status_code == 422 and "kurz &lt;b&gt;" in kept.text
    made = post(first, f"/manage/ballots/{here.ballot}/corrections", **fields, reason="Ein Programm hat sie abgegeben.")
    assert made.status_code == 303
    assert post(first, f"{made.location}/confirmation").status_code == 403
    assert made.location in second.get("/manage/").text and made.location not in first.get("/manage/").text
    shown = second.get(made.location).text
    assert "14 Stimmen zählen dann nicht mehr." in shown and "Stimmen vorher" not in shown
    assert post(second, f"{made.location}/confirmation").status_code == 303
    with app.app_context():
        assert db.session.get_one(Option, (here.ballot, here.idea)).votes == 0
    assert "ungültig" not in app.test_client().get(f"/ballots/{here.ballot}/results").text


def test_several_ballots_are_looked_at_in_one_go(app: Flask) -> None:
    first, second = burst(app), burst(app)
    with app.app_context():
        assert find_signals(LATER) == 2
    assert {signal.ballot_id for signal in found(app, LATER)} == {first.ballot, second.ballot}
