"""Who may make a lab, look after it, work in it, and be named."""

from collections.abc import Iterable

from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate as is_moderator
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.ideas.models import Idea
from ideation.ideas.rules import Status as IdeaStatus
from ideation.labs.models import Lab, LabMember
from ideation.labs.rules import STAGES, Role, Status, Who, move_to
from ideation.rounds.models import Round
from ideation.rounds.policy import can_moderate

TAKEABLE = frozenset({IdeaStatus.SELECTED, IdeaStatus.IN_LAB})


def can_take(account: Account | None, rounds: Iterable[Round]) -> Verdict:
    """Whoever takes something into a lab looks after the round it comes from."""
    if not (may := is_moderator(account)):
        return may
    return next((no for no in (can_moderate(account, r) for r in rounds) if not no), ALLOWED)


def can_take_idea(idea: Idea) -> Verdict:
    if idea.is_hidden or idea.status not in TAKEABLE:
        return denied(say("Ins Projektlabor kommen nur ausgewählte Ideen. „%(title)s“ gehört nicht dazu.", title=idea.title))
    return ALLOWED


def can_look_after(account: Account | None, lab: Lab, rounds: Iterable[Round]) -> Verdict:
    """Who made the lab, who moderates a round it came from, and admins."""
    if not (may := is_moderator(account)):
        return may
    assert account is not None
    if account.is_admin or lab.created_by_id == account.id or any(can_moderate(account, r) for r in rounds):
        return ALLOWED
    return denied(say("Dieses Projektlabor betreuen andere. Bitten Sie die Moderation der Runde oder die Administration."))


def can_move(
    account: Account | None, lab: Lab, target: Status, *, member: LabMember | None = None, rounds: Iterable[Round] = ()
) -> Verdict:
    move = move_to(lab.status, target)
    caretaker = can_look_after(account, lab, rounds)
    if move is not None and move.who == Who.FACILITATOR:
        return can_facilitate(account, lab, member, rounds)
    if move is not None or not caretaker:
        return caretaker
    now_, then = STAGES[Status(lab.status)].word, STAGES[target].word
    return denied(say("Das Projektlabor steht auf „%(now)s“. Von dort führt kein Schritt zu „%(then)s“.", now=now_, then=then))


def can_work(account: Account | None, lab: Lab, member: LabMember | None, rounds: Iterable[Round] = ()) -> Verdict:
    """Whoever belongs to the lab, and whoever looks after it. `member`: the own row, `rounds`: those the lab came from."""
    if _is_own(account, lab, member) or can_look_after(account, lab, rounds):
        return ALLOWED
    return denied(say("Hier arbeiten die Mitglieder des Projektlabors. Solange es einlädt, können Sie dort mitarbeiten."))


def can_facilitate(account: Account | None, lab: Lab, member: LabMember | None, rounds: Iterable[Round] = ()) -> Verdict:
    """Laborbegleitung and hosts, and whoever looks after the lab."""
    leads = _is_own(account, lab, member) and member is not None and member.role in {Role.FACILITATOR, Role.HOST}
    if leads or can_look_after(account, lab, rounds):
        return ALLOWED
    return denied(say("Das kann nur die Laborbegleitung oder wer das Projektlabor trägt."))


def _is_own(account: Account | None, lab: Lab, member: LabMember | None) -> bool:
    if account is None or member is None or member.left_at is not None:
        return False
    return (member.account_id, member.lab_id) == (account.id, lab.id)


def shown_name(member: LabMember, *, inside: bool = False) -> str | None:
    """The one place that decides whether a list or a document names somebody; None: without name.

    `inside`: only those who work in the lab read it."""
    return member.name if inside or (member.consent_at is not None and member.left_at is None) else None
