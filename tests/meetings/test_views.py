from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select

from ideation.core.db import db
from ideation.events.models import Event
from ideation.meetings.models import Agreement, Attendance, Meeting
from ideation.profiles.models import ProfileVersion
from tests.cast import inside, make_account, make_group, make_idea, make_lab, make_member, make_profile, make_round
from tests.visit import body, login, mails, post

BEFORE = {"starts_at": "2026-05-12T14:00", "ends_at": "2026-05-12T17:00", "place": "Rathaus", "lang": "de"}
WHEN = {"starts_at": "2027-05-12T14:00", "ends_at": "2027-05-12T17:00", "place": "Rathaus", "city": "Dortmund", "lang": "de"}


@pytest.fixture
def cast(app: Flask) -> Any:
    class Cast:
        pass

    cast = Cast()
    with inside(app):
        cast.leader, cast.writer, cast.stranger = (make_account() for _ in range(3))
        cast.moderator, cast.elsewhere = make_account("moderator"), make_account("moderator")
        cast.lab = make_lab(make_idea(make_round(cast.moderator)), title="Task-Force KI", created_by_id=cast.moderator.id)
        make_member(cast.lab, cast.leader, name="Laborbegleitung Eins", role="facilitator")
        cast.member = make_member(cast.lab, cast.writer, name="Ahorn Sieben")
        cast.profile = make_profile(make_group(cast.lab, cast.member))
    cast.here = f"/labs/{cast.lab.slug}/meetings"
    return cast


def signed_in(app: Flask, account: Any) -> FlaskClient:
    return login(app.test_client(), account)


def counts(app: Flask, *nouns: Any) -> list[int]:
    with app.app_context():
        return [db.session.scalar(select(func.count()).select_from(noun)) or 0 for noun in nouns]


def test_the_laborbegleitung_plans_a_series_and_everybody_reads_it(app: Flask, cast: Any) -> None:
    leader, visitor = signed_in(app, cast.leader), app.test_client()
    assert "Noch kein Treffen geplant" in leader.get(cast.here).text
    first = post(leader, cast.here, number=1, **WHEN)
    assert first.status_code == 303 and first.location.endswith("/meetings/1")
    # The same form again is the same meeting.
    assert post(leader, cast.here, number=1, **WHEN).status_code == 303 and counts(app, Meeting) == [1]
    proposed = leader.get(f"{cast.here}/new").text
    assert 'value="2027-06-09T14:00"' in proposed and 'value="Rathaus"' in proposed
    more = {**WHEN, "starts_at": "2027-06-09T14:00", "ends_at": "2027-06-09T17:00", "optional": "y"}
    assert post(leader, cast.here, number=2, condition="wenn noch etwas offen ist", **more, htmx=True).status_code < 400
    assert any("ist ein Treffen geplant" in body(mail) for mail in mails(app, cast.writer.email))
    page = visitor.get(f"/labs/{cast.lab.slug}").text
    assert "Mittwoch, 12. Mai 2027, 14:00" in page and "Rathaus" in page
    assert "meetings__one--optional" in page and "wenn noch etwas offen ist" in page
    calendar = visitor.get(f"/labs/{cast.lab.slug}/calendar.ics").text
    assert calendar.count("BEGIN:VEVENT") == 2 and "Task-Force KI: 1. Treffen" in calendar
    # After an optional one comes none.
    refused = post(leader, cast.here, number=3, **{**WHEN, "starts_at": "2027-07-01T14:00", "ends_at": "2027-07-01T17:00"})
    assert refused.status_code == 422 and "Machen Sie es zuerst fest" in refused.text and 'value="Rathaus"' in refused.text
    assert post(leader, f"{cast.here}/2", **{**more, "optional": ""}, condition="").status_code == 303
    assert "meetings__one--optional" not in visitor.get(f"/labs/{cast.lab.slug}").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"ends_at": "2027-05-12T13:00"}, "Das Ende liegt vor dem Anfang"),
        ({"starts_at": "2027-03-28T02:30", "ends_at": "2027-03-28T05:00"}, "gibt es"),
        ({"starts_at": ""}, "wann die Veranstaltung beginnt"),
        ({"condition": "wenn"}, "nur bei einem optionalen Treffen"),
    ],
)
def test_a_wrong_time_is_a_sentence_at_the_field(app: Flask, cast: Any, fields: dict[str, str], sentence: str) -> None:
    answer = post(signed_in(app, cast.leader), cast.here, number=1, **{**WHEN, **fields})
    assert answer.status_code == 422 and sentence in answer.text and 'value="Rathaus"' in answer.text
    assert counts(app, Meeting) == [0]


