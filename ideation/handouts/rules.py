"""Sheets of a lab for paper, as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass

# Lines for people nobody expected; and what fits on one page beside everything else.
SPARE_LINES, WHY_MAX, PROMISE_MAX = 6, 600, 320


@dataclass(frozen=True, slots=True)
class Sitting:
    """A meeting of a lab in words: its name ("1. Treffen"), when, and where. Empty where it is not known."""

    title: str
    when: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """People of an institution: how many in all, and those who may be named."""

    institution: str
    count: int
    names: Sequence[str] = ()


def signature_rows(parties: Sequence[Party], spare: int = SPARE_LINES) -> list[tuple[str, str]]:
    """Name and institution of each line: the named ones first, then a line for each further person, then lines for anybody."""
    rows: list[tuple[str, str]] = []
    for party in sorted(parties, key=lambda party: (not party.institution, party.institution.casefold())):
        names = sorted(party.names, key=str.casefold)
        rows += [(name, party.institution) for name in names]
        rows += [("", party.institution)] * max(0, party.count - len(names))
    return rows + [("", "")] * spare
