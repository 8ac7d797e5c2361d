from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, select
from sqlalchemy.orm import contains_eager, joinedload

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot, Option
from ideation.ballots.queries import ballots_of, shown
from ideation.core.clock import hour
from ideation.core.db import db
from ideation.core.verdict import NotFound
from ideation.corrections.models import CorrectedVote, Correction
from ideation.corrections.rules import Act, Span, Status
from ideation.ideas.models import Idea
from ideation.ledger.models import Entry
from ideation.ledger.rules import PREFIX, read_code
from ideation.rounds.models import Round, RoundModerator
from ideation.rounds.policy import can_see
from ideation.selections.models import Selection
from ideation.selections.queries import selection_of_ballot
from ideation.votes.models import Vote


def is_certified(ballot_id: int) -> bool:
    known = selection_of_ballot(ballot_id)
    return known is not None and known.status == "certified"


def _standing(ballot_id: int, act: Act) -> tuple[ColumnElement[bool], ...]:
    """Casts with which this act can begin: those that count now, or those that are void."""
    same = Vote.ballot_id == ballot_id, Vote.commit_hash == Entry.commit_hash, Vote.void.is_(act == Act.REINSTATE)
    return Entry.ballot_id == ballot_id, *same


def _casts(ballot_id: int, act: Act) -> Select[tuple[int]]:
    return select(Entry.id).select_from(Entry).join(Vote, Vote.commit_hash == Entry.commit_hash).where(*_standing(ballot_id, act))


def still_standing(ballot_id: int, act: Act, entry_ids: Collection[int]) -> set[int]:
    return set(db.session.scalars(_casts(ballot_id, act).where(Entry.id.in_(list(entry_ids)))))


def casts_in(ballot_id: int, act: Act, span: Span, limit: int) -> list[int]:
    """Their entries, at most `limit`; those from paper are chosen by their codes."""
    query = _casts(ballot_id, act).where(Entry.option == span.idea)
    if span.exactly:
        query = query.where(Entry.at >= span.begins, Entry.at <= span.ends)
    else:
        query = query.where(Entry.hour >= hour(span.begins), Entry.hour < span.ends)
    for wanted, column in ((span.young, Entry.young), (span.quiet, Entry.quiet)):
        if wanted:
            query = query.where(column.is_(True))
    if span.networks is not None:
        query = query.where(Entry.network.in_(span.networks))
    return list(db.session.scalars(query.order_by(Entry.id).limit(limit)))


def casts_of(ballot_id: int, act: Act, codes: Sequence[str]) -> tuple[list[int], list[str]]:
    """The entries of these receipt codes, and the codes that lead to no vote for which the act makes sense."""
    known = {code: read_code(code) for code in codes}
    prefixes = {found[1] for found in known.values() if found is not None and found[0] == ballot_id}
    start = func.substr(Entry.commit_hash, 1, PREFIX)
    rows = db.session.execute(_casts(ballot_id, act).add_columns(start).where(start.in_(prefixes)).order_by(Entry.id)).all()
    by_prefix = {prefix: entry for entry, prefix in rows}
    wrong = [code for code, found in known.items() if found is None or found[0] != ballot_id or found[1] not in by_prefix]
    return list(by_prefix.values()), wrong


def casts_of_correction(ballot_id: int, act: Act, correction_id: int) -> list[int]:
    """What an earlier correction reached, as far as the act makes sense for it now."""
    mine = select(CorrectedVote.entry_id).join(Correction, Correction.id == CorrectedVote.correction_id)
    mine = mine.where(Correction.id == correction_id, Correction.ballot_id == ballot_id)
    return list(db.session.scalars(_casts(ballot_id, act).where(Entry.id.in_(mine)).order_by(Entry.id)))


def affected(correction: Correction) -> Sequence[Row[Any]]:
    """The votes of a proposal that still stand: option, points, commit_hash, body of the cast."""
    query = (
        select(Entry.option, Entry.points, Entry.commit_hash, Entry.body)
        .join(CorrectedVote, CorrectedVote.entry_id == Entry.id)
        .join(Vote, Vote.commit_hash == Entry.commit_hash)
        .where(CorrectedVote.correction_id == correction.id, *_standing(correction.ballot_id, Act(correction.act)))
    )
    return db.session.execute(query.order_by(Entry.id)).all()


def options_of(ballot_id: int, idea_ids: Collection[int]) -> Sequence[Option]:
    query = select(Option).where(Option.ballot_id == ballot_id, Option.idea_id.in_(list(idea_ids)))
    loaded = joinedload(Option.idea, innerjoin=True), joinedload(Option.ballot, innerjoin=True)
    return db.session.scalars(query.options(*loaded).order_by(Option.idea_id).execution_options(populate_existing=True)).all()


