"""Codes, chain and count without an application, and the verifier that shares no code with them."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ideation.ledger import verify_ledger
from ideation.ledger.rules import GENESIS, Act, Broken, canonical, count, entry_hash, public, read_code, receipt_code, tally
from tests.house.code import Source, is_standard

HEX = st.binary(min_size=32, max_size=32).map(bytes.hex)
HOUR = datetime(2026, 3, 1, 12, tzinfo=UTC)
SCRIPT = Path(verify_ledger.__file__)


def chained(acts: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Acts (action, option, points, ref, commit, body) as sealed entries."""
    before, entries = GENESIS, []
    for seq, act in enumerate(acts, 1):
        told = public(7, seq, *act, HOUR)
        link = entry_hash(before, told)
        entries.append({**told, "prev": before, "hash": link})
        before = link
    return entries


def lines(entries: Iterable[dict[str, Any]]) -> list[bytes]:
    return [canonical(entry) + b"\n" for entry in entries]


def commit(n: int) -> str:
    return sha256(str(n).encode()).hexdigest()


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """What can happen in a ballot, in an order that can be."""
    acts: list[tuple[Any, ...]] = [("open", None, None, None, None, {"method": "points"})]
    votes: dict[str, list[Any]] = {}
    for n in range(draw(st.integers(0, 25))):
        _step(draw, acts, votes, n, ("cast", "cast", "withdraw", "void", "reinstate", "rule_note"))
    if draw(st.booleans()):
        done = count(chained(acts))
        acts.append(("close", None, None, None, None, {"tally": tally(done, [1, 2, 3, 4])}))
        for n in range(draw(st.integers(0, 5))):
            _step(draw, acts, votes, 100 + n, ("void", "reinstate"))
    return acts


def _step(draw: st.DrawFn, acts: list[tuple[Any, ...]], votes: dict[str, list[Any]], n: int, able: tuple[str, ...]) -> None:
    act = draw(st.sampled_from(able))
    if act == "rule_note":
        acts.append((act, None, None, None, None, {"reason": draw(st.text(max_size=5).filter(lambda t: t.isprintable()))}))
        return
    if act == "cast":
        option, points, paper = draw(st.integers(1, 3)), draw(st.integers(1, 5)), draw(st.booleans())
        votes[commit(n)] = [option, points, "+"]
        acts.append((act, option, points, None, commit(n), {"channel": "paper"} if paper else None))
        return
    was, becomes = {"withdraw": "+-", "void": "+!", "reinstate": "!+"}[act]
    if known := sorted(c for c, vote in votes.items() if vote[2] == was):
        ref = draw(st.sampled_from(known))
        acts.append((act, *votes[ref][:2], ref, commit(1000 + n) if act == "withdraw" else None, None))
        votes[ref][2] = becomes


@given(HEX, st.integers(1, 999_999_999))
def test_a_code_is_read_back(known: str, ballot: int) -> None:
    code = receipt_code(ballot, known)
    assert read_code(code) == (ballot, known[:25])
    typed = f"  {code.lower().replace('-', ' ')}".replace(" o", " 0")
    assert read_code(typed.replace("i", "1")) == (ballot, known[:25])


