"""A real Chromium before the real server. Nothing is replaced: `ideation serve` runs in processes of its own."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ideation import create_app
from ideation.core.db import db
from tests.browser.people import PHONE, Phone
from tests.conftest import NEEDS_CHROMIUM, settings
from tests.server import Server, command, serving

# target-size is off unless asked for, although it belongs to WCAG 2.2 AA.
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
DESKTOP = {"width": 1280, "height": 900}
# Two workers of the suite share the machine with the server.
PATIENCE = 15_000
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)
            if shutil.which("chromium") is None:
                item.add_marker(pytest.mark.skip(NEEDS_CHROMIUM))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": shutil.which("chromium"), "args": sandbox}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "de-DE", "timezone_id": "Europe/Berlin", "viewport": DESKTOP}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An empty site of this module's own; the jobs loop runs beside it and writes mail to `outbox/`."""
    with serving(tmp_path_factory.mktemp("site")) as server:
        yield server


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the Dortmund case. Who writes into it works on a copy."""
    folder = tmp_path_factory.mktemp("demo")
    command(folder, "db", "upgrade")
    command(folder, "demo", "load")
    return folder


@pytest.fixture
def site(server: Server) -> Iterator[Flask]:
    """The same site from inside, for the cast: what is written here, the server shows."""
    app = create_app(**settings(server.folder, ""))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def base_url() -> None:
    """Each module has its own server: pages are opened by `server.url`."""


@pytest.fixture
def phone(browser: Browser, browser_context_args: dict[str, Any], server: Server) -> Iterator[Phone]:
    """`phone(scripts=False)` opens a page on a phone of its own: fresh profile, addresses without the host."""
    opened: list[BrowserContext] = []

    def open_page(scripts: bool = True, **more: Any) -> Page:
        own = {"base_url": server.url, "viewport": PHONE, "java_script_enabled": scripts, **more}
        context = browser.new_context(**{**browser_context_args, **own})
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        return context.new_page()

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """`axe(page)` fails with every finding of axe: the rule, the element, what is wrong."""
    checker = Axe()

    def check(page: Page) -> None:
        found = checker.run(page, options=RULES).response["violations"]
        told = [f"{v['id']}: {n['target']} {n['failureSummary']}" for v in found for n in v["nodes"]]
        assert told == [], f"{page.url} at {page.viewport_size}"

    return check


def overflow(page: Page) -> int:
    """How many pixels the page is wider than the screen."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
