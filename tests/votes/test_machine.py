"""Whatever is done, in whatever order: the entries, the counters, the votes and everything that shows numbers say the same.

A few short runs belong to every suite; `make harness` takes 20 seeds of 1,000 steps on each database."""

import itertools
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update

from ideation.ballots.actions import close_ballot
from ideation.ballots.models import Option
from ideation.ballots.queries import ballot_or_404, option_rows
from ideation.core.db import db
from ideation.core.verdict import Invalid, NotFound, Refused
from ideation.corrections.actions import confirm_correction, propose_correction
from ideation.corrections.queries import correction_or_404
from ideation.ideas.models import Idea
from ideation.ideas.queries import idea_or_404
from ideation.ledger.actions import seal
from ideation.ledger.models import Entry
from ideation.ledger.queries import counted, lines
from ideation.moderation.actions import decide_idea
from ideation.recounts.actions import recount
from ideation.recounts.queries import find_faults
from ideation.rounds.models import RoundModerator
from ideation.selections.actions import certify
from ideation.votes.actions import cast_vote
from ideation.votes.queries import standing
from tests.cast import OPEN, inside, make_account, make_ballot, make_idea, make_round, put

IDEAS, PEOPLE = 3, 4
ACTS = ["vote"] * 8 + ["correct"] * 2 + ["hide", "merge", "close"]
# An attempt to close is one in so many and one more: half of a long run happens before, half after.
CLOSES = 45
REASON = "Das war nicht in Ordnung."
_runs = itertools.count(1)


