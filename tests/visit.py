"""What people do in tests: sign in, send forms, read their mail. Always through the real pages."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "ein langer Satz zum Anmelden"
TOKEN = re.compile(r'name="csrf_token"[^>]*\svalue="([^"]+)"|X-CSRFToken(?:&#34;|"):\s*(?:&#34;|")([^&"]+)')


def csrf_token(page: TestResponse) -> str:
    found = TOKEN.search(page.text)
    if found is None:
        raise AssertionError(f"no form with a token on {page.request.path} ({page.status_code})")
    return found[1] or found[2]


def post(client: FlaskClient, url: str, *, form: str = "/password", htmx: bool = False, **fields: Any) -> TestResponse:
    """Sends a form with the token that the page `form` shows; whoever is not signed in gets it from the login page there."""
    token = csrf_token(client.get(form, follow_redirects=True))
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(url, data={"csrf_token": token, **fields}, headers=headers)


def login(client: FlaskClient, account: Any, password: str = PASSWORD) -> FlaskClient:
    """`account` is an address or something with `email`."""
    answer = post(client, "/login", form="/login", email=getattr(account, "email", account), password=password)
    assert answer.status_code == 303, answer.text
    return client


def run_jobs(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["jobs", "run", "--once"])
    assert done.exit_code == 0, done.output


def mails(app: Flask, to: str | None = None) -> list[EmailMessage]:
    """Lets the jobs loop run once, then reads what lies in the outbox, oldest first."""
    run_jobs(app)
    folder = Path(app.config["DATA_DIR"]) / "outbox"
    read = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))]
    return [mail for mail in read if to is None or mail["To"] == to]


def body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def links(mail: EmailMessage) -> list[str]:
    """The addresses in a mail, without scheme and host."""
    return re.findall(r"https?://[^/\s]+(/[^\s)>\]]*)", body(mail))
