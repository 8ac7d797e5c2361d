from collections.abc import Sequence
from pathlib import Path

import click
from flask.cli import AppGroup, with_appcontext
from flask_babel import force_locale
from sqlalchemy import select as sa_select

from ideation.ballots.models import Ballot
from ideation.ballots.queries import ballots_of, shown
from ideation.ballots.rules import Rule
from ideation.budgets.rules import Misfit
from ideation.core.clock import now
from ideation.core.db import db
from ideation.elections.rules import Election, ballots, candidates
from ideation.ledger.actions import seal
from ideation.ledger.queries import lines
from ideation.ledger.verify_ledger import main as verify_ledger
from ideation.pabulib.rules import read
from ideation.recounts.actions import recount_each
from ideation.recounts.queries import to_recount
from ideation.rounds.models import Round
from ideation.selections.rules import Terms, Ties, select, terms_fault
from ideation.shares.rules import Completion
from ideation.supporters.rules import Utility
from ideation.votes.queries import entries_told

commands = AppGroup("ballots", help="Votes and what follows from them.")
TIE = 2


def _election(path: str) -> Election:
    try:
        reading = read(Path(path).read_bytes())
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    for note in reading.notes:
        if note.remark.disagrees:
            click.echo(f"{path}:{note.line}: note: {note.text}", err=True)
    for fault in reading.faults:
        click.echo(f"{path}:{fault.line}: {fault.reason}", err=True)
    if reading.election is None:
        raise click.exceptions.Exit(1)
    return reading.election


def _told_open(ids: Sequence[str], places: int, limit_reached: bool) -> None:
    """Why there are no winners yet, and the tied projects, one a line."""
    reason = f"{places} of these {len(ids)} still win" if places > 1 else "which of these comes first decides"
    more = " (there are more ways to break the ties than are followed: the limit was reached)" if limit_reached else ""
    click.echo(f"Open tie, {reason}{more}:", err=True)
    for id_ in ids:
        click.echo(id_, err=True)


@commands.command("select")
@click.argument("file")
@click.option("--rule", required=True, type=click.Choice([rule.value for rule in Rule]))
@click.option(
    "--completion", default=Completion.NONE.value, show_default=True, type=click.Choice([one.value for one in Completion])
)
@click.option("--utility", default=Utility.COST.value, show_default=True, type=click.Choice([one.value for one in Utility]))
@click.option("--seats", type=click.IntRange(min=1), help="A number of places instead of the budget of the file.")
@click.option("--minimum", default=0, show_default=True, type=click.IntRange(min=0), help="Votes (or points) needed to win.")
@click.option("--ties", default=Ties.REPORT.value, show_default=True, type=click.Choice([one.value for one in Ties]))
@click.option("--misfit", default=Misfit.SKIP.value, show_default=True, type=click.Choice([one.value for one in Misfit]))
def select_(file: str, rule: str, completion: str, utility: str, seats: int | None, minimum: int, ties: str, misfit: str) -> None:
    """The winners of a published election (a Pabulib file), one id per line.

    Ends with 1 for a damaged file, each fault with file, line and reason; with 2 for an open tie, the tied ids on standard error."""
    with force_locale("en"):
        election = _election(file)
        terms = Terms(
            Rule(rule),
            seats,
            election.budget if seats is None and rule != Rule.RANK else None,
            minimum,
            Completion(completion),
            Utility(utility),
            Ties(ties),
            Misfit(misfit),
        )
        if fault := terms_fault(terms):
            raise click.ClickException(str(fault))
    outcome = select(candidates(election), ballots(election), terms)
    ids = [project.id for project in election.projects]
    if outcome.tied:
        _told_open([ids[option] for option in outcome.tied], outcome.open_places, outcome.limit_reached)
        raise click.exceptions.Exit(TIE)
    for option in outcome.winners:
        click.echo(ids[option])


@commands.command("recount")
@click.option("--round", "slug", help="Only the ballots of this round.")
@click.option("--ballot", "ballot_id", type=int, help="Only this ballot.")
@with_appcontext
def recount_(slug: str | None, ballot_id: int | None) -> None:
    """Counts every ballot again from its ledger and compares all that repeats the counts.

    Ends with 1 if something differs, and names each row."""
    ids = [ballot.id for ballot in to_recount(slug, ballot_id)]
    if not ids and (slug or ballot_id):
        raise click.ClickException("There is no such ballot, or nobody has voted in it yet.")
    wrong = False
    for name, faults in recount_each(ids, now=now()):
        click.echo(f"{name}: {'DIFFERS' if faults else 'equal'}")
        for fault in faults:
            click.echo(f"{name}: {fault}", err=True)
        wrong = wrong or bool(faults)
    if wrong:
        raise click.exceptions.Exit(1)


def _ballot(slug: str, ballot_id: int | None) -> Ballot:
    round = db.session.scalar(sa_select(Round).where(Round.slug == slug))
    if round is None:
        raise click.ClickException(f"There is no round {slug}.")
    ballots = ballots_of(round.id)
    ballot = next((b for b in ballots if b.id == ballot_id), None) if ballot_id is not None else shown(ballots, now())
    if ballot is None:
        raise click.ClickException(f"The round {slug} has no such ballot.")
    return ballot


@commands.command("export")
@click.argument("slug")
@click.option("--ballot", "ballot_id", type=int, help="Instead of the ballot that is open or was last.")
@click.option(
    "-o", "output", required=True, type=click.Path(dir_okay=False, writable=True, allow_dash=True), help="- is standard output."
)
@with_appcontext
def export_(slug: str, ballot_id: int | None, output: str) -> None:
    """The public ledger of a ballot as JSON lines."""
    ballot = _ballot(slug, ballot_id)
    if not (told := entries_told(ballot)):
        with force_locale("en"):
            raise click.ClickException(str(told.reason))
    seq, head = seal(ballot.id)
    db.session.commit()
    try:
        with click.open_file(output, "wb") as file:
            file.writelines(lines(ballot.id, until=seq))
    except OSError as error:
        raise click.ClickException(f"{output}: {error.strerror}") from None
    click.echo(f"{seq} entries, last hash {head}", err=True)


@commands.command("verify")
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--head", multiple=True, help="A published hash that must be in the file.")
def verify_(file: str, head: Sequence[str]) -> None:
    """Checks an export with the standard library alone: the same as `python verify_ledger.py FILE`."""
    if code := verify_ledger([*(f"--head={one}" for one in head), "--", file]):
        raise click.exceptions.Exit(code)
