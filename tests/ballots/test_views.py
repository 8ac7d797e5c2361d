"""A vote through its address: who may, when, how often, and what is told."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from ideation.ballots.models import Ballot, Option
from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.votes.models import Participation, Vote
from tests.cast import COMING, OPEN, PAST, inside, make_account, make_ballot, make_idea, make_round
from tests.visit import login, post


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    """A round with an open ballot on five ideas, three votes each, and one participant."""
    with inside(app):
        person = make_account()
        round_ = make_round(make_account("moderator"))
        ideas = [make_idea(round_, title=f"Idee Nummer {n}") for n in range(5)]
        ballot = make_ballot(round_, *ideas, hides_results=False)
    return SimpleNamespace(person=person, round=round_, ideas=ideas, ballot=ballot, client=login(app.test_client(), person))


def rows(app: Flask) -> list[tuple[int, int]]:
    with app.app_context():
        return sorted((v.idea_id, v.points) for v in db.session.scalars(select(Vote)))


def counters(app: Flask, idea: Idea) -> tuple[int, int]:
    with app.app_context():
        option = db.session.scalars(select(Option).where(Option.idea_id == idea.id)).one()
        return option.votes, db.session.get_one(Idea, idea.id).votes


def support(scene: SimpleNamespace, idea: Idea, **fields: str):
    return post(scene.client, f"/ideas/{idea.id}/vote", **{"choice": "support", **fields})


def test_a_vote_is_counted_and_leads_back_to_the_idea(app: Flask, scene: SimpleNamespace) -> None:
    answer = support(scene, scene.ideas[0])
    assert (answer.status_code, answer.location) == (303, f"/ideas/{scene.ideas[0].id}")
    assert rows(app) == [(scene.ideas[0].id, 1)]
    assert counters(app, scene.ideas[0]) == (1, 1)


def test_a_second_vote_changes_nothing(app: Flask, scene: SimpleNamespace) -> None:
    for _ in range(3):
        assert support(scene, scene.ideas[0]).status_code == 303
    assert counters(app, scene.ideas[0]) == (1, 1)


def test_withdrawing_twice_leaves_no_vote(app: Flask, scene: SimpleNamespace) -> None:
    support(scene, scene.ideas[0])
    for _ in range(2):
        assert support(scene, scene.ideas[0], choice="withdraw").status_code == 303
    assert rows(app) == []
    assert counters(app, scene.ideas[0]) == (0, 0)


def test_with_htmx_the_answer_is_the_control_the_rest_and_one_announcement(scene: SimpleNamespace) -> None:
    answer = post(scene.client, f"/ideas/{scene.ideas[0].id}/vote", htmx=True, choice="support")
    assert answer.status_code == 200
    assert f'id="vote-{scene.ideas[0].id}"' in answer.text
    assert "Sie unterstützen diese Idee. Noch 2 Stimmen übrig." in answer.text
    assert answer.text.count("#announcer") == 1


def test_the_fourth_of_three_votes_is_refused_with_a_sentence(app: Flask, scene: SimpleNamespace) -> None:
    for idea in scene.ideas[:3]:
        support(scene, idea)
    answer = support(scene, scene.ideas[3])
    assert answer.status_code == 403
    assert "Sie haben Ihre 3 Stimmen schon vergeben." in answer.text
    assert len(rows(app)) == 3


def test_points_are_set_and_changed_within_both_limits(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        ballot = db.session.get_one(Ballot, scene.ballot.id)
        ballot.method, ballot.votes_each, ballot.points_max = "points", 5, 3
    first, second = scene.ideas[:2]
    url = "/ideas/{}/vote"
    assert post(scene.client, url.format(first.id), points="3").status_code == 303
    assert post(scene.client, url.format(second.id), points="3").status_code == 403
    assert post(scene.client, url.format(second.id), points="4").status_code == 403
    assert post(scene.client, url.format(first.id), points="1").status_code == 303
    assert post(scene.client, url.format(second.id), points="3").status_code == 303
    assert rows(app) == [(first.id, 1), (second.id, 3)]
    assert post(scene.client, url.format(first.id), points="0").status_code == 303
    assert rows(app) == [(second.id, 3)]


@pytest.mark.parametrize(
    "fields", [{"choice": "toggle"}, {}, {"points": "1.5"}, {"points": "-1"}, {"points": "٣"}, {"points": "9" * 30}]
)
def test_a_request_that_names_no_state_gets_the_form(app: Flask, scene: SimpleNamespace, fields: dict[str, str]) -> None:
    answer = post(scene.client, f"/ideas/{scene.ideas[0].id}/vote", **fields)
    assert answer.status_code == 422
    assert "<form" in answer.text
    assert rows(app) == []


def test_the_first_vote_asks_for_consent_and_keeps_the_wish(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        newcomer = make_account(opinion_consent_at=None, opinion_consent_text=None)
    client, url = login(app.test_client(), newcomer), f"/ideas/{scene.ideas[0].id}/vote"
    asked = post(client, url, choice="support")
    assert asked.status_code == 422
    assert "Bitte willigen Sie ein." in asked.text
    assert 'value="support" checked' in asked.text
    assert rows(app) == []
    assert post(client, url, choice="support", opinion_consent="yes").status_code == 303
    assert rows(app) == [(scene.ideas[0].id, 1)]


@pytest.mark.parametrize(("days", "sentence"), [(PAST, "Die Abstimmung ist seit"), (COMING, "Die Abstimmung beginnt am")])
def test_outside_the_window_a_vote_is_refused(app: Flask, days: tuple[float, float], sentence: str) -> None:
    with inside(app):
        person, round_ = make_account(), make_round()
        idea = make_idea(round_)
        make_ballot(round_, idea, days=days)
    answer = post(login(app.test_client(), person), f"/ideas/{idea.id}/vote", choice="support")
    assert answer.status_code == 403
    assert sentence in answer.text
    with app.app_context():
        assert db.session.scalars(select(Participation)).all() == []


def test_the_recorded_close_refuses_also_when_the_clock_goes_back(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        db.session.get_one(Ballot, scene.ballot.id).closed_at = scene.ballot.created_at
    assert support(scene, scene.ideas[0]).status_code == 403


def test_the_minute_of_closing_belongs_to_the_closed_side(app: Flask, at: Callable[[str], object]) -> None:
    at("2026-12-01 12:00")
    with inside(app):
        person, round_ = make_account(), make_round()
        idea, other = make_idea(round_), make_idea(round_)
        make_ballot(round_, idea, other, days=(-1.0, 0.25))
    client = login(app.test_client(), person)
    at("2026-12-01 17:59:59")
    assert post(client, f"/ideas/{idea.id}/vote", choice="support").status_code == 303
    at("2026-12-01 18:00")
    refused = post(client, f"/ideas/{other.id}/vote", choice="support")
    assert refused.status_code == 403
    assert "Die Abstimmung ist seit Dienstag, 1. Dezember 2026, 18:00 Uhr geschlossen." in refused.text


def test_who_did_not_register_for_the_round_cannot_vote(app: Flask) -> None:
    with inside(app):
        person, round_ = make_account(), make_round(windows={"join": OPEN, "idea": OPEN})
        idea = make_idea(round_)
        make_ballot(round_, idea)
    client = login(app.test_client(), person)
    assert post(client, f"/ideas/{idea.id}/vote", choice="support").status_code == 403
    assert post(client, f"/rounds/{round_.slug}/registration").status_code == 303
    assert post(client, f"/ideas/{idea.id}/vote", choice="support").status_code == 303


def test_a_hidden_idea_is_not_there_but_an_old_vote_can_be_taken_back(app: Flask, scene: SimpleNamespace) -> None:
    voted, other = scene.ideas[:2]
    support(scene, voted)
    from tests.cast import make_decision

    with inside(app):
        for idea in (voted, other):
            hidden = db.session.get_one(Idea, idea.id)
            hidden.visibility_decision_id, hidden.visibility = make_decision("hide").id, "hidden"
    assert support(scene, other).status_code == 404
    for page in (f"/ballots/{scene.ballot.id}", "/account"):
        assert "Ausgeblendete Idee" in scene.client.get(page).text and voted.title not in scene.client.get(page).text
    taken_back = support(scene, voted, choice="withdraw")
    assert taken_back.status_code == 303
    assert scene.client.get(taken_back.location).status_code == 200
    assert rows(app) == []


@pytest.mark.parametrize("status", ["withdrawn", "merged"])
def test_a_withdrawn_or_merged_idea_takes_no_new_votes(app: Flask, scene: SimpleNamespace, status: str) -> None:
    with inside(app):
        idea = make_idea(scene.round, status=status)
        db.session.add(Option(ballot_id=scene.ballot.id, idea_id=idea.id, added_at=scene.ballot.created_at))
    answer = support(scene, idea)
    assert answer.status_code == 403
    assert "nimmt keine Stimmen mehr an" in answer.text


def test_an_idea_without_a_ballot_says_so_and_an_unknown_one_is_404(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        lonely = make_idea(make_round())
    answer = support(scene, lonely)
    assert answer.status_code == 403
    assert "wird gerade nicht abgestimmt" in answer.text
    assert post(scene.client, "/ideas/999999/vote", choice="support").status_code == 404


def test_the_same_key_answers_again_and_another_wish_under_it_is_refused(app: Flask, scene: SimpleNamespace) -> None:
    first, second = scene.ideas[:2]
    bodies = {support(scene, first, idempotency_key="k1").text for _ in range(5)}
    assert len(bodies) == 1
    answer = support(scene, second, idempotency_key="k1")
    assert answer.status_code == 422
    assert "gehört schon zu einer anderen Anfrage" in answer.text
    assert rows(app) == [(first.id, 1)]


def test_a_stranger_is_led_to_the_login_and_nothing_is_counted(app: Flask, scene: SimpleNamespace) -> None:
    answer = post(app.test_client(), f"/ideas/{scene.ideas[0].id}/vote", form="/login", choice="support")
    assert answer.status_code == 403
    assert "/login" in answer.text
    assert rows(app) == []


def test_without_a_token_nothing_is_counted(app: Flask, scene: SimpleNamespace) -> None:
    assert scene.client.post(f"/ideas/{scene.ideas[0].id}/vote", data={"choice": "support"}).status_code == 400
    assert rows(app) == []


def test_hidden_results_are_told_nowhere_until_the_close_is_recorded(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        db.session.get_one(Ballot, scene.ballot.id).hides_results = True
    support(scene, scene.ideas[2])
    assert counters(app, scene.ideas[2]) == (1, 0)
    for page in (f"/ideas/{scene.ideas[2].id}", f"/ballots/{scene.ballot.id}", f"/rounds/{scene.round.slug}/ideas?sort=supported"):
        for visitor in (scene.client, app.test_client()):
            assert "1 Unterstützung" not in " ".join(
                visitor.get(page).text.replace("<strong>", "").replace("</strong>", "").split()
            )


def test_a_vote_costs_at_most_nine_statements(
    app: Flask, scene: SimpleNamespace, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    support(scene, scene.ideas[0])
    from tests.visit import csrf_token

    token = csrf_token(scene.client.get("/account"))
    with statements() as seen:
        answer = scene.client.post(f"/ideas/{scene.ideas[1].id}/vote", data={"csrf_token": token, "choice": "support"})
    assert answer.status_code == 303
    assert len(seen) <= 9, "\n".join(seen)


def test_the_ballot_paper_costs_the_same_for_ten_and_for_a_hundred_options(
    app: Flask, scene: SimpleNamespace, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    costs = []
    for more in (5, 90):
        with inside(app):
            for _ in range(more):
                idea = make_idea(scene.round)
                db.session.add(Option(ballot_id=scene.ballot.id, idea_id=idea.id, added_at=scene.ballot.created_at))
        with statements() as seen:
            assert scene.client.get(f"/ballots/{scene.ballot.id}").status_code == 200
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 10


def test_points_left_empty_are_asked_for_as_points(app: Flask) -> None:
    with inside(app):
        person = make_account()
        round_ = make_round()
        idea = make_idea(round_)
        make_ballot(round_, idea, method="points", votes_each=5, points_max=3)
    answer = post(login(app.test_client(), person), f"/ideas/{idea.id}/vote", points="")
    assert answer.status_code == 422 and "wie viele Punkte" in answer.text and "unterstützen oder" not in answer.text
