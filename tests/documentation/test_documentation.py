"""The documentation of the seed case: everything a reader needs is in it, on paper and on the page, and it is the same file every day."""

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from html import unescape
from io import BytesIO
from typing import Any

import pytest
import time_machine
from flask import Flask
from pypdf import PdfReader

from ideation import create_app
from ideation.core.db import db
from ideation.demo.queries import told
from ideation.documentation.views import _bytes
from tests.cast import inside, make_account, make_idea, make_lab, make_member, make_picture, make_round
from tests.conftest import migrate, settings
from tests.visit import login, post

DOCUMENT = "/rounds/todo-2024/documentation"
# Not for readers: names of rows, where a fact was found, notes about the transcription, and what other values say already.
NOT_SHOWN = {"id", "quelle", "zeitzone", "runde", "gruppen", "projektlabor", "hinweis", "wie_in_quelle", "wochentag"}
# How many meetings the source counts; it does not say which of the four planned ones they are.
NOT_SHOWN |= {"sitzungen_laut_dokumentation"}
MONTHS = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"]
DAYS = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]


def squeezed(text: str) -> str:
    """Without anything that a line break or a hyphen at its end changes."""
    return re.sub(r"[\s\u00ad\u2010-]+", "", text)


def spoken(key: str, value: Any) -> list[str]:
    """A value of the files as the documentation says it."""
    if value is None or value == []:
        return []
    if key == "datum":
        day = date.fromisoformat(value)
        return [f"{DAYS[day.weekday()]}, {day.day}. {MONTHS[day.month - 1]} {day.year}"]
    if key == "optional":
        return ["optional" if value else "fest"]
    if key == "budget_eur":
        return [f"{value:,}".replace(",", ".") + " Euro"]
    if key == "dauer_monate":
        return [f"{value} Monate"]
    if key == "gruppe":
        return [f"Gruppe {value}:"]
    if key == "institutionen_anzahl":
        return [f"{value} Institutionen"]
    return [str(value)]


