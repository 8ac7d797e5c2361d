"""A closed ballot leaves as a Pabulib file, and whoever counts it again gets the certified winners."""

import re
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select as sa_select

from ideation.ballots.models import Option
from ideation.ballots.queries import option_rows
from ideation.core.db import db
from ideation.elections.rules import Kind
from ideation.ideas.models import Idea
from ideation.ledger.actions import add, vote_entry
from ideation.ledger.rules import CROWD, Act
from ideation.pabulib.rules import read
from ideation.selections.models import Selection
from ideation.selections.rules import Candidate, Terms, digest, select
from ideation.shares.rules import Completion
from ideation.votes.models import Participation, Vote
from ideation.votes.queries import ballots_cast
from tests.cast import PAST, inside, make_ballot, make_decision, make_idea, make_round, make_votes, put
from tests.protocols.scene import certified, closed, loaded

PEOPLE = 24


def crowd(app: Flask, costs: tuple[int, ...], **settings: Any) -> tuple[str, int, list[int]]:
    """People with several votes each: address of the round, ballot, ideas."""
    with inside(app):
        round_ = make_round()
        ideas = [make_idea(round_, title=f"Vorschlag {n}") for n, _ in enumerate(costs)]
        ballot = make_ballot(round_, *ideas, days=PAST, closed_list=True, votes_each=len(costs), **settings)
        for cost, idea in zip(costs, ideas, strict=True):
            option = db.session.get_one(Option, (ballot.id, idea.id))
            option.cost = cost if ballot.budget else None
        db.session.flush()
        make_votes(ballot, {})
        for person in range(PEOPLE):
            token = secrets.token_hex(8)
            put(Participation(ballot_id=ballot.id, voter_token=token))
            for place, idea in enumerate(ideas):
                if (person * (place + 3)) % 7 < 5 - place:
                    cast = vote_entry(ballot.id, Act.CAST, token, idea.id, 1, now=datetime.now(UTC))
                    put(Vote(ballot_id=ballot.id, voter_token=token, idea_id=idea.id, points=1, hour=cast["hour"], commit_hash=cast["commit_hash"]))  # fmt: skip
                    add([cast])
                    option = db.session.get_one(Option, (ballot.id, idea.id))
                    option.votes, option.points = option.votes + 1, option.points + 1
    return str(round_.slug), int(ballot.id), [int(idea.id) for idea in ideas]


def certify_by(app: Flask, ballot_id: int) -> set[str]:
    """The result of the ballot's rule, stored as certified."""
    with inside(app):
        ballot = loaded(ballot_id)
        rows = option_rows(ballot_id)
        terms = Terms(
            ballot.settings.rule, ballot.seats if ballot.budget is None else None, ballot.budget, ballot.minimum,
            Completion(ballot.completion), ballot.settings.utility,
        )  # fmt: skip
        people: dict[str, dict[int, int]] = {}
        for token, idea, points in ballots_cast(ballot_id):
            people.setdefault(token, {})[idea] = points
        candidates = [Candidate(row.idea_id, row.points, cost=row.cost) for row in rows]
        outcome = select(candidates, [(choices, 1) for choices in people.values()], terms)
        assert not outcome.tied and outcome.winners
        told = [
            {"idea": r.idea_id, "title": r.title, "votes": r.votes, "points": r.points, "place": n, "eligible": True, "selected": r.idea_id in outcome.winners}
            for n, r in enumerate(rows, 1)
        ]  # fmt: skip
        snapshot = {"rows": told, "voters": len(people), "tie": None, "asks_to_join": False}
        now = datetime.now(UTC)
        ballot.closed_at = now
        put(Selection(round_id=ballot.round_id, ballot_id=ballot_id, status="certified", proposed_at=now, certified_at=now, snapshot=snapshot, digest=digest(snapshot)))  # fmt: skip
        return {str(idea) for idea in outcome.winners}


def again(app: Flask, content: str, folder: Path) -> set[str]:
    """Runs the command that the file itself names."""
    path = folder / "again.pb"
    path.write_text(content, "utf-8")
    named = re.search(r"ideation ballots select FILE ([^;\"\n]+)", content)
    assert named is not None
    done = app.test_cli_runner().invoke(args=["ballots", "select", str(path), *named[1].split()])
    assert done.exit_code == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("settings", [
    {"seats": 2, "minimum": 3},
    {"rule": "greedy", "budget": 100},
    {"rule": "equal_shares", "budget": 100, "completion": "add1", "minimum": 2},
    {"rule": "equal_shares", "budget": 100, "completion": "greedy", "utility": "cardinality"},
    {"rule": "equal_shares", "seats": 2, "completion": "greedy"},
])  # fmt: skip
def test_whoever_counts_the_file_again_gets_the_certified_winners(
    app: Flask, client: FlaskClient, tmp_path: Path, settings: dict[str, Any]
) -> None:
    _, ballot, _ = crowd(app, (60, 45, 30, 20), **settings)
    winners = certify_by(app, ballot)
    content = client.get(f"/ballots/{ballot}/results.pb").text
    election = read(content.encode()).election
    assert election is not None
    assert {project.id for project in election.projects if project.selected} == winners
    assert again(app, content, tmp_path) == winners
    assert client.get(f"/ballots/{ballot}/protocol.pdf").status_code == 200


