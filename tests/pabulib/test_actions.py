"""A published election becomes an archived round, or every fault is named and nothing is left behind."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ideation.ballots.models import Ballot
from ideation.core.db import Base, db
from ideation.ideas.models import Idea
from ideation.ledger.models import Entry
from ideation.pabulib.models import PublishedElection, PublishedResult
from ideation.rounds.models import Round
from tests.ballots.test_cli import TIE
from tests.cast import inside, make_account, make_round
from tests.pabulib.files import WINTERTHUR, outcomes
from tests.transfer.files import real
from tests.visit import login

SMALL = TIE.replace("project_id;cost;name", "project_id;cost;name;selected").replace("Bank", "Bank;1").replace("Baum", "Baum;0")
SMALL = SMALL.replace("p3;5;Brunnen", 'p3;5;"<script>alert(1)</script>";1')


class Import:
    def __init__(self, app: Flask, folder: Path) -> None:
        self.app, self.folder = app, folder
        with inside(app):
            self.admin = make_account("admin")

    def __call__(self, content: bytes | str, slug: str = "anderswo", *flags: str) -> tuple[int, str, list[str]]:
        """Exit code, standard output, the lines on standard error without the name of the file."""
        path = self.folder / "election.pb"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        done = self.app.test_cli_runner().invoke(args=["transfer", "import", "pabulib", str(path), "--round", slug, *flags])
        return done.exit_code, done.stdout.strip(), [line.removeprefix(f"{path}:") for line in done.stderr.splitlines()]

    def rows(self) -> dict[str, int]:
        with self.app.app_context():
            return {t.name: db.session.scalar(select(func.count()).select_from(t)) or 0 for t in Base.metadata.sorted_tables}


@pytest.fixture
def take(app: Flask, tmp_path: Path) -> Import:
    return Import(app, tmp_path)


def test_winterthur_is_imported_with_every_trap_of_its_readme_named(take: Import, app: Flask, client: FlaskClient) -> None:
    content = real(WINTERTHUR).read_bytes()
    code, said, told = take(content, "winterthur")
    assert (code, said) == (0, "winterthur: 121 projects imported as an archived round.")
    notes = "\n".join(told)
    for trap in (
        "Abschnitten stehen in Kleinbuchstaben",
        "Leerzeilen",
        "einzelnes Projekt",
        "num_projects nennt 99, die Datei enthält 121",
        "num_votes nennt 10, die Datei enthält 36",
        "vote_type nennt approval, die Stimmen geben aber Punkte",
        "Anführungszeichen oder Doppelpunkte",
        "ihre Nummer als Titel: 78",
    ):
        assert trap in notes, trap
    with app.app_context():
        kept = db.session.query(PublishedElection).one()
        assert (kept.voters, kept.budget, kept.ballot_type) == (36, 400_000, "scoring")
        assert len(kept.notes) == len(told)
        named = db.session.scalar(select(func.sum(PublishedResult.cost)).join(Idea, Idea.id == PublishedResult.idea_id).where(Idea.title.not_like("KK%")))  # fmt: skip
        assert named == 378_901
    page = client.get("/rounds/winterthur/results").text
    assert "num_votes nennt 10" in page and "Welche Projekte ausgewählt wurden, sagt die Datei nicht." in page


@pytest.mark.parametrize("file", [
    "poland_katowice_2021_kostuchna.pb", "poland_krakow_2022_pradnik-czerwony.pb", "poland_lodz_2020_mileszki.pb",
    "poland_lodz_2020_nad-nerem.pb", "poland_lodz_2022_zdrowie-mania.pb", "poland_warszawa_2023_wlochy.pb", "poland_wieliczka_2023.pb",
])  # fmt: skip
def test_every_city_is_imported_with_its_published_winners(take: Import, app: Flask, client: FlaskClient, file: str) -> None:
    code, _, told = take(real(f"pb/{file}").read_bytes(), "stadt")
    assert (code, [line for line in told if "note" not in line]) == (0, [])
    with app.app_context():
        won = db.session.scalars(select(PublishedResult.project).where(PublishedResult.selected.is_(True)))
        assert sorted(won) == sorted(outcomes()[file]["winner_ids"].split())
    page = client.get("/rounds/stadt/results").text
    assert "Zahlen aus einer Datei, nicht hier abgestimmt." in page and "bars__row--selected" in page


def test_a_second_run_changes_nothing(take: Import) -> None:
    assert take(SMALL)[0] == 0
    before = take.rows()
    assert take(SMALL) == (0, "anderswo: already here, nothing changed.", [])
    assert take.rows() == before


def test_another_round_with_the_address_and_the_file_under_another_one_are_refused(take: Import, app: Flask) -> None:
    with inside(app):
        make_round(slug="live")
    take(SMALL)
    before = take.rows()
    for slug, content in (("live", SMALL), ("anderswo", TIE), ("zweitens", SMALL), ("Groß & klein", TIE), ("new", TIE)):
        code, said, told = take(content, slug)
        assert (code, said, len(told)) == (1, "", 1), (slug, told)
    assert take.rows() == before


def test_without_anybody_to_enter_it_and_without_a_file_there_is_a_sentence(app: Flask, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    done = runner.invoke(args=["transfer", "import", "pabulib", str(tmp_path / "none.pb"), "--round", "r"])
    assert done.exit_code == 1 and "admin" in done.stderr
    with inside(app):
        make_account("moderator")
    assert runner.invoke(args=["transfer", "import", "pabulib", str(tmp_path / "none.pb"), "--round", "r"]).exit_code == 1
    assert runner.invoke(args=["transfer", "import", "pabulib", "x", "--round", "r", "--skip-faulty"]).exit_code == 2


DAMAGED = {
    "no number": (SMALL.replace("p2;6", "p2;six"), ["8"]),
    "unknown project": (SMALL.replace("2;p1,p2,p3", "2;p1,p9"), ["13"]),
    "no votes": (SMALL.partition("VOTES")[0], ["9"]),
    "too much money": (SMALL.replace("p2;6", "p2;6000000000"), ["8"]),
    "budget": (SMALL.replace("budget;10", "budget;9999999999"), ["3"]),
    "control character": (SMALL.replace("Baum", "Ba\x07um"), ["8"]),
    "nul": (SMALL.replace("Baum", "Ba\x00um"), ["8"]),
    "long name": (SMALL.replace("Baum", "B" * 301), ["8"]),
    "no project": ("META\nkey;value\nbudget;1\nPROJECTS\nproject_id;cost;name\nVOTES\nvoter_id;vote\n1;\n", ["1"]),
    "two faults": (SMALL.replace("p2;6", "p2;six").replace("3;p1\n", "3;p9\n"), ["8", "14"]),
    "empty": ("", ["1"]),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_file_is_refused_with_its_lines_and_leaves_nothing(take: Import, what: str) -> None:
    content, lines = DAMAGED[what]
    before = take.rows()
    code, said, told = take(content)
    assert (code, said) == (1, "")
    faults = [line for line in told if ": note:" not in line and "nothing imported" not in line]
    assert sorted({line.partition(":")[0] for line in faults}, key=int) == lines, told
    assert all(line.partition(":")[2].strip() for line in faults)
    assert take.rows() == before


def test_a_damaged_real_file_is_refused_with_its_line(take: Import) -> None:
    lines = real("pb/poland_lodz_2020_mileszki.pb").read_text("utf-8").split("\n")
    column = lines[lines.index("VOTES") + 1].split(";").index("vote")
    cells = lines[-3].split(";")
    cells[column] += ",unbekannt"
    lines[-3] = ";".join(cells)
    before = take.rows()
    code, _, told = take("\n".join(lines))
    assert code == 1 and any(line.startswith(f"{len(lines) - 2}:") for line in told), told
    assert take.rows() == before


def test_imported_numbers_are_shown_as_imported_and_never_become_votes(take: Import, app: Flask, client: FlaskClient) -> None:
    assert take(SMALL)[0] == 0
    with app.app_context():
        round_ = db.session.query(Round).one()
        ideas = list(db.session.scalars(select(Idea).order_by(Idea.id)))
        assert (round_.status, [idea.votes for idea in ideas]) == ("archived", [0, 0, 0])
        assert (db.session.query(Ballot).count(), db.session.query(Entry).count()) == (0, 0)
        ids = [idea.id for idea in ideas]
    for path in ("/rounds/anderswo", "/rounds/anderswo/results"):
        page = client.get(path).text
        assert "Zahlen aus einer Datei, nicht hier abgestimmt." in page
        assert page.count("bars__row--selected") == 2 and "<script>alert(1)" not in page
        assert "/ledger" not in page and "/vote" not in page
    for reader in (client, login(app.test_client(), take.admin)):
        assert f'action="/ideas/{ids[0]}/vote"' not in reader.get(f"/ideas/{ids[0]}").text
    assert "Zahlen aus einer Datei" in client.get("/en/rounds/anderswo").text or "file" in client.get("/en/rounds/anderswo").text
