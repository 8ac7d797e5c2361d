"""How a code is read, what a sheet may say, when two typings agree."""

import pytest

from ideation.ballots.rules import Limits, Method
from ideation.paper.rules import (
    LETTERS,
    Spoiled,
    differing,
    missing,
    note_spoiled,
    over_limits,
    read_choices,
    read_code,
    read_spoiled,
    secret_hash,
    sheet_token,
    show_code,
    told_used,
)
from ideation.votes.rules import voter_token

THREE = Limits(Method.APPROVAL, 3)
POINTS = Limits(Method.POINTS, 5, 3)


def test_the_alphabet_has_32_letters_and_none_that_look_alike() -> None:
    assert len(set(LETTERS)) == len(LETTERS) == 32
    assert not set("01IO") & set(LETTERS)


@pytest.mark.parametrize(
    "typed",
    [
        "ABCD-EFGHJ-KLMNP",
        "abcd efghj klmnp",
        "  aBcDeFgHjKlMnP ",
        "ABCD–EFGHJ—KLMNP",
        "ＡＢＣＤ-EFGHJ-K1MNP",
        "ABCD-EFGHJ-K|MNP",
        "A_B.C/D EFGHJ KIMNP",
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str) -> None:
    assert read_code(typed) == ("ABCD", "EFGHJKLMNP")


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD-EFGHJ-KLMN", "ABCD-EFGHJ-KLMNPQ", "ÄBCD-EFGHJ-KLMNP", "\x00\ud800", "9" * 400])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_a_shown_code_is_read_again() -> None:
    assert read_code(show_code("2345", "6789ABCDEF")) == ("2345", "6789ABCDEF")


def test_the_hash_depends_on_key_selector_and_secret() -> None:
    given = {secret_hash(k, s, x) for k in (b"a", b"b") for s in ("ABCD", "ABCE") for x in ("EFGHJKLMNP", "EFGHJKLMNQ")}
    assert len(given) == 8


def test_a_sheet_is_a_voter_of_its_own_and_never_an_account() -> None:
    assert len({sheet_token(b"k", box, n) for box in (1, 2, 11) for n in (1, 2, 11)}) == 9
    assert sheet_token(b"k", 1, 1) != voter_token(b"k", 1)


@pytest.mark.parametrize(
    ("limits", "choices", "why"),
    [
        (THREE, {}, Spoiled.EMPTY),
        (THREE, {1: 1, 2: 1, 3: 1}, None),
        (THREE, {1: 1, 2: 1, 3: 1, 4: 1}, Spoiled.TOO_MANY),
        (THREE, {1: 2}, Spoiled.TOO_MANY_ON_ONE),
        (Limits(Method.SUPPORT), dict.fromkeys(range(40), 1), None),
        (POINTS, {1: 3, 2: 2}, None),
        (POINTS, {1: 3, 2: 3}, Spoiled.TOO_MANY),
        (POINTS, {1: 4}, Spoiled.TOO_MANY_ON_ONE),
    ],
)
def test_a_sheet_is_judged_as_a_whole(limits: Limits, choices: dict[int, int], why: Spoiled | None) -> None:
    assert over_limits(choices, limits) == why


def test_two_typings_differ_where_one_reads_otherwise_or_nothing() -> None:
    first, second = {1: {7: 1}, 2: {}, 3: {7: 1}}, {1: {7: 1}, 2: {8: 1}, 4: {}}
    assert differing(first, second) == [2, 3, 4]
    assert differing(first, first) == []
    assert missing(4, first) == [4]


def test_numbers_of_ideas_are_read_and_anything_else_is_named() -> None:
    assert read_choices(" 12, 15;18\n", "approval") == {12: 1, 15: 1, 18: 1}
    assert read_choices("12:3, 15 = 2", "points") == {12: 3, 15: 2}
    assert read_choices("", "approval") == {}
    for text, method, part in (("12 x", "approval", "x"), ("12,12", "approval", "12"), ("12", "points", "12"), ("12:0", "points", "12:0"),
                               ("-3", "approval", "-3"), ("٣", "approval", "٣")):  # fmt: skip
        assert read_choices(text, method) == part


def test_a_box_remembers_which_sheets_do_not_count() -> None:
    note = note_spoiled({7: Spoiled.TOO_MANY, 3: Spoiled.EMPTY})
    assert note == "3 empty, 7 too_many"
    assert [number for number, _ in read_spoiled(note)] == [3, 7]
    assert read_spoiled("") == []


def test_used_codes_are_told_in_steps_of_five() -> None:
    assert [told_used(n) for n in (0, 4, 5, 9, 10)] == [0, 0, 5, 5, 10]
