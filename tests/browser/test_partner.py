"""An institution becomes a partner, and two that are the same become one."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from ideation.ideas.models import IdeaAuthor
from ideation.labs.models import LabHost
from tests.browser.people import Phone, arrives, follow, link_in_mail, log_in, path_of, press, reads
from tests.cast import inside, make_account, make_body, make_idea, make_institution, make_lab, make_round, put
from tests.server import Server


@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_application_to_the_entry_in_the_directory(server: Server, site: Flask, phone: Phone, scripts: bool) -> None:
    name, email = f"Werkhof {scripts:d}", f"werkhof{scripts:d}@example.org"
    with inside(site):
        person, moderator = make_account(email=email), make_account("moderator")
    visitor = phone(scripts)
    visitor.goto("/institutions")
    follow(visitor, "Anmelden und Partner werden")
    arrives(visitor, "/login")
    applicant, staff = log_in(phone(scripts), person), log_in(phone(scripts), moderator)
    applicant.goto("/institutions")
    follow(applicant, "Partner werden")
    applicant.get_by_label("Was bietet sie an?").fill("Eine **Werkbank** zum Ausleihen")
    press(applicant, "Anfrage senden")
    reads(applicant, "Bitte geben Sie den Namen der Institution ein.")
    expect(applicant.get_by_label("Was bietet sie an?")).to_have_value("Eine **Werkbank** zum Ausleihen")
    applicant.get_by_label("Name der Institution").fill(name)
    applicant.get_by_label("Bereich").select_option("Zivilgesellschaft")
    applicant.get_by_label("Ansprechstelle", exact=False).first.fill("Werkstattbüro")
    press(applicant, "Anfrage senden")
    reads(applicant, "wird geprüft")
    own = path_of(applicant)

    staff.goto("/manage/")
    follow(staff, "1 Anfrage wartet")
    follow(staff, name)
    press(staff, "Annehmen")
    reads(staff, "Angenommen.")
    assert link_in_mail(server, email) == own
    applicant.goto(own)
    follow(applicant, "Zum Eintrag im Verzeichnis")
    reads(applicant, "Werkstattbüro")

    visitor.goto("/institutions")
    visitor.get_by_label("Name oder Angebot").fill("werkbank")
    press(visitor, "Anwenden")
    follow(visitor.get_by_role("main"), name)
    for told in ("Zivilgesellschaft", "Das bietet sie an", "Werkstattbüro"):
        reads(visitor, told)


@pytest.mark.parametrize("scripts", [True, False])
def test_two_institutions_that_are_the_same_become_one(server: Server, site: Flask, phone: Phone, scripts: bool) -> None:
    short, long = f"BfW {scripts:d}", f"Berufsförderungswerk {scripts:d}"
    with inside(site):
        moderator = make_account("moderator")
        old, new = make_institution(short), make_institution(long)
        lab, idea = make_lab(title=f"Labor der Berufe {scripts:d}"), make_idea(make_round(), title=f"Idee zweier Namen {scripts:d}")
        body = make_body(old, name=f"Beirat {scripts:d}")
        for one in (old, new):
            put(LabHost(lab_id=lab.id, institution_id=one.id))
        put(IdeaAuthor(idea_id=idea.id, institution_id=old.id, leads=True))
    visitor, staff = phone(scripts), log_in(phone(scripts), moderator)
    visitor.goto(f"/institutions/{old.id}")
    reads(visitor, short)
    staff.goto(f"/institutions/{old.id}")
    follow(staff, "Zusammenführen")
    staff.get_by_label("Welche Institution bleibt?").fill("Niemand")
    press(staff, "Ansehen, was sich ändert")
    reads(staff, "Diese Institution kennen wir nicht.")
    staff.get_by_label("Welche Institution bleibt?").fill(long.lower())
    press(staff, "Ansehen, was sich ändert")
    for told in (
        "1 Idee, an der sie mitgeschrieben hat",
        "1 Projektlabor, das sie trägt",
        "1 Sitz in einem Gremium",
        "Rückgängig machen",
    ):
        reads(staff, told)
    press(staff, "Zusammenführen")
    reads(staff, f"„{short}“ ist jetzt ein weiterer Name")
    arrives(staff, f"/institutions/{new.id}")
    read_by_everybody(visitor, old.id, new.id, short, long, (lab.title, idea.title, body.name))


def read_by_everybody(page: Page, old: int, new: int, short: str, long: str, told: tuple[str, ...]) -> None:
    page.goto(f"/institutions/{old}")
    arrives(page, f"/institutions/{new}")
    expect(page.get_by_role("heading", level=1)).to_have_text(long)
    for text in (short, *told):
        reads(page, text)
    expect(page.get_by_role("link", name=told[0])).to_have_count(1)
    page.goto(f"/institutions?q={short}")
    expect(page.get_by_role("main").get_by_role("link", name=long)).to_have_count(1)
    follow(page, long)
    follow(page, told[1])
    reads(page, long)
