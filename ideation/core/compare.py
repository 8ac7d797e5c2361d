"""What changed between two texts, word by word."""

import re
from difflib import SequenceMatcher
from typing import Literal

Kind = Literal["same", "added", "removed"]

# Comparing word by word grows faster than the text; past this, whole lines are compared.
WORDS_AT_MOST = 4_000


def compare(old: str, new: str) -> list[tuple[Kind, str]]:
    """The pieces of both texts in reading order. "same" and "removed" joined give the old text, "same" and "added" the new one."""
    if len(old.split()) + len(new.split()) <= WORDS_AT_MOST:
        return _pieces(_tokens(old), _tokens(new))
    return _pieces(old.splitlines(keepends=True), new.splitlines(keepends=True))


def _tokens(text: str) -> list[str]:
    return re.findall(r"\n+|[^\S\n]+|\w+|[^\w\s]+", text)


def _pieces(old: list[str], new: list[str]) -> list[tuple[Kind, str]]:
    pieces: list[tuple[Kind, str]] = []
    for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=len(old) > 1_000).get_opcodes():
        if what == "equal":
            _add(pieces, "same", "".join(old[i:j]))
            continue
        _add(pieces, "removed", "".join(old[i:j]))
        _add(pieces, "added", "".join(new[k:m]))
    return pieces


def _add(pieces: list[tuple[Kind, str]], kind: Kind, text: str) -> None:
    if text:
        pieces.append((kind, text))