def test_only_those_of_the_lab_read_the_working_pages_and_only_who_leads_it_plans(app: Flask, cast: Any) -> None:
    post(signed_in(app, cast.leader), cast.here, number=1, **WHEN)
    reading, leading = ("", "/1"), ("/new", "/1/edit", "/1/cancellation", "/1/attendance", "/1/minutes")
    for person, reads, leads in (
        (cast.moderator, 200, 200), (cast.writer, 200, 403), (cast.stranger, 403, 403), (cast.elsewhere, 403, 403),
    ):  # fmt: skip
        client = signed_in(app, person)
        assert {client.get(cast.here + path).status_code for path in reading} == {reads}
        assert {client.get(cast.here + path).status_code for path in leading} == {leads}
        if leads == 403:
            for path in ("", "/1", "/1/cancellation", "/1/attendance", "/1/minutes"):
                assert post(client, cast.here + path, reason="Darum", **WHEN).status_code == 403
    assert app.test_client().get(cast.here).status_code == 302
    assert signed_in(app, cast.leader).get(f"{cast.here}/9").status_code == 404
    assert counts(app, Meeting) == [1]


def test_who_was_there_is_for_the_lab_and_the_number_for_everybody(app: Flask, cast: Any) -> None:
    leader, visitor = signed_in(app, cast.leader), app.test_client()
    post(leader, cast.here, number=1, **BEFORE)
    here = f"{cast.here}/1/attendance"
    assert "Ahorn Sieben" in leader.get(here).text
    assert post(leader, here, members=[cast.member.id], others="-1").status_code == 422
    assert [post(leader, here, members=[cast.member.id], others="4").status_code for _ in range(2)] == [303, 303]
    assert counts(app, Attendance) == [1]
    assert "5 Personen waren da: Ahorn Sieben und 4 weitere Personen" in " ".join(
        signed_in(app, cast.writer).get(f"{cast.here}/1").text.split()
    )
    page = visitor.get(f"/labs/{cast.lab.slug}").text
    assert "5 Personen waren da" in page and "Ahorn Sieben" not in page
    post(leader, cast.here, number=2, **WHEN)
    early = post(leader, f"{cast.here}/2/attendance", others="3")
    assert early.status_code == 422 and "noch nicht begonnen" in early.text
    with inside(app):
        foreign = make_member(make_lab(make_idea(make_round())))
    assert post(leader, here, members=[foreign.id], others="0").status_code == 422
    assert counts(app, Attendance) == [1]


def test_what_was_agreed_goes_into_a_profile_once(app: Flask, cast: Any) -> None:
    leader, writer = signed_in(app, cast.leader), signed_in(app, cast.writer)
    post(leader, cast.here, number=1, **WHEN)
    here = f"{cast.here}/1"
    kept = post(
        leader,
        f"{here}/minutes",
        minutes="Wir sprachen über **Busse**.",
        agreements="Bus mieten\nBus  mieten\nFahrplan machen",
        intent="save",
    )
    assert kept.status_code == 303
    with app.app_context():
        first = db.session.scalars(select(Agreement).order_by(Agreement.position)).first()
        event = db.session.scalars(select(Meeting)).one().event_id
    assert "Busse" not in app.test_client().get(f"/events/{event}").text
    assert post(writer, f"{here}/agreements/{first.id}/profile", group=1, field="motto").status_code == 422
    assert post(writer, f"{here}/agreements/{first.id}/profile", group=7, field="first_steps").status_code == 422
    assert (
        post(signed_in(app, cast.stranger), f"{here}/agreements/{first.id}/profile", group=1, field="first_steps").status_code
        == 403
    )
    done = [post(writer, f"{here}/agreements/{first.id}/profile", group=1, field="first_steps").status_code for _ in range(2)]
    assert done == [303, 303]
    with app.app_context():
        versions = db.session.scalars(select(ProfileVersion).order_by(ProfileVersion.number)).all()
        assert [list(version.first_steps) for version in versions] == [[], ["Bus mieten"]]
    assert "Steht im Projektsteckbrief" in writer.get(here).text
    # What stands in a profile stays, the rest follows the minutes; publishing shows them to everybody.
    again = post(leader, f"{here}/minutes", minutes="Wir sprachen über **Busse**.", agreements="Termin finden", intent="publish")
    page = app.test_client().get(f"/events/{event}").text
    assert again.status_code == 303 and "Busse" in page and "Termin finden" in page and "Es kommen seine Mitglieder" in page
    with app.app_context():
        assert set(db.session.scalars(select(Agreement.text))) == {"Bus mieten", "Termin finden"}
    assert post(leader, f"{here}/minutes", minutes="", agreements="", intent="publish").status_code == 422
    long = post(leader, f"{here}/minutes", minutes="Text", agreements="x" * 301, intent="save")
    assert long.status_code == 422 and "höchstens 300 Zeichen" in long.text


