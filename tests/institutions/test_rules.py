from datetime import date

import pytest

from ideation.institutions.rules import (
    KIND_NAMES,
    SECTOR_NAMES,
    Kind,
    Merging,
    Sector,
    Since,
    combined,
    is_address,
    lines,
    read_since,
    write_since,
)


@pytest.mark.parametrize(
    ("text", "since", "written"),
    [
        ("2016", Since(date(2016, 1, 1), "year"), "2016"),
        ("12.2016", Since(date(2016, 12, 1), "month"), "12.2016"),
        ("2016-12", Since(date(2016, 12, 1), "month"), "12.2016"),
        ("3/2016", Since(date(2016, 3, 1), "month"), "03.2016"),
        (" 1. 12. 2016 ", Since(date(2016, 12, 1), "day"), "01.12.2016"),
        ("2016-02-29", Since(date(2016, 2, 29), "day"), "29.02.2016"),
    ],
)
def test_a_date_is_read_as_far_as_it_is_known_and_written_so_that_it_reads_the_same(text: str, since: Since, written: str) -> None:
    assert read_since(text) == since
    assert write_since(since.on, since.precision) == written
    assert read_since(written) == since


@pytest.mark.parametrize("text", ["gestern", "31.2.2016", "13.2016", "16", "0016", "2016-1-1-1", "２０１６", "2016; DROP", "99999"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_since(text)


def test_an_unknown_date_is_nothing() -> None:
    assert read_since("  ") is None and write_since(None, "day") == ""


@pytest.mark.parametrize("text", ["https://www.dortmund.de", "http://a.example/b?c=d#e", "https://a.example:8443/x"])
def test_a_web_address_can_be_linked(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "www.dortmund.de",
        "javascript:alert(1)",
        "https://",
        "https://a",
        'https://a.example/"x',
        "https://u@a.example",
        "https://a .example",
    ],
)
def test_anything_else_is_no_web_address(text: str) -> None:
    assert not is_address(text)


def test_rows_that_cannot_stand_side_by_side_become_one_as_the_table_says() -> None:
    merging = Merging(combine={"places": "sum", "leads": "any", "first": "min", "last": "max"})
    staying = {"places": 5, "leads": False, "first": date(2020, 1, 1), "last": None, "note": "a"}
    going = {"places": 2, "leads": True, "first": date(2021, 1, 1), "last": date(2022, 1, 1), "note": "b"}
    assert combined(merging, staying, going) == {"places": 7, "leads": True, "last": date(2022, 1, 1)}
    assert combined(Merging(), staying, going) == {}
    assert combined(merging, {**staying, "places": None}, {**going, "places": None, "last": None, "leads": False}) == {}


def test_aliases_are_one_a_line_each_once() -> None:
    assert lines(" BfW \n\n\u00a0Kitz.do\nBfW") == ("BfW", "Kitz.do")


def test_every_kind_and_sector_has_a_word() -> None:
    assert set(KIND_NAMES) == set(Kind) and set(SECTOR_NAMES) == set(Sector)
