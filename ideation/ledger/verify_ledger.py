#!/usr/bin/env python3
"""Checks the exported ledger of a ballot (a file with one entry a line) and counts the votes again.

    python verify_ledger.py FILE [--head HASH]      FILE can be - for standard input
    python verify_ledger.py --self-test

Ends with 0 for a valid ledger and prints the counts; ends with 1 and names the first bad entry otherwise.
`--head`: a hash that was published while people voted, or that somebody outside kept. It must be the hash of an
entry of the file: otherwise entries were changed or cut off since. Spaces in it do not matter; it can be repeated.

This file needs Python 3.8 or newer and nothing else. It shares no code with the platform on purpose: whoever does
not want to believe the platform should not have to believe its functions either, and a mistake in one of the two
shows as a disagreement between them. It is short enough to be read before it is run.

The format. A line is an object with the keys action, ballot, body, commit, hash, hour, option, points, prev, ref, seq,
written as JSON with sorted keys, without spaces, in UTF-8. `hash` is SHA-256 of "entry-v1|", the hash of the entry
before (64 zeros for the first), "|" and the same object without hash and prev."""
# ruff: noqa: T201

import argparse
import hashlib
import json
import re
import sys

PUBLIC = ("action", "ballot", "body", "commit", "hour", "option", "points", "ref", "seq")
ACTS = {"open", "option", "cast", "withdraw", "void", "reinstate", "rule_note", "close"}
# What an act needs the vote to be, and makes of it. "+" counts, "-" was withdrawn, "!" was declared invalid.
MOVES = {"withdraw": ("+", "-"), "void": ("+", "!"), "reinstate": ("!", "+")}
STATES = {"+": "counts", "-": "was withdrawn", "!": "was declared invalid"}
HASH = re.compile(r"[0-9a-f]{64}")
HOUR = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:00Z")
LONGEST_LINE = 10_000_000
ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


class Bad(Exception):
    """The first entry that does not fit, by its place in the file, and why."""

    def __init__(self, place, why):
        super().__init__(f"entry {place}: {why}")
        self.place, self.why = place, why


