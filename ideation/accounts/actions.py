from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, update
from sqlalchemy.exc import IntegrityError

from ideation.accounts.models import Account, Attempt, Login, MailedLink
from ideation.accounts.policy import can_change_role, can_log_in, can_prove, can_try
from ideation.accounts.queries import Lock, account_by_email, blocked_until, lock_key, name_taken
from ideation.accounts.rules import CONFIRM_WITHIN, LIMITS, RESET_WITHIN, Role, email_key, name_key
from ideation.core.db import db, insert
from ideation.core.mail import queue_mail
from ideation.core.secret import new_token, token_hash
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, NotFound, require

OPINION_CONSENT = "opinion-2026-11"


def give_opinion_consent(account: Account, *, now: datetime) -> None:
    """Consent to the processing of political opinions, with the version of the text that was shown."""
    account.opinion_consent_at, account.opinion_consent_text = now, OPINION_CONSENT


def count_tries(locks: Iterable[Lock], *, now: datetime) -> None:
    """One more try at each of these locks. The first one of a window says when the window ends; with delays each one does."""
    for limit, who in sorted(locks):
        key, until = lock_key(limit, who), now + LIMITS[limit].within
        over = Attempt.until <= now
        row = insert(Attempt).values(lock=key, tries=1, until=until)
        ends = until if LIMITS[limit].delays else case((over, until), else_=Attempt.until)
        values = {"tries": case((over, 1), else_=Attempt.tries + 1), "until": ends}
        db.session.execute(row.on_conflict_do_update(index_elements=[Attempt.lock], set_=values))


def _login_locks(email: str, network: str) -> list[Lock]:
    return [("login", email_key(email)), *([("login-network", network)] if network else [])]


def count_guess(email: str, *, network: str = "", now: datetime) -> None:
    """Refused while one has to wait. Else one more try, to be committed before the password is looked at:
    of many guesses that come at once no more are judged than the limit allows."""
    locks = _login_locks(email, network)
    # A row to hold, also for the first guess of all.
    for limit, who in sorted(locks):
        row = insert(Attempt).values(lock=lock_key(limit, who), tries=0, until=now)
        db.session.execute(row.on_conflict_do_nothing(index_elements=[Attempt.lock]))
    require(can_try(blocked_until(locks, now, hold=True), now=now))
    count_tries(locks, now=now)


def _forget_guesses(email: str, network: str = "") -> None:
    """After the right password: the tries at this account are over, and it was no guess of this network."""
    db.session.execute(delete(Attempt).where(Attempt.lock == lock_key("login", email_key(email))))
    if network:
        mine = Attempt.lock == lock_key("login-network", network), Attempt.tries > 0
        db.session.execute(update(Attempt).where(*mine).values(tries=Attempt.tries - 1))


def _send_link(account: Account, purpose: str, *, now: datetime) -> None:
    """Mails a link; an earlier one of the same purpose is void from now on."""
    db.session.execute(delete(MailedLink).where(MailedLink.account_id == account.id, MailedLink.purpose == purpose))
    # A registration is forgotten 48 hours after it was made, however often its mail is sent again.
    token, until = new_token(), account.created_at + CONFIRM_WITHIN if purpose == "confirm" else now + RESET_WITHIN
    db.session.add(MailedLink(account_id=account.id, purpose=purpose, token_hash=token_hash(token), expires_at=until))
    queue_mail(account.email, purpose, locale=account.locale, now=now, token=token, name=account.display_name, until=until)


def _take_link(purpose: str, token: str, now: datetime) -> Account:
    """Uses a mailed link up: of two who send it at once, one gets the account."""
    fits = (MailedLink.token_hash == token_hash(token), MailedLink.purpose == purpose, MailedLink.expires_at > now)
    account_id = db.session.scalar(delete(MailedLink).where(*fits).returning(MailedLink.account_id))
    if account_id is None:
        raise NotFound
    return db.session.get_one(Account, account_id)


NAME_TAKEN = say("Diesen Namen gibt es schon. Bitte wählen Sie einen anderen.")


def _name(account: Account, name: str, **more: Any) -> bool:
    """Gives the account its name. False when its address was taken in the same moment by somebody else."""
    if name_taken(name, account.id):
        raise Invalid(display_name=NAME_TAKEN)
    try:
        with db.session.begin_nested():
            for key, value in {"display_name": name, "name_key": name_key(name), **more}.items():
                setattr(account, key, value)
            db.session.add(account)
    except IntegrityError:
        if name_taken(name):
            raise Invalid(display_name=NAME_TAKEN) from None
        return False
    return True


def create_account(
    email: str, name: str, hashed: str, *, role: str = Role.PARTICIPANT, locale: str = "de", opinion: bool = False, now: datetime
) -> Account:
    """A confirmed account, made by the operator. `hashed` comes from `core.secret.password_hash`."""
    account = Account(email=email_key(email), password_hash=hashed, role=role, locale=locale, created_at=now)
    account.confirmed_at = account.rules_consent_at = now
    if opinion:
        give_opinion_consent(account, now=now)
    if account_by_email(email) is not None or not _name(account, name):
        raise Invalid(email=say("Für diese Adresse gibt es schon ein Konto."))
    return account


