"""A first visit in Chromium, with an empty cache: what travels. And what two idle workers hold in memory."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright


def first_visit(url: str) -> tuple[int, float, float]:
    """Requests, kilobytes in all, kilobytes of HTML; compressed, as they travel."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        page = browser.new_page(locale="de-DE")
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        kinds: dict[str, str] = {}
        sizes: dict[str, float] = {}
        session.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
        session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
        page.goto(url, wait_until="networkidle")
        browser.close()
    html = sum(size for one, size in sizes.items() if kinds.get(one) == "Document")
    return len(sizes), sum(sizes.values()) / 1000, html / 1000


def memory(process: int) -> tuple[float, float]:
    """PSS and RSS in MiB of the server and all its children. PSS counts shared pages once, RSS in each process."""
    pss = rss = 0
    for one in family(process):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                pss += int(line.split()[1])
            elif line.startswith("Rss:"):
                rss += int(line.split()[1])
    return pss / 1024, rss / 1024


def family(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(one for child in children for one in family(int(child)))]
