import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, exists, func, select, update
from sqlalchemy import insert as sa_insert
from sqlalchemy.orm import contains_eager, joinedload

from ideation.accounts.models import Account
from ideation.accounts.policy import can_speak
from ideation.activity.actions import listens, record
from ideation.activity.models import Activity
from ideation.ballots.models import Ballot, IdempotencyKey, Option, Participation, RuleNote, Vote
from ideation.ballots.policy import can_cast, can_take_part, is_open, results_are_public
from ideation.ballots.queries import Votable, VoteState, has_votes, spent_by, state_of, token_of, votable
from ideation.ballots.rules import FAULTS, BallotSettings, Eligibility, settings_fault
from ideation.core.clock import hour
from ideation.core.db import UtcDateTime, db, dialect, insert
from ideation.core.keys import seal
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, NotFound, denied, require
from ideation.ideas.actions import freeze_text, note_votes, show_votes
from ideation.ideas.models import Idea
from ideation.ideas.rules import VOTABLE, Status
from ideation.rounds.actions import set_window
from ideation.rounds.models import Round, RoundWindow
from ideation.rounds.policy import can_moderate
from ideation.rounds.rules import Activity as Window
from ideation.rounds.rules import State, state

KEY_KEPT = timedelta(days=60)
KEY_MAX = 100


def create_ballot(
    actor: Account, round: Round, settings: BallotSettings, opens_at: datetime, closes_at: datetime | None, *, now: datetime
) -> Ballot:
    """A ballot with its own vote window (`round.windows` and `.moderators` loaded). Public ideas become its options."""
    require(can_moderate(actor, round))
    _check(settings)
    number = db.session.scalar(select(func.coalesce(func.max(Ballot.number), 0)).where(Ballot.round_id == round.id))
    window = set_window(round, Window.VOTE, opens_at, closes_at)
    db.session.flush()
    ballot = Ballot(round=round, number=(number or 0) + 1, window=window, sealed_key=seal(secrets.token_bytes(32)), created_at=now)
    ballot.settings = settings
    db.session.add(ballot)
    db.session.flush()
    _gather_options(ballot, now)
    record("ballot.created", ballot, actor=actor, round_id=round.id, now=now)
    return ballot


def update_ballot(
    actor: Account,
    ballot: Ballot,
    settings: BallotSettings,
    opens_at: datetime,
    closes_at: datetime | None,
    *,
    reason: str = "",
    now: datetime,
) -> None:
    """Before the first vote everything can change; after it only a later close, with a reason everybody reads."""
    require(can_moderate(actor, ballot.round))
    _lock(ballot)
    same_rules = settings == ballot.settings and opens_at == ballot.window.opens_at
    if same_rules and closes_at == ballot.window.closes_at:
        return
    if ballot.closed_at is not None:
        require(denied(say("Diese Abstimmung ist geschlossen. An ihr ändert sich nichts mehr.")))
    if has_votes(ballot.id):
        if not same_rules:
            require(
                denied(
                    say(
                        "Seit der ersten Stimme stehen die Regeln fest: Methode, Zahl der Stimmen, Liste, Plätze und Beginn ändern sich nicht mehr."
                    )
                )
            )
        _extend(actor, ballot, closes_at, reason, now)
    else:
        _check(settings)
        ballot.settings = settings
        set_window(ballot.round, Window.VOTE, opens_at, closes_at, ballot.window)
        db.session.execute(delete(Option).where(Option.ballot_id == ballot.id))
        _gather_options(ballot, now)
    _freeze_texts(ballot)
    record("ballot.edited", ballot, actor=actor, round_id=ballot.round_id, now=now)


def _extend(actor: Account, ballot: Ballot, closes_at: datetime | None, reason: str, now: datetime) -> None:
    before = ballot.window.closes_at
    if before is None or closes_at is None or closes_at < before or now >= before:
        require(denied(say("Seit der ersten Stimme kann die Abstimmung nur noch verlängert werden, solange sie offen ist.")))
        return
    if len(reason.strip()) < 10:
        raise Invalid(
            reason=say("Bitte begründen Sie die Verlängerung in einem Satz. Die Begründung steht öffentlich bei den Regeln.")
        )
    set_window(ballot.round, Window.VOTE, ballot.window.opens_at, closes_at, ballot.window)
    db.session.add(RuleNote(ballot_id=ballot.id, closes_before=before, closes_after=closes_at, reason=reason.strip(), noted_at=now))


