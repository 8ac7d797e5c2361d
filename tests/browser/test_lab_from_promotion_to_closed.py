"""A winner becomes a lab, people join, a meeting agrees on something that goes into a profile, the documentation is kept, the lab is closed."""

from io import BytesIO

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.people import Phone, arrives, follow, in_berlin, log_in, press, reads
from tests.cast import PAST, inside, make_account, make_ballot, make_challenge, make_idea, make_round, make_selection


@pytest.mark.parametrize("scripts", [True, False])
def test_from_promotion_to_closed(site: Flask, phone: Phone, scripts: bool) -> None:
    with inside(site):
        moderator, member = make_account("moderator"), make_account()
        round_ = make_round(moderator, title=f"Runde der Busse {scripts:d}")
        winner = make_idea(
            round_, make_account(), challenge=make_challenge(round_), status="selected", title=f"Ein Bus {scripts:d}"
        )
        make_selection(make_ballot(round_, winner, days=PAST), winner)
    lead, own, visitor = log_in(phone(scripts), moderator), log_in(phone(scripts), member), phone(scripts)

    # From the selection into the lab, in one step.
    lead.goto("/manage/labs")
    follow(lead, "Ins Projektlabor übernehmen")
    lead.get_by_label("Adresse").fill(f"bus-{scripts:d}")
    press(lead, "Ins Projektlabor übernehmen")
    here = f"/labs/bus-{scripts:d}"
    arrives(lead, here)
    moves(lead, here, "Einladen")

    own.goto(here)
    follow(own, "Mitarbeiten")
    own.get_by_label("Ihr Name im Projektlabor").fill("Ahorn Sieben")
    press(own, "Mitarbeiten")
    moves(lead, here, "Arbeit beginnen")

    # A group, its profile, and a meeting whose agreement goes into it.
    lead.goto(f"{here}/groups")
    lead.get_by_label("Name der Gruppe").fill("Busgruppe")
    press(lead, "Gruppe anlegen")
    own.goto(f"{here}/groups")
    press(own, "In dieser Gruppe mitarbeiten")
    lead.goto(f"{here}/meetings/new")
    lead.get_by_label("Beginn").fill(in_berlin(3))
    lead.get_by_label("Ende").fill(in_berlin(3.1))
    lead.get_by_label("Ort", exact=False).first.fill("Rathaus")
    press(lead, "Treffen planen")
    follow(lead, "Protokoll schreiben")
    lead.get_by_label("Protokoll").fill("Wir haben über Busse gesprochen.")
    lead.get_by_label("Vereinbarungen").fill("Einen Bus mieten")
    press(lead, "Protokoll veröffentlichen")
    own.goto(f"{here}/meetings/1")
    press(own, "In den Projektsteckbrief schreiben")
    reads(own, "Steht im Projektsteckbrief unter „Erste Schritte“.")
    follow(own, "Zum Projektsteckbrief")
    press(own, "Veröffentlichen")
    reads(own, "Der Projektsteckbrief ist veröffentlicht.")

    # What everybody reads, on the page and on paper; an edition stays.
    visitor.goto(here)
    for told in ("Das Projektlabor arbeitet.", "1. Treffen", "Rathaus", "Busgruppe"):
        reads(visitor, told)
    expect(visitor.get_by_text("Ahorn Sieben")).to_have_count(0)
    moves(lead, here, "Als dokumentiert kennzeichnen")
    lead.goto(f"{here}/documentation")
    press(lead, "Heutigen Stand festhalten")
    reads(lead, "Die Dokumentation ist als Ausgabe 1 festgehalten.")
    document = PdfReader(BytesIO(visitor.request.get(f"{here}/documentation/1.pdf").body()))
    text = " ".join(page.extract_text() for page in document.pages)
    assert "Einen Bus mieten" in text and "Rathaus" in text and "Ahorn Sieben" not in text

    lead.goto(f"{here}/status")
    lead.get_by_label("Was wird aus den Ergebnissen?").fill("Die Stadt mietet im Herbst einen Bus.")
    press(lead, "Abschließen")
    visitor.goto(here)
    for told in ("Das Projektlabor ist abgeschlossen.", "Die Stadt mietet im Herbst einen Bus."):
        reads(visitor, told)
    visitor.goto(f"/ideas/{winner.id}")
    expect(visitor.get_by_role("main").locator(f"a[href='{here}']")).to_be_visible()


def moves(page: Page, here: str, act: str) -> None:
    page.goto(f"{here}/status")
    press(page, act)
    arrives(page, here)
