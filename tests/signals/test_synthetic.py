"""Whole ballots made of dice: what is noticed, what is not, and whether a poorer detector would do as well."""

from datetime import timedelta
from statistics import median

import pytest

from ideation.signals.rules import THRESHOLDS, Kind, Outreach, Signal, Thresholds, signals
from tests.signals import synthetic
from tests.signals.synthetic import ATTACK, END, FAVOURED, SECOND, START, Story, ballot, everyday

A_FEW, MANY = range(5), range(200)
ATTACKS = [synthetic.potsdam, synthetic.potsdam_proxies, synthetic.haar, synthetic.guimaraes, synthetic.wroclaw]
# Broken twins of the detector.
ONLY_BURSTS = Thresholds(others=0)
ONLY_THE_RATE = Thresholds(others=0, times_usual=0)


def noticed(story: Story | None, seed: int, thresholds: Thresholds = THRESHOLDS) -> list[Signal]:
    return signals(ballot(story, seed), until=END, opens_at=START, thresholds=thresholds)


def ballots_noticed(story: Story | None, seeds: range, thresholds: Thresholds = THRESHOLDS) -> int:
    return sum(bool(noticed(story, seed, thresholds)) for seed in seeds)


@pytest.mark.parametrize("story", [None, synthetic.newsletter, synthetic.press])
def test_everyday_ballots_and_honest_crowds_stay_unnoticed(story: Story | None) -> None:
    assert ballots_noticed(story, A_FEW) == 0


@pytest.mark.parametrize("story", ATTACKS)
def test_what_happened_in_cities_is_noticed(story: Story) -> None:
    for seed in A_FEW:
        found = noticed(story, seed)
        assert {signal.option for signal in found} == ({FAVOURED, SECOND} if story is synthetic.guimaraes else {FAVOURED})
        assert all(ATTACK - timedelta(hours=1) <= signal.since and signal.until < ATTACK + timedelta(days=1) for signal in found)


def test_each_pattern_is_noticed_for_its_own_reasons() -> None:
    def kinds(story: Story) -> set[Kind]:
        return {fact.kind for signal in noticed(story, 0) for fact in signal.facts}

    assert kinds(synthetic.potsdam) == {Kind.BURST, Kind.YOUNG, Kind.NETWORK, Kind.QUIET}
    assert kinds(synthetic.potsdam_proxies) == {Kind.BURST, Kind.YOUNG, Kind.QUIET}
    assert kinds(synthetic.haar) == {Kind.BURST, Kind.YOUNG, Kind.CADENCE, Kind.QUIET}
    assert kinds(synthetic.wroclaw) == {Kind.BURST, Kind.NETWORK, Kind.QUIET}


def test_a_school_class_looks_like_an_attack_so_lessons_are_announced() -> None:
    lesson = Outreach(ATTACK + timedelta(hours=9), ATTACK + timedelta(hours=11), "Klassenbesuch")
    for seed in A_FEW:
        found = signals(ballot(synthetic.school_class, seed), until=END, opens_at=START, outreach=[lesson])
        assert [signal.outreach for signal in found] == [("Klassenbesuch",)]


def test_somebody_patient_with_old_accounts_is_not_found() -> None:
    """A limit, written down: 60 votes in a week are too few for any hour."""
    assert ballots_noticed(synthetic.slow, A_FEW) == 0


def test_a_detector_of_bursts_alone_would_accuse_the_readers_of_a_newspaper() -> None:
    assert ballots_noticed(synthetic.press, A_FEW, ONLY_BURSTS) == len(A_FEW)


def test_a_detector_of_rates_alone_would_accuse_the_readers_of_a_newsletter() -> None:
    assert ballots_noticed(synthetic.newsletter, A_FEW, ONLY_THE_RATE) == len(A_FEW)


def test_an_attack_is_noticed_within_the_hour() -> None:
    assert delay(synthetic.haar, 0) < timedelta(hours=1)


def delay(story: Story, seed: int) -> timedelta:
    """From the first vote of the attack to the first moment at which it is noticed."""
    casts, honest = ballot(story, seed), set(everyday(seed))
    moments = sorted(cast.at for cast in casts if cast not in honest)
    low, high = 0, len(moments) - 1
    while low < high:
        middle = (low + high) // 2
        found = signals(casts, until=moments[middle], opens_at=START)
        low, high = (low, middle) if found else (middle + 1, high)
    return moments[low] - moments[0]


@pytest.mark.harness
@pytest.mark.parametrize(
    ("story", "least", "most"),
    [
        (None, 0, 0),
        (synthetic.newsletter, 0, 2),
        (synthetic.press, 0, 10),
        # Limits, written down: these are people.
        (synthetic.press_for_strangers, 60, 140),
        (synthetic.school_class, 160, 200),
        *((story, 200, 200) for story in ATTACKS),
        (synthetic.slow, 0, 0),
    ],
)
def test_two_hundred_ballots(story: Story | None, least: int, most: int) -> None:
    assert least <= ballots_noticed(story, MANY) <= most


@pytest.mark.harness
def test_the_twins_do_worse_on_two_hundred_ballots() -> None:
    assert ballots_noticed(synthetic.press, MANY, ONLY_BURSTS) > 190
    assert ballots_noticed(synthetic.newsletter, MANY, ONLY_THE_RATE) > 190


@pytest.mark.harness
@pytest.mark.parametrize("story", ATTACKS)
def test_half_of_the_attacks_are_noticed_in_their_first_half_hour(story: Story) -> None:
    assert median(delay(story, seed) for seed in range(21)) < timedelta(minutes=30)
