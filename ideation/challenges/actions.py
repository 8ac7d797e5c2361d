import hashlib
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select, update

from ideation.accounts.models import Account
from ideation.accounts.policy import can_speak
from ideation.activity.actions import record
from ideation.challenges import policy
from ideation.challenges.models import Challenge, ChallengeAuthor, ChallengeDecision, ChallengeVersion, SubQuestion
from ideation.challenges.queries import WHOLE, takes_part
from ideation.challenges.rules import (
    CONTEXT_MAX,
    EDITABLE,
    QUESTION_MAX,
    QUESTION_MIN,
    SUB_QUESTION_MAX,
    SUB_QUESTIONS_MAX,
    Status,
    Wording,
    move,
)
from ideation.core.db import db
from ideation.core.sentence import Message, say
from ideation.core.verdict import Invalid, require
from ideation.decisions.actions import decide
from ideation.decisions.models import Decision
from ideation.decisions.rules import Kind
from ideation.rounds.models import Round
from ideation.tags.queries import tags_called


def save_draft(actor: Account, round: Round, wording: Wording, *, form_key: str | None = None, now: datetime) -> Challenge:
    """A new draft; the same one again when this form has already made one."""
    if (known := _saved_by_form(actor, form_key)) is not None:
        return update_draft(actor, known, wording, now=now) if known.status in EDITABLE else known
    require(policy.can_propose(actor, round, registered=takes_part(actor, round), now=now))
    return keep_draft(actor, round, wording, form_key=form_key, now=now)


def keep_draft(actor: Account, round: Round, wording: Wording, *, form_key: str | None = None, now: datetime) -> Challenge:
    """The same whatever the clock says: what was typed is kept when its submission is refused."""
    if (known := _saved_by_form(actor, form_key)) is not None:
        return known
    challenge = Challenge(
        round_id=round.id, form_key=_key(actor, form_key), created_at=now, saved_at=now, sub_questions=[], tags=[]
    )
    challenge.round, challenge.authors = round, [ChallengeAuthor(account_id=actor.id, leads=True)]
    _write(challenge, wording)
    db.session.add(challenge)
    db.session.flush()
    return challenge


def update_draft(actor: Account, challenge: Challenge, wording: Wording, *, now: datetime) -> Challenge:
    _lock(challenge)
    require(policy.can_write(actor, challenge))
    _write(challenge, wording)
    challenge.saved_at = now
    return challenge


def submit_challenge(actor: Account, challenge: Challenge, *, now: datetime) -> None:
    """Into the moderators' queue. Submitting twice changes nothing."""
    require(can_speak(actor))
    _lock(challenge)
    if challenge.status == Status.SUBMITTED and policy.leads(actor, challenge):
        return
    require(policy.can_submit(actor, challenge, registered=takes_part(actor, challenge.round), now=now))
    _judge(Wording(challenge.question, challenge.context, tuple(s.text for s in challenge.sub_questions)))
    challenge.status, challenge.submitted_at = Status.SUBMITTED, now
    _tell("submitted", challenge, actor, now=now)


def withdraw_challenge(actor: Account, challenge: Challenge, *, now: datetime) -> None:
    _lock(challenge)
    require(policy.can_withdraw(actor, challenge))
    challenge.status = Status.WITHDRAWN
    _tell("withdrawn", challenge, actor, now=now)


def publish_challenge(actor: Account, challenge: Challenge, reason: str = "", *, now: datetime) -> None:
    _lock(challenge)
    _decide(actor, challenge, Status.OPEN, reason, now=now)
    _publish(challenge, now=now)
    _tell("published", challenge, actor, now=now, reason=reason)


def return_challenge(actor: Account, challenge: Challenge, reason: str, *, now: datetime) -> None:
    _lock(challenge)
    _decide(actor, challenge, Status.RETURNED, reason, now=now)
    _tell("returned", challenge, actor, now=now, reason=reason)


def reject_challenge(actor: Account, challenge: Challenge, reason: str, *, now: datetime) -> None:
    _lock(challenge)
    _decide(actor, challenge, Status.REJECTED, reason, now=now)
    _tell("rejected", challenge, actor, now=now, reason=reason)


def merge_challenges(actor: Account, challenge: Challenge, target: Challenge | None, reason: str, *, now: datetime) -> None:
    """`challenge` goes into `target`, its page stays and points there. A submitted one is published on the way."""
    require(policy.can_merge(actor, challenge))
    if target is None:
        raise Invalid(target=say("Bitte wählen Sie die Herausforderung, in der diese aufgehen soll."))
    for each in sorted((challenge, target), key=lambda c: c.id):
        _lock(each)
    require(policy.can_merge(actor, challenge, target))
    if challenge.status == Status.SUBMITTED:
        _decide(actor, challenge, Status.OPEN, reason, now=now)
        _publish(challenge, now=now)
        # The trigger compares with the decision that stood there before.
        db.session.flush()
    _decide(actor, challenge, Status.MERGED, reason, now=now)
    challenge.merged_into_id = target.id
    _tell("merged", challenge, actor, now=now, reason=reason, target_id=target.id, target_title=target.question)


