import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ideation.core.db import db
from ideation.events.models import Event, Seat
from tests.cast import inside, make_account, make_event, make_round, make_seat
from tests.visit import body, links, login, mails, post


@pytest.fixture
def scene(app: Flask) -> Any:
    with inside(app):
        moderator, admin, other = make_account("moderator"), make_account("admin"), make_account("moderator")
        round_ = make_round(moderator, title="Sommerrunde")
        event = make_event(
            round_, seats=1, title="Stadtwerkstatt", street="Markt 1", postal_code="44137", city="Dortmund", access="Aufzug"
        )
    return SimpleNamespace(app=app, round=round_, event=event, moderator=moderator, admin=admin, other=other)


def form(**more: Any) -> dict[str, Any]:
    values = {
        "title": "Bürgerwerkstatt",
        "starts_at": "2027-06-01T18:00",
        "ends_at": "2027-06-01T20:00",
        "precision": "time",
        "lang": "de",
    }
    return {**values, **more}


def reserve(scene: Any, name: str, **more: Any) -> Any:
    place = f"/events/{scene.event.id}/seats"
    return post(scene.app.test_client(), place, form=f"{place}/new", name=name, email=f"{name}@example.org", **more)


def test_a_page_tells_when_where_how_to_get_in_and_how_many_seats_are_left(client: FlaskClient, scene: Any, at: Any) -> None:
    at("2027-01-04 12:00")
    with inside(scene.app):
        event = db.session.get_one(Event, scene.event.id)
        event.starts_at, event.seats_until = datetime(2027, 6, 1, 16, tzinfo=UTC), datetime(2027, 5, 30, 22, tzinfo=UTC)
        event.ends_at = event.over_at = datetime(2027, 6, 1, 18, tzinfo=UTC)
    page = client.get(f"/events/{scene.event.id}")
    for text in ("Dienstag, 1. Juni 2027, 18:00 bis 20:00 Uhr", "Markt 1", "44137 Dortmund", "Aufzug", "Noch 1 Platz frei", "Sommerrunde",
                 "Reservieren bis Sonntag, 30. Mai 2027, 24:00 Uhr", "Platz reservieren"):  # fmt: skip
        assert text in page.text, text
    assert "Set-Cookie" not in page.headers and "csrf_token" not in page.text
    english = client.get(f"/en/events/{scene.event.id}").text
    assert "Tuesday, 1 June 2027, 18:00" in english and "Uhr" not in english


def test_a_guest_without_an_account_gets_a_seat_by_mail_and_gives_it_up(client: FlaskClient, scene: Any) -> None:
    answer = reserve(scene, "anna")
    assert answer.status_code == 303 and answer.location == f"/events/{scene.event.id}/seats/sent"
    again = reserve(scene, "anna")
    second = reserve(scene, "berta")
    assert (again.status_code, again.location) == (second.status_code, second.location) == (answer.status_code, answer.location)
    assert "Wir haben Ihnen geschrieben." in client.get(answer.location).text
    mail = mails(scene.app, "anna@example.org")[0]
    assert "Ihr Platz bei „Stadtwerkstatt“ ist reserviert." in body(mail)
    link = links(mail)[-1]
    waiting = links(mails(scene.app, "berta@example.org")[0])[-1]
    page = client.get(link)
    assert "Ihr Platz ist reserviert." in page.text and "<svg" in page.text and page.headers["Cache-Control"] == "no-store"
    assert "Sie stehen auf Platz 1 der Warteliste." in client.get(waiting).text
    assert "<svg" not in re.sub("<svg class=.*?</svg>|<button.*?</button>", "", client.get(waiting).text.split("<main")[1])
    given = post(client, link, form=link)
    assert given.status_code == 303 and post(client, link, form="/login").status_code == 303
    assert "Dieser Platz ist abgesagt." in client.get(link).text
    assert "Ihr Platz ist reserviert." in client.get(waiting).text
    assert client.get("/seats/1-" + "0" * 32).status_code == client.get("/seats/x").status_code == 404


def test_a_seat_needs_a_name_and_an_address_and_keeps_what_was_typed(scene: Any) -> None:
    place = f"/events/{scene.event.id}/seats"
    answer = post(scene.app.test_client(), place, form=f"{place}/new", name="Änne <b>", email="keine")
    assert answer.status_code == 422
    assert "Änne &lt;b&gt;" in answer.text and "keine" in answer.text and "Bitte geben Sie eine E-Mail-Adresse an" in answer.text
    assert post(scene.app.test_client(), place, form=f"{place}/new", name="\u200b ", email="").status_code == 422
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_full_event_has_a_waiting_list_and_a_closed_one_says_since_when(client: FlaskClient, scene: Any) -> None:
    with inside(scene.app):
        make_seat(scene.event)
    assert "Auf die Warteliste" in client.get(f"/events/{scene.event.id}").text
    assert "Auf die Warteliste" in client.get(f"/events/{scene.event.id}/seats/new").text
    with inside(scene.app):
        db.session.get_one(Event, scene.event.id).seats_until = datetime.now(UTC)
    answer = client.get(f"/events/{scene.event.id}/seats/new")
    assert answer.status_code == 403 and "Plätze konnten bis" in answer.text
    assert "Plätze konnten bis" in client.get(f"/events/{scene.event.id}").text