class Votes(RuleBasedStateMachine):
    """One ballot and a model of it: what everybody gave, what of it is void."""

    app: Flask

    @initialize(method=st.sampled_from(["approval", "points"]), hides=st.booleans())
    def begin(self, method: str, hides: bool) -> None:
        self.now, self.closed, self.method, self.hides = datetime.now(UTC), False, method, hides
        self.done = Counter[str]()
        self.given: dict[tuple[int, int], int] = {}
        self.void: set[tuple[int, int]] = set()
        self.hidden: set[int] = set()
        self.merged: set[int] = set()
        settings_ = {"votes_each": 2} if method == "approval" else {"votes_each": 5, "points_max": 3}
        with inside(self.app):
            self.first, self.second = make_account("moderator"), make_account("admin")
            round_ = make_round(self.first)
            put(RoundModerator(round_id=round_.id, account_id=self.second.id))
            self.titles = [f"Vorschlag {next(_runs)}" for _ in range(IDEAS)]
            self.ideas = [make_idea(round_, make_account(), title=title).id for title in self.titles]
            options = [db.session.get_one(Idea, idea) for idea in self.ideas]
            ballot = make_ballot(round_, *options, days=OPEN, method=method, hides_results=hides, **settings_)
            ballot.opened_at = self.now
            self.people = [make_account() for _ in range(PEOPLE)]
            self.ballot, self.slug = ballot.id, round_.slug

    def may_vote(self, person: int, idea: int, wanted: int) -> bool:
        had = self.given.get((person, idea), 0)
        each, most = (2, 1) if self.method == "approval" else (5, 3)
        spent = sum(points for (who, _), points in self.given.items() if who == person)
        if self.closed or wanted > most or (wanted > had and (idea in self.hidden or spent - had + wanted > each)):
            return False
        return not (wanted != had and (person, idea) in self.void) and not (idea in self.hidden and not had)

    @rule(
        act=st.sampled_from(ACTS), person=st.integers(0, PEOPLE - 1), idea=st.integers(0, IDEAS - 1), into=st.integers(0, IDEAS - 1),
        wanted=st.integers(0, 4), void=st.booleans(), chance=st.integers(0, CLOSES),
    )  # fmt: skip
    def step(self, act: str, person: int, idea: int, into: int, wanted: int, void: bool, chance: int) -> None:
        """One rule for all acts: among several, Hypothesis leaves some out of a whole run."""
        done = self.does_what(act, person, idea, into, wanted, void, chance)
        self.done[act] += bool(done)

    def does_what(self, act: str, person: int, idea: int, into: int, wanted: int, void: bool, chance: int) -> bool:
        match act:
            case "vote":
                return self.vote(person, idea, wanted)
            case "correct":
                return self.correct(idea, void, person + 1)
            case "hide":
                # Rather shown than hidden: a hidden idea takes no votes.
                return (idea in self.hidden or void) and self.hide_or_restore(idea)
            case "merge":
                return self.merge(idea, into)
            case _:
                return not (self.closed or chance) and self.close()

    def vote(self, person: int, idea: int, wanted: int) -> bool:
        """Casts, changes, repeats or withdraws."""
        done = self.does(lambda: cast_vote(self.people[person], self.ideas[idea], wanted, now=self.now))
        assert done == self.may_vote(person, idea, wanted)
        if done:
            self.given[person, idea] = wanted
            if not wanted:
                del self.given[person, idea]
        return done

    def correct(self, idea: int, void: bool, most: int) -> bool:
        """Two people void some votes of an idea, or reinstate them."""
        concerned = sorted(who for who in self.given if who[1] == idea and (who in self.void) != void)[:most]
        if not concerned:
            return False
        commits = [self.commit(person, idea) for person, _ in concerned]
        with inside(self.app):
            entries = list(db.session.scalars(select(Entry.id).where(Entry.commit_hash.in_(commits))))
            ballot = ballot_or_404(self.first, self.ballot)
            act, category = ("void", "accounts") if void else ("reinstate", "error")
            proposed = propose_correction(self.first, ballot, act, category, REASON, entries, now=self.now).id
        with inside(self.app):
            done = confirm_correction(self.second, correction_or_404(self.second, proposed), now=self.now)
            assert done.votes == len(concerned)
        self.void = self.void | set(concerned) if void else self.void - set(concerned)
        return True

    def commit(self, person: int, idea: int) -> str:
        from ideation.votes.queries import given_by, token_of

        with self.app.app_context():
            token = token_of(ballot_or_404(self.first, self.ballot), self.people[person])
            return given_by(self.ballot, token)[self.ideas[idea]].commit

    def hide_or_restore(self, idea: int) -> bool:
        kind = "restore" if idea in self.hidden else "hide"
        assert self.does(lambda: decide_idea(self.first, idea_or_404(self.first, self.ideas[idea]), kind, REASON, now=self.now))
        self.hidden ^= {idea}
        return True

    def close(self) -> bool:
        with inside(self.app):
            ballot = ballot_or_404(self.first, self.ballot)
            assert ballot.window.closes_at is not None
            self.now = ballot.window.closes_at + timedelta(seconds=1)
            close_ballot(ballot, now=self.now)
        self.closed = True
        return True

    def merge(self, idea: int, into: int) -> bool:
        """Refused while the ballot is open; afterwards it changes no count."""
        if idea == into or {idea, into} & (self.hidden | self.merged):
            return False
        ids = self.ideas[idea], self.ideas[into]
        done = self.does(lambda: decide_idea(self.first, idea_or_404(self.first, ids[0]), "merge", REASON, ids[1], now=self.now))
        assert done == self.closed
        if done:
            self.merged.add(idea)
        return done

    def does(self, act: Callable[[], Any]) -> bool:
        with self.app.app_context():
            db.session().expire_on_commit = False
            try:
                act()
            except (Refused, NotFound, Invalid):
                db.session.rollback()
                return False
            db.session.commit()
            return True

    def expected(self) -> dict[int, tuple[int, int]]:
        people, points = Counter[int](), Counter[int]()
        for (person, idea), given in self.given.items():
            if (person, idea) not in self.void:
                people[idea] += 1
                points[idea] += given
        return {self.ideas[n]: (people[n], points[n]) for n in range(IDEAS)}

    @invariant()
    def everything_says_the_same(self) -> None:
        if not hasattr(self, "ideas"):
            return
        true = self.expected()
        with inside(self.app):
            seal(self.ballot)
            assert find_faults(ballot_or_404(self.first, self.ballot), self.now) == []
            by_entries, kept = counted(self.ballot), option_rows(self.ballot)
            rows = standing(self.ballot)
            assert {idea: by_entries.of(idea) for idea in true} == true
            assert {row.idea_id: (row.votes, row.points) for row in kept} == true
            assert {idea: rows.get(idea, (0, 0)) for idea in true} == true
            public = self.closed or not self.hides
            told = {idea: db.session.get_one(Idea, idea).votes for idea in true}
            assert told == {idea: points if public else 0 for idea, (_, points) in true.items()}
            export = list(lines(self.ballot))
        assert by_lines(export, true) == {idea: points for idea, (_, points) in true.items()}
        self.pages_say({idea: points for idea, (_, points) in true.items()}, public)

    def pages_say(self, points: dict[int, int], public: bool) -> None:
        """List, the idea's own page, results and what they are before the end."""
        reader = self.app.test_client()
        fresh = {"headers": {"Cache-Control": "no-cache"}}
        results = reader.get(f"/ballots/{self.ballot}/results", **fresh).text
        shown = dict(zip(self.ideas, self.titles, strict=True))
        if not public:
            assert 'class="bars"' not in results
        listed = reader.get(f"/rounds/{self.slug}/ideas?sort=newest", **fresh).text
        for number, (idea, title) in enumerate(shown.items()):
            if number in self.hidden:
                continue
            if public:
                found = re.search(rf'bars__title"><a[^>]*>{title}</a>.*?bars__count">(\d+)<', results, re.S)
                assert found and int(found[1]) == points[idea], f"the results page about {title}"
            page = reader.get(f"/ideas/{idea}", **fresh).text
            count = re.search(r'vote__count"><strong>(\d+)</strong>', page)
            assert (int(count[1]) if count else None) == (points[idea] if public else None), f"the page of {title}"
            card = re.search(rf'id="idea-{idea}".*?</article>', listed, re.S)
            if card and public and (said := re.search(r"<span>(\d+) Stimmen?</span>", card[0])):
                assert int(said[1]) == points[idea], f"the list about {title}"