def take_challenge_to_lab(actor: Account, challenge: Challenge, reason: str = "", *, now: datetime) -> None:
    """A challenge may go into several labs; the first one moves its status."""
    _lock(challenge)
    if challenge.status == Status.IN_LAB:
        require(policy.can_decide(actor, challenge))
        return
    _decide(actor, challenge, Status.IN_LAB, reason, now=now)
    _tell("in_lab", challenge, actor, now=now)


def answer_challenge(actor: Account, challenge: Challenge, reason: str, *, now: datetime) -> None:
    _lock(challenge)
    _decide(actor, challenge, Status.ANSWERED, reason, now=now)
    _tell("answered", challenge, actor, now=now, reason=reason)


def hide_challenge(actor: Account, challenge: Challenge, reason: str, *, now: datetime) -> None:
    _lock(challenge)
    require(policy.can_hide(actor, challenge))
    challenge.visibility, challenge.visibility_decision = "hidden", _note(actor, challenge, Kind.HIDE, reason, now=now)
    _tell("hidden", challenge, actor, now=now, reason=reason)


def restore_challenge(actor: Account, challenge: Challenge, reason: str = "", *, now: datetime) -> None:
    _lock(challenge)
    require(policy.can_restore(actor, challenge))
    challenge.visibility, challenge.visibility_decision = "shown", _note(actor, challenge, Kind.RESTORE, reason, now=now)
    _tell("restored", challenge, actor, now=now, reason=reason)


def update_challenge(actor: Account, challenge: Challenge, wording: Wording, reason: str = "", *, now: datetime) -> None:
    """A new public version. The moderation says why; who leads the challenge need not."""
    _lock(challenge)
    require(policy.can_reword(actor, challenge, now=now))
    _judge(wording)
    if _is_said(challenge, wording):
        return
    decision = _note(actor, challenge, Kind.EDIT, reason, now=now) if policy.needs_reason_to_reword(actor, challenge) else None
    _write(challenge, wording)
    challenge.saved_at = now
    _add_version(challenge, decision=decision, now=now)
    _tell("edited", challenge, actor, now=now, reason=reason)


def carry_over(
    actor: Account, challenge: Challenge, target: Round, wording: Wording, reason: str = "", *, now: datetime
) -> Challenge:
    """A copy, reworded, open in another round; both know each other. Its earlier authors and followers are invited once."""
    _lock(challenge)
    require(policy.can_carry_over(actor, challenge, target))
    _judge(wording)
    dates = {"created_at": now, "saved_at": now, "submitted_at": now}
    copy = Challenge(round=target, carried_from_id=challenge.id, status=Status.OPEN, sub_questions=[], tags=[], **dates)
    copy.authors = [
        ChallengeAuthor(account_id=a.account_id, institution_id=a.institution_id, label=a.label, leads=a.leads)
        for a in challenge.authors
    ]
    _write(copy, wording)
    db.session.add(copy)
    db.session.flush()
    copy.status_decision = _note(actor, copy, Kind.CARRY_OVER, reason, now=now)
    _note(actor, challenge, Kind.CARRY_OVER, reason, now=now)
    _publish(copy, now=now)
    _tell(
        "carried",
        copy,
        actor,
        now=now,
        reason=reason,
        from_id=challenge.id,
        from_title=challenge.question,
        round_title=target.title,
    )
    return copy


def import_challenge(
    actor: Account | None,
    round: Round,
    wording: Wording,
    *,
    source: str,
    source_id: str,
    authors: Sequence[ChallengeAuthor] = (),
    dated_on: date | None = None,
    dated_to: str = "day",
    carried_from: Challenge | None = None,
    now: datetime,
) -> Challenge:
    """Written down from elsewhere: no window, nobody told. The same source and id again is the same challenge."""
    if actor is not None:
        require(policy.can_import(actor))
    same = select(Challenge).where(Challenge.source == source, Challenge.source_id == source_id)
    if (known := db.session.scalar(same)) is not None:
        return known
    challenge = Challenge(
        round=round,
        status=Status.OPEN,
        created_at=now,
        saved_at=now,
        dated_on=dated_on,
        dated_to=dated_to,
        source=source,
        source_id=source_id,
        entered_by_id=actor.id if actor else None,
        carried_from_id=carried_from.id if carried_from else None,
        sub_questions=[],
        tags=[],
        authors=list(authors),
    )
    _write(challenge, wording)
    db.session.add(challenge)
    db.session.flush()
    _publish(challenge, now=now)
    return challenge


