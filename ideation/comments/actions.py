from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from ideation.accounts.models import Account
from ideation.accounts.policy import can_speak
from ideation.activity.actions import record
from ideation.challenges import actions as challenges
from ideation.challenges.models import Challenge
from ideation.comments import policy
from ideation.comments.models import Comment, CommentDecision
from ideation.comments.queries import recent, subject_of
from ideation.comments.rules import WITHIN, wait_seconds
from ideation.core.db import db
from ideation.core.sentence import say
from ideation.core.text import cleaned
from ideation.core.verdict import Invalid, require
from ideation.decisions.actions import decide
from ideation.decisions.rules import Kind
from ideation.ideas import actions as ideas
from ideation.ideas.models import Idea
from ideation.rounds.queries import registered


def add_comment(actor: Account, subject: Idea | Challenge, body: str, parent_id: int | None = None, *, now: datetime) -> Comment:
    require(can_speak(actor))
    joined = registered(actor.id, subject.round_id)
    require(policy.can_comment(actor, subject, registered=joined, now=now))
    # The account's row is held while its comments are counted: two at once cannot both be the last one allowed.
    db.session.execute(select(Account.id).where(Account.id == actor.id).with_for_update())
    lately = recent(actor.id, now - WITHIN)
    require(policy.can_write_more(len(lately), wait=wait_seconds(min(lately, default=now), now)))
    parent = _answered(subject, parent_id)
    comment = Comment(
        account_id=actor.id,
        parent_id=parent.id if parent else None,
        root_id=(parent.root_id or parent.id) if parent else None,
        body=cleaned(body),
        lang=actor.locale,
        created_at=now,
        **_place(subject),
    )
    db.session.add(comment)
    db.session.flush()
    _count(subject, 1)
    _told("comment.added", comment, subject, actor, now)
    return comment


def _answered(subject: Idea | Challenge, parent_id: int | None) -> Comment | None:
    """The comment that is answered. It must stand, readable, under the same subject."""
    if parent_id is None:
        return None
    parent = db.session.scalar(select(Comment).where(Comment.id == parent_id).filter_by(**_place(subject)))
    if parent is None:
        raise Invalid(parent=say("Diesen Kommentar gibt es hier nicht. Bitte schreiben Sie einen neuen Kommentar."))
    if parent.is_hidden or parent.withdrawn_at is not None:
        raise Invalid(parent=say("Dieser Kommentar ist nicht mehr lesbar. Darauf können Sie nicht antworten."))
    return parent


def _place(subject: Idea | Challenge) -> dict[str, int]:
    return {"idea_id": subject.id} if isinstance(subject, Idea) else {"challenge_id": subject.id}


def _count(subject: Idea | Challenge, by: int) -> None:
    if isinstance(subject, Idea):
        ideas.count_comments(subject.id, by)
    else:
        challenges.count_comments(subject.id, by)
    db.session.refresh(subject, ["comments"])


def _told(verb: str, comment: Comment, subject: Idea | Challenge, actor: Account | None, now: datetime, **more: Any) -> None:
    title = subject.title if isinstance(subject, Idea) else subject.question
    record(verb, comment, actor=actor, round_id=subject.round_id, now=now, title=title, **_place(subject), **more)


def _hold(comment: Comment) -> None:
    """Locks the row and reads again what others may have changed meanwhile."""
    db.session.refresh(comment, ["body", "visibility", "visibility_decision_id", "withdrawn_at"], with_for_update=True)


def edit_comment(actor: Account, comment: Comment, body: str, *, now: datetime) -> Comment:
    _hold(comment)
    require(policy.can_edit(actor, comment, now=now))
    body = cleaned(body)
    if body != comment.body:
        comment.body, comment.edited_at = body, now
        _told("comment.edited", comment, subject_of(comment), actor, now)
    return comment


def withdraw_comment(actor: Account, comment: Comment, *, now: datetime) -> Comment:
    """The text goes for good; the place stays, so that the answers below can be understood. Twice is once."""
    require(policy.can_withdraw(actor, comment))
    _hold(comment)
    if comment.withdrawn_at is None:
        subject = subject_of(comment)
        comment.withdrawn_at, comment.body = now, ""
        if not comment.is_hidden:
            _count(subject, -1)
        _told("comment.withdrawn", comment, subject, actor, now)
    return comment


def hide_comment(actor: Account, comment: Comment, reason: str, *, now: datetime) -> Comment:
    subject = subject_of(comment)
    require(policy.can_hide(actor, comment, subject.round))
    _hold(comment)
    if comment.is_hidden:
        raise Invalid(visibility=say("Dieser Kommentar ist schon ausgeblendet."))
    _decide(actor, comment, Kind.HIDE, reason, now)
    comment.visibility = "hidden"
    if comment.withdrawn_at is None:
        _count(subject, -1)
    _told("comment.hidden", comment, subject, actor, now, reason=reason)
    return comment


def restore_comment(actor: Account, comment: Comment, reason: str = "", *, now: datetime) -> Comment:
    subject = subject_of(comment)
    require(policy.can_hide(actor, comment, subject.round))
    _hold(comment)
    if not comment.is_hidden:
        raise Invalid(visibility=say("Dieser Kommentar ist nicht ausgeblendet."))
    _decide(actor, comment, Kind.RESTORE, reason, now)
    comment.visibility = "shown"
    if comment.withdrawn_at is None:
        _count(subject, 1)
    _told("comment.restored", comment, subject, actor, now, reason=reason)
    return comment


def _decide(actor: Account, comment: Comment, kind: Kind, reason: str, now: datetime) -> None:
    decision = decide(actor, kind, reason, now=now)
    comment.visibility_decision_id = decision.id
    db.session.add(CommentDecision(decision_id=decision.id, comment_id=comment.id))


@dataclass(frozen=True, slots=True)
class Imported:
    """A comment as another system knew it. `dated_to`: day, month or year; without a date nothing is shown."""

    source: str
    source_id: str
    body: str
    author: str = ""
    dated_on: date | None = None
    dated_to: str = "day"
    lang: str = "de"


def import_comment(
    actor: Account | None, subject: Idea | Challenge, said: Imported, parent: Comment | None = None, *, now: datetime
) -> Comment:
    """Written down from elsewhere: no window, nobody told. The subject's number of comments is added by `count_imported`."""
    comment = Comment(
        parent_id=parent.id if parent else None,
        root_id=(parent.root_id or parent.id) if parent else None,
        label=said.author,
        body=cleaned(said.body),
        lang=said.lang,
        created_at=now,
        dated_on=said.dated_on,
        dated_to=said.dated_to,
        source=said.source,
        source_id=said.source_id,
        entered_by_id=actor.id if actor else None,
        **_place(subject),
    )
    db.session.add(comment)
    db.session.flush()
    return comment


def count_imported(actor: Account | None, subject: Idea | Challenge, comments: list[Comment], *, now: datetime) -> None:
    """Once per subject after its comments were imported: its number, and one row of history."""
    if comments:
        _count(subject, len(comments))
        record(
            "comment.imported", comments[-1], actor=actor, round_id=subject.round_id, now=now, n=len(comments), **_place(subject)
        )
