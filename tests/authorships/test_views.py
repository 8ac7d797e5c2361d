"""Institutions beside the people who wrote an idea or a question."""

from html import escape
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ideation.core.db import db
from ideation.ideas.models import IdeaAuthor
from tests.cast import inside, make_account, make_challenge, make_idea, make_institution, make_round, put
from tests.visit import login, post


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    with inside(app):
        moderator, author, other = make_account("moderator"), make_account(name="Linde"), make_account("moderator")
        round_ = make_round(moderator, team_min=2, team_max=2)
        challenge = make_challenge(round_, author)
        idea = make_idea(round_, author, challenge=challenge)
        put(IdeaAuthor(idea_id=idea.id, account_id=make_account(name="Buche").id))
        city, chamber = make_institution("Stadt Dortmund"), make_institution("IHK zu Dortmund", aliases=("IHK",))
    return SimpleNamespace(
        moderator=moderator,
        author=author,
        other=other,
        round=round_.slug,
        challenge=challenge.id,
        idea=idea.id,
        city=city.id,
        chamber=chamber.id,
    )


@pytest.mark.parametrize("kind", ["idea", "challenge"])
def test_the_moderation_adds_institutions_and_they_stand_in_the_line_of_authors(
    app: Flask, client: FlaskClient, scene: SimpleNamespace, kind: str
) -> None:
    page = f"/{kind}s/{getattr(scene, kind)}"
    path = f"{page}/institutions"
    staff, author = login(app.test_client(), scene.moderator), login(app.test_client(), scene.author)
    assert "Stadt Dortmund" not in client.get(page).text
    for name in ("Stadt Dortmund", "ihk", "stadt DORTMUND"):
        assert post(staff, path, institution=name).status_code == 303
    for name in ("Niemand <b>", ""):
        wrong = post(staff, path, institution=name)
        assert wrong.status_code == 422 and "kennen wir nicht" in wrong.text and escape(name) in wrong.text
    for told in (client.get(page).text, staff.get(f"/manage{page}").text):
        assert "Linde" in told and told.count(f'href="/institutions/{scene.city}"') == 1
        assert f'<a href="/institutions/{scene.chamber}">IHK zu Dortmund</a>' in told
    assert ("Herausforderung" if kind == "challenge" else "Idee") in client.get(f"/institutions/{scene.city}").text
    assert "Stadt Dortmund" in author.get(path).text and f"{path}" in author.get(page).text
    assert post(author, path, institution="ihk").status_code == 403
    other, stranger = login(app.test_client(), scene.other), app.test_client()
    assert post(other, path, institution="ihk").status_code == 403 and other.get(path).status_code == 403
    assert stranger.get(path).status_code == 302
    removals = [part.split("/removal")[0] for part in author.get(path).text.split(f"{path}/")[1:]]
    assert len(removals) == 2
    assert post(other, f"{path}/{removals[0]}/removal").status_code == 403
    assert post(author, f"{path}/{removals[0]}/removal").status_code == 303
    assert post(author, f"{path}/{removals[0]}/removal").status_code == 404
    assert post(staff, f"{path}/{removals[1]}/removal", htmx=True).status_code == 200
    assert "IHK" not in client.get(page).text


def test_a_card_names_people_and_institutions_and_a_team_counts_people(
    app: Flask, client: FlaskClient, scene: SimpleNamespace
) -> None:
    staff = login(app.test_client(), scene.moderator)
    for name in ("Stadt Dortmund", "IHK"):
        post(staff, f"/ideas/{scene.idea}/institutions", institution=name)
    cards = client.get(f"/rounds/{scene.round}/ideas").text
    assert "von Linde, Stadt Dortmund, IHK zu Dortmund und 1 weiteren Person" in cards
    team = login(app.test_client(), scene.author).get(f"/ideas/{scene.idea}/team").text
    assert "Das Team ist mit 2 Personen voll." in team and "Stadt Dortmund" not in team
    with app.app_context():
        db.session.execute(IdeaAuthor.__table__.delete().where(IdeaAuthor.account_id.is_not(None)))
        db.session.execute(IdeaAuthor.__table__.update().where(IdeaAuthor.institution_id == scene.city).values(leads=True))
        db.session.commit()
        ids = dict(db.session.execute(select(IdeaAuthor.institution_id, IdeaAuthor.id)).all())
    path = f"/ideas/{scene.idea}/institutions"
    assert post(staff, f"{path}/{ids[scene.city]}/removal").status_code == 303
    last = post(staff, f"{path}/{ids[scene.chamber]}/removal")
    assert last.status_code == 403 and "niemand mehr dabei" in last.text
    assert "federführend" in staff.get(path).text
