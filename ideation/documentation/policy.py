"""Who keeps a documentation. Reading it is for everybody who may see the labs."""

from collections.abc import Iterable

from ideation.accounts.models import Account
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.labs.models import Lab, LabMember
from ideation.labs.policy import can_facilitate
from ideation.rounds.models import Round
from ideation.rounds.policy import can_moderate


def can_keep(
    account: Account | None, subject: Lab | Round, member: LabMember | None = None, rounds: Iterable[Round] = ()
) -> Verdict:
    """Of a lab: Laborbegleitung, hosts and whoever looks after it. Of a round: its moderation."""
    if isinstance(subject, Round):
        return can_moderate(account, subject)
    return can_facilitate(account, subject, member, rounds)


def has_something(labs: int) -> Verdict:
    return ALLOWED if labs else denied(say("Aus dieser Runde ist noch kein Projektlabor entstanden."))
