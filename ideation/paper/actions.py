"""Codes on paper: drawn, redeemed, declared void, forgotten. Paper ballots: announced, typed in twice, counted."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Row, delete, insert, select, update

from ideation.accounts.actions import count_tries
from ideation.accounts.models import Account
from ideation.accounts.policy import can_try
from ideation.accounts.queries import blocked_until
from ideation.activity.actions import listens, record
from ideation.activity.models import Activity
from ideation.ballots.actions import count_boxes, hold_ballot
from ideation.ballots.models import Ballot, Option
from ideation.core.db import db
from ideation.core.keys import unseal
from ideation.core.sentence import say, say_n
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid, NotFound, denied, require
from ideation.ledger.queries import is_opened
from ideation.paper.models import Box, Code, CodeBatch, Sheet
from ideation.paper.policy import can_announce, can_count_box, can_drop, can_make_codes, can_redeem, can_type
from ideation.paper.queries import is_code, options_of, taken_selectors, turn_of, typing_of
from ideation.paper.rules import (
    BATCH_MAX,
    CODES_MAX,
    LABEL_MAX,
    LETTERS,
    NOTE_MAX,
    NOTE_MIN,
    POINTS_MAX,
    SECRET,
    SELECTOR,
    SHEETS_MAX,
    TRIES,
    BoxStatus,
    Choices,
    Spoiled,
    matches,
    note_spoiled,
    over_limits,
    read_code,
    secret_hash,
    sheet_token,
    show_code,
)
from ideation.rounds.policy import can_moderate
from ideation.votes.actions import lock_participation, write_vote
from ideation.votes.models import Participation
from ideation.votes.policy import can_cast
from ideation.votes.queries import Votable, may_vote, token_of


def draw_codes(actor: Account, ballot: Ballot, label: str, size: int, *, now: datetime) -> list[str]:
    """New codes for a batch that may be made, none of them written anywhere yet."""
    require(can_make_codes(actor, ballot, now))
    _label(label)
    if not 1 <= size <= BATCH_MAX:
        raise Invalid(size=say("Bitte wählen Sie eine Zahl von 1 bis %(most)s.", most=BATCH_MAX))
    taken, drawn = taken_selectors(ballot.id), list[str]()
    if len(taken) + size > CODES_MAX:
        require(denied(say("So viele Codes kann eine Abstimmung nicht haben.")))
    while len(drawn) < size:
        letters = "".join(secrets.choice(LETTERS) for _ in range(SELECTOR + SECRET))
        if letters[:SELECTOR] not in taken:
            taken.add(letters[:SELECTOR])
            drawn.append(show_code(letters[:SELECTOR], letters[SELECTOR:]))
    return drawn


def make_codes(
    actor: Account, ballot: Ballot, label: str, size: int, *, drawn: Sequence[str] | None = None, now: datetime
) -> list[str]:
    """A batch of codes that work from now on. They are returned and kept nowhere: who does not print them has lost them.

    `drawn`: what is on paper already (`draw_codes`). Typesetting takes long and may fail; so it comes first, outside of any
    transaction, and no batch is left of a sheet that was never printed."""
    require(can_make_codes(actor, ballot, now))
    hold_ballot(ballot)
    codes = list(drawn) if drawn is not None else draw_codes(actor, ballot, label, size, now=now)
    require(can_make_codes(actor, ballot, now))
    if ballot.sealed_key is None:
        raise NotFound
    parts = [read_code(code) or ("", "") for code in codes]
    if taken_selectors(ballot.id) & {selector for selector, _ in parts}:
        raise Invalid(label=say("Gerade wurden noch andere Codes gedruckt. Bitte versuchen Sie es noch einmal."))
    batch = CodeBatch(ballot_id=ballot.id, label=_label(label), size=len(codes), made_by_id=actor.id, made_at=now)
    db.session.add(batch)
    db.session.flush()
    key = unseal(ballot.sealed_key)
    place = {"ballot_id": ballot.id, "batch_id": batch.id, "tries": 0, "used": False}
    hashed = [{**place, "selector": s, "secret_hash": secret_hash(key, s, secret)} for s, secret in parts]
    # In another order than printed: the rows do not tell who got which of a stack.
    db.session.execute(insert(Code), sorted(hashed, key=lambda row: str(row["selector"])))
    record("ballot.codes_made", ballot, actor=actor, round_id=ballot.round_id, now=now, label=batch.label, size=batch.size)
    return codes


def void_batch(actor: Account, batch: CodeBatch, *, now: datetime) -> int:
    """A batch that was lost: what is not used of it stops working. Returns how many; who has redeemed one keeps the right to vote."""
    require(can_moderate(actor, batch.ballot.round))
    gone = db.session.execute(delete(Code).where(Code.batch_id == batch.id, Code.used.is_(False)).returning(Code.id)).all()
    if gone:
        ballot = batch.ballot
        record("ballot.codes_voided", ballot, actor=actor, round_id=ballot.round_id, now=now, label=batch.label)
    return len(gone)


def redeem_code(actor: Account, ballot: Ballot, text: str, *, network: str = "", now: datetime) -> bool:
    """Makes the actor's participation eligible and uses the code up. False when it was eligible already: then no code is used.

    Nothing links the two, and no time is kept. A code of another ballot is an unknown one: looking further would be guessing."""
    require(can_redeem(actor, ballot, now))
    locks = [("code-network", network)]
    require(can_try(blocked_until(locks, now), now=now))
    # Held shared, as by a vote: the ballot is not closed in between.
    db.session.refresh(ballot, ["closed_at", "eligibility", "sealed_key"], with_for_update={"read": True})
    require(can_redeem(actor, ballot, now))
    token = token_of(ballot, actor)
    if token is None or ballot.sealed_key is None:
        raise NotFound
    if may_vote(ballot, token):
        return False
    parts = read_code(text)
    if parts is None:
        raise Invalid(
            code=say("Ein Code hat 14 Zeichen, zum Beispiel ABCD-EFGHJ-KLMNP. Bitte vergleichen Sie ihn mit Ihrem Blatt.")
        )
    selector, secret = parts
    wrong = partial(count_tries, locks, now=now)
    code = take_try(ballot.id, selector)
    if code is None:
        known = is_code(ballot.id, selector)
        require(denied(SPENT if known else UNKNOWN, keep=None if known else wrong))
        raise NotFound
    if not matches(code.secret_hash, secret_hash(unseal(ballot.sealed_key), selector, secret)):
        keep_try()
        left = TRIES - code.tries
        still = say_n("Es bleibt %(num)s Versuch.", "Es bleiben %(num)s Versuche.", left)
        require(denied(say("%(wrong)s %(still)s", wrong=WRONG, still=still) if left else SPENT, keep=wrong))
    if code.used:
        require(denied(say("Dieser Code ist schon eingelöst. Jeder Code gilt einmal.")))
    fresh = not lock_participation(ballot, token)
    # Nothing was wrong: the try is given back, and where the same person was quicker with another code, this one stays good.
    db.session.execute(update(Code).where(Code.id == code.id).values(tries=Code.tries - 1, used=fresh))
    mine = update(Participation).where(Participation.ballot_id == ballot.id, Participation.voter_token == token)
    db.session.execute(mine.values(eligible=True))
    return fresh


UNKNOWN = say("Diesen Code gibt es für diese Abstimmung nicht. Bitte vergleichen Sie ihn mit Ihrem Blatt, auch die Abstimmung.")
WRONG = say("Dieser Code stimmt nicht. Bitte vergleichen Sie ihn mit Ihrem Blatt.")
SPENT = say(
    "Dieser Code wurde fünfmal falsch eingegeben und gilt nicht mehr. Bitte lassen Sie sich von der Stadt einen neuen geben."
)


def take_try(ballot_id: int, selector: str) -> Row[tuple[int, str, int, bool]] | None:
    """Counts a try at a code and holds its row, before anything is judged: id, secret_hash, tries, used. None when there is none."""
    left = update(Code).where(Code.ballot_id == ballot_id, Code.selector == selector, Code.tries < TRIES)
    left = left.values(tries=Code.tries + 1).returning(Code.id, Code.secret_hash, Code.tries, Code.used)
    return db.session.execute(left.execution_options(synchronize_session=False)).one_or_none()


def keep_try() -> None:
    """A wrong try is committed here, while the row is still held. Kept only after the refusal was rolled back, it would leave a gap
    in which a burst of guesses gets more than five."""
    db.session.commit()


def _label(text: str) -> str:
    label = single_line(text)
    if not 1 <= len(label) <= LABEL_MAX:
        raise Invalid(label=say("Bitte geben Sie eine Bezeichnung mit höchstens %(n)s Zeichen an.", n=LABEL_MAX))
    return label


@listens("ballot.key_destroyed")
def _forget_paper(activity: Activity, ballot: Ballot, actor: Account | None, *, now: datetime) -> None:
    """With the key the codes go, and what was typed from paper: its votes lead to no sheet any more."""
    db.session.execute(delete(Code).where(Code.ballot_id == ballot.id))
    db.session.execute(delete(Sheet).where(Sheet.box_id.in_(select(Box.id).where(Box.ballot_id == ballot.id))))


def announce_box(actor: Account, ballot: Ballot, label: str, sheets: int, *, now: datetime) -> Box:
    """Paper ballots of an event that will be typed in: from now on the count waits for them."""
    require(can_announce(actor, ballot, now))
    label = _label(label)
    if not 1 <= sheets <= SHEETS_MAX:
        raise Invalid(
            sheets=say("Bitte wählen Sie eine Zahl von 1 bis %(most)s. Mehr Blätter sind mehrere Stapel.", most=SHEETS_MAX)
        )
    hold_ballot(ballot)
    box = Box(ballot=ballot, label=label, sheets=sheets, announced_by_id=actor.id, announced_at=now)
    db.session.add(box)
    count_boxes(ballot, +1)
    record("ballot.box_announced", ballot, actor=actor, round_id=ballot.round_id, now=now, label=label, sheets=sheets)
    return box


def type_sheet(actor: Account, box: Box, number: int, choices: Choices, *, now: datetime) -> bool:
    """What the actor reads on a sheet; whoever begins is the first, whoever comes then the second. True when it replaces what they read before."""
    _hold_box(box)
    require(can_type(actor, box, now))
    if not 1 <= number <= box.sheets:
        raise Invalid(number=say("Die Blätter sind von 1 bis %(most)s nummeriert.", most=box.sheets))
    if unknown := sorted(set(choices) - set(options_of(box.ballot_id))):
        raise Invalid(choices=say("Die Nummer %(n)s steht nicht zur Abstimmung.", n=str(unknown[0])))
    if any(not 1 <= points <= POINTS_MAX for points in choices.values()):
        raise Invalid(choices=say("Bitte geben Sie Punkte als ganze Zahlen an."))
    turn = turn_of(box, actor) or (1 if box.first_by_id is None else 2)
    if turn == 1:
        box.first_by_id = actor.id
    else:
        box.second_by_id = actor.id
    typed = {str(idea): points for idea, points in sorted(choices.items())}
    known = db.session.get(Sheet, (box.id, number, turn)) is not None
    db.session.merge(Sheet(box_id=box.id, number=number, turn=turn, choices=typed))
    db.session.flush()
    return known


def _hold_box(box: Box) -> None:
    db.session.refresh(box, ["status", "first_by_id", "second_by_id"], with_for_update=True)


def restart_typing(actor: Account, box: Box, turn: int, *, now: datetime) -> None:
    """Where one of the two cannot go on: what they typed is deleted, and somebody else begins in their place."""
    _hold_box(box)
    require(can_moderate(actor, box.ballot.round))
    if box.status != BoxStatus.OPEN:
        require(can_type(actor, box, now))
    db.session.execute(delete(Sheet).where(Sheet.box_id == box.id, Sheet.turn == turn))
    if turn == 1:
        box.first_by_id = None
    else:
        box.second_by_id = None
    db.session.flush()


def count_box(actor: Account, box: Box, *, now: datetime) -> dict[int, Spoiled]:
    """Every sheet becomes a voter and goes the way of a vote, once. Returns the sheets that do not count, and why.

    Both have typed in every sheet and read the same. Who comes second finds it counted."""
    require(can_moderate(actor, box.ballot.round))
    _hold_box(box)
    if box.status == BoxStatus.COUNTED:
        return {}
    ballot = box.ballot
    hold_ballot(ballot)
    typed = typing_of(box)
    require(can_count_box(actor, box, missing=typed.missing, differing=len(typed.differing), now=now))
    if ballot.sealed_key is None:
        raise NotFound
    key, spoiled, options = unseal(ballot.sealed_key), dict[int, Spoiled](), options_of(ballot.id)
    opened = is_opened(ballot.id)
    for number, choices in sorted(typed.first.items()):
        if (why := _spoiled(choices, ballot, options)) is not None:
            spoiled[number] = why
            continue
        token = sheet_token(key, box.id, number)
        db.session.add(Participation(ballot_id=ballot.id, voter_token=token, eligible=True))
        db.session.flush()
        for idea, points in choices.items():
            write_vote(Votable(options[idea], True, opened), token, None, points, body={"channel": "paper"}, now=now)
            opened = True
    box.status, box.counted_by_id, box.counted_at, box.note = BoxStatus.COUNTED, actor.id, now, note_spoiled(spoiled)
    count_boxes(ballot, -1)
    told = {"label": box.label, "sheets": box.sheets, "spoiled": len(spoiled)}
    record("ballot.box_counted", ballot, actor=actor, round_id=ballot.round_id, now=now, **told)
    return spoiled


def _spoiled(choices: Choices, ballot: Ballot, options: dict[int, Option]) -> Spoiled | None:
    """Judged like the votes of one person, one after the other; what is too much spoils the whole sheet."""
    if (why := over_limits(choices, ballot.limits)) is not None:
        return why
    spent = 0
    for idea, points in choices.items():
        # Before the first vote the list may still have changed under a sheet.
        if idea not in options or not can_cast(options[idea].idea, ballot.limits, spent=spent, given=0, wanted=points):
            return Spoiled.CLOSED
        spent += points
    return None


def drop_box(actor: Account, box: Box, note: str, *, now: datetime) -> None:
    """Paper that is not counted after all, with a note that everybody reads; the count no longer waits for it."""
    require(can_drop(actor, box))
    note = cleaned(note)
    if not NOTE_MIN <= len(note) <= NOTE_MAX:
        raise Invalid(note=say("Bitte begründen Sie das öffentlich, in %(low)s bis %(high)s Zeichen.", low=NOTE_MIN, high=NOTE_MAX))
    _hold_box(box)
    require(can_drop(actor, box))
    if box.status == BoxStatus.DROPPED:
        return
    hold_ballot(box.ballot)
    box.status, box.note = BoxStatus.DROPPED, note
    count_boxes(box.ballot, -1)
    record("ballot.box_dropped", box.ballot, actor=actor, round_id=box.ballot.round_id, now=now, label=box.label)