def test_the_list_shows_what_comes_and_what_was_of_one_round_too(client: FlaskClient, scene: Any) -> None:
    with inside(scene.app):
        make_event(title="Früher", days=-9)
        make_event(make_round(scene.moderator, status="draft", published_at=None), title="Geheim")
        make_event(title="Ohne Runde")
    coming, past = client.get("/events").text, client.get("/events?when=past").text
    assert "Stadtwerkstatt" in coming and "Ohne Runde" in coming and "Früher" not in coming and "Geheim" not in coming + past
    assert "Früher" in past and "Stadtwerkstatt" not in past
    own = client.get(f"/events?round={scene.round.slug}").text
    assert "Stadtwerkstatt" in own and "Ohne Runde" not in own
    assert "Stadtwerkstatt" in client.get("/").text and "Geheim" not in client.get("/").text
    assert "Stadtwerkstatt" in client.get(f"/rounds/{scene.round.slug}").text
    assert client.get("/events?round=nirgends").status_code == 404


def test_what_belongs_to_a_draft_is_there_for_its_moderators_only(client: FlaskClient, scene: Any) -> None:
    with inside(scene.app):
        event = make_event(make_round(scene.moderator, status="draft", published_at=None), seats=3)
    for path in (f"/events/{event.id}", f"/events/{event.id}/seats/new", f"/events/{event.id}/seats/sent"):
        assert client.get(path).status_code == 404, path
        assert login(scene.app.test_client(), scene.other).get(path).status_code == 404
        assert login(scene.app.test_client(), scene.moderator).get(path).status_code == 200


def test_a_moderator_plans_an_event_for_the_own_round(scene: Any) -> None:
    staff = login(scene.app.test_client(), scene.moderator)
    answer = post(staff, "/manage/events", form="/manage/events/new", **form(
        round=scene.round.slug, agenda="18:00 Ankommen\nReden", takes_seats="y", seats="30", seats_until="2027-05-30",
        online_url="https://example.org/raum", description="**Kommen** Sie."))  # fmt: skip
    assert answer.status_code == 303
    page = staff.get(answer.location)
    for text in (
        "Bürgerwerkstatt",
        "<time>18:00</time> Ankommen",
        "Sommerrunde",
        "Noch 30 Plätze frei",
        "<strong>Kommen</strong>",
        "https://example.org/raum",
    ):
        assert text in page.text, text
    edit = answer.location.replace("/events", "/manage/events") + "/edit"
    shown = staff.get(edit).text
    assert 'value="2027-06-01T18:00"' in shown and "18:00 Ankommen\nReden" in shown
    changed = post(
        staff, edit.removesuffix("/edit"), form=edit, **form(title="Neuer Titel", precision="day", starts_at="2027-06-01")
    )
    assert changed.status_code == 303 and "1. Juni 2027" in staff.get(answer.location).text


