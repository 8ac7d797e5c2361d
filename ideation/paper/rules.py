"""Codes on paper, and paper ballots typed in twice. Pure."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum

from ideation.ballots.rules import Limits, Method
from ideation.core.sentence import Message, say
from ideation.votes.rules import fault

# 32 symbols, five bits each. 0 and O, 1 and I are left out: on paper nobody can tell them apart.
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SELECTOR, SECRET = 4, 10
TRIES = 5
BATCH_MAX, CODES_MAX = 5_000, 500_000
LABEL_MAX, NOTE_MIN, NOTE_MAX = 80, 10, 500
# A number of redeemed codes is told in steps: nobody sees the code of one person arrive.
STEP = 5
# Counting a box is one transaction; more sheets are several boxes.
SHEETS_MAX = 500
# So many ideas are a list to tick; more are typed by their numbers.
TICKED_MAX = 30
POINTS_MAX = 9_999

Choices = Mapping[int, int]


class BoxStatus(StrEnum):
    OPEN = "open"
    COUNTED = "counted"
    DROPPED = "dropped"


class Spoiled(StrEnum):
    """Why a sheet does not count."""

    EMPTY = "empty"
    TOO_MANY = "too_many"
    TOO_MANY_ON_ONE = "too_many_on_one"
    CLOSED = "closed"


SPOILED: dict[str, Message] = {
    Spoiled.EMPTY: say("leer oder ungültig"),
    Spoiled.TOO_MANY: say("mehr Stimmen, als die Regeln erlauben"),
    Spoiled.TOO_MANY_ON_ONE: say("mehr Punkte auf einer Idee, als die Regeln erlauben"),
    Spoiled.CLOSED: say("eine Idee, die keine Stimmen mehr annimmt"),
}


def show_code(selector: str, secret: str) -> str:
    """As it is printed: "ABCD-EFGHJ-KLMNP"."""
    return f"{selector}-{secret[:5]}-{secret[5:]}"


def read_code(text: str) -> tuple[str, str] | None:
    """Selector and secret of a code as somebody types it; None when it is no code.

    Case, spaces and strokes do not matter. What no code has is read as the letter it resembles: 1 and I as L, 0 and O as Q."""
    letters = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text.replace("|", "1"))).upper()
    letters = letters.translate(str.maketrans("1I0O", "LLQQ"))
    if len(letters) != SELECTOR + SECRET or any(letter not in LETTERS for letter in letters):
        return None
    return letters[:SELECTOR], letters[SELECTOR:]


def secret_hash(ballot_key: bytes, selector: str, secret: str) -> str:
    """HMAC-SHA-256 of "code-v1|selector|secret" under the ballot's key, as hex: without the key nobody can try secrets out."""
    return hmac.new(ballot_key, f"code-v1|{selector}|{secret}".encode(), hashlib.sha256).hexdigest()


def matches(known: str, given: str) -> bool:
    return hmac.compare_digest(known, given)


def told_used(used: int) -> int:
    """The number that is shown: rounded down, so that neither the first code nor the next one is seen arriving."""
    return used - used % STEP


def sheet_token(ballot_key: bytes, box_id: int, number: int) -> str:
    """The voter behind a sheet of paper: HMAC-SHA-256 of "paper:box:number" under the ballot's key, as hex."""
    return hmac.new(ballot_key, f"paper:{box_id}:{number}".encode(), hashlib.sha256).hexdigest()


def over_limits(choices: Choices, limits: Limits) -> Spoiled | None:
    """Whether a sheet as a whole is within the rules of the ballot."""
    spent = 0
    for points in choices.values():
        found = fault(limits, spent, 0, points)
        if found is not None:
            return Spoiled.TOO_MANY if found == "used_up" else Spoiled.TOO_MANY_ON_ONE
        spent += points
    return Spoiled.EMPTY if not choices else None


def missing(sheets: int, typed: Mapping[int, Choices]) -> list[int]:
    """Numbers of the sheets that are not typed in yet."""
    return [number for number in range(1, sheets + 1) if number not in typed]


def differing(first: Mapping[int, Choices], second: Mapping[int, Choices]) -> list[int]:
    """Numbers of the sheets that two people read differently, or that only one of them has."""
    return [n for n in sorted({*first, *second}) if first.get(n) != second.get(n)]


def read_choices(text: str, method: str) -> dict[int, int] | str:
    """What a sheet says, typed as numbers of ideas: "12, 15" or, with points, "12:3, 15:2". Otherwise the part that is wrong."""
    found: dict[int, int] = {}
    for part in re.split(r"[,;\s]+", re.sub(r"\s*[:=]\s*", ":", text.strip())):
        if not part:
            continue
        wanted = r"(\d{1,9}):(\d{1,4})" if method == Method.POINTS else r"(\d{1,9})"
        match = re.fullmatch(wanted, part, re.ASCII)
        idea = int(match[1]) if match else 0
        points = int(match[2]) if match and method == Method.POINTS else 1
        if not idea or not points or idea in found:
            return part
        found[idea] = points
    return found


def note_spoiled(spoiled: Mapping[int, Spoiled]) -> str:
    """The sheets that do not count, as a box keeps them: "3 empty, 7 too_many"."""
    return ", ".join(f"{number} {why}" for number, why in sorted(spoiled.items()))


def read_spoiled(note: str) -> list[tuple[int, Message]]:
    """Number and reason of each sheet that does not count."""
    parts = (part.split() for part in note.split(", ") if part)
    return [(int(number), SPOILED[why]) for number, why in parts]
