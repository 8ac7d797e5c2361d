"""Mail leaves as a row of the outbox, written in the transaction of what it tells; the jobs loop sends it."""

import re
import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flask import current_app, render_template
from flask_babel import force_locale
from markupsafe import escape
from sqlalchemy import Index, Text, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from ideation.core.db import Base, db

# Every four minutes for almost three days: a mail server may be away for a weekend.
TRIES = 1000
LEASE = timedelta(minutes=4)
PATIENCE = 20.0


def site_host() -> str:
    """The name this site has on the net."""
    return str(urlsplit(current_app.config["BASE_URL"]).netloc)


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


def witnesses() -> list[str]:
    """Addresses outside the operator that keep the heads of the ledgers."""
    return list(current_app.config["WITNESSES"])


def address(endpoint: str, locale: str = "de", **values: object) -> str:
    """An absolute address for a mail, built from BASE_URL, never from a request's Host."""
    base = urlsplit(current_app.config["BASE_URL"])
    root = base.path.rstrip("/") + ("/en" if locale == "en" else "")
    routes = current_app.url_map.bind(base.netloc, script_name=root or "/", url_scheme=base.scheme)
    return routes.build(endpoint, values, force_external=True)


def queue_mail(recipient: str, template: str, *, locale: str, now: datetime, **context: object) -> Outbox:
    """Adds a mail to the running transaction. `emails/<template>.txt`: first line the subject, then paragraphs of text."""
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
        body=re.sub(r"\n{3,}", "\n\n", body.strip()) + "\n",
        created_at=now,
        due_at=now,
    )
    db.session.add(mail)
    return mail


def build(mail: Outbox) -> EmailMessage:
    message = EmailMessage()
    message["From"] = Address(current_app.config["SITE_NAME"], addr_spec=current_app.config["MAIL_FROM"])
    message["To"] = Address(addr_spec=mail.recipient)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    message.add_alternative(f"<!doctype html><html><body>{_paragraphs(mail.body)}</body></html>", subtype="html")
    return message


def _paragraphs(body: str) -> str:
    """The text as HTML. Only addresses of this site become links: other words in a mail may come from anybody."""
    base = re.escape(str(escape(current_app.config["BASE_URL"].rstrip("/"))))
    linked = re.sub(rf"(?m)^{base}/\S*$", lambda found: f'<a href="{found[0]}">{found[0]}</a>', str(escape(body.strip())))
    return "".join(f"<p>{paragraph}</p>" for paragraph in re.split(r"\n{2,}", linked)).replace("\n", "<br>")


@contextmanager
def outlet(url: str, folder: Path) -> Iterator["smtplib.SMTP | None"]:
    """One conversation with the mail server; None stands for the files in `outbox/`."""
    if not url:
        folder.mkdir(parents=True, exist_ok=True)
        yield None
        return
    server, checked = urlsplit(url), ssl.create_default_context()
    host, secure = server.hostname or "localhost", server.scheme == "smtps"
    with (
        smtplib.SMTP_SSL(host, server.port or 465, timeout=PATIENCE, context=checked)
        if secure
        else smtplib.SMTP(host, server.port or 25, timeout=PATIENCE)
    ) as smtp:
        if server.username:
            if not secure:
                smtp.starttls(context=checked)
            smtp.login(unquote(server.username), unquote(server.password or ""))
        yield smtp


def send_due(now: datetime, limit: int = 100) -> int:
    """Sends what is due; a mail that fails is tried again after a while. Returns how many left."""
    query = select(Outbox).where(Outbox.sent_at.is_(None), Outbox.due_at <= now, Outbox.tries < TRIES).order_by(Outbox.id)
    claimed = list(db.session.scalars(query.limit(limit).with_for_update(skip_locked=True)))
    for mail in claimed:
        mail.tries += 1
        mail.due_at = now + LEASE
    ids = [mail.id for mail in claimed]
    db.session.commit()  # no network inside a transaction: the lease keeps other loops away
    if not ids:
        return 0
    folder, left, begun = Path(current_app.config["DATA_DIR"]) / "outbox", set(), time.monotonic()
    try:
        with outlet(current_app.config["MAIL_URL"], folder) as smtp:
            for key in ids:
                if time.monotonic() - begun > 60:
                    break
                if _send(key, smtp, folder, now):
                    left.add(key)
    except (smtplib.SMTPException, OSError) as error:
        for key in set(ids) - left:
            _failed(key, error, now)
    return len(left)


def _send(key: int, smtp: "smtplib.SMTP | None", folder: Path, now: datetime) -> bool:
    mail = db.session.get_one(Outbox, key)
    try:
        letter = build(mail)
        db.session.rollback()
        if smtp is None:
            (folder / f"{key:08d}.eml").write_bytes(letter.as_bytes())
        else:
            smtp.send_message(letter)
    except smtplib.SMTPServerDisconnected:
        raise
    except (smtplib.SMTPException, OSError, ValueError, HeaderParseError) as error:
        _failed(key, error, now)
        return False
    mail = db.session.get_one(Outbox, key)
    mail.sent_at, mail.error = now, None
    db.session.commit()
    return True


def _failed(key: int, error: Exception, now: datetime) -> None:
    """Again soon at first, then every four minutes; never again when it was refused for good."""
    db.session.rollback()
    mail = db.session.get_one(Outbox, key)
    if mail.sent_at is None:
        mail.error = f"{type(error).__name__}{_codes(error)}"
        mail.due_at = now + timedelta(seconds=min(240, 5 * 2 ** min(mail.tries, 6)))
        if _is_final(error):
            mail.tries = TRIES
    db.session.commit()


def _codes(error: Exception) -> list[int]:
    """What the server answered. Its words are not kept: they repeat the address."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _is_final(error: Exception) -> bool:
    if isinstance(error, ValueError | HeaderParseError):
        return True
    about_this_mail = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return about_this_mail and all(code >= 500 for code in _codes(error))


def forget_sent(now: datetime) -> None:
    """A day after sending, or a week after writing, the text and the address go; the row stays as a count."""
    over = or_(Outbox.sent_at < now - timedelta(hours=24), Outbox.created_at < now - timedelta(days=7))
    old = update(Outbox).where(over, Outbox.recipient != "")
    db.session.execute(old.values(body="", recipient="", subject="", tries=TRIES))
    db.session.commit()
