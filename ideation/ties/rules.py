"""Equal options: which comes first, and what follows from each. A tie is followed through its branches, never broken in secret."""

import hashlib
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

BRANCHES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class End:
    """A calculation that is over. `winners`: in the order of the calculation. `trace`: whatever explains them."""

    winners: tuple[int, ...]
    trace: Any = None


@dataclass(frozen=True, slots=True)
class Fork:
    """A calculation that cannot go on alone: any of `options` may come first. `depth`: how many have been selected before.

    `take(option)` gives the branch in which that option comes first; the fork itself stays as it is."""

    options: tuple[int, ...]
    depth: int
    take: "Callable[[int], Branch]"


class Branch(Protocol):
    """A calculation under way. `key` says what it depends on from here: equal keys, equal future."""

    def run(self) -> Fork | End: ...

    def key(self) -> Hashable: ...


@dataclass(frozen=True, slots=True)
class Followed:
    """Where the branches end.

    `ends`: set of winners to the end of the first branch that gave it, in the order found. `tied`: the options equal at the first
    tie after which the winners differ, or not all branches are known because the limit was reached; empty when nothing is open.
    `branches`: a tie of k options makes k branches of one; branches that come to the same state are calculated once."""

    ends: dict[frozenset[int], End]
    tied: tuple[int, ...] = ()
    branches: int = 1
    limit_reached: bool = False


def lot_order(seed: str, options: Iterable[int]) -> tuple[int, ...]:
    """All options in the order of the lot: by SHA-256 of "lot-v1|seed|option" (UTF-8, as hex), smallest first.

    Anybody can repeat it with `printf 'lot-v1|SEED|OPTION' | sha256sum`; the seed has to be known to nobody before the votes are."""

    def drawn(option: int) -> str:
        return hashlib.sha256(f"lot-v1|{seed}|{option}".encode()).hexdigest()

    return tuple(sorted(options, key=lambda option: (drawn(option), option)))


def ranked(priority: Iterable[int]) -> dict[int, int]:
    """Option to its place in an order of precedence; the first mention counts."""
    places: dict[int, int] = {}
    for option in priority:
        places.setdefault(option, len(places))
    return places


def may_come_first(tied: Collection[int], rank: Mapping[int, int]) -> tuple[int, ...]:
    """Of equal options: the one that precedes all others, if any of them is ranked; otherwise every one, as listed."""
    if known := [option for option in tied if option in rank]:
        return (min(known, key=rank.__getitem__),)
    return tuple(tied)


def follow(start: Branch, limit: int = BRANCHES_MAX) -> Followed:
    """Every branch of a calculation, up to `limit` of them. Without a tie this is the calculation itself."""
    found = start.run()
    if isinstance(found, End):
        return Followed({frozenset(found.winners): found})
    root = start.key()
    reached: dict[Hashable, Fork | End] = {root: found}
    below: dict[Hashable, list[Hashable]] = {root: []}
    waiting = [(root, option) for option in reversed(found.options)]
    branches = len(found.options)
    while waiting and branches <= limit:
        above, option = waiting.pop()
        fork = reached[above]
        assert isinstance(fork, Fork)
        branch = fork.take(option)
        key = branch.key()
        below[above].append(key)
        if key in reached:
            continue
        found = reached[key] = branch.run()
        if isinstance(found, Fork):
            below[key] = []
            branches += len(found.options) - 1
            waiting += [(key, option) for option in reversed(found.options)]
    ends = {frozenset(end.winners): end for end in reversed(reached.values()) if isinstance(end, End)}
    ends = dict(reversed(ends.items()))
    cut = branches > limit
    return Followed(ends, _first_that_matters(root, reached, below), min(branches, limit), cut)


def _first_that_matters(
    root: Hashable, reached: Mapping[Hashable, Fork | End], below: Mapping[Hashable, list[Hashable]]
) -> tuple[int, ...]:
    """The options of the first fork whose branches end differently, or are not all known."""
    outcomes = {key: frozenset({frozenset(end.winners)}) for key, end in reached.items() if isinstance(end, End)}
    forks = [(key, fork) for key, fork in reached.items() if isinstance(fork, Fork)]
    # A branch has selected more than the fork it comes from: the deepest forks know their outcomes first.
    for key, _ in sorted(forks, key=lambda pair: -pair[1].depth):
        outcomes[key] = frozenset().union(*(outcomes[child] for child in below[key]))
    key, fork = root, reached[root]
    while isinstance(fork, Fork):
        if len(below[key]) < len(fork.options) or len({outcomes[child] for child in below[key]}) > 1:
            return fork.options
        key = below[key][0]
        fork = reached[key]
    return ()
