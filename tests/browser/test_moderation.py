"""Asking and curating, as browsers do it: with keys, with hints while typing, and without any script."""

from collections.abc import Callable

from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import overflow
from tests.browser.people import Phone, arrives, log_in, press, reads
from tests.cast import inside, make_account, make_challenge, make_idea, make_round

REASON = "Bitte nennen Sie den Ort genauer."


def test_j_and_k_move_through_what_waits_and_leave_the_reason_alone(site: Flask, phone: Phone, axe: Callable[[Page], None]) -> None:
    with inside(site):
        moderator, author = make_account("moderator"), make_account()
        round_ = make_round(moderator, checks_ideas=True)
        first = make_challenge(round_, author, status="submitted")
        second = make_idea(round_, author, status="submitted")
    page = log_in(phone(), moderator)
    page.goto("/manage/")
    assert overflow(page) <= 0
    axe(page)
    expect(page.locator(f"#to-challenge-{first.id}")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#item h2")).to_have_text(second.title)
    expect(page.locator(f"#to-idea-{second.id}")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("#item h2")).to_have_text(first.question)
    page.locator("#reason").press_sequentially("jjk")
    expect(page.locator("#reason")).to_have_value("jjk")
    expect(page.locator("#item h2")).to_have_text(first.question)
    axe(page)


def test_hints_appear_while_typing_and_are_not_read_out(site: Flask, phone: Phone, axe: Callable[[Page], None]) -> None:
    with inside(site):
        round_ = make_round(make_account("moderator"))
        author = make_account()
    page = log_in(phone(), author)
    page.goto(f"/rounds/{round_.slug}/challenges/new")
    page.locator("#question").press_sequentially("Wie können wir durch eine App Kinder schützen?")
    reads(page, "Ihre Frage nennt schon eine Lösung.")
    expect(page.locator("#question")).to_be_focused()
    assert page.locator("#challenge-hints").evaluate("box => box.closest('[aria-live], [role=status], [role=alert]')") is None
    reads(page, "Gespeichert um")
    assert overflow(page) <= 0
    axe(page)


def test_asking_returning_and_publishing_need_no_script(site: Flask, phone: Phone) -> None:
    with inside(site):
        moderator, author = make_account("moderator"), make_account()
        round_ = make_round(moderator)
    own, office = log_in(phone(scripts=False), author), log_in(phone(scripts=False), moderator)
    own.goto(f"/rounds/{round_.slug}/challenges/new")
    own.locator("#question").fill("Wie können wir durch eine App besser werden?")
    press(own, "Als Entwurf speichern und Hinweise ansehen")
    reads(own, "Ihre Frage nennt schon eine Lösung.")
    press(own, "Herausforderung einreichen")
    reads(own, "Ihre Herausforderung ist eingereicht.")

    office.goto("/manage/")
    office.locator("#reason").fill(REASON)
    press(office, "Zurückgeben")
    reads(office, "Es wartet nichts")

    own.reload()
    reads(own, REASON)
    own.get_by_role("link", name="Überarbeiten").click()
    own.locator("#question").fill("Wie können wir Kinder in Hörde auf dem Schulweg schützen?")
    press(own, "Herausforderung einreichen")

    office.goto("/manage/")
    press(office, "Veröffentlichen")
    arrives(office, "/manage/")
    visitor = phone(scripts=False)
    visitor.goto(f"/rounds/{round_.slug}/challenges")
    reads(visitor, "auf dem Schulweg schützen?")
