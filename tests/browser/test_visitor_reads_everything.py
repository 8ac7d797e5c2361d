"""A visitor with a fresh profile reads the demo: without a script, without a cookie, and nothing comes from anywhere else."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Page, Request, Response, expect

from tests.browser.people import PHONE, Phone
from tests.server import Server, serving

# Pages that look alike: so many of each are read, all of them in the harness.
ALIKE, PAGES = (100, 2000) if os.environ.get("HARNESS") else (3, 150)
# A form for visitors needs a token, so these alone may set a cookie; writing leads to the login.
FORMS = re.compile(r"^(/en)?/(login|register|confirm|password)\b|/new$")
STORED = "localStorage.length + sessionStorage.length + document.cookie.length"
DATABASES = "indexedDB.databases().then(found => found.length)"


@pytest.fixture(scope="module")
def server(demo: Path) -> Iterator[Server]:
    with serving(demo, "--no-jobs") as server:
        yield server


FILES = re.compile(r"\.(pdf|csv|pb|json|jsonl|py|ics|jpg)$")


def shape(url: str) -> str:
    """Addresses of one kind of page look the same: /ideas/7 and /ideas/8."""
    parts = urlsplit(url)
    path = re.sub(r"/\d+(?=/|$)", "/7", parts.path)
    path = re.sub(r"(/rounds|/labs)/[^/]+", r"\1/slug", path)
    return path + "?" + "&".join(sorted(part.split("=")[0] for part in parts.query.split("&") if part))


def crawl(page: Page, start: str, alike: int = ALIKE) -> list[str]:
    """Every public page that can be reached by links, in the order of a reader who tries the first links first."""
    waiting, seen, read = [start], {start}, []
    counted: Counter[str] = Counter()
    while waiting and len(read) < PAGES:
        url = waiting.pop(0)
        if counted[shape(url)] >= alike:
            continue
        counted[shape(url)] += 1
        if FILES.search(urlsplit(url).path):
            file = page.context.request.get(url)  # it is saved, not shown
            assert file.status == 200 and "set-cookie" not in file.headers, f"{url}: {file.status}"
            continue
        answer = page.goto(url, wait_until="load")
        assert answer is not None and answer.status == 200, f"{url}: {answer and answer.status}"
        assert not page.context.cookies(), url
        read.append(url)
        for href in page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))"):
            found = urljoin(page.url, href).split("#")[0]
            inside = found.startswith(start) and not FORMS.search(urlsplit(found).path)
            if inside and found not in seen:
                seen.add(found)
                waiting.append(found)
    return read


def test_every_page_is_read_without_script_and_cookie(phone: Phone, server: Server) -> None:
    page = phone(scripts=False)
    asked: list[Request] = []
    answered: list[Response] = []
    page.on("request", lambda request: asked.append(request))
    page.on("response", lambda answer: answered.append(answer))
    read = crawl(page, server.url + "/")

    kinds = {shape(url).split("?")[0] for url in read}
    for kind in ("/", "/rounds", "/rounds/slug", "/rounds/slug/ideas", "/rounds/slug/results", "/challenges/7", "/ideas/7"):
        assert kind in kinds
        assert ("/en" + kind).rstrip("/") in {k.rstrip("/") for k in kinds}
    assert {"/labs", "/labs/slug", "/counting", "/rules", "/privacy", "/imprint", "/accessibility", "/contact"} <= kinds
    assert {urlsplit(request.url).netloc for request in asked} == {urlsplit(server.url).netloc}
    assert {request.resource_type for request in asked} <= {"document", "stylesheet", "font", "image", "other"}
    assert [answer.url for answer in answered if answer.status >= 400] == []
    assert [answer.url for answer in answered if answer.header_value("set-cookie")] == []
    assert page.context.storage_state() == {"cookies": [], "origins": []}


def test_with_script_nothing_is_stored_and_nothing_complains(phone: Phone, server: Server) -> None:
    reader = phone(scripts=False)
    kinds = crawl(reader, server.url + "/", alike=1)
    page = phone()
    complaints: list[str] = []
    asked: list[Request] = []
    page.on(
        "console",
        lambda message: complaints.append(f"{page.url}: {message.text}") if message.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    page.on("request", lambda request: asked.append(request))
    for url in kinds:
        page.goto(url)
        assert page.evaluate(STORED) == 0, url
    assert page.evaluate(DATABASES) == 0
    assert complaints == []
    assert page.context.cookies() == []
    assert {urlsplit(request.url).netloc for request in asked} == {urlsplit(server.url).netloc}


def test_a_list_is_filtered_and_paged_without_a_cookie(phone: Phone, server: Server) -> None:
    for scripts in (True, False):
        page = phone(scripts, viewport={**PHONE, "width": 1280})
        page.goto("/rounds/live/ideas")
        heading = page.locator("#list-title")
        page.locator("main input[name=q]").fill("Haltestelle")
        page.locator("main input[name=q]").press("Enter")
        expect(page).to_have_url(re.compile("q=Haltestelle"))
        expect(heading).to_contain_text("Haltestelle")
        assert page.context.cookies() == []


def test_on_a_phone_the_first_screen_shows_ideas_and_the_filter_opens_with_a_key(phone: Phone, server: Server) -> None:
    for scripts in (True, False):
        page = phone(scripts, viewport={"width": 360, "height": 740})
        page.goto("/rounds/live/ideas")
        search = page.get_by_label("Suche in den Ideen")
        expect(search).not_to_be_visible()
        assert page.locator(".idea-card").first.bounding_box()["y"] < 740  # type: ignore[index]
        page.locator("#filter > summary").focus()
        page.keyboard.press("Enter")
        expect(search).to_be_visible()
        page.keyboard.press("Tab")
        expect(search).to_be_focused()
        search.fill("Haltestelle")
        search.press("Enter")
        expect(page).to_have_url(re.compile("q=Haltestelle"))
        page.goto("/rounds/live/ideas?q=Haltestelle")
        expect(search).to_be_visible()


def test_on_a_wide_screen_the_filter_stands_open(phone: Phone, server: Server) -> None:
    page = phone(False, viewport={"width": 1280, "height": 800})
    page.goto("/rounds/live/ideas")
    expect(page.get_by_label("Suche in den Ideen")).to_be_visible()
    expect(page.locator("#filter > summary")).not_to_be_visible()
