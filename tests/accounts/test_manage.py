import pytest
from flask import Flask
from flask.testing import FlaskClient

from ideation.accounts.models import Account
from ideation.core.db import db
from tests.cast import inside, make_account
from tests.visit import login, post


@pytest.fixture
def admin(app: Flask, client: FlaskClient) -> Account:
    with inside(app):
        account = make_account("admin", name="Ada")
    login(client, account)
    return account


@pytest.mark.parametrize("role", ["participant", "moderator", "coordinator", "ombudsperson"])
def test_only_admins_see_accounts(app: Flask, client: FlaskClient, role: str) -> None:
    with inside(app):
        account, other = make_account(role), make_account(email="secret@example.org")
    login(client, account)
    for path in ("/manage/accounts", f"/manage/accounts/{other.id}"):
        answer = client.get(path)
        assert answer.status_code == 403
        assert "secret@example.org" not in answer.text
    assert post(client, f"/manage/accounts/{account.id}/role", role="admin").status_code == 403
    assert post(client, f"/manage/accounts/{other.id}/role", role="admin").status_code == 403


def test_accounts_are_found_by_part_of_name_or_address(app: Flask, client: FlaskClient, admin: Account) -> None:
    with inside(app):
        make_account(name="Jürgen 100%", email="j@example.org")
        make_account(name="Carla_2", email="carla@example.net", confirmed_at=None)
    for query, found in {"jÜR": "Jürgen", "100%": "Jürgen", "a_2": "Carla_2", "example.net": "Carla_2"}.items():
        page = client.get("/manage/accounts", query_string={"q": query}).text
        assert found in page
        assert ("Jürgen" in page) + ("Carla_2" in page) == 1
    assert "Carla_2" not in client.get("/manage/accounts?q=%25").text
    assert "Kein Konto gefunden" in client.get("/manage/accounts?q=' OR 1=1 --").text
    assert "Ada" in client.get("/manage/accounts?role=admin").text
    for odd in ("role=nonsense", "page=99999999999999999999", "page=x", "page=-1", "q=%00", "q=%ff"):
        assert client.get("/manage/accounts?" + odd).status_code == 200


def test_an_admin_changes_a_role_and_the_person_logs_in_again(app: Flask, client: FlaskClient, admin: Account) -> None:
    with inside(app):
        other = make_account()
    theirs = login(app.test_client(), other)
    page = f"/manage/accounts/{other.id}"
    assert "mindestens 15 Zeichen" in client.get(page).text
    assert post(client, f"{page}/role", role="king").status_code == 422
    assert post(client, f"{page}/role", role="moderator").status_code == 303
    assert theirs.get("/account").status_code == 302
    with app.app_context():
        assert db.session.get_one(Account, other.id).role == "moderator"
    assert post(client, "/manage/accounts/99999/role", role="moderator").status_code == 404


def test_nobody_changes_the_own_role(app: Flask, client: FlaskClient, admin: Account) -> None:
    assert post(client, f"/manage/accounts/{admin.id}/role", role="participant").status_code == 403
    assert client.get("/manage/accounts").status_code == 200


def test_the_list_costs_the_same_for_many_accounts(app: Flask, client: FlaskClient, admin: Account, statements: object) -> None:
    def fill(n: int) -> None:
        with inside(app):
            for _ in range(n):
                make_account()

    fill(2)
    with statements() as few:
        client.get("/manage/accounts")
    fill(30)
    with statements() as many:
        page = client.get("/manage/accounts")
    assert len(few) == len(many) <= 5
    assert page.text.count("<tr>") == 21
