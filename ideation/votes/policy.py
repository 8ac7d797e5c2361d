"""Who may cast which vote now."""

from datetime import datetime

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot
from ideation.ballots.policy import can_vote_now
from ideation.ballots.rules import Eligibility, Limits, Method
from ideation.core.sentence import Message, say, say_n
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.ideas.models import Idea
from ideation.ideas.rules import VOTABLE
from ideation.ledger.rules import CROWD
from ideation.votes.rules import fault


def can_take_part(account: Account, ballot: Ballot, *, joined: bool, eligible: bool, now: datetime) -> Verdict:
    if ballot.round.status != "published":
        return denied(say("Diese Runde ist nicht mehr aktiv. Abstimmen können Sie in den laufenden Runden."))
    if not (open_now := can_vote_now(ballot, now)):
        return open_now
    if account.confirmed_at is None:
        return denied(say("Bitte bestätigen Sie zuerst Ihre E-Mail-Adresse. Den Link dazu haben wir Ihnen geschickt."))
    if not joined:
        return denied(
            say(
                "Abstimmen kann, wer sich zur Runde angemeldet hat. Anmelden können Sie sich auf der Seite der Runde, solange die Teilnahme offen ist."
            )
        )
    if ballot.eligibility == Eligibility.T2 and not eligible:
        return denied(say("Für diese Abstimmung brauchen Sie einen Code auf Papier von der Stadt."))
    return ALLOWED


def can_cast(idea: Idea, limits: Limits, *, spent: int, given: int, wanted: int) -> Verdict:
    """Judged under the lock: is the idea eligible, and does the wish fit into what is left?"""
    if wanted > given and idea.is_hidden:
        return denied(
            say("Diese Idee ist ausgeblendet und nimmt keine Stimmen mehr an. Eine abgegebene Stimme können Sie zurückziehen.")
        )
    if wanted > given and idea.status not in VOTABLE:
        return denied(say("Diese Idee nimmt keine Stimmen mehr an. Eine abgegebene Stimme können Sie zurückziehen."))
    found = fault(limits, spent, given, wanted)
    if found == "used_up":
        return denied(used_up(limits))
    if found is not None:
        return denied(
            say_n(
                "Auf eine Idee können Sie höchstens %(num)s Punkt geben.",
                "Auf eine Idee können Sie höchstens %(num)s Punkte geben.",
                limits.each,
            )
        )
    return ALLOWED


def can_change(*, void: bool) -> Verdict:
    if void:
        return denied(
            say(
                "Diese Stimme wurde für ungültig erklärt; der Grund steht beim Ergebnis. Sie lässt sich nicht ändern. Wenn das ein Irrtum ist, schreiben Sie bitte der Moderation."
            )
        )
    return ALLOWED


def used_up(limits: Limits) -> Message:
    n = limits.votes or 0
    if limits.method is Method.POINTS:
        return say_n(
            "Sie haben insgesamt %(num)s Punkt. Nehmen Sie ihn zuerst von einer anderen Idee weg.",
            "Sie haben insgesamt %(num)s Punkte. Nehmen Sie zuerst Punkte von einer anderen Idee weg.",
            n,
        )
    return say_n(
        "Sie haben Ihre Stimme schon vergeben. Ziehen Sie sie zurück, dann können Sie diese Idee unterstützen.",
        "Sie haben Ihre %(num)s Stimmen schon vergeben. Ziehen Sie eine zurück, dann können Sie diese Idee unterstützen.",
        n,
    )


def can_read_entries(ballot: Ballot, *, crowd: bool) -> Verdict:
    """Whether the entries of the ledger are public yet, whoever asks: for the page, the download, receipts and the command.

    `crowd`: whether at least CROWD people have a vote. Before that only hashes are told, and no number of entries."""
    if ballot.closed_at is not None:
        return ALLOWED
    if ballot.hides_results:
        return denied(say("Die Einträge erscheinen, sobald die Abstimmung beendet und ausgezählt ist."))
    if not crowd:
        return denied(
            say(
                "Die Einträge erscheinen, sobald %(n)s Personen abgestimmt haben, spätestens nach dem Ende der Abstimmung. Bei weniger Personen ließe sich daraus ablesen, wer wie gestimmt hat.",
                n=CROWD,
            )
        )
    return ALLOWED


def can_mail_receipt(*, own: bool) -> Verdict:
    """`own`: whether the vote behind the receipt is this person's."""
    if own:
        return ALLOWED
    return denied(say("Einen Beleg kann sich nur zuschicken lassen, wer die Stimme abgegeben hat."))
