"""What a selection protocol knows of a ballot, in plain values. What it says of it stands in `wordings`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ideation.core.sentence import Message


@dataclass(frozen=True, slots=True)
class Row:
    """One option. `title` is empty when the idea was hidden. `listed`: it wins by the rule, whatever was decided afterwards.

    `points`: the number that counts; `paper`: how many of them came on paper. `cost`: whole euros."""

    idea: int
    title: str
    place: int
    votes: int
    points: int
    paper: int = 0
    cost: int | None = None
    eligible: bool = True
    selected: bool = False
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Extension:
    """The close was moved, with the reason that was given. `before`: None when it had no end."""

    before: datetime | None
    after: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Box:
    """Paper ballots of an event. `status` as in `paper`; `spoiled` of the sheets do not count."""

    label: str
    status: str
    sheets: int
    spoiled: int


@dataclass(frozen=True, slots=True)
class Tie:
    """Options that were equal where it mattered. `chosen` is empty while nobody has decided."""

    ideas: tuple[int, ...]
    places: int
    chosen: tuple[int, ...] = ()
    reason: str = ""
    by_lot: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """Votes declared invalid or reinstated by two people. `act` and `category` as in `corrections`."""

    act: str
    category: str
    reason: str
    votes: int
    done_at: datetime


@dataclass(frozen=True, slots=True)
class Numbers:
    """`withdrawn` and `void`: votes, not people. `codes`: printed."""

    withdrawn: int = 0
    void: int = 0
    codes: int = 0
    codes_used: int = 0


@dataclass(frozen=True, slots=True)
class Hashes:
    """SHA-256 as hex: the opening entry, the end of the chain at the close, the certified result; and the public key."""

    opening: str | None = None
    closing: str | None = None
    result: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Protocol:
    """`terms`: the rules as frozen in the opening entry. `rows` in the order of the result.

    `certified_at`: None while the result is only counted. `differs`: the selection is another one than the rule gives."""

    ballot: int
    number: int
    round: str
    questions: tuple[str, ...]
    terms: Mapping[str, Any]
    asks_to_join: bool
    opens_at: datetime
    closes_at: datetime | None
    closed_at: datetime
    rows: tuple[Row, ...]
    voters: int
    numbers: Numbers
    hashes: Hashes
    extensions: tuple[Extension, ...] = ()
    boxes: tuple[Box, ...] = ()
    tie: Tie | None = None
    corrections: tuple[Correction, ...] = ()
    faults: tuple[Message, ...] = ()
    differs: bool = False
    reason: str = ""
    proposed_at: datetime | None = None
    certified_at: datetime | None = None

    @property
    def gives_points(self) -> bool:
        return bool(self.terms["method"] == "points")

    @property
    def by_rank(self) -> bool:
        return bool(self.terms["rule"] == "rank")

    @property
    def winners(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.selected)

    @property
    def open_tie(self) -> bool:
        return self.tie is not None and not self.tie.chosen


@dataclass(frozen=True, slots=True)
class Margin:
    """Between the last option that wins by the rule and the first that does not. `short`: what that one lacks to the minimum."""

    last: Row
    first: Row
    short: int = 0

    @property
    def points(self) -> int:
        return self.last.points - self.first.points


def margin(protocol: Protocol) -> Margin | None:
    """None where there are no two to compare. By the rule, not by what was chosen differently."""
    able = [row for row in protocol.rows if row.eligible]
    winners, others = [row for row in able if row.listed], [row for row in able if not row.listed]
    if not winners or not others:
        return None
    last, first = min(winners, key=lambda row: row.points), max(others, key=lambda row: row.points)
    return Margin(last, first, max(0, max(1, protocol.terms["minimum"]) - first.points))


@dataclass(frozen=True, slots=True)
class Command:
    """The options with which `ideation ballots select` repeats a result from the published file."""

    rule: str
    seats: int | None
    minimum: int
    completion: str = "none"
    utility: str = "cost"
    listed_first: bool = False

    def __str__(self) -> str:
        parts = [f"--rule {self.rule}"]
        if self.rule == "equal_shares":
            parts += [f"--completion {self.completion}", f"--utility {self.utility}"]
        parts += [f"--seats {self.seats}"] if self.seats is not None else []
        parts += [f"--minimum {self.minimum}"] if self.minimum else []
        return " ".join([*parts, *(["--ties file"] if self.listed_first else [])])


def command(terms: Mapping[str, Any], *, tied: bool) -> Command:
    """`tied`: equal options were decided; the file then lists first what comes first."""
    seats = terms["seats"] if terms["budget"] is None else None
    return Command(terms["rule"], seats, terms["minimum"], terms["completion"], terms["utility"], tied)


Words = Message | str


@dataclass(frozen=True, slots=True)
class Bar:
    row: Row
    title: Words
    text: Message
    word: Words


@dataclass(frozen=True, slots=True)
class Table:
    """`align`: left or right for each column."""

    head: tuple[Message, ...]
    align: tuple[str, ...]
    rows: tuple[tuple[Words, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    heading: Message
    paragraphs: tuple[Words, ...]
    bars: tuple[Bar, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """`standing`: the sentence that says that nothing is certified yet; None afterwards."""

    subtitle: Message
    standing: Message | None
    facts: tuple[tuple[Message, Words], ...]
    sections: tuple[Section, ...]
    hashes: tuple[tuple[Message, str], ...]
    points: bool = False
