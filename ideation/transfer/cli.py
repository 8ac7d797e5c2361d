from pathlib import Path

import click
from flask.cli import AppGroup

from ideation.core.clock import now
from ideation.core.db import db
from ideation.rounds.models import Round
from ideation.transfer import actions, queries
from ideation.transfer.rules import Fault, Kind, Unreadable

commands = AppGroup("transfer", help="Tables of ideas and comments, in and out.")
KIND = click.Choice([kind.value for kind in Kind])


def _round(slug: str) -> Round:
    round_ = queries.round_named(slug)
    if round_ is None:
        raise click.ClickException(f"There is no round with the address {slug}.")
    return round_


def _told(path: str, faults: list[Fault]) -> None:
    for fault in faults:
        click.echo(f"{path}:{fault.line}: {fault.reason}", err=True)


@commands.command("import")
@click.argument("kind", type=KIND)
@click.argument("path")
@click.option("--round", "slug", required=True, help="The address of the round it goes into.")
@click.option("--skip-faulty", is_flag=True, help="Leave faulty lines out instead of refusing the file.")
def import_(kind: str, path: str, slug: str, skip_faulty: bool) -> None:
    """Reads a CSV file. Every fault is listed with file, line and reason; then nothing is imported unless faulty lines may be skipped."""
    round_ = _round(slug)
    actor = queries.enterer(round_)
    if actor is None:
        raise click.ClickException("Nobody moderates this round, and there is no admin: make an account with that role first.")
    try:
        report = actions.import_table(actor, Kind(kind), round_, Path(path).read_bytes(), skip_faulty=skip_faulty, now=now())
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    except Unreadable as error:
        _told(path, [error.fault])
        raise click.exceptions.Exit(1) from None
    _told(path, report.faults)
    if report.faults and not skip_faulty:
        click.echo(f"{len(report.faults)} faults, nothing imported.", err=True)
        raise click.exceptions.Exit(1)
    db.session.commit()
    click.echo(f"{report.written} imported, {report.known} already here, {len(report.faults)} left out.")


@commands.command()
@click.argument("kind", type=KIND)
@click.option("--round", "slug", required=True, help="The address of the round.")
@click.option("-o", "--output", required=True, help="The file to write; - for the standard output.")
def export(kind: str, slug: str, output: str) -> None:
    """Writes what is public as CSV. A cell that a spreadsheet would compute gets an apostrophe before it; the import takes it away again."""
    round_ = _round(slug)
    # With a byte order mark, so that spreadsheets read umlauts.
    try:
        with click.open_file(output, "w", encoding="utf-8-sig", atomic=output != "-") as file:
            written = actions.export_table(Kind(kind), round_, file)
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}") from None
    click.echo(f"{written} rows.", err=True)
