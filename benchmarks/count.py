"""What the ledger and the selection cost: votes with and without entries, checking and recounting a million, equal shares."""

import hashlib
import json
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from ideation.ballots.queries import ballot_or_404
from ideation.ballots.rules import Rule
from ideation.core.clock import now
from ideation.core.db import db
from ideation.elections.rules import ballots, candidates
from ideation.ledger import queries, rules
from ideation.pabulib.rules import read
from ideation.recounts.queries import find_faults
from ideation.selections.rules import Candidate, Terms, select
from ideation.shares.rules import Completion
from ideation.votes import actions
from tests.cast import inside, make_account, make_ballot, make_idea, make_round

VOTERS, SECONDS = 10, 4.0
ELECTIONS = Path(__file__).resolve().parents[2] / "shared" / "data" / "pb"


def timed(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def at_once(work: Callable[[int], Iterable[None]]) -> float:
    """Ten people do this for a few seconds; how often a second in all."""
    done, until = [0] * VOTERS, time.perf_counter() + SECONDS

    def run(number: int) -> None:
        for _ in work(number):
            done[number] += 1
            if time.perf_counter() > until:
                return

    threads = [threading.Thread(target=run, args=(number,)) for number in range(VOTERS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - start)


def ledger(table: Any, app: Flask) -> None:
    """The action alone, without the web: ten people at once, as it is, without entries, and bare inserts as durable."""
    print("\nVotes by ten people at once, without the web")
    with inside(app):
        people, round_ = [make_account() for _ in range(VOTERS)], make_round()
        ideas = [make_idea(round_, title="Idee", body="Text.") for _ in range(3_000)]
        make_ballot(round_, *ideas, method="support", votes_each=None)
        db.session.execute(text("CREATE TABLE bare_vote (voter VARCHAR, idea INTEGER, PRIMARY KEY (voter, idea))"))
    some = [idea.id for idea in ideas]

    def votes(part: int) -> Callable[[int], Iterable[None]]:
        def cast(number: int) -> Iterable[None]:
            for idea in some[part::3]:
                with app.app_context():
                    actions.cast_vote(people[number], idea, 1, now=datetime.now(UTC))
                    db.session.commit()
                yield

        return cast

    def bare(number: int) -> Iterable[None]:
        while True:
            with app.app_context():
                row = {"voter": secrets.token_hex(16), "idea": number}
                db.session.execute(text("INSERT INTO bare_vote VALUES (:voter, :idea)"), row)
                db.session.commit()
            yield

    inserts = at_once(bare)
    full = at_once(votes(0))
    add, actions.add = actions.add, lambda rows: None
    try:
        without = at_once(votes(1))
    finally:
        actions.add = add
    table.number("bare durable inserts", inserts, "a second")
    print(f"  {'votes with the ledger':<46}{full:10.1f} a second  {full / inserts:5.2f} of bare inserts")
    table.line("votes with the ledger, beside those without", f"{without:10.1f} a second without", full / without, 2 / 3)


def a_million(table: Any, app: Flask, ballot_id: int) -> None:
    print("\nA ledger of 1,000,000 votes")
    with app.app_context():
        lines = list(queries.lines(ballot_id))
        bare = timed(lambda: [hashlib.sha256(line).hexdigest() for line in lines])
        verify = timed(lambda: rules.count(map(json.loads, lines)))
        table.number("bare SHA-256 of the same bytes", bare, "s")
        print(f"  {f'verification of {len(lines):,} entries':<46}{verify:10.1f} s  {verify / bare:5.1f} times as long")
        ballot = ballot_or_404(None, ballot_id)
        found: list[Any] = []
        table.number("recount from the database", timed(lambda: found.extend(find_faults(ballot, now()))), "s")
        assert all(fault.where == "page" for fault in found), found[:3]
        db.session.rollback()


def selections(table: Any) -> None:
    print("\nEqual shares")
    draw = random.Random(7)  # noqa: S311
    options = [Candidate(number, 0, True, draw.randint(5_000, 100_000)) for number in range(200)]
    cast = [(tuple(sorted(draw.sample(range(200), draw.randint(1, 10)))), 1) for _ in range(50_000)]
    votes = {number: sum(number in chosen for chosen, _ in cast) for number in range(200)}
    options = [Candidate(o.option, votes[o.option], True, o.cost) for o in options]
    terms = Terms(rule=Rule.EQUAL_SHARES, budget=2_000_000)
    table.number("200 options, 50,000 voters, no completion", timed(lambda: select(options, cast, terms)), "s")
    for path in sorted(ELECTIONS.glob("*.pb")):
        election = read(path.read_bytes()).election
        assert election is not None
        terms = Terms(rule=Rule.EQUAL_SHARES, budget=election.budget, completion=Completion.ADD1)
        spent = timed(lambda e=election, t=terms: select(candidates(e), ballots(e), t))  # type: ignore[misc]
        table.number(f"Add1, {path.stem}", spent, "s", 60)
