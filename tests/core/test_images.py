"""What comes out of a picture that somebody sends, and what is not taken."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from ideation.core.images import Unreadable, written_anew

MOST = 40_000_000


def sent(kind: str = "JPEG", size: tuple[int, int] = (1200, 800), mode: str = "RGB", **more: object) -> bytes:
    out = BytesIO()
    Image.new(mode, size, more.pop("colour", "#2a7f62")).save(out, kind, **more)
    return out.getvalue()


def read(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_written_small_and_large(kind: str) -> None:
    small, large = written_anew(sent(kind), (300, 900), pixels_max=MOST)
    assert [(image.width, image.height) for image in (small, large)] == [(300, 200), (900, 600)]
    assert [(read(image.data).format, read(image.data).size) for image in (small, large)] == [
        ("JPEG", (300, 200)),
        ("JPEG", (900, 600)),
    ]


def test_a_small_picture_is_not_enlarged() -> None:
    (image,) = written_anew(sent(size=(90, 60)), (900,), pixels_max=MOST)
    assert (image.width, image.height) == (90, 60)


def test_place_device_and_comments_are_gone() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0132] = "Fotoapparat GmbH", "2025:05:12 14:00:00"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)
    file = sent(exif=exif, comment=b"privat")
    assert b"Fotoapparat" in file and b"privat" in file
    for image in written_anew(file, (300, 900), pixels_max=MOST):
        assert not read(image.data).getexif()
        assert b"Fotoapparat" not in image.data and b"privat" not in image.data and b"Exif" not in image.data


def test_it_stands_the_way_it_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (image,) = written_anew(sent(exif=exif), (900,), pixels_max=MOST)
    assert (image.width, image.height) == (600, 900)


def test_what_is_transparent_becomes_white() -> None:
    (image,) = written_anew(sent("PNG", mode="RGBA", colour=(0, 0, 0, 0)), (900,), pixels_max=MOST)
    assert read(image.data).getpixel((5, 5)) == (255, 255, 255)
    (image,) = written_anew(sent("PNG", mode="P", colour=0, transparency=0), (900,), pixels_max=MOST)
    assert read(image.data).getpixel((5, 5)) == (255, 255, 255)


def bomb(side: int) -> bytes:
    """A PNG that says it is this large, with next to nothing in it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def test_too_many_pixels_are_refused_before_they_are_read() -> None:
    with pytest.raises(Unreadable) as refused:
        written_anew(bomb(20_000), (900,), pixels_max=MOST)
    assert refused.value.reason.params == {"n": 40}


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"Das ist kein Bild.",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<!doctype html><script>alert(1)</script>",
        sent("GIF"),
        sent("BMP"),
        sent()[:2000],
        sent("PNG")[:-40],
        bomb(500),
        b"\xff\xd8\xff" + bytes(500),
    ],
    ids=["empty", "text", "svg", "html", "gif", "bmp", "half a jpeg", "half a png", "png without pixels", "beginning of a jpeg"],
)
def test_anything_else_is_refused_with_a_sentence(file: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        written_anew(file, (900,), pixels_max=MOST)
    assert "JPEG, PNG oder WebP" in refused.value.reason.text
