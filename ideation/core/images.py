"""Pictures that people send: decoded and written anew, so that nothing of the file they sent is kept but what it shows."""

from dataclasses import dataclass
from io import BytesIO
from threading import Lock

from PIL import Image, ImageCms, ImageOps

from ideation.core.sentence import Message, say

FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 82
# The size is judged below, with a sentence, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None
# A large picture needs some hundred megabytes while it is read: one at a time in each process.
_decoding = Lock()


class Unreadable(ValueError):
    """A file that is not taken; `reason` says why and what to do."""

    def __init__(self, reason: Message) -> None:
        super().__init__(repr(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Encoded:
    """A JPEG without any data about place, time or device; width and height in pixels."""

    data: bytes
    width: int
    height: int


def written_anew(file: bytes, sides: tuple[int, ...], *, pixels_max: int) -> list[Encoded]:
    """The picture once for each longest side (pixels), never enlarged, turned the way it was held, in sRGB on white.

    Raises `Unreadable` for anything but a whole JPEG, PNG or WebP of at most `pixels_max` pixels.
    Takes up to some seconds: call it before the transaction writes."""
    try:
        with _decoding, Image.open(BytesIO(file), formats=FORMATS) as image:
            if image.width * image.height > pixels_max:
                raise Unreadable(
                    say(
                        "Das Bild hat zu viele Bildpunkte. Bitte verkleinern Sie es auf höchstens %(n)s Millionen.",
                        n=pixels_max // 1_000_000,
                    )
                )
            # A JPEG can be read at half or a quarter of its size; what is read is never smaller than what is needed.
            image.draft("RGB", (max(sides), max(sides)))
            image.load()
            shown = _on_white(_in_srgb(ImageOps.exif_transpose(image)))
    except Unreadable:
        raise
    # Pillow's readers raise whatever a damaged file makes them run into.
    except Exception as error:
        raise Unreadable(
            say("Diese Datei lässt sich nicht als Bild lesen. Bitte wählen Sie ein Bild als JPEG, PNG oder WebP.")
        ) from error
    return [_written(shown, side) for side in sides]


def _in_srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "CMYK"}:
        return image
    try:
        made = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except ImageCms.PyCMSError:
        return image  # a damaged profile says nothing about the picture
    return made or image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        whole = image.convert("RGBA")
        ground = Image.new("RGBA", whole.size, "white")
        return Image.alpha_composite(ground, whole).convert("RGB")
    return image.convert("RGB")


def _written(image: Image.Image, side: int) -> Encoded:
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    # Into a new picture: what the file said about itself hangs on the old one.
    bare = Image.new("RGB", small.size)
    bare.paste(small)
    out = BytesIO()
    bare.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return Encoded(out.getvalue(), bare.width, bare.height)
