from collections.abc import Iterable
from pathlib import Path

import click
from flask.cli import AppGroup

from ideation.core.clock import now
from ideation.core.db import db
from ideation.core.verdict import Invalid, Refused, require
from ideation.pabulib.actions import import_file
from ideation.pabulib.policy import can_publish_votes
from ideation.pabulib.queries import election_of
from ideation.pabulib.rules import write
from ideation.protocols.queries import protocol_of
from ideation.rounds.models import Round
from ideation.tables.rules import Fault as FileFault
from ideation.transfer import actions, queries
from ideation.transfer.rules import Fault, Kind, Unreadable

commands = AppGroup("transfer", help="Tables of ideas and comments, in and out.")
# An election is no table: it comes as a Pabulib file, whole, and brings its own round.
PABULIB = "pabulib"
KIND = click.Choice([*(kind.value for kind in Kind), PABULIB])


def _round(slug: str) -> Round:
    round_ = queries.round_named(slug)
    if round_ is None:
        raise click.ClickException(f"There is no round with the address {slug}.")
    return round_


def _told(path: str, faults: Iterable[Fault | FileFault]) -> None:
    for fault in faults:
        click.echo(f"{path}:{fault.line}: {fault.reason}", err=True)


@commands.command("import")
@click.argument("kind", type=KIND)
@click.argument("path")
@click.option("--round", "slug", required=True, help="The address of the round it goes into.")
@click.option("--skip-faulty", is_flag=True, help="Leave faulty lines out instead of refusing the file.")
def import_(kind: str, path: str, slug: str, skip_faulty: bool) -> None:
    """Reads a CSV file, or an election as a Pabulib file. Every fault is listed with file, line and reason; then nothing is imported
    unless faulty lines may be skipped."""
    if kind == PABULIB:
        _import_election(path, slug, skip_faulty)
    else:
        _import_table(kind, path, slug, skip_faulty)


def _import_table(kind: str, path: str, slug: str, skip_faulty: bool) -> None:
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


def _import_election(path: str, slug: str, skip_faulty: bool) -> None:
    """The round is made with this address; the same file again changes nothing."""
    if skip_faulty:
        raise click.UsageError("An election is taken whole: --skip-faulty is for tables.")
    actor = queries.importer()
    if actor is None:
        raise click.ClickException("There is no admin and no moderator: make an account with that role first.")
    try:
        done = import_file(actor, slug, Path(path).read_bytes(), now=now())
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    except (Refused, Invalid) as error:
        raise click.ClickException(f"{path}: {_sentence(error)}") from None
    for line, note in done.notes:
        click.echo(f"{path}:{line}: note: {note}", err=True)
    _told(path, done.faults)
    if done.faults:
        db.session.rollback()
        click.echo(f"{len(done.faults)} faults, nothing imported.", err=True)
        raise click.exceptions.Exit(1)
    db.session.commit()
    said = f"{done.projects} projects imported as an archived round" if done.projects else "already here, nothing changed"
    click.echo(f"{slug}: {said}.")


def _sentence(error: Refused | Invalid) -> str:
    return str(error.verdict.reason) if isinstance(error, Refused) else " ".join(map(str, error.faults.values()))


def _export_election(slug: str, ballot_id: int | None, output: str) -> None:
    ballot = queries.ballot_to_export(_round(slug), ballot_id)
    if ballot is None:
        raise click.ClickException(f"The round {slug} has no such ballot, or none that is closed.")
    try:
        require(can_publish_votes(ballot, 0 if ballot.closed_at is None else (protocol := protocol_of(ballot)).voters))
    except Refused as error:
        raise click.ClickException(_sentence(error)) from None
    election = election_of(ballot, protocol)
    try:
        with click.open_file(output, "w", encoding="utf-8", atomic=output != "-") as file:
            file.write(write(election))
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}") from None
    click.echo(f"{len(election.votes)} votes.", err=True)


@commands.command()
@click.argument("kind", type=KIND)
@click.option("--round", "slug", required=True, help="The address of the round.")
@click.option(
    "--ballot", "ballot_id", type=int, help="For pabulib: which ballot, by its number in addresses; else the last closed one."
)
@click.option("-o", "--output", required=True, help="The file to write; - for the standard output.")
def export(kind: str, slug: str, ballot_id: int | None, output: str) -> None:
    """Writes what is public as CSV, or a closed ballot as a Pabulib file. A cell that a spreadsheet would compute gets an apostrophe
    before it; the import takes it away again."""
    if kind == PABULIB:
        _export_election(slug, ballot_id, output)
    else:
        _export_table(kind, slug, output)


def _export_table(kind: str, slug: str, output: str) -> None:
    round_ = _round(slug)
    # With a byte order mark, so that spreadsheets read umlauts.
    try:
        with click.open_file(output, "w", encoding="utf-8-sig", atomic=output != "-") as file:
            written = actions.export_table(Kind(kind), round_, file)
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}") from None
    click.echo(f"{written} rows.", err=True)
