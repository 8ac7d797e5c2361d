"""The outbox: into files, and in a real conversation with a mail server that refuses, hangs, goes away and comes back."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from flask import Flask
from sqlalchemy import func, select

from ideation.core import mail
from ideation.core.db import db
from ideation.core.mail import Outbox, forget_sent, queue_mail, send_due

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Box:
    """A mailbox. `answer` decides what the server says to a mail."""

    def __init__(self, answer: Callable[[EmailMessage], str] = lambda mail: "250 OK") -> None:
        self.answer, self.got = answer, []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        if address.startswith("unknown"):
            return "550 no such person"
        if address.startswith("later"):
            return "451 try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.got.append(message)
        return self.answer(message)


@contextmanager
def post_office(app: Flask, box: Box, **more: Any) -> Iterator[None]:
    office = Controller(box, hostname="127.0.0.1", port=_free_port(), **more)
    office.start()
    app.config["MAIL_URL"] = f"smtp://127.0.0.1:{office.port}"
    try:
        yield
    finally:
        office.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write(app: Flask, *recipients: str) -> None:
    with app.app_context():
        for recipient in recipients:
            queue_mail(recipient, "known", locale="de", now=NOON, name="Anna")
        db.session.commit()


def send(app: Flask, after: timedelta = timedelta()) -> int:
    with app.app_context():
        return send_due(NOON + after)


def waiting(app: Flask) -> list[Outbox]:
    with app.app_context():
        db.session().expire_on_commit = False
        return list(db.session.scalars(select(Outbox).where(Outbox.sent_at.is_(None)).order_by(Outbox.id)))


def test_a_mail_is_sent_once(app: Flask) -> None:
    write(app, "anna@example.org", "berta@example.org")
    box = Box()
    with post_office(app, box):
        assert (send(app), send(app), send(app, timedelta(hours=1))) == (2, 0, 0)
    assert [message["To"] for message in box.got] == ["anna@example.org", "berta@example.org"]
    message = box.got[0]
    assert message["Subject"] == "Sie haben schon ein Konto"
    assert message["From"] == "Dortmund macht mit <mitmachen@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "http://127.0.0.1:8000/login" in message.get_body(("plain",)).get_content()
    assert len({message["Message-ID"] for message in box.got}) == 2


def test_without_a_server_mail_lies_in_files(app: Flask) -> None:
    write(app, "anna@example.org")
    assert send(app) == 1
    (path,) = Path(app.config["DATA_DIR"], "outbox").glob("*.eml")
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["To"] == "anna@example.org"


def test_a_server_that_is_away_is_asked_again(app: Flask) -> None:
    write(app, "anna@example.org", "berta@example.org")
    app.config["MAIL_URL"] = f"smtp://127.0.0.1:{_free_port()}"
    away = timedelta()
    while away < timedelta(minutes=30):
        assert send(app, away) == 0
        away += timedelta(minutes=1)
    assert all(row.error for row in waiting(app))
    box = Box()
    with post_office(app, box):
        sent = [send(app, away + timedelta(minutes=n)) for n in range(6)]
    assert sum(sent) == 2
    assert len({message["Message-ID"] for message in box.got}) == len(box.got) == 2


def test_a_refused_address_is_not_asked_again_and_the_others_get_theirs(app: Flask) -> None:
    write(app, "unknown@example.org", "anna@example.org")
    box = Box()
    with post_office(app, box):
        assert send(app) == 1
        assert sum(send(app, timedelta(hours=n)) for n in range(1, 6)) == 0
    assert [message["To"] for message in box.got] == ["anna@example.org"]
    (row,) = waiting(app)
    assert row.error == "SMTPRecipientsRefused[550]"


def test_a_try_again_later_is_tried_again(app: Flask) -> None:
    write(app, "later@example.org")
    answers = iter(["452 full", "250 OK"])
    with post_office(app, Box()):
        assert send(app) == 0
    write(app, "anna@example.org")
    box = Box(lambda message: next(answers))
    with post_office(app, box):
        assert send(app) == 0
        assert send(app) == 0
        assert send(app, timedelta(minutes=5)) == 1
    assert len({message["Message-ID"] for message in box.got}) == 1


def test_a_server_that_hangs_costs_no_transaction_and_loses_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "PATIENCE", 0.3)
    write(app, "anna@example.org", "berta@example.org")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app.config["MAIL_URL"] = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        hanging = threading.Thread(target=send, args=(app,))
        hanging.start()
        write(app, "carla@example.org")  # somebody else writes meanwhile
        hanging.join(10)
        assert not hanging.is_alive()
    box = Box()
    with post_office(app, box):
        assert send(app, timedelta(minutes=5)) == 3
    assert len({message["Message-ID"] for message in box.got}) == 3


def test_an_answer_that_gets_lost_makes_the_same_mail_again_not_another(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "PATIENCE", 0.5)
    write(app, "anna@example.org")

    class Lost(Box):
        async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
            await super().handle_DATA(server, session, envelope)
            if len(self.got) == 1:
                server.transport.abort()
            return "250 OK"

    box = Lost()
    with post_office(app, box):
        assert send(app) == 0
        assert send(app, timedelta(minutes=5)) == 1
    assert [message["Message-ID"] for message in box.got] == [box.got[0]["Message-ID"]] * 2


def test_two_loops_do_not_send_the_same_mail(app: Flask) -> None:
    write(app, *(f"p{n}@example.org" for n in range(20)))
    box = Box()
    with post_office(app, box):
        loops = [threading.Thread(target=send, args=(app,)) for _ in range(4)]
        for loop in loops:
            loop.start()
        for loop in loops:
            loop.join()
    assert len(box.got) == len({message["To"] for message in box.got}) == 20


def test_a_password_is_never_sent_in_the_open(app: Flask) -> None:
    write(app, "anna@example.org")
    seen: list[str] = []

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword) -> AuthResult:
        seen.append(mechanism)
        return AuthResult(success=True)

    box = Box()
    with post_office(app, box, authenticator=check, auth_require_tls=False):
        app.config["MAIL_URL"] = app.config["MAIL_URL"].replace("//", "//user:secret@")
        assert send(app) == 0
    assert (seen, box.got) == ([], [])
    assert "secret" not in (waiting(app)[0].error or "")


@pytest.mark.parametrize("name", ["Anna\nBcc: all@example.org", "Anna\r\n\r\nhello", "=?utf-8?q?x?=", "Ännä 🚲", "x" * 3000])
def test_no_text_becomes_a_header(app: Flask, name: str) -> None:
    with app.app_context():
        row = queue_mail("anna@example.org", "news", locale="de", now=NOON, **news(name))
        assert "\n" not in row.subject
        assert len(row.subject) <= 200
        db.session.commit()
    box = Box()
    with post_office(app, box):
        assert send(app) == 1
    assert box.got[0]["Bcc"] is None
    assert set(box.got[0].keys()) <= {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    }


def news(title: str) -> dict[str, Any]:
    place = {"endpoint": "accounts.login", "values": {}, "mark": ""}
    return {"sentence": title, "reason": "", "said": "<img src=//evil.example/x> [x](https://evil.example)", "why": "", **place}


@pytest.mark.parametrize("recipient", ["a@example.org\nBcc: b@example.org", "a@example.org, b@example.org", "nonsense", "@"])
def test_an_address_that_is_none_never_leaves_and_holds_nobody_up(app: Flask, recipient: str) -> None:
    write(app, recipient, "anna@example.org")
    box = Box()
    with post_office(app, box):
        assert send(app) == 1
    assert [message["To"] for message in box.got] == ["anna@example.org"]


def test_what_others_wrote_is_text_in_a_mail(app: Flask) -> None:
    with app.app_context():
        queue_mail("anna@example.org", "news", locale="de", now=NOON, **news('<a href="https://evil.example">hier</a>'))
        db.session.commit()
    box = Box()
    with post_office(app, box):
        send(app)
    html = box.got[0].get_body(("html",)).get_content()
    assert "<img" not in html
    assert html.count("<a ") == 1
    assert 'href="http://127.0.0.1:8000/login"' in html


def test_a_day_later_the_text_and_the_address_are_gone(app: Flask) -> None:
    write(app, "anna@example.org")
    send(app)
    for hours, left in ((23, "anna@example.org"), (25, "")):
        with app.app_context():
            forget_sent(NOON + timedelta(hours=hours))
            assert db.session.scalar(select(Outbox.recipient)) == left
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Outbox)) == 1
        assert db.session.scalar(select(Outbox.body)) == ""


def test_a_mail_belongs_to_its_transaction(app: Flask) -> None:
    with app.app_context():
        queue_mail("anna@example.org", "known", locale="de", now=NOON, name="Anna")
        db.session.rollback()
    assert waiting(app) == []
