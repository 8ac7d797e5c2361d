"""For machines that watch: does the process answer, does the database?"""

from flask import Flask, Response
from sqlalchemy import text

from ideation.core.db import db


def _plain(words: str) -> Response:
    return Response(words + "\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})


def alive() -> Response:
    return _plain("alive")


def ready() -> Response:
    """A database that does not answer is told by the ordinary 503."""
    db.session.execute(text("SELECT 1 FROM alembic_version"))
    return _plain("ready")


def init_app(app: Flask) -> None:
    app.add_url_rule("/healthz", "healthz", alive)
    app.add_url_rule("/readyz", "readyz", ready)