def _check(settings: BallotSettings) -> None:
    if found := settings_fault(settings):
        raise Invalid(**{found[0]: FAULTS[found[1]]})


def _lock(ballot: Ballot) -> None:
    """Alone with the ballot: no vote is being cast while this transaction lasts."""
    db.session.refresh(ballot, ["closed_at", "opened_at"], with_for_update=True)
    db.session.refresh(ballot.window)


def _gather_options(ballot: Ballot, now: datetime) -> None:
    wanted = [Status.SHORTLISTED] if ballot.shortlist_only else list(VOTABLE)
    ideas = select(Idea.id).where(Idea.round_id == ballot.round_id, Idea.status.in_(wanted), Idea.visibility == "shown")
    for idea_id in db.session.scalars(ideas.order_by(Idea.id)).all():
        _admit(ballot, idea_id, now)
    _freeze_texts(ballot)


def _admit(ballot: Ballot, idea_id: int, now: datetime) -> None:
    row = insert(Option).values(ballot_id=ballot.id, idea_id=idea_id, added_at=now, votes=0, points=0)
    db.session.execute(row.on_conflict_do_nothing())


def _freeze_texts(ballot: Ballot) -> None:
    """On a closed list the texts stand still while people vote on them."""
    if ballot.closed_list:
        ids = list(db.session.scalars(select(Option.idea_id).where(Option.ballot_id == ballot.id)))
        freeze_text(ids, ballot.window.opens_at, ballot.window.closes_at)


def _unfinished(round_id: int) -> list[Ballot]:
    query = select(Ballot).where(Ballot.round_id == round_id, Ballot.closed_at.is_(None)).options(joinedload(Ballot.window))
    return list(db.session.scalars(query))


@listens("idea.published", "idea.restored", "idea.reopened", "idea.shortlisted")
def _may_enter(activity: Activity, idea: Idea, actor: Account | None, *, now: datetime) -> None:
    """An open list admits new ideas while people vote; a closed one only before it opens."""
    for ballot in _unfinished(idea.round_id):
        where = state(ballot.window, now)
        if where is State.PAST or idea.is_hidden or idea.status not in VOTABLE:
            continue
        if ballot.closed_list and (where is State.OPEN or (ballot.shortlist_only and idea.status != Status.SHORTLISTED)):
            continue
        _admit(ballot, idea.id, now)
        if ballot.closed_list:
            freeze_text([idea.id], ballot.window.opens_at, ballot.window.closes_at)


@listens("idea.unlisted")
def _may_leave(activity: Activity, idea: Idea, actor: Account | None, *, now: datetime) -> None:
    for ballot in _unfinished(idea.round_id):
        if ballot.shortlist_only and state(ballot.window, now) is State.COMING:
            db.session.execute(delete(Option).where(Option.ballot_id == ballot.id, Option.idea_id == idea.id))


def cast_vote(actor: Account, idea_id: int, wanted: int, *, key: str | None = None, now: datetime) -> VoteState:
    """Brings the actor's vote for this idea to `wanted` points (0 withdraws). Repeating it changes nothing.

    Everything is judged inside the transaction: the ballot row is held shared, so closing waits; the actor's
    participation row is held alone, so their own requests come one after another."""
    require(can_speak(actor))
    found = votable(actor.id, idea_id, now, lock=True)
    if found is None:
        raise NotFound
    ballot, idea = found.ballot, found.idea
    token = token_of(ballot, actor)
    if token is None:
        require(denied(say("Diese Abstimmung ist abgeschlossen, ihr Schlüssel ist gelöscht.")))
        raise NotFound
    eligible = _lock_participation(ballot, token)
    given = spent_by(ballot.id, token)
    before = given.get(idea.id, 0)
    # Who has left the round can still take back what they gave.
    joined = found.joined or wanted < before
    require(can_take_part(actor, ballot, joined=joined, eligible=eligible, now=now))
    if idea.is_hidden and not before:
        raise NotFound
    if key is None or not _answered(ballot, token, key, f"{idea.id}:{wanted}", now):
        require(can_cast(idea, ballot.limits, spent=sum(given.values()), given=before, wanted=wanted))
        if wanted != before:
            _write(found, token, before, wanted, now)
            given = {k: v for k, v in {**given, idea.id: wanted}.items() if v}
    return state_of(actor, ballot, found.option, idea, given, found.joined, now)


