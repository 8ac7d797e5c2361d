"""People come to a lab, are invited, leave; and agree to be named."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, insert, update

from ideation.accounts.actions import count_tries
from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate as is_moderator
from ideation.accounts.policy import can_try
from ideation.accounts.queries import blocked_until
from ideation.activity.actions import record
from ideation.core.db import db
from ideation.core.mail import queue_mail
from ideation.core.secret import new_token, token_hash
from ideation.core.sentence import say
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid, NotFound, require
from ideation.institutions.models import Institution
from ideation.labs.actions import hold_lab
from ideation.labs.models import Lab, LabInvitation, LabMember, LabPlaces, LabTarget
from ideation.labs.policy import can_facilitate
from ideation.labs.queries import membership, rounds_of
from ideation.labs.rules import NAME_MAX, REASON_MAX, Role
from ideation.members.policy import can_accept, can_invite, can_join, can_remove, has_place
from ideation.members.queries import invitation_or_404, open_invitations, taken
from ideation.members.rules import CONSENT, INVITATION_LASTS, PLACES_MAX


def join_lab(
    actor: Account, lab: Lab, name: str, institution: Institution | None, *, listed: bool = False, now: datetime
) -> LabMember:
    """By oneself, while the lab invites. The lab's row is held: the last place is given once."""
    hold_lab(lab)
    require(can_join(lab, membership(actor, lab.id), taken(lab.id)))
    return _enter(actor, lab, name, institution, Role.MEMBER, listed=listed, now=now)


def accept_invitation(
    actor: Account, token: str, name: str, institution: Institution | None = None, *, listed: bool = False, now: datetime
) -> Lab:
    """Once, by one person. An institution in the invitation stands; otherwise the person says theirs."""
    _, lab = invitation_or_404(token)
    # Everything about the people of a lab waits for its row: the link is read again under that lock.
    hold_lab(lab)
    invitation, lab = invitation_or_404(token, fresh=True)
    require(can_accept(lab, membership(actor, lab.id), invitation, taken(lab.id), now))
    if invitation.institution_id is not None:
        institution = db.session.get_one(Institution, invitation.institution_id)
    _enter(actor, lab, name, institution, Role(invitation.role), listed=listed, now=now)
    # Whom it was mailed to is of no use any more.
    invitation.used_at, invitation.email = now, ""
    return lab


def _enter(
    actor: Account, lab: Lab, name: str, institution: Institution | None, role: Role, *, listed: bool, now: datetime
) -> LabMember:
    member = LabMember(lab_id=lab.id, account_id=actor.id, name=_name(name), role=role, joined_at=now)
    member.institution_id = _id(institution)
    if listed:
        member.consent_text, member.consent_at = str(CONSENT), now
    db.session.add(member)
    db.session.flush()
    _record("joined", member, lab, actor, now)
    return member


def _id(institution: Institution | None) -> int | None:
    return institution.id if institution is not None else None


def _name(text: str) -> str:
    name = single_line(text)
    if not 1 <= len(name) <= NAME_MAX:
        raise Invalid(name=say("Bitte geben Sie einen Namen mit höchstens %(n)s Zeichen an.", n=NAME_MAX))
    return name


def _record(what: str, member: LabMember, lab: Lab, actor: Account, now: datetime, **told: str) -> None:
    record(f"member.{what}", member, actor=actor, now=now, title=lab.title, slug=lab.slug, **told)


def own_or_404(actor: Account, lab: Lab) -> LabMember:
    member = membership(actor, lab.id)
    if member is None:
        raise NotFound
    return member


def update_membership(actor: Account, lab: Lab, name: str, institution: Institution | None, *, now: datetime) -> None:
    member = own_or_404(actor, lab)
    member.name, member.institution_id = _name(name), _id(institution)
    db.session.flush()
    _record("edited", member, lab, actor, now)


def consent_to_list(actor: Account, lab: Lab, wanted: bool, *, now: datetime) -> None:
    """The wanted state. Given, the words are kept with the time; withdrawn, every list and document forgets the name at once."""
    member = own_or_404(actor, lab)
    if wanted == (member.consent_at is not None):
        return
    member.consent_text, member.consent_at = (str(CONSENT), now) if wanted else (None, None)
    db.session.flush()
    _record("consented" if wanted else "withdrew_consent", member, lab, actor, now)


def leave_lab(actor: Account, lab: Lab, *, now: datetime) -> None:
    member = own_or_404(actor, lab)
    member.left_at, member.consent_text, member.consent_at = now, None, None
    db.session.flush()
    _record("left", member, lab, actor, now)


def change_member(
    actor: Account, lab: Lab, member: LabMember, role: Role, institution: Institution | None, *, now: datetime
) -> None:
    """Role and institution, by whoever leads the lab; the name is the person's own."""
    require(can_facilitate(actor, lab, membership(actor, lab.id), rounds_of(lab)))
    member.role, member.institution_id = role, _id(institution)
    db.session.flush()
    _record("edited", member, lab, actor, now)


