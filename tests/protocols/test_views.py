"""The selection protocol as a page and as a document."""

import hashlib
import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ideation import ROOT
from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.protocols import views
from ideation.rounds.models import Round
from ideation.selections.models import Selection
from tests.cast import COMING, OPEN, inside, make_ballot, make_decision, make_idea, make_round, make_votes
from tests.core.paper import joined, read
from tests.core.paper import text as words_of
from tests.protocols.scene import WHY, certified, chosen_differently, closed, eventful

HOSTILE = ("=1+1", "<script>alert(1)</script>", '"; DROP TABLE idea; --', "#set page(width: 1cm) $x$ \\", "​‮evil", "@SUM(A1)")


def article(page: str) -> str:
    found = re.search(r'<article[^>]*id="protocol".*?</article>', page, re.S)
    assert found is not None
    return found[0]


def words(page: str) -> str:
    """What people read of the protocol itself."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", article(page))).split())


@pytest.mark.parametrize("days", [OPEN, COMING])
def test_there_is_no_protocol_while_people_vote(app: Flask, client: FlaskClient, days: tuple[float, float]) -> None:
    with inside(app):
        round_ = make_round()
        idea = make_idea(round_, title="Geheim-Idee")
        ballot = make_ballot(round_, idea, days=days)
        make_votes(ballot, {idea: 71})
    for path in ("protocol", "protocol.pdf", "results.csv", "results.pb"):
        answer = client.get(f"/ballots/{ballot.id}/{path}")
        assert answer.status_code == 403 and "ausgezählt" in answer.text
        assert "Geheim" not in answer.text and not re.search(r"\b71\b", re.sub("<[^>]*>", " ", answer.text))


def test_what_one_may_not_see_has_no_protocol(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 3, 1)
    with inside(app):
        db.session.get_one(Round, here.round).status = "draft"
    for path in ("protocol", "protocol.pdf", "results.csv", "results.pb"):
        assert client.get(f"/ballots/{here.id}/{path}").status_code == 404
        assert client.get(f"/ballots/999999/{path}").status_code == 404


def test_before_certification_it_is_called_preliminary(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 5, 2)
    page = client.get(f"/ballots/{here.id}/protocol").text
    assert "Vorläufig" in page and "nach Stimmen vorn" in words(page) and "noch nicht" in words(page)
    document = client.get(f"/ballots/{here.id}/protocol.pdf").data
    assert "Vorläufig" in words_of(document) and "Beispieldaten" not in words_of(document)
    with inside(app):
        db.session.get_one(Round, here.round).example = True
    assert "festgestellt.Beispieldaten." in joined(client.get(f"/ballots/{here.id}/protocol.pdf").data)
    certified(app, here)
    page = client.get(f"/ballots/{here.id}/protocol").text
    assert "Vorläufig" not in page and "1 von 2 Ideen ist ausgewählt." in words(page)


def test_the_result_page_leads_to_the_protocol(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 5, 2)
    assert f'href="/ballots/{here.id}/protocol"' in client.get(f"/ballots/{here.id}/results").text


def test_it_answers_who_won_how_many_places_by_what_margin_and_how_to_check(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 12, 9, 4, seats=2, minimum=2)
    certified(app, here)
    said = words(client.get(f"/ballots/{here.id}/protocol").text)
    for sentence in (
        "2 von 3 Ideen sind ausgewählt.",
        "Zu vergeben waren 2 Plätze.",
        "Ausgewählt ist „Vorschlag-2“ mit 9 Stimmen.",
        "Der Abstand zwischen beiden beträgt 5 Stimmen.",
        "Die Moderation hat nichts daran geändert.",
        "Ausgewählt werden konnte nur, was mindestens 2 Stimmen hatte.",
        "Wie können wir Orte der Begegnung schaffen?",
        f"/ballots/{here.id}/ledger",
        "ideation ballots select DATEI --rule rank --seats 2 --minimum 2",
        "Abgestimmt haben 25 Personen. Gezählt sind 25 Stimmen.",
    ):
        assert sentence in said, sentence
    with app.app_context():
        digest = db.session.query(Selection).one().digest
    assert digest in said


def test_a_different_choice_is_told_with_its_reason_and_without_names(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 12, 9, 4, seats=1)
    chosen_differently(app, here, here.ideas[2])
    said = words(client.get(f"/ballots/{here.id}/protocol").text)
    assert "Ausgewählt ist etwas anderes, als sich nach der Regel ergibt." in said
    assert "Ausgewählt, obwohl nach der Regel nicht an der Reihe: „Vorschlag-3“ mit 4 Stimmen." in said
    assert "Nicht ausgewählt, obwohl nach der Regel an der Reihe: „Vorschlag-1“ mit 12 Stimmen." in said
    assert WHY in said and "Eine zweite hat am" in said
    assert "Ausgewählt ist „Vorschlag-3“ mit 4 Stimmen." in said and "Die Moderation hat anders entschieden" in said
    assert "Heraus kommt, was sich nach der Regel ergibt" in said
    # The margin is that of the rule.
    assert "Der Abstand zwischen beiden beträgt 3 Stimmen." in said
    assert here.first.display_name not in said and here.second.display_name not in said


def test_an_open_tie_is_told_and_nobody_is_called_selected(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 5, 5, 1, seats=1)
    said = words(client.get(f"/ballots/{here.id}/protocol").text)
    assert "Um 1 Platz stand es gleich:" in said and "Darüber ist noch nicht entschieden." in said
    assert "Der Abstand" not in said and said.count("Gleichstand") == 4


def test_extensions_codes_paper_and_corrections_are_told(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 43, 2)
    eventful(app, here)
    said = words(client.get(f"/ballots/{here.id}/protocol").text)
    for sentence in (
        "Der Server stand still.",
        "31 Codes wurden gedruckt, 17 davon sind eingelöst.",
        "Papierstimmen „Stadtfest“: 43 Blätter, davon ungültig: 6.",
        "Papierstimmen „Wochenmarkt“: 9 Blätter, nicht gezählt.",
        "4 Stimmen für ungültig erklärt, mehrere Konten einer Person. Die Begründung: Vier Konten, eine Person.",
    ):
        assert sentence in said, sentence


def test_what_is_hidden_stays_hidden_in_every_form(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 15, 10, titles=("Sichtbar", "Verborgen-Titel"))
    certified(app, here)
    with inside(app):
        idea = db.session.get_one(Idea, here.ideas[1])
        idea.visibility, idea.visibility_decision_id = "hidden", make_decision("hide").id
    assert "Verborgen" not in client.get(f"/ballots/{here.id}/protocol").text
    assert "Verborgen" not in joined(client.get(f"/ballots/{here.id}/protocol.pdf").data)
    assert "Verborgen" not in client.get(f"/ballots/{here.id}/results.csv").text
    single = client.get(f"/ballots/{here.id}/results.pb")
    assert single.status_code == 200 and "Verborgen" not in single.text


def test_print_holds_every_number_and_word_of_the_page(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 43, 17, 8, seats=2, titles=("Bank", "Werkstatt", "Mittagstisch"))
    eventful(app, here)
    certified(app, here)
    page = words(client.get(f"/ballots/{here.id}/protocol").text)
    document = joined(client.get(f"/ballots/{here.id}/protocol.pdf").data)
    missing = [number for number in re.findall(r"\d[\d.:]*\d|\d", page) if number not in document]
    assert len(re.findall(r"\d+", page)) > 50 and missing == []
    for said in re.findall(r"<(?:p|dt|dd|td|h2)\b[^>]*>(.*?)</", article(client.get(f"/ballots/{here.id}/protocol").text), re.S):
        plain = "".join(html.unescape(re.sub("<[^>]*>", "", said)).split()).replace("-", "")
        # Words may be broken at the end of a line.
        assert plain in document.replace("-", "").replace("\u00ad", "") or plain == "Prüfsummen", said


def test_the_document_is_the_same_in_another_process_and_made_once(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = closed(app, 12, 9)
    certified(app, here)
    handed = []
    real = views._bytes.__wrapped__

    def noted(data: str, language: str, title: str) -> bytes:
        handed.append((data, language, title))
        return real(data, language, title)

    monkeypatch.setattr(views, "_bytes", noted)
    first = client.get(f"/ballots/{here.id}/protocol.pdf")
    assert first.mimetype == "application/pdf" and client.get(f"/ballots/{here.id}/protocol.pdf").data == first.data
    assert handed[0] == handed[1]
    program = (
        "import sys, json, hashlib; from ideation.core.typeset import pdf; d, l, t = json.load(sys.stdin); "
        "print(hashlib.sha256(pdf('protocols/protocol.typ', json.loads(d), language=l, title=t)).hexdigest())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(handed[0]), env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == hashlib.sha256(first.data).hexdigest(), done.stderr


def test_an_unchanged_document_is_kept_and_needs_no_second_printing(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 12, 9)
    certified(app, here)
    views._bytes.cache_clear()
    first = client.get(f"/ballots/{here.id}/protocol.pdf")
    again = client.get(f"/ballots/{here.id}/protocol.pdf", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert (views._bytes.cache_info().misses, views._bytes.cache_info().hits) == (1, 1)
    assert (views._bytes.cache_info().maxsize or 0) > 0


def test_it_speaks_english_too(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 12, 9)
    answer = client.get(f"/en/ballots/{here.id}/protocol.pdf")
    assert read(answer.data).trailer["/Root"]["/Lang"] == "en"


def test_hostile_titles_are_text_in_page_print_and_table(app: Flask, client: FlaskClient) -> None:
    here = closed(app, *range(6, 0, -1), titles=HOSTILE)
    page = client.get(f"/ballots/{here.id}/protocol").text
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
    document = client.get(f"/ballots/{here.id}/protocol.pdf")
    assert document.status_code == 200 and "<script>alert(1)</script>" in joined(document.data)
    table = client.get(f"/ballots/{here.id}/results.csv").text
    assert "'=1+1" in table and "'@SUM(A1)" in table
    assert not any(cell[:1] in "=+-@" for line in table.splitlines() for cell in line.split(";") if cell)


def test_the_table_has_the_totals_for_spreadsheets(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 5, 2, titles=("Bank; mit Dach", "Brunnen"))
    answer = client.get(f"/ballots/{here.id}/results.csv")
    assert answer.data.startswith("﻿place;id;title;votes;points;paper;cost;eligible;selected\r\n".encode())
    assert f'1;{here.ideas[0]};"Bank; mit Dach";5;5;0;;1;\r\n' in answer.text
    certified(app, here)
    assert f"2;{here.ideas[1]};Brunnen;2;2;0;;1;0\r\n" in client.get(f"/ballots/{here.id}/results.csv").text


def test_ten_options_cost_as_many_statements_as_a_hundred(
    app: Flask, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    costs = []
    for options in (10, 100):
        here = closed(app, *([1] * options), seats=options)
        eventful(app, here)
        certified(app, here)
        for path in ("protocol", "protocol.pdf", "results.csv", "results.pb"):
            with statements() as seen:
                app.test_client().get(f"/ballots/{here.id}/{path}", headers={"Cache-Control": "no-cache"})
            costs.append((path, len(seen)))
    # Below twenty voters the file of votes is refused a little earlier.
    assert costs[:3] == costs[4:7] and costs[7][1] <= costs[3][1] + 2
    assert max(cost for _, cost in costs) <= 20, costs


def test_points_are_declined_after_with(app: Flask, client: FlaskClient) -> None:
    here = closed(app, 5, 2, points=2, method="points", votes_each=5, points_max=3)
    said = words(client.get(f"/ballots/{here.id}/protocol").text)
    assert "mit 10 Punkten gerade noch zum Zug" in said and "mit 4 Punkten gerade nicht mehr" in said
