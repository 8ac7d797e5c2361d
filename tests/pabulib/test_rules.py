"""Pabulib files: what is read, what is wrong with which line, and that writing and reading are one another's reverse."""

import csv
import re
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ideation.elections.rules import Election, Kind, Project, Vote, ballots, candidates, counted
from ideation.pabulib.rules import Reading, Remark, read, write
from tests.pabulib.files import WINTERTHUR, election, outcomes
from tests.transfer.files import real

SOUND = """META
key;value
description;Ein Beispiel
num_projects;3
num_votes;3
budget;1000
vote_type;approval
PROJECTS
project_id;cost;votes;name;selected
a;600;2;Bänke am Wall;1
b;500.50;2;"Ein ""grüner"" Hof; mit Brunnen";0
c;0;0;Zebra;0
VOTES
voter_id;age;sex;vote
1;38;K;a,b
2;;M;a
3;20;;b
"""
POINTS = SOUND.replace("approval", "cumulative").replace("age;sex;vote", "age;vote;points")
POINTS = POINTS.replace("1;38;K;a,b", "1;38;a,b;2,1").replace("2;;M;a", "2;;a;3").replace("3;20;;b", "3;20;b;1")


def taken(text: str | bytes) -> Election:
    reading = read(text.encode() if isinstance(text, str) else text)
    assert reading.faults == ()
    assert reading.election is not None
    return reading.election


def remarks(reading: Reading) -> dict[Remark, list[int]]:
    found: dict[Remark, list[int]] = {}
    for note in reading.notes:
        found.setdefault(note.remark, []).append(note.line)
    return found


def test_what_a_count_needs_is_read_and_nothing_else() -> None:
    found = taken(SOUND)
    assert found.projects == (
        Project("a", "Bänke am Wall", 600, 2, 2, True),
        Project("b", 'Ein "grüner" Hof; mit Brunnen', Fraction(1001, 2), 2, 2, False),
        Project("c", "Zebra", 0, 0, 0, False),
    )
    assert found.votes == (Vote("1", (("a", 1), ("b", 1))), Vote("2", (("a", 1),)), Vote("3", (("b", 1),)))
    assert (found.budget, found.kind, dict(found.meta)["description"]) == (1000, Kind.APPROVAL, "Ein Beispiel")
    assert "38" not in repr(found)


def test_points_are_read_with_their_choices() -> None:
    found = taken(POINTS)
    assert [(p.votes, p.score) for p in found.projects] == [(2, 5), (2, 2), (0, 0)]
    assert [c.votes for c in candidates(found)] == [5, 2, 0]
    assert sorted(ballots(found), key=str) == [({0: 2, 1: 1}, 1), ({0: 3}, 1), ({1: 1}, 1)]


def test_preferences_without_points_give_the_points_of_their_places() -> None:
    text = SOUND.replace("approval", "ordinal").replace("3;20;;b", "3;20;;b,c,a")
    assert taken(text).votes[2].choices == (("b", 3), ("c", 2), ("a", 1))
    longer = text.replace("budget;", "max_length;5\nbudget;")
    assert taken(longer).votes[1].choices == (("a", 5),)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + SOUND,
        SOUND.replace("\n", "\r\n"),
        SOUND.replace("\n", "\r"),
        SOUND.replace("\n", "\n\n"),
        SOUND.replace("META", "Meta").replace("VOTES", "votes"),
        SOUND.replace("META\n", "META;;;\n").replace("VOTES\n", "VOTES;\n"),
        SOUND.rstrip("\n"),
        SOUND.replace("PROJECTS\n", "projects\n").replace("project_id;cost", "Project_ID ; Cost"),
        SOUND.replace("1;38;K;a,b", " 1 ;38;K; a , b "),
    ],
)
def test_the_same_election_looks_different(text: str) -> None:
    assert taken(text) == taken(SOUND)


