"""The features, lowest first. Rules, models, policies, queries and actions import only features before their own."""

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

ORDER = (
    "accounts",
    "activity",
    "decisions",
    "tags",
    "institutions",
    "rounds",
    "challenges",
    "ideas",
    "teams",
    "comments",
    "ballots",
    "selections",
    "moderation",
    "labs",
    "journeys",
    "notifications",
    "transfer",
    "pages",
    "demo",
)


def register(app: Flask) -> None:
    """Each feature brings what it has: models, pages (`views.pages`), staff pages (`manage.pages`), commands (`cli.commands`)."""
    for name in ORDER:
        for room in ("models", "actions"):
            if find_spec(f"ideation.{name}.{room}"):
                import_module(f"ideation.{name}.{room}")
        if find_spec(f"ideation.{name}.views"):
            app.register_blueprint(import_module(f"ideation.{name}.views").pages)
        if find_spec(f"ideation.{name}.manage"):
            app.register_blueprint(import_module(f"ideation.{name}.manage").pages)
        if find_spec(f"ideation.{name}.cli"):
            app.cli.add_command(import_module(f"ideation.{name}.cli").commands)
