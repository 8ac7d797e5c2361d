"""Logging in and out, the limits of tries, sessions on the server, the own account."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ideation.accounts.models import Account, Attempt, Login
from ideation.activity.models import Activity
from ideation.core.db import db
from ideation.rounds.models import RoundWindow
from tests.cast import inside, make_account
from tests.visit import PASSWORD, csrf_token, login, mails, post

At = Callable[[str], datetime]
WRONG = "ganz falsch geraten"


@pytest.fixture
def anna(app: Flask) -> Account:
    with inside(app):
        return make_account(email="anna@example.org", name="Anna")


def try_login(client: FlaskClient, password: str, email: str = "anna@example.org", **more: Any) -> Any:
    return post(client, "/login", form="/login", email=email, password=password, **more)


def signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def test_a_stranger_is_led_to_the_login_and_back(client: FlaskClient, anna: Account) -> None:
    way = client.get("/account/sessions").location
    assert way == "/login?next=/account/sessions"
    page = client.get(way)
    assert 'value="/account/sessions"' in page.text
    answer = client.post(
        "/login", data={"csrf_token": csrf_token(page), "email": anna.email, "password": PASSWORD, "next": "/account/sessions"}
    )
    assert (answer.status_code, answer.location) == (303, "/account/sessions")


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "http://evil.example", "/\t/evil.example", "javascript:alert(1)"]
)
def test_no_login_leads_to_another_host(client: FlaskClient, anna: Account, target: str) -> None:
    assert try_login(client, PASSWORD, next=target).location == "/account"
    assert client.get("/login", query_string={"next": target}).location == "/account"


@pytest.mark.parametrize(("role", "first"), [("moderator", "/manage/"), ("admin", "/manage/"), ("ombudsperson", "/account")])
def test_who_moderates_begins_with_what_waits(app: Flask, client: FlaskClient, role: str, first: str) -> None:
    with inside(app):
        staff = make_account(role, email="staff@example.org")
    assert try_login(client, PASSWORD, staff.email).location == first
    assert client.get("/login").location == first
    assert try_login(app.test_client(), PASSWORD, staff.email, next="/rounds").location == "/rounds"
    english = post(app.test_client(), "/en/login", form="/en/login", email=staff.email, password=PASSWORD)
    assert english.location == f"/en{first}"


def test_a_role_with_duties_asks_for_a_longer_password_before_its_pages_open(app: Flask, client: FlaskClient) -> None:
    short, long = "zwölf Zeichen", "zwölf Zeichen und noch ein paar"
    with inside(app):
        make_account("moderator", email="anna@example.org", password=short)
    assert try_login(client, short).status_code == 303
    token = csrf_token(client.get("/password"))
    for path in ("/manage/", "/manage/rounds", "/manage/rounds/new"):
        assert (client.get(path).status_code, client.get(path).location) == (303, "/password")
    refused = client.post("/manage/rounds", data={"csrf_token": token, "title": "Neu"})
    assert (refused.status_code, refused.location) == (303, "/password")
    assert "mindestens 15 Zeichen" in client.get("/password").text
    assert client.get("/account").status_code == client.get("/rounds").status_code == 200
    for wrong in (short, "vierzehn Zeich"):
        assert post(client, "/password", form="/password", current_password=short, new_password=wrong).status_code == 422
    assert client.get("/manage/").status_code == 303
    done = post(client, "/password", form="/password", current_password=short, new_password=long)
    assert (done.status_code, done.location) == (303, "/manage/")
    assert client.get("/manage/").status_code == 200
    assert login(app.test_client(), "anna@example.org", long).get("/manage/").status_code == 200


def test_participants_are_not_asked_for_a_longer_password(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        make_account(email="anna@example.org", password="zwölf Zeichen")
    assert try_login(client, "zwölf Zeichen").location == "/account"
    assert "mindestens 15" not in client.get("/password").text


def test_the_way_back_keeps_the_language(client: FlaskClient, anna: Account) -> None:
    answer = post(client, "/en/login", form="/en/login", email=anna.email, password=PASSWORD, next="/rounds")
    assert answer.location == "/en/rounds"


def test_the_address_may_be_typed_in_any_case(client: FlaskClient, anna: Account) -> None:
    assert try_login(client, PASSWORD, " ANNA@Example.ORG ").status_code == 303


def test_a_wrong_password_and_an_unknown_address_are_one_answer(client: FlaskClient, anna: Account) -> None:
    wrong, unknown = try_login(client, WRONG), try_login(client, WRONG, "nobody@example.org")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace("anna@", "nobody@").split("</form>")[0] == unknown.text.split("</form>")[0]
    assert WRONG not in wrong.text


def test_after_five_wrong_tries_even_the_right_password_waits(app: Flask, client: FlaskClient, anna: Account, at: At) -> None:
    at("2026-11-23 12:00")
    assert [try_login(client, WRONG).status_code for _ in range(6)] == [422] * 5 + [429]
    answer = try_login(app.test_client(), PASSWORD)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "5"
    assert "warten Sie 5 Sekunden" in answer.text
    at("2026-11-23 12:00:05")
    assert try_login(client, PASSWORD).status_code == 303


def test_each_further_wrong_try_makes_the_wait_longer_but_never_longer_than_a_minute(
    client: FlaskClient, anna: Account, at: At
) -> None:
    moment = at("2026-11-23 12:00")
    for _ in range(5):
        try_login(client, WRONG)
    waits = []
    for _ in range(7):
        refused = try_login(client, PASSWORD)
        waits.append(int(refused.headers["Retry-After"]))
        moment = at(f"{moment + timedelta(seconds=waits[-1]):%Y-%m-%d %H:%M:%S}")
        assert try_login(client, WRONG).status_code == 422
    assert waits == [5, 10, 20, 40, 60, 60, 60]
    at(f"{moment + timedelta(seconds=60):%Y-%m-%d %H:%M:%S}")
    assert try_login(client, PASSWORD).status_code == 303


def test_who_is_told_to_wait_waits_no_longer_for_having_tried(client: FlaskClient, anna: Account, at: At) -> None:
    at("2026-11-23 12:00")
    for _ in range(5):
        try_login(client, WRONG)
    assert [try_login(client, WRONG).headers["Retry-After"] for _ in range(20)] == ["5"] * 20


def test_wrong_tries_are_forgotten_after_five_quiet_minutes(client: FlaskClient, anna: Account, at: At) -> None:
    at("2026-11-23 12:00")
    for _ in range(5):
        try_login(client, WRONG)
    at("2026-11-23 12:05")
    assert [try_login(client, WRONG).status_code for _ in range(6)] == [422] * 5 + [429]


def test_people_who_log_in_do_not_use_up_the_tries_of_their_network(app: Flask, client: FlaskClient, anna: Account) -> None:
    try_login(client, WRONG)
    for _ in range(3):
        assert try_login(app.test_client(), PASSWORD).status_code == 303
    with app.app_context():
        assert list(db.session.scalars(select(Attempt.tries))) == [1]


def test_unknown_addresses_are_limited_the_same_way(client: FlaskClient, at: At) -> None:
    at("2026-11-23 12:00")
    assert [try_login(client, WRONG, "nobody@example.org").status_code for _ in range(6)] == [422] * 5 + [429]


def test_others_can_log_in_while_one_address_is_attacked(app: Flask, client: FlaskClient, anna: Account) -> None:
    with inside(app):
        make_account(email="berta@example.org")
    for _ in range(7):
        try_login(client, WRONG)
    assert try_login(client, PASSWORD, "berta@example.org").status_code == 303


def test_a_login_forgets_the_tries_before_it(client: FlaskClient, anna: Account) -> None:
    for _ in range(3):
        assert [try_login(client, WRONG).status_code for _ in range(4)] == [422] * 4
        assert try_login(client, PASSWORD).status_code == 303


def test_the_limit_stands_in_the_database_without_address_or_network(app: Flask, client: FlaskClient, anna: Account) -> None:
    try_login(client, WRONG)
    with app.app_context():
        locks = list(db.session.scalars(select(Attempt.lock)))
    assert len(locks) == 2
    assert not any("anna" in lock or "127.0.0.1" in lock for lock in locks)


def test_of_many_wrong_tries_at_the_same_time_five_are_judged(app: Flask, anna: Account, at: At) -> None:
    at("2026-11-23 12:00")
    clients = [app.test_client() for _ in range(8)]
    tokens = [csrf_token(client.get("/login")) for client in clients]

    def guess(number: int) -> int:
        data = {"csrf_token": tokens[number], "email": "anna@example.org", "password": WRONG}
        return clients[number].post("/login", data=data).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(8)))
    assert sorted(answers) == [422] * 5 + [429] * 3
    with app.app_context():
        assert list(db.session.scalars(select(Attempt.tries))) == [5, 5]
    assert try_login(app.test_client(), PASSWORD).status_code == 429


def test_nobody_logs_in_before_confirming(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        make_account(email="new@example.org", confirmed_at=None)
    answer = try_login(client, PASSWORD, "new@example.org")
    assert answer.status_code == 403
    assert "Bestätigung" in answer.text
    assert "/confirm" in answer.text
    assert not signed_in(client)


def test_logging_out_ends_the_session_on_the_server(app: Flask, client: FlaskClient, anna: Account) -> None:
    login(client, anna)
    kept = client.get_cookie("session")
    assert client.get("/logout").status_code == 405
    assert signed_in(client)
    assert post(client, "/logout").status_code == 303
    thief = app.test_client()
    thief.set_cookie("session", kept.value)
    assert not signed_in(thief)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Login)) == 0


def test_the_login_gives_a_new_session(app: Flask, client: FlaskClient, anna: Account) -> None:
    client.get("/login")
    before = client.get_cookie("session").value
    login(client, anna)
    assert client.get_cookie("session").value != before
    fixed = app.test_client()
    fixed.set_cookie("session", before)
    assert not signed_in(fixed)


def test_logging_in_again_replaces_the_session_of_this_browser(app: Flask, client: FlaskClient, anna: Account) -> None:
    login(client, anna)
    token = csrf_token(client.get("/account"))
    assert client.post("/login", data={"csrf_token": token, "email": anna.email, "password": PASSWORD}).status_code == 303
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Login)) == 1


@pytest.mark.parametrize(("role", "idle", "over"), [("participant", "2026-11-24 12:00", "2026-11-23 22:00"), ("moderator", "2026-11-23 12:30", "2026-11-23 12:20")])  # fmt: skip
def test_a_session_ends_by_itself(app: Flask, client: FlaskClient, at: At, role: str, idle: str, over: str) -> None:
    at("2026-11-23 12:00")
    with inside(app):
        account = make_account(role, password=PASSWORD)
    login(client, account)
    other = login(app.test_client(), account)
    at(over)
    assert signed_in(other)
    at(idle)
    assert not signed_in(client)
    assert signed_in(other)


def test_staff_log_in_again_after_twelve_hours(app: Flask, client: FlaskClient, at: At) -> None:
    at("2026-11-23 08:00")
    with inside(app):
        account = make_account("admin")
    login(client, account)
    for hour in range(8, 20):
        for minute in (0, 20, 40):
            at(f"2026-11-23 {hour:02}:{minute:02}")
            assert signed_in(client)
    at("2026-11-23 20:00")
    assert not signed_in(client)


def test_own_sessions_are_listed_and_ended(app: Flask, client: FlaskClient, anna: Account) -> None:
    login(client, anna)
    other = login(app.test_client(), anna)
    with inside(app):
        stranger = make_account()
        logins = list(db.session.scalars(select(Login.id).order_by(Login.id)))
    assert client.get("/account/sessions").text.count("Sitzung beenden") >= 2
    assert post(login(app.test_client(), stranger), f"/account/sessions/{logins[0]}/end").status_code == 404
    assert post(client, f"/account/sessions/{logins[1]}/end").status_code == 303
    assert post(client, f"/account/sessions/{logins[1]}/end").status_code == 404
    assert not signed_in(other)
    third = login(app.test_client(), anna)
    assert post(client, "/account/sessions/end").status_code == 303
    assert (signed_in(client), signed_in(third)) == (True, False)


def test_ending_this_session_logs_out(app: Flask, client: FlaskClient, anna: Account) -> None:
    login(client, anna)
    with app.app_context():
        own = db.session.scalar(select(Login.id))
    assert post(client, f"/account/sessions/{own}/end").location == "/login"
    assert not signed_in(client)


def test_a_new_password_needs_the_old_one_and_ends_other_sessions(app: Flask, client: FlaskClient, anna: Account) -> None:
    login(client, anna)
    other = login(app.test_client(), anna)
    wrong = post(client, "/password", form="/password", current_password=WRONG, new_password="laterne bus kastanie")
    assert wrong.status_code == 422
    assert "Das jetzige Passwort stimmt nicht" in wrong.text
    assert post(client, "/password", form="/password", current_password=PASSWORD, new_password="kurz").status_code == 422
    assert signed_in(other)
    assert (
        post(client, "/password", form="/password", current_password=PASSWORD, new_password="laterne bus kastanie").status_code
        == 303
    )
    assert (signed_in(client), signed_in(other)) == (True, False)
    assert "geändert" in mails(app, "anna@example.org")[-1]["Subject"]
    login(app.test_client(), anna, "laterne bus kastanie")


def test_a_stolen_session_cannot_guess_the_password(client: FlaskClient, anna: Account, at: At) -> None:
    at("2026-11-23 12:00")
    login(client, anna)
    fields = {"current_password": WRONG, "new_password": "laterne bus kastanie"}
    assert [post(client, "/password", form="/password", **fields).status_code for _ in range(6)] == [422] * 5 + [429]


def test_a_name_can_be_changed_to_a_free_one(app: Flask, client: FlaskClient, anna: Account) -> None:
    with inside(app):
        make_account(name="Berta")
    login(client, anna)
    assert post(client, "/account/name", display_name="BERTA").status_code == 422
    assert post(client, "/account/name", display_name="").status_code == 422
    assert post(client, "/account/name", display_name="anna").status_code == 303
    assert post(client, "/account/name", display_name="Anna-Lena").status_code == 303
    assert "Anna-Lena" in client.get("/account").text


def test_two_people_cannot_take_one_name_at_the_same_time(app: Flask) -> None:
    with inside(app):
        accounts = [make_account(name=f"Wer {n}") for n in range(4)]
    clients = [login(app.test_client(), account) for account in accounts]
    tokens = [csrf_token(client.get("/account")) for client in clients]
    with ThreadPoolExecutor(4) as pool:
        tell = lambda n: clients[n].post("/account/name", data={"csrf_token": tokens[n], "display_name": "Die Eine"}).status_code  # noqa: E731
        assert sorted(pool.map(tell, range(4))) == [303, 422, 422, 422]


def test_one_address_registers_once_even_in_parallel(app: Flask) -> None:
    clients = [app.test_client() for _ in range(6)]
    tokens = [csrf_token(client.get("/register")) for client in clients]

    def join(n: int) -> int:
        fields = {"email": "anna@example.org", "display_name": f"Anna {n}", "password": "kastanie bus laterne", "consent": "yes"}
        return clients[n].post("/register", data={"csrf_token": tokens[n], **fields}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(join, range(6))) == {303}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Account)) == 1


def test_the_language_of_mails_can_be_chosen(app: Flask, client: FlaskClient, anna: Account) -> None:
    login(client, anna)
    assert post(client, "/account/language", locale="xx").status_code == 422
    assert post(client, "/account/language", locale="en").status_code == 303
    with app.app_context():
        assert db.session.get_one(Account, anna.id).locale == "en"


def test_the_consent_is_given_and_withdrawn_with_equal_ease(app: Flask, client: FlaskClient) -> None:
    with inside(app):
        account = make_account(opinion_consent_at=None, opinion_consent_text=None)
    login(client, account)

    def given() -> tuple[bool, str | None]:
        with app.app_context():
            mine = db.session.get_one(Account, account.id)
            return mine.opinion_consent_at is not None, mine.opinion_consent_text

    assert "opinion_consent" not in client.get("/register").text
    for _ in range(2):
        assert post(client, "/account/consent", opinion_consent="yes").status_code == 303
        assert given() == (True, "opinion-2026-11")
    for _ in range(2):
        assert post(client, "/account/consent", opinion_consent="no").status_code == 303
        assert given() == (False, None)
    with app.app_context():
        verbs = list(db.session.scalars(select(Activity.verb).where(Activity.verb == "account.opinion_withdrawn")))
    assert len(verbs) == 1


def test_before_the_consent_is_withdrawn_a_page_names_the_open_votes_that_go(
    app: Flask, client: FlaskClient, anna: Account
) -> None:
    from ideation.ballots.models import Vote
    from tests.cast import PAST, make_ballot, make_idea, make_round

    with inside(app):
        round_, over = make_round(title="Die offene Runde"), make_round(title="Die alte Runde")
        ideas = [make_idea(round_, title=f"Offen {n}") for n in range(3)]
        make_ballot(round_, *ideas)
        old = make_idea(over, title="Alte Idee")
        ended = make_ballot(over, old)
    login(client, anna)
    assert "keiner laufenden Abstimmung" in client.get("/account/consent").text
    for idea in (*ideas[:2], old):
        assert post(client, f"/ideas/{idea.id}/vote", choice="support").status_code == 303
    with inside(app):
        closes = datetime.now(UTC) + timedelta(days=PAST[1] or 0)
        window = db.session.get_one(RoundWindow, ended.window_id)
        window.opens_at, window.closes_at = closes - timedelta(days=1), closes
    assert 'name="opinion_consent" value="no"' not in client.get("/account/settings").text
    page = client.get("/account/consent")
    assert "2 Stimmen in laufenden Abstimmungen werden zurückgezogen" in page.text
    assert [name in page.text for name in ("Offen 0", "Offen 1", "Offen 2", "Alte Idee")] == [True, True, False, False]
    assert post(client, "/account/consent", form="/account/consent", opinion_consent="no").status_code == 303
    with app.app_context():
        assert list(db.session.scalars(select(Vote.idea_id))) == [old.id]
    assert 'value="no"' not in client.get("/account/consent").text


def test_pages_of_an_account_are_kept_nowhere(client: FlaskClient, anna: Account) -> None:
    login(client, anna)
    for path in ("/account", "/account/sessions", "/account/settings", "/account/messages", "/password", "/login", "/en/account"):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Cookie" in answer.headers["Vary"]
    assert client.get("/account/x.css").status_code == 404


def test_the_cookie_is_closed_to_scripts_and_other_sites(app: Flask, client: FlaskClient) -> None:
    cookie = client.get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Domain" not in cookie
    assert app.config["SESSION_COOKIE_NAME"] == "session"


def test_the_statements_of_the_account_page_do_not_grow(app: Flask, client: FlaskClient, anna: Account, statements: Any) -> None:
    from tests.cast import make_challenge, make_comment, make_idea, make_round

    def fill(n: int) -> None:
        with inside(app):
            round_ = make_round()
            for _ in range(n):
                challenge = make_challenge(round_, anna)
                idea = make_idea(round_, anna, challenge=challenge)
                make_idea(round_, anna, status="draft")
                make_comment(idea, anna)

    login(client, anna)
    fill(1)
    with statements() as few:
        assert client.get("/account").status_code == 200
    fill(15)
    with statements() as many:
        assert client.get("/account").status_code == 200
    assert len(few) == len(many) <= 10
