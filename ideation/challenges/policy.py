"""Who may do what with a challenge. Round with windows and moderators, and authors, are loaded by whoever asks."""

from datetime import datetime

from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate as is_moderator
from ideation.challenges.models import Challenge
from ideation.challenges.rules import EDITABLE, LISTED, PUBLIC, STATES, Status, Who, move
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.rounds import policy as rounds
from ideation.rounds.models import Round
from ideation.rounds.rules import Activity
from ideation.rounds.rules import Status as RoundStatus


def is_author(account: Account | None, challenge: Challenge) -> bool:
    return account is not None and any(a.account_id == account.id for a in challenge.authors)


def leads(account: Account | None, challenge: Challenge) -> bool:
    return account is not None and any(a.account_id == account.id and a.leads for a in challenge.authors)


def can_see(account: Account | None, challenge: Challenge) -> bool:
    """Public ones everybody; hidden ones and those before publication their authors and, once submitted, the moderation."""
    if challenge.status in PUBLIC and not challenge.is_hidden and rounds.can_see(account, challenge.round):
        return True
    if is_author(account, challenge):
        return True
    return challenge.status != Status.DRAFT and bool(rounds.can_moderate(account, challenge.round))


def can_see_history(account: Account | None, challenge: Challenge) -> bool:
    return is_author(account, challenge) or bool(rounds.can_moderate(account, challenge.round))


def can_propose(account: Account | None, round: Round, *, registered: bool, now: datetime) -> Verdict:
    return rounds.can_act(account, round, Activity.CHALLENGE, registered=registered, now=now)


def can_write(account: Account | None, challenge: Challenge) -> Verdict:
    """The draft stays writable for who leads it, whatever the clock says: nothing typed is lost."""
    if not leads(account, challenge):
        return denied(say("Das kann nur, wer die Herausforderung geschrieben hat."))
    if challenge.status in EDITABLE:
        return ALLOWED
    if challenge.status == Status.SUBMITTED:
        return denied(say("Die Herausforderung liegt gerade bei der Moderation. Bis zur Antwort bleibt der Text, wie er ist."))
    return denied(
        say("Diese Herausforderung lässt sich nicht mehr als Entwurf bearbeiten. Ihr Stand: %(status)s.", status=_word(challenge))
    )


def can_submit(account: Account | None, challenge: Challenge, *, registered: bool, now: datetime) -> Verdict:
    if not (may := can_write(account, challenge)):
        return may
    return can_propose(account, challenge.round, registered=registered, now=now)


def can_reword(account: Account | None, challenge: Challenge, *, now: datetime) -> Verdict:
    """A published text changes by a new public version: by who leads it while nobody has built on it, else by the moderation."""
    if challenge.status not in LISTED:
        return denied(say("Diese Herausforderung lässt sich nicht mehr ändern. Ihr Stand: %(status)s.", status=_word(challenge)))
    if not is_author(account, challenge) and rounds.can_moderate(account, challenge.round):
        return ALLOWED
    if not leads(account, challenge):
        return denied(say("Das kann nur, wer die Herausforderung geschrieben hat, oder die Moderation."))
    if challenge.is_hidden:
        return denied(say("Diese Herausforderung ist ausgeblendet. Bitte wenden Sie sich an die Moderation."))
    if challenge.status != Status.OPEN:
        return denied(say("Diese Herausforderung lässt sich nicht mehr ändern. Ihr Stand: %(status)s.", status=_word(challenge)))
    if challenge.ideas:
        return denied(say("Zu dieser Frage gibt es schon Ideen. Deshalb ändert den Wortlaut nur noch die Moderation."))
    return rounds.is_open(challenge.round, Activity.CHALLENGE, now)


def needs_reason_to_reword(account: Account | None, challenge: Challenge) -> bool:
    return not leads(account, challenge)


