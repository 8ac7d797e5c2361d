"""The front page, the search and the standing pages, as a visitor without cookie and script reads them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ideation.labs.models import Lab, LabOrigin
from ideation.selections.models import SelectedIdea, Selection
from tests.cast import (
    COMING,
    OPEN,
    PAST,
    inside,
    make_account,
    make_ballot,
    make_challenge,
    make_decision,
    make_idea,
    make_institution,
    make_round,
    put,
)
from tests.visit import login, post

STANDING = ["/counting", "/rules", "/contact", "/imprint", "/privacy", "/accessibility"]


def test_a_fresh_site_says_what_will_be_here(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "Gerade ist keine Runde offen" in page.text


def test_the_front_page_answers_what_is_open_until_when_and_what_to_do(
    app: Flask, client: FlaskClient, at: Callable[[str], datetime]
) -> None:
    at("2026-11-23 18:00")
    with inside(app):
        round_ = make_round(title="Dortmund fragt", windows={"idea": (-1, 3)})
        challenge = make_challenge(round_, question="Wie können wir Orte der Begegnung schaffen?")
        make_idea(round_, challenge=challenge)
    page = client.get("/").text
    for told in (
        "Ideen gesucht",
        "bis Donnerstag, 26. November 2026, 18:00 Uhr",
        "Wie können wir Orte der Begegnung schaffen?",
        "1 Idee",
    ):
        assert told in page, told
    assert f'href="/challenges/{challenge.id}/ideas/new"' in page


@pytest.mark.parametrize(
    ("windows", "button"),
    [
        ({"idea": OPEN}, "Idee vorschlagen"),
        ({"challenge": OPEN}, "Herausforderung stellen"),
        ({"join": OPEN, "idea": COMING}, "Zur Runde anmelden"),
        ({"comment": OPEN}, "Runde ansehen"),
    ],
)
def test_each_phase_has_its_one_button(app: Flask, client: FlaskClient, windows: dict, button: str) -> None:
    with inside(app):
        make_round(windows=windows, free_ideas=True)
    page = client.get("/").text
    assert page.count("kern-btn--primary") == 1
    assert button in page[page.index("kern-btn--primary") :][:200]


@pytest.mark.parametrize(
    ("rules", "before", "after"),
    [
        ({"votes_each": 3}, "Sie haben noch 3 Stimmen.", "Sie haben noch 2 Stimmen."),
        ({"method": "points", "votes_each": 5, "points_max": 5}, "Sie haben noch 5 Punkte.", "Sie haben noch 4 Punkte."),
        ({"method": "support", "votes_each": None}, "beliebig viele Ideen", "beliebig viele Ideen"),
    ],
)
def test_the_front_page_says_how_many_votes_are_left(
    app: Flask, client: FlaskClient, statements: Callable[[], Any], rules: dict, before: str, after: str
) -> None:
    certified(app)
    with inside(app):
        person, round_ = make_account(), make_round(windows={"idea": OPEN})
        idea = make_idea(round_, challenge=make_challenge(round_))
        make_ballot(round_, idea, **rules)
    assert before not in client.get("/").text, "visitors have no votes"
    login(client, person)
    with statements() as seen:
        assert before in client.get("/").text
    assert len(seen) <= 8
    post(client, f"/ideas/{idea.id}/vote", **({"points": 1} if "points_max" in rules else {"choice": "support"}))
    assert after in client.get("/").text


def test_only_one_round_has_the_primary_button(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        for _ in range(5):
            make_round(windows={"idea": OPEN}, free_ideas=True)
    page = client.get("/").text
    assert page.count("kern-btn--primary") == 1
    assert "Alle offenen Runden" in page


def test_without_an_open_round_the_next_one_is_named(app: Flask, client: FlaskClient, at: Callable[[str], datetime]) -> None:
    at("2026-11-23 12:00")
    with inside(app):
        make_round(title="Kommt noch", windows={"idea": (2, 5)})
    page = client.get("/").text
    assert "Die nächste beginnt am Mittwoch, 25. November 2026, 12:00 Uhr." in page
    assert "Kommt noch" in page


def certified(app: Flask) -> tuple:
    with inside(app):
        round_ = make_round(title="War schön", windows={})
        ideas = [make_idea(round_, title=f"Gewinnt {n}", status="selected") for n in range(2)]
        ideas.append(make_idea(round_, title="Verliert"))
        ballot = make_ballot(round_, *ideas, days=PAST)
        rows = [
            {
                "idea": i.id,
                "title": i.title,
                "votes": 3,
                "points": 3,
                "place": 1,
                "selected": i.status == "selected",
                "eligible": True,
            }
            for i in ideas
        ]
        now = datetime.now(UTC)
        selection = Selection(
            round_id=round_.id,
            ballot_id=ballot.id,
            status="certified",
            snapshot={"rows": rows},
            digest="x",
            proposed_at=now,
            certified_at=now,
        )
        put(selection)
        for idea in ideas[:2]:
            put(SelectedIdea(selection_id=selection.id, idea_id=idea.id))
    return round_, ideas


def test_the_last_result_stands_on_the_front_page(app: Flask, client: FlaskClient) -> None:
    round_, _ = certified(app)
    page = client.get("/").text
    assert "2 von 3 Ideen sind ausgewählt" in page
    assert "Gewinnt 0" in page
    assert "Verliert" not in page
    assert f"/rounds/{round_.slug}/results" in page


def test_a_winner_hidden_since_is_not_named(app: Flask, client: FlaskClient) -> None:
    _, ideas = certified(app)
    with inside(app):
        from ideation.core.db import db
        from ideation.ideas.models import Idea

        idea = db.session.get_one(Idea, ideas[0].id)
        idea.visibility, idea.visibility_decision_id = "hidden", make_decision("hide").id
    page = client.get("/").text
    assert "Gewinnt 0" not in page
    assert "Gewinnt 1" in page


def test_what_became_of_a_question_is_a_line(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        round_ = make_round(windows={})
        challenge = make_challenge(round_, question="Wie können wir mit KI arbeiten?")
        idea = make_idea(round_, challenge=challenge, title="KI-Bus", status="in_lab")
        lab = put(Lab(slug="task-force-ki", title="Task-Force KI", created_at=datetime.now(UTC)))
        put(LabOrigin(lab_id=lab.id, idea_id=idea.id))
    page = client.get("/").text
    order = [page.index(t) for t in ("Was wurde daraus?", "Wie können wir mit KI arbeiten?", "KI-Bus", "Task-Force KI")]
    assert order == sorted(order)


def test_the_front_page_reads_in_english(app: Flask, client: FlaskClient) -> None:
    page = client.get("/en/")
    assert page.status_code == 200
    assert '<html lang="en">' in page.text


# Search


def test_the_search_finds_questions_and_ideas_of_public_rounds(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        round_, draft = make_round(), make_round(status="draft", published_at=None)
        make_challenge(round_, question="Wie können wir Straßenbäume retten?")
        make_challenge(round_, question="Wie können wir Bäume im Entwurf retten?", status="draft")
        make_challenge(draft, question="Wie können wir geheime Bäume retten?")
    for q in ("bäume", "BAEUME"[:1] + "äume", "strassenbaume", "Straßenbäume retten"):
        page = client.get("/search", query_string={"q": q}).text
        assert "Wie können wir Straßenbäume retten?" in page, q
        assert "Entwurf" not in page
        assert "geheime" not in page


@pytest.mark.parametrize(
    "q", ["", "   ", "%", "_", "'; drop table idea; --", "und", "a" * 5000, "\x00", "(((", "<script>x</script>"]
)
def test_an_odd_search_is_a_page(app: Flask, client: FlaskClient, q: str) -> None:
    with inside(app):
        make_challenge(make_round())
    answer = client.get("/search", query_string={"q": q})
    assert answer.status_code == 200
    assert "<script>x" not in answer.text


def test_the_search_finds_institutions_by_name_and_offer(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        for n in range(7):
            make_institution(f"Haus {n}", aliases=(f"HdI{n}",), offer="Ein Raum mit Aufzug.")
    page = client.get("/search?q=aufzug").text
    assert "Haus 4" in page and "Haus 5" not in page and "/institutions?q=aufzug" in page and "nichts gefunden" not in page
    assert "Haus 6" in client.get("/search?q=hdi6").text


def test_a_search_without_a_find_helps_on(client: FlaskClient) -> None:
    assert "Dazu haben wir nichts gefunden" in client.get("/search?q=einhorn").text


# Standing pages


@pytest.mark.parametrize("address", STANDING)
@pytest.mark.parametrize("language", ["", "/en"])
def test_standing_pages_are_there_without_a_cookie(client: FlaskClient, address: str, language: str) -> None:
    answer = client.get(language + address)
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1
    assert "Set-Cookie" not in answer.headers
    assert "<form" not in answer.text.split("<main")[1]


def test_people_can_write_without_an_account(app: Flask, client: FlaskClient) -> None:
    assert f"mailto:{app.config['MAIL_FROM']}" in client.get("/contact").text


def test_the_imprint_names_the_operator_where_one_is_set(app: Flask, client: FlaskClient) -> None:
    assert "IDEATION_OPERATOR" in client.get("/imprint").text
    app.config["OPERATOR"] = "Stadt Beispiel\nRathausplatz 1"
    page = app.test_client().get("/imprint?fresh").text
    assert "Rathausplatz 1" in page
    assert "IDEATION_OPERATOR" not in page


def test_kept_front_pages_change_when_a_window_opens(app: Flask, client: FlaskClient, at: Callable[[str], datetime]) -> None:
    begin = at("2026-11-23 12:00")
    with inside(app):
        make_round(windows={"idea": (1, 2)}, title="Gleich")
    almost, then = begin + timedelta(days=1, seconds=-1), begin + timedelta(days=1)
    at(almost.strftime("%Y-%m-%d %H:%M:%S"))
    assert "Gerade ist keine Runde offen" in client.get("/").text
    at(then.strftime("%Y-%m-%d %H:%M:%S"))
    assert "Ideen gesucht" in client.get("/").text
