"""Two members write one profile at once and lose nothing; then the group stands behind it, and everybody reads that."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from ideation.core.db import db
from ideation.labs.models import Lab
from tests.browser.conftest import overflow
from tests.browser.people import Phone, follow, log_in, path_of, press, reads
from tests.cast import inside, make_account, make_group, make_lab, make_member


@pytest.mark.parametrize("scripts", [True, False])
def test_two_members_write_at_once_and_the_group_signs(
    site: Flask, phone: Phone, axe: Callable[[Page], None], scripts: bool
) -> None:
    with inside(site):
        lab = make_lab(title="Mobil in der Stadt", status="working")
        accounts = [make_account(), make_account()]
        make_group(lab, *(make_member(lab, account) for account in accounts), title="Busse")
        slug = db.session.get_one(Lab, lab.id).slug
    anna, ben = (log_in(phone(scripts), account) for account in accounts)
    visitor, sheet = phone(scripts), f"/labs/{slug}/profiles/1"

    begins(anna, slug)
    for page in (anna, ben):
        page.goto(f"{sheet}/edit")
    fills(anna, Ziele="Ankommen\nFahren", Motto="Wir kommen zu Ihnen")
    press(anna, "Speichern")
    reads(anna, "Der Projektsteckbrief ist gespeichert.")

    # Ben's page is older: what only she changed comes in, what both changed he decides.
    fills(ben, Ziele="Ankommen\nStaunen", Perspektive="Mehr davon.", Kurzfassung="Ein Bus für alle.")
    if scripts:
        reads(ben, "4 von 120 Wörtern")
    press(ben, "Speichern")
    reads(ben, "Während Sie geschrieben haben, wurde hier etwas geändert.")
    expect(ben.get_by_label("Motto")).to_have_value("Wir kommen zu Ihnen")
    expect(ben.get_by_label("Perspektive")).to_have_value("Mehr davon.")
    expect(ben.get_by_label("Ziele", exact=False).first).to_have_value("Ankommen\nStaunen")
    expect(ben.locator("#disputed-goals del")).to_contain_text("Fahren")
    if scripts:
        axe(ben)
        assert overflow(ben) <= 0
    ben.get_by_label("Beide zusammen").check()
    press(ben, "Zusammengeführt speichern")
    for kept in ("Fahren", "Staunen", "Wir kommen zu Ihnen", "Mehr davon.", "Ein Bus für alle."):
        reads(ben, kept)

    press(ben, "Veröffentlichen")
    reads(ben, "Der Projektsteckbrief ist veröffentlicht.")
    press(ben, "Ich stehe hinter dieser Fassung")
    visitor.goto(sheet)
    reads(visitor, "1 von 2 Mitgliedern")
    anna.goto(sheet)
    press(anna, "Ich stehe hinter dieser Fassung")
    reads(anna, "Die Gruppe steht hinter dieser Fassung.")
    asks(anna)
    visitor.goto(f"/labs/{slug}")
    reads(visitor, "1 Frage noch zu klären")
    follow(visitor.locator("#groups"), "KI-Bus")
    for told in ("Die Gruppe steht hinter dieser Fassung.", "Wer fährt den Bus?", "Fahren", "Staunen"):
        reads(visitor, told)
    expect(visitor.get_by_text("Ergänzen")).to_have_count(0)


def begins(page: Page, slug: str) -> None:
    page.goto(f"/labs/{slug}")
    follow(page, "Busse")
    follow(page, "Projektsteckbrief beginnen")
    page.get_by_label("Titel").fill("KI-Bus")
    press(page, "Speichern")
    reads(page, "noch nicht veröffentlicht")


def fills(page: Page, **fields: str) -> None:
    for label, text in fields.items():
        page.get_by_label(label).fill(text)


def asks(page: Page) -> None:
    sheet = path_of(page)
    follow(page, "Frage aufschreiben")
    page.get_by_label("Was ist noch zu klären?").fill("Wer fährt den Bus?")
    press(page, "Frage aufschreiben")
    reads(page, "Die Frage steht jetzt auf dem Projektsteckbrief.")
    assert path_of(page) == sheet
