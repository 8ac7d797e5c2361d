"""Documents for paper: what is in them, for whom they can be read, and that they are the same on every day."""

import hashlib
import os
import resource
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import segno
import time_machine

from ideation import create_app
from ideation.core import typeset
from ideation.core.glyphs import characters, printable
from ideation.core.sentence import say
from ideation.core.typeset import Untypeset, pdf, qr
from tests.conftest import settings
from tests.core.paper import DIGEST, IDEAS, ROUND, code, codes, joined, protocol, read, said, tags, text
from tests.house.code import ROOT

SAME = """
import hashlib, sys
from ideation.core.typeset import pdf
from tests.conftest import settings
from tests.core.paper import codes, protocol
for template, data in (("protocols/protocol.typ", protocol()), ("paper/sheet.typ", codes(9))):
    print(hashlib.sha256(pdf(template, data, language="de", title="Auswahlprotokoll")).hexdigest())
"""
HOSTILE = [
    '#import "/layout/sheet.typ": data\n#read("/layout/sheet.typ")',
    '#import "@preview/cetz:0.3.4"',
    '"] #panic("x") #set text(size: 99pt) $x^2$ \\u{41} @label <label> = Titel',
    ']}); #eval("1+1") // /* */ ~ -- --- ... \' " `raw`',
    "<script>alert(1)</script> &amp; &lt;b&gt; %s %(x)s {{ 7*7 }} {% if %}",
]


def protocol_pdf(language: str = "de", **changes: object) -> bytes:
    return pdf("protocols/protocol.typ", protocol(**changes), language=language, title="Auswahlprotokoll: Miteinander")


def said_pdf(markdown: str) -> bytes:
    return pdf("protocols/protocol.typ", said(markdown), language="de", title="Text")


def test_a_protocol_can_be_read_back() -> None:
    document = protocol_pdf()
    words = text(document)
    for sentence in ("Auswahlprotokoll", "214 Personen", "Wir bauen zusammen.", "128 Stimmen", "Seite 1 von 2", "Seite 2 von 2"):
        assert sentence in words
    compact = joined(document)
    for long in (*IDEAS, ROUND, DIGEST, "(https://www.dortmund.de/rat/2026/beschluss-4711)"):
        assert "".join(long.split()) in compact.replace("-Begleitung", "Begleitung")
    # What is chosen is said, not only coloured: once beside each of three bars, and in the table.
    assert words.split("Die Begründung")[0].count("ausgewählt") == 3


def test_a_document_says_its_language_title_and_structure() -> None:
    for language, footer in (("de", "Seite 1 von"), ("en", "Page 1 of"), ("fr", "1 / 2")):
        document = protocol_pdf(language)
        root = read(document).trailer["/Root"]
        assert root["/Lang"] == language
        assert root["/MarkInfo"]["/Marked"]
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert read(document).metadata.title == "Auswahlprotokoll: Miteinander"
        assert b"pdfuaid:part" in root["/Metadata"].get_data()
        assert footer in text(document)


def test_headings_lists_quotes_and_tables_are_tagged_as_what_they_are() -> None:
    found = tags(protocol_pdf())
    assert [tag for tag in found if tag[:2] == "/H" and tag[2:].isdigit()] == ["/H1", "/H2", "/H2", "/H3", "/H2"]
    assert {"/L", "/LI", "/LBody", "/BlockQuote", "/Link", "/Em", "/Strong", "/Table", "/THead", "/TBody"} <= set(found)
    assert (found.count("/TH"), found.count("/Table")) == (4, 1)


def test_only_our_own_fonts_are_in_a_document() -> None:
    fonts = set()
    for page in read(protocol_pdf()).pages:
        fonts |= {str(font.get_object()["/BaseFont"]).partition("+")[2] for font in page["/Resources"]["/Font"].values()}
    assert fonts == {"FiraSans-Regular", "FiraSans-SemiBold", "FiraSans-Italic"}


def test_a_head_of_a_table_comes_again_on_the_next_page() -> None:
    pages = [page.extract_text() for page in read(protocol_pdf()).pages]
    assert ["Rang" in page for page in pages] == [True, True]


