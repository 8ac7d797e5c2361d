"""`ideation ballots select` on published elections: exit codes, winners, and what is said on standard error. No database is needed.

Then the books: `recount`, `export` and `verify`."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from ideation import create_app
from ideation.ballots.models import Option
from ideation.core.db import db
from ideation.rounds.models import Round
from tests.cast import inside, make_account, make_ballot, make_idea, make_round, make_votes
from tests.conftest import settings
from tests.pabulib.files import WINTERTHUR, outcomes
from tests.transfer.files import real

TIE = """META
key;value
budget;10
vote_type;approval
PROJECTS
project_id;cost;name
p1;2;Bank
p2;6;Baum
p3;5;Brunnen
VOTES
voter_id;vote
1;p1,p2,p3
2;p1,p2,p3
3;p1
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(**settings(tmp_path_factory.mktemp("select"), ""))


class Command:
    def __init__(self, site: Flask, folder: Path) -> None:
        self.runner, self.folder = FlaskCliRunner(site), folder

    def __call__(self, file: str | Path, *options: str) -> tuple[int, list[str], list[str]]:
        """Exit code, lines on standard output, lines on standard error without the name of the file."""
        if isinstance(file, str):
            path = self.folder / "election.pb"
            path.write_bytes(file.encode())
        else:
            path = file
        done = self.runner.invoke(args=["ballots", "select", str(path), *options])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout.splitlines(), [line.removeprefix(f"{path}:") for line in done.stderr.splitlines()]


@pytest.fixture
def select(site: Flask, tmp_path: Path) -> Command:
    return Command(site, tmp_path)


@pytest.mark.parametrize(
    ("file", "options"),
    [
        ("poland_wieliczka_2023.pb", ["--rule", "equal_shares", "--completion", "add1"]),
        ("poland_warszawa_2023_wlochy.pb", ["--rule", "greedy"]),
        ("poland_krakow_2022_pradnik-czerwony.pb", ["--rule", "greedy"]),
        ("poland_katowice_2021_kostuchna.pb", ["--rule", "greedy", "--minimum", "50"]),
        ("poland_lodz_2022_zdrowie-mania.pb", ["--rule", "greedy", "--minimum", "50", "--ties", "cheaper"]),
        ("poland_lodz_2020_nad-nerem.pb", ["--rule", "greedy"]),
        ("poland_lodz_2020_mileszki.pb", ["--rule", "greedy"]),
    ],
)
def test_the_published_winners_of_each_city(select: Command, file: str, options: list[str]) -> None:
    code, winners, told = select(real(f"pb/{file}"), *options)
    assert (code, told) == (0, [])
    assert sorted(winners) == sorted(outcomes()[file]["winner_ids"].split())


def test_the_tie_of_lodz_ends_with_two_and_names_the_tied(select: Command) -> None:
    code, winners, told = select(real("pb/poland_lodz_2022_zdrowie-mania.pb"), "--rule", "greedy", "--minimum", "50")
    assert (code, winners, sorted(told[1:])) == (2, [], ["P194ZM", "P200ZM"])
    assert "limit" not in told[0]


def test_an_open_tie_is_decided_by_cost_or_by_the_order_of_the_file(select: Command) -> None:
    assert select(TIE, "--rule", "greedy")[0] == 2
    assert select(TIE, "--rule", "greedy", "--ties", "file") == (0, ["p1", "p2"], [])
    assert select(TIE, "--rule", "greedy", "--ties", "cheaper") == (0, ["p1", "p3"], [])


def test_too_many_branches_end_with_two_and_say_so(select: Command) -> None:
    head, _, _ = TIE.partition("p1;2")
    many = "".join(f"p{n};{1000 + n};Option\n" for n in range(20))
    text = (
        head.replace("budget;10", "budget;10100") + many + "VOTES\nvoter_id;vote\n1;" + ",".join(f"p{n}" for n in range(20)) + "\n"
    )
    code, winners, told = select(text, "--rule", "greedy")
    assert (code, winners, len(told)) == (2, [], 21)
    assert "the limit was reached" in told[0]


def test_places_by_rank(select: Command) -> None:
    assert select(TIE, "--rule", "rank", "--seats", "1") == (0, ["p1"], [])
    code, _, told = select(TIE, "--rule", "rank", "--seats", "2")
    assert (code, told[1:]) == (2, ["p2", "p3"])
    assert select(TIE, "--rule", "rank", "--seats", "3")[0] == 0


