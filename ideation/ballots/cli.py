from collections.abc import Sequence
from pathlib import Path

import click
from flask.cli import AppGroup
from flask_babel import force_locale

from ideation.ballots.rules import Rule
from ideation.budgets.rules import Misfit
from ideation.elections.rules import Election, ballots, candidates
from ideation.pabulib.rules import read
from ideation.selections.rules import Terms, Ties, select, terms_fault
from ideation.shares.rules import Completion
from ideation.supporters.rules import Utility

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
