"""Races on the real server: several processes, 64 clients, both databases. Every race also runs against its broken twin.

`make test` runs a few rounds of each; `make harness` all of them.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from ideation.accounts.models import Attempt
from ideation.accounts.rules import LIMITS
from ideation.ballots.queries import ballot_or_404
from ideation.core.db import db
from ideation.paper.actions import make_codes
from ideation.paper.models import Box, Sheet
from ideation.rounds.models import RoundModerator, RoundWindow
from tests.cast import OPEN, inside, make_account, make_ballot, make_event, make_idea, make_round, make_seat, put
from tests.harness.clients import Answer, Browser, signed_in, together
from tests.harness.conftest import Site
from tests.server import Server

CLIENTS = 64
ROUNDS = int(os.environ.get("HARNESS_ROUNDS", "2"))
TWIN_ROUNDS = min(ROUNDS, 5)


@contextmanager
def caught() -> Iterator[None]:
    """The same race against the broken twin has to fail by its own assertion."""
    with pytest.raises(AssertionError, match="race:"):
        yield


def counted(site: Site, idea_id: int) -> tuple[int, int]:
    """Rows, and what the counter says."""
    rows = site.one("SELECT count(*) FROM vote WHERE idea_id = :id", id=idea_id)
    return rows, site.one("SELECT votes FROM ballot_option WHERE idea_id = :id", id=idea_id)


def support(browser: Browser, idea_id: int, choice: str = "support") -> Answer:
    return browser.post(f"/ideas/{idea_id}/vote", choice=choice)


class TestTheSameVote:
    """64 clients of one person send the same vote: 64 answers below 400, one row, a count of one."""

    def race(self, site: Site, server: Server, rounds: int) -> None:
        with inside(site.app):
            round_, voter = make_round(), make_account()
            ideas = [make_idea(round_) for _ in range(rounds)]
            alone = make_idea(round_)
            make_ballot(round_, alone, *ideas, method="support", votes_each=None)
        first = signed_in(server.url, voter.email)
        assert support(first, alone.id).status == 303, "also the broken twin takes a vote that comes alone"
        browsers = [first.copy() for _ in range(CLIENTS)]
        for idea in ideas:
            answers = together([lambda b=b, i=idea: support(b, i.id) for b in browsers])
            bad = [(answer.status, answer.body[:200]) for answer in answers if answer.status >= 400]
            assert not bad, f"race: {len(bad)} of {CLIENTS} were refused: {bad[0]}"
            assert counted(site, idea.id) == (1, 1), f"race: rows and count are {counted(site, idea.id)}"

    def test_one_person_is_counted_once(self, race_site: Site) -> None:
        with race_site.serve() as server:
            self.race(race_site, server, ROUNDS)

    def test_the_broken_twin_is_caught(self, lean_site: Site) -> None:
        with lean_site.serve("unlocked") as server, caught():
            self.race(lean_site, server, TWIN_ROUNDS)


class TestTheLastVote:
    """A person with one vote left sends it to 64 ideas at once: one of them gets it."""

    def race(self, site: Site, server: Server, rounds: int) -> None:
        with inside(site.app):
            round_ = make_round()
            voters = [make_account() for _ in range(rounds)]
            ideas = [make_idea(round_) for _ in range(CLIENTS + 1)]
            make_ballot(round_, *ideas, votes_each=2)
        for done, voter in enumerate(voters, 1):
            first = signed_in(server.url, voter.email)
            assert support(first, ideas[-1].id).status == 303
            pairs = [(first.copy(), idea.id) for idea in ideas[:-1]]
            answers = together([lambda pair=pair: support(*pair) for pair in pairs])
            statuses = [answer.status for answer in answers]
            spent = site.one("SELECT count(*) FROM vote")
            assert spent == 2 * done, f"race: {spent} votes of {done} people with 2 each"
            assert sorted(set(statuses)) == [303, 403], f"race: answers {statuses}"
            assert statuses.count(303) == 1, f"race: {statuses.count(303)} were told that they voted"
            assert site.one("SELECT sum(votes) FROM ballot_option") == spent, "race: the counters differ from the rows"

    def test_nobody_has_more_votes_than_the_limit(self, race_site: Site) -> None:
        with race_site.serve() as server:
            self.race(race_site, server, ROUNDS)

    def test_the_broken_twin_is_caught(self, lean_site: Site) -> None:
        with lean_site.serve("unlocked") as server, caught():
            self.race(lean_site, server, TWIN_ROUNDS)


class TestTheClose:
    """Writers across the closing instant: nothing sent after it counts, and the count stands once the close is recorded."""

    WRITERS, SECONDS = 16, 1.0

    def race(self, site: Site, server: Server, rounds: int) -> None:
        with inside(site.app):
            people = [make_account() for _ in range(self.WRITERS)]
        browsers = [signed_in(server.url, person.email) for person in people]
        for _ in range(rounds):
            with inside(site.app):
                round_ = make_round()
                ideas = [make_idea(round_) for _ in range(400)]
                ballot = make_ballot(round_, *ideas, days=OPEN, method="support", votes_each=None)
                closes = datetime.now(UTC) + timedelta(seconds=self.SECONDS)
                db.session.execute(update(RoundWindow).where(RoundWindow.id == ballot.window_id).values(closes_at=closes))
            self.across(site, ballot.id, closes.timestamp(), browsers, [idea.id for idea in ideas])

    def across(self, site: Site, ballot_id: int, closes: float, browsers: list[Browser], ideas: list[int]) -> None:
        votes: list[Answer] = []

        def write(browser: Browser) -> Answer:
            for idea in ideas:
                votes.append(answer := support(browser, idea))
                if answer.sent > closes + 0.7:
                    break
            return answer

        def close() -> Answer:
            # Whoever closes first wins: the jobs loop beside the server, or this.
            time.sleep(max(0.0, closes - time.time()))
            done = site.app.test_cli_runner().invoke(args=["jobs", "run", "--once"])
            assert done.exit_code == 0, done.output
            recorded.append(site.one("SELECT count(*) FROM vote WHERE ballot_id = :id", id=ballot_id))
            return Answer(200, "", 0, 0)

        recorded: list[int] = []
        # Connections of their own: those of the login may have been idle too long.
        together([*(lambda b=b: write(b.copy()) for b in browsers), close])
        assert site.one("SELECT closed_at FROM ballot WHERE id = :id", id=ballot_id) is not None
        assert {vote.status for vote in votes} == {303, 403}, f"race: answers {sorted({vote.status for vote in votes})}"
        late = [vote for vote in votes if vote.sent > closes and vote.status == 303]
        assert not late, f"race: {len(late)} votes were taken after the close"
        count = site.one("SELECT count(*) FROM vote WHERE ballot_id = :id", id=ballot_id)
        assert count == recorded[0], f"race: the count was {recorded[0]} at the close and is {count}"
        assert count == sum(vote.status == 303 for vote in votes), "race: acknowledged votes and rows differ"
        assert count == site.one("SELECT sum(votes) FROM ballot_option WHERE ballot_id = :id", id=ballot_id)

    def test_no_vote_counts_after_the_close(self, race_site: Site) -> None:
        with race_site.serve() as server:
            self.race(race_site, server, max(1, ROUNDS // 3))

    def test_the_broken_twin_is_caught(self, lean_site: Site) -> None:
        with lean_site.serve("remembered_window") as server, caught():
            self.race(lean_site, server, 1)


class TestFiveTries:
    """Five wrong passwords, refused one by one, shut the door; also for the right one. Of many at once five are judged."""

    WRONG = "ein falscher Satz, lang genug"
    SHUT = LIMITS["login"].delays[0]

    def race(self, site: Site, server: Server) -> None:
        with inside(site.app):
            patient, hasty = make_account(), make_account()
        browser = Browser(server.url)
        tries = [browser.log_in(patient.email, self.WRONG).status for _ in range(5)]
        assert 303 not in tries
        last = browser.log_in(patient.email)
        assert last.status == 429, f"race: after five wrong tries the answer is {last.status}"

        browsers = [browser.copy() for _ in range(CLIENTS)]
        wish = {"email": hasty.email, "password": self.WRONG}
        answers = together([lambda b=b: b.post("/login", **wish) for b in browsers])
        assert {answer.status for answer in answers} <= {422, 429}
        judged = sorted(answer.came for answer in answers if answer.status == 422)
        # Where the machine is slow the door may open again before the last of them has been read.
        at_once = [came for came in judged if came < judged[0] + self.SHUT]
        assert len(at_once) == 5, f"race: {len(at_once)} of {CLIENTS} guesses at once were judged"
        last = browser.log_in(hasty.email)
        assert last.status == 429 or last.came > judged[-1] + self.SHUT, f"race: after them the answer is {last.status}"

    def test_the_limit_holds_although_each_try_is_refused(self, lean_site: Site) -> None:
        with lean_site.serve() as server:
            self.race(lean_site, server)

    def test_the_broken_twin_is_caught(self, lean_site: Site) -> None:
        with lean_site.serve("forgotten_tries") as server, caught():
            self.race(lean_site, server)

    def test_the_twin_that_counts_too_late_is_caught(self, lean_site: Site) -> None:
        with lean_site.serve("counted_late") as server, caught():
            self.race(lean_site, server)


class TestCodesOnPaper:
    """Guesses at one code that come at once: five are judged. One code that many people send at once: one of them gets it."""

    PEOPLE = 16

    def race(self, site: Site, server: Server) -> None:
        with inside(site.app):
            moderator = make_account("moderator")
            people = [make_account() for _ in range(self.PEOPLE)]
            round_ = make_round(moderator)
            ballot_id = make_ballot(round_, make_idea(round_), eligibility="T2").id
            ballot = ballot_or_404(moderator, ballot_id)
            guessed, shared = make_codes(moderator, ballot, "Bürgerbüro", 2, now=datetime.now(UTC))
        browsers = [signed_in(server.url, person.email) for person in people]

        def redeem(browser: Browser, code: str) -> Answer:
            # A connection of its own: the first people signed in long before the last.
            return browser.copy().post(f"/ballots/{ballot_id}/code", code=code)

        answers = together([lambda b=b: redeem(b, shared) for b in browsers])
        statuses = sorted(answer.status for answer in answers)
        eligible = site.one("SELECT count(*) FROM participation WHERE ballot_id = :id AND eligible", id=ballot_id)
        assert statuses == [303] + [403] * (self.PEOPLE - 1), f"race: answers {statuses}"
        assert eligible == 1, f"race: one code made {eligible} people eligible"

        # Under the limit of their network: what is left is the limit of the code.
        browsers = [b for b, answer in zip(browsers, answers, strict=True) if answer.status == 403]
        answers = together([lambda b=b: redeem(b, guessed[:5] + "22222-22222") for b in browsers])
        judged = sum("Dieser Code stimmt nicht" in answer.body for answer in answers)
        # The fifth says that it was the last.
        assert judged == 4, f"race: {judged} wrong guesses were told to try again"
        assert {answer.status for answer in answers} == {403}
        assert site.one("SELECT max(tries) FROM code WHERE ballot_id = :id", id=ballot_id) == 5
        assert redeem(browsers[0], guessed).status == 403, "race: the code was still good after five wrong guesses"

    def test_one_person_gets_a_code_and_five_guesses_are_judged(self, lean_site: Site) -> None:
        with lean_site.serve() as server:
            self.race(lean_site, server)

    def test_the_broken_twin_is_caught(self, lean_site: Site) -> None:
        with lean_site.serve("judged_first") as server, caught():
            self.race(lean_site, server)


class TestTheBox:
    """Two people count the same box from many windows at once: its sheets are counted once."""

    WINDOWS = 16
    SHEETS = 5

    def race(self, site: Site, server: Server) -> None:
        with inside(site.app):
            people = [make_account("moderator") for _ in range(2)]
            round_ = make_round(people[0])
            put(RoundModerator(round_id=round_.id, account_id=people[1].id))
            idea = make_idea(round_)
            ballot = make_ballot(round_, idea, days=(-1.0, 20 / 1440), boxes_open=1)
            typists = {"first_by_id": people[0].id, "second_by_id": people[1].id}
            box = put(Box(ballot_id=ballot.id, label="Markt", sheets=self.SHEETS, announced_at=datetime.now(UTC), **typists))
            for turn in (1, 2):
                for number in range(1, self.SHEETS + 1):
                    put(Sheet(box_id=box.id, number=number, turn=turn, choices={str(idea.id): 1}))
        browsers = [signed_in(server.url, person.email) for person in people]
        windows = [browsers[n % 2].copy() for n in range(self.WINDOWS)]
        answers = together([lambda b=b: b.post(f"/manage/boxes/{box.id}/count") for b in windows])
        bad = [(answer.status, answer.body[:200]) for answer in answers if answer.status != 303]
        assert not bad, f"race: {len(bad)} of {self.WINDOWS} were refused: {bad[0]}"
        assert counted(site, idea.id) == (self.SHEETS, self.SHEETS), f"race: rows and count are {counted(site, idea.id)}"
        assert site.one("SELECT boxes_open FROM ballot") == 0, "race: the ballot does not know how many boxes it waits for"
        assert site.one("SELECT count(*) FROM ledger_entry WHERE action = 'cast'") == self.SHEETS, "race: entries"

    def test_its_sheets_are_counted_once(self, lean_site: Site) -> None:
        with lean_site.serve() as server:
            self.race(lean_site, server)

    def test_the_broken_twin_is_caught(self, lean_site: Site) -> None:
        with lean_site.serve("box_let_go") as server, caught():
            self.race(lean_site, server)


class TestTheLastSeat:
    """64 guests without an account want the last seat at once: one gets it, the others wait in the order in which they came.

    When those who had seats leave at once, the first who wait move up, and nobody else."""

    TAKEN = 3

    def race(self, site: Site, server: Server, rounds: int) -> None:
        for turn in range(rounds):
            with inside(site.app):
                db.session.execute(delete(Attempt))  # all come from one address: the limit is not what is asked here
                event = make_event(seats=self.TAKEN + 1, title=f"Treffen {turn}")
                leaving = [make_seat(event, position=number + 1).token for number in range(self.TAKEN)]
            self.reserve(Browser(server.url), f"/events/{event.id}/seats", turn)
            self.check(site, event.id, self.TAKEN + 1, self.TAKEN)
            told = site.rows(
                "SELECT outbox.body FROM outbox JOIN seat ON seat.email = outbox.recipient WHERE seat.event_id = :id AND seat.status = 'waiting' "
                "ORDER BY seat.position", id=event.id
            )  # fmt: skip
            wrong = [n for n, (body,) in enumerate(told, 1) if f"auf Platz {n} der Warteliste" not in body]
            assert len(told) == CLIENTS - 1 and not wrong, f"race: the mails tell another order: {wrong}"
            self.leave(Browser(server.url), leaving)
            self.check(site, event.id, self.TAKEN + 1, 0)

    def reserve(self, guest: Browser, place: str, turn: int) -> None:
        guest.read_token(f"{place}/new")
        windows = [guest.copy() for _ in range(CLIENTS)]
        people = [f"gast-{turn}-{number}@example.org" for number in range(CLIENTS)]
        answers = together([lambda b=b, e=e: b.post(place, name="Gast", email=e) for b, e in zip(windows, people, strict=True)])
        bad = [(answer.status, answer.body[:200]) for answer in answers if answer.status != 303]
        assert not bad, f"race: {len(bad)} of {CLIENTS} were refused: {bad[0]}"

    def leave(self, guest: Browser, tokens: list[str]) -> None:
        guest.read_token(f"/seats/{tokens[0]}")
        windows = [guest.copy() for _ in tokens]
        left = together([lambda b=b, t=t: b.post(f"/seats/{t}") for b, t in zip(windows, tokens, strict=True)])
        assert [answer.status for answer in left] == [303] * self.TAKEN, "race: leaving was refused"

    def check(self, site: Site, event_id: int, seats: int, before: int) -> None:
        """The seats are full, nobody is over, and no one who waits came before one who has a seat."""
        rows = site.rows(
            "SELECT position, status FROM seat WHERE event_id = :id AND status <> 'cancelled' ORDER BY position", id=event_id
        )
        order = [status for _, status in rows]
        assert len(order) == CLIENTS + before, f"race: {len(order)} rows"
        assert order == ["reserved"] * seats + ["waiting"] * (len(order) - seats), (
            f"race: {order.count('reserved')} of {seats} seats, in order: {order[:9]}"
        )

    def test_one_gets_it_and_the_rest_wait_in_order(self, lean_site: Site) -> None:
        with lean_site.serve() as server:
            self.race(lean_site, server, ROUNDS)

    def test_the_broken_twin_is_caught(self, lean_site: Site) -> None:
        with lean_site.serve("seat_let_go") as server, caught():
            self.race(lean_site, server, TWIN_ROUNDS)
