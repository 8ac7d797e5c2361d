import click
from flask import current_app
from flask.cli import AppGroup

from ideation.core.clock import now
from ideation.core.db import db
from ideation.core.secret import password_hash
from ideation.demo import actions, queries

commands = AppGroup("demo", help="The Dortmund case, to try everything out.")


@commands.command()
def load() -> None:
    """Fills an empty site. On a site that has the demo already, nothing changes."""
    if current_app.config["ENV"] == "production":
        raise click.ClickException("The demo has accounts with a known password. It is not loaded in production.")
    if queries.is_loaded():
        click.echo("The demo is already here.")
        return
    if not queries.is_empty():
        raise click.ClickException("This site has content of its own. The demo is only loaded into an empty site.")
    db.session.rollback()  # no write lock while the password is hashed
    hashed = password_hash(queries.told("konten")["passwort"])
    actions.load_demo(hashed, now=now())
    db.session.commit()
    click.echo("The demo is loaded.")
