"""A lab that invites, on phones: by mail and by oneself, named only after consenting, and the sheets it prints."""

import io

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.people import Phone, arrives, follow, link_in_mail, log_in, press, reads
from tests.cast import inside, make_account, make_idea, make_institution, make_lab, make_round
from tests.server import Server

GUEST, OWN, OFFICE = "Gerda Gast", "Ole Offen", "Hochschule am Hafen"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_lab_fills(server: Server, site: Flask, phone: Phone, scripts: bool) -> None:
    with inside(site):
        moderator, invited, comes, stranger = make_account("moderator"), make_account(), make_account(), make_account()
        round_ = make_round(moderator)
        lab = make_lab(make_idea(round_, status="in_lab"), questions=("Wer öffnet die Höfe?",), title=f"Höfe {scripts:d}", seats=5)
        science = make_institution(f"{OFFICE} {scripts:d}", sector="science")
    page, office = f"/labs/{lab.slug}", science.name
    lead = log_in(phone(scripts), moderator)

    # The moderation says who is wanted, opens the lab and invites.
    lead.goto(f"{page}/targets")
    lead.get_by_label("Wissenschaft").fill("2")
    press(lead, "Zahlen speichern")
    reads(lead, "Wissenschaft: noch 2 Personen")
    follow(lead.get_by_role("navigation", name="Arbeit im Projektlabor"), "Stand")
    press(lead, "Einladen")
    arrives(lead, page)
    follow(lead, "Zur Arbeit im Projektlabor")
    follow(lead, "Einladungen")
    lead.get_by_label("E-Mail-Adresse").fill(f"gast{scripts:d}@example.org")
    lead.get_by_label("Rolle").select_option("Laborbegleitung")
    lead.get_by_label("Institution").select_option(office)
    press(lead, "Einladung senden")
    reads(lead, "Die Einladung ist unterwegs.")

    visitor = phone(scripts)
    public(visitor, page, shows=["Wissenschaft: noch 2 Personen", "Noch arbeitet niemand mit."])

    # By mail: the visitor is led to the login and back, and the button makes the member.
    link = link_in_mail(server, f"gast{scripts:d}@example.org")
    guest = phone(scripts)
    guest.goto(link)
    follow(guest, "Anmelden und annehmen")
    guest.get_by_label("E-Mail").fill(invited.email)
    guest.get_by_label("Passwort", exact=True).fill("ein langer Satz zum Anmelden")
    press(guest.get_by_role("main"), "Anmelden")
    arrives(guest, link)
    guest.get_by_label("Ihr Name im Projektlabor").fill(f"{GUEST} {scripts:d}")
    expect(guest.get_by_label("Ich willige ein")).not_to_be_checked()
    press(guest, "Einladung annehmen")
    reads(guest, "Willkommen im Projektlabor.")
    public(visitor, page, shows=["Wissenschaft: noch 1 Person", "1 Person arbeitet mit"], hides=[GUEST])

    # By oneself, with consent from the beginning.
    own = phone(scripts)
    own.goto(page)
    follow(own, "Anmelden und mitarbeiten")
    own.get_by_label("E-Mail").fill(comes.email)
    own.get_by_label("Passwort", exact=True).fill("ein langer Satz zum Anmelden")
    press(own.get_by_role("main"), "Anmelden")
    reads(own, "4 Plätze sind noch frei.")
    own.get_by_label("Ihr Name im Projektlabor").fill(f"{OWN} {scripts:d}")
    own.get_by_label("Institution", exact=True).select_option(office)
    own.get_by_label("Ich willige ein").check()
    press(own, "Mitarbeiten")
    reads(own, GUEST)
    public(visitor, page, shows=[OWN, "und 1 weitere Person"], hides=[GUEST, "Wer noch fehlt"])

    # Consent is withdrawn and given on the own page; the public page follows.
    follow(own, "Meine Mitarbeit")
    press(own, "Einwilligung widerrufen")
    reads(own, "Ihr Name steht in keiner Liste und keinem Dokument mehr.")
    public(visitor, page, shows=["2 Personen arbeiten mit"], hides=[OWN, GUEST])
    guest.goto(f"{page}/membership")
    press(guest, "Einwilligen")
    reads(guest, "Bitte setzen Sie das Häkchen")
    guest.get_by_label("Ich willige ein").check()
    press(guest, "Einwilligen")
    public(visitor, page, shows=[GUEST], hides=[OWN])

    # The sheets: nobody on the leaflet; on the list whoever agreed, and all for the Laborbegleitung.
    leaflet = printed(visitor, f"{page}/invitation.pdf")
    assert "Wer öffnet die Höfe?" in leaflet and GUEST not in leaflet and OWN not in leaflet
    mine, all_names = printed(own, f"{page}/attendance.pdf"), printed(guest, f"{page}/attendance.pdf")
    assert GUEST in mine and OWN not in mine
    assert GUEST in all_names and OWN in all_names and "Unterschrift" in all_names
    outside = log_in(phone(scripts), stranger)
    assert outside.request.get(f"{page}/attendance.pdf").status == 403

    # The guest leads the lab now: work begins, and nobody comes any more.
    guest.goto(f"{page}/status")
    press(guest, "Arbeit beginnen")
    arrives(guest, page)
    outside.goto(f"{page}/members/new")
    reads(outside, "Dieses Projektlabor nimmt niemanden mehr auf.")
    own.goto("/account/messages")
    reads(own, f"Die Arbeit im Projektlabor „Höfe {scripts:d}“ beginnt.")


def public(visitor: Page, page: str, shows: list[str], hides: list[str] | None = None) -> None:
    visitor.goto(page)
    for text in shows:
        reads(visitor, text)
    for text in hides or []:
        expect(visitor.get_by_text(text)).to_have_count(0)


def printed(page: Page, address: str) -> str:
    """The text of a document that this person gets."""
    answer = page.request.get(address)
    assert answer.status == 200, address
    return " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(answer.body())).pages).split())
