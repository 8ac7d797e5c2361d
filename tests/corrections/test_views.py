"""What the pages of corrections show and refuse, and what everybody reads."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from ideation.ballots.actions import close_due
from ideation.core.db import db
from ideation.ledger.models import Entry
from ideation.ledger.rules import receipt_code
from tests.cast import inside
from tests.corrections.scene import NOW, REASON, after, confirmed, proposed, scene, voided
from tests.visit import login, post


def close(app: Flask, here: Any) -> None:
    with inside(app):
        close_due(after(here))


def test_the_results_page_tells_number_and_reason(app: Flask) -> None:
    here = scene(app, 3, 1)
    address = f"/ballots/{here.ballot}/results"
    assert "corrections-title" not in app.test_client().get(address).text
    correction = voided(app, here, 2)
    page = app.test_client().get(address).text
    assert "2 Stimmen für ungültig erklärt" in page and REASON in page and "von einem Programm abgegeben" in page
    assert "Moderation, " in page
    confirmed(app, here, proposed(app, here, 2, act="reinstate"))
    page = app.test_client().get(address).text
    assert "2 Stimmen wieder für gültig erklärt" in page and "Stimmen, die geprüft wurden" in page
    assert correction


def test_hidden_results_do_not_tell_that_there_were_corrections(app: Flask) -> None:
    here = scene(app, 3, 1, hides_results=True)
    voided(app, here, 2)
    address = f"/ballots/{here.ballot}/results"
    assert "ungültig" not in app.test_client().get(address).text
    close(app, here)
    assert "2 Stimmen für ungültig erklärt" in app.test_client().get(address).text


@pytest.mark.parametrize("hides", [False, True])
def test_who_gave_a_void_vote_reads_it_where_they_voted(app: Flask, hides: bool) -> None:
    here = scene(app, 2, votes_each=1, hides_results=hides)
    mine, other = (login(app.test_client(), person) for person in here.people[0])
    voided(app, here, 1)
    page = mine.get(f"/ideas/{here.ideas[0]}").text
    assert "Ihre Stimme wurde für ungültig erklärt." in page and "Unterstützung zurückziehen" not in page
    assert f"/ballots/{here.ballot}/results#corrections" in page
    assert "für ungültig erklärt" in mine.get(f"/ballots/{here.ballot}").text
    refused = post(mine, f"/ideas/{here.ideas[0]}/vote", choice="withdraw")
    assert refused.status_code == 403 and "für ungültig erklärt" in refused.text
    assert "für ungültig erklärt" not in other.get(f"/ideas/{here.ideas[0]}").text


def test_codes_that_lead_to_no_vote_are_named_and_kept(app: Flask) -> None:
    here, elsewhere = scene(app, 2), scene(app, 1)
    with app.app_context():
        commits = db.session.scalars(select(Entry.commit_hash).where(Entry.action == "cast").order_by(Entry.id)).all()
    mine, foreign = receipt_code(here.ballot, commits[0]), receipt_code(elsewhere.ballot, commits[-1])
    first = login(app.test_client(), here.first)
    fields = {"act": "void", "way": "codes", "category": "typing", "reason": REASON}
    address = f"/manage/ballots/{here.ballot}/corrections"
    wrong = post(first, address, **fields, codes=f"{mine}\n{foreign}\n<b>x</b>\n")
    assert wrong.status_code == 422
    assert f"{foreign}, &lt;b&gt;x&lt;/b&gt;" in wrong.text and mine in wrong.text and "<b>x" not in wrong.text
    made = post(first, address, **fields, codes=f" {mine.lower()} \n\n{mine}")
    assert made.status_code == 303
    assert '<td class="number">1</td>' in first.get(made.location).text, "the same code twice is one vote"


def test_hours_of_an_idea_make_a_proposal_with_numbers_before_and_after(app: Flask) -> None:
    here = scene(app, 3, 1)
    first = login(app.test_client(), here.first)
    address = f"/manage/ballots/{here.ballot}/corrections"
    fields = {"act": "void", "way": "span", "category": "automated", "reason": REASON, "idea": here.ideas[0], "only": ""}
    for more in ({}, {"begins": "2026-01-01 10:00", "ends": "2026-01-01 09:00"}, {"begins": "gestern", "ends": "2026-01-01"}):
        assert post(first, address, **fields, **more).status_code == 422
    assert post(first, address, **{**fields, "idea": "999999"}, begins="2026-01-01", ends="2027-01-01").status_code == 422
    assert post(first, address, **{**fields, "act": "reinstate", "category": "error"}, **wide()).status_code == 422
    made = post(first, address, **fields, **wide())
    assert made.status_code == 303
    numbers = re.findall(r'<td class="number">(\d+)</td>', first.get(made.location).text)
    assert numbers == ["3", "3", "0"]
    assert post(first, f"{made.location}/withdrawal").status_code == 303
    assert "zurückgezogen" in first.get(address).text


def wide() -> dict[str, str]:
    return {"begins": f"{NOW - timedelta(days=2):%Y-%m-%d}", "ends": f"{NOW + timedelta(days=2):%Y-%m-%d}"}


def test_hidden_counts_cannot_be_asked_for_by_hours(app: Flask) -> None:
    here = scene(app, 3, hides_results=True)
    first = login(app.test_client(), here.first)
    fields = {"act": "void", "way": "span", "category": "automated", "reason": REASON, "idea": here.ideas[0], "only": ""}
    refused = post(first, f"/manage/ballots/{here.ballot}/corrections", **fields, **wide())
    assert refused.status_code == 422 and "verborgen" in refused.text


def test_an_error_is_put_right_from_the_page_of_the_correction(app: Flask) -> None:
    here = scene(app, 3)
    correction = voided(app, here, 2)
    first, second = login(app.test_client(), here.first), login(app.test_client(), here.second)
    way = f"/manage/ballots/{here.ballot}/corrections/new?correction={correction}"
    assert way in first.get(f"/manage/corrections/{correction}").text
    assert 'value="reinstate" checked' in first.get(way).text
    fields = {"act": "reinstate", "way": "correction", "correction": correction, "category": "error", "reason": REASON}
    made = post(first, f"/manage/ballots/{here.ballot}/corrections", **fields)
    assert post(second, f"{made.location}/confirmation").status_code == 303
    assert "2 Stimmen wieder für gültig erklärt" in app.test_client().get(f"/ballots/{here.ballot}/results").text


def test_other_moderators_read_nothing_of_it(app: Flask) -> None:
    here = scene(app, 2)
    correction = proposed(app, here, 1)
    other = login(app.test_client(), here.other)
    for path in (f"ballots/{here.ballot}/corrections", f"ballots/{here.ballot}/corrections/new", f"corrections/{correction}"):
        assert other.get(f"/manage/{path}").status_code == 403
    assert other.get("/manage/corrections/999999").status_code == 404
    foreign = scene(app, 1)
    first = login(app.test_client(), foreign.first)
    assert first.get(f"/manage/ballots/{foreign.ballot}/corrections/new?correction={correction}").status_code in {403, 404}


def test_whose_vote_is_void_reads_it_in_the_account(app: Flask) -> None:
    here = scene(app, 1, 1)
    voided(app, here, 1)
    said = "für ungültig erklärt, zählt nicht"
    assert said in login(app.test_client(), here.people[0][0]).get("/account").text
    assert said not in login(app.test_client(), here.people[1][0]).get("/account").text


def test_a_second_person_declines_what_the_first_withdraws(app: Flask) -> None:
    here = scene(app, 3)
    pages = {who: login(app.test_client(), getattr(here, who)) for who in ("first", "second")}
    for who, act, said in (("first", "zurückziehen", "zurückgezogen"), ("second", "ablehnen", "abgelehnt")):
        address = f"/manage/corrections/{proposed(app, here, 1)}"
        assert f"Vorschlag {act}" in pages[who].get(address).text
        assert post(pages[who], f"{address}/withdrawal").status_code == 303
        assert f"Der Vorschlag ist {said}." in pages[who].get(f"/manage/ballots/{here.ballot}/corrections").text