def test_places_by_equal_shares_leave_the_costs_aside(select: Command) -> None:
    code, winners, _ = select(TIE, "--rule", "equal_shares", "--seats", "2", "--ties", "file", "--completion", "greedy")
    assert (code, winners) == (0, ["p1", "p2"])


def test_a_damaged_file_ends_with_one_and_names_each_line(select: Command) -> None:
    code, winners, told = select(TIE.replace("p2;6", "p2;six").replace("2;p1,p2,p3", "2;p1,p9"), "--rule", "greedy")
    assert (code, winners, [line.partition(":")[0] for line in told]) == (1, [], ["8", "13"])
    assert all(line.partition(":")[2].strip() for line in told)


def test_what_does_not_fit_together_or_is_not_there_ends_with_one(select: Command, tmp_path: Path) -> None:
    assert select(TIE, "--rule", "rank")[0] == 1
    assert select(TIE, "--rule", "greedy", "--completion", "add1")[0] == 1
    assert select(tmp_path / "missing.pb", "--rule", "greedy")[0] == 1
    assert select(tmp_path, "--rule", "greedy")[0] == 1


def test_what_a_file_says_wrongly_of_itself_is_noted_and_it_is_counted_all_the_same(select: Command) -> None:
    code, winners, told = select(real(WINTERTHUR), "--rule", "equal_shares", "--ties", "file")
    assert (code, [line.partition(": note:")[0] for line in told]) == (0, ["7", "8", "10"])
    assert winners and all(winner.startswith("KK_25_") for winner in winners)


@pytest.fixture
def books(app: Flask) -> Any:
    """A ballot with public counts and a crowd, and the command line of its site."""
    with inside(app):
        round = make_round(make_account("moderator"))
        idea = make_idea(round)
        ballot = make_ballot(round, idea, hides_results=False)
        make_votes(ballot, {idea: 20})

    def ran(*arguments: str) -> tuple[int, str, str]:
        done = app.test_cli_runner().invoke(args=["ballots", *arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    return SimpleNamespace(ran=ran, round=round, ballot=ballot, idea=idea)


def test_an_export_is_sealed_and_valid_and_a_change_is_named(books: Any, tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    assert books.ran("export", books.round.slug, "-o", str(file))[0] == 0
    text = file.read_text()
    head = json.loads(text.splitlines()[4])["hash"]
    code, told, _ = books.ran("verify", str(file), "--head", head)
    assert code == 0 and "valid: 22 entries" in told
    assert books.ran("export", books.round.slug, "--ballot", str(books.ballot.id), "-o", "-")[1] == text
    file.write_text(text.replace('"points":1', '"points":2', 1))
    code, told, _ = books.ran("verify", str(file))
    assert code == 1 and "entry 3" in told
    file.write_text("".join(text.splitlines(keepends=True)[:4]))
    assert books.ran("verify", str(file))[0] == 0
    assert books.ran("verify", str(file), "--head", head)[0] == 1
    assert books.ran("verify", str(tmp_path / "missing"))[0] == 1


def test_an_export_is_refused_while_it_would_tell_too_much(app: Flask, books: Any, tmp_path: Path) -> None:
    with inside(app):
        hidden = make_ballot(db.session.get_one(Round, books.round.id), number=2, days=(-0.5, 5.0), hides_results=True)
    file = tmp_path / "ledger.jsonl"
    code, _, told = books.ran("export", books.round.slug, "--ballot", str(hidden.id), "-o", str(file))
    assert (code, file.exists()) == (1, False) and len(told.split()) > 5
    assert books.ran("export", "no-such-round", "-o", str(file))[0] == 1
    assert books.ran("export", books.round.slug, "--ballot", "999999", "-o", str(file))[0] == 1
    assert books.ran("export", books.round.slug, "--ballot", str(books.ballot.id), "-o", str(tmp_path / "no" / "folder"))[0] == 1


def test_a_recount_names_each_row_that_differs(app: Flask, books: Any) -> None:
    code, told, wrong = books.ran("recount")
    assert (code, told.splitlines()[0].endswith("equal"), wrong) == (0, True, "")
    assert books.ran("recount", "--round", books.round.slug)[0] == books.ran("recount", "--ballot", str(books.ballot.id))[0] == 0
    assert books.ran("recount", "--round", "no-such-round")[0] == 1
    with inside(app):
        db.session.get_one(Option, (books.ballot.id, books.idea.id)).votes += 1
    code, told, wrong = books.ran("recount")
    assert (code, "DIFFERS" in told) == (1, True)
    assert f"counter of option {books.idea.id}" in wrong
