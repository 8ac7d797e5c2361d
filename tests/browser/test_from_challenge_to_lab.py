"""The main job, through five accounts, on their phones: from a question to a project lab, readable from every point.

On SQLite with JavaScript, on PostgreSQL without.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from ideation import create_app
from ideation.core.db import db
from tests import postgres
from tests.browser.people import Phone, arrives, follow, in_berlin, let_end, link_in_mail, log_in, path_of, press, reads
from tests.cast import inside, make_account
from tests.conftest import migrate, settings
from tests.server import Server, serving

QUESTION = "Wie können wir unsere Haltestellen im Sommer kühl halten?"
REASON = "Bitte schreiben Sie dazu, um welchen Stadtteil es geht."
REWORDED = "Wie können wir die Haltestellen in Hörde im Sommer kühl halten?"
WINNER, SECOND, THIRD, FOURTH = (
    "Kräuter auf dem Dach",
    "Eine Bank im Schatten",
    "Wasser aus der Zisterne",
    "Ein Segel über dem Steig",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ideation.sqlite3'}"
        return
    durable, name = request.getfixturevalue("durable_postgres"), f"ideation_journey_{os.getpid()}"
    postgres.drop(durable, name)
    yield postgres.create(durable, name)
    postgres.drop(durable, name)


@pytest.fixture
def server(url: str, tmp_path: Path) -> Iterator[Server]:
    migrate(tmp_path, url)
    with serving(tmp_path, IDEATION_DATABASE_URL=url) as server:
        yield server


@pytest.fixture
def site(server: Server, url: str) -> Iterator[Flask]:
    app = create_app(**settings(server.folder, url))
    yield app
    with app.app_context():
        db.engine.dispose()


def test_from_challenge_to_lab(server: Server, site: Flask, phone: Phone, url: str) -> None:
    scripts = url.startswith("sqlite")
    with inside(site):
        staff, birke, ahorn, weide = make_account("moderator"), *(make_account(name=n) for n in ("Birke 7", "Ahorn 3", "Weide 9"))
    moderator = log_in(phone(scripts), staff)
    asker = phone(scripts)
    proposer, partner, voter = (log_in(phone(scripts), account) for account in (birke, ahorn, weide))

    round_page = a_moderator_opens_a_round(moderator)
    a_stranger_makes_an_account(asker, server)
    challenge_page = they_ask_a_question(asker, round_page)
    the_moderation_decides(moderator, QUESTION, "Zurückgeben", REASON)
    the_author_reads_why_and_tries_again(asker)
    the_moderation_decides(moderator, REWORDED, "Veröffentlichen")

    idea_page = two_propose_an_idea_together(proposer, partner, challenge_page)
    others = [proposes(page, challenge_page, title) for page, title in ((partner, SECOND), (voter, THIRD), (asker, FOURTH))]
    they_talk_about_it(voter, proposer, idea_page)

    the_vote_opens(moderator, round_page)
    three_votes_and_no_fourth(voter, [idea_page, *others])
    for page in (asker, partner):
        supports(page, idea_page)

    ballot_page = the_vote_ends(moderator, site, round_page)
    the_result_is_certified(moderator, ballot_page)
    lab_page = the_winner_goes_into_a_lab(moderator)

    the_author_finds_the_lab(proposer, idea_page, lab_page)
    the_lab_leads_back(phone(scripts), lab_page, idea_page, challenge_page)


def a_moderator_opens_a_round(page: Page) -> str:
    page.goto("/manage/rounds/new")
    page.get_by_label("Helpathon").check()
    page.get_by_label("Titel").fill("Sommer in Hörde")
    press(page, "Entwurf anlegen")
    for activity in ("challenge", "idea", "comment"):
        page.locator(f"[name={activity}_opens]").fill(in_berlin(-1))
        page.locator(f"[name={activity}_closes]").fill(in_berlin(30))
    press(page, "Zeiträume speichern")
    page.get_by_text("1. Abstimmung: Regeln").click()
    page.locator("[name$=-seats]").first.fill("1")
    press(page, "Regeln speichern")
    press(page, "Runde veröffentlichen")
    follow(page, "Seite der Runde")
    expect(page.get_by_role("heading", name="Sommer in Hörde")).to_be_visible()
    return path_of(page)


def a_stranger_makes_an_account(page: Page, server: Server) -> None:
    page.goto("/register")
    page.get_by_label("E-Mail").fill("linde12@example.org")
    page.get_by_label("Name").fill("Linde 12")
    page.get_by_label("Passwort", exact=True).fill("ein Satz nur für Linde")
    page.get_by_role("checkbox").check()
    press(page, "Konto anlegen")
    reads(page, "Wir haben Ihnen eine E-Mail geschickt.")
    page.goto(link_in_mail(server, "linde12@example.org"))
    press(page, "Ja, Konto bestätigen")
    log_in(page, "linde12@example.org", "ein Satz nur für Linde")


def they_ask_a_question(page: Page, round_page: str) -> str:
    page.goto(round_page)
    follow(page, "Eigene Frage stellen")
    page.get_by_label("Ihre Frage").fill(QUESTION)
    page.get_by_label("Worum geht es?").fill("Im Juli waren es **38 Grad** am Steig.")
    press(page, "Herausforderung einreichen")
    reads(page, "Bitte willigen Sie ein.")
    expect(page.get_by_label("Ihre Frage")).to_have_value(QUESTION)
    page.get_by_label("Ich willige ein").check()
    press(page, "Herausforderung einreichen")
    reads(page, "Ihre Herausforderung")
    return path_of(page)


def the_moderation_decides(page: Page, title: str, act: str, reason: str = "") -> None:
    page.goto("/manage/")
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    page.get_by_label("Begründung").fill(reason)
    press(page, act)
    reads(page, "Es wartet nichts")


def the_author_reads_why_and_tries_again(page: Page) -> None:
    page.goto("/account/messages")
    reads(page, REASON)
    follow(page, "kam mit einer Bitte zurück")
    reads(page, REASON)
    follow(page, "Überarbeiten")
    page.get_by_label("Ihre Frage").fill(REWORDED)
    press(page, "Herausforderung einreichen")
    reads(page, "Ihre Herausforderung")


def proposes(page: Page, challenge_page: str, title: str, press_to: str = "Idee einreichen") -> str:
    page.goto(challenge_page)
    follow(page, "Idee vorschlagen")
    page.get_by_label("Titel").fill(title)
    page.get_by_label("Ihre Idee").fill("Wir fangen mit einer Haltestelle an und messen, wie kühl es wird.")
    press(page, press_to)
    expect(page).to_have_url(re.compile(r"/ideas/\d+"))
    return re.sub(r"/(edit|team)$", "", path_of(page))


def two_propose_an_idea_together(lead: Page, partner: Page, challenge_page: str) -> str:
    idea_page = proposes(lead, challenge_page, WINNER, "Als Entwurf speichern")
    lead.goto(f"{idea_page}/team")
    press(lead, "Einladungslink machen")
    partner.goto(lead.get_by_label("Einladungslink").input_value())
    reads(partner, WINNER)
    press(partner, "Mitschreiben")
    reads(partner, "Willkommen im Team.")
    lead.goto(f"{idea_page}/edit")
    press(lead, "Idee einreichen")
    for name in ("Birke 7", "Ahorn 3"):
        reads(lead, name)
    return idea_page


def they_talk_about_it(visitor: Page, author: Page, idea_page: str) -> None:
    visitor.goto(idea_page)
    visitor.get_by_label("Kommentar", exact=True).fill("Wer gießt die Kräuter?")
    press(visitor, "Kommentar veröffentlichen")
    reads(visitor, "Wer gießt die Kräuter?")
    author.goto(idea_page)
    follow(author, "Antworten")
    author.get_by_label("Ihre Antwort").fill("Die Schule nebenan.")
    press(author, "Antwort veröffentlichen")
    reads(author, "Die Schule nebenan.")


def the_vote_opens(page: Page, round_page: str) -> None:
    page.goto(f"/manage{round_page}/edit")
    page.get_by_label("Abstimm").and_(page.get_by_label("Beginn")).fill(in_berlin(-0.01))
    press(page, "Zeiträume speichern")
    page.goto(round_page)
    reads(page, "Sie haben 3 Stimmen.")


def supports(page: Page, idea_page: str) -> None:
    page.goto(idea_page)
    press(page.locator(".vote"), "Unterstützen")
    reads(page.locator(".vote"), "Sie unterstützen diese Idee.")


def three_votes_and_no_fourth(page: Page, ideas: list[str]) -> None:
    for idea_page in ideas[:3]:
        supports(page, idea_page)
    page.goto(ideas[3])
    press(page.locator(".vote"), "Unterstützen")
    reads(page, "Sie haben Ihre 3 Stimmen schon vergeben.")
    page.goto(ideas[3])
    expect(page.locator(".vote__state")).to_have_count(0)


def the_vote_ends(page: Page, site: Flask, round_page: str) -> str:
    page.goto(f"{round_page}/ballot")
    follow(page, "Meine Stimmen")
    expect(page).to_have_url(re.compile(r"/ballots/\d+$"))
    ballot_page = path_of(page)
    let_end(site, int(ballot_page.rsplit("/", 1)[1]))
    return ballot_page


def the_result_is_certified(page: Page, ballot_page: str) -> None:
    page.goto(f"{ballot_page}/results")
    follow(page, "Zum Feststellen des Ergebnisses")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ergebnis feststellen")
    count = page.get_by_role("button", name="Jetzt auszählen")
    if count.is_visible():  # the jobs loop may have been quicker
        count.click()
    reads(page, "Alle Stimmen wurden nachgezählt.")
    press(page, "Ergebnis feststellen")
    page.goto(f"{ballot_page}/results")
    reads(page, "festgestellt")
    expect(page.locator(".bars__row").first).to_contain_text(WINNER)
    page.get_by_text("Als Tabelle").click()
    expect(page.get_by_role("row", name=WINNER)).to_contain_text("ausgewählt")


def the_winner_goes_into_a_lab(page: Page) -> str:
    page.goto("/manage/labs")
    follow(page, "Ins Projektlabor übernehmen")
    page.get_by_label(WINNER).check()
    page.get_by_label("Name des Projektlabors").fill("Kühle Haltestellen")
    page.get_by_label("Leitfragen").fill("Was kostet ein Dach?\nWer pflegt es?")
    press(page, "Ins Projektlabor übernehmen")
    expect(page.get_by_role("heading", name="Kühle Haltestellen")).to_be_visible()
    return path_of(page)


def the_author_finds_the_lab(page: Page, idea_page: str, lab_page: str) -> None:
    page.goto("/account")
    follow(page, "Nachrichten")
    follow(page, f"Ihre Idee „{WINNER}“ geht ins Projektlabor.")
    expect(page).to_have_url(re.compile(f"{idea_page}|{lab_page}"))
    page.goto(idea_page)
    follow(page.locator("#journey"), "Kühle Haltestellen")
    arrives(page, lab_page)


def the_lab_leads_back(page: Page, lab_page: str, idea_page: str, challenge_page: str) -> None:
    """Read by a visitor: the lab tells its questions, its idea, and the idea its question."""
    page.goto(lab_page)
    reads(page, "Was kostet ein Dach?")
    follow(page.locator("#lab-origins"), WINNER)
    arrives(page, idea_page)
    follow(page.locator("#journey"), REWORDED)
    arrives(page, challenge_page)
    follow(page.locator("#journey"), "Kühle Haltestellen")
    arrives(page, lab_page)