@given(HEX, st.integers(0, 19), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_another_character_is_another_code(known: str, at: int, letter: str) -> None:
    code = receipt_code(12, known)
    place = 3 + at + at // 5
    changed = code[:place] + letter + code[place + 1 :]
    assert (read_code(changed) == read_code(code)) == (changed == code)


@given(st.text())
def test_whatever_is_typed_is_a_code_or_none(text: str) -> None:
    read_code(text)


@settings(max_examples=150, deadline=None)
@given(stories())
def test_both_count_the_same(acts: list[tuple[Any, ...]]) -> None:
    entries = chained(acts)
    ours, theirs = count(entries), verify_ledger.verify(lines(entries))
    for option in {*ours.votes, *theirs.counts}:
        told = [*ours.of(option), ours.paper.get(option, 0), ours.void.get(option, 0)]
        assert theirs.counts.get(option, [0, 0, 0, 0]) == told


@settings(max_examples=300, deadline=None)
@given(stories(), st.data())
def test_both_refuse_the_same(acts: list[tuple[Any, ...]], data: st.DataObject) -> None:
    """Something is done to the acts and the whole chained anew: the two agree on whether that can be, and where it breaks."""
    at = data.draw(st.integers(0, len(acts) - 1))
    other = data.draw(st.integers(0, len(acts) - 1))
    what = data.draw(st.sampled_from(["drop", "twice", "swap", "option", "points", "ref"]))
    done = list(acts)
    if what == "drop":
        del done[at]
    elif what == "twice":
        done.insert(at, done[other])
    elif what == "swap":
        done[at], done[other] = done[other], done[at]
    else:
        place = {"option": 1, "points": 2, "ref": 3}[what]
        value: Any = data.draw(st.sampled_from([commit(1), commit(5)])) if what == "ref" else data.draw(st.integers(1, 4))
        done[at] = (*done[at][:place], value, *done[at][place + 1 :])
    entries = chained(done)
    assert judged_by_rules(entries) == judged_by_verifier(lines(entries))


def judged_by_rules(entries: list[dict[str, Any]]) -> int | None:
    try:
        count(entries)
    except Broken as broken:
        return broken.seq
    return None if entries else 1


def judged_by_verifier(told: list[bytes], heads: Iterable[str] = ()) -> int | None:
    try:
        verify_ledger.verify(told, heads)
    except verify_ledger.Bad as bad:
        return int(bad.place)
    return None


GOOD = chained(
    [
        ("open", None, None, None, None, {"method": "approval"}),
        *(("cast", n % 3 + 1, 1, None, commit(n), None) for n in range(9)),
        ("withdraw", 1, 1, commit(0), commit(99), None),
        ("close", None, None, None, None, {"tally": {"1": [2, 2], "2": [3, 3], "3": [3, 3], "4": [0, 0]}}),
        ("void", 2, 1, commit(1), None, {"category": "automated"}),
    ]
)


def changed(at: int, **values: Any) -> list[dict[str, Any]]:
    return [{**entry, **values} if n == at else entry for n, entry in enumerate(GOOD)]


# What was done without chaining anew, and the entry that gives it away.
TAMPERED = {
    "a changed option": (changed(4, option=3), 5),
    "changed points": (changed(4, points=2), 5),
    "a changed hour": (changed(4, hour="2026-03-01T13:00Z"), 5),
    "a changed body": (changed(0, body={"method": "points"}), 1),
    "a dropped entry": (GOOD[:4] + GOOD[5:], 5),
    "a dropped opening": (GOOD[1:], 1),
    "swapped order": ([*GOOD[:4], GOOD[5], GOOD[4], *GOOD[6:]], 5),
    "an inserted entry": ([*GOOD[:4], GOOD[3], *GOOD[4:]], 5),
    "numbered anew": ([{**e, "seq": n + (n > 4)} for n, e in enumerate(GOOD, 1)], 5),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_both_name_the_entry_that_was_tampered_with(name: str) -> None:
    entries, place = TAMPERED[name]
    assert judged_by_rules(GOOD) is None and judged_by_verifier(lines(GOOD)) is None
    assert judged_by_rules(entries) is not None
    assert judged_by_verifier(lines(entries)) == place


def test_a_cut_tail_shows_against_a_published_head() -> None:
    head = GOOD[10]["hash"]
    assert judged_by_verifier(lines(GOOD), [head]) is None
    assert judged_by_verifier(lines(GOOD[:8])) is None, "without a head nobody can tell"
    assert judged_by_verifier(lines(GOOD[:8]), [head]) == 9


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{}", b"[]", b"7", b"null", b"\xff\xfe", b'{"action":"open"', b"[" * 100_000, b'"\\ud800"',
        lines(GOOD)[0].strip().replace(b'{"action"', b'{"action":"close","action"'),
        lines(GOOD)[0].strip().replace(b'","ballot"', b'", "ballot"'),
        lines(GOOD)[0].strip()[:-1] + b',"zzz":1}',
        lines(GOOD)[0].strip().replace(b'"seq":1', b'"seq":true'),
        lines(GOOD)[0].strip().replace(b'"seq":1', b'"seq":1.0'),
    ],
)  # fmt: skip
def test_what_is_no_entry_is_named_and_never_a_crash(line: bytes) -> None:
    assert judged_by_verifier([line + b"\n"]) == 1
    assert judged_by_verifier([*lines(GOOD), line + b"\n"]) == len(GOOD) + 1


def run(*arguments: str, given: bytes = b"") -> tuple[int, str]:
    """As somebody runs it who has nothing of ours: isolated, from another folder."""
    done = subprocess.run([sys.executable, "-I", str(SCRIPT), *arguments], input=given, capture_output=True, cwd="/")
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout.decode()


def test_the_script_runs_alone_and_ends_as_promised(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"".join(lines(GOOD)))
    spaced = " ".join(GOOD[5]["hash"][at : at + 8] for at in range(0, 64, 8))
    code, told = run(str(tmp_path / "good"), "--head", spaced.upper())
    assert code == 0 and "valid: 13 entries" in told and "compare" in told.lower()
    assert run("-", given=b"".join(lines(GOOD)))[0] == 0
    code, told = run("-", given=b"".join(lines(TAMPERED["a changed option"][0])))
    assert code == 1 and "entry 5" in told
    assert run("-", "--head", "0" * 63 + "1", given=b"".join(lines(GOOD)))[0] == 1
    assert run("-", "--head", "abc", given=b"".join(lines(GOOD)))[0] == 1
    assert run(str(tmp_path / "missing"))[0] == run(str(tmp_path))[0] == 1
    assert run("--self-test")[0] == 0


def test_the_self_test_fails_when_a_bad_ledger_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_ledger.Ledger, "close", lambda *_: None)
    assert verify_ledger.main(["--self-test"]) == 1


def test_the_verifier_shares_no_code_with_the_platform() -> None:
    assert [found.full for found in Source(SCRIPT).imports() if not is_standard(found.root)] == []


def test_a_hundred_thousand_entries_take_at_most_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    acts = [("open", None, None, None, None, {}), *(("cast", n % 40, 1, None, commit(n), None) for n in range(1, 100_000))]
    told = lines(chained(acts))
    # The time of this process: a busy machine is no fault of the script.
    begun = time.process_time()
    ledger = verify_ledger.verify(io.BytesIO(b"".join(told)))
    assert ledger.seen == 100_000 and time.process_time() - begun <= 10
    forged = json.loads(told[70_000])
    told[70_000] = canonical({**forged, "option": forged["option"] + 1}) + b"\n"
    assert judged_by_verifier(told) == 70_001


def test_acts_have_one_spelling() -> None:
    assert {act.value for act in Act} == verify_ledger.ACTS
    assert os.path.basename(SCRIPT) == "verify_ledger.py"