def count_ideas(challenge_id: int, by: int) -> None:
    """How many public ideas answer it; told by `ideas` when one comes or goes."""
    db.session.execute(update(Challenge).where(Challenge.id == challenge_id).values(ideas=Challenge.ideas + by))


def count_comments(challenge_id: int, by: int) -> None:
    db.session.execute(update(Challenge).where(Challenge.id == challenge_id).values(comments=Challenge.comments + by))


def _key(actor: Account, form_key: str | None) -> str | None:
    return hashlib.sha256(f"{actor.id}:{form_key}".encode()).hexdigest()[:40] if form_key else None


def _saved_by_form(actor: Account, form_key: str | None) -> Challenge | None:
    if not form_key:
        return None
    # Two saves of one form at once wait for each other here.
    db.session.execute(select(Account.id).where(Account.id == actor.id).with_for_update())
    return db.session.scalar(select(Challenge).where(Challenge.form_key == _key(actor, form_key)).options(*WHOLE))


def _lock(challenge: Challenge) -> None:
    """Whoever comes second judges what the first one left."""
    columns = ["status", "visibility", "version", "ideas", "status_decision_id", "visibility_decision_id", "merged_into_id"]
    db.session.flush()
    db.session.refresh(challenge, columns, with_for_update=True)


def _judge(wording: Wording) -> None:
    """What nobody can publish, as sentences beside the fields."""
    faults: dict[str, Message] = {}
    if len(wording.question) < QUESTION_MIN:
        faults["question"] = say("Bitte schreiben Sie Ihre Frage aus. Sie braucht mindestens %(n)s Zeichen.", n=QUESTION_MIN)
    if len(wording.question) > QUESTION_MAX:
        faults["question"] = say("Bitte kürzen Sie die Frage auf höchstens %(n)s Zeichen.", n=QUESTION_MAX)
    if len(wording.context) > CONTEXT_MAX:
        faults["context"] = say("Bitte kürzen Sie den Text auf höchstens %(n)s Zeichen.", n=CONTEXT_MAX)
    if len(wording.sub_questions) > SUB_QUESTIONS_MAX:
        faults["sub_questions"] = say("Bitte nennen Sie höchstens %(n)s Teilfragen.", n=SUB_QUESTIONS_MAX)
    elif any(len(text) > SUB_QUESTION_MAX for text in wording.sub_questions):
        faults["sub_questions"] = say("Bitte kürzen Sie jede Teilfrage auf höchstens %(n)s Zeichen.", n=SUB_QUESTION_MAX)
    if faults:
        raise Invalid(**faults)


def _tell(what: str, challenge: Challenge, actor: Account | None, *, now: datetime, **told: object) -> None:
    record(f"challenge.{what}", challenge, actor=actor, round_id=challenge.round_id, now=now, title=challenge.question, **told)


def _write(challenge: Challenge, wording: Wording) -> None:
    challenge.question, challenge.context, challenge.lang = wording.question, wording.context, wording.lang
    if [s.text for s in challenge.sub_questions] != list(wording.sub_questions):
        challenge.sub_questions = [SubQuestion(position=i, text=text) for i, text in enumerate(wording.sub_questions)]
    if {tag.slug for tag in challenge.tags} != set(wording.tags):
        challenge.tags = tags_called(wording.tags)


def _is_said(challenge: Challenge, wording: Wording) -> bool:
    parts, tags = tuple(s.text for s in challenge.sub_questions), {tag.slug for tag in challenge.tags}
    words = (challenge.question, challenge.context, parts)
    return words == (wording.question, wording.context, wording.sub_questions) and tags == set(wording.tags)


def _publish(challenge: Challenge, *, now: datetime) -> None:
    challenge.published_at = now
    _add_version(challenge, now=now)


def _add_version(challenge: Challenge, *, decision: Decision | None = None, now: datetime) -> None:
    """What it says from now on, publicly."""
    challenge.version = (challenge.version or 0) + 1
    lines = "\n".join(s.text for s in challenge.sub_questions)
    words = {"question": challenge.question, "context": challenge.context, "sub_questions": lines}
    version = ChallengeVersion(challenge_id=challenge.id, number=challenge.version, saved_at=now, decision=decision, **words)
    db.session.add(version)


def _decide(actor: Account, challenge: Challenge, target: Status, reason: str, *, now: datetime) -> None:
    """One line of the status table: who, the reason, the decision, the new status."""
    require(policy.can_become(actor, challenge, target))
    line = move(challenge.status, target)
    assert line is not None and line.kind is not None
    challenge.status_decision = _note(actor, challenge, line.kind, reason, now=now)
    challenge.status = target


def _note(actor: Account, challenge: Challenge, kind: Kind, reason: str, *, now: datetime) -> Decision:
    decision = decide(actor, kind, reason, now=now)
    db.session.add(ChallengeDecision(challenge_id=challenge.id, decision_id=decision.id))
    return decision
