"""The directory, the page of an institution, and the pages on which the moderation tends them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ideation.bodies.models import Seat
from ideation.core.db import db
from ideation.ideas.models import IdeaAuthor
from ideation.institutions.models import Institution
from ideation.institutions.rules import Since
from ideation.labs.models import LabHost
from ideation.rounds.models import RoundHost
from tests.cast import inside, make_account, make_application, make_body, make_idea, make_institution, make_lab, make_round, put
from tests.visit import login, post

HOSTILE = "<script>alert(1)</script> \u202e" + "Donaudampfschifffahrt" * 6
SAYS = {"kind": "partner", "sector": "", "lang": "de"}


def test_a_directory_of_170_is_paged_searched_and_filtered_within_its_limits(
    app: Flask, client: FlaskClient, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with inside(app):
        assert "Noch keine Institution" in client.get("/institutions").text
        for n in range(10):
            make_institution(f"Institution {n:03}", aliases=(f"I{n:03}",), offer="Ein Saal mit Bühne. " * 20)

    def cost(path: str) -> int:
        with statements() as seen:
            answer = client.get(path)
        assert answer.status_code == 200 and len(answer.data) < 60_000
        return len(seen)

    few = [cost(path) for path in ("/institutions", "/institutions?q=saal", "/institutions?sector=culture")]
    with inside(app):
        for n in range(10, 170):
            make_institution(
                f"Institution {n:03}", aliases=(f"I{n:03}", f"Kurz {n:03}"), offer="Ein Saal mit Bühne. " * 20,
                sector="culture" if n % 5 == 0 else None, kind="office" if n % 2 else "partner", since=Since(date(2016, 12, 1), "month"),
            )  # fmt: skip
    many = [cost(path) for path in ("/institutions", "/institutions?q=saal", "/institutions?sector=culture")]
    assert many[:2] == few[:2] and max(many) <= 8
    first, last = client.get("/institutions").text, client.get("/institutions?page=9").text
    assert (
        "170 Institutionen" in first and "Institution 019" in first and "Institution 020" not in first and "Seite 1 von 9" in first
    )
    assert "Institution 169" in last and "Partner seit Dezember 2016" in last
    narrowed = client.get("/institutions?q=buhne&sector=culture&kind=office&page=1").text
    assert "16 Institutionen" in narrowed and "Institution 015" in narrowed and "Institution 010" not in narrowed
    assert 'href="/institutions?sector=culture&amp;page=2"' in client.get("/institutions?sector=culture").text
    assert "Institution 042" in client.get("/institutions?q=kurz+042").text
    assert "keine Institution gefunden" in client.get("/institutions?q=nirgends").text
    assert "So viele Seiten gibt es nicht" in client.get("/institutions?page=99").text
    assert "170 Institutionen" in client.get("/institutions?sector=x&kind=y&page=-1").text
    staff = login(app.test_client(), _admin(app))
    assert "Institution 042" in staff.get("/manage/institutions?q=042").text


def _admin(app: Flask) -> object:
    with inside(app):
        return make_account("admin")


def test_the_page_shows_what_is_known_and_nothing_else(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        bare = make_institution("Ohne Angaben")
        full = make_institution(
            "Haus der Ideen", kind="office", sector="culture", aliases=("HdI",), about="Ein **Haus**.", offer="Ein Raum.",
            website="https://haus.example", contact_office="Geschäftsstelle", contact_email="haus@example.org", contact_phone="0231 50-0",
            since=Since(date(2016, 1, 1), "year"),
        )  # fmt: skip
        round_, draft = make_round(title="Offene Runde"), make_round(title="Geheime Runde", status="draft", published_at=None)
        lab = make_lab(title="Labor der Höfe")
        put(LabHost(lab_id=lab.id, institution_id=full.id))
        for hosted in (round_, draft):
            put(RoundHost(round_id=hosted.id, institution_id=full.id))
        shown = make_idea(round_, title="Sichtbare Idee")
        waiting = make_idea(round_, status="submitted", title="Eingereichte Idee")
        secret = make_idea(draft, title="Idee im Entwurf")
        for idea in (shown, waiting, secret):
            put(IdeaAuthor(idea_id=idea.id, institution_id=full.id))
        body = make_body(full, name="Beirat")
        over = datetime.now(UTC).date() - timedelta(days=400)
        put(Seat(body_id=body.id, institution_id=full.id, office="Sprecher", until_on=over, until_to="day"))
        ids = bare.id, full.id
        page = client.get(f"/institutions/{ids[1]}").text
    for told in (
        "Haus der Ideen", "Dienststelle", "Kultur", "HdI", "<strong>Haus</strong>", "Ein Raum.", 'href="https://haus.example"',
        "Geschäftsstelle", "mailto:haus@example.org", "0231 50-0", "2016", "Offene Runde", "Labor der Höfe", "Sichtbare Idee", "Beirat", "Vorsitz",
    ):  # fmt: skip
        assert told in page, told
    for silent in ("Geheime Runde", "Eingereichte Idee", "Idee im Entwurf", "Bearbeiten"):
        assert silent not in page, silent
    nothing = client.get(f"/institutions/{ids[0]}").text
    assert "Mehr wissen wir" in nothing
    for silent in ("Partner seit", "Ansprechstelle", "Bereich", "Internetseite", "Auch bekannt", "None"):
        assert silent not in nothing, silent
    assert client.get("/institutions/999999").status_code == 404
    assert "Haus der Ideen" in client.get(f"/labs/{lab.slug}").text


def test_the_moderation_enters_and_changes_an_institution(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        moderator, participant = make_account("moderator"), make_account()
        make_institution("Schon da")
    staff = login(app.test_client(), moderator)
    before = client.get("/institutions").text
    fields = {**SAYS, "name": "  Neues   Haus ", "aliases": "NH\nHaus neu", "since": "12.2016", "website": "https://nh.example"}
    made = post(staff, "/manage/institutions", **fields)
    assert made.status_code == 303
    assert "Neues Haus" not in before and "Neues Haus" in client.get("/institutions").text
    path = f"/manage{made.location}"
    assert 'value="12.2016"' in staff.get(f"{path}/edit").text
    wrong = {
        "name": ("Schon da", "„Schon da“"), "aliases": ("schon DA", "„Schon da“"), "website": ("javascript:alert(1)", "https://"),
        "contact_email": ("nirgends", "E-Mail-Adresse"), "contact_phone": ("keine", "Telefonnummer"), "since": ("bald", "2016, 12.2016"),
        "sector": ("weltraum", "Bereich"), "kind": ("x", "Art"), "lang": ("xx", "Sprache"),
    }  # fmt: skip
    for field, (typed, sentence) in wrong.items():
        answer = post(staff, path, **{**fields, field: typed})
        assert answer.status_code == 422 and sentence in answer.text, field
        assert "Haus neu" in answer.text or "nh.example" in answer.text, field
        again = post(staff, "/manage/institutions", **{**fields, "name": "Ganz neu", "aliases": "", field: typed})
        assert again.status_code == 422, field
    assert post(staff, path, **{**fields, "name": HOSTILE}, htmx=True).headers["HX-Redirect"] == made.location
    page = client.get(made.location).text
    assert "<script>alert" not in page and "\u202e" not in page and "Neues Haus" in page
    assert "<script>alert" not in staff.get(f"{path}/edit").text + staff.get("/manage/institutions").text
    other = login(app.test_client(), participant)
    for forbidden in ("/manage/institutions", path, f"{path}/merging"):
        assert post(other, forbidden, **fields, into="Schon da").status_code == 403
    assert post(staff, "/manage/institutions/999999", **fields).status_code == 404


def test_two_institutions_are_merged_after_a_page_that_says_what_moves(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        moderator = make_account("moderator")
        old, new, lab = make_institution("Alt & Söhne", aliases=("A&S",)), make_institution("Neu"), make_lab()
        put(LabHost(lab_id=lab.id, institution_id=old.id))
    staff, path = login(app.test_client(), moderator), f"/manage/institutions/{old.id}/merging"
    kept = client.get(f"/institutions/{old.id}")
    assert kept.status_code == 200 and '<option value="Neu">' in staff.get(path).text
    for name, sentence in (("Niemand", "kennen wir nicht"), ("alt & söhne", "nicht mit sich selbst")):
        assert sentence in staff.get(path, query_string={"into": name}).text
    asked = staff.get(path, query_string={"into": "neu"}).text
    for told in ("1 Projektlabor, das sie trägt", "2 Namen: „A&amp;S“, „Alt &amp; Söhne“", "Rückgängig machen"):
        assert told in asked, told
    assert post(staff, path, into="Niemand").status_code == 422 and post(staff, path, into="A&S").status_code == 403
    assert post(staff, path, into="Neu").location == f"/institutions/{new.id}"
    moved = client.get(f"/institutions/{old.id}?page=1&id=9&_external=1")
    assert moved.status_code == 301 and moved.location == f"/institutions/{new.id}?page=1&id=9&_external=1"
    assert client.get(f"/en/institutions/{old.id}").location == f"/en/institutions/{new.id}"
    page = client.get(f"/institutions/{new.id}").text
    assert "A&amp;S" in page and "Alt &amp; Söhne" in page and lab.title in page
    assert post(staff, path, into="Neu").status_code == 308
    assert staff.get(f"/manage/institutions/{old.id}/edit").location == f"/manage/institutions/{new.id}/edit"
    assert "„Alt &amp; Söhne“ kam am" in staff.get(f"/manage/institutions/{new.id}/edit").text
    with app.app_context():
        standing = select(func.count()).select_from(Institution).where(Institution.merged_into_id.is_(None))
        assert db.session.scalar(standing) == 1


def test_no_form_of_the_moderation_fails_over_what_is_typed(app: Flask) -> None:
    with inside(app):
        admin, institution = make_account("admin"), make_institution("Haus")
        body, application = make_body(institution), make_application(make_account())
    staff = login(app.test_client(), admin)
    names = (
        "name",
        "aliases",
        "kind",
        "sector",
        "about",
        "offer",
        "lang",
        "website",
        "contact_office",
        "contact_email",
        "contact_phone",
        "since",
    )
    names += ("into", "institution", "office", "begins", "ends", "purpose", "existing", "reason")
    paths = (
        "/manage/institutions", f"/manage/institutions/{institution.id}", f"/manage/institutions/{institution.id}/merging", "/manage/bodies",
        f"/manage/bodies/{body.id}", f"/manage/bodies/{body.id}/seats", f"/manage/applications/{application.id}/acceptance",
        f"/manage/applications/{application.id}/refusal",
    )  # fmt: skip
    for text in ("a\x00b", "\ud800", HOSTILE, "[" * 5_000, "9" * 400, "-1", "%s%n{{7*7}}", "0"):
        for path in paths:
            fields = {name: text.encode("utf-8", "replace") for name in names} | {"lang": "de", "kind": "partner", "sector": ""}
            for trusted in (
                fields,
                {**fields, "website": "", "contact_email": "", "since": "", "contact_phone": "", "begins": "", "ends": ""},
            ):
                answer = post(staff, path, **trusted)
                assert answer.status_code < 500 and "<script>alert" not in answer.text, (path, text[:20])
    for page in ("/institutions", f"/institutions/{institution.id}", "/bodies", "/manage/institutions", "/manage/bodies"):
        shown = staff.get(page, follow_redirects=True)
        assert shown.status_code == 200 and "<script>alert" not in shown.text
