import random
import time

from hypothesis import given
from hypothesis import strategies as st

from ideation.core.compare import compare


def joined(pieces: list, *kinds: str) -> str:
    return "".join(text for kind, text in pieces if kind in kinds)


def test_a_word_put_in_is_told_as_added() -> None:
    assert compare("Mehr Bäume pflanzen", "Mehr alte Bäume pflanzen") == [
        ("same", "Mehr"),
        ("added", " alte"),
        ("same", " Bäume pflanzen"),
    ]


def test_equal_texts_differ_in_nothing() -> None:
    assert compare("Ein Satz.", "Ein Satz.") == [("same", "Ein Satz.")]
    assert compare("", "") == []


@given(st.text(max_size=200), st.text(max_size=200))
def test_both_texts_can_be_read_from_the_pieces(old: str, new: str) -> None:
    pieces = compare(old, new)
    assert joined(pieces, "same", "removed") == old
    assert joined(pieces, "same", "added") == new


def test_hostile_texts_are_compared_in_time() -> None:
    chance = random.Random(1)
    hard = [" ".join(chance.choice(["a", "b", "c"]) for _ in range(10_000)) for _ in range(2)]
    lines = ["\n".join(str(chance.randrange(110)) for _ in range(7_000)) for _ in range(2)]
    began = time.perf_counter()
    compare(*hard)
    compare(*lines)
    assert time.perf_counter() - began < 2
