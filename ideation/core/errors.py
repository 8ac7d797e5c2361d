"""Every refusal as a sentence: as a page, as a fragment for htmx, as JSON."""

import secrets
from contextlib import suppress
from typing import Any

from flask import Flask, Response, current_app, g, has_request_context, jsonify, make_response, render_template, request, url_for
from flask.globals import request_ctx
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from ideation.core.db import db
from ideation.core.htmx import in_full, wants_fragment
from ideation.core.sentence import Message, say
from ideation.core.verdict import NotFound, Refused, Verdict

TITLES = {
    400: say("Das hat nicht geklappt"),
    403: say("Das geht gerade nicht"),
    404: say("Diese Seite gibt es nicht"),
    405: say("Das geht hier nicht"),
    413: say("Das ist zu groß"),
    429: say("Bitte warten Sie kurz"),
    500: say("Da ist etwas schiefgegangen"),
    503: say("Gleich geht es weiter"),
}
SENTENCES = {
    400: say("Die Anfrage war unvollständig oder beschädigt. Bitte laden Sie die Seite neu und versuchen Sie es noch einmal."),
    403: say("Dafür fehlt Ihnen die Berechtigung."),
    404: say("Vielleicht wurde die Seite verschoben, oder sie ist nicht öffentlich."),
    405: say("Diese Adresse nimmt so keine Anfragen an. Bitte gehen Sie zurück zur Seite davor."),
    413: say("Bitte kürzen Sie den Text. Eine Anfrage darf höchstens 1 MB groß sein."),
    429: say("Das waren viele Versuche in kurzer Zeit. Bitte versuchen Sie es in einigen Minuten noch einmal."),
    500: say("Der Fehler liegt bei uns. Nichts wurde halb gespeichert. Bitte versuchen Sie es noch einmal."),
    503: say("Der Server ist gerade überlastet. Nichts wurde gespeichert. Bitte versuchen Sie es in wenigen Sekunden noch einmal."),
}
FILE_TOO_LARGE = say("Die Datei ist zu groß. Bitte verkleinern Sie sie, oder wählen Sie eine andere.")
SECRET_FIELDS = {"csrf_token", "password", "new_password", "repeat", "current_password", "code"}


def _answer(status: int, sentence: Message | str | None = None, **headers: str) -> Response:
    shown = status if status in TITLES else (500 if status >= 500 else 400)
    title, sentence = TITLES[shown], sentence or SENTENCES[shown]
    if request_ctx.url_adapter is None:
        # The Host was not one of ours: no page can be drawn, and no link of it is wanted.
        return Response(f"{status} {sentence}\n", status, mimetype="text/plain")
    if request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json":
        response = jsonify(type="about:blank", title=str(title), status=status, detail=str(sentence))
        response.mimetype = "application/problem+json"
    elif wants_fragment():
        response = make_response(render_template("errors/_refusal.html", sentence=sentence, status=status))
        response.headers.update({"HX-Retarget": "#refusal", "HX-Reswap": "innerHTML", "HX-Reselect": ".alert"})
    else:
        ways = [(str(say("Zur Startseite")), url_for("pages.front")), (str(say("Alle Runden")), url_for("rounds.index"))]
        response = make_response(render_template("errors/page.html", status=status, title=title, sentence=sentence, what_now=ways))
    response.status_code = status
    response.headers.update(headers)
    return response


def refused(error: Refused) -> Response:
    return verdict_answer(error.verdict)


def kept(verdict: Verdict) -> str:
    """The sentence of a refusal, for a view that shows its form again; what it must leave will be written."""
    if verdict.keep is not None:
        g.keep = verdict.keep
    return str(verdict.reason)


def verdict_answer(verdict: Verdict) -> Response:
    kept(verdict)
    more = {"Retry-After": str(verdict.retry_after)} if verdict.retry_after else {}
    return _answer(verdict.status, verdict.reason, **more)


def expired(error: CSRFError) -> Response:
    """A form from an old page or an ended session: what was typed is shown and can be sent again."""
    if "X-Quiet" in request.headers or not request.form:
        return _answer(400, say("Diese Seite war zu lange offen. Bitte laden Sie sie neu und senden Sie noch einmal."))
    return in_full(resend(400))


def resend(status: int) -> Response:
    fields = [(k, v) for k, v in request.form.items(multi=True) if k not in SECRET_FIELDS]
    page = render_template(
        "errors/resend.html",
        action=request.script_root + request.full_path.rstrip("?"),
        fields=[(name, name, value) for name, value in fields],
        signed_in=current_user.is_authenticated,
        login_url=url_for("accounts.login"),
    )
    return make_response(page, status)


def _http(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.response)
    more: dict[str, Any] = {k: v for k, v in error.get_headers() if k in {"Allow", "Retry-After"}}
    if (error.code or 500) in {301, 302, 303, 307, 308}:
        return make_response(error.get_response())
    sentence = FILE_TOO_LARGE if error.code == 413 and request.max_content_length != app_limit() else None
    return _answer(error.code or 500, sentence, **more)


def app_limit() -> int | None:
    limit: int | None = current_app.config["MAX_CONTENT_LENGTH"]
    return limit


def _ask_no_more() -> None:
    """The page that tells of a fault must not need what failed: it is written as for a visitor, without a question to the database."""
    with suppress(DBAPIError):
        db.session.rollback()
    g._login_user = AnonymousUserMixin()


def _database(error: DBAPIError | PoolTimeout) -> Response:
    _ask_no_more()
    if isinstance(error, DataError):
        return _answer(404 if request.method == "GET" else 400)
    return _answer(503, **{"Retry-After": "5"})


def _unexpected(app: Flask, error: BaseException) -> Response:
    original = getattr(error, "original_exception", None) or error
    if isinstance(original, OperationalError | InterfaceError | PoolTimeout):
        return _database(original)
    _ask_no_more()
    incident = secrets.token_hex(4)
    if has_request_context():
        app.logger.error("incident %s at %s", incident, request.endpoint, exc_info=original)
    return _answer(
        500,
        say(
            "Der Fehler liegt bei uns. Nichts wurde halb gespeichert. Bei Rückfragen hilft die Nummer %(number)s.",
            number=str(incident),
        ),
    )


def init_app(app: Flask) -> None:
    app.register_error_handler(Refused, refused)
    app.register_error_handler(NotFound, lambda error: _answer(404))
    app.register_error_handler(CSRFError, expired)
    app.register_error_handler(HTTPException, _http)
    for kind in (OperationalError, InterfaceError, DataError, PoolTimeout):
        app.register_error_handler(kind, _database)
    app.register_error_handler(500, lambda error: _unexpected(app, error))
