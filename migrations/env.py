from alembic import context
from flask import current_app
from sqlalchemy import DateTime

migrate = current_app.extensions["migrate"]
db = migrate.db


def render(kind, thing, autogenerate):
    if kind == "type" and type(thing).__name__ == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def same_type(context_, inspected, metadata, inspected_type, metadata_type):
    return False if type(metadata_type).__name__ == "UtcDateTime" and isinstance(inspected_type, DateTime) else None


def run():
    with db.engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        embedded = connection.dialect.name == "sqlite"
        if embedded:
            # Batch mode copies tables and drops the old ones; with foreign keys on, the drop would delete their children.
            raw.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=render,
            **(migrate.configure_args | {"compare_type": same_type}),
        )
        with context.begin_transaction():
            context.run_migrations()
        if embedded:
            broken = raw.execute("PRAGMA foreign_key_check").fetchall()
            raw.execute("PRAGMA foreign_keys=ON")
            if broken:
                raise RuntimeError(f"the migration broke references: {broken[:3]}")


run()
