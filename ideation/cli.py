"""The command `ideation`: what `flask --app ideation` does, the server and the jobs."""

import logging

import click
from flask import Flask, current_app
from flask.cli import AppGroup, FlaskGroup, with_appcontext

from ideation import create_app, features


@click.group(cls=FlaskGroup, create_app=create_app, add_default_commands=False, add_version_option=False, load_dotenv=False)
def main() -> None:
    """Challenge rounds in the open: the site, its data, its counts."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--no-jobs", is_flag=True, help="Serve only; `ideation jobs run` does the due work elsewhere.")
@with_appcontext
def serve(host: str, port: int, workers: int, no_jobs: bool) -> None:
    """The site, with the due work beside it."""
    from ideation.core import serve as server

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    click.echo(f"{app.config['SITE_NAME']}: http://{host}:{port}")
    try:
        server.serve(app, [] if no_jobs else features.jobs(), sealed=features.a_sealed_key, host=host, port=port, workers=workers)
    except server.Unsafe as reason:
        raise click.ClickException(str(reason)) from None


jobs = AppGroup("jobs", help="Due work: mail, closing, forgetting.")


@jobs.command()
@click.option("--once", is_flag=True, help="Ask every job once and stop.")
def run(once: bool) -> None:
    """Does due work until it is stopped."""
    from ideation.core.jobs import run_forever, run_once

    logging.basicConfig(level=logging.INFO)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if not once:
        run_forever(app, features.jobs())
    elif failed := run_once(app, features.jobs()):
        raise click.ClickException(f"{failed} of the jobs failed; the log says why.")


def register(app: Flask) -> None:
    app.cli.add_command(serve)
    app.cli.add_command(jobs)