def remove_member(actor: Account, lab: Lab, member: LabMember, reason: str, *, now: datetime) -> None:
    """With a reason that the person is told."""
    require(can_remove(actor, lab, membership(actor, lab.id), member, rounds_of(lab)))
    reason = cleaned(reason)
    if not 1 <= len(reason) <= REASON_MAX:
        raise Invalid(reason=say("Bitte nennen Sie der Person einen Grund, mit höchstens %(n)s Zeichen.", n=REASON_MAX))
    member.left_at, member.removal_reason = now, reason
    member.consent_text = member.consent_at = None
    db.session.flush()
    _record("removed", member, lab, actor, now, reason=reason)


def invite_member(
    actor: Account, lab: Lab, email: str, role: Role, institution: Institution | None, *, locale: str = "de", now: datetime
) -> None:
    """Mails a link. A further one to the same address replaces the one before; no address gets more than a few an hour."""
    hold_lab(lab)
    same = (LabInvitation.lab_id == lab.id, LabInvitation.email == email, LabInvitation.used_at.is_(None))
    links = open_invitations(lab.id, 1, now).total
    require(can_invite(actor, lab, membership(actor, lab.id), rounds_of(lab), open_links=links))
    locks = [("mail", email)]
    require(can_try(blocked_until(locks, now), now=now))
    count_tries(locks, now=now)
    db.session.execute(delete(LabInvitation).where(*same))
    token, until = new_token(), now + INVITATION_LASTS
    values = {"email": email, "role": role, "token_hash": token_hash(token), "invited_at": now, "expires_at": until}
    invitation = LabInvitation(lab_id=lab.id, invited_by_id=actor.id, **values)
    invitation.institution_id = _id(institution)
    db.session.add(invitation)
    queue_mail(email, "lab_invitation", locale=locale, now=now, lab=lab, token=token, until=until, institution=institution)


def withdraw_invitation(actor: Account, lab: Lab, invitation_id: int) -> None:
    """The link leads nowhere from now on; an unknown one changes nothing."""
    require(can_facilitate(actor, lab, membership(actor, lab.id), rounds_of(lab)))
    hold_lab(lab)
    here = (LabInvitation.id == invitation_id, LabInvitation.lab_id == lab.id, LabInvitation.used_at.is_(None))
    db.session.execute(delete(LabInvitation).where(*here))


def set_places(actor: Account, lab: Lab, institution: Institution, count: int, *, now: datetime) -> None:
    """So many people of an institution without a name; 0 takes them away."""
    require(can_facilitate(actor, lab, membership(actor, lab.id), rounds_of(lab)))
    if not 0 <= count <= PLACES_MAX:
        raise Invalid(count=say("Bitte geben Sie eine Zahl von 0 bis %(most)s an.", most=PLACES_MAX))
    hold_lab(lab)
    db.session.execute(delete(LabPlaces).where(LabPlaces.lab_id == lab.id, LabPlaces.institution_id == institution.id))
    if count:
        if not has_place(lab, taken(lab.id) + count - 1):
            raise Invalid(count=say("So viele Plätze sind nicht mehr frei. Das Projektlabor hat %(n)s.", n=lab.seats or 0))
        db.session.execute(insert(LabPlaces).values(lab_id=lab.id, institution_id=institution.id, count=count))
    record("lab.places", lab, actor=actor, now=now, title=lab.title, slug=lab.slug)


def import_places(entered_by: Account, lab: Lab, institution: Institution, count: int) -> None:
    """Written down as it was. A second time changes nothing."""
    require(is_moderator(entered_by))
    mine = (LabPlaces.lab_id == lab.id, LabPlaces.institution_id == institution.id)
    db.session.execute(delete(LabPlaces).where(*mine))
    db.session.execute(insert(LabPlaces).values(lab_id=lab.id, institution_id=institution.id, count=count))


def set_targets(actor: Account, lab: Lab, targets: Mapping[str, int], *, now: datetime) -> None:
    """How many people of which sector the lab wants; 0 means that it does not matter."""
    require(can_facilitate(actor, lab, membership(actor, lab.id), rounds_of(lab)))
    if wrong := [sector for sector, count in targets.items() if not 0 <= count <= PLACES_MAX]:
        raise Invalid(**{wrong[0]: say("Bitte geben Sie eine Zahl von 0 bis %(most)s an.", most=PLACES_MAX)})
    hold_lab(lab)
    db.session.execute(delete(LabTarget).where(LabTarget.lab_id == lab.id))
    rows = [{"lab_id": lab.id, "sector": sector, "count": count} for sector, count in targets.items() if count]
    if rows:
        db.session.execute(insert(LabTarget), rows)
    record("lab.targets", lab, actor=actor, now=now, title=lab.title, slug=lab.slug)


def forget_invited(now: datetime) -> None:
    """Of an invitation that is over only the fact stays."""
    over = (LabInvitation.used_at.is_(None), LabInvitation.expires_at <= now, LabInvitation.email != "")
    db.session.execute(update(LabInvitation).where(*over).values(email=""))
    db.session.commit()
