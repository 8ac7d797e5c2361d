"""Which action of which noun an act of moderation is. Each judges for itself; nothing is kept here."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from ideation.accounts.models import Account
from ideation.ballots.queries import in_open_ballot
from ideation.challenges import actions as challenges
from ideation.challenges.models import Challenge
from ideation.challenges.queries import challenge_or_404
from ideation.comments import actions as comments
from ideation.comments.models import Comment
from ideation.core.db import db
from ideation.core.sentence import Message, say
from ideation.core.verdict import Invalid, NotFound, Refused
from ideation.decisions.rules import Kind
from ideation.ideas import actions as ideas
from ideation.ideas.models import Idea
from ideation.ideas.queries import idea_or_404
from ideation.moderation.rules import Wish

ON_CHALLENGE: dict[str, Callable[..., Any]] = {
    Kind.PUBLISH: challenges.publish_challenge,
    Kind.RETURN: challenges.return_challenge,
    Kind.REJECT: challenges.reject_challenge,
    Kind.ANSWER: challenges.answer_challenge,
    Kind.HIDE: challenges.hide_challenge,
    Kind.RESTORE: challenges.restore_challenge,
}
ON_IDEA: dict[str, Callable[..., Any]] = {
    Kind.PUBLISH: ideas.publish_idea,
    Kind.RETURN: ideas.return_idea,
    Kind.REJECT: ideas.reject_idea,
    Kind.SHORTLIST: ideas.shortlist_idea,
    Kind.UNLIST: ideas.unlist_idea,
    Kind.REOPEN: ideas.reopen_idea,
    Kind.ARCHIVE: ideas.archive_idea,
    Kind.HIDE: ideas.hide_idea,
    Kind.RESTORE: ideas.restore_idea,
}
ON_COMMENT: dict[str, Callable[..., Any]] = {Kind.HIDE: comments.hide_comment, Kind.RESTORE: comments.restore_comment}


def decide_challenge(
    actor: Account, challenge: Challenge, kind: str, reason: str, target_id: int | None = None, *, now: datetime
) -> None:
    if kind == Kind.MERGE:
        target = _named(challenge_or_404, actor, target_id)
        challenges.merge_challenges(actor, challenge, target, reason, now=now)
    else:
        _act(ON_CHALLENGE, kind)(actor, challenge, reason, now=now)


def decide_idea(actor: Account, idea: Idea, kind: str, reason: str, target_id: int | None = None, *, now: datetime) -> None:
    if kind == Kind.MERGE:
        target = _named(idea_or_404, actor, target_id)
        both = in_open_ballot([idea.id, target.id], now)
        ideas.merge_ideas(actor, idea, target, reason, in_open_ballot=both, now=now)
    else:
        _act(ON_IDEA, kind)(actor, idea, reason, now=now)


def decide_comment(actor: Account, comment: Comment, kind: str, reason: str, *, now: datetime) -> None:
    _act(ON_COMMENT, kind)(actor, comment, reason, now=now)


def decide_several(actor: Account, wishes: Iterable[Wish], *, now: datetime) -> dict[str, Message]:
    """All of them or none: the sentences of those that cannot be, by name of the item."""
    faults: dict[str, Message] = {}
    together = db.session.begin_nested()
    for wish in wishes:
        try:
            _grant(actor, wish, now)
        except Invalid as error:
            faults[wish.name] = next(iter(error.faults.values()))
        except Refused as error:
            faults[wish.name] = error.verdict.reason or say("Das geht nicht.")
        except NotFound:
            faults[wish.name] = say("Diesen Beitrag gibt es nicht mehr.")
    if faults:
        together.rollback()
    else:
        together.commit()
    return faults


def _grant(actor: Account, wish: Wish, now: datetime) -> None:
    if wish.noun == "challenge":
        decide_challenge(actor, challenge_or_404(actor, wish.id), wish.kind, wish.reason, now=now)
    else:
        decide_idea(actor, idea_or_404(actor, wish.id), wish.kind, wish.reason, now=now)


def _act(acts: dict[str, Callable[..., Any]], kind: str) -> Callable[..., Any]:
    if kind not in acts:
        raise Invalid(kind=say("Bitte wählen Sie, was geschehen soll."))
    return acts[kind]


def _named(find: Callable[[Account, int], Any], actor: Account, target_id: int | None) -> Any:
    fault = Invalid(target=say("Bitte wählen Sie, womit zusammengeführt werden soll."))
    if not target_id:
        raise fault
    try:
        return find(actor, target_id)
    except NotFound:
        raise fault from None
