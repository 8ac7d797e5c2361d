"""The pages of those who work in a lab, and what everybody else reads of them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ideation.core.db import db
from ideation.labs.models import LabInvitation, LabMember
from tests.cast import inside, make_account, make_idea, make_institution, make_lab, make_member, make_places, make_round
from tests.visit import body, csrf_token, links, login, mails, post

HOSTILE = "<script>alert(1)</script> & „Linde“"


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    with inside(app):
        here = SimpleNamespace(moderator=make_account("moderator"), other=make_account("moderator"))
        here.lead, here.member, here.person = make_account(), make_account(), make_account(name="Erle 5")
        here.lab = make_lab(make_idea(make_round(here.moderator), status="in_lab"), status="inviting", title="Höfe", slug="hoefe")
        here.science = make_institution("Hochschule am Hafen", sector="science")
        make_member(here.lab, here.lead, role="facilitator", name="Leitung Verborgen")
        here.row = make_member(here.lab, here.member, name="Mitglied Verborgen", institution_id=here.science.id)
    return here


def working(here: SimpleNamespace) -> list[str]:
    return ["/labs/hoefe/members", "/labs/hoefe/handouts", "/labs/hoefe/attendance.pdf"]


def leading(here: SimpleNamespace) -> list[str]:
    pages = ("invitations", "places", "targets", "status", f"members/{here.row.id}")
    return [f"/labs/hoefe/{page}" for page in pages]


def writes(here: SimpleNamespace) -> dict[str, dict[str, object]]:
    return {
        "/labs/hoefe/invitations": {"email": "neu@example.org", "role": "member", "institution": ""},
        "/labs/hoefe/invitations/1/withdrawal": {},
        "/labs/hoefe/places": {"institution": here.science.id, "count": 2},
        "/labs/hoefe/targets": {"science": 2},
        f"/labs/hoefe/members/{here.row.id}": {"role": "host", "institution": ""},
        f"/labs/hoefe/members/{here.row.id}/removal": {"reason": "Darum."},
    }


def test_pages_open_to_those_who_work_and_to_those_who_lead(app: Flask, scene: SimpleNamespace) -> None:
    found = {}
    for who in ("lead", "moderator", "member", "person", "other"):
        client = login(app.test_client(), getattr(scene, who))
        found[who] = [{client.get(path).status_code for path in paths} for paths in (working(scene), leading(scene))]
        if who in {"member", "person", "other"}:
            answers = {path: post(client, path, **fields) for path, fields in writes(scene).items()}
            assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(answers, 403)
            assert "Laborbegleitung" in answers["/labs/hoefe/places"].text
    assert found == {
        "lead": [{200}, {200}], "moderator": [{200}, {200}], "member": [{200}, {403}], "person": [{403}, {403}], "other": [{403}, {403}],
    }  # fmt: skip
    stranger = app.test_client()
    assert {stranger.get(path).status_code for path in [*working(scene), *leading(scene), "/labs/hoefe/members/new"]} == {302}
    lead = login(app.test_client(), scene.lead)
    for path in ("/labs/hoefe/members/999999", "/labs/nirgends/members", "/labs/nirgends/membership"):
        assert lead.get(path).status_code == 404
    # The own page is there for members only.
    assert login(app.test_client(), scene.moderator).get("/labs/hoefe/membership").status_code == 404


def everything_outside(app: Flask, here: SimpleNamespace) -> Iterator[str]:
    """All that somebody outside the lab can read about it."""
    for client in (app.test_client(), login(app.test_client(), here.person), login(app.test_client(), here.other)):
        for path in (
            "/labs/hoefe",
            "/labs",
            "/en/labs/hoefe",
            "/labs/hoefe/members",
            "/labs/hoefe/membership",
            "/labs/hoefe/members/new",
        ):
            yield client.get(path, follow_redirects=True).text


def test_nobody_outside_reads_a_name_without_consent(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        make_member(scene.lab, make_account(), name="Offen Genannt", listed=True, institution_id=scene.science.id)
        gone = make_member(scene.lab, make_account(), name="Weg Gegangen", listed=True, left_at=datetime.now(UTC))
        assert gone.consent_at is not None
    pages = list(everything_outside(app, scene))
    assert not [page for page in pages if "Verborgen" in page or "Weg Gegangen" in page]
    assert "Offen Genannt" in pages[0] and "und 1 weitere Person" in pages[0]
    assert "3 Personen arbeiten mit, aus 1 Institution" in pages[0]
    # Those who work in the lab know each other.
    assert "Mitglied Verborgen" in login(app.test_client(), scene.member).get("/labs/hoefe/members").text


def test_who_comes_by_themselves_is_a_member_and_not_named(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    assert "Anmelden und mitarbeiten" in client.get("/labs/hoefe").text
    person = login(app.test_client(), scene.person)
    form = person.get("/labs/hoefe/members/new").text
    assert 'value="Erle 5"' in form and 'name="listed" type="checkbox"' in form and "checked" not in form
    long = "Sehr" * 40
    wrong = post(person, "/labs/hoefe/members", name=long, institution=scene.science.id)
    assert wrong.status_code == 422 and long in wrong.text
    assert post(person, "/labs/hoefe/members", name=HOSTILE, institution="999999").status_code == 422
    assert post(person, "/labs/hoefe/members", name=HOSTILE, institution=scene.science.id).status_code == 303
    again = post(person, "/labs/hoefe/members", name="Noch einmal", institution="")
    assert again.status_code == 403 and "schon mit" in again.text
    assert '<a href="/labs/hoefe/members">Höfe</a>' in person.get("/account").text
    inner, outer = person.get("/labs/hoefe/members").text, client.get("/labs/hoefe").text
    assert "&lt;script&gt;alert(1)" in inner and "<script>alert" not in inner and "alert(1)" not in outer
    assert "2 Personen" in outer
    with inside(app):
        db.session.get_one(type(scene.lab), scene.lab.id).status = "working"
    late = login(app.test_client(), scene.other)
    assert "nimmt niemanden mehr auf" in late.get("/labs/hoefe/members/new").text
    assert post(late, "/labs/hoefe/members", name="Spät", institution="", htmx=True).status_code == 403


def test_consent_changes_the_public_page_at_once(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    member = login(app.test_client(), scene.member)
    asked = post(member, "/labs/hoefe/membership/consent")
    assert asked.status_code == 422 and "setzen Sie das Häkchen" in asked.text
    for wanted, named in (("yes", True), ("yes", True), ("no", False), ("no", False)):
        assert post(member, "/labs/hoefe/membership/consent", listed=wanted).status_code == 303
        assert ("Mitglied Verborgen" in client.get("/labs/hoefe").text) == named
        own = member.get("/labs/hoefe/membership").text
        assert ("Einwilligung widerrufen" in own) == named and "Ich willige ein, dass mein Name" in own
    outsider = login(app.test_client(), scene.person)
    for path in ("membership", "membership/consent", "membership/end"):
        assert post(outsider, f"/labs/hoefe/{path}", listed="yes").status_code == 404


def test_the_own_membership_is_changed_and_left(app: Flask, scene: SimpleNamespace) -> None:
    member = login(app.test_client(), scene.member)
    wrong = post(member, "/labs/hoefe/membership", name="", institution="")
    assert wrong.status_code == 422
    assert post(member, "/labs/hoefe/membership", name="Neuer Name", institution="").status_code == 303
    assert 'value="Neuer Name"' in member.get("/labs/hoefe/membership").text
    assert post(member, "/labs/hoefe/membership/end", htmx=True).headers["HX-Redirect"] == "/labs/hoefe"
    assert post(member, "/labs/hoefe/membership/end").status_code == 404
    assert member.get("/labs/hoefe/members").status_code == 403


def test_an_invitation_by_mail_is_opened_and_then_accepted(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    lead = login(app.test_client(), scene.lead)
    wrong = post(lead, "/labs/hoefe/invitations", email="keine-adresse", role="host", institution=scene.science.id)
    assert wrong.status_code == 422 and "keine-adresse" in wrong.text
    fields = {"email": "neu@example.org", "role": "host", "institution": scene.science.id}
    assert post(lead, "/labs/hoefe/invitations", **fields).status_code == 303
    assert "neu@example.org" in lead.get("/labs/hoefe/invitations").text
    mail = mails(app, "neu@example.org")[0]
    assert "Einladung ins Projektlabor „Höfe“" in mail["Subject"] and "Hochschule am Hafen" in body(mail)
    link = links(mail)[0]
    before = client.get(link)
    assert "Anmelden und annehmen" in before.text and "Set-Cookie" not in before.headers
    person = login(app.test_client(), scene.person)
    for _ in range(2):
        page = person.get(link).text
        assert "Einladung annehmen" in page and "trägt das Projektlabor" in page and 'name="institution"' not in page
    with inside(app):
        assert db.session.scalars(select(LabInvitation)).one().used_at is None
    assert post(person, link, name="").status_code == 422
    assert post(person, link, name="Erle", listed="y").status_code == 303
    with inside(app):
        mine = db.session.scalars(select(LabMember).where(LabMember.account_id == scene.person.id)).one()
        assert (mine.role, mine.institution_id, mine.name) == ("host", scene.science.id, "Erle") and mine.consent_at
    late = login(app.test_client(), scene.other)
    assert "gilt nicht mehr" in late.get(link).text and post(late, link, name="Zweite").status_code == 403
    assert (
        client.get("/labs/invitations/unbekannt").status_code
        == post(person, "/labs/invitations/unbekannt", name="x").status_code
        == 404
    )
    assert "neu@example.org" not in lead.get("/labs/hoefe/invitations").text


def test_an_invitation_is_withdrawn(app: Flask, scene: SimpleNamespace) -> None:
    lead = login(app.test_client(), scene.lead)
    post(lead, "/labs/hoefe/invitations", email="weg@example.org", role="member", institution="")
    link = links(mails(app, "weg@example.org")[0])[0]
    with inside(app):
        row = db.session.scalar(select(LabInvitation.id))
    for _ in range(2):
        assert post(lead, f"/labs/hoefe/invitations/{row}/withdrawal").status_code == 303
    assert login(app.test_client(), scene.person).get(link).status_code == 404


def test_a_member_is_changed_and_removed_with_a_reason(app: Flask, scene: SimpleNamespace) -> None:
    lead, path = login(app.test_client(), scene.lead), f"/labs/hoefe/members/{scene.row.id}"
    assert post(lead, path, role="boss", institution="").status_code == 422
    assert post(lead, path, role="host", institution="").status_code == 303
    assert "trägt das Projektlabor" in lead.get("/labs/hoefe/members").text
    assert post(lead, f"{path}/removal", reason=" ").status_code == 422
    assert post(lead, f"{path}/removal", reason="Das Büro hat gewechselt.").status_code == 303
    assert post(lead, f"{path}/removal", reason="Noch einmal.").status_code == 404
    told = login(app.test_client(), scene.member).get("/account/messages").text
    assert "Sie gehören nicht mehr zum Projektlabor" in told and "Das Büro hat gewechselt." in told
    with inside(app):
        own = db.session.scalar(select(LabMember.id).where(LabMember.account_id == scene.lead.id))
    assert "Aus dem Projektlabor nehmen" not in lead.get(f"/labs/hoefe/members/{own}").text
    assert post(lead, f"/labs/hoefe/members/{own}/removal", reason="Ich.").status_code == 403


def test_places_and_missing_sectors_are_shown(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    lead = login(app.test_client(), scene.lead)
    for wrong in (
        {"institution": "", "count": 2},
        {"institution": scene.science.id, "count": -1},
        {"institution": scene.science.id},
    ):
        assert post(lead, "/labs/hoefe/places", **wrong).status_code == 422
    assert post(lead, "/labs/hoefe/targets", science="4", culture="1").status_code == 303
    assert post(lead, "/labs/hoefe/targets", science="viele").status_code == 422
    page = client.get("/labs/hoefe").text
    assert "Wissenschaft: noch 3 Personen" in page and "Kultur: noch 1 Person" in page
    assert post(lead, "/labs/hoefe/places", institution=scene.science.id, count=3).status_code == 303
    page = client.get("/labs/hoefe").text
    assert "Wissenschaft: noch" not in page and "Kultur: noch 1 Person" in page and "5 Personen arbeiten mit" in page
    with inside(app):
        db.session.get_one(type(scene.lab), scene.lab.id).seats = 5
    full = post(lead, "/labs/hoefe/places", institution=scene.science.id, count=4)
    assert full.status_code == 422 and "nicht mehr frei" in full.text
    assert "Alle Plätze dieses Projektlabors sind vergeben." in client.get("/labs/hoefe").text
    assert post(login(app.test_client(), scene.person), "/labs/hoefe/members", name="Ich", institution="").status_code == 403


def test_pages_cost_the_same_for_few_and_for_many(
    app: Flask, scene: SimpleNamespace, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    lead, costs = login(app.test_client(), scene.lead), []
    for number in (3, 40):
        with inside(app):
            until = datetime.now(UTC) + timedelta(days=3)
            for n in range(number):
                institution = make_institution()
                make_member(scene.lab, make_account(), listed=n % 2 == 0, institution_id=institution.id)
                make_places(scene.lab, institution, 2)
                values = {
                    "email": f"a{number}{n}@example.org",
                    "token_hash": f"{number}-{n}",
                    "expires_at": until,
                    "invited_at": until,
                }
                db.session.add(LabInvitation(lab_id=scene.lab.id, role="member", institution_id=institution.id, **values))
        for path in ("", "/members", "/invitations", "/places", "/targets", "/membership", "/members/new", "/status"):
            with statements() as seen:
                assert lead.get(f"/labs/hoefe{path}").status_code == 200
            costs.append(len(seen))
    assert costs[:8] == costs[8:] and max(costs) <= 17, costs
    assert "Seite 1 von" in lead.get("/labs/hoefe/members").text and "Seite 1 von" in lead.get("/labs/hoefe/invitations").text
    assert csrf_token(lead.get("/labs/hoefe/members?page=2"))