def _lock_participation(ballot: Ballot, token: str) -> bool:
    """The voter's row, made if missing and locked in the same statement; tells whether they are eligible."""
    voter = {"ballot_id": ballot.id, "voter_token": token, "eligible": ballot.eligibility == Eligibility.T1}
    return bool(db.session.execute(_participation(dialect()), voter).scalar())


@cache
def _participation(dialect: str) -> Any:
    row = insert(Participation, dialect)
    row = row.on_conflict_do_update(index_elements=["ballot_id", "voter_token"], set_={"eligible": Participation.eligible})
    return row.returning(Participation.eligible)


def _answered(ballot: Ballot, token: str, key: str, wish: str, now: datetime) -> bool:
    """Whether this key came before. With another wish it is refused: a key stands for one request."""
    if len(key) > KEY_MAX:
        raise Invalid(idempotency_key=say("Der Schlüssel der Anfrage ist zu lang."))
    row = insert(IdempotencyKey).values(ballot_id=ballot.id, voter_token=token, key=key, wish=wish, created_at=hour(now))
    if db.session.scalar(row.on_conflict_do_nothing().returning(IdempotencyKey.key)) is not None:
        return False
    before = db.session.scalar(
        select(IdempotencyKey.wish).where(
            IdempotencyKey.ballot_id == ballot.id, IdempotencyKey.voter_token == token, IdempotencyKey.key == key
        )
    )
    if before != wish:
        raise Invalid(idempotency_key=say("Dieser Schlüssel gehört schon zu einer anderen Anfrage. Bitte laden Sie die Seite neu."))
    return True


VOTE = (Vote.ballot_id == bindparam("ballot"), Vote.voter_token == bindparam("token"), Vote.idea_id == bindparam("idea"))
HOUR = bindparam("at", type_=UtcDateTime())
REMOVE = delete(Vote).where(*VOTE).execution_options(synchronize_session=False)
CHANGE = update(Vote).where(*VOTE).values(points=bindparam("to"), hour=HOUR).execution_options(synchronize_session=False)
PLACE = sa_insert(Vote.__table__).values(
    ballot_id=bindparam("ballot"), voter_token=bindparam("token"), idea_id=bindparam("idea"), points=bindparam("to"), hour=HOUR
)
COUNT = (
    update(Option)
    .where(Option.ballot_id == bindparam("ballot"), Option.idea_id == bindparam("idea"))
    .values(votes=Option.votes + bindparam("votes_by"), points=Option.points + bindparam("points_by"))
    .returning(Option.votes, Option.points)
    .execution_options(synchronize_session=False)
)


def _write(found: Votable, token: str, before: int, wanted: int, now: datetime) -> None:
    """The vote, its counters and its trace; all of it or nothing."""
    ballot, idea = found.ballot, found.idea
    vote = {"ballot": ballot.id, "token": token, "idea": idea.id}
    if not wanted:
        db.session.execute(REMOVE, vote)
    elif before:
        db.session.execute(CHANGE, vote | {"to": wanted, "at": hour(now)})
    else:
        db.session.execute(PLACE, vote | {"to": wanted, "at": hour(now)})
    votes, points = bool(wanted) - bool(before), wanted - before
    counted = db.session.execute(COUNT, vote | {"votes_by": votes, "points_by": points}).one()
    db.session.expunge(found.option)
    found.option.votes, found.option.points = counted
    if results_are_public(ballot, now) or idea.first_vote_at is None:
        note_votes(idea.id, counted.points if results_are_public(ballot, now) else None, now=now)
    record("ballot.voted", ballot, actor=None, round_id=ballot.round_id, now=hour(now))


