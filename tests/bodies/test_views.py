"""Bodies and their members: read by everybody, tended by the moderation."""

from collections.abc import Callable
from datetime import datetime

from flask import Flask
from flask.testing import FlaskClient

from tests.cast import inside, make_account, make_body, make_institution
from tests.visit import login, post

HOSTILE = "<script>alert(1)</script>" + "Donaudampfschifffahrt" * 4


def test_a_body_with_members_and_terms(app: Flask, client: FlaskClient, at: Callable[[str], datetime]) -> None:
    at("2026-11-28 12:00")
    with inside(app):
        moderator, participant = make_account("moderator"), make_account()
        chamber, city = make_institution("IHK zu Dortmund", aliases=("IHK",)), make_institution("Stadt Dortmund")
    staff, other = login(app.test_client(), moderator), login(app.test_client(), participant)
    assert "Noch kein Gremium" in client.get("/bodies").text
    made = post(staff, "/manage/bodies", name="Beirat", purpose="Er **berät**.", lang="de")
    assert made.status_code == 303
    path = made.location.removesuffix("/edit")
    page = path.removeprefix("/manage")
    for name, sentence in (("beirat", "gibt es schon"), ("", "Name des Gremiums"), ("x" * 161, "kürzen")):
        wrong = post(staff, "/manage/bodies", name=name, purpose="Bleibt stehen", lang="de")
        assert wrong.status_code == 422 and sentence in wrong.text and "Bleibt stehen" in wrong.text
    seat = {"institution": "ihk", "office": "Vorsitz", "begins": "3.2024", "ends": ""}
    wrong_seats = {"institution": "Niemand", "begins": "bald", "ends": "2023", "office": "x" * 161}
    for field, typed in wrong_seats.items():
        wrong = post(staff, f"{path}/seats", **{**seat, field: typed})
        assert wrong.status_code == 422 and typed in wrong.text, field
    for ends in ("", "2027"):
        assert post(staff, f"{path}/seats", **{**seat, "ends": ends}).status_code == 303
    post(staff, f"{path}/seats", institution="Stadt Dortmund", office=HOSTILE, begins="2020", ends="2025")
    post(staff, f"{path}/seats", institution="Stadt Dortmund", office="", begins="", ends="", htmx=True)
    shown = client.get(page).text
    for told in ("Beirat", "<strong>berät</strong>", "von März 2024 bis 2027", "Frühere Mitglieder", "von 2020 bis 2025"):
        assert told in shown, told
    assert "<script>alert" not in shown and shown.count("IHK zu Dortmund") == 1 and "None" not in shown
    assert shown.index("Frühere") > shown.index("IHK zu Dortmund")
    assert "3 Sitze" in client.get("/bodies").text
    assert "Vorsitz" in client.get(f"/institutions/{chamber.id}").text and "bis 2025" in client.get(f"/institutions/{city.id}").text
    assert "Mitglieder" in post(staff, f"{path}/removal").text
    assert post(staff, path, name="Lenkungskreis", purpose="", lang="de").status_code == 303
    assert "Lenkungskreis" in client.get(page).text
    for act in (path, f"{path}/seats", f"{path}/removal", f"{path}/seats/1/removal"):
        assert post(other, act, **seat, name="Fremd", lang="de").status_code == 403
    assert post(staff, path, name="", purpose="Bleibt", lang="de").status_code == 422
    assert post(staff, f"{path}/seats/999/removal").status_code == 404 and client.get("/bodies/999").status_code == 404


def test_a_seat_and_an_empty_body_can_be_removed(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        moderator, institution = make_account("moderator"), make_institution()
        body = make_body(institution, name="Jury")
        path, seat = f"/manage/bodies/{body.id}", 1
    staff = login(app.test_client(), moderator)
    refused = post(staff, f"{path}/removal")
    assert refused.status_code == 422 and "noch Mitglieder" in refused.text
    edit = staff.get(f"{path}/edit").text
    seat = int(edit.partition("/seats/")[2].partition("/")[0])
    assert post(staff, f"{path}/seats/{seat}/removal").status_code == 303
    assert post(staff, f"{path}/seats/{seat}/removal").status_code == 404
    assert "Zurzeit ist niemand eingetragen" in client.get(f"/bodies/{body.id}").text
    assert post(staff, f"{path}/removal").status_code == 303
    assert client.get(f"/bodies/{body.id}").status_code == 404
