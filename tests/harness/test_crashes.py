"""Crashes of the real server while people vote: what was acknowledged is there, once, and every number agrees.

After each restart and before any new vote every receipt that somebody holds is looked for in the sealed ledger; then whatever
had no answer is sent again with the same key. `make test` kills a few times, `make harness` a hundred times.
"""

import os
import random
import re
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from ideation.ballots.queries import ballot_or_404
from ideation.core.clock import now
from ideation.core.db import db
from ideation.ledger.actions import seal
from ideation.ledger.queries import entries
from ideation.ledger.rules import read_code
from ideation.recounts.queries import find_faults
from tests import postgres
from tests.cast import inside, make_account, make_ballot, make_idea, make_round
from tests.harness.clients import Answer, Browser, signed_in
from tests.harness.conftest import Site
from tests.server import Server

KILLS = int(os.environ.get("HARNESS_ROUNDS", "2"))
STOPS = max(1, KILLS // 5)
TWIN_KILLS = 25
# Acknowledged before each kill: 10,000 in the harness.
VOTES_EACH = 100 if KILLS >= 100 else 10
PEOPLE = 16
IDEAS = 40 * max(KILLS, TWIN_KILLS)
CODE = re.compile(r"/receipts/([0-9]+(?:-[A-Z2-7]{5}){4})")


@dataclass
class Vote:
    """A request with its key, and the receipt that came back."""

    idea: int
    key: str = field(default_factory=lambda: secrets.token_hex(12))
    code: str | None = None


class Voter:
    """Somebody who votes for one idea after the other until the server is gone."""

    def __init__(self, browser: Browser, ideas: list[int]) -> None:
        self.browser, self.ideas, self.votes = browser, iter(ideas), list[Vote]()

    def send(self, vote: Vote) -> Answer:
        more = {"Idempotency-Key": vote.key, "HX-Request": "true", "HX-Request-Type": "partial"}
        answer = self.browser.ask("POST", f"/ideas/{vote.idea}/vote", {"csrf_token": self.browser.token, "choice": "support"}, more)
        found = CODE.search(answer.body)
        if answer.status == 200 and found:
            vote.code = found[1]
        return answer

    def run(self, url: str) -> None:
        self.browser = Browser(url, self.browser.cookie, self.browser.token)
        for idea in self.ideas:
            self.votes.append(vote := Vote(idea))
            if self.send(vote).status != 200:
                return

    def unanswered(self) -> list[Vote]:
        return [vote for vote in self.votes if vote.code is None]

    def acknowledged(self) -> list[Vote]:
        return [vote for vote in self.votes if vote.code is not None]


@contextmanager
def scene(site: Site, server: Server) -> Iterator[tuple[int, list[Voter]]]:
    with inside(site.app):
        round_, people = make_round(), [make_account() for _ in range(PEOPLE)]
        ideas = [make_idea(round_, title=f"Idee {n}", body="Text.").id for n in range(IDEAS)]
        from ideation.ideas.models import Idea

        ballot = make_ballot(round_, *[db.session.get_one(Idea, id) for id in ideas], method="support", votes_each=None)
    browsers = [signed_in(server.url, person.email) for person in people]
    yield ballot.id, [Voter(browser, random.sample(ideas, len(ideas))) for browser in browsers]


def vote_until(server: Server, voters: list[Voter], end: object) -> None:
    """Everybody votes; `end` is called at a random moment, once enough votes have been acknowledged: a slow machine takes longer."""
    threads = [threading.Thread(target=voter.run, args=(server.url,)) for voter in voters]
    enough = held(voters) + VOTES_EACH + random.randrange(VOTES_EACH)
    for thread in threads:
        thread.start()
    while held(voters) < enough and any(thread.is_alive() for thread in threads):
        time.sleep(random.uniform(0.0, 0.02))
    end()  # type: ignore[operator]
    for thread in threads:
        thread.join()


def held(voters: list[Voter]) -> int:
    return sum(len(voter.acknowledged()) for voter in voters)


def kill(server: Server) -> None:
    os.killpg(server.process.pid, signal.SIGKILL)


def check(site: Site, ballot_id: int, voters: list[Voter]) -> None:
    """The ledger as anybody could export it now, against what people hold in their hands."""
    with site.app.app_context():
        seal(ballot_id)
        db.session.commit()
        casts = [entry["commit"][:25] for entry in entries(ballot_id) if entry["action"] == "cast"]
        known = set(casts)
        codes = [read_code(vote.code or "") for voter in voters for vote in voter.acknowledged()]
        lost = [code for code in codes if code is None or code[1] not in known]
        assert not lost, f"crash: {len(lost)} of {len(codes)} acknowledged votes are gone"
        assert len({code for code in codes if code}) == len(codes), "crash: two votes share a receipt"
        faults = find_faults(ballot_or_404(None, ballot_id), now())
        assert not faults, f"crash: {[str(fault) for fault in faults][:3]}"
        assert len(casts) == len(known), "crash: an entry stands twice"
    twice = site.rows("SELECT voter_token, idea_id FROM vote GROUP BY voter_token, idea_id HAVING count(*) > 1")
    assert not twice, f"crash: {len(twice)} votes are there twice"
    if site.url.startswith("sqlite"):
        assert site.one("PRAGMA integrity_check") == "ok"


def send_again(site: Site, server: Server, voters: list[Voter]) -> None:
    for voter in voters:
        voter.browser = Browser(server.url, voter.browser.cookie, voter.browser.token)
        for vote in voter.unanswered():
            answer = voter.send(vote)
            assert vote.code, f"crash: sent again, a vote was answered {answer.status}: {answer.body[:300]}"


def race(site: Site, flaw: str, kills: int) -> int:
    with site.serve(flaw) as server, scene(site, server) as (ballot_id, voters):
        vote_until(server, voters, lambda: kill(server))
    for _ in range(kills - 1):
        check(site, ballot_id, voters)
        with site.serve(flaw) as server:
            send_again(site, server, voters)
            vote_until(server, voters, lambda: kill(server))
    with site.serve(flaw) as server:
        check(site, ballot_id, voters)
        send_again(site, server, voters)
    check(site, ballot_id, voters)
    acknowledged = held(voters)
    with site.app.app_context():
        casts = sum(entry["action"] == "cast" for entry in entries(ballot_id))
    assert casts == acknowledged, f"crash: {acknowledged} acknowledged votes, {casts} in the ledger"
    return acknowledged


def test_no_acknowledged_vote_is_lost_or_doubled_when_the_server_is_killed(race_site: Site) -> None:
    acknowledged = race(race_site, "", KILLS)
    assert acknowledged >= KILLS * VOTES_EACH


@pytest.mark.parametrize("flaw", ["answers_first", "counts_later"])
def test_the_broken_twins_are_caught(lean_site: Site, flaw: str) -> None:
    with pytest.raises(AssertionError, match="crash:"):
        race(lean_site, flaw, TWIN_KILLS)


def test_no_acknowledged_vote_is_lost_when_postgresql_stops_at_once(race_site: Site) -> None:
    """The database itself fails; the server stays and says that it cannot answer."""
    if race_site.url.startswith("sqlite"):
        pytest.skip("SQLite is part of the server's processes: the test above kills it")
    with race_site.serve() as server, scene(race_site, server) as (ballot_id, voters):
        for _ in range(STOPS):
            vote_until(server, voters, lambda: postgres.crash(race_site.url))
            with race_site.app.app_context():
                db.engine.dispose()
            check(race_site, ballot_id, voters)
            send_again(race_site, server, voters)
    check(race_site, ballot_id, voters)
