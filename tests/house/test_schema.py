"""Migrations from nothing give what the models describe, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect

from ideation.core.db import Base, db


def test_migrations_from_nothing_equal_the_models(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_ours})
        assert compare_metadata(context, Base.metadata) == []


def is_ours(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """SQLite's full-text tables and PostgreSQL's search columns come from the migration alone."""
    return not (reflected and "search" in (name or ""))


def test_check_constraints_of_the_models_exist(app: Flask) -> None:
    with app.app_context():
        found = inspect(db.engine)
        for name, table in Base.metadata.tables.items():
            wanted = {check.name for check in table.constraints if type(check).__name__ == "CheckConstraint"}
            assert wanted <= {check["name"] for check in found.get_check_constraints(name)}, name
