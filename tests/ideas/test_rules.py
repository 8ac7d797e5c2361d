from datetime import UTC, datetime, timedelta

import pytest

from ideation.ideas.rules import (
    DECIDED,
    MOVES,
    NAMES,
    SENTENCES,
    SHUFFLE,
    TABLE,
    Status,
    Who,
    closeness,
    may_become,
    meanings,
    nearest,
    parts,
    rarity,
    relevance,
    shuffle,
    text_frozen,
    title_from,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
# As decided for the product: from, and where it may go.
DECIDED_ON_PAPER = {
    "draft": "submitted",
    "submitted": "published returned rejected",
    "returned": "submitted",
    "published": "shortlisted selected not_selected merged withdrawn",
    "shortlisted": "published selected not_selected",
    "not_selected": "published archived",
    "selected": "in_lab archived",
    "in_lab": "project archived",
}


@pytest.mark.parametrize("start", Status)
def test_the_table_is_the_one_decided(start: Status) -> None:
    assert MOVES[start] == set(DECIDED_ON_PAPER.get(start, "").split())


def test_only_authors_submit_and_withdraw() -> None:
    by_author = {(move.start, move.end) for move in TABLE if Who.AUTHOR in move.who}
    assert by_author == {("draft", "submitted"), ("returned", "submitted"), ("published", "withdrawn")}


def test_what_goes_against_an_author_needs_a_reason() -> None:
    assert {move.end for move in TABLE if move.reason} == {"returned", "rejected", "merged"}
    assert {move.end for move in TABLE if move.reason} <= set(DECIDED)


def test_every_status_has_a_word_and_a_sentence() -> None:
    assert set(NAMES) == set(Status)
    assert set(SENTENCES) == set(Status) - {"published", "merged"}


def test_a_move_that_is_not_in_the_table_is_none() -> None:
    assert may_become("draft", "submitted")
    assert not may_become("draft", "published")
    assert not may_become("withdrawn", "published")


@pytest.mark.parametrize(
    ("asked", "known", "near"),
    [
        ("radweg", "radweg", True),
        ("radweg", "fahrradweg", True),
        ("fahrradweg", "radweg", True),
        ("rad", "fahrrad", False),
        ("bus", "busch", False),
    ],
)
def test_parts_of_compounds_are_close(asked: str, known: str, near: bool) -> None:
    assert bool(closeness(asked, known)) is near
    assert closeness(asked, known) <= 1


def test_a_known_part_stands_among_the_parts_asked_for() -> None:
    assert "radweg" in parts("fahrradweg")
    assert "radw" not in parts("fahrradweg")
    assert parts("ki") == {"ki"}


def test_of_many_meanings_the_nearest_stay() -> None:
    meant = meanings(["wald"], [(n, "wald" + "x" * n) for n in range(200)])["wald"]
    kept = nearest(meant)
    assert set(kept) == set(range(60))
    assert kept[0] == 1


def test_a_rare_word_says_more_than_a_common_one() -> None:
    assert rarity(1, 1000) > rarity(100, 1000) > rarity(900, 1000)


def test_relevance_is_the_share_of_what_is_asked() -> None:
    meant = {"radweg": {1: 1.0}, "wall": {2: 1.0}, "neu": {}}
    rare = {1: 3.0, 2: 3.0}
    assert relevance({"radweg": 4, "wall": 4}, meant, rare, {1: 5, 2: 5}) == 1.0
    half = relevance({"radweg": 4, "wall": 4}, meant, rare, {1: 5})
    assert half == 0.5
    assert relevance({"radweg": 4, "neu": 4}, meant, rare, {1: 1}) < half
    assert relevance({}, {}, {}, {}) == 0.0


def test_a_seed_gives_one_order_and_another_seed_another() -> None:
    ids = range(1, 200)

    def order(seed: str) -> list[int]:
        a, b = shuffle(seed)
        return sorted(ids, key=lambda i: (i * a + b) % SHUFFLE)

    assert order("heute") == order("heute")
    assert order("heute") != order("morgen")
    assert order("heute") not in (sorted(ids), sorted(ids, reverse=True))
    assert len({(i * shuffle("x")[0] + shuffle("x")[1]) % SHUFFLE for i in ids}) == len(ids)


def test_a_text_is_frozen_from_the_opening_to_just_before_the_close() -> None:
    later = NOON + timedelta(hours=1)
    assert not text_frozen(None, None, NOON)
    assert text_frozen(NOON, later, NOON)
    assert not text_frozen(NOON, later, later)
    assert not text_frozen(later, None, NOON)
    assert text_frozen(NOON, None, later)


def test_a_missing_title_is_the_beginning_of_the_text() -> None:
    assert title_from("a" * 100) == "a" * 80
    assert title_from("kurz ") == "kurz"
