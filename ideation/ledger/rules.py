"""What the ledger of a ballot says and how its entries are chained. Pure: standard library only.

`verify_ledger.py` beside this file checks an export without any of this code; the two must agree, and a test says so."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

GENESIS = "0" * 64
# Below this many people a total could be read back to somebody: while they vote, only heads are published.
CROWD = 20
# A receipt shows so many hex digits of the commitment (100 bits), in these letters (base32).
PREFIX, LETTERS = 25, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Act(StrEnum):
    OPEN = "open"
    OPTION = "option"
    CAST = "cast"
    WITHDRAW = "withdraw"
    VOID = "void"
    REINSTATE = "reinstate"
    RULE_NOTE = "rule_note"
    CLOSE = "close"


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, without spaces, in UTF-8: the same bytes everywhere for the same value (no floats in it)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def text_hash(title: str, body: str) -> str:
    """SHA-256 of what an option says, as hex: which text people voted on."""
    return hashlib.sha256(b"text-v1|" + canonical([title, body])).hexdigest()


def commitment(voter_token: str, nonce: str) -> str:
    """SHA-256 of "vote-v1|token|nonce" as hex: stands for one act of one voter, and shows neither the voter nor that two are theirs."""
    return hashlib.sha256(f"vote-v1|{voter_token}|{nonce}".encode()).hexdigest()


def entry_hash(before: str, public: Mapping[str, Any]) -> str:
    """SHA-256 of "entry-v1|hash of the entry before|canonical public part" as hex; the first entry follows 64 zeros."""
    return hashlib.sha256(b"entry-v1|" + before.encode() + b"|" + canonical(public)).hexdigest()


def receipt_code(ballot_id: int, commit: str) -> str:
    """The ballot's number and the first 100 bits of the commitment, five a letter: "12-ABCDE-FGHIJ-KLMNO-PQRST"."""
    bits = int(commit[:PREFIX], 16)
    text = "".join(LETTERS[bits >> shift & 31] for shift in range(95, -1, -5))
    return "-".join([str(ballot_id), *(text[at : at + 5] for at in range(0, len(text), 5))])


def read_code(text: str) -> tuple[int, str] | None:
    """A code as somebody types it: the ballot's number and the first 25 hex digits of the commitment. None when it is no code.

    Case, spaces and hyphens do not matter; 0 and 1, which no code has behind the number, are read as O and I."""
    found = re.fullmatch(r"([1-9][0-9]{0,8})[\s-]+(.+)", text.strip().upper())
    if found is None:
        return None
    letters = re.sub(r"[\s-]+", "", found[2]).translate(str.maketrans("01", "OI"))
    if len(letters) != PREFIX * 4 // 5 or any(letter not in LETTERS for letter in letters):
        return None
    bits = 0
    for letter in letters:
        bits = bits << 5 | LETTERS.index(letter)
    return int(found[1]), f"{bits:0{PREFIX}x}"


def pem(public: str) -> str:
    """An Ed25519 public key (hex) in the form that other programs read."""
    der = bytes.fromhex("302a300506032b6570032100") + bytes.fromhex(public)
    return f"-----BEGIN PUBLIC KEY-----\n{base64.b64encode(der).decode()}\n-----END PUBLIC KEY-----"


