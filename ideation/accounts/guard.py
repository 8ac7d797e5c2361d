"""Who is asking: flask-login over sessions kept on the server, and the guards of pages."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Blueprint, Flask, redirect, request, session, url_for
from flask_login import LoginManager, current_user
from sqlalchemy import bindparam, select
from sqlalchemy.orm import contains_eager

from ideation.accounts.actions import count_guess
from ideation.accounts.models import Account, Login
from ideation.accounts.policy import can_manage
from ideation.accounts.queries import account_by_email
from ideation.accounts.rules import CONNECTION, REISSUE_AFTER, Role, is_local_path, login_ends, network_of
from ideation.core.clock import now
from ideation.core.db import SAFE_METHODS, db
from ideation.core.errors import resend
from ideation.core.htmx import wants_fragment
from ideation.core.secret import keyed_hash, matches, token_hash
from ideation.core.sentence import say
from ideation.core.verdict import denied, require

View = TypeVar("View", bound=Callable[..., Any])


# Built once: every page of a signed-in person asks this.
LOGIN = select(Login).join(Login.account).options(contains_eager(Login.account)).where(Login.token_hash == bindparam("hash"))


def _load(token: str) -> Account | None:
    """The account behind the cookie, while its session stands on the server and is not too old."""
    login = db.session.scalar(LOGIN, {"hash": token_hash(token)})
    if login is None:
        return None
    moment, seen = now(), datetime.fromtimestamp(session.get("seen", 0), UTC)
    if moment >= login_ends(Role(login.account.role), login.began_at, seen):
        return None
    if moment - seen > REISSUE_AFTER:
        session["seen"] = int(moment.timestamp())
    login.account.login_token, login.account.login_id = token, login.id
    return login.account


def init_app(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None
    manager.user_loader(_load)


def viewer() -> Account | None:
    return cast(Account, current_user._get_current_object()) if current_user.is_authenticated else None


def person() -> Account:
    """The signed-in account of a view behind `signed_in`."""
    return cast(Account, current_user._get_current_object())


def enter(token: str, *, renew: bool = False) -> None:
    """The browser gets a new cookie with the new session. Of an earlier one only the token of its forms stays:
    a text that waits in another window can be sent after the login. With `renew` no staff page opens before a new password."""
    forms = session.get("csrf_token")
    session.clear()
    if forms:
        session["csrf_token"] = forms
    session.permanent = True
    session["_user_id"], session["_fresh"], session["seen"] = token, True, int(now().timestamp())
    if renew:
        session["renew"] = True


def must_renew() -> bool:
    """Whether the password of this login is too short for the pages of staff."""
    return "renew" in session


def renewed() -> None:
    session.pop("renew", None)


def leave() -> None:
    session.clear()


def let_go() -> None:
    """Ends the transaction so far, which has only read: slow work must not hold the write lock."""
    db.session.rollback()


def keep_guess() -> None:
    """The counted guess stays, whatever becomes of the request; and the write lock is free before slow work begins."""
    db.session.commit()


def proof_of(email: str, password: str, network: str = "") -> str | None:
    """The stored hash, if the password matches it. Takes as long for an unknown address. The guess is counted first."""
    count_guess(email, network=network, now=now())
    account = account_by_email(email)
    stored = account.password_hash if account else None
    keep_guess()
    return stored if matches(stored, password) else None


def network() -> str:
    """Where a request comes from, as a value that is another one tomorrow."""
    return keyed_hash(f"{now():%Y-%m-%d} {network_of(request.remote_addr, CONNECTION)}")


def safe_next(path: str, account: Account) -> str:
    """Where to go after the login: a page of this site in the language being read. Who moderates begins with what waits."""
    if not is_local_path(path):
        return url_for("moderation.index" if account.is_moderator else "accounts.show")
    root = request.script_root
    return path if path == root or path.startswith(root + "/") else root + path


def _to_login() -> Any:
    if wants_fragment():
        require(
            denied(
                say(
                    "Sie sind nicht mehr angemeldet. Bitte melden Sie sich in einem neuen Fenster an und versuchen Sie es dann hier noch einmal."
                )
            )
        )
    if request.method not in SAFE_METHODS:
        return resend(403)
    return redirect(url_for("accounts.login", next=request.script_root + request.full_path.rstrip("?")))


def signed_in(view: View) -> View:
    """Strangers are led to the login; what they typed is kept on the page that tells them."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs) if current_user.is_authenticated else _to_login()

    return cast(View, guarded)


def staff_pages(name: str, import_name: str) -> Blueprint:
    """A blueprint under /manage: one guard for all of them."""
    pages = Blueprint(name, import_name, url_prefix="/manage")

    @pages.before_request
    def _staff_only() -> Any:
        if not current_user.is_authenticated:
            return _to_login()
        require(can_manage(person()))
        if must_renew():
            return redirect(url_for("accounts.password"), 303)
        return None

    return pages
