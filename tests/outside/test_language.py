"""Who reads English pages hears German contributions in German: every text that people wrote says its language."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from flask import Flask
from sqlalchemy import text

from ideation.core.db import db
from ideation.notifications.actions import follow
from ideation.notifications.models import Notification
from tests.cast import inside, make_ballot, make_comment, make_idea, make_round, make_selection, make_votes, put
from tests.outside.world import World, make_world, routes
from tests.visit import login, post

WORD = "Zebrastreifen"
WRITTEN = {
    "round": ("title", "summary", "about"),
    "challenge": ("question", "context"),
    "challenge_version": ("question", "context"),
    "idea": ("title", "body"),
    "idea_version": ("title", "body"),
    "comment": ("body",),
    "lab": ("title", "long_title", "problem", "aim", "promise", "audience", "products", "format", "closing", "period_text"),
    "guiding_question": ("text",),
    "lab_group": ("title",),
    "profile_version": ("title", "motto", "summary", "period", "funding"),
    "open_question": ("text", "answer"),
}
# What the ballot paper and the vote's button say comes without a language yet; pages of staff show what waits as they find it.
LEFT = ("form button span: ", "article h3 a: ")


def is_left(path: str, text: str) -> bool:
    return path.startswith("/manage") or (
        text.startswith(LEFT) and re.match("/(ideas|ballots|rounds/[a-z0-9-]+/ballot)", path) is not None
    )


VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Reader(HTMLParser):
    """Collects where the word stands while another language than German is spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.path: list[tuple[str, str | None]] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.path.append((tag, dict(attrs).get("lang") or (self.path[-1][1] if self.path else None)))

    def handle_endtag(self, tag: str) -> None:
        while self.path and self.path.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        # The title of a window has no place for a second language; a form shows what will be sent.
        if WORD in data and self.path[-1][1] != "de" and self.path[-1][0] not in {"title", "textarea"}:
            where = " ".join(tag for tag, _ in self.path[-3:])
            self.wrong.append(f"{where}: {re.sub(r'[0-9]+', 'n', ' '.join(data.split()))[:70]}")


@pytest.fixture
def world(app: Flask) -> World:
    world = make_world(app)
    with inside(app):
        before = make_round(world.moderator, windows={}, example=True)
        ideas = [make_idea(before, world.author, status=status) for status in ("selected", "not_selected", "in_lab")]
        ballot = make_ballot(before, *ideas, days=(-20.0, -10.0))
        make_votes(ballot, {ideas[0]: 3, ideas[1]: 1})
        make_selection(ballot, ideas[0], ideas[2])
        make_comment(ideas[0], world.author)
        for kind, id in (
            ("idea", world.idea.id),
            ("challenge", world.challenge.id),
            ("round", world.round.id),
            ("lab", world.lab.id),
        ):
            follow(world.author, kind, id, now=datetime.now(UTC))
            verb = {"idea": "idea.published", "challenge": "challenge.published", "lab": "lab.status"}.get(kind)
            if verb:
                told = {"title": WORD, "part": "follower", "slug": world.lab.slug}
                put(Notification(account_id=world.author.id, verb=verb, subject_kind=kind, subject_id=id, told=told, created_at=datetime.now(UTC)))  # fmt: skip
        world.more = [before, *ideas]
        for table, columns in WRITTEN.items():
            values = ", ".join(f"{column} = '{WORD} ' || {column}" for column in columns)
            db.session.execute(text(f"UPDATE {table} SET {values}"))
        db.session.execute(
            text("UPDATE round SET previous_id = :before WHERE id = :id"), {"before": before.id, "id": world.round.id}
        )
    return world


def test_every_text_of_people_says_its_language(app: Flask, world: World) -> None:
    author = login(app.test_client(), world.author)
    post(author, f"/ideas/{world.idea.id}/vote", choice="support")
    people = {
        "visitor": app.test_client(),
        "author": author,
        "moderator": login(app.test_client(), world.moderator),
        "admin": login(app.test_client(), world.admin),
    }
    more = ["/search?q=Haltestellen", f"/rounds/{world.round.slug}/ideas?q=Idee"]
    more += [f"/ideas/{idea.id}" for idea in world.more[1:]] + [
        f"/rounds/{world.more[0].slug}",
        f"/rounds/{world.more[0].slug}/results",
    ]
    wrong, seen = set(), 0
    for path in [*(world.address(rule) for rule in routes(app, "GET")), *more]:
        for client in people.values():
            page = client.get("/en" + path)
            if page.status_code == 200 and page.mimetype == "text/html":
                reader = Reader()
                reader.feed(page.text)
                seen += page.text.count(WORD)
                wrong |= {(path, text) for text in reader.wrong}
    assert seen > 200
    assert not {each for each in wrong if not is_left(*each)}, "\n".join(map(str, sorted(wrong)))
