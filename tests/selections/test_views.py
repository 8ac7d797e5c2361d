"""What a results page tells, to whom and when; certifying through the pages."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from ideation.ballots.models import Ballot, Option
from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.rounds.models import RoundModerator
from ideation.selections.models import Selection
from tests.cast import COMING, OPEN, PAST, inside, make_account, make_ballot, make_idea, make_round, make_votes, put
from tests.visit import login, post

REASON = "Diese Idee ist schon anderswo beschlossen."
HOSTILE = "<script>alert(1)</script> & „Ünicode“"


def scene(app: Flask, *votes: int, days: Any = PAST, round: dict[str, Any] | None = None, **settings: Any) -> SimpleNamespace:
    with inside(app):
        first, second, participant = make_account("moderator"), make_account("moderator"), make_account()
        round_ = make_round(first, **(round or {}))
        put(RoundModerator(round_id=round_.id, account_id=second.id))
        ideas = [make_idea(round_, make_account(), title=f"Vorschlag-{n}") for n, _ in enumerate(votes, 1)]
        ballot = make_ballot(round_, *ideas, days=days, **settings)
        make_votes(ballot, dict(zip(ideas, votes, strict=True)))
    return SimpleNamespace(
        first=first, second=second, participant=participant, slug=round_.slug, ballot=ballot.id, ideas=[i.id for i in ideas]
    )


def manage(here: SimpleNamespace) -> str:
    return f"/manage/ballots/{here.ballot}/selection"


def certified(app: Flask, here: SimpleNamespace) -> FlaskClient:
    client = login(app.test_client(), here.first)
    answer = post(client, manage(here))
    assert answer.status_code == 303, answer.text
    return client


@pytest.mark.parametrize("days", [OPEN, PAST, COMING])
def test_hidden_results_are_told_to_nobody_before_the_count(app: Flask, days: Any) -> None:
    here = scene(app, 3, 71, days=days, hides_results=True)
    for client in (app.test_client(), login(app.test_client(), here.participant), login(app.test_client(), here.first)):
        for path in (f"/ballots/{here.ballot}/results", f"/rounds/{here.slug}/results", manage(here)):
            page = client.get(path, follow_redirects=True).text
            # Tokens and addresses inside tags are random: only what people read counts.
            assert not re.search(r"\b71\b", re.sub("<[^>]*>", " ", page).replace(f"Runde {here.slug}", ""))
            assert "Vorschlag-" not in page


def test_a_hidden_ballot_says_when_results_come(app: Flask, client: FlaskClient) -> None:
    here = scene(app, 1, days=OPEN, hides_results=True)
    assert "Die Ergebnisse erscheinen hier nach ihrem Ende am" in client.get(f"/rounds/{here.slug}/results").text


def test_open_results_are_called_interim_and_ordered(app: Flask, client: FlaskClient) -> None:
    here = scene(app, 3, 71, days=OPEN, hides_results=False)
    page = client.get(f"/ballots/{here.ballot}/results").text
    assert "Zwischenstand" in page and page.index("Vorschlag-2") < page.index("Vorschlag-1")
    assert "Die Abstimmung läuft noch" in login(app.test_client(), here.first).get(manage(here)).text


def test_between_the_end_and_the_count_the_page_says_so(app: Flask, client: FlaskClient) -> None:
    here = scene(app, 3, 1)
    assert "Auszählung läuft" in client.get(f"/ballots/{here.ballot}/results").text
    counting = login(app.test_client(), here.first)
    assert post(counting, f"/manage/ballots/{here.ballot}/count").status_code == 303
    page = client.get(f"/ballots/{here.ballot}/results").text
    assert "noch nicht festgestellt" in page and "Vorschlag-1" in page


def test_a_certified_result_explains_itself(app: Flask, client: FlaskClient) -> None:
    here = scene(app, 3, 2, 1, seats=2, minimum=2, votes_each=3)
    certified(app, here)
    page = client.get(f"/rounds/{here.slug}/results").text
    for sentence in (
        "2 von 3 Ideen sind ausgewählt.",
        "Abstimmen konnte, wer ein bestätigtes Konto hatte.",
        "6 Personen haben abgestimmt.",
        "Jede Person konnte bis zu 3 Stimmen vergeben",
        "Es gab 2 Plätze.",
        "mindestens 2 Stimmen",
        "Hier enden die 2 Plätze.",
        "SHA-256",
    ):
        assert sentence in page
    assert "no-store" not in client.get(f"/rounds/{here.slug}/results").headers["Cache-Control"]
    assert "Set-Cookie" not in client.get(f"/rounds/{here.slug}/results").headers


def test_the_english_page_works(app: Flask, client: FlaskClient) -> None:
    here = scene(app, 3)
    certified(app, here)
    assert client.get(f"/en/ballots/{here.ballot}/results").status_code == 200


def test_an_idea_hidden_later_loses_its_title_on_the_page(app: Flask, client: FlaskClient) -> None:
    here = scene(app, 3, 1)
    certified(app, here)
    with inside(app):
        idea = db.session.get_one(Idea, here.ideas[0])
        idea.visibility, idea.visibility_decision_id = "hidden", idea.status_decision_id
    page = client.get(f"/ballots/{here.ballot}/results").text
    assert "Vorschlag-1" not in page and "Ausgeblendete Idee" in page


def test_strangers_and_other_people_cannot_certify(app: Flask) -> None:
    here = scene(app, 3, 1)
    with inside(app):
        other = make_account("moderator")
    paths = [
        manage(here),
        f"/manage/ballots/{here.ballot}/tie",
        f"/manage/ballots/{here.ballot}/proposal",
        f"/manage/rounds/{here.slug}/selection",
    ]
    for account in (here.participant, other):
        client = login(app.test_client(), account)
        assert client.get(manage(here)).status_code == 403
        assert {post(client, path, ideas=here.ideas, reason=REASON).status_code for path in paths} == {403}
    stranger = app.test_client()
    assert stranger.get(manage(here)).status_code == 302
    assert post(stranger, manage(here), form="/login").status_code in {401, 403}
    with app.app_context():
        assert db.session.scalar(select(Selection.id)) is None


def test_a_ballot_that_is_not_there_is_not_found(app: Flask, client: FlaskClient) -> None:
    here = scene(app, 1)
    assert client.get("/ballots/99999/results").status_code == 404
    assert client.get("/rounds/gibt-es-nicht/results").status_code == 404
    assert login(app.test_client(), here.first).get("/manage/ballots/99999/selection").status_code == 404
    with inside(app):
        db.session.execute(update(Ballot).values(round_id=make_round(status="draft", published_at=None).id))
    assert client.get(f"/ballots/{here.ballot}/results").status_code == 404


def test_a_round_without_a_vote_says_what_will_be_here(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        round_ = make_round()
    assert "Noch kein Ergebnis" in client.get(f"/rounds/{round_.slug}/results").text


def test_certifying_twice_through_the_page_is_harmless(app: Flask) -> None:
    here = scene(app, 3, 1)
    client = certified(app, here)
    assert post(client, manage(here)).status_code == 303
    assert post(client, manage(here), htmx=True).status_code == 200


def test_a_list_that_changed_meanwhile_is_shown_again(app: Flask) -> None:
    here = scene(app, 3, 1)
    answer = post(login(app.test_client(), here.first), manage(here), seen=str(here.ideas[1]))
    assert answer.status_code == 422 and "hat sich geändert" in answer.text


def test_a_tie_is_decided_on_the_page(app: Flask, client: FlaskClient) -> None:
    here = scene(app, 2, 2, 2)
    moderator = login(app.test_client(), here.first)
    post(moderator, f"/manage/ballots/{here.ballot}/count")
    assert "Gleichstand" in client.get(f"/ballots/{here.ballot}/results").text
    form = moderator.get(manage(here)).text
    assert "Gleichstand entscheiden" in form and "Wie berechnet feststellen" not in form
    tie = f"/manage/ballots/{here.ballot}/tie"
    for fields in (
        {},
        {"ideas": here.ideas[:2], "reason": REASON},
        {"ideas": here.ideas[:1]},
        {"ideas": ["x", "9" * 30], "reason": REASON},
    ):
        answer = post(moderator, tie, **fields)
        assert answer.status_code == 422 and "Bitte prüfen Sie Ihre Angaben" in answer.text
    assert post(moderator, manage(here)).status_code == 403
    assert post(moderator, tie, ideas=[here.ideas[1]], reason=HOSTILE).status_code == 303
    assert post(moderator, manage(here)).status_code == 303
    page = client.get(f"/ballots/{here.ballot}/results").text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


def test_a_different_choice_goes_through_two_people(app: Flask, client: FlaskClient) -> None:
    here = scene(app, 3, 1)
    first, second = login(app.test_client(), here.first), login(app.test_client(), here.second)
    proposal = f"/manage/ballots/{here.ballot}/proposal"
    assert post(first, proposal, ideas=here.ideas[1:]).status_code == 422
    assert post(first, proposal, ideas=here.ideas[1:], reason=REASON).status_code == 303
    with app.app_context():
        number = db.session.scalar(select(Selection.id))
    confirm = f"/manage/selections/{number}/certification"
    page = first.get(manage(here)).text
    assert "zweite Person" in page and confirm not in page
    assert "Vorschlag zurückziehen" in page and "Vorschlag ablehnen" not in page
    assert "Vorschlag ablehnen" in second.get(manage(here)).text and "Vorschlag zurückziehen" not in second.get(manage(here)).text
    assert "wartet auf eine zweite Person" in second.get("/manage/").text and "Es wartet nichts" not in second.get("/manage/").text
    refused = post(first, confirm)
    assert refused.status_code == 403 and "eine zweite Person der Moderation" in refused.text
    assert confirm in second.get(manage(here)).text
    assert post(second, confirm).status_code == 303
    page = client.get(f"/ballots/{here.ballot}/results").text
    assert "Ausgewählt ist etwas anderes" in page and REASON in page
    assert "Hier endet" not in page


def test_a_recount_that_differs_names_the_row_and_offers_nothing(app: Flask) -> None:
    here = scene(app, 3, 1)
    moderator = login(app.test_client(), here.first)
    post(moderator, f"/manage/ballots/{here.ballot}/count")
    with inside(app):
        db.session.execute(update(Option).where(Option.idea_id == here.ideas[0]).values(points=7))
    page = moderator.get(manage(here)).text
    assert "Die Nachzählung stimmt nicht" in page and "das Stimmenverzeichnis ergibt 3 Stimmen" in page.replace("Das", "das")
    assert "Ergebnis feststellen</button>" not in page
    assert post(moderator, manage(here)).status_code == 403


def test_organisers_name_ideas_with_a_reason(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        moderator = make_account("moderator")
        round_ = make_round(moderator)
        ideas = [make_idea(round_, title=HOSTILE) for _ in range(2)]
    person, path = login(app.test_client(), moderator), f"/manage/rounds/{round_.slug}/selection"
    assert "Auswahl veröffentlichen" in person.get(path).text
    assert post(person, path, ideas=[ideas[0].id]).status_code == 422
    assert post(person, path, ideas=[ideas[0].id], reason=REASON).status_code == 303
    page = client.get(f"/rounds/{round_.slug}/results").text
    assert "Von den Veranstaltenden benannt" in page and REASON in page and "<script>alert" not in page


def test_the_page_costs_the_same_for_few_and_for_many(
    app: Flask, client: FlaskClient, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    costs = []
    for number in (2, 30):
        here = scene(app, *range(1, number + 1), seats=2)
        for _ in range(2):
            certified(app, here)
            with statements() as seen:
                assert client.get(f"/ballots/{here.ballot}/results?{number}").status_code == 200
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 10


def test_a_long_result_comes_in_pages(app: Flask, client: FlaskClient) -> None:
    here = scene(app, *[1] * 60, seats=100)
    certified(app, here)
    first, second = (client.get(f"/ballots/{here.ballot}/results?page={n}").text for n in (1, 2))
    assert first.count('class="bars__row') == 50 and second.count('class="bars__row') == 10
    assert client.get(f"/ballots/{here.ballot}/results?page=99999999999").status_code == 200


@pytest.mark.parametrize(
    "rule",
    [{}, {"rule": "greedy", "closed_list": True, "seats": None, "budget": 900}, {"rule": "equal_shares", "completion": "greedy"}],
)
@pytest.mark.parametrize("points", [{}, {"method": "points", "votes_each": 5, "points_max": 3}])
def test_a_running_ballot_is_told_in_the_present_and_points_are_called_points(
    app: Flask, client: FlaskClient, rule: dict[str, Any], points: dict[str, Any]
) -> None:
    here = scene(app, 3, 1, days=OPEN, hides_results=False, **rule, **points)
    told = client.get(f"/ballots/{here.ballot}/results").text.partition('id="how"')[2]
    assert "Es gibt " in told and "Es gab " not in told and "Ausgewählt wurde" not in told and " ging" not in told
    assert ("meisten Stimmen" in told) is not bool(points) and ("meisten Punkten" in told) is bool(points)


def test_a_second_person_declines_what_the_first_withdraws(app: Flask) -> None:
    here = scene(app, 3, 1)
    first, second = login(app.test_client(), here.first), login(app.test_client(), here.second)
    for who, said in ((first, "Der Vorschlag ist zurückgezogen."), (second, "Der Vorschlag ist abgelehnt.")):
        post(first, f"/manage/ballots/{here.ballot}/proposal", ideas=here.ideas[1:], reason=REASON)
        first.get(manage(here))
        with app.app_context():
            number = db.session.scalar(select(Selection.id))
        assert post(who, f"/manage/selections/{number}/withdrawal").status_code == 303
        assert said in who.get(manage(here)).text
