"""Who may come to a lab, invite to it, and take somebody off it."""

from collections.abc import Iterable
from datetime import datetime

from ideation.accounts.models import Account
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.labs.models import Lab, LabInvitation, LabMember
from ideation.labs.policy import can_facilitate
from ideation.labs.rules import Status
from ideation.members.rules import INVITATIONS_MAX, OPEN_TO_INVITED, free_places, usable
from ideation.rounds.models import Round


def has_place(lab: Lab, taken: int) -> Verdict:
    if free_places(lab.seats, taken) == 0:
        return denied(say("Alle Plätze dieses Projektlabors sind vergeben. Sie können ihm folgen und hören dann, was daraus wird."))
    return ALLOWED


def can_join(lab: Lab, member: LabMember | None, taken: int) -> Verdict:
    """Whoever is signed in, while the lab invites. `taken`: how many people and places it has."""
    if member is not None:
        return denied(say("Sie arbeiten in diesem Projektlabor schon mit."))
    if lab.status == Status.PLANNED:
        return denied(say("Das Projektlabor wird noch vorbereitet. Sobald es einlädt, können Sie hier mitarbeiten."))
    if lab.status != Status.INVITING:
        return denied(say("Dieses Projektlabor nimmt niemanden mehr auf. Sie können ihm folgen und hören dann, was daraus wird."))
    return has_place(lab, taken)


def can_accept(lab: Lab, member: LabMember | None, invitation: LabInvitation, taken: int, now: datetime) -> Verdict:
    if member is not None:
        return denied(say("Sie arbeiten in diesem Projektlabor schon mit."))
    if not usable(invitation.expires_at, invitation.used_at, now):
        return denied(say("Diese Einladung gilt nicht mehr. Bitten Sie die Laborbegleitung um eine neue."))
    if lab.status not in OPEN_TO_INVITED:
        return denied(say("Dieses Projektlabor nimmt niemanden mehr auf. Sie können ihm folgen und hören dann, was daraus wird."))
    return has_place(lab, taken)


def can_invite(
    account: Account | None, lab: Lab, member: LabMember | None, rounds: Iterable[Round] = (), *, open_links: int
) -> Verdict:
    if not (may := can_facilitate(account, lab, member, rounds)):
        return may
    if lab.status not in OPEN_TO_INVITED:
        return denied(say("Die Arbeit dieses Projektlabors ist beendet. Es lädt niemanden mehr ein."))
    if open_links >= INVITATIONS_MAX:
        return denied(say("Es gibt schon %(n)s offene Einladungen. Warten Sie, bis eine davon angenommen ist.", n=INVITATIONS_MAX))
    return ALLOWED


def can_remove(
    account: Account | None, lab: Lab, own: LabMember | None, member: LabMember, rounds: Iterable[Round] = ()
) -> Verdict:
    """With a reason, by whoever leads the lab. One's own membership is ended on the own page."""
    if not (may := can_facilitate(account, lab, own, rounds)):
        return may
    if own is not None and own.id == member.id:
        return denied(say("Die eigene Mitarbeit beenden Sie auf der Seite „Meine Mitarbeit“."))
    return ALLOWED
