"""How a vote is cast: judged and written in one transaction, with its entry in the ledger."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy import insert as sa_insert
from sqlalchemy.orm import contains_eager, joinedload

from ideation.accounts.models import Account
from ideation.accounts.policy import can_speak
from ideation.activity.actions import listens, record
from ideation.activity.models import Activity
from ideation.ballots.actions import open_ledger
from ideation.ballots.models import Ballot, Option
from ideation.ballots.policy import is_open, results_are_public
from ideation.ballots.rules import Eligibility
from ideation.core.clock import hour, today
from ideation.core.db import UtcDateTime, db, dialect, insert
from ideation.core.keys import unseal
from ideation.core.mail import Outbox, queue_mail
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, NotFound, denied, require
from ideation.ideas.actions import note_votes
from ideation.ledger.actions import add, empty_private, ensure_network_key, vote_entry
from ideation.ledger.queries import receipt
from ideation.ledger.rules import Act, Trace, network_hash, receipt_code
from ideation.rounds.models import RoundWindow
from ideation.votes.models import IdempotencyKey, Participation, Vote
from ideation.votes.policy import can_cast, can_change, can_mail_receipt, can_take_part
from ideation.votes.queries import Given, Votable, VoteState, given_by, spent, state_of, token_of, votable

KEY_KEPT = timedelta(days=60)
KEY_MAX = 100
MAIL_AGAIN = timedelta(minutes=10)
YOUNG = timedelta(days=1)


def cast_vote(
    actor: Account, idea_id: int, wanted: int, *, key: str | None = None, network: str | None = None, now: datetime
) -> VoteState:
    """Brings the actor's vote for this idea to `wanted` points (0 withdraws). Repeating it changes nothing.

    Everything is judged inside the transaction: the ballot row is held shared, so closing waits; the actor's
    participation row is held alone, so their own requests come one after another. `network`: where the request comes
    from; only a hash under a key of the day is kept."""
    require(can_speak(actor))
    found = votable(actor.id, idea_id, now, lock=True)
    if found is None:
        raise NotFound
    ballot, idea = found.ballot, found.idea
    token = token_of(ballot, actor)
    if token is None:
        require(denied(say("Diese Abstimmung ist abgeschlossen, ihr Schlüssel ist gelöscht.")))
        raise NotFound
    eligible = lock_participation(ballot, token)
    given = given_by(ballot.id, token)
    before = given.get(idea.id)
    had = before.points if before else 0
    # Who has left the round can still take back what they gave.
    joined = found.joined or wanted < had
    require(can_take_part(actor, ballot, joined=joined, eligible=eligible, now=now))
    if idea.is_hidden and not before:
        raise NotFound
    answered, commit = _answered(ballot, token, key, f"{idea.id}:{wanted}", now) if key else (False, None)
    if not answered:
        require(can_cast(idea, ballot.limits, spent=spent(given), given=had, wanted=wanted))
        if wanted != had:
            require(can_change(void=bool(before and before.void)))
            commit = write_vote(found, token, before, wanted, trace=_trace(actor, found, network, now), now=now)
            given = {**given, idea.id: Given(wanted, commit)} if wanted else {k: v for k, v in given.items() if k != idea.id}
            if key:
                _remember(ballot, token, key, commit)
    code = receipt_code(ballot.id, commit) if commit else None
    return state_of(actor, ballot, found.option, idea, given, found.joined, now, code)


def _trace(actor: Account, found: Votable, network: str | None, now: datetime) -> Trace:
    hashed = None
    if network:
        hashed = network_hash(unseal(found.network_key or ensure_network_key(today(now))), network)
    return Trace(hashed, now - (actor.confirmed_at or now) < YOUNG, not found.known)


def lock_participation(ballot: Ballot, token: str) -> bool:
    """The voter's row, made if missing and locked in the same statement; tells whether they are eligible."""
    voter = {"ballot_id": ballot.id, "voter_token": token, "eligible": ballot.eligibility == Eligibility.T1}
    return bool(db.session.execute(_participation(dialect()), voter).scalar())


@cache
def _participation(dialect: str) -> Any:
    row = insert(Participation, dialect)
    row = row.on_conflict_do_update(index_elements=["ballot_id", "voter_token"], set_={"eligible": Participation.eligible})
    return row.returning(Participation.eligible)


def _answered(ballot: Ballot, token: str, key: str, wish: str, now: datetime) -> tuple[bool, str | None]:
    """Whether this key came before, and what it led to. With another wish it is refused: a key stands for one request."""
    if len(key) > KEY_MAX:
        raise Invalid(idempotency_key=say("Der Schlüssel der Anfrage ist zu lang."))
    row = insert(IdempotencyKey).values(ballot_id=ballot.id, voter_token=token, key=key, wish=wish, created_at=hour(now))
    if db.session.scalar(row.on_conflict_do_nothing().returning(IdempotencyKey.key)) is not None:
        return False, None
    before = db.session.execute(select(IdempotencyKey.wish, IdempotencyKey.commit_hash).where(*_key(ballot, token, key))).one()
    if before.wish != wish:
        raise Invalid(idempotency_key=say("Dieser Schlüssel gehört schon zu einer anderen Anfrage. Bitte laden Sie die Seite neu."))
    return True, before.commit_hash


