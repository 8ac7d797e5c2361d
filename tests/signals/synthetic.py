"""Ballots made of dice: 21 days, 30 ideas, about 6 voters an hour, and what may happen to them.

Simplified after reports of real ballots (Potsdam 2010, Haar 2021, Guimarães, Wrocław); every number here is a guess that
can be read. One idea, FAVOURED, is what somebody wants to win."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random

from ideation.signals.rules import Cast

START, DAYS, IDEAS, VOTERS = datetime(2026, 5, 4, tzinfo=UTC), 21, 30, 6
END = START + timedelta(days=DAYS)
FAVOURED, SECOND = 17, 23
# Few vote at night, many in the evening.
BY_HOUR = [w / 24 for w in (8, 4, 2, 1, 1, 3, 10, 22, 28, 26, 26, 28, 34, 28, 26, 26, 28, 34, 40, 44, 42, 38, 28, 17)]
POPULAR = [1 / (rank + 3) for rank in range(IDEAS)]
ATTACK = START + timedelta(days=12)


def after(minutes: float) -> datetime:
    return ATTACK + timedelta(minutes=minutes)


def home(dice: Random) -> str:
    """Six in ten vote at home, the others through one of the large networks."""
    return f"home {dice.randrange(3000)}" if dice.random() < 0.6 else f"mobile {dice.randrange(8)}"


def visit(dice: Random, at: datetime, *, young: float, wanted: float = 0.0) -> Iterator[Cast]:
    """One person with one to three votes; with the chance `wanted` the first one is for the favoured idea."""
    is_young = dice.random() < young
    is_quiet, network = dice.random() < (0.7 if is_young else 0.2), home(dice)
    ideas = dict.fromkeys(dice.choices(range(IDEAS), POPULAR, k=dice.randint(1, 3)))
    if dice.random() < wanted:
        ideas = {FAVOURED: None} | (ideas if dice.random() < 0.4 else {})
    for idea in ideas:
        yield Cast(at, idea, network, is_young, is_quiet)
        at += timedelta(seconds=dice.expovariate(1 / 60))


@lru_cache(maxsize=8)
def everyday(seed: int) -> tuple[Cast, ...]:
    return tuple(_everyday(Random(seed)))


def _everyday(dice: Random) -> Iterator[Cast]:
    mean, most = sum(BY_HOUR) / 24, max(BY_HOUR)
    hours = dice.expovariate(VOTERS * most / mean)
    while hours < DAYS * 24:
        if dice.random() < BY_HOUR[int(hours) % 24] / most:
            yield from visit(dice, START + timedelta(hours=hours), young=0.6 if hours < 48 else 0.25)
        hours += dice.expovariate(VOTERS * most / mean)


def newsletter(dice: Random) -> Iterator[Cast]:
    """Everybody is reminded at once, and they vote as people do."""
    for _ in range(250):
        yield from visit(dice, after(600 + dice.expovariate(1 / 180)), young=0.35)


def press(dice: Random, young: float = 0.55) -> Iterator[Cast]:
    """A newspaper praises one idea in the morning; many new people come for it."""
    for _ in range(180):
        yield from visit(dice, after(420 + dice.expovariate(1 / 300)), young=young, wanted=0.75)


def press_for_strangers(dice: Random) -> Iterator[Cast]:
    """The same where hardly a reader has an account yet."""
    return press(dice, young=0.95)


def school_class(dice: Random) -> Iterator[Cast]:
    """A lesson: 27 accounts from one address, most of them for the idea of their school."""
    for _ in range(27):
        at = after(600 + dice.uniform(5, 45))
        for idea in {FAVOURED if dice.random() < 0.8 else 1, *dice.choices(range(IDEAS), POPULAR, k=2)}:
            yield Cast(at, idea, "school", True, dice.random() < 0.9)


def potsdam(dice: Random, network: Callable[[Random], str] = lambda dice: "one") -> Iterator[Cast]:
    for _ in range(140):
        yield Cast(after(1200 + dice.uniform(0, 150)), FAVOURED, network(dice), True, dice.random() < 0.97)


def potsdam_proxies(dice: Random) -> Iterator[Cast]:
    return potsdam(dice, home)


def haar(dice: Random) -> Iterator[Cast]:
    """One vote about every half minute for four hours."""
    minutes = 780.0
    while minutes < 1020:
        yield Cast(after(minutes), FAVOURED, home(dice), dice.random() < 0.9, True)
        minutes += max(0.1, dice.gauss(0.5, 0.1))


def guimaraes(dice: Random) -> Iterator[Cast]:
    """A night, 300 names from a list, each for the same two ideas."""
    for _ in range(300):
        at, network = after(30 + dice.uniform(0, 390)), f"rented {dice.randrange(40)}"
        yield Cast(at, FAVOURED, network, True, True)
        yield Cast(at + timedelta(seconds=dice.uniform(2, 9)), SECOND, network, True, True)


def wroclaw(dice: Random) -> Iterator[Cast]:
    """320 votes from one address on one day, with accounts of any age."""
    for _ in range(320):
        yield Cast(after(600 + dice.uniform(0, 480)), FAVOURED, "one", dice.random() < 0.4, dice.random() < 0.95)


def slow(dice: Random) -> Iterator[Cast]:
    """Somebody patient: 60 accounts made long before, a vote now and then for a week."""
    for _ in range(60):
        yield Cast(after(dice.uniform(0, 7 * 24 * 60)), FAVOURED, home(dice), False, True)


Story = Callable[[Random], Iterator[Cast]]


def ballot(story: Story | None, seed: int) -> list[Cast]:
    """An everyday ballot in which this happens, in no order."""
    return [*everyday(seed), *(story(Random(f"story {seed}")) if story else ())]