def can_decide(account: Account | None, challenge: Challenge) -> Verdict:
    """Whoever curates the round, but nobody about what they wrote themselves."""
    if not (may := rounds.can_moderate(account, challenge.round)):
        return may
    if is_author(account, challenge):
        return denied(
            say(
                "Diese Herausforderung haben Sie selbst geschrieben. Bitte lassen Sie jemand anderes aus der Moderation entscheiden."
            )
        )
    return ALLOWED


def can_become(account: Account | None, challenge: Challenge, target: Status) -> Verdict:
    """The status table, with its sentences."""
    line = move(challenge.status, target)
    if target == Status.WITHDRAWN or (line is not None and line.who == Who.LEAD):
        if not leads(account, challenge):
            return denied(say("Das kann nur, wer die Herausforderung geschrieben hat."))
    elif not (may := can_decide(account, challenge)):
        return may
    if line is None:
        return denied(say("Das geht nicht mehr. Der Stand dieser Herausforderung ist: %(status)s.", status=_word(challenge)))
    return ALLOWED


def can_withdraw(account: Account | None, challenge: Challenge) -> Verdict:
    if not (may := can_become(account, challenge, Status.WITHDRAWN)):
        return may
    if challenge.ideas:
        return denied(say("Zu dieser Frage gibt es schon Ideen. Deshalb lässt sie sich nicht mehr zurückziehen."))
    return ALLOWED


def can_merge(account: Account | None, challenge: Challenge, target: Challenge | None = None) -> Verdict:
    """A submitted one is published and merged in one step, so that its page can point on."""
    if not (may := can_become(account, challenge, Status.OPEN if challenge.status == Status.SUBMITTED else Status.MERGED)):
        return may
    if target is None:
        return ALLOWED
    if target.id == challenge.id:
        return denied(say("Eine Herausforderung lässt sich nicht mit sich selbst zusammenführen."))
    if target.round_id != challenge.round_id:
        return denied(
            say("Zusammenführen geht nur in derselben Runde. In eine andere Runde können Sie eine Herausforderung übernehmen.")
        )
    if target.status != Status.OPEN or target.is_hidden:
        return denied(say("Das Ziel muss eine offene, sichtbare Herausforderung sein."))
    return ALLOWED


def can_hide(account: Account | None, challenge: Challenge) -> Verdict:
    if not (may := can_decide(account, challenge)):
        return may
    if challenge.status not in PUBLIC:
        return denied(say("Ausblenden lässt sich nur, was veröffentlicht ist."))
    if challenge.is_hidden:
        return denied(say("Diese Herausforderung ist schon ausgeblendet."))
    return ALLOWED


def can_restore(account: Account | None, challenge: Challenge) -> Verdict:
    if not (may := can_decide(account, challenge)):
        return may
    return ALLOWED if challenge.is_hidden else denied(say("Diese Herausforderung ist nicht ausgeblendet."))


def can_carry_over(account: Account | None, challenge: Challenge, target: Round | None = None) -> Verdict:
    """From a public challenge into any other round of the same moderator; the clock of the target does not bind the moderation."""
    if target is None:
        if not (may := is_moderator(account)):
            return may
    elif not (may := rounds.can_moderate(account, target)):
        return may
    if challenge.status not in PUBLIC - {Status.WITHDRAWN} or challenge.is_hidden:
        return denied(say("Übernehmen lässt sich nur eine veröffentlichte Herausforderung."))
    if target is None:
        return ALLOWED
    if target.id == challenge.round_id:
        return denied(say("Die Herausforderung ist schon in dieser Runde."))
    if target.status == RoundStatus.ARCHIVED:
        return denied(say("Diese Runde ist archiviert. Bitte wählen Sie eine laufende oder kommende."))
    return ALLOWED


def can_import(account: Account | None) -> Verdict:
    return rounds.can_import(account)


def _word(challenge: Challenge) -> object:
    return STATES[Status(challenge.status)][0]
