"""What a picture may be, and what must be said about it."""

from dataclasses import dataclass
from enum import StrEnum

from ideation.core.sentence import Message, say

BYTES_MAX, PIXELS_MAX, PICTURES_MAX = 5_000_000, 40_000_000, 12
ALT_MIN, ALT_MAX, CAPTION_MAX, CREDIT_MAX = 5, 300, 300, 120
# The longest side of what is kept, in pixels.
SIDES = {"small": 720, "large": 1600}


class Shown(StrEnum):
    """Who can be recognised, and whether they agreed."""

    NOBODY = "nobody"
    CONSENTED = "consented"


# The sentence is kept with the picture, word for word, as it was confirmed.
CONSENTS: dict[Shown, Message] = {
    Shown.NOBODY: say("Auf dem Bild ist niemand zu erkennen."),
    Shown.CONSENTED: say("Alle, die zu erkennen sind, haben eingewilligt, dass das Bild hier öffentlich gezeigt wird."),
}


@dataclass(frozen=True, slots=True)
class PictureText:
    """`alt` says what the picture shows to those who do not see it; `credit` who made it."""

    alt: str
    caption: str = ""
    credit: str = ""


def faults(text: PictureText, shown: str) -> dict[str, Message]:
    """Field to sentence; empty when everything is said."""
    found = {}
    if len(text.alt) < ALT_MIN:
        found["alt"] = say("Bitte beschreiben Sie in einem Satz, was auf dem Bild zu sehen ist.")
    for name, most in (("alt", ALT_MAX), ("caption", CAPTION_MAX), ("credit", CREDIT_MAX)):
        if len(getattr(text, name)) > most:
            found[name] = say("Bitte kürzen Sie auf höchstens %(n)s Zeichen.", n=most)
    if shown not in list(Shown):
        found["shown"] = say(
            "Bitte bestätigen Sie eines von beiden. Ohne Einwilligung der Abgebildeten darf das Bild nicht gezeigt werden."
        )
    return found