def values(thing: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every value that a reader needs, with the key it stands under."""
    if isinstance(thing, dict):
        for name, part in thing.items():
            if name not in NOT_SHOWN:
                yield from values(part, name)
    elif isinstance(thing, list):
        for part in thing:
            yield from values(part, key)
    else:
        yield from ((key, text) for text in spoken(key, thing))


def everything() -> list[tuple[str, str]]:
    files = (told("dortmund/projektlabore"), told("dortmund/steckbriefe"), told("dortmund/institutionen"))
    return [pair for file in files for pair in values(file)]


def read(pdf: bytes) -> str:
    return squeezed("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], bytes]]:
    """The demo, and its pages: one database for all tests here."""
    folder = tmp_path_factory.mktemp("documentation")
    url = f"sqlite:///{folder / 'ideation.sqlite3'}"
    migrate(folder, url)
    app = create_app(**settings(folder, url))
    assert app.test_cli_runner().invoke(args=["demo", "load"]).exit_code == 0
    client = app.test_client()
    yield lambda address: client.get(address).data
    with app.app_context():
        db.engine.dispose()


def lacking(text: str, wanted: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(key, value) for key, value in wanted if squeezed(value) not in text]


def test_every_value_a_reader_needs_is_in_the_document_and_on_the_page(printed: Callable[[str], bytes]) -> None:
    wanted = everything()
    assert len(wanted) > 200
    assert lacking(read(printed(f"{DOCUMENT}.pdf")), wanted) == []
    page = re.sub(r"<[^>]+>", " ", printed(DOCUMENT).decode())
    assert lacking(squeezed(unescape(page)), wanted) == []


def test_a_missing_value_would_be_noticed(printed: Callable[[str], bytes]) -> None:
    """The check above can fail: for each value a text without it is found to lack it."""
    text = read(printed(f"{DOCUMENT}.pdf"))
    for key, value in everything():
        assert (key, value) in lacking(text.replace(squeezed(value), ""), [(key, value)])


def test_two_days_and_two_processes_give_the_same_file(printed: Callable[[str], bytes]) -> None:
    hashes = set()
    for day in (datetime(2026, 1, 5, 9, tzinfo=UTC), datetime(2027, 8, 20, 23, tzinfo=UTC)):
        _bytes.cache_clear()
        # Each is set by a process of its own.
        with time_machine.travel(day, tick=True):
            hashes.add(hashlib.sha256(printed(f"{DOCUMENT}.pdf")).hexdigest())
    assert len(hashes) == 1


def test_the_document_is_tagged_and_says_its_title_and_language(printed: Callable[[str], bytes]) -> None:
    for prefix, language in (("", "de"), ("/en", "en")):
        reader = PdfReader(BytesIO(printed(f"{prefix}{DOCUMENT}.pdf")))
        catalogue = reader.trailer["/Root"]
        assert catalogue["/MarkInfo"]["/Marked"] and catalogue["/Lang"].startswith(language)
        assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
        assert b"pdfuaid" in catalogue["/Metadata"].get_object().get_data()
        assert "Task-Force KI" in reader.metadata.title and reader.metadata.creation_date is None
        chapters = [item.title for item in reader.outline if not isinstance(item, list)]
        assert len(chapters) >= 5 and len(reader.pages) >= 10
        heads = [page.extract_text() for page in reader.pages[2:]]
        assert any("Vernetzung der Generationen" in text.splitlines()[0] + text.splitlines()[1] for text in heads)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_people_stand_in_it_only_with_their_consent(app: Flask) -> None:
    with inside(app):
        lab = make_lab(make_idea(make_round()))
        make_member(lab, name="Ahorn Sieben", listed=True)
        make_member(lab, name="Birke Acht")
    client = app.test_client()
    page, document = (
        client.get(f"/labs/{lab.slug}/documentation").text,
        read(client.get(f"/labs/{lab.slug}/documentation.pdf").data),
    )
    assert "Ahorn Sieben" in page and "AhornSieben" in document
    assert "Birke" not in page and "Birke" not in document
    assert "2 Personen" in page


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pictures_stand_in_it_with_what_they_show(app: Flask) -> None:
    with inside(app):
        lab = make_lab(make_idea(make_round()))
        make_picture(lab, alt="Vier Menschen am Tisch.", caption="Beim Treffen", credit="Stadtarchiv")
    client = app.test_client()
    document = client.get(f"/labs/{lab.slug}/documentation.pdf").data
    assert "BeimTreffenBild:Stadtarchiv" in read(document)
    assert len(PdfReader(BytesIO(document)).pages[-2].images) == 1
    assert 'alt="Vier Menschen am Tisch."' in client.get(f"/labs/{lab.slug}/documentation").text


def test_an_edition_is_kept_once_with_its_hash_and_stays(app: Flask) -> None:
    with inside(app):
        moderator, stranger = make_account("moderator"), make_account("moderator")
        lab = make_lab(make_idea(make_round(moderator)), created_by_id=moderator.id)
        make_member(lab, name="Ahorn Sieben", listed=True)
    here, visitor = f"/labs/{lab.slug}/documentation", app.test_client()
    assert post(login(app.test_client(), stranger), here).status_code == 403
    own = login(app.test_client(), moderator)
    assert "Heutigen Stand festhalten" in own.get(here).text and "festhalten" not in visitor.get(here).text
    assert [post(own, here).status_code for _ in range(2)] == [303, 303]
    edition = visitor.get(f"{here}/1.pdf")
    # A consent can be withdrawn, an edition cannot: it names nobody, and nobody is told of it.
    assert "AhornSieben" in read(visitor.get(f"{here}.pdf").data) and "Ahorn" not in read(edition.data)
    assert edition.status_code == 200 and visitor.get(f"{here}/2.pdf").status_code == 404
    assert hashlib.sha256(edition.data).hexdigest() in visitor.get(here).text
    with inside(app):
        db.session.merge(lab).problem = "Inzwischen wissen wir mehr."
    assert post(own, here, htmx=True).status_code < 400
    assert visitor.get(f"{here}/1.pdf").data == edition.data != visitor.get(f"{here}/2.pdf").data


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_round_without_a_lab_has_none(app: Flask) -> None:
    with inside(app):
        round_, draft = make_round(), make_round(status="draft")
    answer = app.test_client().get(f"/rounds/{round_.slug}/documentation")
    assert answer.status_code == 403 and "noch kein Projektlabor" in answer.text
    assert app.test_client().get(f"/rounds/{draft.slug}/documentation").status_code == 404