def close_ballot(ballot: Ballot, *, now: datetime) -> bool:
    """Records the close, once. From here on the count stands, whatever the clock says; hidden results become public."""
    _lock(ballot)
    if ballot.closed_at is not None:
        return False
    if state(ballot.window, now) is not State.PAST:
        require(denied(say("Die Abstimmung läuft noch bis %(closes)s.", closes=ballot.window.closes_at or say("auf Weiteres"))))
    ballot.closed_at = now
    _show_counts(ballot, now)
    record("ballot.closed", ballot, actor=None, round_id=ballot.round_id, now=now)
    return True


def _show_counts(ballot: Ballot, now: datetime) -> None:
    """The ideas repeat the counts of the ballot shown, for sorting; nothing while its results are hidden."""
    public = results_are_public(ballot, now)
    for idea_id, points in db.session.execute(select(Option.idea_id, Option.points).where(Option.ballot_id == ballot.id)).all():
        show_votes(idea_id, points if public else 0)


def open_due(now: datetime) -> int:
    """The job: when a later ballot begins, the ideas stop repeating the counts of the one before."""
    due = (
        select(Ballot)
        .join(Ballot.window)
        .where(Ballot.opened_at.is_(None), Ballot.closed_at.is_(None), RoundWindow.opens_at <= now)
        .with_for_update(of=Ballot, skip_locked=True)
    )
    begun = list(db.session.scalars(due))
    for ballot in begun:
        ballot.opened_at = now
        _show_counts(ballot, now)
        record("ballot.opened", ballot, actor=None, round_id=ballot.round_id, now=now)
    return len(begun)


def close_due(now: datetime) -> int:
    """The job: records the close of every ballot whose window has ended. Returns how many."""
    due = (
        select(Ballot)
        .join(Ballot.window)
        .where(Ballot.closed_at.is_(None), RoundWindow.closes_at <= now)
        .options(contains_eager(Ballot.window))
    )
    closed = 0
    for ballot in list(db.session.scalars(due)):
        closed += close_ballot(ballot, now=now)
    return closed


def destroy_keys(now: datetime) -> int:
    """The job: 60 days after the close a ballot's key goes, and with it every way from a vote back to a person."""
    due = select(Ballot).where(Ballot.closed_at <= now - KEY_KEPT, Ballot.sealed_key.is_not(None))
    ballots = list(db.session.scalars(due))
    for ballot in ballots:
        ballot.sealed_key = None
        db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.ballot_id == ballot.id))
        record("ballot.key_destroyed", ballot, actor=None, round_id=ballot.round_id, now=now)
    return len(ballots)


@listens("account.opinion_withdrawn")
def _withdraw_open_votes(activity: Activity, account: Account, actor: Account | None, *, now: datetime) -> None:
    """Who takes back the consent takes back the votes that still count; closed counts stay."""
    query = (
        select(Ballot)
        .join(Ballot.window)
        .where(Ballot.closed_at.is_(None), Ballot.sealed_key.is_not(None), RoundWindow.opens_at <= now)
        .where(exists().where(Vote.ballot_id == Ballot.id))
        .options(contains_eager(Ballot.window), joinedload(Ballot.round))
        .order_by(Ballot.id)
        # Held shared as by a vote: none of them is closed between the question and the withdrawal.
        .with_for_update(read=True, of=Ballot)
    )
    for ballot in list(db.session.scalars(query)):
        token = token_of(ballot, account)
        if token is None or not is_open(ballot, now):
            continue
        _lock_participation(ballot, token)
        for idea_id, points in spent_by(ballot.id, token).items():
            found = votable(account.id, idea_id, now, lock=True)
            if found is not None and found.ballot.id == ballot.id:
                _write(found, token, points, 0, now)