def test_equal_votes_are_one_ballot_with_a_weight() -> None:
    found = taken(SOUND + "4;;;b,a\n5;;;\n6;;;\n")
    assert sorted(ballots(found), key=str) == [({0: 1, 1: 1}, 2), ({0: 1}, 1), ({1: 1}, 1), ({}, 2)]


DAMAGED = [
    ("a;600;2;", "a;600;", 10, "Felder"),
    ("a;600;2;Bänke", "a;600;2;3;Bänke", 10, "Felder"),
    ("1;38;K;a,b", "1;38;K;a,x", 15, "gibt es nicht"),
    ("1;38;K;a,b", "1;38;K;a,,b", 15, "gibt es nicht"),
    ("1;38;K;a,b", "1;38;K;a,b,a", 15, "mehrmals"),
    ("1;38;K;a,b", ";38;K;a,b", 15, "wer gestimmt"),
    ("2;;M;a", "1;;M;a", 16, "steht schon in Zeile"),
    ("a;600", "a;viel", 10, "keine Zahl"),
    ("a;600", "a;-600", 10, "negativ"),
    ("a;600", "a;6e2", 10, "keine Zahl"),
    ("a;600", "a;٣", 10, "keine Zahl"),
    ("a;600", "a;", 10, "keine Zahl"),
    ("a;600", ";600", 10, "keine Nummer"),
    ("c;0;0", "a;0;0", 12, "steht schon in Zeile"),
    ("budget;1000\n", "", 1, "Budget fehlt"),
    ("budget;1000", "budget;tausend", 6, "keine Zahl"),
    ("budget;1000", "budget;1000\nbudget;2000", 7, "steht schon in Zeile"),
    ("budget;1000", "budget", 6, "Felder"),
    ("Hof; mit Brunnen\"", "Hof; mit Brunnen", 11, "nicht endet"),
    ("approval", "thumbs", 7, "nicht bekannt"),
    ("project_id;cost", "project_id;price", 9, "fehlt die Spalte"),
    ("sex;vote", "sex;votes", 14, "fehlt die Spalte"),
    ("key;value\n", "", 2, "fehlt die Spalte"),
    ("project_id;cost;votes", "project_id;cost;cost", 9, "zweimal in der Kopfzeile"),
    ("VOTES\n", "META\n", 13, "zweimal in der Datei"),
    ("PROJECTS\n", "", 16, "fehlt"),
    ("META\n", "", 1, "beginnen"),
    ("VOTES\nvoter_id;age;sex;vote\n", "VOTES\n", 14, "fehlt die Spalte"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "reason"), DAMAGED)
def test_a_fault_names_its_line_and_the_reason(old: str, new: str, line: int, reason: str) -> None:
    assert SOUND.count(old) >= 1
    reading = read(SOUND.replace(old, new, 1).encode())
    assert reading.election is None
    assert any(fault.line == line and reason in repr(fault.reason) for fault in reading.faults), reading.faults


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("a,b;2,1", "a,b;2", "Punktzahlen"),
        ("a,b;2,1", "a,b;2,1,1", "Punktzahlen"),
        ("a,b;2,1", "a,b;", "Punktzahlen"),
        ("a,b;2,1", ";2", "Punktzahlen"),
        ("a,b;2,1", "a,b;2,-1", "keine Punktzahl"),
        ("a,b;2,1", "a,b;2,eins", "keine Punktzahl"),
    ],
)
def test_points_that_do_not_match_the_choices_are_a_fault(old: str, new: str, reason: str) -> None:
    faults = read(POINTS.replace(old, new).encode()).faults
    assert [fault.line for fault in faults] == [15] and reason in repr(faults[0].reason)


def test_every_fault_is_told_not_only_the_first() -> None:
    text = SOUND.replace("a;600", "a;x").replace("c;0;0", "c;y;0").replace("2;;M;a", "2;;M").replace("3;20;;b", "3;20;;q")
    assert [fault.line for fault in read(text.encode()).faults] == [10, 12, 16, 17]


