"""The page of a lab's groups: for its people, by what they are there."""

from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ideation.core.db import db
from ideation.groups.models import GroupMember, LabGroup
from tests.cast import inside, make_account, make_group, make_lab, make_member
from tests.visit import login, post

HOSTILE = "<script>alert(1)</script> & „Ünicode“ " + "x" * 60


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    with inside(app):
        lead, anna, stranger = (make_account() for _ in range(3))
        lab = make_lab(title="Mobil")
        make_member(lab, lead, role="facilitator", name="Begleitung")
        member, placed = make_member(lab, anna, name="Anna Muster"), make_member(lab, name=HOSTILE)
        make_group(lab, placed, title="Busse")
    return SimpleNamespace(lead=lead, anna=anna, stranger=stranger, url=f"/labs/{lab.slug}/groups", member=member, placed=placed)


def place_of(app: Flask, member_id: int) -> int | None:
    with app.app_context():
        query = select(LabGroup.number).join(GroupMember, GroupMember.group_id == LabGroup.id)
        return db.session.scalar(query.where(GroupMember.member_id == member_id))


def test_members_choose_a_group_twice_and_leave_it(app: Flask, scene: SimpleNamespace) -> None:
    anna = login(app.test_client(), scene.anna)
    page = anna.get(scene.url).text
    assert "Busse" in page and "&lt;script&gt;" in page and "<script>alert" not in page and "Neue Gruppe" not in page
    for htmx in (False, True):
        answer = post(anna, f"{scene.url}/1/members", choice="join", htmx=htmx)
        assert (answer.status_code, place_of(app, scene.member.id)) == (200 if htmx else 303, 1)
    assert "Ihre Gruppe" in anna.get(scene.url).text
    assert post(anna, f"{scene.url}/1/members", choice="leave").status_code == 303
    assert place_of(app, scene.member.id) is None
    assert post(anna, f"{scene.url}/1/members", choice="swap").status_code == 404
    assert post(anna, f"{scene.url}/7/members", choice="join").status_code == 404


def test_the_laborbegleitung_arranges(app: Flask, scene: SimpleNamespace) -> None:
    lead = login(app.test_client(), scene.lead)
    assert post(lead, scene.url, title="Räder").status_code == 303
    assert post(lead, f"{scene.url}/2", title="Fahrräder").status_code == 303
    assert post(lead, f"{scene.url}/2/members", choice="join", member=scene.member.id).status_code == 303
    assert place_of(app, scene.member.id) == 2
    assert post(lead, f"{scene.url}/1/members", choice="leave", member=scene.placed.id).status_code == 303
    assert place_of(app, scene.placed.id) is None
    page = lead.get(scene.url).text
    assert "Fahrräder" in page and "Anna Muster" in page
    for bad in (999_999, "x", -1):
        assert post(lead, f"{scene.url}/1/members", choice="join", member=bad).status_code == 404
    assert post(lead, f"{scene.url}/1/members", choice="x", member=scene.member.id).status_code == 404
    for url in (scene.url, f"{scene.url}/1"):
        answer = post(lead, url, title="x" * 130)
        assert answer.status_code == 422 and "x" * 130 in answer.text and "Bitte kürzen Sie" in answer.text


def test_others_are_refused(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    assert "/login" in client.get(scene.url).location
    anna, stranger = login(app.test_client(), scene.anna), login(app.test_client(), scene.stranger)
    assert stranger.get(scene.url).status_code == 403
    for person, fields in ((stranger, {"choice": "join"}), (anna, {"choice": "join", "member": scene.placed.id})):
        assert post(person, f"{scene.url}/1/members", **fields).status_code == 403
    assert post(anna, scene.url, title="Meine").status_code == 403
    assert post(anna, f"{scene.url}/1", title="Meine").status_code == 403