def is_shown(ballot: Ballot, now: datetime) -> bool:
    last = shown(ballots_of(ballot.round_id), now)
    return last is not None and last.id == ballot.id


def options_to_choose(ballot_id: int) -> list[tuple[int, str]]:
    query = select(Option.idea_id, Idea.title).join(Idea, Idea.id == Option.idea_id).where(Option.ballot_id == ballot_id)
    return [(idea, title) for idea, title in db.session.execute(query.order_by(Idea.title, Idea.id).limit(1_000))]


@dataclass(frozen=True, slots=True)
class Reach:
    """What a correction means for one idea: so many votes, and what counts before and after (people, or points)."""

    idea: int
    title: str
    votes: int
    before: int
    after: int


def reach_of(correction: Correction) -> list[Reach]:
    """By idea: of a proposal what it would reach now, otherwise what it did reach (then before and after are not told)."""
    ballot, sign = correction.ballot, -1 if correction.act == Act.VOID else 1
    query = select(Entry.option, Idea.title, func.count(), func.sum(Entry.points), Option.votes, Option.points)
    query = query.join(Idea, Idea.id == Entry.option)
    query = query.join(Option, (Option.idea_id == Entry.option) & (Option.ballot_id == Entry.ballot_id))
    if correction.status == Status.CONFIRMED:
        told = Entry.body["correction"].as_integer() == correction.id
        query = query.where(Entry.ballot_id == ballot.id, Entry.action == correction.act, told)
    else:
        query = query.join(CorrectedVote, CorrectedVote.entry_id == Entry.id).join(Vote, Vote.commit_hash == Entry.commit_hash)
        query = query.where(CorrectedVote.correction_id == correction.id, *_standing(ballot.id, Act(correction.act)))
    query = query.group_by(Entry.option, Idea.title, Option.votes, Option.points).order_by(Entry.option)
    counts_points = ballot.method == "points"
    found = []
    for idea, title, people, points, all_people, all_points in db.session.execute(query):
        before, by = (all_points, int(points)) if counts_points else (all_people, people)
        found.append(Reach(idea, title, people, before, before + sign * by))
    return found


def concerned(correction: Correction) -> list[int]:
    """The ideas whose votes a correction is about, also of votes that are gone."""
    query = select(Entry.option).join(CorrectedVote, CorrectedVote.entry_id == Entry.id)
    return [idea for idea in db.session.scalars(query.where(CorrectedVote.correction_id == correction.id).distinct()) if idea]


def correction_or_404(viewer: Account | None, correction_id: int) -> Correction:
    query = (
        select(Correction)
        .where(Correction.id == correction_id)
        .join(Correction.ballot)
        .options(joinedload(Correction.proposed_by), joinedload(Correction.decision))
        .options(contains_eager(Correction.ballot).joinedload(Ballot.window, innerjoin=True))
        .options(contains_eager(Correction.ballot).joinedload(Ballot.round, innerjoin=True).selectinload(Round.moderators))
    )
    correction = db.session.scalar(query)
    if correction is None or not can_see(viewer, correction.ballot.round):
        raise NotFound
    return correction


def corrections_of(ballot_id: int) -> Sequence[Correction]:
    """Every correction of a ballot, the latest first."""
    query = select(Correction).where(Correction.ballot_id == ballot_id).options(joinedload(Correction.proposed_by))
    return db.session.scalars(query.options(joinedload(Correction.decision)).order_by(Correction.id.desc())).all()


@dataclass(frozen=True, slots=True)
class Told:
    """What the results page says: how many votes are void now, and every correction that was carried out, oldest first."""

    void: int
    corrections: list[Correction]


def told(ballot_id: int) -> Told:
    query = select(Correction).where(Correction.ballot_id == ballot_id, Correction.status == Status.CONFIRMED)
    found = list(
        db.session.scalars(query.options(joinedload(Correction.decision, innerjoin=True)).order_by(Correction.decision_id))
    )
    return Told(sum(c.votes if c.act == Act.VOID else -c.votes for c in found), found)


def waiting_for_second(account: Account) -> Sequence[Row[tuple[int, str, str, datetime]]]:
    """Corrections that this person could confirm, the oldest first: id, act, title of the round, proposed_at."""
    certified = exists().where(Selection.ballot_id == Ballot.id, Selection.status == "certified")
    query = (
        select(Correction.id, Correction.act, Round.title, Correction.proposed_at)
        .join(Ballot, Ballot.id == Correction.ballot_id)
        .join(Round, Round.id == Ballot.round_id)
        .where(Correction.status == Status.PROPOSED, ~certified)
        .where(func.coalesce(Correction.proposed_by_id, 0) != account.id)
        .order_by(Correction.id)
        .limit(50)
    )
    if not account.is_admin:
        query = query.where(exists().where(RoundModerator.round_id == Round.id, RoundModerator.account_id == account.id))
    return db.session.execute(query).all()