def by_lines(export: list[bytes], options: Any) -> dict[int, int]:
    """The published lines, added up by nothing of ours."""
    import json

    total = dict.fromkeys(options, 0)
    sign = {"cast": 1, "withdraw": -1, "void": -1, "reinstate": 1}
    for entry in map(json.loads, export):
        if entry["action"] in sign:
            total[entry["option"]] += sign[entry["action"]] * entry["points"]
    return total


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_displayed_is_counted_after_every_step(app: Flask) -> None:
    machine = type("Run", (Votes,), {"app": app})
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
    # A failure is told as it was found: making it shorter would take longer than finding it.
    chosen = settings(
        max_examples=4, stateful_step_count=20, deadline=None, database=None, suppress_health_check=slow,
        phases=[Phase.generate], derandomize=True,
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=chosen)


@pytest.mark.harness
@pytest.mark.parametrize("number", range(20))
def test_displayed_is_counted_after_a_thousand_steps(app: Flask, number: int) -> None:
    """By dice: the first run of a search by Hypothesis is always the simplest one, which does next to nothing."""
    dice, machine = Random(number), type("Run", (Votes,), {"app": app})()
    machine.begin(dice.choice(["approval", "points"]), dice.random() < 0.5)
    for _ in range(1_000):
        machine.step(
            dice.choice(ACTS), dice.randrange(PEOPLE), dice.randrange(IDEAS), dice.randrange(IDEAS),
            dice.randint(0, 4), dice.random() < 0.5, dice.randint(0, CLOSES),
        )  # fmt: skip
        machine.everything_says_the_same()
    assert min(machine.done[act] for act in ("vote", "correct", "hide")) >= 5, machine.done


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_twin_in_which_a_vote_forgets_its_counter_is_caught(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above can fail: here withdrawing does not lower the counter."""
    from ideation.votes import actions

    count = actions.count_vote
    monkeypatch.setattr(
        actions, "count_vote", lambda found, people, *rest, **more: people < 0 or count(found, people, *rest, **more)
    )
    machine = type("Run", (Votes,), {"app": app})()
    machine.begin("approval", False)
    machine.vote(0, 0, 1)
    machine.everything_says_the_same()
    machine.vote(0, 0, 0)
    with pytest.raises(AssertionError):
        machine.everything_says_the_same()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_counter_changed_by_hand_is_found_and_named_and_blocks_certifying(app: Flask) -> None:
    machine = type("Run", (Votes,), {"app": app})()
    machine.begin("approval", False)
    machine.vote(0, 0, 1)
    machine.correct(0, True, 1)
    machine.vote(1, 0, 1)
    machine.close()
    machine.everything_says_the_same()
    with inside(app):
        db.session.execute(update(Option).where(Option.idea_id == machine.ideas[0]).values(votes=2, points=2))
    with pytest.raises(AssertionError):
        machine.everything_says_the_same()
    with app.test_request_context():
        with pytest.raises(Refused) as caught:
            certify(machine.first, ballot_or_404(machine.first, machine.ballot), now=machine.now + timedelta(minutes=1))
        assert machine.titles[0] in str(caught.value.verdict.reason)
        db.session.rollback()
    with inside(app):
        found = recount(ballot_or_404(machine.first, machine.ballot), now=machine.now)
        assert [(fault.where, fault.option, fault.counted, fault.kept) for fault in found] == [
            ("counter", machine.ideas[0], (1, 1), (2, 2))
        ]
