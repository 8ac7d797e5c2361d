"""Documents for paper: a Typst template, data handed to it beside the source, and the same bytes for the same data on every day."""

import json
import subprocess
import sys
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from ideation import ROOT
from ideation.core.glyphs import characters, printable
from ideation.core.sentence import Message

PRESS = Path(__file__).with_name("press.py")
TEMPLATES = ROOT / "templates"
VENDOR = ROOT / "static" / "vendor"
TEXT, OTHERS = VENDOR / "fira-sans", [VENDOR / "dejavu-sans", VENDOR / "noto-emoji"]
SECONDS_MAX = 120
# One document at a time in each process: whoever asks for many waits, and the rest of the site does not.
_press = Lock()
UNSHOWN = "could not be displayed"


class Untypeset(RuntimeError):
    """A document that does not come about; says which and why."""


def pdf(template: str, data: Mapping[str, Any], *, language: str, title: str) -> bytes:
    """The document as tagged PDF (PDF/UA-1). `template`: its path below templates/; the page reads `data` as it stands there.

    Raises `Untypeset` when the template fails or the document would not be accessible (no title, a picture without alt).
    Takes a fifth of a second or more and needs no database: call it when the transaction is over."""
    if not title.strip():
        raise Untypeset(f"{template}: a document needs a title.")
    document = {"title": title, "language": language, "data": data}
    try:
        return _printed(template, _handed(document, _shown()))
    except Untypeset as error:
        if UNSHOWN not in str(error):
            raise
    # Each character has a glyph, but no single font has all that are joined here, as a vowel sign on an emoji.
    return _printed(template, _handed(document, _shown_by_one()))


def qr(text: str) -> str:
    """A QR code as SVG, black on white with its quiet zone; bears the loss of 15 percent (level M)."""
    import segno

    svg: str = segno.make_qr(text, error="m").svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    # Inline SVG needs no name space in a page; a file of its own does.
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _printed(template: str, handed: dict[str, Any]) -> bytes:
    order = {
        "template": str(TEMPLATES / template),
        "root": str(TEMPLATES),
        "fonts": [str(folder) for folder in [TEXT, *OTHERS]],
        "input": json.dumps(handed, ensure_ascii=False),
    }
    # -P: the files beside the press are modules of ours, not of everybody.
    line = [sys.executable, "-P", str(PRESS)]
    try:
        with _press:
            done = subprocess.run(line, input=json.dumps(order).encode(), capture_output=True, timeout=SECONDS_MAX)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise Untypeset(f"{template}: not finished after {SECONDS_MAX} seconds.") from error
    if done.returncode:
        raise Untypeset(f"{template}: {done.stderr.decode(errors='replace').strip() or f'ended with {done.returncode}'}")
    return done.stdout


def _handed(value: Any, known: Collection[str]) -> Any:
    if isinstance(value, str | Message):
        return printable(str(value), known)
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, Mapping):
        return {str(name): _handed(part, known) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_handed(part, known) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    raise TypeError(f"A document takes text, numbers, bytes and lists, not {type(value).__name__}.")


@lru_cache(1)
def _shown() -> frozenset[str]:
    return _shown_by_one().union(*(characters(font) for folder in OTHERS for font in folder.glob("*.ttf")))


@lru_cache(1)
def _shown_by_one() -> frozenset[str]:
    return frozenset.intersection(*(characters(font) for font in TEXT.glob("*.ttf")))
