from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from ideation.ballots.models import Ballot
from ideation.ballots.policy import results_are_public
from ideation.ballots.queries import ballots_of, option_rows, shown
from ideation.core.db import db
from ideation.core.sentence import Message, say
from ideation.ideas.models import Idea
from ideation.ledger.models import Entry
from ideation.ledger.queries import counted, totals
from ideation.ledger.rules import Broken
from ideation.recounts.models import Recount
from ideation.recounts.rules import Fault, differences
from ideation.rounds.models import Round
from ideation.votes.queries import over_limit, standing


def find_differences(ballot: Ballot, now: datetime) -> list[Fault]:
    """Adds up the entries, without following their chain, and compares with all that repeats the sums."""
    kept = option_rows(ballot.id)
    return _compare(ballot, totals(ballot.id), kept, {row.idea_id: row.title for row in kept}, now)


def find_faults(ballot: Ballot, now: datetime) -> list[Fault]:
    """Follows the sealed ledger from its first entry, rebuilds every count from it and compares it with all that repeats it.

    Entries that wait are not seen: seal first."""
    kept = option_rows(ballot.id)
    titles = {row.idea_id: row.title for row in kept}
    try:
        count = counted(ballot.id)
    except Broken as broken:
        return [Fault("chain", broken.seq, why=str(broken))]
    found = _compare(ballot, {option: count.of(option) for option in count.votes}, kept, titles, now)
    paper = {option: (points, points) for option, points in count.paper.items()}
    found += differences("counter", paper, {row.idea_id: (row.paper, row.paper) for row in kept}, titles)
    return found + [Fault("limit", why=token) for token in over_limit(ballot)]


def _compare(
    ballot: Ballot, true: dict[int, tuple[int, int]], kept: Sequence[Any], titles: dict[int, str], now: datetime
) -> list[Fault]:
    found = differences("counter", true, {row.idea_id: (row.votes, row.points) for row in kept}, titles)
    found += differences("vote", true, standing(ballot.id), titles)
    return found + _shown(ballot, true, titles, now)


def _shown(ballot: Ballot, true: dict[int, tuple[int, int]], titles: dict[int, str], now: datetime) -> list[Fault]:
    """The ideas repeat the number of the ballot their round shows; nothing while its results are hidden."""
    last = shown(ballots_of(ballot.round_id), now)
    if last is None or last.id != ballot.id or (ballot.opened_at is None and ballot.closed_at is None):
        return []
    public = results_are_public(ballot, now)
    told = {idea: votes for idea, votes in db.session.execute(select(Idea.id, Idea.votes).where(Idea.id.in_(titles)))}  # noqa: C416
    points = {option: true.get(option, (0, 0))[1] if public else 0 for option in titles}
    wrong = [option for option in titles if told.get(option, 0) != points[option]]
    return [Fault("page", o, titles[o], (points[o], points[o]), (told.get(o, 0), told.get(o, 0))) for o in wrong]


def last_recount(ballot_id: int) -> Recount | None:
    return db.session.get(Recount, ballot_id, populate_existing=True)


def faults_of(ballot_id: int) -> list[Fault]:
    """What the last recount found."""
    last = last_recount(ballot_id)
    return [Fault.read(one) for one in last.faults] if last else []


def faults_told(ballot: Ballot, last: Recount | None) -> list[Message]:
    """What the last recount found, as everybody may read it; while results are hidden only that something differs."""
    faults = [Fault.read(one) for one in last.faults] if last else []
    if faults and ballot.hides_results and ballot.closed_at is None:
        return [say("Was abweicht, steht hier nach dem Ende der Abstimmung.")]
    return [fault.openly for fault in faults]


def to_recount(slug: str | None = None, ballot_id: int | None = None, before: datetime | None = None) -> Sequence[Ballot]:
    """Ballots with a ledger: all, those of a round, or one; `before`: those without a recount since then."""
    query = select(Ballot).where(exists().where(Entry.ballot_id == Ballot.id)).order_by(Ballot.id)
    query = query.options(joinedload(Ballot.window, innerjoin=True), joinedload(Ballot.round, innerjoin=True))
    if slug is not None:
        query = query.join(Round, Round.id == Ballot.round_id).where(Round.slug == slug)
    if ballot_id is not None:
        query = query.where(Ballot.id == ballot_id)
    if before is not None:
        query = query.where(~exists().where(Recount.ballot_id == Ballot.id, Recount.done_at >= before))
    return list(db.session.scalars(query))
