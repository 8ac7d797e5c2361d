import pytest
from flask import Flask
from sqlalchemy import func, select

from ideation.accounts.models import Account, Login
from ideation.core.db import db
from tests.cast import inside, make_account
from tests.visit import login


def run(app: Flask, *arguments: str, stdin: str = "") -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=["accounts", *arguments], input=stdin)
    return done.exit_code, done.output


def create(
    app: Flask, *, email: str = "anna@example.org", name: str = "Anna", role: str = "admin", stdin: str = ""
) -> tuple[int, str]:
    more = ["--password-stdin"] if stdin else []
    return run(app, "create", "--email", email, "--name", name, "--role", role, *more, stdin=stdin)


def test_an_account_is_made_confirmed_and_can_log_in(app: Flask) -> None:
    assert create(app, stdin="mitmachen-in-dortmund\n")[0] == 0
    client = login(app.test_client(), "anna@example.org", "mitmachen-in-dortmund")
    assert client.get("/manage/accounts").status_code == 200


def test_without_a_password_one_is_made_and_told_once(app: Flask) -> None:
    code, output = create(app, role="participant")
    assert code == 0
    password = output.split("Password: ")[1].strip()
    login(app.test_client(), "anna@example.org", password)


@pytest.mark.parametrize("again", [{"name": "Berta"}, {"email": "other@example.org"}, {"email": "ANNA@example.org", "name": "X Y"}])
def test_what_exists_is_not_made_again(app: Flask, again: dict[str, str]) -> None:
    assert create(app)[0] == 0
    code, output = create(app, **again)
    assert code == 1
    assert output.startswith("Error: ")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Account)) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"email": "anna"}, {"name": "x"}, {"stdin": "kurz\n"}, {"stdin": "vierzehn zeich\n"}, {"stdin": "\n"}, {"role": "king"}],
)
def test_wrong_values_are_told(app: Flask, wrong: dict[str, str]) -> None:
    code, output = create(app, **wrong)
    assert code in (1, 2)
    assert "Error: " in output
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Account)) == 0


def test_a_new_role_ends_the_sessions(app: Flask) -> None:
    with inside(app):
        make_account(email="anna@example.org")
    client = login(app.test_client(), "anna@example.org")
    code, told = run(app, "role", "Anna@example.org", "moderator")
    assert code == 0
    assert "less than 15 characters, the next login asks for a longer one" in told
    assert client.get("/account").status_code == 302
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Login)) == 0
        assert db.session.scalar(select(Account.role)) == "moderator"


def test_the_same_role_again_ends_nothing(app: Flask) -> None:
    with inside(app):
        make_account(email="anna@example.org")
    client = login(app.test_client(), "anna@example.org")
    assert run(app, "role", "anna@example.org", "participant") == (0, "anna@example.org (participant)\n")
    assert client.get("/account").status_code == 200


def test_an_unknown_account_gets_no_role(app: Flask) -> None:
    assert run(app, "role", "nobody@example.org", "admin")[0] == 1
    assert run(app, "role", "nobody@example.org", "king")[0] == 2
