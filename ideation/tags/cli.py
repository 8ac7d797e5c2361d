import click
from flask.cli import AppGroup

from ideation.core.clock import now
from ideation.core.db import db
from ideation.tags.actions import load_presets

commands = AppGroup("tags", help="Tags and their frames.")


@commands.command("load")
def load() -> None:
    """The usual frames, on a site that has none."""
    made = load_presets(now=now())
    db.session.commit()
    click.echo(f"{made} tags added.")
