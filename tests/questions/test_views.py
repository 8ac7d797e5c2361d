"""What is still open: written down, given to somebody, answered and opened again by the people of the lab; one list of the city."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from ideation.core.db import db
from ideation.institutions.models import Institution
from ideation.profiles.rules import Content
from ideation.questions import actions
from ideation.questions.models import OpenQuestion
from tests.cast import inside, make_account, make_group, make_lab, make_member, make_profile, make_question, put
from tests.profiles.scene import Scene
from tests.visit import login, mails, post

HOSTILE = "<script>alert(1)</script>\u202e & „Ünicode“ " + "x" * 150


@pytest.fixture
def scene(app: Flask) -> Scene:
    scene = Scene(app)
    with inside(app):
        make_profile(scene.group(), Content("KI-Bus"))
    return scene


def only(app: Flask) -> OpenQuestion:
    with app.app_context():
        question = db.session.scalars(select(OpenQuestion)).one()
        db.session.expunge(question)
        return question


def test_a_question_is_asked_given_answered_and_opened_again(app: Flask, client: FlaskClient, scene: Scene) -> None:
    other, ben = login(app.test_client(), scene.other), scene.members[1]
    assert "Frage aufschreiben" in other.get(f"{scene.url}/questions/new").text
    asked = {"text": "Wer fährt\nden Bus?", "owner": f"m{ben.id}", "due_on": "2027-03-31"}
    answer = post(other, f"{scene.url}/questions", **asked)
    question = only(app)
    assert answer.status_code == 303 and answer.location == f"{scene.url}#question-{question.id}"
    assert (question.text, question.owner_member_id, question.due_on) == ("Wer fährt den Bus?", ben.id, date(2027, 3, 31))
    (mail,) = mails(app, scene.ben.email)
    assert "Wer fährt den Bus?" in str(mail["Subject"])
    # Outside nobody reads a name without consent.
    for page in (client.get(scene.url).text, client.get("/questions").text):
        assert "Wer fährt den Bus?" in page and "31. März 2027" in page
        assert "Ben Beispiel" not in page and "Mitglied des Projektlabors" in page
    assert "Ben Beispiel" in other.get(scene.url).text
    url = f"/questions/{question.id}"
    for htmx in (False, True):
        done = post(other, f"{url}/answer", answer="Der **Verein** fährt.", htmx=htmx)
        assert done.status_code == (200 if htmx else 303)
    page = client.get(scene.url).text
    assert "<strong>Verein</strong>" in page and "Entschieden am" in page and "geklärt" in page
    # Whoever answers from an older page sees the other answer first, with the own one kept.
    late = post(other, f"{url}/answer", answer="Die Stadt fährt.")
    assert late.status_code == 422 and "Der **Verein** fährt." in late.text and "Die Stadt fährt." in late.text
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', late.text)
    assert seen and post(other, f"{url}/answer", answer="Der **Verein** fährt bald.", seen=seen[1]).status_code == 303
    assert "fährt bald" in client.get(scene.url).text
    for htmx in (False, True):
        assert post(other, f"{url}/reopening", htmx=htmx).status_code == (200 if htmx else 303)
    assert "Verein" not in client.get(scene.url).text
    assert "Der **Verein** fährt bald." in other.get(f"{url}/answer").text
    changed = {"text": "Wer fährt?", "owner": f"m{scene.members[0].id}", "due_on": ""}
    assert post(other, url, **changed).status_code == 303
    page = client.get(scene.url).text
    assert "Wer fährt?" in page and "Anna Muster" in page and "März 2027" not in page


def test_an_institution_can_look_after_it(app: Flask, client: FlaskClient, scene: Scene) -> None:
    with inside(app):
        place = put(Institution(name="Verkehrsverein", kind="partner"))
    anna = login(app.test_client(), scene.anna)
    assert post(anna, f"{scene.url}/questions", text="Wo hält er?", owner=f"i{place.id}", due_on="").status_code == 303
    assert "Verkehrsverein" in client.get("/questions").text
    page = anna.get(f"/questions/{only(app).id}/edit").text
    assert re.search(rf'<option[^>]*selected[^>]*value="i{place.id}"', page)


def test_bad_input_keeps_what_was_typed(app: Flask, scene: Scene) -> None:
    anna = login(app.test_client(), scene.anna)
    good = {"text": "Wer fährt?", "owner": "", "due_on": ""}
    with inside(app):
        question = make_question(scene.group_profile())
    for url in (f"{scene.url}/questions", f"/questions/{question.id}"):
        for bad in (
            {"text": ""},
            {"text": "x" * 501},
            {"due_on": "bald"},
            {"due_on": "2027-02-30"},
            {"owner": "m999999"},
            {"owner": "x"},
        ):
            answer = post(anna, url, **good | bad)
            assert answer.status_code == 422, (url, bad)
            assert next(iter(bad.values())) in answer.text or "owner" in bad
    for bad in ("", " \n ", "x" * 5001):
        assert post(anna, f"/questions/{question.id}/answer", answer=bad).status_code == 422
    assert "x" * 5001 in post(anna, f"/questions/{question.id}/answer", answer="x" * 5001).text


def test_others_are_refused(app: Flask, client: FlaskClient, scene: Scene) -> None:
    with inside(app):
        question = make_question(scene.group_profile())
    stranger = login(app.test_client(), scene.stranger)
    for path in (f"{scene.url}/questions/new", f"/questions/{question.id}/edit", f"/questions/{question.id}/answer"):
        assert "/login" in client.get(path).location
        assert stranger.get(path).status_code == 403
    for path in (f"{scene.url}/questions", *(f"/questions/{question.id}{end}" for end in ("", "/answer", "/reopening"))):
        assert post(stranger, path, text="Meine", owner="", answer="Ja").status_code == 403
    anna = login(app.test_client(), scene.anna)
    for path in ("/questions/999999/edit", f"/labs/{scene.slug}/profiles/9/questions/new"):
        assert anna.get(path).status_code == 404


def test_the_list_of_the_city_is_filtered_and_paged(app: Flask, client: FlaskClient, scene: Scene) -> None:
    now = datetime.now(UTC)
    with inside(app):
        lab = make_lab(title="Generationen")
        other = make_profile(make_group(lab), Content("Leitfaden"))
        hidden = make_profile(make_group(lab, number=2), public=False)
        make_question(scene.group_profile(), HOSTILE)
        make_question(other, "Zu spät", due_on=now.date() - timedelta(days=2))
        make_question(other, "Geklärt", answer="Ja.", decided_at=now)
        make_question(hidden, "Nicht öffentlich")
    page = client.get("/questions").text
    assert "Zu spät" in page and "überfällig" in page and ">Geklärt<" not in page and "Nicht öffentlich" not in page
    assert "<script>alert" not in page and "2 Fragen" in page
    assert page.index("Zu spät") < page.index("alert(1)")
    assert "alert(1)" not in client.get("/questions?state=late").text
    assert "Geklärt" in client.get("/questions?state=answered").text and "1 Frage" in client.get("/questions?state=answered").text
    assert "3 Fragen" in client.get("/questions?state=all").text
    assert "2 Fragen" in client.get(f"/questions?state=all&lab={lab.slug}").text
    assert "Keine Frage gefunden" in client.get("/questions?lab=nirgends").text
    for nonsense in ("?state=x", "?page=9", "?lab=%00", "?page=x&lab=" + "y" * 300):
        assert client.get("/questions" + nonsense).status_code == 200
    with inside(app):
        for n in range(30):
            make_question(other, f"Frage {n}")
    page = client.get(f"/questions?lab={lab.slug}").text
    assert (
        "Seite 1 von 2" in page and f"lab={lab.slug}" in page and "Frage 29" in client.get(f"/questions?lab={lab.slug}&page=2").text
    )


def test_more_questions_cost_no_more_statements(app: Flask, client: FlaskClient, scene: Scene, statements) -> None:  # type: ignore[no-untyped-def]
    def asked(path: str) -> int:
        with statements() as counted:
            client.get(path)
        return len(counted)

    counts = []
    for more in (1, 18):
        with inside(app):
            lab = scene.group().lab
            for _ in range(more):
                owner = make_member(lab, listed=True)
                make_question(
                    scene.group_profile(),
                    owner_member_id=owner.id,
                    decided_by_id=owner.id,
                    decided_at=datetime.now(UTC),
                    answer="Ja",
                )
                make_question(
                    scene.group_profile(), owner_institution_id=put(Institution(name=f"Ort {owner.id}", kind="partner")).id
                )
        counts.append([asked("/questions?state=all"), asked(scene.url)])
    assert counts[0] == counts[1]


def test_whoever_decides_as_moderation_is_named_by_the_office(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        staff = make_account("moderator")
        lab = make_lab(created_by_id=staff.id)
        profile = make_profile(make_group(lab), Content("KI-Bus"))
        question = make_question(profile)
    person = login(app.test_client(), staff)
    assert post(person, f"/questions/{question.id}/answer", answer="Ja.").status_code == 303
    page = client.get(f"/labs/{lab.slug}/profiles/1").text
    assert "Moderation" in page and staff.display_name not in page


def test_what_is_written_down_twice_stands_once(app: Flask, scene: Scene) -> None:
    with inside(app):
        staff = make_account("moderator")
        for _ in range(2):
            actions.import_question(staff, scene.group_profile(), "Standort", now=datetime.now(UTC))
        question = db.session.scalars(select(OpenQuestion)).one()
        assert (question.owner_member_id, question.owner_institution_id, question.due_on) == (None, None, None)
