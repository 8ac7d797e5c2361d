"""Somebody votes, has the page open while the window ends, and votes again: a sentence, nothing counted, the page goes on."""

import os
import re

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from ideation.ballots.models import Option
from ideation.core.db import db
from ideation.votes.models import Vote
from tests.browser.people import Phone, let_end, log_in, press, reads, tab_to
from tests.cast import inside, make_account, make_ballot, make_idea, make_round
from tests.server import Server

TIMES = 30 if os.environ.get("HARNESS") else 5
CLOSED = re.compile(r"Die Abstimmung ist seit .*\d\d:\d\d Uhr geschlossen\.")

# Collects what the live regions say, each message once it stands there.
LISTEN = """() => {
  window.told = [];
  for (const region of document.querySelectorAll("[role=status], [role=alert], [aria-live]")) {
    new MutationObserver(() => region.textContent.trim() && window.told.push(region.textContent.trim()))
      .observe(region, { childList: true, characterData: true, subtree: true });
  }
}"""


@pytest.fixture
def ballot(site: Flask) -> tuple[int, int, int]:
    """Ballot, an idea with two votes, another idea."""
    with inside(site):
        round_ = make_round()
        idea, other = make_idea(round_, title="Kräuter auf dem Dach"), make_idea(round_)
        ballot = make_ballot(round_, idea, other, hides_results=False)
    return ballot.id, idea.id, other.id


def votes(site: Flask, ballot: int, idea: int) -> tuple[int, int]:
    """What the counter says and how many rows there are."""
    with site.app_context():
        rows = db.session.scalar(select(func.count()).select_from(Vote).where(Vote.ballot_id == ballot, Vote.idea_id == idea))
        return db.session.get_one(Option, (ballot, idea)).votes, rows or 0


def opened(phone: Phone, site: Flask, idea: int, scripts: bool) -> Page:
    with inside(site):
        account = make_account()
    page = log_in(phone(scripts), account)
    page.goto(f"/ideas/{idea}")
    return page


def told(page: Page) -> list[str]:
    return list(page.evaluate("window.told.splice(0)"))


def test_a_vote_by_keyboard_keeps_the_focus_and_is_said_once(
    server: Server, site: Flask, phone: Phone, ballot: tuple[int, int, int]
) -> None:
    page = opened(phone, site, ballot[1], scripts=True)
    page.evaluate(LISTEN)
    button = page.locator(f"#vote-{ballot[1]}-button")
    tab_to(page, button)
    for _ in range(TIMES):
        expect(button).to_have_accessible_name("Idee „Kräuter auf dem Dach“ Unterstützen")
        page.keyboard.press("Enter")
        expect(page.locator(".vote__state")).to_have_text("Sie unterstützen diese Idee.")
        expect(page.locator(".vote__count")).to_have_text("1 Unterstützung")
        expect(button).to_be_focused()
        expect(button).to_have_accessible_name("Unterstützung zurückziehen – Kräuter auf dem Dach")
        expect(page.locator("#votes-left")).to_contain_text("Noch 2 Stimmen")
        assert told(page) == ["Sie unterstützen diese Idee. Noch 2 Stimmen übrig."]
        page.keyboard.press("Space")
        expect(page.locator(".vote__state")).to_have_count(0)
        expect(button).to_be_focused()
        assert told(page) == ["Ihre Stimme ist zurückgezogen. Noch 3 Stimmen übrig."]
    assert votes(site, ballot[0], ballot[1]) == (0, 0)


def test_a_click_after_the_end_is_refused_with_a_sentence(
    server: Server, site: Flask, phone: Phone, ballot: tuple[int, int, int]
) -> None:
    page = opened(phone, site, ballot[1], scripts=True)
    press(page.locator(".vote"), "Unterstützen")
    reads(page, "Sie unterstützen diese Idee.")
    page.goto(f"/ideas/{ballot[2]}")
    page.evaluate(LISTEN)
    button = page.locator(f"#vote-{ballot[2]}-button")
    tab_to(page, button)
    let_end(site, ballot[0])

    page.keyboard.press("Enter")
    expect(page.locator("#refusal")).to_have_text(CLOSED)
    assert len(told(page)) == 1
    expect(button).to_be_focused()
    assert votes(site, ballot[0], ballot[1]) == (1, 1)
    assert votes(site, ballot[0], ballot[2]) == (0, 0)

    page.keyboard.press("Escape")
    expect(page.locator("#refusal")).to_be_empty()
    expect(button).to_be_focused()
    link = page.get_by_role("main").get_by_role("link").first
    tab_to(page, link, "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/rounds/"))


def test_a_vote_can_not_be_withdrawn_after_the_end(server: Server, site: Flask, phone: Phone, ballot: tuple[int, int, int]) -> None:
    page = opened(phone, site, ballot[1], scripts=True)
    press(page.locator(".vote"), "Unterstützen")
    reads(page, "Sie unterstützen diese Idee.")
    let_end(site, ballot[0])
    press(page.locator(".vote"), "Unterstützung zurückziehen")
    expect(page.locator("#refusal")).to_have_text(CLOSED)
    assert votes(site, ballot[0], ballot[1]) == (1, 1)
    page.reload()
    reads(page.locator(".vote"), "Sie unterstützen diese Idee.")
    expect(page.locator(".vote").get_by_role("button")).to_have_count(0)


def test_without_javascript_the_same_stands_on_a_page(
    server: Server, site: Flask, phone: Phone, ballot: tuple[int, int, int]
) -> None:
    page = opened(phone, site, ballot[1], scripts=False)
    tab_to(page, page.locator(f"#vote-{ballot[1]}-button"))
    page.keyboard.press("Enter")
    reads(page.locator(".vote"), "Sie unterstützen diese Idee.")
    reads(page, "Sie unterstützen diese Idee. Noch 2 Stimmen übrig.")
    page.goto(f"/ideas/{ballot[2]}")
    tab_to(page, page.locator(f"#vote-{ballot[2]}-button"))
    let_end(site, ballot[0])
    page.keyboard.press("Enter")
    expect(page.get_by_text(CLOSED)).to_be_visible()
    assert votes(site, ballot[0], ballot[1]) == (1, 1)
    assert votes(site, ballot[0], ballot[2]) == (0, 0)
    way_back = page.get_by_role("main").get_by_role("link").first
    tab_to(page, way_back)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
