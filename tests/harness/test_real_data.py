"""Thousands of ideas and comments of other cities, read where they lie; the pages that list them."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.transfer.rules import Kind
from tests.cast import inside, make_account, make_round
from tests.transfer.files import Transfer, madrid_comments, madrid_ideas, reykjavik, stuttgart, table

pytestmark = pytest.mark.harness
STATEMENTS, BYTES = 8, 60_000
SORTS = ("shuffled", "newest", "supported", "discussed")


def test_three_cities_load_and_their_lists_stay_small(
    app: Flask, tmp_path: Path, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with inside(app):
        for slug in ("reykjavik", "stuttgart", "madrid"):
            make_round(make_account("moderator"), slug=slug)
    transfer = Transfer(app, tmp_path)
    for slug, rows in (("reykjavik", reykjavik()), ("stuttgart", stuttgart()), ("madrid", madrid_ideas())):
        content = table(Kind.IDEAS, rows)
        assert transfer.take(Kind.IDEAS, content, slug) == (0, f"{len(rows)} imported, 0 already here, 0 left out.", [])
        assert transfer.take(Kind.IDEAS, content, slug)[1] == f"0 imported, {len(rows)} already here, 0 left out."
    comments = table(Kind.COMMENTS, madrid_comments())
    code, _, told = transfer.take(Kind.COMMENTS, comments, "madrid")
    assert code == 1 and len([line for line in told if re.match(r"\d+: ", line)]) == 437
    assert transfer.take(Kind.COMMENTS, comments, "madrid", "--skip-faulty")[1] == "5196 imported, 0 already here, 437 left out."
    assert transfer.take(Kind.COMMENTS, comments, "madrid", "--skip-faulty")[1] == "0 imported, 5196 already here, 437 left out."

    client = app.test_client()
    for slug in ("reykjavik", "stuttgart", "madrid"):
        for query in (*(f"sort={sort}" for sort in SORTS), "page=3", "q=park", "q=B%C3%A4ume"):
            with statements() as seen:
                page = client.get(f"/rounds/{slug}/ideas?{query}")
            assert page.status_code == 200 and len(seen) <= STATEMENTS, (slug, query, len(seen))
            assert len(page.data) <= BYTES, (slug, query, len(page.data))
            if query.startswith(("sort", "page")):
                assert len(set(re.findall(r'href="/ideas/(\d+)"', page.text))) == 20, (slug, query)
    with app.app_context():
        most = db.session.scalar(select(Idea.id).order_by(Idea.comments.desc()).limit(1))
        assert db.session.scalar(select(func.count()).select_from(Idea)) == 5209 + 1693 + 80
    with statements() as seen:
        assert client.get(f"/ideas/{most}").status_code == 200
    assert len(seen) <= STATEMENTS
