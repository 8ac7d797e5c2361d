from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from ideation.comments.models import Comment
from ideation.core.db import db
from ideation.transfer.rules import Kind
from tests.browser.conftest import PHONE, overflow
from tests.cast import inside, make_account, make_round
from tests.server import Server
from tests.transfer.files import Transfer, madrid_comments, madrid_ideas, table


@pytest.mark.harness
def test_the_deepest_thread_of_madrid_can_be_read_at_320_pixels(site: Flask, server: Server, page: Page, tmp_path: Path) -> None:
    with inside(site):
        make_round(make_account("moderator"), slug="madrid")
    transfer = Transfer(site, tmp_path)
    transfer.take(Kind.IDEAS, table(Kind.IDEAS, madrid_ideas()), "madrid")
    transfer.take(Kind.COMMENTS, table(Kind.COMMENTS, madrid_comments()), "madrid", "--skip-faulty")
    with site.app_context():
        parents = {row.id: row.parent_id for row in db.session.execute(select(Comment.id, Comment.parent_id))}
        depth: dict[int, int] = {}
        for comment in sorted(parents):
            depth[comment] = depth.get(parents[comment] or 0, -1) + 1
        deepest = max(depth, key=lambda comment: depth[comment])
        chosen = db.session.get_one(Comment, deepest)
        threads = select(Comment.id).where(Comment.idea_id == chosen.idea_id, Comment.root_id.is_(None)).order_by(Comment.id.desc())
        number = list(db.session.scalars(threads)).index(chosen.root_id or 0) // 20 + 1
    assert depth[deepest] == 24
    page.set_viewport_size(PHONE)
    page.goto(f"{server.url}/ideas/{chosen.idea_id}?page={number}#comment-{deepest}")
    said = page.locator(f"#comment-{deepest} .said__text").first
    expect(said).to_be_in_viewport()
    box = said.bounding_box()
    assert overflow(page) <= 0 and box is not None and box["width"] >= 220