def _remember(ballot: Ballot, token: str, key: str, commit: str) -> None:
    """The same request once more gets the same receipt."""
    known = update(IdempotencyKey).where(*_key(ballot, token, key)).execution_options(synchronize_session=False)
    db.session.execute(known.values(commit_hash=commit))


def _key(ballot: Ballot, token: str, key: str) -> tuple[Any, ...]:
    return IdempotencyKey.ballot_id == ballot.id, IdempotencyKey.voter_token == token, IdempotencyKey.key == key


VOTE = (Vote.ballot_id == bindparam("ballot"), Vote.voter_token == bindparam("token"), Vote.idea_id == bindparam("idea"))
HOUR = bindparam("at", type_=UtcDateTime())
REMOVE = delete(Vote).where(*VOTE).execution_options(synchronize_session=False)
CHANGE = (
    update(Vote)
    .where(*VOTE)
    .values(points=bindparam("to"), hour=HOUR, commit_hash=bindparam("commit"))
    .execution_options(synchronize_session=False)
)
PLACE = sa_insert(Vote.__table__).values(
    ballot_id=bindparam("ballot"), voter_token=bindparam("token"), idea_id=bindparam("idea"), points=bindparam("to"), hour=HOUR,
    commit_hash=bindparam("commit"), void=False,
)  # fmt: skip
COUNT = (
    update(Option)
    .where(Option.ballot_id == bindparam("ballot"), Option.idea_id == bindparam("idea"))
    .values(
        votes=Option.votes + bindparam("votes_by"),
        points=Option.points + bindparam("points_by"),
        paper=Option.paper + bindparam("paper_by"),
    )
    .returning(Option.votes, Option.points)
    .execution_options(synchronize_session=False)
)


def write_vote(
    found: Votable, token: str, before: Given | None, wanted: int, *, body: dict[str, Any] | None = None, trace: Trace | None = None,
    now: datetime,
) -> str:  # fmt: skip
    """The vote, its entries, its counters and its trace; all of it or nothing. Returns the commitment of the act.

    Who calls it has judged the wish under the lock. A changed number is a withdrawal and a new vote."""
    ballot, idea = found.ballot, found.idea
    if not found.opened:
        open_ledger(ballot, now=now)
    rows = []
    if before:
        rows.append(vote_entry(ballot.id, Act.WITHDRAW, token, idea.id, before.points, ref=before.commit, now=now))
    if wanted:
        rows.append(vote_entry(ballot.id, Act.CAST, token, idea.id, wanted, body=body, trace=trace, now=now))
    commit = str(rows[-1]["commit_hash"])
    vote = {"ballot": ballot.id, "token": token, "idea": idea.id}
    if not wanted:
        db.session.execute(REMOVE, vote)
    else:
        db.session.execute(CHANGE if before else PLACE, vote | {"to": wanted, "at": hour(now), "commit": commit})
    add(rows)
    people, points = bool(wanted) - bool(before), wanted - (before.points if before else 0)
    count_vote(found, people, points, paper=points if body else 0, now=now)
    record("ballot.voted", ballot, actor=None, round_id=ballot.round_id, now=hour(now))
    return commit


def count_vote(found: Votable, people: int, points: int, *, paper: int = 0, shown: bool = True, now: datetime) -> None:
    """Brings the counters of an option, and what its idea repeats of them, to the votes that count.

    `shown`: whether the round shows this ballot; the idea repeats the numbers of no other."""
    ballot, idea = found.ballot, found.idea
    by = {"ballot": ballot.id, "idea": idea.id, "votes_by": people, "points_by": points, "paper_by": paper}
    counted = db.session.execute(COUNT, by).one()
    if found.option in db.session:
        db.session.expunge(found.option)
    found.option.votes, found.option.points = counted
    if shown and (results_are_public(ballot, now) or idea.first_vote_at is None):
        note_votes(idea.id, counted.points if results_are_public(ballot, now) else None, now=now)


def mail_receipt(actor: Account, code: str, *, now: datetime) -> None:
    """Sends the actor the code of a vote of theirs, and not what it was for. Asking again within minutes sends no second mail."""
    found = receipt(code)
    ballot = db.session.get(Ballot, found.entry.ballot_id) if found else None
    if found is None or ballot is None:
        raise NotFound
    token = token_of(ballot, actor)
    require(can_mail_receipt(own=token is not None and token == found.entry.voter_token))
    waiting = Outbox.recipient == actor.email, Outbox.created_at > now - MAIL_AGAIN, Outbox.body.contains(found.code)
    if not db.session.scalar(select(exists().where(*waiting))):
        queue_mail(actor.email, "receipt", locale=actor.locale, now=now, code=found.code)


def destroy_keys(now: datetime) -> int:
    """The job: 60 days after the close a ballot's key goes, and with it every way from a vote back to a person."""
    due = select(Ballot).where(Ballot.closed_at <= now - KEY_KEPT, Ballot.sealed_key.is_not(None))
    ballots = list(db.session.scalars(due))
    for ballot in ballots:
        ballot.sealed_key = None
        empty_private(ballot.id)
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
        lock_participation(ballot, token)
        for idea_id, given in given_by(ballot.id, token).items():
            found = votable(account.id, idea_id, now, lock=True)
            if found is not None and found.ballot.id == ballot.id and not given.void:
                write_vote(found, token, given, 0, now=now)
