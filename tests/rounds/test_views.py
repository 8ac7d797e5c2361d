"""A round's pages as people meet them: visitors, the registered, the curious, with and without script."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ideation.labs.models import Lab, LabOrigin
from ideation.rounds.models import RoundSlug
from tests.cast import COMING, OPEN, PAST, inside, make_account, make_ballot, make_challenge, make_idea, make_round, put
from tests.visit import login, post

HOSTILE = '<script>alert("x")</script>\u202e"\'><img src=x onerror=1>'


def test_a_round_tells_what_is_open_until_when_and_what_to_do(
    app: Flask, client: FlaskClient, at: Callable[[str], datetime]
) -> None:
    at("2026-11-23 12:00")
    with inside(app):
        round_ = make_round(windows={"idea": (-1, 3), "vote": (5, 9)}, title="Grüne Dächer", free_ideas=True)
    page = client.get(f"/rounds/{round_.slug}")
    assert page.status_code == 200
    assert "Ideen vorschlagen" in page.text
    assert "offen bis 26. Nov. 2026, 12:00" in page.text
    assert "Schlagen Sie eine Idee vor" in page.text
    assert f"/rounds/{round_.slug}/ideas/new" in page.text
    assert "Set-Cookie" not in page.headers


def test_the_page_turns_over_at_the_minute(app: Flask, client: FlaskClient, at: Callable[[str], datetime]) -> None:
    at("2026-11-23 12:00")
    with inside(app):
        round_ = make_round(windows={"idea": (-1, 1)}, free_ideas=True)
    at("2026-11-24 11:59:59")
    assert "Schlagen Sie eine Idee vor" in client.get(f"/rounds/{round_.slug}").text
    at("2026-11-24 12:00:00")
    assert "Diese Runde ist abgeschlossen" in client.get(f"/rounds/{round_.slug}").text


def test_the_end_of_a_day_reads_24_hours(app: Flask, client: FlaskClient, at: Callable[[str], datetime]) -> None:
    at("2026-11-23 00:00")
    with inside(app):
        round_ = make_round(windows={"idea": (-1, 3)}, free_ideas=True)
    page = client.get(f"/rounds/{round_.slug}").text
    assert "25. Nov. 2026, 24:00 Uhr" in page
    assert "Mittwoch, 25. November 2026, 24:00 Uhr" in page


def test_questions_ideas_rules_hosts_and_editions_stand_on_the_page(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        moderator = make_account("moderator", "Frau Grün")
        before = make_round(slug="vorher", title="Die vorige Runde", windows={})
        idea = make_idea(before, status="in_lab")
        lab = put(Lab(slug="labor", title="Das Labor", created_at=datetime.now(UTC)))
        put(LabOrigin(lab_id=lab.id, idea_id=idea.id))
        round_ = make_round(moderator, previous_id=before.id, team_min=2, team_max=4)
        challenge = make_challenge(round_, question="Wie können wir Dächer begrünen?")
        make_ballot(round_, make_idea(round_, title="Kräuter auf dem Bunker", challenge=challenge))
        make_idea(round_, title="Unsichtbar", status="draft")
    page = client.get(f"/rounds/{round_.slug}").text
    for told in (
        "Wie können wir Dächer begrünen?",
        "1 Idee",
        "Kräuter auf dem Bunker",
        "Frau Grün",
        "2 bis 4",
        "Sie haben 3 Stimmen",
        "Die vorige Runde",
        "Das Labor",
    ):
        assert told in page, told
    assert "Unsichtbar" not in page
    assert f"/rounds/{round_.slug}" in client.get("/rounds/vorher").text


def test_example_data_are_marked_on_the_page_and_in_the_lists(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        round_ = make_round(example=True)
    for address in ("/", "/rounds", f"/rounds/{round_.slug}"):
        assert "Beispieldaten" in client.get(address).text, address


def test_two_rounds_of_one_title_are_told_apart_by_their_period(
    app: Flask, client: FlaskClient, at: Callable[[str], datetime]
) -> None:
    at("2026-11-23 12:00")
    with inside(app):
        moderator = make_account("moderator")
        for days in ((-20, -10.5), (-50, -40.5), (-90, -89.9), (-3, 3), (-5, None)):
            make_round(moderator, title="Sprint", windows={"idea": days})
        make_round(moderator, title="Sprint", windows={}, period_text="Frühjahr 2024")
    staff = login(app.test_client(), moderator)
    for page in (client.get("/rounds"), staff.get("/manage/rounds")):
        for period in (
            "3. November 2026 bis 12. November 2026",
            "4. Oktober 2026 bis 14. Oktober 2026",
            "25. August 2026",
            "20. November 2026 bis 26. November 2026",
            "seit 18. November 2026",
            "Frühjahr 2024",
        ):
            assert period in page.text, period
        assert "25. August 2026 bis" not in page.text


def test_a_draft_is_there_for_its_moderators_only(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        moderator, other, admin, person = (make_account(r) for r in ("moderator", "moderator", "admin", "participant"))
        round_ = make_round(moderator, status="draft", published_at=None, title="Noch geheim")
    address = f"/rounds/{round_.slug}"
    assert client.get(address).status_code == 404
    for account, status in ((person, 404), (other, 404), (moderator, 200), (admin, 200)):
        assert login(app.test_client(), account).get(address).status_code == status
    assert "Noch geheim" not in client.get("/rounds").text + client.get("/").text


def test_a_former_address_leads_to_every_page_of_the_round(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        round_ = make_round(slug="neu")
        put(RoundSlug(slug="alt", round_id=round_.id))
    for tail in ("", "/ideas?q=dach&sort=newest", "/challenges"):
        answer = client.get("/rounds/alt" + tail)
        assert (answer.status_code, answer.location) == (301, "/rounds/neu" + tail)
    assert client.get("/en/rounds/alt").location == "/en/rounds/neu"


def test_what_was_typed_as_a_round_is_only_text(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        round_ = make_round(title=HOSTILE, summary=HOSTILE, about=HOSTILE + "\n\n[x](javascript:alert(1))", period_text=HOSTILE)
        make_challenge(round_, question=HOSTILE)
        make_idea(round_, title=HOSTILE, body=HOSTILE)
    for address in (f"/rounds/{round_.slug}", "/rounds", "/"):
        page = client.get(address).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert 'href="javascript' not in page


@pytest.mark.parametrize("status", [None, "archived"])
def test_a_round_without_windows_or_archived_is_for_reading(app: Flask, client: FlaskClient, status: str | None) -> None:
    with inside(app):
        more = {"status": status} if status else {}
        round_ = make_round(windows={"idea": OPEN} if status else {}, period_text="Frühjahr 2024", free_ideas=True, **more)
    page = client.get(f"/rounds/{round_.slug}").text
    assert "Diese Runde ist abgeschlossen" in page
    assert "Frühjahr 2024" in page
    assert "/ideas/new" not in page
    assert round_.title in client.get("/rounds").text


# Joining


def test_people_join_and_leave_a_round(app: Flask) -> None:
    with inside(app):
        person, round_ = make_account(), make_round(windows={"join": OPEN, "idea": OPEN}, free_ideas=True)
    client, address = login(app.test_client(), person), f"/rounds/{round_.slug}"
    assert "Melden Sie sich zur Runde an" in client.get(address).text
    for _ in range(2):
        answer = post(client, address + "/registration")
        assert (answer.status_code, answer.location) == (303, address)
    assert "Sie sind zur Runde angemeldet." in client.get(address).text
    for _ in range(2):
        assert post(client, address + "/registration", register="no").status_code == 303
    assert "Melden Sie sich zur Runde an" in client.get(address).text


def test_a_wish_that_is_none_is_asked_again(app: Flask) -> None:
    with inside(app):
        person, round_ = make_account(), make_round(windows={"join": OPEN})
    answer = post(login(app.test_client(), person), f"/rounds/{round_.slug}/registration", register="vielleicht")
    assert answer.status_code == 422
    assert "Bitte wählen Sie, ob" in answer.text


@pytest.mark.parametrize(
    ("join", "sentence"),
    [
        (PAST, "Die Anmeldung zur Runde ist seit"),
        (COMING, "Zur Runde anmelden können Sie sich ab"),
        (None, "müssen Sie sich nicht anmelden"),
    ],
)
def test_joining_outside_the_window_is_refused_with_the_sentence(
    app: Flask, join: tuple[float, float] | None, sentence: str
) -> None:
    with inside(app):
        person, round_ = make_account(), make_round(windows={"idea": OPEN, **({"join": join} if join else {})})
    answer = post(login(app.test_client(), person), f"/rounds/{round_.slug}/registration")
    assert answer.status_code == 403
    assert sentence in answer.text


def test_joining_with_htmx_leads_back_to_the_page(app: Flask) -> None:
    with inside(app):
        person, round_ = make_account(), make_round(windows={"join": OPEN})
    answer = post(login(app.test_client(), person), f"/rounds/{round_.slug}/registration", htmx=True)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (200, f"/rounds/{round_.slug}")


def test_a_stranger_joins_nothing(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        round_ = make_round(windows={"join": OPEN})
    assert post(client, f"/rounds/{round_.slug}/registration").status_code == 403
    assert 'method="post"' not in client.get(f"/rounds/{round_.slug}").text


def test_who_did_not_join_in_time_reads_along(app: Flask) -> None:
    with inside(app):
        person, round_ = make_account(), make_round(windows={"join": PAST, "idea": OPEN}, free_ideas=True)
    page = login(app.test_client(), person).get(f"/rounds/{round_.slug}").text
    assert "Lesen Sie mit" in page
    assert "/ideas/new" not in page


# The list


def test_rounds_stand_under_open_coming_and_past(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        for title, windows in (("Läuft", {"idea": OPEN}), ("Kommt", {"idea": COMING}), ("War", {"idea": PAST})):
            make_round(title=title, windows=windows)
    page = client.get("/rounds").text
    order = [page.index(t) for t in ("Jetzt offen", ">Läuft<", "Demnächst", ">Kommt<", "Abgeschlossen", ">War<")]
    assert order == sorted(order)


def test_an_empty_site_says_how_it_starts(client: FlaskClient) -> None:
    assert "Noch keine Runde" in client.get("/rounds").text


@pytest.mark.parametrize("page", ["0", "-1", "abc", "99999999999999999999", "²"])
def test_odd_page_numbers_are_pages(app: Flask, client: FlaskClient, page: str) -> None:
    with inside(app):
        make_round(windows={"idea": PAST})
    assert client.get(f"/rounds?page={page}").status_code == 200


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_page_costs_the_same_for_10_and_for_100_rows(
    app: Flask, statements: Callable[[], AbstractContextManager[list[str]]], signed_in: bool
) -> None:
    with inside(app):
        person, before = make_account(), make_round(windows={})
        round_ = make_round(make_account("moderator"), windows={"join": OPEN, "idea": OPEN, "vote": (-1, 5)}, previous_id=before.id)
    visitor = login(app.test_client(), person) if signed_in else app.test_client()
    costs = []
    for _ in range(2):
        with inside(app):
            for _ in range(10 if not costs else 90):
                make_idea(round_, challenge=make_challenge(round_))
                make_round(windows={"idea": OPEN})
                make_round(windows={"idea": PAST})
        counts = {}
        for address in (f"/rounds/{round_.slug}", "/rounds", "/"):
            with statements() as seen:
                assert visitor.get(address).status_code == 200
            counts[address] = len([s for s in seen if "max(id) FROM activity" not in s])
        costs.append(counts)
    assert costs[0] == costs[1]
    # The page of a round tells the most: where it stands, its questions, ideas, editions and events.
    assert max(costs[0].values()) <= 9 and max(costs[0]["/"], costs[0]["/rounds"]) <= 8


def test_a_vote_of_two_days_shows_on_the_front_page_until_it_closes(
    app: Flask, client: FlaskClient, at: Callable[[str], datetime]
) -> None:
    begin = at("2026-11-23 12:00")
    with inside(app):
        round_ = make_round(windows={})
        make_ballot(round_, make_idea(round_), days=(-1, 2))
    assert "Abstimmung läuft" in client.get("/").text
    at((begin + timedelta(days=2)).strftime("%Y-%m-%d %H:%M"))
    assert "Abstimmung läuft" not in client.get("/").text


def test_while_people_vote_the_round_leads_to_where_one_votes(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        round_ = make_round()
        ballot = make_ballot(round_, make_idea(round_))
    step = re.search(r'<section class="card card--open next-step".*?</section>', client.get(f"/rounds/{round_.slug}").text, re.S)
    assert step is not None and step[0].count("kern-btn--primary") == 1
    assert f'href="/ballots/{ballot.id}">Ideen ansehen und abstimmen' in step[0]
