"""A guest without an account reserves a seat on a phone; a moderator lets the guest in with the QR code, also on a phone."""

import re

import pytest
from flask import Flask
from playwright.sync_api import expect

from ideation.core.db import db
from ideation.events.models import Seat
from tests.browser.conftest import overflow
from tests.browser.people import Phone, arrives, follow, link_in_mail, log_in, path_of, press, reads
from tests.cast import inside, make_account, make_event, make_round
from tests.server import Server


@pytest.mark.parametrize("scripts", [True, False])
def test_a_guest_reserves_a_seat_and_is_let_in_by_qr(server: Server, site: Flask, phone: Phone, scripts: bool) -> None:
    name, email = f"Änne Muster {scripts:d}", f"aenne{scripts:d}@example.org"
    with inside(site):
        staff = make_account("moderator")
        event = make_event(make_round(staff), seats=1, title=f"Stadtwerkstatt {scripts:d}", access="Aufzug")
    guest = phone(scripts)
    guest.goto(f"/events/{event.id}")
    reads(guest, "Noch 1 Platz frei.")
    assert guest.context.cookies() == []
    follow(guest, "Platz reservieren")
    press(guest.get_by_role("main"), "Platz reservieren")
    reads(guest, "Bitte geben Sie Ihren Namen an.")
    guest.get_by_label("Ihr Name").fill(name)
    guest.get_by_label("E-Mail-Adresse").fill(email)
    press(guest.get_by_role("main"), "Platz reservieren")
    reads(guest, "Wir haben Ihnen geschrieben.")

    own = link_in_mail(server, email)
    guest.goto(own)
    reads(guest, "Ihr Platz ist reserviert.")
    expect(guest.get_by_role("img", name="QR-Code")).to_be_visible()
    assert overflow(guest) <= 0
    late = phone(scripts)
    late.goto(f"/events/{event.id}")
    expect(late.get_by_role("link", name="Auf die Warteliste")).to_be_visible()

    with site.app_context():
        code = db.session.query(Seat.code).filter(Seat.email == email).scalar()
    door = phone(scripts)
    door.goto(f"/manage/seats/{code}")  # where the picture leads
    arrives(door, "/login")
    log_in(door, staff)
    door.goto(f"/manage/seats/{code}")
    reads(door, name)
    press(door, "Einchecken")
    reads(door, f"{name} ist da.")
    expect(door.get_by_role("button", name="Einchecken")).to_have_count(0)
    assert path_of(door) == f"/manage/seats/{code}" and overflow(door) <= 0
    follow(door, "Zur Liste am Eingang")
    reads(door, "1 von 1 sind da.")
    door.get_by_label("Name oder Code").fill("muster")
    press(door, "Suchen")
    expect(door.get_by_role("listitem").filter(has_text=re.compile(name))).to_be_visible()
    guest.goto(own)
    reads(guest, "Sie sind da. Willkommen.")
