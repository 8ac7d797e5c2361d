"""axe (WCAG 2.2 AA and target-size), reflow and languages on every page template.

Filled, light, 320 px wide in `make test`; in other states, dark, wide and in English in `make harness`.
The application runs in this process, so that each visit tells which templates it rendered.
"""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import template_rendered
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from ideation import create_app
from ideation.accounts.models import Account
from ideation.core.db import db
from tests.browser.conftest import DESKTOP, PATIENCE, overflow
from tests.browser.pages import ADMIN, ANSWERS, MODERATOR, MORE, PAGES, PARTICIPANT, PASSWORD, VISITOR, Filled, fill, page_templates
from tests.browser.people import focus_is_seen, follow, log_in, press, reads
from tests.cast import inside
from tests.conftest import settings

NARROW = {"width": 320, "height": 720}
LANGUAGES = {"de", "en"}
Check = Callable[[Page], None]


class Site:
    """A filled site before the browser; `rendered` says which templates the last answers came from."""

    def __init__(self, filled: Filled, browser: Browser, url: str, rendered: list[str]) -> None:
        self.filled, self.browser, self.url, self.rendered = filled, browser, url, rendered
        self.states: dict[str, Any] = {}

    def open(self, who: str, **more: Any) -> Page:
        if who not in self.states:
            self.states[who] = self._signed_in(who)
        own = {"base_url": self.url, "locale": "de-DE", "viewport": NARROW, "storage_state": self.states[who], **more}
        context = self.browser.new_context(**own)
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    def _signed_in(self, who: str) -> Any:
        if who == VISITOR:
            return None
        context = self.browser.new_context(base_url=self.url)
        page = log_in(context.new_page(), who, PASSWORD)
        expect(page.get_by_role("button", name="Abmelden")).to_be_visible()
        state = context.storage_state()
        context.close()
        return state

    def visit(self, page: Page, address: str) -> set[str]:
        self.rendered.clear()
        answer = page.goto(self.filled.address(address))
        assert answer is not None and answer.status < 500, f"{address}: {answer and answer.status}"
        return set(self.rendered)


