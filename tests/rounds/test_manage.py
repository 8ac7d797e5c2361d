"""The editor of rounds, without script as with it: every form, every wrong input, every wrong person."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from ideation.ballots.models import Ballot
from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.rounds.models import Round, RoundWindow
from tests.cast import OPEN, inside, make_account, make_ballot, make_idea, make_round, make_votes
from tests.visit import login, post


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    with inside(app):
        moderator = make_account("moderator", "Frau Grün")
        round_ = make_round(moderator, windows={"idea": OPEN}, slug="runde", title="Die Runde")
    return SimpleNamespace(moderator=moderator, round=round_, client=login(app.test_client(), moderator))


def stored(app: Flask, slug: str = "runde") -> Any:
    with app.app_context():
        round_ = db.session.scalars(select(Round).where(Round.slug == slug)).one()
        windows = db.session.scalars(
            select(RoundWindow).where(RoundWindow.round_id == round_.id).order_by(RoundWindow.activity)
        ).all()
        return SimpleNamespace(
            **{c.key: getattr(round_, c.key) for c in Round.__table__.columns},
            windows={w.activity: (w.opens_at, w.closes_at) for w in windows},
        )


def settings(**more: str) -> dict[str, str]:
    told = {"title": "Die Runde", "slug": "runde", "checks_ideas": "no", "free_ideas": "no", "team_min": "1", "team_max": "5"}
    return told | more


def test_a_round_is_made_from_a_preset_with_its_ballot(app: Flask, scene: SimpleNamespace) -> None:
    answer = post(scene.client, "/manage/rounds", form="/manage/rounds/new", preset="sprint", title="48 Stunden")
    assert (answer.status_code, answer.location) == (303, "/manage/rounds/48-stunden/edit")
    made = stored(app, "48-stunden")
    assert (made.status, made.team_min, set(made.windows)) == ("draft", 2, {"join", "challenge", "idea", "comment", "vote"})
    with app.app_context():
        assert db.session.scalars(select(Ballot)).one().method == "points"
    assert "48 Stunden" in scene.client.get("/manage/rounds").text


@pytest.mark.parametrize(("preset", "title"), [("sprint", ""), ("sprint", "x" * 200), ("anders", "Titel"), ("", "")])
def test_a_new_round_needs_a_preset_and_a_title(scene: SimpleNamespace, preset: str, title: str) -> None:
    answer = post(scene.client, "/manage/rounds", form="/manage/rounds/new", preset=preset, title=title)
    assert answer.status_code == 422
    assert 'id="errors"' in answer.text


def test_settings_are_saved(app: Flask, scene: SimpleNamespace) -> None:
    wanted = settings(
        title="Neu", slug="neu", summary="Ein Satz.", about="**Viel**", checks_ideas="yes", team_min="2", team_max="3"
    )
    assert post(scene.client, "/manage/rounds/runde", **wanted).location == "/manage/rounds/neu/edit"
    made = stored(app, "neu")
    assert (made.title, made.summary, made.checks_ideas, made.team_min, made.team_max) == ("Neu", "Ein Satz.", True, 2, 3)
    assert scene.client.get("/rounds/runde").status_code == 301


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"slug": "Ä B"},
        {"slug": "new"},
        {"team_min": "4", "team_max": "3"},
        {"team_max": "viele"},
        {"checks_ideas": "?"},
        {"about": "x" * 10_001},
    ],
)
def test_wrong_settings_come_back_with_a_sentence(app: Flask, scene: SimpleNamespace, wrong: dict[str, str]) -> None:
    answer = post(scene.client, "/manage/rounds/runde", **settings(summary="Was ich schon getippt habe", **wrong))
    assert answer.status_code == 422
    assert "Bitte prüfen Sie Ihre Angaben" in answer.text
    assert "Was ich schon getippt habe" in answer.text
    assert stored(app).summary == scene.round.summary


def test_windows_are_saved_in_the_time_of_the_city(app: Flask, scene: SimpleNamespace) -> None:
    times = {"idea_opens": "2027-01-10T09:00", "idea_closes": "2027-07-10", "comment_opens": "2027-01-10"}
    assert post(scene.client, "/manage/rounds/runde/windows", **times).status_code == 303
    windows = stored(app).windows
    assert windows["idea"] == (datetime(2027, 1, 10, 8, tzinfo=UTC), datetime(2027, 7, 10, 22, tzinfo=UTC))  # 24:00 in summer time
    assert windows["comment"] == (datetime(2027, 1, 9, 23, tzinfo=UTC), None)
    post(scene.client, "/manage/rounds/runde/windows", **{**times, "comment_opens": ""})
    assert set(stored(app).windows) == {"idea"}


@pytest.mark.parametrize(
    ("times", "sentence"),
    [
        ({"idea_opens": "2027-03-28T02:30"}, "Die Uhr wird vorgestellt"),
        ({"idea_opens": "2027-01-10T09:00", "idea_closes": "2027-01-09T09:00"}, "Das Ende liegt vor dem Anfang"),
        ({"idea_opens": "2027-01-10T09:00", "idea_closes": "2027-01-10T09:00"}, "Das Ende liegt vor dem Anfang"),
        ({"idea_closes": "2027-01-10T09:00"}, "wann es beginnt"),
        ({"idea_opens": "morgen früh"}, "Bitte geben Sie Tag und Uhrzeit an"),
        ({"idea_opens": "0001-01-01T00:00"}, "Bitte geben Sie Tag und Uhrzeit an"),
        ({"idea_opens": "9999-12-31"}, "Bitte geben Sie Tag und Uhrzeit an"),
    ],
)
def test_times_that_cannot_be_are_explained_at_the_field(
    app: Flask, scene: SimpleNamespace, times: dict[str, str], sentence: str
) -> None:
    before = stored(app).windows
    for intent in ({}, {"intent": "preview"}):
        answer = post(scene.client, "/manage/rounds/runde/windows", **times, **intent)
        assert answer.status_code == 422
        assert sentence in answer.text
    assert stored(app).windows == before


def test_the_hour_that_occurs_twice_means_the_first(app: Flask, scene: SimpleNamespace) -> None:
    post(scene.client, "/manage/rounds/runde/windows", idea_opens="2027-10-31T02:30")
    assert stored(app).windows["idea"][0] == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("htmx", [False, True])
def test_the_preview_of_the_line_saves_nothing(app: Flask, scene: SimpleNamespace, htmx: bool) -> None:
    before = stored(app).windows
    answer = post(scene.client, "/manage/rounds/runde/windows", htmx=htmx, intent="preview", idea_opens="2031-05-06T07:08")
    assert answer.status_code == 200
    assert 'id="round-line"' in answer.text
    assert "6. Mai 2031, 07:08 Uhr" in answer.text
    assert 'value="2031-05-06T07:08"' in answer.text
    assert stored(app).windows == before


def ballot_fields(prefix: str, **more: str) -> dict[str, str]:
    told = {"method": "approval", "votes_each": "2", "closed_list": "no", "seats": "1", "minimum": "", "hides_results": "y"}
    return {prefix + name: value for name, value in (told | more).items()}


def test_ballots_follow_one_another(app: Flask, scene: SimpleNamespace) -> None:
    address = "/manage/rounds/runde/ballots"
    first = ballot_fields("new-", opens_at="2027-01-10T09:00", closes_at="2027-01-20")
    assert post(scene.client, address, **first).status_code == 303
    overlapping = post(scene.client, address, **ballot_fields("new-", opens_at="2027-01-15T09:00", closes_at="2027-01-30"))
    assert overlapping.status_code == 422
    assert (
        post(
            scene.client, address, **ballot_fields("new-", opens_at="2027-01-21T00:00", closes_at="2027-01-30", method="support")
        ).status_code
        == 303
    )
    with app.app_context():
        ballots = db.session.scalars(select(Ballot).order_by(Ballot.number)).all()
        assert [(b.number, b.method, b.votes_each, b.seats) for b in ballots] == [(1, "approval", 2, 1), (2, "support", None, 1)]
    page = scene.client.get("/rounds/runde").text
    assert "Noch einmal abstimmen" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"opens_at": ""},
        {"votes_each": ""},
        {"votes_each": "0"},
        {"seats": "0"},
        {"method": "zufall"},
        {"seats": "viele"},
        {"shortlist_only": "y"},
    ],
)
def test_a_ballot_that_cannot_be_counted_comes_back(app: Flask, scene: SimpleNamespace, wrong: dict[str, str]) -> None:
    fields = ballot_fields("new-", **({"opens_at": "2027-01-10T09:00", "closes_at": "2027-01-20"} | wrong))
    answer = post(scene.client, "/manage/rounds/runde/ballots", **fields)
    assert answer.status_code == 422
    assert "Bitte prüfen Sie Ihre Angaben" in answer.text
    with app.app_context():
        assert db.session.scalars(select(Ballot)).first() is None


def test_the_rules_and_times_of_a_ballot_change_until_the_first_vote(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        round_ = db.session.get_one(Round, scene.round.id)
        ballot = make_ballot(round_, make_idea(round_), days=(-1, 5))
    changed = post(
        scene.client, f"/manage/rounds/runde/ballots/{ballot.id}", **ballot_fields(f"ballot-{ballot.id}-", votes_each="7")
    )
    assert changed.status_code == 303
    with app.app_context():
        assert db.session.get_one(Ballot, ballot.id).votes_each == 7
    with inside(app):
        make_votes(
            db.session.get_one(Ballot, ballot.id),
            {db.session.scalars(select(Idea).where(Idea.round_id == scene.round.id)).first(): 1},
        )
    assert "Die Regeln stehen fest" in scene.client.get("/manage/rounds/runde/edit").text
    refused = post(
        scene.client, f"/manage/rounds/runde/ballots/{ballot.id}", **ballot_fields(f"ballot-{ballot.id}-", votes_each="9")
    )
    assert refused.status_code == 403
    assert "Seit der ersten Stimme" in refused.text


def test_a_ballot_of_another_round_is_not_found_here(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        other = make_round(make_account("moderator"))
        ballot = make_ballot(other, make_idea(other))
    assert (
        post(scene.client, f"/manage/rounds/runde/ballots/{ballot.id}", **ballot_fields(f"ballot-{ballot.id}-")).status_code == 404
    )


def test_hosts_are_chosen_or_added_by_name(app: Flask, scene: SimpleNamespace) -> None:
    assert post(scene.client, "/manage/rounds/runde/hosts", new_host="Stadt Dortmund").status_code == 303
    assert "Stadt Dortmund" in scene.client.get("/rounds/runde").text
    assert '<option value="Stadt Dortmund">' in scene.client.get("/manage/rounds/runde/edit").text
    assert post(scene.client, "/manage/rounds/runde/hosts").status_code == 303
    assert "Stadt Dortmund" not in scene.client.get("/rounds/runde").text
    assert post(scene.client, "/manage/rounds/runde/hosts", hosts="999999").status_code == 422


def test_a_round_is_given_to_a_second_moderator(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        second = make_account("moderator")
    colleague = login(app.test_client(), second)
    assert colleague.get("/manage/rounds/runde/edit").status_code == 403
    assert post(scene.client, "/manage/rounds/runde/moderators", email=second.email).status_code == 303
    assert colleague.get("/manage/rounds/runde/edit").status_code == 200
    assert post(scene.client, "/manage/rounds/runde/moderators", email="niemand@example.org").status_code == 422
    assert post(colleague, "/manage/rounds/runde/moderators", remove=str(scene.moderator.id)).status_code == 303
    assert scene.client.get("/manage/rounds/runde/edit").status_code == 403
    assert post(colleague, "/manage/rounds/runde/moderators", remove=str(second.id)).status_code == 422


def test_a_draft_is_published_archived_and_copied(app: Flask, scene: SimpleNamespace) -> None:
    post(scene.client, "/manage/rounds", form="/manage/rounds/new", preset="collection", title="Sammlung")
    assert app.test_client().get("/rounds/sammlung").status_code == 404
    assert post(scene.client, "/manage/rounds/sammlung/publication").status_code == 303
    assert app.test_client().get("/rounds/sammlung").status_code == 200
    assert post(scene.client, "/manage/rounds/sammlung/publication").status_code == 403
    assert post(scene.client, "/manage/rounds/sammlung/copy", title="Sammlung").location == "/manage/rounds/sammlung-2/edit"
    assert stored(app, "sammlung-2").previous_id == stored(app, "sammlung").id
    assert stored(app, "sammlung-2").windows == stored(app, "sammlung").windows
    with app.app_context():
        assert len(db.session.scalars(select(Ballot)).all()) == 2
    assert post(scene.client, "/manage/rounds/sammlung/archive").status_code == 303
    assert post(scene.client, "/manage/rounds/sammlung/archive").status_code == 403
    assert "Diese Runde ist abgeschlossen" in app.test_client().get("/rounds/sammlung").text
    assert post(scene.client, "/manage/rounds/sammlung/copy", title="").status_code == 422


def test_a_moderator_sees_the_page_as_citizens_will(scene: SimpleNamespace) -> None:
    post(scene.client, "/manage/rounds/runde/windows", idea_opens="2027-01-10T09:00", idea_closes="2027-01-20T18:00")
    before = scene.client.get("/manage/rounds/runde/preview?at=2027-01-01T12:00").text
    during = scene.client.get("/manage/rounds/runde/preview?at=2027-01-11T12:00").text
    after = scene.client.get("/manage/rounds/runde/preview?at=2027-01-20T18:00").text
    assert "Als Nächstes: Ideen vorschlagen" in before
    assert "Ideen gesucht" in during
    assert "Diese Runde ist abgeschlossen" in after
    assert "Montag, 11. Januar 2027, 12:00 Uhr" in during
    assert "Freitag, 1. Januar 2027, 12:00 Uhr" in before


@pytest.mark.parametrize("when", ["", "gestern", "2027-03-28T02:30", "99999-01-01T00:00"])
def test_an_odd_moment_is_previewed_as_now(scene: SimpleNamespace, when: str) -> None:
    assert scene.client.get("/manage/rounds/runde/preview", query_string={"at": when}).status_code == 200


PLACES = ["edit", "preview"]
ACTS = ["", "/windows", "/hosts", "/moderators", "/publication", "/archive", "/copy", "/ballots"]


@pytest.mark.parametrize("role", ["participant", "moderator", "coordinator", "ombudsperson"])
def test_a_round_is_closed_to_everybody_else(app: Flask, scene: SimpleNamespace, role: str) -> None:
    with inside(app):
        other = login(app.test_client(), make_account(role))
    for place in PLACES:
        answer = other.get(f"/manage/rounds/runde/{place}")
        assert answer.status_code == 403
    for act in ACTS:
        assert post(other, "/manage/rounds/runde" + act, **settings(title="Gekapert")).status_code == 403
    assert stored(app).title == "Die Runde"
    if role == "moderator":
        assert "Diese Runde betreuen andere" in answer.text


def test_an_admin_edits_every_round(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        admin = login(app.test_client(), make_account("admin"))
    assert admin.get("/manage/rounds/runde/edit").status_code == 200
    assert "Die Runde" in admin.get("/manage/rounds").text
