import re
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from ideation import create_app
from ideation.accounts.models import Account
from ideation.ballots.models import Ballot
from ideation.challenges.models import Challenge
from ideation.core.db import db
from ideation.core.mail import Outbox
from ideation.demo.queries import told
from ideation.events.models import Event
from ideation.events.rules import Plan
from ideation.ideas.models import Idea
from ideation.rounds.models import Round, RoundEvent, RoundWindow
from ideation.selections.models import Selection
from ideation.votes.models import Vote
from tests.cast import inside, make_account
from tests.conftest import settings
from tests.visit import csrf_token, login, post, run_jobs

PASSWORD = "mitmachen-in-dortmund"
NAMES = [*(f"teilnahme{n}" for n in range(1, 6)), "moderation1", "moderation2", "ombudsstelle", "admin"]


def load(app: Flask) -> tuple[int, str]:
    done = FlaskCliRunner(app).invoke(args=["demo", "load"])
    return done.exit_code, done.output


def everything(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {name: db.session.scalar(select(func.count()).select_from(table)) or 0 for name, table in db.metadata.tables.items()}


def test_the_dortmund_case_can_be_read_from_the_question_to_the_lab(app: Flask) -> None:
    assert load(app)[0] == 0
    client = app.test_client()
    for address in ("/", "/rounds", "/labs", "/rounds/live", "/rounds/live/ideas", "/rounds/beispiel", "/rounds/beispiel/results"):
        assert client.get(address).status_code == 200, address
    with app.app_context():
        slugs = list(db.session.scalars(select(Round.slug)))
        carried = list(
            db.session.scalars(select(Challenge.id).where(Challenge.carried_from_id.is_not(None)).order_by(Challenge.id))
        )
        todos = list(db.session.scalars(select(Idea).join(Round).where(Round.slug == "todo-2024").order_by(Idea.id)))
    assert sorted(slugs) == [
        "beispiel", "helpathon-2020", "helpathon-mittagsschicht-2021", "live", "smart-city-ideenpool", "todo-2024", "updatedeutschland-2021",
    ]  # fmt: skip
    assert len(carried) == 6 and len(todos) == 8
    for slug in slugs:
        assert client.get(f"/rounds/{slug}").status_code == 200, slug
    last = client.get(f"/challenges/{carried[-1]}").text
    assert "Helpathon Mittagsschicht" in last and "Besucherströme" in last
    lab = client.get("/labs/task-force-ki").text
    assert (
        "Welche Hürden erleben KMU" in lab
        and todos[6].title[:20] in lab
        and "Task-Force KI" in client.get(f"/ideas/{todos[6].id}").text
    )
    for row in told("dortmund/institutionen")["projektlabore"]:
        page = " ".join(unescape(re.sub("<[^>]+>", "", client.get(f"/labs/{row['id']}").text)).split())
        assert f"{row['teilnehmende']} Personen haben mitgearbeitet, aus {row['institutionen_anzahl']} Institutionen." in page
        for each in row["institutionen"]:
            assert f"{each['name']} {each['teilnehmende']} Person" in page, each
        shared = told("dortmund/projektlabore")["gemeinsam"]
        for value in (
            *shared["traeger"],
            shared["moderation"],
            shared["format"],
            *shared["moegliche_produkte"],
            shared["webseite"],
        ):
            assert value in page, value
    sprint = client.get("/rounds/updatedeutschland-2021").text
    assert "17. März 2021, 12:00" in sprint and "18. März 2021, 24:00" in sprint


def test_the_two_known_events_are_told_with_what_is_known_and_nothing_more(app: Flask) -> None:
    assert load(app)[0] == 0
    with app.app_context():
        shift, todo = db.session.scalars(select(Event).join(RoundEvent).order_by(Event.id))
    known = {"title", "starts_at", "over_at", "precision", "period_text", "place", "description"}
    for event in (shift, todo):
        for name in Plan.__slots__:
            if name not in known | {"agenda", "lang"}:
                assert not getattr(event, name), name
    client = app.test_client()
    page = client.get(f"/events/{shift.id}").text.split("<main")[1]
    assert "Helpathon Mittagsschicht #UpdateDeutschland" in page and "15. März 2021" in page and "Uhr" not in page
    assert "Herausforderungen und Ablauf von UpdateDeutschland gemeinsam ansehen" in page and "Platz reservieren" not in page
    page = client.get(f"/events/{todo.id}").text.split("<main")[1]
    assert (
        "Zentrale öffentliche Veranstaltung" in page and "Frühjahr 2024" in page and "Innenstadt" in page and "Januar" not in page
    )
    for slug, event in (("helpathon-mittagsschicht-2021", shift), ("todo-2024", todo)):
        assert f'/events/{event.id}"' in client.get(f"/rounds/{slug}").text
    assert client.get(f"/events/{shift.id}.ics").status_code == 200 and client.get(f"/events/{todo.id}.ics").status_code == 404


def test_the_live_round_is_open_and_the_example_is_decided(app: Flask) -> None:
    assert load(app)[0] == 0
    now = datetime.now(UTC)
    with app.app_context():
        live, example = (db.session.scalars(select(Round).where(Round.slug == slug)).one() for slug in ("live", "beispiel"))
        windows = {w.activity: w for w in db.session.scalars(select(RoundWindow).where(RoundWindow.round_id == live.id))}
        ballot = db.session.scalars(select(Ballot).where(Ballot.round_id == live.id)).one()
        decided = db.session.scalars(select(Selection).where(Selection.round_id == example.id)).one()
        most = select(func.count().label("n")).select_from(Vote).group_by(Vote.ballot_id, Vote.voter_token).subquery()
        assert db.session.scalar(select(func.max(most.c.n))) == 3
        shown, asked = db.session.execute(select(Idea.id, Idea.challenge_id).where(Idea.round_id == example.id)).first()
        ahead = db.session.scalar(select(func.count()).select_from(Idea).where(Idea.published_at > now))
    assert set(windows) == {"challenge", "idea", "comment", "vote"} and ahead == 0
    for window in windows.values():
        assert window.opens_at < now and timedelta(days=60) <= window.closes_at - now <= timedelta(days=61)
    assert (ballot.method, ballot.votes_each, ballot.hides_results, ballot.closed_list) == ("approval", 3, False, False)
    assert (example.example, decided.status, decided.differs) == (True, "certified", False)
    client = app.test_client()
    for address in (
        "/rounds/beispiel",
        "/rounds/beispiel/ideas",
        "/rounds/beispiel/results",
        "/rounds/beispiel/challenges",
        "/rounds/beispiel/ballot",
        "/labs/gruene-nachbarschaft-beispiel",
        f"/ideas/{shown}",
        f"/ideas/{shown}/versions",
        f"/challenges/{asked}/versions",
    ):
        assert "Beispieldaten" in client.get(address).text, address

    for name in NAMES:
        login(app.test_client(), f"{name}@example.org", PASSWORD)
    person = login(app.test_client(), "teilnahme1@example.org", PASSWORD)
    with app.app_context():
        idea = db.session.scalar(select(Idea.id).where(Idea.round_id == live.id).order_by(Idea.id))
    # Consent is given: neither a comment nor a vote asks for it.
    assert post(person, f"/ideas/{idea}/comments", body="Gern dabei.").status_code == 303
    assert post(person, f"/ideas/{idea}/vote", choice="support").status_code == 303
    page = app.test_client()
    token = csrf_token(page.get("/login"))
    for password in ("!", "", PASSWORD):
        refused = page.post("/login", data={"csrf_token": token, "email": "beispiel01@example.org", "password": password})
        assert refused.status_code in {403, 422}


def test_a_second_run_changes_nothing_and_no_mail_leaves(app: Flask) -> None:
    assert load(app)[0] == 0
    before = everything(app)
    assert load(app)[0] == 0
    assert everything(app) == before
    with app.app_context():
        assert db.session.query(Outbox).filter(Outbox.sent_at.is_(None)).count() == 0
    run_jobs(app)
    assert not list((Path(app.config["DATA_DIR"]) / "outbox").glob("*.eml"))


def test_a_site_with_its_own_content_keeps_it(app: Flask) -> None:
    with inside(app):
        make_account()
    before = everything(app)
    code, said = load(app)
    assert code == 1 and "content of its own" in said
    assert everything(app) == before


def test_production_refuses_accounts_with_a_known_password(tmp_path: Path, empty_sqlite: Path) -> None:
    (tmp_path / "ideation.sqlite3").write_bytes(empty_sqlite.read_bytes())
    values = settings(tmp_path, "") | {"ENV": "production", "KEY_FILE": str(tmp_path / "key")}
    try:
        app = create_app(**values)
    except SystemExit as reason:  # another setting that production asks for
        pytest.skip(str(reason))
    code, said = load(app)
    assert code == 1 and "production" in said
    with app.app_context():
        assert db.session.query(Account).count() == 0
        db.engine.dispose()


def test_the_institutions_of_the_case_are_in_the_directory_with_the_spellings_of_the_source(app: Flask) -> None:
    assert load(app)[0] == 0
    client = app.test_client()
    known = told("dortmund/institutionen")["projektlabore"]
    names = {each["name"] for lab in known for each in lab["institutionen"]}
    listed = "".join(client.get(f"/institutions?page={page}").text for page in (1, 2))
    assert [name for name in names if escape(name) not in listed] == []
    assert "Berufsförderungswerk" in client.get("/institutions?q=bfw").text
    assert "Kitz.do" in client.get("/institutions?q=KITZ.DO").text and "auch: Kitz" not in listed
    for alliance in ("mehr als 170", "24, in Pilotphase oder Umsetzung", "Wir machen Zukunft!"):
        assert alliance in client.get("/institutions?q=allianz").text, alliance
    assert "Citizen Science Lab" in client.get("/institutions?q=werkstatt").text
    administration = client.get("/institutions?sector=administration").text
    assert "FABIDO" in administration and "IHK" not in administration
    assert "Partner seit" not in listed and "Noch kein Gremium" in client.get("/bodies").text
