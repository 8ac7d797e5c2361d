"""Headers on every answer, who may write from where, and the limits that bind every request."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request, session
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import Forbidden
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter, IntegerConverter

from ideation.core.db import SAFE_METHODS

csrf = CSRFProtect()
View = TypeVar("View", bound=Callable[..., Any])

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; manifest-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
}


class Identifier(IntegerConverter):
    """An id that fits the database's integer; anything larger is a page that does not exist."""

    def __init__(self, url_map: object) -> None:
        super().__init__(url_map, max=2_147_483_647)  # type: ignore[arg-type]


class Slug(BaseConverter):
    regex = r"[a-z0-9][a-z0-9-]{0,79}"


def takes(most: int) -> Callable[[View], View]:
    """`@takes(20_000_000)`: this view's requests may be larger than others (bytes)."""

    def mark(view: View) -> View:
        view.body_max = most  # type: ignore[attr-defined]
        return view

    return mark


def _allow_body() -> None:
    most = getattr(current_app.view_functions.get(request.endpoint or ""), "body_max", None)
    if most is not None:
        request.max_content_length = most


def _same_site() -> None:
    """A write from a foreign page is refused before anything else is looked at."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        raise Forbidden
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        raise Forbidden


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint == "static":
        return response
    response.vary.add("Cookie")
    if "Cache-Control" not in response.headers:
        # A page that reads the session is one person's page.
        private = request.cookies.get(str(request_cookie())) is not None or session.modified or bool(session)
        response.headers["Cache-Control"] = "no-store" if private or response.status_code >= 400 else "no-cache"
    return response


def request_cookie() -> str:
    return str(current_app.config["SESSION_COOKIE_NAME"])


def kept_secret(path: Path, make: bytes) -> bytes:
    """The secret in this file; made with it, readable by the owner alone, when there is none."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes().strip()
    with os.fdopen(handle, "wb") as file:
        file.write(make)
    return make


def init_app(app: Flask) -> None:
    if not app.config["SECRET_KEY"]:
        if app.config["ENV"] == "production":
            raise SystemExit(
                "IDEATION_SECRET_KEY is not set. Make one with: python3 -c 'import secrets; print(secrets.token_hex(32))'"
            )
        made = kept_secret(Path(app.config["DATA_DIR"]) / "secret.key", secrets.token_hex(32).encode())
        app.config["SECRET_KEY"] = made.decode()
    app.config["TRUSTED_HOSTS"] = app.config["TRUSTED_HOSTS"] or None
    app.url_map.strict_slashes = False
    app.url_map.converters["int"] = Identifier
    app.url_map.converters["slug"] = Slug
    app.before_request(_same_site)
    # Before anybody looks for the token in the form: that reads the body.
    app.before_request(_allow_body)
    csrf.init_app(app)
    app.after_request(_harden)
    if hops := app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
