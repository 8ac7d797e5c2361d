"""A round that asks for teams of three: alone nobody can submit, two join by link, then it works and names all three."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.people import Phone, follow, log_in, path_of, press, reads
from tests.cast import inside, make_account, make_challenge, make_round
from tests.server import Server


@pytest.mark.parametrize("scripts", [True, False])
def test_a_team_of_three(server: Server, site: Flask, phone: Phone, scripts: bool) -> None:
    names = [f"{tree} {scripts:d}" for tree in ("Erle", "Buche", "Eibe")]
    with inside(site):
        round_ = make_round(team_min=3, team_max=3)
        question = make_challenge(round_)
        accounts = [make_account(name=name) for name in names]
        more = make_account(name=f"Ulme {scripts:d}")
    lead, *others = (log_in(phone(scripts), account) for account in accounts)

    writes(lead, question.id)
    submits(lead)
    reads(lead, "Es fehlen noch 2 Personen.")
    lead.goto("/account")
    follow(lead, "Ein Dach für drei")
    expect(lead.get_by_label("Ihre Idee")).to_have_value("Wir bauen es zu dritt.")

    idea_page = path_of(lead).removesuffix("/edit")
    links = [invites(lead, idea_page), invites(lead, idea_page)]
    joins(others[0], links[0])
    lead.goto(f"{idea_page}/edit")
    submits(lead)
    reads(lead, "Es fehlt noch 1 Person.")
    joins(others[1], links[1])

    late = log_in(phone(scripts), more)
    late.goto(links[1])
    expect(late.get_by_role("button", name="Mitschreiben")).to_have_count(0)

    others[1].goto(f"{idea_page}/edit")
    submits(others[1])
    reads(others[1], "Ihre Idee ist veröffentlicht.")
    visitor = phone(scripts)
    visitor.goto(idea_page)
    for name in names:
        reads(visitor, name)


def writes(page: Page, question: int) -> None:
    page.goto(f"/challenges/{question}/ideas/new")
    reads(page, "Teams: 3 Personen")
    page.get_by_label("Titel").fill("Ein Dach für drei")
    page.get_by_label("Ihre Idee").fill("Wir bauen es zu dritt.")


def submits(page: Page) -> None:
    press(page, "Idee einreichen")


def invites(page: Page, idea_page: str) -> str:
    page.goto(f"{idea_page}/team")
    press(page, "Einladungslink machen")
    return page.get_by_label("Einladungslink").input_value()


def joins(page: Page, link: str) -> None:
    page.goto(link)
    reads(page, "Ein Dach für drei")
    press(page, "Mitschreiben")
    reads(page, "Willkommen im Team.")