def test_points_are_counted_again_as_points(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    here = closed(app, 14, 9, 2, method="points", votes_each=5, points_max=5, points=3, seats=2)
    certified(app, here)
    content = client.get(f"/ballots/{here.id}/results.pb").text
    election = read(content.encode()).election
    assert election is not None and election.kind is Kind.CUMULATIVE
    assert [(p.votes, p.score) for p in election.projects] == [(14, 42), (9, 27), (2, 6)]
    assert again(app, content, tmp_path) == {str(here.ideas[0]), str(here.ideas[1])}


def test_what_could_not_be_selected_is_left_out_and_named(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    here = closed(app, 14, 9, 2, seats=1)
    with inside(app):
        idea = db.session.get_one(Idea, here.ideas[0])
        idea.visibility, idea.visibility_decision_id = "hidden", make_decision("hide").id
    certified(app, here)
    content = client.get(f"/ballots/{here.id}/results.pb").text
    election = read(content.encode()).election
    assert election is not None and len(election.votes) == 25 and len(election.projects) == 2
    assert f"could not be selected: {here.ideas[0]} (14 votes)" in content
    assert again(app, content, tmp_path) == {str(here.ideas[1])}


def test_the_file_names_no_token_no_time_and_numbers_voters_in_an_order_of_its_own(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 14, 9, 2)
    content = client.get(f"/ballots/{here.id}/results.pb").text
    reading = read(content.encode())
    assert reading.election is not None and (reading.faults, reading.notes) == ((), ())
    with app.app_context():
        votes = db.session.execute(sa_select(Vote.voter_token, Vote.commit_hash, Vote.idea_id).order_by(Vote.idea_id)).all()
    assert not any(token in content or commit in content for token, commit, _ in votes)
    assert [vote.voter for vote in reading.election.votes] == [str(n) for n in range(1, 26)]
    order = [vote.choices[0][0] for vote in reading.election.votes]
    assert order != [str(idea) for _, _, idea in votes] and order != sorted(order)
    assert content == client.get(f"/ballots/{here.id}/results.pb").text
    assert not re.search(r"\d\d:\d\d", content)


def test_fewer_people_than_a_crowd_leave_only_the_totals(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    here = closed(app, CROWD - 2, 1)
    answer = client.get(f"/ballots/{here.id}/results.pb")
    assert answer.status_code == 403 and "nur die Tabelle mit den Summen" in answer.text
    assert client.get(f"/ballots/{here.id}/results.csv").status_code == 200
    done = app.test_cli_runner().invoke(args=["transfer", "export", "pabulib", "--round", here.slug, "-o", str(tmp_path / "o.pb")])
    assert done.exit_code == 1 and "Summen" in done.stderr and not (tmp_path / "o.pb").exists()
    enough = closed(app, CROWD - 1, 1)
    assert client.get(f"/ballots/{enough.id}/results.pb").status_code == 200


def test_the_command_writes_the_same_file(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    here, runner, path = closed(app, 14, 9), app.test_cli_runner(), tmp_path / "o.pb"
    page = client.get(f"/ballots/{here.id}/results.pb").data
    for more in ([], ["--ballot", str(here.id)]):
        done = runner.invoke(args=["transfer", "export", "pabulib", "--round", here.slug, *more, "-o", str(path)])
        assert done.exit_code == 0, done.stderr
        assert path.read_bytes() == page
        path.unlink()
    with inside(app):
        running = make_round(slug="laufend")
        make_ballot(running, make_idea(running))
    for slug, ballot in (("laufend", []), (here.slug, ["--ballot", "999"]), ("keine", [])):
        done = runner.invoke(args=["transfer", "export", "pabulib", "--round", slug, *ballot, "-o", str(path)])
        assert done.exit_code == 1 and done.stderr.strip() and not path.exists()


def test_hostile_titles_come_back_as_they_were(app: Flask, client: FlaskClient) -> None:
    titles = ("=1+1;META", '"VOTES"', "p1,p2", "<b>x</b> \\n", "META")
    here = closed(app, 9, 8, 7, 6, 5, titles=titles)
    reading = read(client.get(f"/ballots/{here.id}/results.pb").data)
    assert reading.election is not None, reading.faults
    assert tuple(project.name for project in reading.election.projects) == titles
