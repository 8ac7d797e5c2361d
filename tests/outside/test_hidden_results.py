"""Hidden results stay hidden in every channel that exists. A channel is whatever reads: every GET of the URL map,
every export and every mail. Each is compared before and after the votes of others: nothing may differ."""

import re
from collections.abc import Callable
from datetime import datetime

from flask import Flask
from sqlalchemy import select

from ideation.core.db import db
from ideation.core.mail import Outbox
from tests.cast import inside, make_account
from tests.conftest import BERLIN
from tests.outside.world import make_world, routes
from tests.visit import login, post, run_jobs

VOTERS = 7


def plain(text: str) -> str:
    """A page without what differs from request to request."""
    text = re.sub(r'name="csrf_token"[^>]*>|X-CSRFToken[^}]*}', "", text)
    return re.sub(r'(name="form_key"[^>]*) value="[\w-]+"', r"\1", text)


def test_no_page_tells_or_orders_by_a_hidden_count(app: Flask, at: Callable[[str], object]) -> None:
    at(f"{datetime.now(BERLIN):%Y-%m-%d %H:%M}")
    world = make_world(app)
    run_jobs(app)
    readers = {
        "visitor": app.test_client(),
        "participant": login(app.test_client(), world.participant),
        "moderator": login(app.test_client(), world.moderator),
        "admin": login(app.test_client(), world.admin),
    }
    # That somebody has voted is no secret (the rules are frozen from then on); how many did, and for what, is.
    post(readers["participant"], f"/ideas/{world.idea.id}/vote", choice="support")
    readers["participant"].get("/")  # where the answer to the own vote is read
    run_jobs(app)  # the head of this hour is published, and the ballot recounted
    paths = [world.address(rule) for rule in routes(app, "GET")]
    paths += [f"/rounds/{world.round.slug}/ideas?sort={sort}&seed=1" for sort in ("shuffled", "newest", "supported", "discussed")]
    paths += ["/search?q=Idee", f"/rounds/{world.round.slug}/ideas?q=Idee&sort=supported"]

    def everything() -> dict[tuple[str, str], str]:
        return {
            (who, path): plain(client.get(path).data.decode(errors="replace")) for who, client in readers.items() for path in paths
        }

    before, mails = everything(), letters(app)
    with inside(app):
        voters = [make_account() for _ in range(VOTERS)]
    for voter in voters:
        answer = post(login(app.test_client(), voter), f"/ideas/{world.idea.id}/vote", choice="support")
        assert answer.status_code == 303
    run_jobs(app)
    after = everything()
    # The list of accounts shows the new voters as accounts; it knows nothing of votes.
    told = [key for key in before if before[key] != after[key] and not key[1].startswith("/manage/accounts")]
    assert not told, first_difference(before[told[0]], after[told[0]], told)
    assert letters(app) == mails
    assert exported(app, world.round.slug) == exported(app, world.round.slug)


def first_difference(before: str, after: str, told: list[tuple[str, str]]) -> str:
    at = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    return f"{told}\n{before[at - 200 : at + 200]}\n---\n{after[at - 200 : at + 200]}"


def letters(app: Flask) -> int:
    with app.app_context():
        return len(db.session.scalars(select(Outbox.id)).all())


def exported(app: Flask, slug: str) -> str:
    done = app.test_cli_runner().invoke(args=["transfer", "export", "ideas", "--round", slug])
    assert "votes" not in done.output.splitlines()[0] if done.output else True
    return done.output


def test_the_same_votes_are_told_when_the_ballot_hides_nothing(app: Flask) -> None:
    """The twin: where results are public, the comparison above would find a difference."""
    from ideation.ballots.models import Ballot

    world = make_world(app)
    with inside(app):
        db.session.get_one(Ballot, world.ballot.id).hides_results = False
    page = f"/ideas/{world.idea.id}"
    reader = login(app.test_client(), world.author)
    before = plain(reader.get(page).text)
    post(login(app.test_client(), world.participant), f"{page}/vote", choice="support")
    assert plain(reader.get(page).text) != before