def test_a_meeting_that_is_called_off_keeps_its_number(app: Flask, cast: Any) -> None:
    leader = signed_in(app, cast.leader)
    post(leader, cast.here, number=1, **WHEN)
    assert post(leader, f"{cast.here}/1/cancellation", reason="").status_code == 422
    assert post(leader, f"{cast.here}/1/cancellation", reason="Der Raum ist gesperrt.").status_code == 303
    assert "abgesagt" in app.test_client().get(f"/labs/{cast.lab.slug}").text
    assert leader.get(f"{cast.here}/1/attendance").status_code == 403
    assert post(
        leader, cast.here, number=2, **{**WHEN, "starts_at": "2027-05-20T14:00", "ends_at": "2027-05-20T17:00"}
    ).location.endswith("/2")


def test_the_sheets_say_when_the_meetings_are(app: Flask, cast: Any) -> None:
    leader = signed_in(app, cast.leader)
    post(leader, cast.here, number=1, **WHEN)
    assert "1. Treffen (PDF)" in leader.get(f"/labs/{cast.lab.slug}/handouts").text
    for address in ("invitation.pdf", "attendance.pdf?meeting=1"):
        document = PdfReader(BytesIO(leader.get(f"/labs/{cast.lab.slug}/{address}").data))
        text = " ".join("".join(page.extract_text() for page in document.pages).split())
        assert "12. Mai 2027" in text and "Rathaus" in text, address
    assert leader.get(f"/labs/{cast.lab.slug}/attendance.pdf?meeting=9").status_code == 200


def test_two_who_plan_the_next_one_at_once_lose_nothing(app: Flask, cast: Any) -> None:
    leader = signed_in(app, cast.leader)
    post(leader, cast.here, number=1, **WHEN)
    other = {**WHEN, "starts_at": "2027-06-01T10:00", "ends_at": "2027-06-01T12:00", "place": "Bibliothek"}
    answer = post(leader, cast.here, number=1, **other)
    assert answer.status_code == 422 and "gerade jemand anderes geplant" in answer.text and 'value="Bibliothek"' in answer.text
    assert post(leader, cast.here, number=10**30, **other).location.endswith("/2")
    assert "2. Treffen" in leader.get(f"{cast.here}/2").text
    with app.app_context():
        assert db.session.scalars(select(Event.title).order_by(Event.id)).all()[-1].endswith("2. Treffen")


def test_who_left_stays_among_those_who_were_there(app: Flask, cast: Any) -> None:
    leader, here = signed_in(app, cast.leader), f"{cast.here}/1/attendance"
    post(leader, cast.here, number=1, **BEFORE)
    post(leader, here, members=[cast.member.id], others="1")
    with inside(app):
        db.session.merge(cast.member).left_at = db.session.merge(cast.member).joined_at
    assert post(leader, here, others="2").status_code == 303
    assert "3 Personen waren da" in app.test_client().get(f"/labs/{cast.lab.slug}").text


def test_an_edit_leaves_what_it_does_not_ask(app: Flask, cast: Any) -> None:
    leader = signed_in(app, cast.leader)
    post(leader, cast.here, number=1, **WHEN)
    with inside(app):
        event = db.session.scalars(select(Event)).one()
        event.takes_seats, event.seats = True, 2
    assert post(leader, f"{cast.here}/1", **{**WHEN, "place": "Bibliothek"}).status_code == 303
    with app.app_context():
        event = db.session.scalars(select(Event)).one()
        assert (event.takes_seats, event.seats, event.place) == (True, 2, "Bibliothek")
