"""What a profile holds, and how two people's changes come together."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ideation.profiles.rules import (
    BY_NAME,
    FIELDS,
    NAMES,
    Choice,
    Content,
    Kind,
    Value,
    changed,
    choices_of,
    completeness,
    faults,
    merge,
    missing,
    proposed,
    settle,
    signed_off,
    together,
    word_count,
)

# Few different words, so that two people often write the same and often not.
WORDS = st.sampled_from(["", "Bus", "Park", "Bus und Park"])
ENTRIES = st.lists(st.sampled_from(["Bus", "Park", "Schule"]), max_size=3, unique=True).map(tuple)


def values_of(name: str) -> st.SearchStrategy[Value]:
    match BY_NAME[name].kind:
        case Kind.LIST:
            return ENTRIES
        case Kind.MONTHS | Kind.EUROS:
            return st.none() | st.integers(0, 2)
    return WORDS


CONTENTS = st.builds(Content, **{name: values_of(name) for name in NAMES})


@given(CONTENTS, CONTENTS, CONTENTS)
def test_nothing_typed_is_ever_lost(base: Content, theirs: Content, mine: Content) -> None:
    merged = merge(base, theirs, mine)
    for name in NAMES:
        was, other, own, kept = (each.value(name) for each in (base, theirs, mine, merged.content))
        if own != was:
            assert kept == own
        if other != was and own == was:
            assert kept == other and name in merged.taken
        if other != was and own != was and other != own:
            assert name in merged.disputed
        if other == was == own:
            assert kept == was and name not in (*merged.taken, *merged.disputed)


@given(CONTENTS, CONTENTS, CONTENTS)
def test_what_only_one_side_changed_needs_no_question(base: Content, theirs: Content, mine: Content) -> None:
    merged, back = merge(base, theirs, mine), merge(base, mine, theirs)
    assert set(merged.disputed) == set(changed(base, theirs)) & set(changed(base, mine)) & set(changed(theirs, mine))
    assert set(merged.disputed) == set(back.disputed)
    if not merged.disputed:
        assert merged.content == back.content


@given(CONTENTS, CONTENTS, CONTENTS, st.data())
def test_whatever_is_chosen_one_side_or_both_stay(base: Content, theirs: Content, mine: Content, data: st.DataObject) -> None:
    merged = merge(base, theirs, mine)
    choices = {name: data.draw(st.sampled_from(choices_of(name))) for name in merged.disputed}
    settled = settle(theirs, merged.content, choices)
    # Saved again, from the version of the others: nothing is disputed any more.
    again = merge(theirs, theirs, settled)
    assert again.content == settled and not again.disputed
    for name in merged.disputed:
        other, own, now = theirs.value(name), mine.value(name), settled.value(name)
        match choices[name]:
            case Choice.MINE:
                assert now == own
            case Choice.THEIRS:
                assert now == other
            case Choice.BOTH:
                assert isinstance(now, str | tuple)
                for side in (other, own):
                    assert set(side) <= set(now) if isinstance(side, tuple) else str(side) in str(now)
    for name in set(NAMES) - set(merged.disputed):
        assert settled.value(name) == merged.content.value(name)


def test_both_of_two_lists_holds_each_entry_once() -> None:
    assert together(("Bus", "Park"), ("Park", "Schule")) == ("Bus", "Park", "Schule")
    assert together("Erst.", "Dann.") == "Erst.\n\nDann."
    assert together("Gleich.", "Gleich.") == "Gleich."
    assert together("", "Neu.") == "Neu."


def test_a_number_or_a_title_is_one_or_the_other() -> None:
    for name in ("title", "motto", "months", "budget", "lang"):
        assert Choice.BOTH not in choices_of(name)
        mine, theirs = Content(), Content(title="x", motto="x", months=1, budget=1, lang="en")
        assert settle(theirs, mine, {name: Choice.BOTH}) == mine
    assert proposed("goals") is Choice.BOTH and proposed("summary") is Choice.MINE


def test_a_field_counts_as_filled_when_something_is_said() -> None:
    assert completeness(None).filled == completeness(Content(title="Nur ein Titel")).filled == 0
    some = completeness(Content(title="Bus", motto="Wir fahren", goals=("Ankommen",), budget=0))
    assert (some.filled, some.of, some.percent) == (3, 20, 15)
    whole = Content(
        "Bus", **{f.name: ("a",) if f.kind is Kind.LIST else 1 if f.name in ("months", "budget") else "a" for f in FIELDS}
    )
    assert completeness(whole).percent == 100 and missing(whole) == ()


def test_words_are_counted_as_people_count_them() -> None:
    assert word_count("  Ein Bus,\n der\tfährt – heute. ") == 6
    assert word_count("") == 0
    assert "summary" not in faults(Content("Bus", summary="Wort " * 120))
    assert faults(Content("Bus", summary="Wort " * 122))["summary"].n == 2


def test_what_cannot_be_saved_is_said_at_its_field() -> None:
    good = Content("Bus")
    assert faults(good) == {}
    bad = {
        "title": "", "motto": "x" * 201, "funding": "x" * 5001, "goals": ("x",) * 41, "partners": ("x" * 301,), "months": 0,
        "budget": 10**9 + 1,
    }  # fmt: skip
    for name, value in bad.items():
        assert list(faults(replace(good, **{name: value}))) == [name]
    assert "months" in faults(replace(good, months=601)) and "budget" in faults(replace(good, budget=-1))


def test_a_group_stands_behind_a_version_when_everybody_signed_it() -> None:
    assert not signed_off([], [])
    assert not signed_off([], [1])
    assert not signed_off([1, 2], [1])
    assert signed_off([1, 2], [2, 1, 3])