@pytest.fixture(scope="module")
def filled_site(demo: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("filled") / "data"
    shutil.copytree(demo, folder)
    app = create_app(**settings(folder, ""))
    filled = fill(app)
    rendered: list[str] = []

    def note(sender: Any, template: Any, **more: Any) -> None:
        rendered.append(template.name)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    with template_rendered.connected_to(note, app):
        thread.start()
        yield Site(filled, browser, f"http://127.0.0.1:{server.server_port}", rendered)
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def check(axe: Check) -> Check:
    """axe, no scrolling sideways, languages that exist."""

    def checked(page: Page) -> None:
        axe(page)
        assert overflow(page) <= 0, f"{page.url} is wider than the screen"
        language = "en" if "/en/" in page.url or page.url.endswith("/en") else "de"
        assert page.locator("html").get_attribute("lang") == language, page.url
        assert set(page.locator("[lang]").evaluate_all("all => all.map(one => one.lang)")) <= LANGUAGES, page.url

    return checked


def test_a_page_with_faults_is_found_out(check: Check, page: Page) -> None:
    page.set_content('<html lang="de"><title>Fehler</title><main><h1>Fehler</h1><img src="x"><button></button></main>')
    with pytest.raises(AssertionError, match="button-name"):
        check(page)
    page.set_content('<html lang="de"><title>Breit</title><main><h1>Breit</h1><p>' + "lang" * 500 + "</p></main>")
    with pytest.raises(AssertionError, match="wider than the screen"):
        check(page)


def test_every_page_template_is_visited() -> None:
    assert set(PAGES) | ANSWERS == page_templates()


@pytest.mark.parametrize("who", [VISITOR, PARTICIPANT, MODERATOR, ADMIN], ids=["visitor", "participant", "moderator", "admin"])
def test_every_page_is_accessible_on_the_narrowest_phone(filled_site: Site, check: Check, who: str) -> None:
    page = filled_site.open(who)
    for template, (viewer, address) in PAGES.items():
        if viewer == who:
            rendered = filled_site.visit(page, address)
            assert template in rendered, f"{address} shows {rendered}"
            check(page)


def test_a_vote_that_asks_for_consent_is_accessible(filled_site: Site, check: Check) -> None:
    page = undecided(filled_site)
    filled_site.visit(page, "/ideas/{idea}")
    filled_site.rendered.clear()
    press(page.locator(".vote"), "Unterstützen")
    reads(page, "Bitte willigen Sie ein.")
    assert "votes/new.html" in filled_site.rendered
    check(page)


def test_what_was_typed_into_an_old_page_is_shown_accessibly(filled_site: Site, check: Check) -> None:
    page = filled_site.open(PARTICIPANT)
    filled_site.visit(page, "/rounds/live/challenges/new")
    page.get_by_label("Ihre Frage").fill("Wie können wir " + "sehr " * 30 + "lange Fragen zeigen?")
    page.locator("main [name=csrf_token]").evaluate("field => { field.value = 'of yesterday' }")
    press(page, "Herausforderung einreichen")
    reads(page, "Diese Seite war zu lange offen")
    assert "errors/resend.html" in filled_site.rendered
    check(page)


@pytest.mark.parametrize(
    ("who", "address"), [(VISITOR, "/"), (PARTICIPANT, "/ideas/{idea}"), (PARTICIPANT, "/rounds/live/challenges/new")]
)
def test_the_focus_is_seen_at_every_stop(filled_site: Site, who: str, address: str) -> None:
    page = filled_site.open(who)
    filled_site.visit(page, address)
    every_stop(page)


def every_stop(page: Page) -> None:
    stops = 0
    page.evaluate("window.begun = null")
    for _ in range(300):
        page.keyboard.press("Tab")
        focus_is_seen(page)
        at_start = page.evaluate(
            "() => { const at = document.activeElement; if (at === document.body || at === window.begun) return true;"
            " window.begun ??= at; return false; }"
        )
        if at_start:
            break
        stops += 1
    assert stops > 5, page.url


def test_a_text_in_another_language_says_so(filled_site: Site) -> None:
    page = filled_site.open(VISITOR)
    filled_site.visit(page, "/ideas/{english}")
    for text in (page.get_by_role("heading", name="A bench in the shade"), page.get_by_text("Sit down and talk.")):
        assert text.evaluate("element => element.closest('[lang]').lang") == "en"
    filled_site.visit(page, "/rounds/live/ideas?sort=newest")
    link = page.get_by_role("link", name="A bench in the shade")
    assert link.evaluate("element => element.closest('[lang]').lang") == "en"
    filled_site.visit(page, "/en/ideas/{own}")
    heading = page.get_by_role("heading", level=1)
    assert heading.evaluate("element => element.closest('[lang]').lang") == "de"
    assert page.locator("html").get_attribute("lang") == "en"


def undecided(site: Site) -> Page:
    """Somebody who has not been asked for consent yet."""
    with inside(site.filled.app):
        account = db.session.query(Account).filter_by(email="teilnahme5@example.org").one()
        account.opinion_consent_at = account.opinion_consent_text = None
    return site.open("teilnahme5@example.org")


@pytest.mark.harness
@pytest.mark.parametrize("look", ["light", "dark", "wide", "wide-dark", "english"])
def test_every_page_is_accessible_in_every_look(filled_site: Site, check: Check, look: str) -> None:
    viewport = DESKTOP if look.startswith("wide") else NARROW
    scheme = "dark" if look.endswith("dark") else "light"
    pages = {who: filled_site.open(who, viewport=viewport, color_scheme=scheme) for who in (VISITOR, PARTICIPANT, MODERATOR, ADMIN)}
    for who, address in (*PAGES.values(), *MORE):
        filled_site.visit(pages[who], "/en" + address.rstrip("/") if look == "english" else address)
        check(pages[who])
        every_stop(pages[who]) if look in {"light", "wide"} else None


# Forms sent as they are or with nonsense: who, where, the button, what to put in first.
FORMS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    (VISITOR, "/register", "Konto anlegen", {"email": "nobody", "password": "short"}),
    (VISITOR, "/login", "Anmelden", {}),
    (VISITOR, "/confirm", "schicken", {}),
    (VISITOR, "/password/reset/{reset}", "Passwort speichern", {}),
    (PARTICIPANT, "/password", "Passwort ändern", {}),
    (PARTICIPANT, "/account/settings", "Name speichern", {"display_name": ""}),
    (PARTICIPANT, "/rounds/live/challenges/new", "Herausforderung einreichen", {}),
    (PARTICIPANT, "/challenges/{challenge}/ideas/new", "Idee einreichen", {}),
    (PARTICIPANT, "/ideas/{own}/edit", "Änderung veröffentlichen", {"title": ""}),
    (PARTICIPANT, "/ideas/{idea}/comments/new", "Kommentar veröffentlichen", {}),
    (PARTICIPANT, "/ideas/{idea}", "Kommentar veröffentlichen", {}),
    (PARTICIPANT, "/comments/{comment}/edit", "speichern", {"body": ""}),
    (MODERATOR, "/manage/rounds/new", "Entwurf anlegen", {}),
    (MODERATOR, "/manage/rounds/live/edit", "Zeiträume speichern", {"idea_opens": ""}),
    (MODERATOR, "/manage/rounds/live/edit", "Angaben speichern", {"title": ""}),
    (MODERATOR, "/manage/challenges/{challenge}/carry-over", "übernehmen", {}),
    (MODERATOR, "/manage/ideas/{idea}", "Ausblenden", {}),
    (MODERATOR, "/manage/decisions", "Entscheidungen speichern", {}),
    (MODERATOR, "/manage/labs/new?selection={selection}", "Ins Projektlabor übernehmen", {"title": ""}),
    (MODERATOR, "/manage/labs/{lab}/edit", "Änderungen speichern", {"title": ""}),
    (MODERATOR, "/manage/ballots/{tied}/selection", "Gleichstand entscheiden", {}),
    (MODERATOR, "/manage/rounds/{named}/selection", "Auswahl veröffentlichen", {}),
    (MODERATOR, "/manage/ballots/{priced}/costs", "Kosten speichern", {"cost_{priced_idea}": "viel"}),
    (MODERATOR, "/manage/ballots/{corrected}/corrections/new", "Der zweiten Person vorlegen", {}),
    (MODERATOR, "/manage/rounds/{visited}/outreach", "Ankündigen", {}),
    (MODERATOR, "/manage/signals/{signal}", "Als angesehen speichern", {}),
    (MODERATOR, "/manage/ballots/{coded}/boxes", "Ankündigen", {}),
    (PARTICIPANT, "/ballots/{coded}/code", "Code einlösen", {}),
    (PARTICIPANT, "/labs/{worked}/profiles/1/edit", "Speichern", {"title": "", "months": "bald"}),
    (PARTICIPANT, "/labs/{worked}/profiles/1/questions/new", "Frage aufschreiben", {}),
    (PARTICIPANT, "/questions/{asked}/answer", "Antwort festhalten", {}),
)


