"""Hours of a ballot that a person should look at. A signal changes no count: real people vote like this too.

Noticeable is a burst together with two of four things that votes of few hands have in common."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import accumulate, pairwise
from math import exp, lgamma, log, log1p
from typing import Any

from ideation.core.sentence import Message, say, say_n

EPOCH, TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
HOUR, WEEK = timedelta(hours=1) // TICK, timedelta(days=7) // TICK


class Kind(StrEnum):
    BURST = "burst"
    YOUNG = "young"
    NETWORK = "network"
    CADENCE = "cadence"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Cast:
    """One vote. `young`: the account was younger than a day. `quiet`: it had done nothing else.

    `network`: the network's hash under the key of that day; None when it is not known or no longer."""

    at: datetime
    option: int
    network: str | None
    young: bool
    quiet: bool


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where an hour becomes noticeable. Shares are parts of 1; `others`: how many facts a burst needs beside it."""

    votes: int = 12
    tail: float = 1e-6
    times_usual: float = 3.0
    share: float = 0.5
    young: float = 0.8
    network: float = 0.5
    spread: float = 0.5
    cadence_votes: int = 20
    quiet: float = 0.85
    others: int = 2


THRESHOLDS = Thresholds()


@dataclass(frozen=True, slots=True)
class Fact:
    """What stood out, in the hour where it did most, with that hour's `votes` for the idea. Percents are rounded down.

    burst: `percent` of all votes of the hour, `usual_percent`, and `usual` votes in an hour. cadence: a vote every `gap`
    seconds on average, `spread` is their coefficient of variation. The others: `percent` of the votes."""

    kind: Kind
    votes: int
    percent: int | None = None
    usual: float | None = None
    usual_percent: int | None = None
    gap: float | None = None
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Outreach:
    """An announced event that may bring many votes at once, open in [opens_at, closes_at)."""

    opens_at: datetime
    closes_at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class Signal:
    """`votes` for `option` from the first at `since` to the last at `until`, both included: overlapping hours made one."""

    option: int
    since: datetime
    until: datetime
    votes: int
    facts: tuple[Fact, ...]
    outreach: tuple[str, ...] = ()


def signals(
    casts: Iterable[Cast],
    *,
    until: datetime,
    opens_at: datetime | None = None,
    outreach: Iterable[Outreach] = (),
    thresholds: Thresholds = THRESHOLDS,
) -> list[Signal]:
    """The noticeable hours of one ballot as known at `until`, oldest first; n log n in the number of votes.

    Each hour ends at a vote and is compared with the seven days before it, or with what there is since `opens_at`
    (without it: since the first vote). Whoever gives only the votes since a moment says that moment as `opens_at`."""
    known = sorted((cast for cast in casts if cast.at <= until), key=lambda cast: cast.at)
    if not known:
        return []
    everything = [_ticks(cast.at) for cast in known]
    opened = min(everything[0], _ticks(opens_at)) if opens_at else everything[0]
    by_option: dict[int, list[Cast]] = {}
    for cast in known:
        by_option.setdefault(cast.option, []).append(cast)
    announced = sorted(outreach, key=lambda e: (e.opens_at, e.title))
    found = [
        replace(signal, outreach=tuple(e.title for e in announced if e.opens_at <= signal.until and signal.since < e.closes_at))
        for own in by_option.values()
        for signal in _merged(own, _noticeable(_Votes(own), everything, opened, thresholds))
    ]
    return sorted(found, key=lambda signal: (signal.since, signal.option))


class _Votes:
    """One idea's votes in order of time. Running sums answer for any stretch of them at once."""

    __slots__ = ("networks", "quiet", "squares", "times", "young")

    def __init__(self, casts: list[Cast]) -> None:
        self.times = [_ticks(cast.at) for cast in casts]
        self.networks = [cast.network for cast in casts]
        self.young = [0, *accumulate(cast.young for cast in casts)]
        self.quiet = [0, *accumulate(cast.quiet for cast in casts)]
        # Whole numbers: a difference of two large sums stays exact.
        self.squares = [0, *accumulate((b - a) ** 2 for a, b in pairwise(self.times))]

    def facts(self, first: int, last: int, neighbours: int, limits: Thresholds) -> list[Fact]:
        """What the votes `first` to `last` have in common; `neighbours` of them came from one network."""
        votes = last - first + 1
        young, quiet = self.young[last + 1] - self.young[first], self.quiet[last + 1] - self.quiet[first]
        found = []
        if young / votes >= limits.young:
            found.append(Fact(Kind.YOUNG, votes, percent=100 * young // votes))
        if neighbours / votes >= limits.network:
            found.append(Fact(Kind.NETWORK, votes, percent=100 * neighbours // votes))
        if quiet / votes >= limits.quiet:
            found.append(Fact(Kind.QUIET, votes, percent=100 * quiet // votes))
        length, gaps = self.times[last] - self.times[first], votes - 1
        if votes >= limits.cadence_votes and length:
            spread = max(0, gaps * (self.squares[last] - self.squares[first]) - length**2) ** 0.5 / length
            if spread < limits.spread:
                found.append(Fact(Kind.CADENCE, votes, gap=length / gaps / 1e6, spread=spread))
        return found


class _Neighbours:
    """How many of the votes in a moving hour share the most frequent network, without counting anew."""

    __slots__ = ("each", "most", "sizes")

    def __init__(self) -> None:
        self.each: dict[str, int] = {}
        self.sizes = [0]
        self.most = 0

    def come(self, network: str | None) -> None:
        if network is not None:
            size = self.each[network] = self.each.get(network, 0) + 1
            if size == len(self.sizes):
                self.sizes.append(0)
            self.sizes[size] += 1
            self.most = max(self.most, size)

    def go(self, network: str | None) -> None:
        if network is not None:
            size = self.each[network]
            self.each[network] = size - 1
            self.sizes[size] -= 1
            # One vote less: the most frequent network can only have lost one.
            self.most -= not self.sizes[self.most]


def _noticeable(own: _Votes, everything: list[int], opened: int, limits: Thresholds) -> Iterator[tuple[int, int, list[Fact]]]:
    """First and last vote of each noticeable hour, with its facts."""
    first, neighbours, count = 0, _Neighbours(), len(own.times)
    for last, at in enumerate(own.times):
        neighbours.come(own.networks[last])
        while own.times[first] <= at - HOUR:
            neighbours.go(own.networks[first])
            first += 1
        same_moment = last + 1 < count and own.times[last + 1] == at
        if same_moment or last - first + 1 < limits.votes:
            continue
        facts = own.facts(first, last, neighbours.most, limits)
        if len(facts) >= limits.others and (burst := _burst(own.times, first, last, everything, opened, limits)):
            yield first, last, [burst, *facts]


def _burst(times: list[int], first: int, last: int, everything: list[int], opened: int, limits: Thresholds) -> Fact | None:
    """One vote in one hour is added to what was usual: an idea that nobody voted for yet has a rate, too."""
    votes, begin = last - first + 1, times[last] - HOUR
    before = bisect_right(everything, begin)
    share = votes / (bisect_right(everything, times[last]) - before)
    own_past = first - bisect_right(times, begin - WEEK)
    usual_share = (own_past + 1) / (before - bisect_right(everything, begin - WEEK) + 1)
    if share <= limits.times_usual * usual_share and share <= limits.share:
        return None
    usual = (own_past + 1) / (min(WEEK, max(0, begin - opened)) / HOUR + 1)
    if not is_rare(votes, usual, limits.tail):
        return None
    return Fact(Kind.BURST, votes, percent=int(100 * share), usual=usual, usual_percent=int(100 * usual_share))


def _merged(casts: list[Cast], hours: Iterable[tuple[int, int, list[Fact]]]) -> Iterator[Signal]:
    """Hours that share a vote become one signal; of each kind it keeps the strongest fact."""
    start = end = -1
    strongest: dict[Kind, Fact] = {}
    for first, last, facts in hours:
        if first > end:
            if strongest:
                yield _signal(casts, start, end, strongest)
            start, strongest = first, {}
        end = last
        for fact in facts:
            kept = strongest.get(fact.kind)
            if kept is None or _strength(fact) > _strength(kept):
                strongest[fact.kind] = fact
    if strongest:
        yield _signal(casts, start, end, strongest)


def _signal(casts: list[Cast], start: int, end: int, strongest: Mapping[Kind, Fact]) -> Signal:
    facts = tuple(strongest[kind] for kind in Kind if kind in strongest)
    return Signal(casts[start].option, casts[start].at, casts[end].at, end - start + 1, facts)


def _strength(fact: Fact) -> tuple[float, int]:
    if fact.kind is Kind.BURST:
        return fact.votes, fact.percent or 0
    return -fact.spread if fact.spread is not None else fact.percent or 0, fact.votes


def _ticks(moment: datetime) -> int:
    return (moment - EPOCH) // TICK


def is_rare(count: int, mean: float, tail: float) -> bool:
    """Whether P(X >= count) < tail for a Poisson number X with this mean (above 0). Two bounds save most of the adding up."""
    if count <= mean or _log_of(count, mean) >= log(tail):
        return False
    if count - mean - count * log(count / mean) < log(tail):  # Chernoff: the probability is not above this
        return True
    return poisson_log_tail(count, mean) < log(tail)


def poisson_log_tail(count: int, mean: float) -> float:
    """Natural logarithm of P(X >= count) for a Poisson number X with this mean (above 0); a logarithm cannot underflow."""
    if count <= 0:
        return 0.0
    if count > mean:
        return min(0.0, _log_of(count, mean) + log(_series(mean / k for k in range(count + 1, 2**63))))
    return log1p(-exp(_log_of(count - 1, mean)) * _series(k / mean for k in range(count - 1, 0, -1)))


def _log_of(count: int, mean: float) -> float:
    return count * log(mean) - mean - lgamma(count + 1)


def _series(ratios: Iterable[float]) -> float:
    """1 + r1 + r1·r2 + …, until a term adds nothing more."""
    total = term = 1.0
    for ratio in ratios:
        term *= ratio
        total += term
        if term < total * 1e-17:
            break
    return total


def snapshot(signal: Signal) -> dict[str, Any]:
    """The signal as JSON can hold it."""
    return asdict(signal) | {"since": signal.since.isoformat(), "until": signal.until.isoformat()}


def from_snapshot(row: Mapping[str, Any]) -> Signal:
    facts = tuple(Fact(**fact | {"kind": Kind(fact["kind"])}) for fact in row["facts"])
    since, until = datetime.fromisoformat(row["since"]), datetime.fromisoformat(row["until"])
    return Signal(row["option"], since, until, row["votes"], facts, tuple(row["outreach"]))


LOOK = say("Das ist nur ein Hinweis. Auch eine Schulklasse oder ein Zeitungsbericht kann so aussehen. Bitte sehen Sie selbst nach.")


def sentences(signal: Signal) -> list[Message]:
    """What a moderator reads: each fact, what was announced for that time, and that it is for them to judge."""
    announced = [say("In dieser Zeit war angekündigt: %(title)s.", title=title) for title in signal.outreach]
    return [*map(sentence, signal.facts), *announced, LOOK]


def sentence(fact: Fact) -> Message:
    share = fact.percent or 0
    match fact.kind:
        case Kind.BURST:
            return say(
                "In einer Stunde kamen %(votes)s Stimmen, üblich sind weniger als %(usual)s. Das waren %(share)s Prozent aller Stimmen dieser Stunde, üblich sind weniger als %(usual_share)s Prozent.",
                votes=fact.votes,
                usual=int(fact.usual or 0) + 1,
                share=share,
                usual_share=(fact.usual_percent or 0) + 1,
            )
        case Kind.YOUNG:
            return say(
                "In einer Stunde kamen %(share)s Prozent der Stimmen von Konten, die noch keinen Tag alt waren.", share=share
            )
        case Kind.NETWORK:
            return say(
                "In einer Stunde kamen %(share)s Prozent der Stimmen aus demselben Netz, etwa dem einer Schule.", share=share
            )
        case Kind.CADENCE:
            return say_n(
                "Die Stimmen kamen sehr gleichmäßig, etwa jede Sekunde eine.",
                "Die Stimmen kamen sehr gleichmäßig, etwa alle %(num)s Sekunden eine.",
                max(1, round(fact.gap or 0)),
            )
        case Kind.QUIET:
            return say("In einer Stunde kamen %(share)s Prozent der Stimmen von Konten, die sonst nichts getan haben.", share=share)