class Ledger:
    """Follows the entries one after another. `counts`: option to [people, points, of them on paper, declared invalid]."""

    def __init__(self):
        self.seen, self.before, self.ballot, self.closed, self.last_hour = 0, "0" * 64, None, False, ""
        self.counts, self.acts, self.hashes_wanted = {}, {}, set()
        # Each vote by its commitment: state, option, points, on paper. Equal ones share one tuple.
        self.votes, self.shared = {}, {}

    def read(self, line):
        place = self.seen + 1
        try:
            text = line.decode()
            entry = json.loads(text)
            public = ENCODE({key: entry[key] for key in PUBLIC})
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Bad(place, "is not an entry (not readable, or other fields than the format has)") from None
        # One way to write an entry: nothing stands in it twice, or somewhere another reader would not see it.
        if text.replace(f'"hash":"{entry.get("hash")}",', "", 1).replace(f'"prev":"{entry.get("prev")}",', "", 1) != public:
            raise Bad(place, "is not written as the format says (sorted keys, no spaces, nothing twice, nothing else)")
        self.link(entry, public, place)
        self.seen = place
        self.follow(entry, place)
        self.acts[entry["action"]] = self.acts.get(entry["action"], 0) + 1

    def link(self, entry, public, place):
        if not is_number(entry["seq"]) or entry["seq"] != place:
            raise Bad(place, f"has the number {entry['seq']}")
        if entry.get("prev") != self.before:
            raise Bad(place, "does not follow the entry before it (prev is another hash)")
        found = hashlib.sha256(f"entry-v1|{self.before}|{public}".encode()).hexdigest()
        if entry.get("hash") != found:
            raise Bad(place, "its hash does not follow from the entry before and its content")
        self.before = found
        self.hashes_wanted.discard(found)

    def follow(self, entry, place):
        act = entry["action"]
        if not isinstance(act, str) or act not in ACTS:
            raise Bad(place, f"is no act of a ledger: {act}")
        if (place == 1) != (act == "open"):
            raise Bad(place, "a ledger begins with one opening")
        if place == 1:
            self.ballot = entry["ballot"]
        if not is_number(entry["ballot"]) or entry["ballot"] != self.ballot:
            raise Bad(place, "belongs to another ballot")
        if not isinstance(entry["hour"], str) or not HOUR.fullmatch(entry["hour"]):
            raise Bad(place, "has no full hour")
        if self.closed and act not in ("void", "reinstate"):
            raise Bad(place, f"{act} after the close")
        if entry["body"] is not None and not isinstance(entry["body"], dict):
            raise Bad(place, "its body is no object")
        voted = is_number(entry["option"]) and is_number(entry["points"]) and entry["points"] > 0
        if not voted and (act == "cast" or act in MOVES):
            raise Bad(place, f"{act} without an option or points")
        if act in ("cast", "withdraw") and not is_hash(entry["commit"]):
            raise Bad(place, f"{act} without a commitment")
        if act == "cast":
            self.cast(entry, place)
        elif act in MOVES:
            self.move(entry, place)
        elif act == "close":
            self.close(entry, place)

    def cast(self, entry, place):
        commit = bytes.fromhex(entry["commit"])
        if commit in self.votes:
            raise Bad(place, "the same vote once more")
        vote = ("+", entry["option"], entry["points"], (entry["body"] or {}).get("channel") == "paper")
        self.votes[commit] = self.shared.setdefault(vote, vote)
        self.count(vote, 1)

    def move(self, entry, place):
        act, ref = entry["action"], entry["ref"]
        vote = self.votes.get(bytes.fromhex(ref)) if is_hash(ref) else None
        if vote is None:
            raise Bad(place, f"{act} of a vote that is not there")
        was, becomes = MOVES[act]
        if vote[0] != was:
            raise Bad(place, f"{act} of a vote that {STATES[vote[0]]}")
        if vote[1:3] != (entry["option"], entry["points"]):
            raise Bad(place, f"{act} says another option or other points than the vote")
        moved = (becomes,) + vote[1:]
        self.votes[bytes.fromhex(ref)] = self.shared.setdefault(moved, moved)
        self.count(vote, 1 if becomes == "+" else -1)
        if act != "withdraw":
            self.counts[vote[1]][3] += 1 if act == "void" else -1

    def count(self, vote, by):
        _, option, points, paper = vote
        row = self.counts.setdefault(option, [0, 0, 0, 0])
        row[0] += by
        row[1] += by * points
        row[2] += by * points if paper else 0

    def close(self, entry, place):
        self.closed, tally = True, (entry["body"] or {}).get("tally")
        if not isinstance(tally, dict) or not all(re.fullmatch("[0-9]{1,18}", option) for option in tally):
            raise Bad(place, "a close without its tally")
        found = {str(option): row[:2] for option, row in self.counts.items() if row[0]}
        for option in sorted(set(tally) | set(found), key=int):
            told, true = tally.get(option), found.get(option, [0, 0])
            if told != true or not all(map(is_number, told)):
                raise Bad(place, f"the tally says {told} of option {option}, the entries add up to {true}")


