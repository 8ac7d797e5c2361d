"""Tables on narrow and wide screens: nothing one needs is out of sight because of one endless word; codes are printed once."""

from types import SimpleNamespace

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.people import Phone, log_in, reads
from tests.cast import COMING, inside, make_account, make_ballot, make_idea, make_round
from tests.server import Server

WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsversammlungsprotokollführerinnen"


@pytest.fixture
def scene(site: Flask) -> SimpleNamespace:
    with inside(site):
        moderator = make_account("moderator")
        priced, coded = make_round(moderator), make_round(moderator)
        ballot = make_ballot(
            priced, make_idea(priced, title=WORD), days=COMING, rule="greedy", closed_list=True, seats=None, budget=900
        )
        codes = make_ballot(coded, make_idea(coded), eligibility="T2")
    return SimpleNamespace(moderator=moderator, priced=ballot.id, coded=codes.id)


def test_an_endless_title_leaves_the_fields_in_sight(server: Server, phone: Phone, scene: SimpleNamespace) -> None:
    page = log_in(phone(), scene.moderator)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"/manage/ballots/{scene.priced}/costs")
        field = page.get_by_label(WORD).bounding_box()
        assert field is not None and field["width"] >= 60 and field["x"] + field["width"] <= width


@pytest.mark.parametrize("label", ["Jugendzentrum", ""])
def test_after_printing_the_page_shows_the_batch(server: Server, phone: Phone, scene: SimpleNamespace, label: str) -> None:
    page: Page = log_in(phone(), scene.moderator)
    page.goto(f"/manage/ballots/{scene.coded}/codes")
    reads(page, "Noch keine Codes")
    page.get_by_label("Bezeichnung").fill(label)
    page.get_by_label("Zahl der Codes").fill("2")
    if not label:
        page.get_by_role("button", name="Codes drucken").click()
        reads(page, "Bitte geben Sie eine Bezeichnung mit höchstens 80 Zeichen an.")
        return
    with page.expect_download() as file:
        page.get_by_role("button", name="Codes drucken").click()
    assert file.value.suggested_filename == f"codes-{scene.coded}.pdf"
    assert file.value.path().read_bytes().startswith(b"%PDF")
    reads(page, "2 Codes sind gedruckt.")
    expect(page.get_by_role("row", name=label)).to_be_visible()
    expect(page.get_by_label("Bezeichnung")).to_have_value("")