@pytest.mark.harness
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("who", "address", "button", "typed"), FORMS, ids=[f"{a} {b}" for _, a, b, _ in FORMS])
def test_faults_are_told_accessibly(
    filled_site: Site, check: Check, who: str, address: str, button: str, typed: dict[str, str], scheme: str
) -> None:
    page = filled_site.open(who, color_scheme=scheme)
    filled_site.visit(page, address)
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    for name, text in typed.items():
        page.locator(f"main [name={filled_site.filled.address(name)}]").first.fill(text)
    page.get_by_role("main").get_by_role("button", name=button).first.click()
    errors = page.locator(".field__error, .errors").first
    expect(errors).to_be_visible()
    check(page)


@pytest.mark.harness
def test_swaps_leave_the_page_accessible(filled_site: Site, check: Check) -> None:
    page = filled_site.open(PARTICIPANT)
    filled_site.visit(page, "/ideas/{idea}")
    press(page.locator(".vote"), "Unterstützen")
    expect(page.locator(".vote__state")).to_be_visible()
    check(page)
    page.get_by_label("Kommentar", exact=True).fill("Gute Idee.")
    press(page, "Kommentar veröffentlichen")
    reads(page, "Gute Idee.")
    page.get_by_role("link", name="Antworten").first.click()
    expect(page.get_by_label("Ihre Antwort")).to_be_visible()
    check(page)
    filled_site.visit(page, "/challenges/{challenge}/ideas/new")
    page.get_by_label("Titel").fill("Offene Küche im Gemeindesaal")
    expect(page.locator("#similar").get_by_role("link").first).to_be_visible()
    check(page)
    filled_site.visit(page, "/rounds/live/ideas")
    page.get_by_label("Reihenfolge").select_option("newest")
    expect(page).to_have_url(re.compile("sort=newest"))
    check(page)


@pytest.mark.harness
def test_empty_pages_are_accessible(check: Check, phone: Any, site: Any) -> None:
    """The real server without any content, then with a round in which nothing has happened."""
    from tests.cast import make_account, make_ballot, make_round

    with inside(site):
        staff, person = make_account("moderator"), make_account()
    visitor = phone(viewport=NARROW)
    for address in ("/", "/rounds", "/labs", "/search", "/search?q=nichts"):
        visitor.goto(address)
        check(visitor)
    with inside(site):
        round_ = make_round(staff)
        ballot = make_ballot(round_)
    moderator, participant = log_in(phone(viewport=NARROW), staff), log_in(phone(viewport=NARROW), person)
    own = ("/account", "/account/messages", "/account/sessions", f"/rounds/{round_.slug}", f"/rounds/{round_.slug}/ideas")
    there = (f"/rounds/{round_.slug}/challenges", f"/ballots/{ballot.id}", f"/rounds/{round_.slug}/results")
    for page, addresses in (
        (participant, (*own, *there)),
        (visitor, there),
        (moderator, ("/manage/", "/manage/decisions", "/manage/rounds", "/manage/labs", f"/manage/rounds/{round_.slug}/selection")),
    ):
        for address in addresses:
            page.goto(address)
            check(page)
    follow(moderator, "Runden")
