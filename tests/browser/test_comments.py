"""Talking under an idea, as a browser does it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, overflow
from tests.cast import inside, make_account, make_comment, make_idea, make_round
from tests.server import Server
from tests.visit import PASSWORD

DEPTH = 24


def sign_in(page: Page, server: Server, email: str) -> None:
    page.goto(server.url + "/login")
    page.locator("main input[name=email]").fill(email)
    page.locator("main input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(lambda address: "/login" not in address)


def count_announcements(page: Page) -> None:
    page.evaluate("""() => {
        window.announced = [];
        new MutationObserver(() => {
            const text = document.getElementById("announcer").textContent.trim();
            if (text) window.announced.push(text);
        }).observe(document.getElementById("announcer"), {childList: true, characterData: true, subtree: true});
    }""")


def test_an_answer_appears_without_disturbing_what_is_typed_elsewhere(site: Flask, server: Server, page: Page) -> None:
    with inside(site):
        author, reader = make_account(name="Mara B."), make_account(name="Ben B.")
        idea = make_idea(make_round(make_account("moderator")), author)
        comment = make_comment(idea, author, body="Gute Sache.")
    sign_in(page, server, reader.email)
    page.goto(f"{server.url}/ideas/{idea.id}")
    page.locator("#comment-body-0").fill("Noch nicht fertig")
    count_announcements(page)
    page.locator(f"#to-answer-{comment.id}").click()
    answer = page.locator(f"#comment-body-{comment.id}")
    answer.fill("Finde ich auch.")
    page.locator(f"#comment-send-{comment.id}").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"#answers-{comment.id}")).to_contain_text("Finde ich auch.")
    expect(answer).to_have_value("")
    expect(page.locator("#comment-body-0")).to_have_value("Noch nicht fertig")
    expect(page.locator(f"#comment-send-{comment.id}")).to_be_focused()
    expect(page.locator("#comment-count")).to_have_text("2")
    assert page.evaluate("window.announced") == ["Ihre Antwort ist veröffentlicht."]
    assert page.title().startswith(idea.title)

    page.locator("#comment-body-0").fill("Und noch etwas.")
    page.locator("#comment-send-0").click()
    expect(page.locator("#comments > li").first).to_contain_text("Und noch etwas.")
    expect(page.locator("#comment-send-0")).to_be_focused()
    assert page.evaluate("window.announced")[1:] == ["Ihr Kommentar ist veröffentlicht."]


def test_an_empty_comment_gets_its_sentence_at_the_field(site: Flask, server: Server, page: Page) -> None:
    with inside(site):
        reader = make_account()
        idea = make_idea(make_round())
    sign_in(page, server, reader.email)
    page.goto(f"{server.url}/ideas/{idea.id}")
    page.locator("#comment-body-0").fill("   ")
    page.locator("#comment-send-0").click()
    expect(page.locator("#comment-body-0-error")).to_contain_text("Bitte schreiben Sie einen Kommentar.")
    assert page.title().startswith(idea.title) and page.locator("#main").count() == 1


def test_a_refusal_leaves_the_text_in_the_field(site: Flask, server: Server, page: Page) -> None:
    with inside(site):
        reader = make_account()
        idea = make_idea(make_round())
        for _ in range(10):
            make_comment(idea, reader, created_at=datetime.now(UTC))
    sign_in(page, server, reader.email)
    page.goto(f"{server.url}/ideas/{idea.id}")
    page.locator("#comment-body-0").fill("Der elfte")
    page.locator("#comment-send-0").click()
    expect(page.locator("#refusal")).to_contain_text("Bitte warten Sie ein wenig.")
    expect(page.locator("#comment-body-0")).to_have_value("Der elfte")


@pytest.mark.parametrize("width", [320, 360])
def test_a_thread_of_24_levels_can_be_read_on_a_phone(
    site: Flask, server: Server, page: Page, axe: Callable[[Page], None], width: int
) -> None:
    with inside(site):
        idea, last = make_idea(make_round()), None
        for level in range(DEPTH):
            body = f"Ebene {level}: Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen im Donaudampfschifffahrtsmuseum"
            last = make_comment(idea, make_account(), parent=last, body=body)
    page.set_viewport_size({**PHONE, "width": width})
    page.goto(f"{server.url}/ideas/{idea.id}")
    said = page.locator(".said__text")
    assert said.count() == DEPTH and overflow(page) <= 0
    boxes = [box for n in range(DEPTH) if (box := said.nth(n).bounding_box())]
    lefts = sorted({round(box["x"]) for box in boxes})
    assert len(lefts) <= 3 and min(box["width"] for box in boxes) >= 220
    assert max(box["x"] + box["width"] for box in boxes) <= width
    expect(page.get_by_role("link", name="Antwort auf")).to_have_count(DEPTH - 3)
    axe(page)
