"""Which hours are noticeable, as a calculation. The properties hold for any ballot, not only for the examples."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from itertools import pairwise
from math import exp, isfinite, log
from random import Random
from statistics import fmean, pstdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ideation.signals.rules import (
    THRESHOLDS,
    Cast,
    Fact,
    Kind,
    Outreach,
    Signal,
    Thresholds,
    from_snapshot,
    is_rare,
    poisson_log_tail,
    sentence,
    sentences,
    signals,
    snapshot,
)

START = datetime(2026, 5, 4, tzinfo=UTC)
UNTIL = START + timedelta(days=21)
MINUTE, HOUR, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=7)
ATTACK = START + timedelta(days=9)


def crowd(votes: int, *, option: int = 1, gap: timedelta = MINUTE, at: datetime = ATTACK, **of: object) -> list[Cast]:
    values = {"network": "one", "young": True, "quiet": True} | of
    return [Cast(at + number * gap, option, **values) for number in range(votes)]  # type: ignore[arg-type]


def background() -> list[Cast]:
    """Four ideas, each with a vote every eight hours."""
    return [Cast(START + timedelta(hours=2 * n), n % 4, f"home {n}", False, False) for n in range(230)]


def found(casts: list[Cast], **more: object) -> list[Signal]:
    return signals(casts, **{"until": UNTIL, "opens_at": START} | more)  # type: ignore[arg-type]


def kinds(casts: list[Cast]) -> set[Kind]:
    return {fact.kind for signal in found(background() + casts) for fact in signal.facts}


# --- the rule


def test_twelve_votes_are_enough_and_eleven_are_not() -> None:
    assert [signal.votes for signal in found(crowd(12))] == [12]
    assert found(crowd(11)) == []


def test_a_burst_needs_two_more_facts() -> None:
    assert kinds(crowd(15, network=None)) == {Kind.BURST, Kind.YOUNG, Kind.QUIET}
    assert kinds(crowd(15, network=None, quiet=False)) == set()
    assert kinds(crowd(15, young=False, quiet=False)) == set()
    assert kinds(crowd(15, young=False)) == {Kind.BURST, Kind.NETWORK, Kind.QUIET}


def test_an_even_beat_counts_from_twenty_votes() -> None:
    assert kinds(crowd(20, network=None, quiet=False)) == {Kind.BURST, Kind.YOUNG, Kind.CADENCE}
    assert kinds(crowd(19, network=None, quiet=False)) == set()


@pytest.mark.parametrize(
    ("thing", "yes", "least", "of"), [("young", True, 16, 20), ("network", "one", 10, 20), ("quiet", True, 17, 20)]
)
def test_a_share_is_noticed_from_its_threshold(thing: str, yes: object, least: int, of: int) -> None:
    others, limits = {"network": None, "young": False, "quiet": False}, Thresholds(votes=of, others=1, cadence_votes=99)

    def facts(count: int) -> set[str]:
        casts = crowd(of, **others)
        casts[:count] = crowd(count, **others | {thing: yes})
        return {fact.kind for signal in found(casts, thresholds=limits) for fact in signal.facts}

    assert facts(least) == {Kind.BURST, thing}
    assert facts(least - 1) == set()


def test_an_hour_ends_before_the_vote_an_hour_ago() -> None:
    twelfth = ATTACK + HOUR
    assert found([*crowd(11), *crowd(1, at=twelfth)]) == []
    assert len(found([*crowd(11), *crowd(1, at=twelfth - timedelta(microseconds=1))])) == 1


def test_a_network_that_has_gone_quiet_is_forgotten() -> None:
    crowded, mixed = crowd(12, young=False), crowd(12, at=ATTACK + 2 * HOUR, network=None, young=False)
    assert [signal.votes for signal in found(crowded + mixed)] == [12]


def test_hours_that_share_one_vote_are_one_signal() -> None:
    shared = [*crowd(12), *crowd(11, gap=timedelta(seconds=1), at=ATTACK + 11 * MINUTE + HOUR - timedelta(seconds=11))]
    assert [signal.votes for signal in found(shared)] == [23]
    apart = [*crowd(12), *crowd(12, at=ATTACK + 11 * MINUTE + HOUR)]
    assert [signal.votes for signal in found(apart)] == [12, 12]


def test_votes_of_one_and_the_same_moment_are_no_beat() -> None:
    """So a time that is only known to the hour accuses nobody."""
    assert kinds(crowd(40, gap=timedelta(0), network=None, quiet=False)) == set()


def test_a_network_that_is_not_known_is_not_the_same_network() -> None:
    assert Kind.NETWORK not in kinds(crowd(15, network=None))


def test_an_hour_in_which_everybody_votes_more_is_no_burst() -> None:
    """Twenty votes for each of four ideas: more than ever, but each has its usual share."""
    assert found(background() + [cast for idea in range(4) for cast in crowd(20, option=idea)]) == []


def test_what_is_usual_for_an_idea_is_no_burst() -> None:
    steady = [Cast(START + timedelta(minutes=3 * n), 1, "one", True, True) for n in range(4_000)]
    assert found(steady) == found(steady[:30])


def test_overlapping_hours_are_one_signal_and_the_next_day_is_another() -> None:
    long, later = crowd(150), crowd(15, at=ATTACK + timedelta(days=1))
    assert [(signal.since, signal.until, signal.votes) for signal in found(background() + long + later, until=UNTIL)] == [
        (long[0].at, long[-1].at, 151),
        (later[0].at, later[-1].at, 15),
    ]


def test_a_fact_has_the_figures_of_its_strongest_hour() -> None:
    slow, fast = crowd(15), crowd(30, at=ATTACK + 15 * MINUTE, gap=timedelta(seconds=10))
    (signal,) = found(slow + fast)
    burst, young, network, cadence, quiet = signal.facts
    assert (burst.kind, burst.votes, burst.percent) == (Kind.BURST, 45, 100)
    assert burst.usual is not None and burst.usual < 0.01
    assert (young.percent, network.percent, quiet.percent) == (100, 100, 100)
    assert cadence.gap == pytest.approx(60 * 14 / 19 + 10 * 5 / 19, rel=0.3)


def test_what_comes_after_the_moment_is_not_known() -> None:
    casts = background() + crowd(40)
    assert found(casts, until=ATTACK + 10 * MINUTE) == []
    assert found(casts, until=ATTACK + 20 * MINUTE) == found([cast for cast in casts if cast.at <= ATTACK + 20 * MINUTE])


def test_no_votes_are_no_signal() -> None:
    assert found([]) == []


# --- announced events


def test_a_signal_carries_what_was_announced_for_its_time_and_is_still_listed() -> None:
    events = [
        Outreach(ATTACK + 5 * MINUTE, ATTACK + HOUR, "Markt"),
        Outreach(ATTACK - HOUR, ATTACK + MINUTE, "Schule"),
        Outreach(ATTACK - HOUR, ATTACK, "zu früh"),
        Outreach(ATTACK + 12 * MINUTE, ATTACK + HOUR, "zu spät"),
    ]
    (signal,) = found(crowd(12), outreach=events)
    assert signal.outreach == ("Schule", "Markt")


# --- properties


BURSTS = st.builds(
    lambda votes, option, begin, gap, share, dice: [
        Cast(
            START + timedelta(minutes=begin, seconds=round(n * gap * (1 + Random(dice + n).random()))),
            option,
            Random(dice * n).choice(["a", "a", "b", None]),
            Random(dice + 2 * n).random() < share,
            Random(dice + 3 * n).random() < share,
        )
        for n in range(votes)
    ],
    votes=st.integers(1, 45),
    option=st.integers(1, 3),
    begin=st.integers(0, 9 * 24 * 60),
    gap=st.sampled_from([0, 1, 30, 120, 400]),
    share=st.sampled_from([0.3, 0.85, 1]),
    dice=st.integers(0, 999),
)
BALLOTS = st.lists(BURSTS, max_size=6).map(lambda bursts: [cast for burst in bursts for cast in burst])


def plainly(casts: list[Cast], limits: Thresholds = THRESHOLDS) -> dict[tuple[int, datetime], set[Kind]]:
    """The rule word for word, each hour counted anew: the noticeable hours by idea and end, with what was noticed."""
    hours = {}
    for option, end in {(cast.option, cast.at) for cast in casts}:
        total = [cast for cast in casts if end - HOUR < cast.at <= end]
        earlier = [cast for cast in casts if end - HOUR - WEEK < cast.at <= end - HOUR]
        own = sorted((cast for cast in total if cast.option == option), key=lambda cast: cast.at)
        n, past = len(own), sum(cast.option == option for cast in earlier)
        gaps = [(b.at - a.at).total_seconds() for a, b in pairwise(own)]
        networks = Counter(cast.network for cast in own if cast.network)
        facts = {
            Kind.YOUNG: sum(cast.young for cast in own) / n >= limits.young,
            Kind.NETWORK: max(networks.values(), default=0) / n >= limits.network,
            Kind.CADENCE: n >= limits.cadence_votes and fmean(gaps) > 0 and pstdev(gaps) / fmean(gaps) < limits.spread,
            Kind.QUIET: sum(cast.quiet for cast in own) / n >= limits.quiet,
        }
        share, usual_share = n / len(total), (past + 1) / (len(earlier) + 1)
        usual = (past + 1) / (min(WEEK, max(timedelta(0), end - HOUR - START)) / HOUR + 1)
        unusual = poisson_log_tail(n, usual) < log(limits.tail)
        if (
            n >= limits.votes
            and sum(facts.values()) >= limits.others
            and unusual
            and share > min(limits.times_usual * usual_share, limits.share)
        ):
            hours[option, end] = {kind for kind, holds in facts.items() if holds} | {Kind.BURST}
    return hours


@settings(max_examples=60, deadline=None)
@given(BALLOTS)
def test_the_quick_way_finds_what_the_plain_way_finds(casts: list[Cast]) -> None:
    hours, listed = plainly(casts), found(casts)
    assert {(s.option, s.until) for s in listed} <= set(hours)
    for option, end in hours:
        assert sum(s.option == option and s.since <= end <= s.until for s in listed) == 1
    for signal in listed:
        within = [
            kinds for (option, end), kinds in hours.items() if option == signal.option and signal.since <= end <= signal.until
        ]
        assert {fact.kind for fact in signal.facts} == set().union(*within)
        assert signal.votes == sum(c.option == signal.option and signal.since <= c.at <= signal.until for c in casts)


def test_the_examples_of_the_properties_are_not_all_quiet() -> None:
    """A check of the check: what is drawn above is noticed often enough, and often enough not."""
    dice = Random(1)
    drawn = [
        crowd(dice.randint(5, 40), gap=timedelta(seconds=dice.choice([1, 30, 400])), young=dice.random() < 0.7) for _ in range(50)
    ]
    assert 10 < sum(bool(plainly(casts)) for casts in drawn) < 45


@settings(max_examples=40, deadline=None)
@given(BALLOTS, st.randoms(use_true_random=False))
def test_the_order_of_the_votes_changes_nothing(casts: list[Cast], dice: Random) -> None:
    assert found(dice.sample(casts, len(casts))) == found(casts)


@settings(max_examples=40, deadline=None)
@given(BALLOTS)
def test_signals_never_depend_on_the_numbers_of_ideas_or_the_names_of_networks(casts: list[Cast]) -> None:
    renamed = [Cast(c.at, 1_000 - c.option, c.network and c.network * 7, c.young, c.quiet) for c in casts]

    def told(listed: list[Signal], name: int) -> set[tuple]:
        return {(abs(name - s.option), s.since, s.until, s.votes, s.facts) for s in listed}

    assert told(found(renamed), 1_000) == told(found(casts), 0)


@settings(max_examples=40, deadline=None)
@given(BALLOTS)
def test_fewer_than_twelve_votes_are_never_noticed(casts: list[Cast]) -> None:
    few = [cast for option in (1, 2, 3) for cast in [c for c in casts if c.option == option][:11]]
    assert found(few) == []
    assert all(signal.votes >= 12 for signal in found(casts))


@settings(max_examples=40, deadline=None)
@given(BALLOTS, st.integers(0, 9 * 24 * 60))
def test_what_was_noticed_stays_noticed(casts: list[Cast], minutes: int) -> None:
    """A later vote only adds: a signal may grow, it never goes away."""
    later = found(casts)
    for signal in found(casts, until=START + timedelta(minutes=minutes)):
        (grown,) = (s for s in later if s.option == signal.option and s.since <= signal.since <= s.until)
        assert grown.since == signal.since and grown.until >= signal.until and grown.votes >= signal.votes


# --- numbers


@given(st.integers(1, 200), st.floats(0.001, 150))
def test_the_tail_is_exact_enough(count: int, mean: float) -> None:
    with localcontext(prec=40):
        m = Decimal(mean)
        term, total, k = (-m).exp(), Decimal(0), 0
        while k < count or term > total * Decimal("1e-30"):
            total += term * (k >= count)
            k += 1
            term *= m / k
        assert poisson_log_tail(count, mean) == pytest.approx(float(total.ln()), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("count", "mean"), [(0, 3.0), (1, 1e-300), (10**6, 1e-3), (10**6, 1e6), (10**6, 9.9e5), (3, 1e6)])
def test_the_tail_of_anything_is_a_number(count: int, mean: float) -> None:
    assert isfinite(poisson_log_tail(count, mean)) and poisson_log_tail(count, mean) <= 0


@given(st.integers(0, 400), st.floats(0.001, 300), st.sampled_from([1e-3, 1e-6, 1e-9]))
def test_the_bounds_decide_as_the_sum_does(count: int, mean: float, tail: float) -> None:
    assert is_rare(count, mean, tail) == (poisson_log_tail(count, mean) < log(tail))


def test_known_values_of_the_tail() -> None:
    assert exp(poisson_log_tail(1, 1.0)) == pytest.approx(0.6321205588)
    assert exp(poisson_log_tail(12, 1.0)) == pytest.approx(8.3164e-10, rel=1e-3)


# --- what is kept and said


def test_a_signal_survives_being_kept_as_json() -> None:
    (signal,) = found(crowd(30), outreach=[Outreach(ATTACK, ATTACK + HOUR, "Markt")])
    assert from_snapshot(json.loads(json.dumps(snapshot(signal)))) == signal


def test_a_burst_is_said_with_what_is_usual() -> None:
    said = sentence(Fact(Kind.BURST, 43, percent=91, usual=3.2, usual_percent=4))
    assert said.text % said.params == (
        "In einer Stunde kamen 43 Stimmen, üblich sind weniger als 4. "
        "Das waren 91 Prozent aller Stimmen dieser Stunde, üblich sind weniger als 5 Prozent."
    )


@pytest.mark.parametrize(("gap", "seconds"), [(0.2, 1), (30.4, 30), (190.0, 190)])
def test_an_even_beat_is_said_in_seconds(gap: float, seconds: int) -> None:
    assert sentence(Fact(Kind.CADENCE, 30, gap=gap, spread=0.1)).n == seconds


def test_each_fact_has_a_sentence_and_none_accuses() -> None:
    (signal,) = found(crowd(30), outreach=[Outreach(ATTACK, ATTACK + HOUR, "Markt")])
    said = [message.text for message in sentences(signal)]
    assert len(said) == len(Kind) + 2
    assert "selbst nach" in said[-1]
    assert not re.search("manip|betr[uü]g|gefälscht|verdächt|verdacht|angriff|missbrauch", " ".join(said), re.I)
