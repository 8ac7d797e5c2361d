"""Ideation: challenge rounds in the open, from a question to a project."""

import os
import runpy
from pathlib import Path
from typing import Any

from flask import Flask

HERE = Path(__file__).resolve().parent
ROOT = HERE / "_bundle" if (HERE / "_bundle").is_dir() else HERE.parent


def create_app(**settings: Any) -> Flask:
    """The application. `settings` win over the environment (tests, several installations in one process)."""
    from ideation import cli, features
    from ideation.core import assets, db, errors, health, i18n, migrate, pagecache, security, templating

    app = Flask("ideation", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    known = runpy.run_path(str(ROOT / "config.py"))["SETTINGS"]
    app.config.from_object(known[settings.get("ENV") or os.environ.get("IDEATION_ENV", "development")])
    app.config.update(settings)
    app.config["DATA_DIR"] = str(Path(app.config["DATA_DIR"]).resolve())
    Path(app.config["DATA_DIR"]).mkdir(parents=True, exist_ok=True)

    db.init_app(app)
    migrate.init_app(app, ROOT / "migrations")
    security.init_app(app)
    errors.init_app(app)
    templating.init_app(app)
    health.init_app(app)
    features.register(app)
    cli.register(app)
    # Around the application, from the inside out: languages, kept pages, static files.
    i18n.init_app(app)
    pagecache.init_app(app)
    assets.init_app(app)
    return app