def test_votes_for_a_project_whose_line_is_damaged_are_no_further_faults() -> None:
    assert [fault.line for fault in read(SOUND.replace("a;600;2;", "a;600;").encode()).faults] == [10]


def test_bytes_that_are_no_utf8_are_named_by_line_and_the_rest_is_read() -> None:
    data = SOUND.replace("a;600", "a;x").encode().replace("Bänke".encode(), b"B\xe4nke").replace(b"Zebra", b"\xff\xfeZebra")
    assert [fault.line for fault in read(data).faults] == [10, 10, 12]


def test_after_a_quotation_mark_without_an_end_the_next_lines_are_read_on() -> None:
    text = SOUND.replace("Bänke am Wall", '"Bänke am Wall').replace("2;;M;a", "2;;M;zzz")
    assert [fault.line for fault in read(text.encode()).faults] == [10, 16]


def test_a_title_may_go_over_several_lines() -> None:
    text = SOUND.replace("Bänke am Wall", '"Bänke;\nVOTES\nam Wall"').replace("2;;M;a", "2;;M;zzz")
    assert [fault.line for fault in read(text.encode()).faults] == [18]
    assert taken(text.replace("zzz", "a")).projects[0].name == "Bänke;\nVOTES\nam Wall"


@pytest.mark.parametrize("data", [b"", b"\n", b"\xff", b"PK\x03\x04\x00", b"META", b'"', b"a;b;c\n" * 3, b"META\nkey;value\n;\n"])
def test_what_is_no_such_file_is_refused_with_a_line(data: bytes) -> None:
    reading = read(data)
    assert reading.election is None and all(fault.line >= 1 for fault in reading.faults) and reading.faults


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 40))
@settings(max_examples=300)
def test_no_damage_breaks_the_reader(noise: bytes, at: int, cut: int) -> None:
    data = SOUND.encode()
    reading = read(data[:at] + noise + data[at + cut :])
    assert (reading.election is None) == bool(reading.faults)
    assert [fault.line for fault in reading.faults] == sorted(fault.line for fault in reading.faults)


def test_numbers_that_the_lines_do_not_give_are_noted_not_refused() -> None:
    text = SOUND.replace("num_projects;3", "num_projects;4").replace("num_votes;3", "num_votes;30").replace("a;600;2", "a;600;9")
    found = remarks(read(text.encode()))
    assert {remark: lines for remark, lines in found.items() if remark.disagrees} == {
        Remark.NUM_PROJECTS: [4],
        Remark.NUM_VOTES: [5],
        Remark.VOTES_COLUMN: [10],
    }


def test_the_odd_file_of_winterthur_is_read_and_every_trap_is_named() -> None:
    reading = read(real(WINTERTHUR).read_bytes())
    found = reading.election
    assert reading.faults == () and found is not None
    assert remarks(reading) == {
        Remark.SECTION_CASE: [1],
        Remark.NUM_PROJECTS: [7],
        Remark.NUM_VOTES: [8],
        Remark.VOTE_TYPE: [10],
        Remark.BLANK_LINES: [13],
        Remark.PUNCTUATION: [21],
        Remark.VOTE_PER_LINE: [138],
        Remark.OTHER_SECTION: [492, 503],
    }
    assert (len(found.projects), len(found.votes), found.budget) == (121, 36, 400_000)
    winners = [project for project in found.projects if project.name != "-"]
    assert (len(winners), sum(project.cost for project in winners)) == (43, 378_901)
    assert any(project.name == 'The Car Rots (das Auto verrottet) - Wortspiel mit "Carrots" (Rüebli)' for project in winners)
    assert found.votes[0].choices[:2] == (("KK_25_123", 2), ("KK_25_127", 3))


