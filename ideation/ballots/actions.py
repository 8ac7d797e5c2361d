"""How a ballot is set up, opened and closed. Votes are cast in `votes`."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, literal, select, update
from sqlalchemy.orm import contains_eager, joinedload

from ideation.accounts.models import Account
from ideation.activity.actions import listens, record
from ideation.activity.models import Activity
from ideation.ballots.models import Ballot, Option, RuleNote
from ideation.ballots.policy import results_are_public
from ideation.ballots.rules import BUDGET_MAX, FAULTS, BallotSettings, settings_fault, told
from ideation.core.db import db, insert
from ideation.core.keys import seal
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, NotFound, denied, require
from ideation.ideas.actions import freeze_text, set_costs, show_votes
from ideation.ideas.models import Idea
from ideation.ideas.rules import VOTABLE, Status
from ideation.ledger.actions import add, ensure_signing_key, entry, publish_head, tell_witnesses
from ideation.ledger.models import Entry
from ideation.ledger.queries import is_opened, totals
from ideation.ledger.rules import Act, text_hash
from ideation.rounds.actions import set_window
from ideation.rounds.models import Round, RoundWindow
from ideation.rounds.policy import can_moderate
from ideation.rounds.rules import Activity as Window
from ideation.rounds.rules import State, state


def create_ballot(
    actor: Account, round: Round, settings: BallotSettings, opens_at: datetime, closes_at: datetime | None, *, now: datetime
) -> Ballot:
    """A ballot with its own vote window (`round.windows` and `.moderators` loaded). Public ideas become its options."""
    require(can_moderate(actor, round))
    _check(settings)
    number = db.session.scalar(select(func.coalesce(func.max(Ballot.number), 0)).where(Ballot.round_id == round.id))
    window = set_window(round, Window.VOTE, opens_at, closes_at)
    db.session.flush()
    ensure_signing_key(now)
    ballot = Ballot(
        round=round, number=(number or 0) + 1, window=window, sealed_key=seal(secrets.token_bytes(32)), lot_seed=secrets.token_hex(16),
        created_at=now,
    )  # fmt: skip
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
    if is_opened(ballot.id):
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
    if closes_at is None or closes_at < now or (before is not None and (closes_at < before or now >= before)):
        require(
            denied(say("Seit der ersten Stimme kann das Ende der Abstimmung nur noch nach hinten rücken, solange sie offen ist."))
        )
        return
    if len(reason.strip()) < 10:
        raise Invalid(
            reason=say("Bitte begründen Sie das neue Ende in einem Satz. Die Begründung steht öffentlich bei den Regeln.")
        )
    set_window(ballot.round, Window.VOTE, ballot.window.opens_at, closes_at, ballot.window)
    db.session.add(RuleNote(ballot_id=ballot.id, closes_before=before, closes_after=closes_at, reason=reason.strip(), noted_at=now))
    noted = {"closes_before": before and f"{before:%Y-%m-%dT%H:%MZ}", "closes_after": f"{closes_at:%Y-%m-%dT%H:%MZ}"}
    noted["reason"] = reason.strip()
    add([entry(ballot.id, Act.RULE_NOTE, body=noted, now=now)])


def price_option(actor: Account, ballot: Ballot, idea_id: int, cost: int | None, *, now: datetime) -> None:
    price_options(actor, ballot, {idea_id: cost}, now=now)


def price_options(actor: Account, ballot: Ballot, costs: Mapping[int, int | None], *, now: datetime) -> None:
    """What options cost, in whole euros, all at once or none; None: not known, then the option cannot be selected."""
    require(can_moderate(actor, ballot.round))
    _lock(ballot)
    if ballot.budget is None:
        require(denied(say("Diese Abstimmung vergibt kein Budget. Deshalb haben ihre Ideen keine Kosten.")))
    if ballot.closed_at is not None or is_opened(ballot.id):
        require(denied(say("Seit der ersten Stimme stehen die Regeln fest, auch die Kosten der Ideen.")))
    known = dict(db.session.execute(select(Option.idea_id, Option.cost).where(Option.ballot_id == ballot.id)).all())
    if not costs.keys() <= known.keys():
        raise NotFound
    high = [idea for idea, cost in costs.items() if cost is not None and not 1 <= cost <= BUDGET_MAX]
    if high:
        raise Invalid(**{f"cost_{idea}": say("Bitte geben Sie die Kosten in ganzen Euro an, mindestens 1 €.") for idea in high})
    changed = {idea: cost for idea, cost in costs.items() if known[idea] != cost}
    if not changed:
        return
    one = Option.__table__.c
    priced = update(Option.__table__).where(one.ballot_id == ballot.id, one.idea_id == bindparam("idea"))
    db.session.execute(
        priced.values(cost=bindparam("price")), [{"idea": idea, "price": cost} for idea, cost in sorted(changed.items())]
    )
    set_costs(changed)
    record("ballot.priced", ballot, actor=actor, round_id=ballot.round_id, now=now, ideas=len(changed))


def _check(settings: BallotSettings) -> None:
    if found := settings_fault(settings):
        raise Invalid(**{found[0]: FAULTS[found[1]]})


def _lock(ballot: Ballot) -> None:
    """Alone with the ballot: no vote is being cast while this transaction lasts."""
    db.session.refresh(ballot, ["closed_at", "opened_at", "boxes_open", "eligibility", "sealed_key"], with_for_update=True)
    db.session.refresh(ballot.window)


def _gather_options(ballot: Ballot, now: datetime) -> None:
    wanted = [Status.SHORTLISTED] if ballot.shortlist_only else list(VOTABLE)
    ideas = select(Idea.id).where(Idea.round_id == ballot.round_id, Idea.status.in_(wanted), Idea.visibility == "shown")
    for idea_id in db.session.scalars(ideas.order_by(Idea.id)).all():
        _admit(ballot, idea_id, now)
    _freeze_texts(ballot)


def _admit(ballot: Ballot, idea_id: int, now: datetime) -> None:
    cost = None if ballot.budget is None else select(Idea.cost).where(Idea.id == idea_id).scalar_subquery()
    row = insert(Option).values(ballot_id=ballot.id, idea_id=idea_id, added_at=now, votes=0, points=0, paper=0, cost=cost)
    if db.session.scalar(row.on_conflict_do_nothing().returning(Option.idea_id)) is not None and is_opened(ballot.id):
        add(_texts(ballot, now, idea_id))


def _texts(ballot: Ballot, now: datetime, idea_id: int | None = None) -> list[dict[str, Any]]:
    """Entries that say which text an option of an open list has; of one idea, or of all."""
    return [
        entry(ballot.id, Act.OPTION, option=option["option"], body={"text": option["text"]}, now=now)
        for option in _options(ballot, idea_id)
    ]


def _options(ballot: Ballot, idea_id: int | None = None) -> list[dict[str, Any]]:
    query = select(Option.idea_id, Option.cost, Idea.title, Idea.body).join(Idea, Idea.id == Option.idea_id)
    query = query.where(Option.ballot_id == ballot.id).order_by(Option.idea_id)
    if idea_id is not None:
        query = query.where(Option.idea_id == idea_id)
    return [
        {"option": option, "text": text_hash(title, body), **({"cost": cost} if cost is not None else {})}
        for option, cost, title, body in db.session.execute(query)
    ]


def open_ledger(ballot: Ballot, *, now: datetime) -> None:
    """With the first vote: what is frozen from here on becomes the first entry. Who comes second finds it there."""
    window = {"opens": ballot.window.opens_at, "closes": ballot.window.closes_at}
    body: dict[str, Any] = {
        **told(ballot.settings),
        "number": ballot.number,
        "lot_seed": ballot.lot_seed,
        **{name: f"{moment:%Y-%m-%dT%H:%MZ}" if moment else None for name, moment in window.items()},
    }
    if ballot.closed_list:
        body["options"] = _options(ballot)
    row = insert(Entry).values(entry(ballot.id, Act.OPEN, body=body, now=now)).on_conflict_do_nothing().returning(Entry.id)
    if db.session.scalar(row) is not None and not ballot.closed_list:
        add(_texts(ballot, now))


@listens("idea.edited")
def _text_changed(activity: Activity, idea: Idea, actor: Account | None, *, now: datetime) -> None:
    """An edit while people vote is an entry of its own: everybody can tell which text a vote was for."""
    query = select(Ballot).join(Option, Option.ballot_id == Ballot.id).where(Option.idea_id == idea.id, Ballot.closed_at.is_(None))
    for ballot in list(db.session.scalars(query.where(Ballot.closed_list.is_(False)))):
        if is_opened(ballot.id):
            add(_texts(ballot, now, idea.id))


def _freeze_texts(ballot: Ballot) -> None:
    """On a closed list the texts stand still while people vote on them."""
    if ballot.closed_list:
        freeze_text(select(Option.idea_id).where(Option.ballot_id == ballot.id), ballot.window.opens_at, ballot.window.closes_at)


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


def hold_ballot(ballot: Ballot) -> None:
    """Alone with an unclosed ballot until the transaction ends, for who adds codes or paper to it."""
    _lock(ballot)
    if ballot.closed_at is not None:
        require(denied(say("Diese Abstimmung ist geschlossen. An ihr ändert sich nichts mehr.")))


def count_boxes(ballot: Ballot, by: int) -> None:
    """One box of paper ballots more, or less, to wait for (after `hold_ballot`). While there are any, the count is not closed."""
    ballot.boxes_open += by
    db.session.flush()


def close_ballot(ballot: Ballot, *, now: datetime) -> bool:
    """Records the close, once. From here on the count stands, whatever the clock says; hidden results become public."""
    _lock(ballot)
    if ballot.closed_at is not None:
        return False
    if state(ballot.window, now) is not State.PAST:
        require(denied(say("Die Abstimmung läuft noch bis %(closes)s.", closes=ballot.window.closes_at or say("auf Weiteres"))))
    if ballot.boxes_open:
        require(denied(say("Es werden noch Papierstimmen eingegeben. Danach wird die Auszählung geschlossen.")))
    if not is_opened(ballot.id):
        open_ledger(ballot, now=now)
    counted, options = totals(ballot.id), [option["option"] for option in _options(ballot)]
    told_now = {str(option): list(counted.get(option, (0, 0))) for option in sorted({*options, *counted})}
    add([entry(ballot.id, Act.CLOSE, body={"tally": told_now}, now=now)])
    tell_witnesses([publish_head(ballot.id, now=now)], now=now)
    ballot.closed_at = now
    _show_counts(ballot, now)
    record("ballot.closed", ballot, actor=None, round_id=ballot.round_id, now=now)
    return True


def _show_counts(ballot: Ballot, now: datetime) -> None:
    """The ideas repeat the counts of the ballot shown, for sorting; nothing while its results are hidden."""
    points = Option.points if results_are_public(ballot, now) else literal(0).label("points")
    show_votes(select(Option.idea_id, points).where(Option.ballot_id == ballot.id).subquery())


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
        .where(Ballot.closed_at.is_(None), Ballot.boxes_open == 0, RoundWindow.closes_at <= now)
        .options(contains_eager(Ballot.window))
    )
    closed = 0
    for ballot in list(db.session.scalars(due)):
        # A box may have been announced in the last moment, while this waited for the row.
        _lock(ballot)
        if not ballot.boxes_open:
            closed += close_ballot(ballot, now=now)
    return closed
