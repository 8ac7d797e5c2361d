"""Register, log in, ask, propose, comment, vote and withdraw with Tab, Enter and Space alone; the focus is seen at every stop."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from tests.browser.people import Phone, arrives, link_in_mail, path_of, reads, tab_to
from tests.cast import inside, make_ballot, make_challenge, make_idea, make_round
from tests.server import Server

SECRET = "ein Satz nur für die Tasten"


def types(page: Page, into: Locator, text: str) -> None:
    tab_to(page, into)
    page.keyboard.type(text)


def strikes(page: Page, name: str, role: str = "button", key: str = "Enter") -> None:
    tab_to(page, page.get_by_role("main").get_by_role(role, name=name).first)  # type: ignore[arg-type]
    page.keyboard.press(key)


@pytest.mark.parametrize("scripts", [True, False])
def test_everything_is_done_with_the_keyboard(server: Server, site: Flask, phone: Phone, scripts: bool) -> None:
    with inside(site):
        round_ = make_round()
        idea = make_idea(round_, challenge=make_challenge(round_))
        make_ballot(round_, idea)
    email, page = f"taste{scripts:d}@example.org", phone(scripts)

    page.goto("/register")
    types(page, page.get_by_label("E-Mail"), email)
    types(page, page.get_by_label("Name"), f"Taste {scripts:d}")
    types(page, page.get_by_label("Passwort", exact=True), SECRET)
    tab_to(page, page.get_by_role("checkbox"))
    page.keyboard.press("Space")
    strikes(page, "Konto anlegen")
    reads(page, "Wir haben Ihnen eine E-Mail geschickt.")
    page.goto(link_in_mail(server, email))
    strikes(page, "Ja, Konto bestätigen")
    expect(page).to_have_url(re.compile("/login"))

    page.goto(f"/login?next=/rounds/{round_.slug}/challenges")
    types(page, page.get_by_label("E-Mail"), email)
    types(page, page.get_by_label("Passwort", exact=True), SECRET)
    page.keyboard.press("Enter")
    arrives(page, f"/rounds/{round_.slug}/challenges")

    strikes(page, "Herausforderung stellen", "link")
    types(page, page.get_by_label("Ihre Frage"), "Wie können wir alles mit den Tasten tun?")
    types(page, page.get_by_label("Worum geht es?"), "Nicht alle benutzen eine Maus.")
    tab_to(page, page.get_by_label("Ich willige ein"))
    page.keyboard.press("Space")
    strikes(page, "Herausforderung einreichen")
    reads(page, "Wie können wir alles mit den Tasten tun?")

    page.goto(f"/challenges/{idea.challenge_id}")
    strikes(page, "Idee vorschlagen", "link")
    types(page, page.get_by_label("Titel"), "Tasten für alle")
    types(page, page.get_by_label("Ihre Idee"), "Jede Schaltfläche bekommt eine Taste.")
    strikes(page, "Idee einreichen")
    reads(page, "Ihre Idee ist veröffentlicht.")
    assert path_of(page) != f"/ideas/{idea.id}"

    page.goto(f"/ideas/{idea.id}")
    types(page, page.get_by_label("Kommentar", exact=True), "Das geht auch ohne Maus.")
    strikes(page, "Kommentar veröffentlichen")
    reads(page.locator("#comments"), "Das geht auch ohne Maus.")

    page.goto(f"/ideas/{idea.id}")
    strikes(page, "Unterstützen")
    reads(page.locator(".vote"), "Sie unterstützen diese Idee.")
    strikes(page, "Unterstützung zurückziehen", key="Space")
    expect(page.locator(".vote__state")).to_have_count(0)
    reads(page.locator("#votes-left"), "Noch 3 Stimmen")
