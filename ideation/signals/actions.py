"""How bursts are noticed and looked at. None of this changes a count, hides an idea or blocks an account."""

from datetime import datetime, timedelta

from ideation.accounts.models import Account
from ideation.activity.actions import record
from ideation.core.db import db
from ideation.core.sentence import say
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid, require
from ideation.rounds.models import Round
from ideation.signals import rules
from ideation.signals.models import Outreach, Signal
from ideation.signals.policy import can_look, can_remove
from ideation.signals.queries import announced, busy_ballots, casts_since, overlapping

# An hour is compared with the week before it; what is older than two days has been judged when more was known of it.
LOOK_BACK, JUDGED = timedelta(days=9), timedelta(days=2)
AFTER_CLOSE = timedelta(days=1)
TITLE_MAX, NOTE_MAX = 120, 2_000


def find_signals(now: datetime) -> int:
    """The job: looks at ballots that are open or closed for less than a day. Returns how many bursts are new."""
    new = 0
    for ballot_id, round_id, opens_at in busy_ballots(now, now - AFTER_CLOSE, now - JUDGED, rules.THRESHOLDS.votes):
        since = max(opens_at, now - LOOK_BACK)
        events = [rules.Outreach(e.opens_at, e.closes_at, e.title) for e in announced(round_id)]
        for found in rules.signals(casts_since(ballot_id, since), until=now, opens_at=since, outreach=events):
            if found.until >= now - JUDGED:
                new += _note(ballot_id, found, now)
        db.session.commit()
    return new


def _note(ballot_id: int, found: rules.Signal, now: datetime) -> bool:
    known = overlapping(ballot_id, found)
    if known is None:
        signal = Signal(ballot_id=ballot_id, idea_id=found.option, begins_at=found.since, found_at=now)
        signal.ends_at, signal.votes, signal.facts = found.until, found.votes, rules.snapshot(found)
        db.session.add(signal)
        db.session.flush()
        return True
    if found.votes > known.votes:
        # It went on after somebody had looked: somebody should look again. Their note stays.
        known.seen_at = None
        known.ends_at, known.votes, known.facts = found.until, found.votes, rules.snapshot(found)
    elif known.facts["outreach"] != list(found.outreach):
        known.facts = {**known.facts, "outreach": list(found.outreach)}
    db.session.flush()
    return False


def see_signal(actor: Account, signal: Signal, note: str, *, now: datetime) -> None:
    """Somebody has looked, and says what it was. Whoever looks again changes the note."""
    require(can_look(actor, signal.ballot.round))
    note = cleaned(note)
    if not note:
        raise Invalid(note=say("Bitte notieren Sie in einem Satz, was Sie gefunden haben."))
    if len(note) > NOTE_MAX:
        raise Invalid(note=say("Bitte kürzen Sie die Notiz auf %(n)s Zeichen.", n=NOTE_MAX))
    signal.note, signal.seen_at, signal.seen_by_id = note, now, actor.id
    db.session.flush()
    record("signal.seen", signal, actor=actor, round_id=signal.ballot.round_id, now=now)


def announce_outreach(
    actor: Account, round: Round, title: str, opens_at: datetime | None, closes_at: datetime | None, *, now: datetime
) -> Outreach:
    """An event that may bring many votes at once; signals of that time carry its title."""
    require(can_look(actor, round))
    title = single_line(title)
    if not title:
        raise Invalid(title=say("Bitte sagen Sie kurz, was stattfindet."))
    if len(title) > TITLE_MAX:
        raise Invalid(title=say("Bitte kürzen Sie das auf %(n)s Zeichen.", n=TITLE_MAX))
    for name, moment in (("opens_at", opens_at), ("closes_at", closes_at)):
        if moment is None:
            raise Invalid(**{name: say("Bitte geben Sie Tag und Uhrzeit an, zum Beispiel 31.12.2026 18:00.")})
    assert opens_at is not None and closes_at is not None
    if closes_at <= opens_at:
        raise Invalid(closes_at=say("Das Ende liegt vor dem Anfang."))
    outreach = Outreach(
        round_id=round.id, title=title, opens_at=opens_at, closes_at=closes_at, entered_by_id=actor.id, entered_at=now
    )
    db.session.add(outreach)
    db.session.flush()
    record("outreach.announced", outreach, actor=actor, round_id=round.id, now=now)
    return outreach


def remove_outreach(actor: Account, outreach: Outreach, round: Round, *, now: datetime) -> None:
    require(can_remove(actor, outreach, round))
    record("outreach.removed", outreach, actor=actor, round_id=round.id, now=now, title=outreach.title)
    db.session.delete(outreach)
    db.session.flush()