def register(email: str, name: str, hashed: str, *, locale: str, network: str, now: datetime) -> None:
    """The same answer whether the address is known or not; only its owner learns more, by mail.

    Registering once more before confirming replaces name and password, and the mail tells the name."""
    locks = [("register-network", network)]
    require(can_try(blocked_until(locks, now), now=now))
    account = account_by_email(email)
    pending = account if account is not None and account.confirmed_at is None else None
    if name_taken(name, pending.id if pending else None):
        raise Invalid(display_name=NAME_TAKEN)
    count_tries(locks, now=now)
    if not _may_mail(email, now):
        return
    if account is not None and pending is None:
        queue_mail(account.email, "known", locale=account.locale, now=now, name=account.display_name)
        return
    account = pending or Account(email=email_key(email))
    if _name(account, name, password_hash=hashed, locale=locale, created_at=now, rules_consent_at=now):
        _send_link(account, "confirm", now=now)


def _may_mail(email: str, now: datetime) -> bool:
    """A few mails an hour to one address, whoever asks for them; further ones are dropped without a word."""
    lock = [("mail", email_key(email))]
    if blocked_until(lock, now) is not None:
        return False
    count_tries(lock, now=now)
    return True


def send_again(purpose: str, email: str, *, network: str, now: datetime) -> None:
    """A new link to confirm or to reset, if there is an account for which it makes sense. The answer never tells."""
    locks = [("mail-network", network)]
    if blocked_until(locks, now) is not None:
        return
    count_tries(locks, now=now)
    account = account_by_email(email)
    if account is not None and (account.confirmed_at is None) == (purpose == "confirm") and _may_mail(email, now):
        _send_link(account, purpose, now=now)


def confirm(token: str, *, now: datetime) -> None:
    _take_link("confirm", token, now).confirmed_at = now


def log_in(email: str, proof: str | None, *, network: str, device: str, now: datetime) -> tuple[Account, str]:
    """Returns who it is and the token of a new session. `proof` is the stored hash that the typed password matched, if it did;
    the guess has been counted (`count_guess`)."""
    account = account_by_email(email)
    require(can_log_in(account, proof))
    assert account is not None
    _forget_guesses(email, network)
    token = new_token()
    db.session.add(Login(account_id=account.id, token_hash=token_hash(token), began_at=now, device=device))
    return account, token


def log_out(actor: Account, login_id: int) -> None:
    """Ends one of the person's sessions on the server."""
    ended = db.session.execute(delete(Login).where(Login.id == login_id, Login.account_id == actor.id))
    if not ended.rowcount:  # type: ignore[attr-defined]
        raise NotFound


def end_logins(account: Account, *, but: int | None = None) -> None:
    db.session.execute(delete(Login).where(Login.account_id == account.id, Login.id != (but or 0)))


def change_password(actor: Account, proof: str | None, hashed: str, *, login_id: int, now: datetime) -> None:
    """Ends every other session and tells the person by mail. The guess of the old one has been counted."""
    require(can_prove(actor, proof))
    _forget_guesses(actor.email)
    _set_password(actor, hashed, now=now)
    end_logins(actor, but=login_id)


def reset_password(token: str, hashed: str, *, now: datetime) -> None:
    """The mailed link proves who asks. All sessions end."""
    account = _take_link("reset", token, now)
    _set_password(account, hashed, now=now)
    end_logins(account)
    _forget_guesses(account.email)


def _set_password(account: Account, hashed: str, *, now: datetime) -> None:
    account.password_hash = hashed
    db.session.execute(delete(MailedLink).where(MailedLink.account_id == account.id))
    queue_mail(account.email, "password_changed", locale=account.locale, now=now, name=account.display_name, when=now)


def rename(actor: Account, name: str) -> None:
    _name(actor, name)


def choose_language(actor: Account, locale: str) -> None:
    actor.locale = locale


def change_role(actor: Account | None, account: Account, role: Role) -> None:
    """Ends the person's sessions: nobody keeps rights, or longer sessions, of an earlier role. `None` is the operator."""
    if actor is not None:
        require(can_change_role(actor, account))
    if account.role != role:
        account.role = role
        end_logins(account)


def withdraw_opinion_consent(actor: Account) -> bool:
    """False when there was none. Whoever keeps votes listens to `account.opinion_withdrawn`."""
    given = actor.opinion_consent_at is not None
    actor.opinion_consent_at = actor.opinion_consent_text = None
    return given


def forget_unconfirmed(now: datetime) -> None:
    """Registrations nobody confirmed, links and tries that are over, sessions beyond any limit."""
    db.session.execute(delete(Account).where(Account.confirmed_at.is_(None), Account.created_at <= now - CONFIRM_WITHIN))
    db.session.execute(delete(MailedLink).where(MailedLink.expires_at <= now))
    db.session.execute(delete(Attempt).where(Attempt.until <= now))
    db.session.execute(delete(Login).where(Login.began_at <= now - timedelta(days=30)))