def files() -> list[str]:
    return ["katowice_2021_kostuchna", "krakow_2022_pradnik-czerwony", "lodz_2020_mileszki", "lodz_2020_nad-nerem",
            "lodz_2022_zdrowie-mania", "warszawa_2023_wlochy", "wieliczka_2023"]  # fmt: skip


@pytest.mark.parametrize("name", files())
def test_a_published_file_agrees_with_its_own_votes(name: str) -> None:
    file = f"poland_{name}.pb"
    reading = read(real(f"pb/{file}").read_bytes())
    assert reading.faults == () and not [note for note in reading.notes if note.remark.disagrees]
    found, row = reading.election, outcomes()[file]
    assert found is not None
    assert (str(len(found.projects)), str(len(found.votes)), str(found.budget)) == (row["projects"], row["voters"], row["budget"])


@pytest.mark.parametrize("name", files())
def test_a_published_file_stays_the_same_when_written_and_read(name: str) -> None:
    found = election(f"poland_{name}.pb")
    assert taken(write(found)) == found
    assert write(taken(write(found))) == write(found)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
IDS = st.from_regex(re.compile(r"[^\s,]{1,6}"), fullmatch=True).filter(lambda t: t.casefold() not in {"meta", "projects", "votes"})
AMOUNT = st.one_of(st.integers(0, 10**9), st.decimals(0, 10**6, places=2).map(Fraction))


@st.composite
def elections(draw: st.DrawFn) -> Election:
    kind = draw(st.sampled_from(Kind))
    ids = draw(st.lists(IDS, max_size=5, unique=True))
    projects = [Project(i, draw(NAMES), draw(AMOUNT), selected=draw(st.sampled_from([None, True, False]))) for i in ids]
    points = st.integers(0, 9) if kind.gives_points else st.just(1)
    votes = []
    for voter in draw(st.lists(IDS, max_size=5, unique=True)):
        chosen = draw(st.lists(st.sampled_from(ids), unique=True)) if ids else []
        votes.append(Vote(voter, tuple((id_, draw(points)) for id_ in chosen)))
    meta = draw(st.dictionaries(IDS, NAMES, max_size=3))
    budget = draw(AMOUNT)
    counts = {"num_projects": str(len(ids)), "num_votes": str(len(votes)), "budget": "", "vote_type": kind.value}
    written = tuple((meta | counts).items())
    found = Election(written, kind, budget, counted(projects, votes), tuple(votes))
    amount = next(line for line in write(found).splitlines() if line.startswith("budget;"))
    return Election(tuple((k, amount[7:] if k == "budget" else v) for k, v in written), kind, budget, found.projects, found.votes)


@given(elections())
@settings(max_examples=200)
def test_what_is_written_is_read_again(found: Election) -> None:
    assert taken(write(found)) == found


@given(elections())
def test_a_reader_with_lines_and_a_csv_module_finds_every_project(found: Election) -> None:
    """As pabutools reads: lines first, then fields; the line ends within a title are lost there, its row is not."""
    rows = [row for row in csv.reader(write(found).splitlines(), delimiter=";") if row]
    names = [row[0].strip().lower() for row in rows]
    begin, end = names.index("projects"), names.index("votes")
    assert [row[0] for row in rows[begin + 2 : end]] == [project.id for project in found.projects]
    assert [row[1] for row in rows[end + 2 :]] == [",".join(id_ for id_, _ in vote.choices) for vote in found.votes]


@pytest.mark.parametrize("id_", ["", "a,b", " a", "Votes"])
def test_what_the_format_cannot_say_is_not_written(id_: str) -> None:
    with pytest.raises(ValueError):
        write(Election((), Kind.APPROVAL, 1, (Project(id_, "x", 1),), ()))
    with pytest.raises(ValueError):
        write(Election((), Kind.APPROVAL, Fraction(1, 3), (), ()))
    with pytest.raises(ValueError):
        write(Election((), Kind.APPROVAL, 1, (Project("a", "x", 1),), (Vote("1", (("a", 2),)),)))
