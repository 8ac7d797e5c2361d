"""The schema, from nothing or from an earlier release."""

from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Migrate
from flask_migrate import upgrade as alembic_upgrade
from sqlalchemy import inspect

from ideation.core.db import db


def init_app(app: Flask, folder: Path) -> None:
    Migrate(app, db, directory=str(folder), render_as_batch=True)


def upgrade(app: Flask) -> None:
    with app.app_context():
        alembic_upgrade()


def is_empty(app: Flask) -> bool:
    with app.app_context():
        return not inspect(db.engine).has_table("alembic_version")


def is_current(app: Flask) -> bool:
    """Whether the database has the schema of this release, neither an older nor a newer one."""
    with app.app_context():
        wanted = ScriptDirectory(app.extensions["migrate"].directory).get_current_head()
        with db.engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        db.engine.dispose()
    return found == wanted