def test_a_sheet_has_eight_cards_a_page_with_all_one_needs() -> None:
    document = pdf("paper/sheet.typ", codes(17), language="de", title="Codes zum Abstimmen")
    pages = [page.extract_text() for page in read(document).pages]
    assert [page.count("KREB-") for page in pages] == [8, 8, 1]
    assert all(code(n) in pages[n // 8] for n in range(17))
    for words in (
        ROUND,
        "Ihr Code zum Abstimmen",
        "Gültig bis",
        "26. November 2026, 18:00 Uhr",
        "Er gilt einmal.",
        "/ballots/12/code",
    ):
        assert "".join(words.split()) in "".join(pages[2].split())
    assert f"/Figure QR-Code zum Einlösen des Codes {code(16)}" in tags(document)


def test_a_long_title_shrinks_rather_than_runs_over_the_code() -> None:
    data = {**codes(9), "round": "Wie können wir Begegnungsmöglichkeiten im Quartier schaffen " * 2}
    pages = [page.extract_text() for page in read(pdf("paper/sheet.typ", data, language="de", title="Codes")).pages]
    assert [page.count("KREB-") for page in pages] == [8, 1]
    with pytest.raises(Untypeset, match="too long for a card"):
        pdf("paper/sheet.typ", {**data, "round": "Wie können wir? " * 60}, language="de", title="Codes")


def test_the_same_data_give_the_same_bytes_in_other_processes_on_other_days() -> None:
    given = []
    for zone, epoch in (("Europe/Berlin", "0"), ("Pacific/Auckland", "1900000000")):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": zone, "SOURCE_DATE_EPOCH": epoch, "PYTHONHASHSEED": epoch}
        done = subprocess.run([sys.executable, "-c", SAME], capture_output=True, text=True, env=environment, cwd=ROOT, check=True)
        given.append(done.stdout.split())
    with time_machine.travel("2031-01-01 12:00"):
        here = [
            pdf(template, data, language="de", title="Auswahlprotokoll")
            for template, data in (("protocols/protocol.typ", protocol()), ("paper/sheet.typ", codes(9)))
        ]
    assert given[0] == given[1] == [hashlib.sha256(document).hexdigest() for document in here]


def test_the_date_of_a_document_is_that_of_its_data_or_none() -> None:
    assert read(protocol_pdf()).metadata.creation_date_raw is None
    dated = read(protocol_pdf(date="2026-11-27")).metadata
    assert dated.creation_date_raw.startswith("D:20261127")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_code_in_a_text_stays_text(hostile: str) -> None:
    data = protocol(title=hostile, facts=[[hostile, hostile]], sections=[], hashes=[], footer=hostile)
    words = joined(pdf("protocols/protocol.typ", data, language="de", title=hostile))
    assert words.count("".join(hostile.split())) >= 3


@pytest.mark.parametrize("hostile", HOSTILE)
def test_code_in_markdown_stays_text(hostile: str) -> None:
    words = joined(said_pdf("\n\n".join([hostile, "    " + hostile.replace("\n", "\n    "), "> " + hostile])))
    assert words.count("".join(hostile.split())) >= 1


@pytest.mark.parametrize(
    "long",
    ["a" * 10_000, "https://example.org/" + "a/" * 4_990, "😀" * 2_000, "0123456789abcdef" * 600, "م" * 1_000, "wort " * 2_000],
)
def test_nothing_runs_off_the_page(long: str) -> None:
    short = long[:1_000]
    for wanted, document in ((long, said_pdf(long)), (short, protocol_pdf(facts=[["Name", short]], sections=[], footer=short))):
        lines = text(document).splitlines()
        assert len("".join(wanted.split())) <= len("".join("".join(lines).split()))
        assert max(map(len, lines)) < 140


def test_every_writing_comes_out_as_text() -> None:
    words = joined(said_pdf("Grüße, łódź, Ελλάδα, Київ, İstanbul, 🌳 und 👩🏽‍🌾, ✓, שלום und مرحبا"))
    for part in ("Grüße", "łódź", "Ελλάδα", "Київ", "İstanbul", "🌳", "👩🏽‍🌾", "✓", "שלום", "مرحبا"):
        assert part in words


def test_what_no_font_has_is_named_by_its_number() -> None:
    words = joined(said_pdf("中 und \ue000 und \ud800 und a\x07b\ufeffc"))
    assert "[U+4E2D]und[U+E000]und[U+D800]undabc" in words
    # Each has a glyph, but no font has those that are joined here.
    assert "[U+1F6B2]" in joined(said_pdf("\u05b2🚲\u064e"))
    assert len(said_pdf("Z" + "\u0337\u0322\u031b" * 3_000)) < 100_000


@pytest.mark.parametrize(
    "deep", ["> " * 200 + "x", "\n".join("  " * n + "- x" for n in range(100)), "*" * 3_000 + "x", "[" * 3_000]
)
def test_deep_nesting_ends_somewhere(deep: str) -> None:
    assert read(said_pdf(deep)).pages


def test_headings_of_people_stand_below_ours_without_gaps() -> None:
    document = said_pdf("#### Tief\n\n# Hoch\n\n> ###### Zitiert\n\n## Und ## wieder")
    assert [tag for tag in tags(document) if tag[:2] == "/H" and tag[2:].isdigit()] == ["/H1", "/H2", "/H3", "/H3", "/H4", "/H4"]


def test_links_lead_only_where_a_page_would() -> None:
    words = "[a](javascript:alert(1)) [b](/intern) [c](HTTPS://example.org/c) [d](mailto:d@example.org) <file:///etc/passwd> [e](http://[)"
    addresses = [
        str(note.get_object()["/A"]["/URI"])
        for page in read(said_pdf(words)).pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    ]
    assert all(address.lower().startswith(("https://", "http://", "mailto:")) for address in addresses)
    assert len(addresses) >= 2


def test_a_message_is_handed_over_in_words(tmp_path: Path) -> None:
    with create_app(**settings(tmp_path, "")).app_context():
        assert "Die Abstimmung ist geschlossen." in text(protocol_pdf(subtitle=say("Die Abstimmung ist geschlossen.")))


def test_what_is_neither_text_nor_number_is_refused() -> None:
    with pytest.raises(TypeError, match="not PosixPath"):
        protocol_pdf(subtitle=Path("/"))


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(typeset, "TEMPLATES", tmp_path)
    (tmp_path / "layout").symlink_to(ROOT / "templates" / "layout")
    return tmp_path / "own.typ"


HEAD = '#import "/layout/sheet.typ": data, sheet\n#show: sheet\n'


def test_a_picture_without_words_is_refused(template: Path) -> None:
    template.write_text(HEAD + '#image(bytes(data.svg), format: "svg", alt: data.alt)')
    data = {"site": "Stadt", "svg": qr("https://example.org/"), "alt": "Ein QR-Code"}
    assert "/Figure Ein QR-Code" in tags(pdf("own.typ", data, language="de", title="Bild"))
    with pytest.raises(Untypeset, match=r"own\.typ: PDF/UA-1 error: missing alt text"):
        pdf("own.typ", {**data, "alt": None}, language="de", title="Bild")


def test_a_document_that_takes_too_long_is_given_up(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeset, "SECONDS_MAX", 2)
    template.write_text(HEAD + "#for n in range(100000000) { str(n) }")
    with pytest.raises(Untypeset, match="not finished after 2 seconds"):
        pdf("own.typ", {"site": "Stadt"}, language="de", title="Lang")


def test_a_document_without_title_is_refused() -> None:
    with pytest.raises(Untypeset, match="needs a title"):
        pdf("protocols/protocol.typ", protocol(), language="de", title=" ")


@pytest.mark.parametrize(
    "source", ['#read("/../secret.txt")', '#read("../secret.txt")', '#include "/etc/hostname"', '#read("/etc/passwd")']
)
def test_a_template_reads_nothing_outside_the_templates(template: Path, source: str) -> None:
    (template.parent.parent / "secret.txt").write_text("geheim")
    template.write_text(HEAD + source)
    with pytest.raises(Untypeset):
        pdf("own.typ", {"site": "Stadt"}, language="de", title="Lesen")


def test_a_missing_template_or_value_is_named() -> None:
    with pytest.raises(Untypeset, match=r"protocols/none\.typ"):
        pdf("protocols/none.typ", {}, language="de", title="x")
    with pytest.raises(Untypeset, match="hashes"):
        pdf("protocols/protocol.typ", {k: v for k, v in protocol().items() if k != "hashes"}, language="de", title="x")


def test_no_template_imports_a_package_from_elsewhere() -> None:
    assert [str(path) for path in (ROOT / "templates").rglob("*.typ") if '"@' in path.read_text("utf-8")] == []


def test_a_qr_code_is_black_on_white_with_a_quiet_zone_and_survives_damage() -> None:
    words = "https://mitmachen.dortmund.de/ballots/12/code#" + code(1)
    picture = ElementTree.fromstring(qr(words))
    size = int(picture.attrib["viewBox"].split()[2])
    ground, lines = picture
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert (ground.attrib["fill"], lines.attrib["stroke"]) == ("#fff", "#000")
    known = segno.make_qr(words, error="m")
    assert (known.error, size) == ("M", known.symbol_size(border=4)[0])
    # Four modules of white on every side: the first line of the drawing begins at the fifth.
    assert lines.attrib["d"].startswith("M4 4.5")
    assert len(list(known.matrix)) == size - 8


def test_what_fonts_can_show_is_read_from_them() -> None:
    known = {font.name: characters(font) for font in typeset.VENDOR.glob("*/*.ttf")}
    assert {name: len(found) for name, found in known.items()} == {
        "FiraSans-Regular.ttf": 1686, "FiraSans-SemiBold.ttf": 1686, "FiraSans-Italic.ttf": 1686,
        "DejaVuSans.ttf": 5918, "NotoEmoji-Regular.ttf": 1464,
    }  # fmt: skip
    assert {*"aäßẞłΩЖ€„“–→"} <= known["FiraSans-Italic.ttf"]
    assert {*"אم✓☃𝔸"} <= known["DejaVuSans.ttf"]
    assert {*"🌳👩🏽🤝"} <= known["NotoEmoji-Regular.ttf"]
    assert not {*"中🌳م"} & known["FiraSans-Regular.ttf"]


def test_known_text_is_handed_over_as_it_is() -> None:
    assert printable("Grüße\n\taus", frozenset("Grüßeaus")) == "Grüße\n\taus"
    assert printable("e\u0301", frozenset("e\u0301")) == "e\u0301"
    assert printable("a\u2028b\u3000c", frozenset("abc ")) == "a\nb c"


def test_five_hundred_codes_take_seconds() -> None:
    data = codes(4)
    data["codes"] = [{**card, "code": code(n)} for n in range(125) for card in data["codes"]]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert len(read(pdf("paper/sheet.typ", data, language="de", title="Codes")).pages) == 63
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert now.ru_utime - used.ru_utime < 10
