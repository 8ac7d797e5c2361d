from datetime import datetime

from ideation.accounts.models import Account
from ideation.challenges import rules as challenges
from ideation.challenges.models import Challenge
from ideation.comments.models import Comment
from ideation.comments.rules import MOST, WITHIN, editable_until
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied, too_many
from ideation.ideas import rules as ideas
from ideation.ideas.models import Idea
from ideation.rounds import policy as rounds
from ideation.rounds.models import Round
from ideation.rounds.rules import Activity

ENDED = frozenset({"merged", "withdrawn"})


def is_open(subject: Idea | Challenge, *, now: datetime) -> Verdict:
    """Whether anybody can comment here now."""
    if subject.is_hidden:
        return denied(say("Dieser Beitrag ist ausgeblendet. Kommentieren ist hier nicht möglich."))
    if subject.status not in (ideas.PUBLIC if isinstance(subject, Idea) else challenges.PUBLIC):
        return denied(say("Kommentieren ist möglich, sobald der Beitrag veröffentlicht ist."))
    if subject.status in ENDED:
        return denied(say("Dieser Beitrag ist abgeschlossen. Neue Kommentare sind hier nicht mehr möglich."))
    return rounds.is_open(subject.round, Activity.COMMENT, now)


def can_comment(account: Account | None, subject: Idea | Challenge, *, registered: bool, now: datetime) -> Verdict:
    if not (timely := is_open(subject, now=now)):
        return timely
    return rounds.can_act(account, subject.round, Activity.COMMENT, registered=registered, now=now)


def can_write_more(lately: int, *, wait: int) -> Verdict:
    """`lately`: comments of this person in the running ten minutes; `wait`: seconds until one of them is older."""
    if lately < MOST:
        return ALLOWED
    minutes = int(WITHIN.total_seconds() // 60)
    return too_many(
        say(
            "Sie haben in den letzten %(minutes)s Minuten %(n)s Kommentare geschrieben. Bitte warten Sie ein wenig. Ihr Text ist noch im Feld.",
            minutes=minutes,
            n=MOST,
        ),
        retry_after=wait,
    )


def can_edit(account: Account, comment: Comment, *, now: datetime) -> Verdict:
    if comment.account_id != account.id:
        return denied(say("Das können nur die Menschen ändern, die es geschrieben haben."))
    if comment.withdrawn_at is not None:
        return denied(say("Dieser Kommentar ist zurückgezogen."))
    if comment.is_hidden:
        return denied(say("Die Moderation hat diesen Kommentar ausgeblendet. Er lässt sich nicht mehr ändern."))
    if now >= editable_until(comment.created_at):
        return denied(
            say("Kommentare lassen sich zehn Minuten lang ändern. Jetzt können Sie diesen Kommentar nur noch zurückziehen.")
        )
    return ALLOWED


def can_withdraw(account: Account, comment: Comment) -> Verdict:
    if comment.account_id != account.id:
        return denied(say("Das können nur die Menschen zurückziehen, die es geschrieben haben."))
    return ALLOWED


def can_hide(account: Account | None, comment: Comment, round_: Round) -> Verdict:
    """Hiding and restoring: whoever curates the round, but nobody what they wrote themselves."""
    if not (may := rounds.can_moderate(account, round_)):
        return may
    if account is not None and comment.account_id == account.id:
        return denied(
            say("Diesen Kommentar haben Sie selbst geschrieben. Bitte lassen Sie jemand anderes aus der Moderation entscheiden.")
        )
    return ALLOWED
