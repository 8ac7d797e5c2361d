"""What people do before a browser: plain functions on their page, always through what stands on it."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text

from ideation.ballots.models import Ballot
from ideation.core.db import db, dialect
from ideation.rounds.models import RoundWindow
from tests.cast import inside
from tests.server import Server
from tests.visit import PASSWORD, links

PHONE = {"width": 360, "height": 740}
# Opens a page on a phone with a fresh profile: `phone()` or `phone(scripts=False)`.
Phone = Callable[..., Page]


def press(page: Page | Locator, name: str) -> None:
    page.get_by_role("button", name=name).click()


def follow(page: Page | Locator, name: str) -> None:
    page.get_by_role("link", name=name).click()


def reads(page: Page | Locator, text: str) -> None:
    expect(page.get_by_text(text).first).to_be_visible()


def arrives(page: Page, path: str) -> None:
    expect(page).to_have_url(re.compile(rf"^[^/]+//[^/]+{re.escape(path)}([?#].*)?$"))


def log_in(page: Page, account: Any, password: str = PASSWORD) -> Page:
    page.goto("/login")
    page.get_by_label("E-Mail").fill(getattr(account, "email", account))
    page.get_by_label("Passwort", exact=True).fill(password)
    press(page.get_by_role("main"), "Anmelden")
    expect(page).not_to_have_url("/login")
    return page


def link_in_mail(server: Server, to: str) -> str:
    """Waits until the jobs loop has sent it."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for path in sorted((server.folder / "outbox").glob("*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            if mail["To"] == to:
                return links(mail)[0]
        time.sleep(0.2)
    raise AssertionError(f"no mail to {to}")


def path_of(page: Page) -> str:
    return urlsplit(page.url).path


def in_berlin(days: float) -> str:
    """A moment so many days from now, as a field for date and time takes it."""
    from tests.conftest import BERLIN

    return f"{datetime.now(BERLIN) + timedelta(days=days):%Y-%m-%dT%H:%M}"


def let_end(site: Flask, ballot_id: int) -> None:
    """The window of a ballot ends now, as if the time had passed. The database refuses an earlier end, so it looks away once."""
    guard = "round_window_is_frozen"
    with inside(site):
        if dialect() == "sqlite":
            known = db.session.scalar(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": guard})
            away, back = f"DROP TRIGGER {guard}", str(known)
        else:
            away, back = (f"ALTER TABLE round_window {act} TRIGGER {guard}" for act in ("DISABLE", "ENABLE"))
        db.session.execute(text(away))
        window_id = db.session.get_one(Ballot, ballot_id).window_id
        db.session.get_one(RoundWindow, window_id).closes_at = datetime.now(UTC)
        db.session.flush()
        db.session.execute(text(back))


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Reaches it with the keyboard alone; wherever the focus stops on the way, it can be seen."""
    expect(target).to_be_visible()
    for _ in range(150):
        page.keyboard.press(key)
        focus_is_seen(page)
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{page.url}: {target} cannot be reached with {key}")


def focus_is_seen(page: Page) -> None:
    """Scrolling to it may take a moment."""
    for _ in range(20):
        fault = page.evaluate(UNSEEN)
        if fault is None:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{page.url}: {fault}")


# What is wrong with how the focused element shows: no outline of two pixels, outside the screen, or all covered.
UNSEEN = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const told = element.outerHTML.slice(0, 120);
  const shown = [element, ...element.querySelectorAll("*"), element.parentElement, element.nextElementSibling].filter(Boolean);
  const marked = shown.some((e) => ["", "::before", "::after"].some((part) => {
    const style = getComputedStyle(e, part || null);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  }));
  if (!marked) return "the focus cannot be seen: " + told;
  const box = element.getBoundingClientRect();
  if (box.bottom < 0 || box.top > innerHeight) return "the focus is outside the screen: " + told;
  const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2);
  const tops = [box.top + 4, box.top + box.height / 2, box.bottom - 4].filter((y) => y > 0 && y < innerHeight)
    .map((y) => document.elementFromPoint(x, y)).filter(Boolean);
  if (tops.some((top) => element.contains(top) || top.contains(element) || top.closest("label")?.control === element)) return null;
  return "the focus is covered by " + tops.map((top) => top.outerHTML.slice(0, 80)) + ": " + told;
}"""
