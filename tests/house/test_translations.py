"""The English catalogue holds every sentence of code and templates, translated; the shipped binary is made from it."""

import io
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tests.house.code import ROOT

CATALOGUES = sorted((ROOT / "ideation" / "translations").glob("*/LC_MESSAGES/messages.po"))
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "_l": None, "say": None, "say_n": (1, 2)}
LANGUAGES = [path.parts[-3] for path in CATALOGUES]


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, path.parts[-3])


@pytest.fixture(scope="module")
def sentences() -> set[object]:
    with (ROOT / "bin" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, KEYWORDS, directory_filter=lambda name: not Path(name).name.startswith("."))
    return {message[2] if isinstance(message[2], str) else tuple(message[2]) for message in found}


def key(message: object) -> object:
    return tuple(message) if isinstance(message, list | tuple) else message


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_every_sentence_is_in_the_catalogue(path: Path, sentences: set[object]) -> None:
    known = {key(message.id) for message in catalogue(path) if message.id}
    assert sorted(map(str, sentences - known)) == [], "run: make messages"


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_every_sentence_is_translated(path: Path) -> None:
    messages = [message for message in catalogue(path) if message.id]
    open_ones = [m.id for m in messages if m.fuzzy or not all(m.string if isinstance(m.string, tuple) else (m.string,))]
    assert open_ones == []


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_translations_keep_the_placeholders(path: Path) -> None:
    assert [(message.id, [str(fault) for fault in faults]) for message, faults in catalogue(path).check()] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=LANGUAGES)
def test_the_compiled_catalogue_is_up_to_date(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        compiled = {key(message.id): key(message.string) for message in read_mo(io.BytesIO(file.read())) if message.id}
    written = {key(message.id): key(message.string) for message in catalogue(path) if message.id}
    assert compiled == written, "run: make messages"


def test_english_is_there() -> None:
    assert "en" in LANGUAGES
