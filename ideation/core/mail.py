"""Mail leaves as a row of the outbox, written in the transaction of what it tells; the jobs loop sends it."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app, render_template
from flask_babel import force_locale
from sqlalchemy import Index, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from ideation.core.db import Base, db
from ideation.core.text import markdown

TRIES = 12
LEASE = timedelta(minutes=10)


class Outbox(Base):
    """One mail. `sent_at` stays when the text is deleted later; `due_at` is when it may be tried (again)."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "sent_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]


def address(endpoint: str, locale: str = "de", **values: object) -> str:
    """An absolute address for a mail, built from BASE_URL, never from a request's Host."""
    base = urlsplit(current_app.config["BASE_URL"])
    root = base.path.rstrip("/") + ("/en" if locale == "en" else "")
    routes = current_app.url_map.bind(base.netloc, script_name=root or "/", url_scheme=base.scheme)
    return routes.build(endpoint, values, force_external=True)


def queue_mail(recipient: str, template: str, *, locale: str, now: datetime, **context: object) -> Outbox:
    """Adds a mail to the running transaction. `emails/<template>.txt`: first line the subject, the rest Markdown."""
    with force_locale(locale):
        text = render_template(
            f"emails/{template}.txt",
            address=lambda endpoint, **values: address(endpoint, locale, **values),
            **context,
        )
    subject, _, body = text.strip().partition("\n")
    domain = urlsplit(current_app.config["BASE_URL"]).hostname or "localhost"
    mail = Outbox(
        message_id=make_msgid(domain=domain),
        recipient=recipient,
        subject=" ".join(subject.split())[:200],
        body=body.strip() + "\n",
        created_at=now,
        due_at=now,
    )
    db.session.add(mail)
    return mail


def build(mail: Outbox) -> EmailMessage:
    message = EmailMessage()
    message["From"] = formataddr((current_app.config["SITE_NAME"], current_app.config["MAIL_FROM"]))
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    message.add_alternative(f"<!doctype html><html><body>{markdown(mail.body)}</body></html>", subtype="html")
    return message


@contextmanager
def outlet(url: str, folder: Path) -> Iterator["smtplib.SMTP | None"]:
    """One conversation with the mail server; None stands for the files in `outbox/`."""
    if not url:
        folder.mkdir(parents=True, exist_ok=True)
        yield None
        return
    server = urlsplit(url)
    kind = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    with kind(server.hostname or "localhost", server.port or (465 if server.scheme == "smtps" else 25), timeout=20) as smtp:
        if server.username:
            if server.scheme == "smtp":
                smtp.starttls()
            smtp.login(unquote(server.username), unquote(server.password or ""))
        yield smtp


def send_due(now: datetime, limit: int = 100) -> int:
    """Sends what is due; a mail that fails is tried again later, with growing pauses. Returns how many left."""
    query = select(Outbox).where(Outbox.sent_at.is_(None), Outbox.due_at <= now, Outbox.tries < TRIES).order_by(Outbox.id)
    claimed = list(db.session.scalars(query.limit(limit).with_for_update(skip_locked=True)))
    for mail in claimed:
        mail.tries += 1
        mail.due_at = now + max(LEASE, timedelta(minutes=2**mail.tries))
    letters = [(mail.id, build(mail)) for mail in claimed]
    db.session.commit()  # no network inside a transaction: the lease keeps other loops away
    if not letters:
        return 0
    folder, left = Path(current_app.config["DATA_DIR"]) / "outbox", 0
    try:
        with outlet(current_app.config["MAIL_URL"], folder) as smtp:
            for key, letter in letters:
                try:
                    if smtp is None:
                        (folder / f"{key:08d}.eml").write_bytes(letter.as_bytes())
                    else:
                        smtp.send_message(letter)
                except (smtplib.SMTPException, OSError) as error:
                    _note(key, error)
                else:
                    _sent(key, now)
                    left += 1
    except (smtplib.SMTPException, OSError) as error:
        for key, _ in letters[left:]:
            _note(key, error)
    return left


def _sent(key: int, now: datetime) -> None:
    mail = db.session.get_one(Outbox, key)
    mail.sent_at, mail.error = now, None
    db.session.commit()


def _note(key: int, error: Exception) -> None:
    mail = db.session.get_one(Outbox, key)
    if mail.sent_at is None:
        mail.error = f"{type(error).__name__}: {error}"[:200]
    db.session.commit()


def forget_sent(now: datetime) -> None:
    """A day after sending, the text and the address go; the row stays as a count."""
    old = select(Outbox).where(Outbox.sent_at < now - timedelta(hours=24), Outbox.body != "")
    for mail in db.session.scalars(old.limit(500)):
        mail.body, mail.recipient, mail.subject = "", "", ""
    db.session.commit()
