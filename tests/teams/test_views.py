from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ideation.core.db import db
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.teams.models import Invitation
from ideation.teams.queries import hashed
from tests.cast import OPEN, PAST, inside, make_account, make_idea, make_round
from tests.visit import login, post


@pytest.fixture
def cast(app: Flask) -> Any:
    class Cast:
        pass

    cast = Cast()
    with inside(app):
        cast.lead, cast.second, cast.third, cast.stranger = (make_account() for _ in range(4))
        cast.round = make_round(free_ideas=True, team_min=2, team_max=2)
        cast.idea = make_idea(cast.round, cast.lead, status="draft", title="Zusammen")
    return cast


def signed_in(app: Flask, account: Any) -> FlaskClient:
    return login(app.test_client(), account)


def invited(app: Flask, cast: Any) -> str:
    """The path of a fresh link, as the page shows it once."""
    client = signed_in(app, cast.lead)
    page = client.get(post(client, f"/ideas/{cast.idea.id}/team/invitations").location).text
    assert "/invitations/" not in client.get(f"/ideas/{cast.idea.id}/team").text
    return "/invitations/" + page.split("/invitations/")[1].split('"')[0]


def names(app: Flask, cast: Any) -> set[int]:
    with app.app_context():
        return set(db.session.scalars(select(IdeaAuthor.account_id).where(IdeaAuthor.idea_id == cast.idea.id)))


def test_opening_a_link_changes_nothing_and_the_button_joins_once(app: Flask, cast: Any) -> None:
    link, second = invited(app, cast), signed_in(app, cast.second)
    assert "Mitschreiben" in second.get(link).text
    assert names(app, cast) == {cast.lead.id}
    assert post(second, link).status_code == 303
    assert names(app, cast) == {cast.lead.id, cast.second.id}
    assert second.get(f"/ideas/{cast.idea.id}/edit").status_code == 200
    again = post(second, link)
    assert (again.status_code, "schon mit" in again.text) == (403, True)
    used = post(signed_in(app, cast.third), link)
    assert (used.status_code, "gilt nicht mehr" in used.text) == (403, True)


def test_the_team_submits_only_when_it_is_complete(app: Flask, cast: Any) -> None:
    lead, words = signed_in(app, cast.lead), {"title": "Zusammen", "body": "Ein Text.", "intent": "submit"}
    alone = post(lead, f"/ideas/{cast.idea.id}", **words)
    assert (alone.status_code, "Es fehlt noch 1 Person" in alone.text) == (403, True)
    with app.app_context():
        assert db.session.get_one(Idea, cast.idea.id).body == "Ein Text."
    post(signed_in(app, cast.second), invited(app, cast))
    assert post(lead, f"/ideas/{cast.idea.id}", **words).status_code == 303


def test_a_full_team_takes_nobody_more(app: Flask, cast: Any) -> None:
    links = [invited(app, cast), invited(app, cast)]
    assert post(signed_in(app, cast.second), links[0]).status_code == 303
    late = post(signed_in(app, cast.third), links[1])
    assert (late.status_code, "voll" in late.text) == (403, True)
    assert post(signed_in(app, cast.lead), f"/ideas/{cast.idea.id}/team/invitations").status_code == 403


def test_a_link_ends_after_fourteen_days(app: Flask, cast: Any) -> None:
    link = invited(app, cast)
    with inside(app):
        found = db.session.scalars(select(Invitation)).one()
        assert timedelta(days=13) < found.expires_at - datetime.now(UTC) <= timedelta(days=14)
        assert found.token_hash == hashed(link.rpartition("/")[2])
        found.expires_at = datetime.now(UTC)
    answer = post(signed_in(app, cast.second), link)
    assert (answer.status_code, "gilt nicht mehr" in answer.text) == (403, True)
    assert "gilt nicht mehr" in signed_in(app, cast.second).get(link).text


def test_strangers_and_others_see_neither_team_nor_link(app: Flask, cast: Any) -> None:
    visitor, other = app.test_client(), signed_in(app, cast.stranger)
    assert visitor.get("/invitations/falsch").status_code == 302
    assert other.get("/invitations/falsch").status_code == 404
    assert post(other, "/invitations/falsch").status_code == 404
    for url in (f"/ideas/{cast.idea.id}/team", "/ideas/999/team"):
        assert other.get(url).status_code == 404
    assert post(other, f"/ideas/{cast.idea.id}/team/invitations").status_code == 404
    with inside(app):
        public = make_idea(cast.round, cast.lead)
    assert other.get(f"/ideas/{public.id}/team").status_code == 404


def test_only_the_lead_invites_and_removes_and_others_may_leave(app: Flask, cast: Any) -> None:
    second = signed_in(app, cast.second)
    post(second, invited(app, cast))
    with app.app_context():
        lines = {a.account_id: a.id for a in db.session.scalars(select(IdeaAuthor))}
    url = f"/ideas/{cast.idea.id}/team"
    assert post(second, f"{url}/invitations").status_code == 403
    assert post(second, f"{url}/{lines[cast.lead.id]}/removal").status_code == 403
    assert post(second, f"{url}/{lines[cast.second.id]}/removal").status_code == 303
    assert second.get(f"/ideas/{cast.idea.id}").status_code == 404
    assert post(signed_in(app, cast.lead), f"{url}/{lines[cast.second.id]}/removal").status_code == 404
    assert post(signed_in(app, cast.lead), f"{url}/{lines[cast.lead.id]}/removal").status_code == 403
    assert names(app, cast) == {cast.lead.id}


@pytest.mark.parametrize("windows", [{"idea": PAST}, {"join": OPEN, "idea": OPEN}])
def test_the_windows_and_the_registration_of_the_round_hold_for_joining(app: Flask, cast: Any, windows: Any) -> None:
    with inside(app):
        round_ = make_round(free_ideas=True, windows=windows)
        cast.idea = make_idea(round_, cast.lead, status="draft")
        token = "ein-link"
        ends = datetime.now(UTC) + timedelta(days=1)
        db.session.add(Invitation(idea_id=cast.idea.id, token_hash=hashed(token), expires_at=ends))
    assert post(signed_in(app, cast.second), f"/invitations/{token}").status_code == 403
    assert names(app, cast) == {cast.lead.id}
