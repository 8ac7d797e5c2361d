"""A draft survives: the session ends, the form is not valid, the network goes away, two windows are open."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import delete, select

from ideation.accounts.models import Login
from ideation.core.db import db
from ideation.ideas.actions import index_idea
from ideation.ideas.models import Idea
from tests.browser.people import press, reads
from tests.cast import inside, make_account, make_challenge, make_idea, make_round
from tests.server import Server

TEXT = "Wir pflanzen Kräuter auf das Dach der Haltestelle, damit es darunter kühl bleibt."


class Writing:
    """Somebody before the empty form of an idea."""

    def __init__(self, site: Flask, server: Server, page: Page) -> None:
        self.site, self.page = site, page
        with inside(site):
            self.author = make_account()
            self.round = make_round(make_account("moderator"))
            self.challenge = make_challenge(self.round)
        self.form = f"{server.url}/challenges/{self.challenge.id}/ideas/new"
        self.enter(page)

    def enter(self, page: Page) -> None:
        page.goto(self.form)
        page.locator("main input[name=email]").fill(self.author.email)
        page.locator("main input[name=password]").fill("ein langer Satz zum Anmelden")
        press(page.get_by_role("main"), "Anmelden")
        page.wait_for_url(self.form)

    def type(self, title: str = "Kräuter auf dem Dach", body: str = TEXT) -> None:
        self.page.locator("#title").fill(title)
        self.page.locator("#body").fill(body)

    def saved(self) -> None:
        expect(self.page.locator("#saved")).to_have_text(re.compile(r"^Gespeichert um \d\d:\d\d"), timeout=15_000)

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        with self.site.app_context():
            query = select(Idea.title, Idea.body, Idea.status).where(Idea.challenge_id == self.challenge.id)
            return [tuple(row) for row in db.session.execute(query)]


@pytest.fixture
def writing(site: Flask, server: Server, page: Page) -> Writing:
    return Writing(site, server, page)


def test_a_draft_is_saved_in_pauses_as_one_row_and_found_again(writing: Writing) -> None:
    page = writing.page
    writing.type(body="Erst ein Satz.")
    writing.saved()
    writing.type()
    expect(page.locator("#idea-form")).to_have_attribute("action", re.compile(r"/ideas/\d+$"))
    page.wait_for_function("() => document.getElementById('saved').dataset.state === 'saved'")
    page.wait_for_timeout(2_500)
    assert writing.rows == [("Kräuter auf dem Dach", TEXT, "draft")]
    action = page.locator("#idea-form").get_attribute("action") or ""
    page.goto(action + "/edit" if action.startswith("http") else writing.form.partition("/challenges")[0] + action + "/edit")
    expect(page.locator("#body")).to_have_value(TEXT)
    press(page, "Idee einreichen")
    reads(page, "Ihre Idee ist veröffentlicht.")
    assert writing.rows == [("Kräuter auf dem Dach", TEXT, "published")]


def test_without_network_the_page_keeps_the_text_and_tries_again(writing: Writing, context: BrowserContext) -> None:
    page = writing.page
    context.set_offline(True)
    writing.type()
    expect(page.locator("#saved")).to_have_text(re.compile("^Noch nicht gespeichert"), timeout=15_000)
    expect(page.locator("#body")).to_have_value(TEXT)
    assert writing.rows == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    context.set_offline(False)
    writing.saved()
    assert writing.rows == [("Kräuter auf dem Dach", TEXT, "draft")]


def test_a_session_that_ends_takes_nothing_along(writing: Writing, context: BrowserContext) -> None:
    page = writing.page
    writing.type()
    writing.saved()
    with inside(writing.site):
        db.session.execute(delete(Login).where(Login.account_id == writing.author.id))
    writing.type(body=TEXT + " Und Bänke.")
    press(page, "Idee einreichen")
    reads(page, "Sie sind nicht mehr angemeldet")
    reads(page, "Und Bänke.")
    with context.expect_page() as opened:
        page.get_by_role("link", name="In einem neuen Fenster anmelden").click()
    login = opened.value
    login.locator("main input[name=email]").fill(writing.author.email)
    login.locator("main input[name=password]").fill("ein langer Satz zum Anmelden")
    press(login.get_by_role("main"), "Anmelden")
    login.wait_for_url(lambda url: "/login" not in url)
    for _ in range(2):  # the page was made before the login: it asks once more
        if page.get_by_role("button", name="Noch einmal senden").count():
            press(page, "Noch einmal senden")
            page.wait_for_load_state()
    reads(page, "Ihre Idee ist veröffentlicht.")
    assert writing.rows == [("Kräuter auf dem Dach", TEXT + " Und Bänke.", "published")]


def test_what_is_not_valid_comes_back_as_it_was_typed(writing: Writing) -> None:
    page = writing.page
    page.locator("#body").fill(TEXT)
    page.locator("#title").evaluate("field => field.removeAttribute('required')")
    press(page, "Idee einreichen")
    reads(page, "Bitte geben Sie Ihrer Idee einen Titel.")
    expect(page.locator("#body")).to_have_value(TEXT)
    page.locator("#title").fill("Jetzt mit Titel")
    press(page, "Idee einreichen")
    reads(page, "Ihre Idee ist veröffentlicht.")
    assert writing.rows == [("Jetzt mit Titel", TEXT, "published")]


def test_two_windows_do_not_overwrite_each_other(writing: Writing, context: BrowserContext) -> None:
    first = writing.page
    writing.type()
    writing.saved()
    address = first.locator("#idea-form").evaluate("form => form.action")
    second = context.new_page()
    second.goto(address + "/edit")
    second.locator("#body").fill("Aus dem zweiten Fenster.")
    expect(second.locator("#saved")).to_have_text(re.compile("^Gespeichert"), timeout=15_000)
    first.locator("#body").fill("Aus dem ersten Fenster.")
    press(first, "Idee einreichen")
    reads(first, "Aus dem zweiten Fenster.")
    expect(first.locator("#body")).to_have_value("Aus dem ersten Fenster.")
    press(first, "Idee einreichen")
    reads(first, "Ihre Idee ist veröffentlicht.")


def test_similar_ideas_appear_beside_the_field_and_never_block(writing: Writing, axe: Callable[[Page], None]) -> None:
    page = writing.page
    with inside(writing.site):
        for title in ("Kräuter und Stauden für Haltestellen", "Bänke am See", "Ein Brunnen", "Licht im Park", "Mehr Busse"):
            index_idea(make_idea(writing.round, None, title=title, body="Schön."))
    writing.type(title="Kräuter für die Haltestelle", body="")
    expect(page.locator("#similar")).to_contain_text("Kräuter und Stauden für Haltestellen")
    expect(page.locator("#similar a")).to_have_count(1)
    axe(page)
