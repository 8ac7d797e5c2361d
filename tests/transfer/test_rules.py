from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ideation.transfer.rules import (
    Kind,
    Line,
    Unreadable,
    day_of,
    judged,
    lines_of,
    neutral,
    plain,
    settled,
    text_of,
    title_of,
    written_day,
)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+49", "-1", "@sum", "\t=1", "\r=1", "  =1", "＝1", "＋1", "－1", "＠x", "'=1", "''-2", "\x00=1"]
)
def test_a_cell_that_would_be_computed_leaves_as_text_and_comes_back(cell: str) -> None:
    assert neutral(cell) == "'" + cell
    assert plain(neutral(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Bäume", "'s geht nicht", "''zitiert''", "a=b", "3-4", "„Zitat“"])
def test_an_ordinary_cell_stays_as_it_is(cell: str) -> None:
    assert neutral(cell) == cell == plain(cell)


@given(st.text())
def test_every_cell_comes_back(cell: str) -> None:
    assert plain(neutral(cell)) == cell


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("", (None, "day")),
        ("2024", (date(2024, 1, 1), "year")),
        ("2024-05", (date(2024, 5, 1), "month")),
        ("2024-05-17", (date(2024, 5, 17), "day")),
        ("2015-09-15 10:50:19", (date(2015, 9, 15), "day")),
    ],
)
def test_a_date_is_kept_as_exactly_as_it_is_known(text: str, day: tuple[date | None, str]) -> None:
    assert day_of(text) == day
    assert written_day(*day) == text[:10]


@pytest.mark.parametrize("text", ["gestern", "17.05.2024", "2024-13", "2024-02-30", "0000", "99999"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        day_of(text)


def test_a_missing_title_is_the_beginning_of_the_text() -> None:
    assert title_of(" ", "Wir " * 40) == ("Wir " * 20).strip()
    assert title_of("Bäume\nfür alle", "Text") == "Bäume für alle"


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    lines, faults = lines_of(text_of("\ufeffsource,source_id,title\nx,1,Bäume\n".encode()), Kind.IDEAS)
    assert (lines[0]["source"], lines[0]["title"], faults) == ("x", "Bäume", [])


def test_another_encoding_is_refused_with_its_line() -> None:
    with pytest.raises(Unreadable) as refusal:
        text_of("source,source_id,title\nx,1,Bäume\n".encode("latin-1"))
    assert refusal.value.fault.line == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "source,title\n",
        "source,source_id,titel\n",
        "source,source_id,title,title\n",
        'source,source_id\nx,"1\n',
        'source,source_id\nx,"1"2\n',
    ],
)
def test_a_file_that_cannot_be_a_table_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(Unreadable):
        lines_of(text, Kind.IDEAS)


def test_a_fault_names_the_line_where_its_row_begins() -> None:
    text = 'source,source_id,body\nx,1,"zwei\nZeilen"\nx,2\n\nx,3,gut\n'
    lines, faults = lines_of(text, Kind.IDEAS)
    assert [line.number for line in lines] == [2, 6]
    assert [fault.line for fault in faults] == [4]


def test_semicolons_separate_too() -> None:
    lines, _ = lines_of("source;source_id;title\nx;1;Wirtschaft, Handel und Tourismus\n", Kind.IDEAS)
    assert lines[0]["title"] == "Wirtschaft, Handel und Tourismus"


def test_a_number_that_stands_twice_is_a_fault() -> None:
    lines = [Line(n, {"source": "x", "source_id": "1"}) for n in (2, 3)]
    sound, faults = judged(lines, lambda line: None)
    assert ([line.number for line in sound], [fault.line for fault in faults]) == ([2], [3])


def comment(number: int, key: str, parent: str = "") -> Line:
    return Line(number, {"source": "x", "source_id": key, "parent_source_id": parent})


def test_an_answer_to_a_missing_comment_is_a_fault_and_so_is_what_stands_below_it() -> None:
    lines = [comment(2, "a"), comment(3, "b", "a"), comment(4, "c", "missing"), comment(5, "d", "c"), comment(6, "e", "d")]
    order, faults = settled(lines, lines, set())
    assert [line["source_id"] for line in order] == ["a", "b"]
    assert [fault.line for fault in faults] == [4, 5, 6]


def test_comments_that_answer_each_other_in_a_circle_are_faults() -> None:
    lines = [comment(2, "a", "b"), comment(3, "b", "a")]
    assert [fault.line for fault in settled(lines, lines, set())[1]] == [2, 3]


def test_an_answer_may_stand_before_its_question_or_answer_one_that_is_already_here() -> None:
    lines = [comment(2, "b", "a"), comment(3, "a"), comment(4, "c", "old")]
    order, faults = settled(lines, lines, {("x", "old")})
    names = [line["source_id"] for line in order]
    assert faults == [] and names.index("a") < names.index("b")
