"""A code on paper, from the scanned sheet to the first vote: with script it fills the field, without people type it."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import expect

from ideation.ballots.queries import ballot_or_404
from ideation.paper.actions import make_codes
from tests.browser.people import Phone, follow, log_in, press, reads
from tests.cast import inside, make_account, make_ballot, make_idea, make_round
from tests.server import Server
from tests.visit import PASSWORD


@pytest.fixture
def scene(site: Flask) -> SimpleNamespace:
    with inside(site):
        moderator, person = make_account("moderator"), make_account()
        round_ = make_round(moderator)
        idea = make_idea(round_, title="Kräuter auf dem Dach")
        ballot_id = make_ballot(round_, idea, eligibility="T2", hides_results=False).id
        (code,) = make_codes(moderator, ballot_or_404(moderator, ballot_id), "Bürgerbüro", 1, now=datetime.now(UTC))
    return SimpleNamespace(person=person, idea=idea.id, code=code, path=f"/ballots/{ballot_id}/code")


def test_without_javascript_a_code_is_typed_and_opens_the_ballot(server: Server, phone: Phone, scene: SimpleNamespace) -> None:
    page = log_in(phone(scripts=False), scene.person)
    page.goto(f"/ideas/{scene.idea}")
    reads(page, "Für diese Abstimmung brauchen Sie einen Code auf Papier von der Stadt.")
    follow(page.get_by_role("main"), "Code eingeben")
    page.get_by_label("Ihr Code").fill(scene.code.lower().replace("-", " "))
    press(page.get_by_role("main"), "Code einlösen")
    reads(page, "Ihr Code ist eingelöst. Sie können jetzt abstimmen.")
    press(page.get_by_role("main"), "Unterstützen")
    reads(page, "Sie unterstützen diese Idee.")


def test_a_scanned_code_survives_the_login_and_leaves_the_address(server: Server, phone: Phone, scene: SimpleNamespace) -> None:
    page = phone()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{scene.path}#{scene.code}")
    follow(page.get_by_role("main"), "Anmelden und Code einlösen")
    page.get_by_label("E-Mail").fill(scene.person.email)
    page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    press(page.get_by_role("main"), "Anmelden")
    expect(page.get_by_label("Ihr Code")).to_have_value(scene.code)
    expect(page).to_have_url(re.compile(re.escape(scene.path) + "$"))
    press(page.get_by_role("main"), "Code einlösen")
    reads(page, "Ihr Code ist eingelöst. Sie können jetzt abstimmen.")
    assert not any(scene.code in url.partition("#")[0] for url in asked)
