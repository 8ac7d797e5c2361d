"""The leaflet and the attendance sheet, read back."""

from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ideation.core.typeset import pdf
from ideation.handouts.queries import attendance, leaflet
from ideation.handouts.rules import Sitting
from ideation.labs.models import LabHost
from ideation.labs.queries import lab_or_404
from tests.cast import inside, make_account, make_idea, make_institution, make_lab, make_member, make_places, make_round, put
from tests.core.paper import joined, read, tags, text
from tests.visit import login


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    with inside(app):
        here = SimpleNamespace(
            moderator=make_account("moderator"), lead=make_account(), member=make_account(), person=make_account()
        )
        texts = {
            "title": "Offene Höfe",
            "long_title": "Höfe, die allen offen stehen",
            "problem": "Die **Höfe** sind zu.",
            "promise": "Der Rat antwortet.",
        }
        lab = make_lab(
            make_idea(make_round(here.moderator), status="in_lab"),
            slug="hoefe",
            status="inviting",
            questions=("Wer öffnet?", "Wann?"),
            **texts,
        )
        school, club = make_institution("Hochschule am Hafen"), make_institution("Verein der Höfe")
        make_member(lab, here.lead, role="facilitator", name="Leitung Verborgen")
        make_member(lab, here.member, name="Mitglied Verborgen", institution_id=school.id)
        make_member(lab, make_account(), name="Offen Genannt", listed=True, institution_id=school.id)
        make_places(lab, club, 3)
    return here


def test_a_leaflet_says_why_what_and_how_and_names_nobody(app: Flask, client: FlaskClient, scene: SimpleNamespace) -> None:
    answer = client.get("/labs/hoefe/invitation.pdf")
    assert answer.mimetype == "application/pdf" and "Set-Cookie" not in answer.headers
    document, told = read(answer.data), joined(answer.data)
    assert len(document.pages) == 1
    assert document.metadata.title == "Einladung ins Projektlabor: Offene Höfe" and document.trailer["/Root"]["/Lang"] == "de"
    for part in (
        "OffeneHöfe",
        "Höfe,dieallenoffenstehen",
        "DieHöfesindzu.",
        "Weröffnet?",
        "DerRatantwortet.",
        "/labs/hoefe",
        "„Mitarbeiten“",
    ):
        assert part in told
    assert "Verborgen" not in told and "Genannt" not in told
    assert "/Figure QR-Code zur Seite des Projektlabors" in tags(answer.data) and "/H1" in tags(answer.data)
    assert client.get("/labs/hoefe/invitation.pdf", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert "Guiding questions" in text(client.get("/en/labs/hoefe/invitation.pdf").data)
    assert client.get("/labs/nirgends/invitation.pdf").status_code == 404


def test_who_leads_the_meeting_has_all_names_and_members_those_who_agreed(
    app: Flask, client: FlaskClient, scene: SimpleNamespace
) -> None:
    assert client.get("/labs/hoefe/attendance.pdf").status_code == 302
    assert login(app.test_client(), scene.person).get("/labs/hoefe/attendance.pdf").status_code == 403
    sheets = {}
    for who in ("lead", "moderator", "member"):
        answer = login(app.test_client(), getattr(scene, who)).get("/labs/hoefe/attendance.pdf")
        assert answer.headers["Cache-Control"] == "no-store" and "/TH" in " ".join(tags(answer.data))
        sheets[who] = joined(answer.data)
    for who, told in sheets.items():
        assert told.count("VereinderHöfe") == 3 and told.count("HochschuleamHafen") == 2 and "OffenGenannt" in told
        assert ("MitgliedVerborgen" in told) == ("LeitungVerborgen" in told) == (who != "member")
        assert "Erwartetwerden6Personen." in told and "12" in told and "Unterschrift" in told


def test_meetings_stand_on_both_sheets(app: Flask, scene: SimpleNamespace) -> None:
    with app.test_request_context():
        lab, sitting = (
            lab_or_404("hoefe"),
            Sitting("1. Treffen", "Montag, 12. Mai 2025, 14:00 bis 17:00 Uhr", "Olpe 39, 44135 Dortmund"),
        )
        data = leaflet(lab, "Stadt", [sitting, Sitting("2. Treffen", "4. Juni 2025")])
        told = joined(pdf("handouts/leaflet.typ", data, language="de", title="Einladung"))
        assert "1.Treffen" in told and "14:00bis17:00Uhr" in told and "4.Juni2025" in told
        sheet = joined(pdf("handouts/attendance.typ", attendance(lab, "Stadt", sitting), language="de", title="Liste"))
        assert "1.Treffen" in sheet and "Olpe39,44135Dortmund" in sheet


def test_a_leaflet_stays_one_page_whatever_is_written(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        lab = make_lab(
            title="T" * 120, long_title="Langer Titel " * 23, problem="Ein Satz, der nicht endet. " * 370, aim="Ziel " * 2_000, promise="x" * 9_000,
            format="[Link](https://example.org/) " * 300, questions=("Wie können wir das so machen, dass es alle verstehen? " * 5,) * 10,
            period_text="Zeitraum " * 13, status="inviting",
        )  # fmt: skip
        for n in range(12):
            put(LabHost(lab_id=lab.id, institution_id=make_institution(f"{n} {'Institut für Nachbarschaft ' * 5}").id))
    assert len(read(client.get(f"/labs/{lab.slug}/invitation.pdf").data).pages) == 1
