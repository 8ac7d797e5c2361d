"""Which characters the fonts of printed documents can show, and what is written for the others."""

import re
import struct
import unicodedata
from collections.abc import Callable, Collection
from pathlib import Path

# More accents on one letter than any writing has are drawn over the lines above and below.
_PILED = re.compile(r"([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4})[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")  # fmt: skip
_LINES = {"\n", "\t"}
# Some fonts claim a glyph for these.
_NEVER = {*map(chr, range(32)), "\x7f", "\ufeff"} - _LINES


def printable(text: str, known: Collection[str]) -> str:
    """The text in characters that are `known`; of any other the number stays, so that nothing is lost: `[U+4E2D]`."""
    text = _PILED.sub(r"\1", text)
    strange: dict[str, str | int | None] = {
        c: _instead(c) for c in set(text) if c in _NEVER or (c not in known and c not in _LINES)
    }
    return text.translate(str.maketrans(strange)) if strange else text


def _instead(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in {"Cc", "Cf"} or character in _NEVER:
        return ""
    if kind in {"Zs", "Zl", "Zp"}:
        return " " if kind == "Zs" else "\n"
    return f"[U+{ord(character):04X}]"


def characters(font: Path) -> frozenset[str]:
    """What a TrueType file has a glyph for: its `cmap` table (OpenType specification, formats 4 and 12)."""
    content = font.read_bytes()
    tables = struct.unpack_from(">H", content, 4)[0]
    entries = (struct.unpack_from(">4sLLL", content, 12 + 16 * i) for i in range(tables))
    start = next(offset for name, _, offset, _ in entries if name == b"cmap")
    found: set[int] = set()
    for i in range(struct.unpack_from(">H", content, start + 2)[0]):
        at = start + struct.unpack_from(">HHL", content, start + 4 + 8 * i)[2]
        found.update(_FORMATS.get(struct.unpack_from(">H", content, at)[0], _nothing)(content, at))
    return frozenset(map(chr, found))


def _nothing(content: bytes, at: int) -> list[int]:
    return []


def _segments(content: bytes, at: int) -> list[int]:
    size = struct.unpack_from(">H", content, at + 6)[0] // 2
    ends, starts, deltas, offsets = (
        struct.unpack_from(f">{size}H", content, at + 14 + 2 * size * column + (2 if column else 0)) for column in range(4)
    )
    found = []
    for i in range(size):
        place = at + 16 + 2 * size * 3 + 2 * i + offsets[i]
        for code in range(starts[i], ends[i] + 1):
            glyph = code if not offsets[i] else struct.unpack_from(">H", content, place + 2 * (code - starts[i]))[0]
            if glyph and (glyph + deltas[i]) & 0xFFFF:
                found.append(code)
    return found


def _groups(content: bytes, at: int) -> list[int]:
    groups = struct.unpack_from(">L", content, at + 12)[0]
    spans = (struct.unpack_from(">LLL", content, at + 16 + 12 * i) for i in range(groups))
    return [first + n for first, last, glyph in spans for n in range(last - first + 1) if glyph + n]


_FORMATS: dict[int, Callable[[bytes, int], list[int]]] = {4: _segments, 12: _groups}