def test_only_admins_plan_events_of_no_round_and_nobody_those_of_others(scene: Any) -> None:
    admin, staff = login(scene.app.test_client(), scene.admin), login(scene.app.test_client(), scene.moderator)
    assert post(admin, "/manage/events", form="/manage/events/new", **form(round="")).status_code == 303
    assert post(staff, "/manage/events", form="/manage/events/new", **form(round="")).status_code == 422
    other = login(scene.app.test_client(), scene.other)
    assert post(other, "/manage/events", form="/manage/events/new", **form(round=scene.round.slug)).status_code == 422
    for way in ("edit", "seats", "door", "minutes", "cancellation"):
        assert other.get(f"/manage/events/{scene.event.id}/{way}").status_code == 403, way
        assert staff.get(f"/manage/events/{scene.event.id}/{way}").status_code == 200, way
    assert "Stadtwerkstatt" in staff.get("/manage/events").text and "Stadtwerkstatt" not in other.get("/manage/events").text


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"ends_at": "2027-06-01T17:59"}, "ends_at", "Das Ende liegt vor dem Anfang."),
        ({"starts_at": "2027-03-28T02:30", "ends_at": ""}, "starts_at", "Diese Uhrzeit gibt es an dem Tag nicht"),
        ({"ends_at": "2028-03-26T02:15"}, "ends_at", "Diese Uhrzeit gibt es an dem Tag nicht"),
        ({"starts_at": ""}, "starts_at", "wann die Veranstaltung beginnt"),
        ({"title": ""}, "title", "einen Titel"),
        ({"online_url": "javascript:alert(1)"}, "online_url", "mit https:// beginnt"),
        ({"takes_seats": "y", "seats": "0"}, "seats", "von 1 bis 100.000"),
        ({"seats": "5"}, "seats", "reservieren kann"),
        ({"agenda": "\n".join(f"{n}" for n in range(41))}, "agenda", "40 Punkte"),
        ({"takes_seats": "y", "seats_until": "2027-07-01T10:00"}, "seats_until", "nach dem Ende"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_a_sentence_at_the_field(scene: Any, wrong: dict[str, str], field: str, sentence: str) -> None:
    staff = login(scene.app.test_client(), scene.moderator)
    for path, page in (
        ("/manage/events", "/manage/events/new"),
        (f"/manage/events/{scene.event.id}", f"/manage/events/{scene.event.id}/edit"),
    ):
        answer = post(staff, path, form=page, **form(**{"round": scene.round.slug, "place": "Ein Ort <&>", **wrong}))
        assert answer.status_code == 422
        assert sentence in answer.text and f'id="{field}-error"' in answer.text and "Ein Ort &lt;&amp;&gt;" in answer.text


def test_the_door_finds_by_name_and_code_and_checks_in_once(scene: Any) -> None:
    with inside(scene.app):
        seat = make_seat(scene.event, name="Özlem Ä.", name_key="ozlem a.", code="ABCD2345")
        make_seat(scene.event, name="Bernd", name_key="bernd")
        waits = make_seat(scene.event, "waiting")
    staff = login(scene.app.test_client(), scene.moderator)
    door = f"/manage/events/{scene.event.id}/door"
    for q in ("özl", "OZLEM", "abcd-2345", "ABCD"):
        assert "Özlem" in staff.get(f"{door}?q={q}").text and "Bernd" not in staff.get(f"{door}?q={q}").text, q
    assert "Niemand gefunden" in staff.get(f"{door}?q=%25").text
    here = staff.get("/manage/seats/abcd-2345").text
    assert "Einchecken" in here and "Platz wegnehmen" in here
    for _ in range(2):
        assert post(staff, "/manage/seats/ABCD2345", here="yes").status_code == 303
        with scene.app.app_context():
            first = db.session.get_one(Seat, seat.id).checked_in_at
        assert first is not None
    assert "Einchecken" not in staff.get("/manage/seats/ABCD2345").text
    assert "1 von 2 sind da." in staff.get(door).text
    back = post(staff, "/manage/seats/ABCD2345", here="no", back="door", q="özl")
    assert back.location.startswith(door) and "0 von 2 sind da." in staff.get(door).text
    refused = post(staff, f"/manage/seats/{waits.code}", here="yes")
    assert refused.status_code == 403 and "Warteliste" in refused.text
    other = login(scene.app.test_client(), scene.other)
    assert other.get("/manage/seats/ABCD2345").status_code == 403
    assert post(other, "/manage/seats/ABCD2345", here="yes").status_code == 403
    assert scene.app.test_client().get("/manage/seats/ABCD2345").location.endswith("/login?next=/manage/seats/ABCD2345")
    assert post(staff, "/manage/seats/ABCD2345/removal").status_code == 303
    assert "Özlem" not in staff.get(f"/manage/events/{scene.event.id}/seats").text


def test_calling_off_needs_a_reason_and_stands_on_the_page(client: FlaskClient, scene: Any) -> None:
    staff, way = login(scene.app.test_client(), scene.moderator), f"/manage/events/{scene.event.id}/cancellation"
    assert post(staff, way, form=way, reason=" ").status_code == 422
    reserve(scene, "anna")
    assert post(staff, way, form=way, reason="Der Saal ist <überflutet>.").status_code == 303
    page = client.get(f"/events/{scene.event.id}").text
    assert (
        "Diese Veranstaltung ist abgesagt." in page
        and "Der Saal ist &lt;überflutet&gt;." in page
        and "Platz reservieren" not in page
    )
    assert "Der Saal ist <überflutet>." in body(mails(scene.app, "anna@example.org")[-1])
    assert client.get(f"/events/{scene.event.id}/seats/new").status_code == 403
    assert "Stadtwerkstatt" not in client.get("/").text


def test_minutes_are_public_when_they_are_published(client: FlaskClient, scene: Any) -> None:
    staff, way = login(scene.app.test_client(), scene.moderator), f"/manage/events/{scene.event.id}/minutes"
    assert post(staff, way, form=way, minutes="**Beschluss**", intent="save").status_code == 303
    assert "Beschluss" not in client.get(f"/events/{scene.event.id}").text
    assert post(staff, way, form=way, minutes="", intent="publish").status_code == 422
    assert post(staff, way, form=way, minutes="**Beschluss**", intent="publish").status_code == 303
    assert "<strong>Beschluss</strong>" in client.get(f"/events/{scene.event.id}").text


def test_a_known_period_is_told_in_its_words_and_nothing_else(client: FlaskClient, app: Flask) -> None:
    start = datetime(2023, 12, 31, 23, tzinfo=UTC)
    with inside(app):
        values = {"starts_at": start, "ends_at": None, "over_at": start + timedelta(days=366), "precision": "year", "place": ""}
        event = make_event(period_text="Frühjahr 2024", **values)
        bare = make_event(**values)
    page = client.get(f"/events/{event.id}").text
    assert "Frühjahr 2024" in page and "Januar" not in page and ".ics" not in page and "Uhr" not in page.split("<main")[1]
    assert ">2024<" in client.get(f"/events/{bare.id}").text
