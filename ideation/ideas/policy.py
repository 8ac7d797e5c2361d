"""Who may do what with an idea, and why not."""

from datetime import datetime

from ideation.accounts.models import Account
from ideation.core.sentence import End, say, say_n
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.ideas.rules import NAMES, PUBLIC, UNPUBLISHED, Status, may_become, text_frozen
from ideation.rounds.models import Round
from ideation.rounds.policy import can_act, can_moderate
from ideation.rounds.rules import Activity

OUTCOMES = frozenset({Status.SELECTED, Status.NOT_SELECTED, Status.IN_LAB, Status.PROJECT})


def authorship(account: Account | None, idea: Idea) -> IdeaAuthor | None:
    """The person's own line among the authors."""
    return next((a for a in idea.authors if a.account_id == account.id), None) if account is not None else None


def can_see(account: Account | None, idea: Idea) -> bool:
    """Drafts: authors. Waiting, refused or hidden: also the moderation of the round. The rest: everybody."""
    if authorship(account, idea) is not None:
        return True
    if idea.status == Status.DRAFT:
        return False
    if idea.status in PUBLIC and not idea.is_hidden and idea.round.status != "draft":
        return True
    return account is not None and bool(can_moderate(account, idea.round))


def shows_text(account: Account | None, idea: Idea) -> bool:
    """A withdrawn idea keeps its title; its text is for those who wrote it."""
    return idea.status != Status.WITHDRAWN or authorship(account, idea) is not None


def can_propose(account: Account | None, round_: Round, answerable: bool, *, registered: bool, now: datetime) -> Verdict:
    """A new idea in the round. `answerable`: its challenge takes answers, or the round takes free ideas."""
    if account is None:
        return denied(say("Bitte melden Sie sich an, um eine Idee vorzuschlagen."))
    if not answerable:
        return denied(say("Hier können gerade keine Ideen vorgeschlagen werden. Offene Fragen finden Sie auf der Seite der Runde."))
    return can_act(account, round_, Activity.IDEA, registered=registered, now=now)


def can_submit(account: Account, idea: Idea, answerable: bool, *, registered: bool, now: datetime) -> Verdict:
    if authorship(account, idea) is None:
        return denied(say("Einreichen können diese Idee nur die Menschen, die sie geschrieben haben."))
    if not may_become(idea.status, Status.SUBMITTED):
        return denied(say("Diese Idee ist schon eingereicht."))
    verdict = can_propose(account, idea.round, answerable, registered=registered, now=now)
    missing = idea.round.team_min - idea.people
    if verdict and missing > 0:
        return denied(
            say_n(
                "In dieser Runde reichen Teams ein. Es fehlt noch %(num)s Person. Laden Sie jemanden über den Einladungslink ein.",
                "In dieser Runde reichen Teams ein. Es fehlen noch %(num)s Personen. Laden Sie sie über den Einladungslink ein.",
                missing,
            )
        )
    return verdict


def can_edit(account: Account | None, idea: Idea, *, registered: bool, now: datetime) -> Verdict:
    """An own draft always; what is public in the idea window, unless a closed list froze the text."""
    if account is None or authorship(account, idea) is None:
        return denied(say("Ändern können diese Idee nur die Menschen, die sie geschrieben haben."))
    if idea.status in UNPUBLISHED:
        return ALLOWED
    if idea.status == Status.SUBMITTED:
        return denied(say("Die Moderation sieht sich diese Idee gerade an. Ändern können Sie sie danach wieder."))
    if idea.is_hidden or idea.status not in {Status.PUBLISHED, Status.SHORTLISTED}:
        return denied(say("Diese Idee steht jetzt fest und kann nicht mehr geändert werden."))
    if text_frozen(idea.text_frozen_from, idea.text_frozen_until, now):
        if idea.text_frozen_until is None:
            return denied(say("Über diese Idee wird gerade abgestimmt. Bis zum Ende der Abstimmung bleibt ihr Text, wie er ist."))
        return denied(
            say(
                "Über diese Idee wird gerade abgestimmt. Bis %(until)s bleibt ihr Text, wie er ist.",
                until=End(idea.text_frozen_until),
            )
        )
    return can_act(account, idea.round, Activity.IDEA, registered=registered, now=now)


def can_withdraw(account: Account | None, idea: Idea) -> Verdict:
    author = authorship(account, idea)
    if author is None or not author.leads:
        return denied(say("Zurückziehen kann diese Idee nur, wer sie federführend geschrieben hat."))
    if idea.status == Status.SHORTLISTED:
        return denied(
            say(
                "Die Idee steht in der engeren Auswahl. Bitte wenden Sie sich an die Moderation, wenn Sie sie zurückziehen möchten."
            )
        )
    if not may_become(idea.status, Status.WITHDRAWN):
        return denied(say("Diese Idee kann nicht mehr zurückgezogen werden."))
    return ALLOWED


def can_see_history(account: Account | None, idea: Idea) -> bool:
    """The decisions there were: for those who wrote it and the moderation."""
    decided = idea.status_decision_id is not None or idea.visibility_decision_id is not None
    return decided and (authorship(account, idea) is not None or bool(can_moderate(account, idea.round)))


def can_judge(account: Account | None, idea: Idea) -> Verdict:
    """Any act of moderation on this idea; nobody judges what they wrote themselves."""
    if not (verdict := can_moderate(account, idea.round)):
        return verdict
    if authorship(account, idea) is not None:
        return denied(
            say("Diese Idee haben Sie selbst geschrieben. Bitte lassen Sie jemand anderes aus der Moderation entscheiden.")
        )
    return ALLOWED


def can_move(account: Account | None, idea: Idea, target: Status) -> Verdict:
    """An act of moderation that changes the status."""
    # The result of a vote is carried out, not judged.
    verdict = can_moderate(account, idea.round) if target in OUTCOMES else can_judge(account, idea)
    if not verdict:
        return verdict
    if not may_become(idea.status, target):
        return denied(say("Das geht bei dieser Idee nicht mehr. Sie ist jetzt: %(status)s.", status=NAMES[idea.status]))
    return ALLOWED


def can_merge(account: Account | None, idea: Idea, into: Idea, *, in_open_ballot: bool) -> Verdict:
    if not (verdict := can_move(account, idea, Status.MERGED)):
        return verdict
    if idea.id == into.id or idea.round_id != into.round_id or into.status not in PUBLIC - {Status.MERGED, Status.WITHDRAWN}:
        return denied(say("Zusammenführen geht nur mit einer anderen veröffentlichten Idee derselben Runde."))
    if in_open_ballot:
        return denied(
            say(
                "Über eine der beiden Ideen wird gerade abgestimmt. Zusammenführen geht wieder, wenn die Abstimmung geschlossen ist."
            )
        )
    return ALLOWED


def can_illustrate(account: Account | None, idea: Idea) -> Verdict:
    """Pictures come from those who wrote it, as long as it can still change. What a closed list froze is the text."""
    if authorship(account, idea) is None:
        return denied(say("Bilder einstellen können nur die Menschen, die diese Idee geschrieben haben."))
    if idea.is_hidden or idea.status in {Status.MERGED, Status.WITHDRAWN, Status.REJECTED, Status.ARCHIVED}:
        return denied(say("Diese Idee steht jetzt fest und kann nicht mehr geändert werden."))
    return ALLOWED
