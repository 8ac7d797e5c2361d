"""A full site: a round with 10,000 ideas, one with 1,000, an idea with 20 comments, people who are signed in, a million votes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert, text, update

from benchmarks.load import Request
from ideation.accounts.models import Account
from ideation.activity.models import Activity
from ideation.ballots.actions import open_ledger
from ideation.ballots.models import Ballot, Option
from ideation.comments.models import Comment
from ideation.core.clock import hour
from ideation.core.db import db
from ideation.ideas.models import Idea, IdeaAuthor, IdeaVersion
from ideation.ledger.actions import add, seal, vote_entry
from ideation.ledger.queries import is_opened
from ideation.ledger.rules import Act
from ideation.rounds.models import Round
from ideation.votes.models import Participation, Vote
from tests.cast import inside, make_account, make_ballot, make_comment, make_round
from tests.harness.clients import Browser, signed_in

IDEAS, FEW_IDEAS, COMMENTS, PEOPLE = 10_000, 1_000, 20, 200
VOTERS, VOTES_OF_EACH = 100_000, 10
BODY = "Die Stadt stellt die Fläche, die Nachbarschaft pflegt sie. Ein erster Versuch dauert einen Sommer. " * 8


@dataclass(frozen=True)
class Stock:
    """What was placed: enough to write addresses and requests."""

    slug: str
    few_slug: str
    ideas: list[int]
    discussed: int
    ballot: int
    people: list[str]

    def pages(self) -> dict[str, str]:
        return {
            "front page": "/",
            "ideas, newest": f"/rounds/{self.slug}/ideas?sort=newest",
            "ideas, most supported": f"/rounds/{self.slug}/ideas?sort=supported",
            "idea with 20 comments": f"/ideas/{self.discussed}",
        }


def fill(app: Flask) -> Stock:
    with inside(app):
        people = [make_account() for _ in range(PEOPLE)]
        first, few = make_round(title="Viele Ideen"), make_round(title="Wenige Ideen")
        ideas = place_ideas(first, people, IDEAS)
        place_ideas(few, people, FEW_IDEAS)
        ballot = make_ballot(first, method="support", votes_each=None, hides_results=False)
        now = datetime.now(UTC)
        bulk(
            Option,
            ({"ballot_id": ballot.id, "idea_id": idea, "added_at": now, "votes": 0, "points": 0, "paper": 0} for idea in ideas),
        )
        discussed = db.session.get_one(Idea, ideas[-1])
        for person in people[:COMMENTS]:
            make_comment(discussed, person, body="Das finde ich gut, wenn der Weg zum Bahnhof frei bleibt. " * 3)
        stock = Stock(first.slug, few.slug, ideas, discussed.id, ballot.id, [person.email for person in people])
    settle(app)
    return stock


def place_ideas(round_: Round, people: list[Account], number: int) -> list[int]:
    now = datetime.now(UTC)
    start = (db.session.scalar(text("SELECT max(id) FROM idea")) or 0) + 1
    ids = range(start, start + number)
    moments = [now - timedelta(minutes=number - place) for place in range(number)]
    when = dict(zip(ids, moments, strict=True))
    bulk(
        Idea,
        (
            {"id": id, "round_id": round_.id, "title": f"Idee {id}: mehr Grün am Weg", "body": BODY, "lang": "de", "version": 1}
            | {"status": "published", "visibility": "shown", "dated_to": "day", "votes": 0, "comments": 0}
            | {"created_at": when[id], "saved_at": when[id], "submitted_at": when[id], "published_at": when[id]}
            for id in ids
        ),
    )
    bulk(
        IdeaVersion,
        ({"idea_id": id, "number": 1, "title": f"Idee {id}: mehr Grün am Weg", "body": BODY, "saved_at": when[id]} for id in ids),
    )
    bulk(
        IdeaAuthor,
        ({"idea_id": id, "account_id": people[id % len(people)].id, "label": "", "leads": True} for id in ids),
    )
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT setval(pg_get_serial_sequence('idea', 'id'), (SELECT max(id) FROM idea))"))
    return list(ids)


def bulk(model: Any, rows: Iterable[dict[str, Any]]) -> None:
    db.session.execute(insert(model), list(rows))


def add_a_million_votes(app: Flask, stock: Stock) -> None:
    """100,000 people with ten votes each, with their entries in the sealed ledger; every idea has the same number of them."""
    each = VOTERS * VOTES_OF_EACH // IDEAS
    with inside(app):
        now, ballot = datetime.now(UTC), db.session.get_one(Ballot, stock.ballot)
        if not is_opened(ballot.id):
            db.session.refresh(ballot, ["window"])
            open_ledger(ballot, now=now)
        for start in range(0, VOTERS, VOTERS // 20):
            tokens = [f"seed-{number}" for number in range(start, start + VOTERS // 20)]
            bulk(Participation, ({"ballot_id": ballot.id, "voter_token": token, "eligible": True} for token in tokens))
            casts = [
                vote_entry(ballot.id, Act.CAST, token, stock.ideas[(number * 10 + turn * 997) % IDEAS], 1, now=now)
                for number, token in enumerate(tokens, start)
                for turn in range(VOTES_OF_EACH)
            ]
            add(casts)
            same = {"ballot_id": ballot.id, "points": 1, "void": False}
            bulk(
                Vote,
                (
                    {**same, **{k: c[k] for k in ("voter_token", "hour", "commit_hash")}, "idea_id": c["option"]}
                    for c in casts
                ),
            )  # fmt: skip
            seal(ballot.id)
            db.session.commit()
        run, counts = db.session.execute, {"votes": Option.votes + each, "points": Option.points + each}
        run(update(Option).where(Option.ballot_id == stock.ballot).values(counts))
        for part in (stock.ideas[:5000], stock.ideas[5000:]):
            run(update(Idea).where(Idea.id.in_(part)).values(votes=Idea.votes + each, first_vote_at=hour(now)))
        voted = {"verb": "ballot.voted", "subject_kind": "ballot", "subject_id": stock.ballot, "happened_at": hour(now), "told": {}}
        bulk(Activity, (voted for _ in range(100_000)))
    settle(app)


def settle(app: Flask) -> None:
    """Statistics for the planner, as a running site has them."""
    with app.app_context():
        engine = db.engine
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
        else:
            with engine.begin() as connection:
                connection.execute(text("ANALYZE"))
        engine.dispose()


def sign_in(url: str, stock: Stock) -> list[Browser]:
    return [signed_in(url, email) for email in stock.people]


def votes(stock: Stock, browsers: list[Browser], part: int, of: int) -> list[Request]:
    """Votes nobody has cast yet: people take turns, each idea comes once a person."""
    ideas = stock.ideas[len(stock.ideas) * part // of : len(stock.ideas) * (part + 1) // of][:150]
    return [
        Request.form(f"/ideas/{idea}/vote", browser.cookie, csrf_token=browser.token, choice="support")
        for idea in ideas
        for browser in browsers
    ]


def comments(stock: Stock, browsers: list[Browser], number: int) -> list[Request]:
    some = stock.ideas[:500]
    return [
        Request.form(f"/ideas/{some[n % len(some)]}/comments", b.cookie, csrf_token=b.token, body=f"Ein Gedanke dazu, Nummer {n}.")
        for n, b in ((n, browsers[n % len(browsers)]) for n in range(number))
    ]


def comment_rows(app: Flask) -> int:
    with app.app_context():
        return db.session.query(Comment).count()
