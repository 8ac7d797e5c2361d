"""Who makes groups, and who works in one."""

from collections.abc import Sequence
from dataclasses import dataclass

from ideation.accounts.models import Account
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.groups.models import LabGroup
from ideation.labs.models import Lab, LabMember
from ideation.labs.policy import can_facilitate, can_work
from ideation.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody in a lab: their own row there, the group they work in; `rounds` for who looks after it as moderation."""

    account: Account | None
    lab: Lab
    member: LabMember | None = None
    group_id: int | None = None
    rounds: Sequence[Round] = ()

    def is_in(self, group: LabGroup) -> bool:
        return self.group_id == group.id


def can_take_part(who: Standing) -> Verdict:
    """Read what the lab works on, before it is public."""
    return can_work(who.account, who.lab, who.member, who.rounds)


def can_arrange(who: Standing) -> Verdict:
    """Make groups, name them, put members into them."""
    return can_facilitate(who.account, who.lab, who.member, who.rounds)


def can_join(who: Standing) -> Verdict:
    """Choose and leave one's own group. Whoever only looks after the lab is in none."""
    if not (may := can_take_part(who)):
        return may
    if who.member is None:
        return denied(say("In eine Gruppe gehen die Mitglieder des Projektlabors. Sie betreuen es, ohne Mitglied zu sein."))
    return ALLOWED
