"""What static/js/app.js adds, on a page of its own under the strict content security policy."""

import re
import threading
from collections.abc import Iterator

import pytest
from flask import Flask, Response, request
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from ideation.core import assets, i18n
from tests.static.test_assets import STATIC

CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'"
VOTE = '<form id="vote" hx-post="/vote" hx-swap="outerHTML"><p>{}</p><button id="vote-button">{}</button></form>'
PAGE = """<!doctype html><html lang="de"><meta charset="utf-8"><title>Probe</title>
<link rel="stylesheet" href="{css}"><link rel="icon" href="data:,">
<script src="{htmx}" defer></script><script src="{app}" defer></script>
<body data-no-connection="Keine Verbindung.">
<main id="main" tabindex="-1"><time datetime="2199-01-01" data-relative>fern</time>
<form id="draft" data-autosave="/draft" data-status="saved"><input type="hidden" name="csrf_token" value="t0ken">
<textarea name="body" aria-label="Text"></textarea>
<p id="saved" data-saved="Gespeichert um {{time}}" data-failed="Noch nicht gespeichert"></p></form>
{vote}
<form id="idea" hx-post="/idea" hx-swap="outerHTML"><button id="send">Senden</button></form>
<form id="closed" hx-post="/closed"><button id="closed-button">Zu</button></form>
<section id="list"><h2>Ideen</h2><form role="search" hx-get="/" hx-trigger="change"
 hx-target="#list" hx-select="#list" hx-swap="outerHTML"><input id="q" name="q" aria-label="Suche"></form><nav class="pager" hx-boost:inherited="true" hx-target:inherited="#list"
 hx-select:inherited="#list" hx-swap:inherited="outerHTML"><a href="/?page=2">Weiter</a></nav></section>
<label for="pw">Passwort</label><input id="pw" type="password">
<button type="button" data-show="pw" data-text-hide="Verbergen" hidden>Anzeigen</button>
</main><div id="refusal" role="alert"></div><div id="announcer" role="status"></div>"""


class Probe(Flask):
    def __init__(self) -> None:
        super().__init__("ideation", static_folder=str(STATIC))
        self.config.update(DEFAULT_LOCALE="de", TIMEZONE="Europe/Berlin")
        self.drafts: list[tuple[str, str, str]] = []
        self.broken = 0
        i18n.init_app(self)
        assets.init_app(self)
        self.add_url_rule("/", "front", self.front)
        self.add_url_rule("/draft", "draft", self.draft, methods=["POST"])
        self.add_url_rule("/vote", "vote", lambda: VOTE.format("Sie unterstützen diese Idee.", "Zurückziehen"), methods=["POST"])
        self.add_url_rule("/idea", "idea", self.idea, methods=["POST"])
        self.add_url_rule("/closed", "closed", self.closed, methods=["POST"])

    def front(self) -> Response:
        names = {"css": "css/site.css", "htmx": "vendor/htmx/htmx.min.js", "app": "js/app.js"}
        hashed = assets.built(STATIC)[1]
        page = PAGE.format(vote=VOTE.format("", "Unterstützen"), **{k: f"/static/{hashed[n]}" for k, n in names.items()})
        return Response(page, headers={"Content-Security-Policy": CSP})

    def draft(self) -> tuple[dict[str, str], int]:
        if self.broken:
            self.broken -= 1
            return {}, 503
        self.drafts.append((request.form["body"], request.form["intent"], request.headers["X-CSRFToken"]))
        return {"autosave": "/draft", "action": "/ideas/7"}, 200

    def idea(self) -> tuple[str, int]:
        return '<form id="idea"><div id="errors" class="errors" tabindex="-1">Bitte prüfen</div></form>', 422

    def closed(self) -> tuple[str, int, dict[str, str]]:
        text = '<div class="alert"><p>Die Abstimmung ist geschlossen.</p><button data-close>Schließen</button></div>'
        return text, 403, {"HX-Retarget": "#refusal", "HX-Reswap": "innerHTML"}


@pytest.fixture
def probe(page: Page) -> Iterator[Probe]:
    app = Probe()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    yield app
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_draft_is_saved_after_a_pause(probe: Probe, page: Page) -> None:
    page.get_by_label("Text").fill("Ein Ort am Hafen")
    expect(page.locator("#saved")).to_have_text(re.compile(r"Gespeichert um \d\d:\d\d"))
    assert probe.drafts == [("Ein Ort am Hafen", "draft", "t0ken")]
    assert page.locator("#draft").get_attribute("action") == "/ideas/7"
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_a_draft_is_tried_again_until_it_has_arrived(probe: Probe, page: Page) -> None:
    probe.broken = 1
    page.get_by_label("Text").fill("Ein Ort am Hafen")
    expect(page.locator("#saved")).to_have_text("Noch nicht gespeichert")
    expect(page.locator("#saved")).to_contain_text("Gespeichert um", timeout=15_000)
    assert [body for body, _, _ in probe.drafts] == ["Ein Ort am Hafen"]


def test_leaving_an_unsaved_draft_is_warned_of(probe: Probe, page: Page) -> None:
    probe.broken = 99
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label("Text").click()
    page.keyboard.type("Ein Ort")
    page.goto("about:blank")
    assert asked == ["beforeunload"]


def test_the_vote_button_keeps_the_focus(probe: Probe, page: Page) -> None:
    page.locator("#vote-button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#vote-button")).to_have_text("Zurückziehen")
    expect(page.locator("#vote-button")).to_be_focused()


def test_faults_get_the_focus(probe: Probe, page: Page) -> None:
    page.locator("#send").click()
    expect(page.locator("#errors")).to_be_focused()


def test_a_new_page_of_a_list_moves_the_focus_to_its_heading(probe: Probe, page: Page) -> None:
    page.get_by_role("link", name="Weiter").click()
    expect(page.get_by_role("heading", name="Ideen")).to_be_focused()
    assert page.url.endswith("/?page=2")


def test_a_filtered_list_is_announced_and_the_focus_stays_in_the_filter(probe: Probe, page: Page) -> None:
    page.get_by_label("Suche").fill("Hafen")
    page.keyboard.press("Tab")
    page.get_by_label("Suche").focus()
    expect(page.locator("#announcer")).to_have_text("Ideen")
    expect(page.get_by_label("Suche")).to_be_focused()


def test_a_refusal_stays_until_it_is_closed_and_takes_no_focus(probe: Probe, page: Page) -> None:
    page.locator("#closed-button").click()
    expect(page.locator("#refusal")).to_contain_text("Die Abstimmung ist geschlossen.")
    expect(page.locator("#closed-button")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#refusal")).to_be_empty()


def test_a_lost_connection_is_said_where_it_was_tried(probe: Probe, page: Page) -> None:
    page.route("**/vote", lambda route: route.abort())
    page.locator("#vote-button").click()
    expect(page.locator("#vote")).to_contain_text("Keine Verbindung.")
    expect(page.locator("#announcer")).to_have_text("Keine Verbindung.")
    page.unroute("**/vote")
    page.locator("#vote-button").click()
    expect(page.locator("#vote")).not_to_contain_text("Keine Verbindung.")


def test_a_password_can_be_shown(probe: Probe, page: Page) -> None:
    page.get_by_role("button", name="Anzeigen").click()
    assert page.locator("#pw").get_attribute("type") == "text"
    page.get_by_role("button", name="Verbergen").click()
    assert page.locator("#pw").get_attribute("type") == "password"