def network_hash(day_key: bytes, network: str) -> str:
    """HMAC-SHA-256 of a network under the key of one day, 32 hex digits: the same network is another value tomorrow."""
    return hmac.new(day_key, network.encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Trace:
    """What is kept for a few days so that people can look at a burst: where a vote came from, and what else the account did."""

    network: str | None = None
    young: bool | None = None
    quiet: bool | None = None


def public(
    ballot: int, seq: int, action: str, option: int | None, points: int | None, ref: str | None, commit: str | None, body: Any, hour: datetime
) -> dict[str, Any]:  # fmt: skip
    """The public part of an entry, as it is hashed and published; its time is the full hour in UTC."""
    return {
        "ballot": ballot, "seq": seq, "action": action, "option": option, "points": points, "ref": ref, "commit": commit, "body": body,
        "hour": f"{hour:%Y-%m-%dT%H}:00Z",
    }  # fmt: skip


@dataclass(slots=True)
class Count:
    """What the entries add up to. Per option: people and points; `paper` of them from paper ballots, `void` declared invalid."""

    votes: dict[int, int] = field(default_factory=dict)
    points: dict[int, int] = field(default_factory=dict)
    paper: dict[int, int] = field(default_factory=dict)
    void: dict[int, int] = field(default_factory=dict)

    def of(self, option: int) -> tuple[int, int]:
        return self.votes.get(option, 0), self.points.get(option, 0)


@dataclass(frozen=True, slots=True)
class Vote:
    """A cast as it stands: counts, withdrawn or void."""

    option: int
    points: int
    paper: bool
    state: str = "counts"


class Broken(ValueError):
    """The first entry that does not fit: its sequence number and why, in English for commands and logs."""

    def __init__(self, seq: int | None, why: str) -> None:
        super().__init__(f"entry {seq}: {why}")
        self.seq, self.why = seq, why


def count(entries: Iterable[Mapping[str, Any]]) -> Count:
    """Follows a sealed ledger from its first entry: every hash, every reference, every act in its place; then what it adds up to.

    `entries`: the public parts with "hash", in order. Raises Broken at the first fault."""
    result, closed, seen, before = Count(), False, 0, GENESIS
    # Each vote by its commitment, and what it is now. Equal votes share one value: a million of them fit into memory.
    votes, same = dict[str, Vote](), dict[Vote, Vote]()
    for entry in entries:
        act = entry["action"]
        if entry["seq"] != seen + 1:
            raise Broken(entry["seq"], f"follows entry {seen}")
        seen, before = seen + 1, _linked(entry, before)
        if (seen == 1) != (act == Act.OPEN):
            raise Broken(seen, "a ledger begins with one opening")
        if closed and act not in {Act.VOID, Act.REINSTATE}:
            raise Broken(seen, f"{act} after the close")
        if act == Act.CAST:
            if entry["commit"] in votes:
                raise Broken(seen, "the same vote once more")
            vote = Vote(entry["option"], entry["points"], (entry["body"] or {}).get("channel") == "paper")
            votes[entry["commit"]] = same.setdefault(vote, vote)
            _add(result, vote, 1)
        elif act in MOVES:
            was, becomes, by = MOVES[act]
            known = votes.get(entry["ref"])
            if known is None or known.state != was or (known.option, known.points) != (entry["option"], entry["points"]):
                raise Broken(seen, f"{act} of a vote that is not there or not {was}")
            moved = replace(known, state=becomes)
            votes[entry["ref"]] = same.setdefault(moved, moved)
            _add(result, known, by)
            if act != Act.WITHDRAW:
                result.void[known.option] = result.void.get(known.option, 0) - by
        elif act == Act.CLOSE:
            closed, told = True, entry["body"]["tally"]
            if told != (found := tally(result, told)):
                raise Broken(seen, f"the tally says {told}, the entries add up to {found}")
    return result


def _linked(entry: Mapping[str, Any], before: str) -> str:
    if entry["hash"] != entry_hash(before, {name: value for name, value in entry.items() if name not in {"hash", "prev"}}):
        raise Broken(entry["seq"], "its hash does not follow from the entry before and its content")
    return str(entry["hash"])


# What an act needs the vote to be, makes of it, and does to the count.
MOVES = {
    Act.WITHDRAW: ("counts", "withdrawn", -1),
    Act.VOID: ("counts", "void", -1),
    Act.REINSTATE: ("void", "counts", 1),
}


def tally(result: Count, options: Iterable[int | str]) -> dict[str, list[int]]:
    """For the close entry: option to [people, points]; every option of the ballot stands in it, and whatever has votes."""
    every = {int(option) for option in options} | {o for o, n in result.votes.items() if n}
    return {str(option): list(result.of(option)) for option in sorted(every)}


def _add(result: Count, vote: Vote, by: int) -> None:
    result.votes[vote.option] = result.votes.get(vote.option, 0) + by
    result.points[vote.option] = result.points.get(vote.option, 0) + by * vote.points
    if vote.paper:
        result.paper[vote.option] = result.paper.get(vote.option, 0) + by * vote.points
