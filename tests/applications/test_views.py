""" "Partner werden": from the form to the entry in the directory, or to a reason."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ideation.applications.models import Application
from ideation.core.db import db
from ideation.institutions.queries import institution_called, institution_or_404
from tests.cast import inside, make_account, make_application, make_institution
from tests.visit import body, login, mails, post

FORM = "/institutions/applications/new"
SAYS = {
    "name": "Verein für Höfe",
    "sector": "civil_society",
    "lang": "de",
    "offer": "Schlüssel zu **Höfen**",
    "contact_office": "Vorstandsbüro",
}


def send(client: FlaskClient, **more: str) -> str:
    answer = post(client, "/institutions/applications", form=FORM, **{**SAYS, **more})
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_from_the_form_to_the_entry(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        person, moderator = make_account(name="Linde"), make_account("moderator")
    asked = client.get(FORM)
    assert asked.status_code == 302 and "/login" in asked.location and "Set-Cookie" not in client.get("/institutions").headers
    applicant, staff = login(app.test_client(), person), login(app.test_client(), moderator)
    assert "Noch keine Anfrage" in applicant.get("/institutions/applications").text
    for field, typed in (("name", ""), ("website", "www.hof.example"), ("contact_email", "x"), ("sector", "weltraum")):
        wrong = post(applicant, "/institutions/applications", form=FORM, **{**SAYS, field: typed})
        assert wrong.status_code == 422 and "Schlüssel zu **Höfen**" in wrong.text, field
    path = send(applicant)
    assert send(applicant, name="verein FÜR höfe") == path
    assert "wird geprüft" in applicant.get(path).text and "Verein für Höfe" not in client.get("/institutions").text
    assert "1 Anfrage wartet" in staff.get("/manage/").text
    number = path.rpartition("/")[2]
    waiting, decide = staff.get("/manage/applications").text, f"/manage/applications/{number}"
    assert "Verein für Höfe" in waiting and "Linde" in staff.get(decide).text and "<strong>Höfen</strong>" in staff.get(decide).text
    refused = post(staff, f"{decide}/acceptance", existing="Niemand")
    assert refused.status_code == 422 and "kennen wir nicht" in refused.text
    done = post(staff, f"{decide}/acceptance", htmx=True)
    entry = done.headers["HX-Redirect"]
    page = client.get(entry).text
    for told in ("Verein für Höfe", "Zivilgesellschaft", "<strong>Höfen</strong>", "Vorstandsbüro"):
        assert told in page
    assert "Verein für Höfe" in client.get("/institutions").text
    assert entry in applicant.get(path).text and "angenommen" in applicant.get("/institutions/applications").text
    assert "Ihre Anfrage ist angenommen" in applicant.get("/account/messages").text
    (mail,) = mails(app, person.email)
    assert "steht jetzt im Verzeichnis" in body(mail) and path in body(mail) and "weil Sie die Anfrage gestellt haben" in body(mail)
    for again in ("acceptance", "refusal"):
        assert post(staff, f"{decide}/{again}", reason="Doch nicht.").status_code == 403
    assert "Verein für Höfe" in staff.get("/manage/applications?decided=1").text and "Annehmen" not in staff.get(decide).text


def test_who_is_declined_reads_why(app: Flask) -> None:
    with inside(app):
        person, moderator = make_account(), make_account("moderator")
        application = make_application(person, "Firma")
    applicant, staff = login(app.test_client(), person), login(app.test_client(), moderator)
    decide = f"/manage/applications/{application.id}"
    for reason in ("", "  "):
        wrong = post(staff, f"{decide}/refusal", reason=reason)
        assert wrong.status_code == 422 and "Bitte begründen Sie" in wrong.text
    assert post(staff, f"{decide}/refusal", reason="Bitte <b>ohne</b> Werbung.").status_code == 303
    page = applicant.get(f"/institutions/applications/{application.id}").text
    assert "abgelehnt" in page and "Bitte &lt;b&gt;ohne&lt;/b&gt; Werbung." in page
    assert "Bitte &lt;b&gt;ohne&lt;/b&gt; Werbung." in applicant.get("/account/messages").text
    assert "ohne</b> Werbung" in body(mails(app, person.email)[0])
    assert "Firma" in applicant.get(FORM.removesuffix("/new")).text and applicant.get(FORM).status_code == 200


def test_an_entry_that_is_there_is_completed_and_found_by_the_name_that_was_asked_for(app: Flask) -> None:
    with inside(app):
        person, moderator = make_account(), make_account("moderator")
        known = make_institution("IHK zu Dortmund", aliases=("IHK",), about="Die Kammer.", contact_email="ihk@example.org")
        first = make_application(
            person, "Industrie- und Handelskammer", offer="Beratung", sector="associations", contact_office="Empfang"
        )
        second = make_application(person, "ihk ZU dortmund", website="https://ihk.example")
    staff = login(app.test_client(), moderator)
    taken = post(staff, f"/manage/applications/{second.id}/acceptance")
    assert taken.status_code == 422 and "steht schon im Verzeichnis" in taken.text
    assert 'value="IHK zu Dortmund"' in staff.get(f"/manage/applications/{second.id}").text
    for application in (first, second):
        accepted = post(staff, f"/manage/applications/{application.id}/acceptance", existing="ihk")
        assert accepted.location == f"/institutions/{known.id}"
    with inside(app):
        entry = institution_or_404(known.id)
        assert entry.aliases == ["IHK", "Industrie- und Handelskammer"]
        assert (entry.about, entry.offer, entry.sector, entry.website) == ("Die Kammer.", "", "associations", "https://ihk.example")
        assert (entry.contact_office, entry.contact_email) == ("", "ihk@example.org")
        assert institution_called("industrie- und handelskammer") is not None


def test_only_the_applicant_sees_and_withdraws_it_and_nobody_decides_the_own(app: Flask) -> None:
    with inside(app):
        person, other, moderator = make_account(), make_account(), make_account("moderator")
        application, own = make_application(person), make_application(moderator)
        for _ in range(3):
            make_application(person)
    applicant, stranger, staff = (login(app.test_client(), who) for who in (person, other, moderator))
    path = f"/institutions/applications/{application.id}"
    assert stranger.get(path).status_code == 404 and post(stranger, f"{path}/withdrawal").status_code == 404
    assert staff.get(path).status_code == 404
    assert post(staff, f"/manage/applications/{own.id}/acceptance").status_code == 403
    assert "selbst gestellt" in staff.get(f"/manage/applications/{own.id}").text
    assert post(stranger, f"/manage/applications/{application.id}/acceptance").status_code == 403
    fifth = send(applicant, name="Der fünfte")
    assert "Bitte warten Sie diese ab" in applicant.get(FORM).text
    late = post(applicant, "/institutions/applications", form="/account", **{**SAYS, "name": "Der sechste"})
    assert late.status_code == 403
    for _ in range(2):
        assert post(applicant, f"{fifth}/withdrawal").status_code == 303
    assert "zurückgezogen" in applicant.get(fifth).text
    gone = fifth.rpartition("/")[2]
    assert post(staff, f"/manage/applications/{gone}/acceptance").status_code == 403
    send(applicant, name="Der sechste")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Application)) == 7