def is_number(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_hash(value):
    return isinstance(value, str) and bool(HASH.fullmatch(value))


def verify(lines, heads=()):
    """Follows every line (bytes); returns the ledger. Raises Bad at the first entry that does not fit."""
    ledger = Ledger()
    ledger.hashes_wanted = set(heads)
    for line in lines:
        if len(line) > LONGEST_LINE:
            raise Bad(ledger.seen + 1, "is too long for an entry")
        ledger.read(line.rstrip(b"\r\n"))
    if not ledger.seen:
        raise Bad(1, "is missing: there is no entry at all")
    for head in sorted(ledger.hashes_wanted):
        raise Bad(ledger.seen + 1, f"is missing or changed: the published head {head} is the hash of no entry of this file")
    return ledger


def told(ledger):
    """What a valid ledger adds up to, in lines."""
    yield f"valid: {ledger.seen} entries of ballot {ledger.ballot}, each following from the one before"
    yield ", ".join(f"{ledger.acts[act]} {act}" for act in sorted(ledger.acts))
    yield f"last hash: {ledger.before}"
    yield ""
    for row in [("option", "people", "points", "on paper", "invalid"), *((o, *r) for o, r in sorted(ledger.counts.items()))]:
        yield " ".join(f"{cell:>10}" for cell in row)
    yield ""
    yield "Compare the counts with the results page: option n is the idea with the address /ideas/n."
    yield "Compare the last hash, or any published head with --head, with what others kept: the same hash, the same entries."
    if not ledger.closed:
        yield "The ballot is not closed yet: these are the votes up to here."


def self_test():
    """Builds a small good ledger and every kind of bad one. Returns the names of those judged wrongly."""

    def chained(entries, renumber=True):
        before, lines = "0" * 64, []
        for place, entry in enumerate(entries, 1):
            public = dict(entry, seq=place if renumber else entry["seq"])
            found = hashlib.sha256(f"entry-v1|{before}|{ENCODE(public)}".encode()).hexdigest()
            lines.append(ENCODE(dict(public, prev=before, hash=found)).encode())
            before = found
        return lines

    def act(action, option=None, points=None, ref=None, commit=None, body=None):
        told = {"action": action, "option": option, "points": points, "ref": ref, "commit": commit, "body": body}
        return dict(told, ballot=7, seq=0, hour="2026-03-01T12:00Z")

    first, second, third, away = (hashlib.sha256(name).hexdigest() for name in (b"1", b"2", b"3", b"4"))
    entries = [
        act("open", body={"method": "approval"}), act("option", 1, body={"text": first}), act("option", 2, body={"text": second}),
        act("cast", 1, 1, commit=first), act("cast", 2, 1, commit=second), act("cast", 2, 1, commit=third),
        act("withdraw", 2, 1, ref=third, commit=away), act("close", body={"tally": {"1": [1, 1], "2": [1, 1]}}),
        act("void", 1, 1, ref=first, body={"category": "automated"}),
    ]  # fmt: skip
    good = chained(entries)
    heads = [json.loads(line)["hash"] for line in good]
    forged = dict(entries[4], option=1)
    changed = good[4].replace(b'"option":2', b'"option":1')
    extra = act("cast", 2, 1, commit=hashlib.sha256(b"5").hexdigest())
    renumbered = [dict(entry, seq=place + (place > 4)) for place, entry in enumerate(entries, 1)]
    bad = {
        "a changed option": (good[:4] + [changed] + good[5:], ()),
        "a changed option, chained anew, against a head": (chained(entries[:4] + [forged] + entries[5:7]), heads[6:7]),
        "a changed option, chained anew": (chained(entries[:4] + [forged] + entries[5:]), ()),
        "a dropped entry": (good[:4] + good[5:], ()),
        "two entries in swapped order": (good[:3] + [good[4], good[3]] + good[5:], ()),
        "an inserted entry": (good[:4] + good[3:4] + good[4:], ()),
        "an inserted entry, chained anew": (chained(entries[:4] + [extra] + entries[4:]), ()),
        "entries numbered anew": (chained(renumbered, renumber=False), ()),
        "a cut tail against a head": (good[:6], heads[6:7]),
        "a withdrawal of nothing": (chained(entries[:5] + entries[6:]), ()),
        "the same vote twice": (chained(entries[:5] + entries[4:5]), ()),
        "a vote after the close": (chained(entries[:8] + [extra]), ()),
        "a ledger without its opening": (chained(entries[1:]), ()),
        "no entry": ([], ()),
    }
    wrong = []
    try:
        verify(good, heads)
    except Bad as reason:
        wrong.append(f"a good ledger was refused: {reason}")
    for name, (lines, wanted) in bad.items():
        try:
            verify(lines, wanted)
        except Bad as reason:
            print(f"refused: {name} ({reason})")
        else:
            wrong.append(f"accepted: {name}")
    return wrong


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Checks the exported ledger of a ballot and counts the votes again.")
    parser.add_argument("file", nargs="?", help="the export; - for standard input")
    parser.add_argument("--head", action="append", default=[], help="a published hash that must be in the file")
    parser.add_argument("--self-test", action="store_true", help="check that bad ledgers are refused")
    given = parser.parse_args(arguments)
    if given.self_test:
        wrong = self_test()
        print("\n".join(wrong) or "self-test passed")
        return 1 if wrong else 0
    if given.file is None:
        parser.error("a file is needed, or --self-test")
    heads = ["".join(head.split()).lower() for head in given.head]
    if faulty := [head for head in heads if not is_hash(head)]:
        print(f"not a hash (64 digits 0-9 and a-f): {faulty[0]}")
        return 1
    try:
        if given.file == "-":
            ledger = verify(sys.stdin.buffer, heads)
        else:
            with open(given.file, "rb") as lines:
                ledger = verify(lines, heads)
    except OSError as reason:
        print(f"{given.file}: {reason.strerror}")
        return 1
    except Bad as reason:
        print(f"NOT VALID, {reason}")
        return 1
    print("\n".join(told(ledger)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
