from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from ideation.accounts.models import Account
from ideation.activity.actions import record
from ideation.core.db import db
from ideation.core.sentence import say
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid, NotFound, require
from ideation.events.actions import cancel_event, create_event, import_event, update_event, write_minutes
from ideation.events.models import Event
from ideation.events.queries import belongings_of
from ideation.events.rules import Plan
from ideation.groups.models import LabGroup
from ideation.groups.policy import can_take_part
from ideation.groups.queries import standing
from ideation.labs.models import Lab, LabMember
from ideation.meetings.models import Agreement, Attendance, Meeting
from ideation.meetings.policy import can_carry, can_note, can_plan
from ideation.meetings.queries import series
from ideation.meetings.rules import AGREEMENT_MAX, AGREEMENTS_MAX, OTHERS_MAX, WRITABLE, Place, fault, next_number, written_into
from ideation.profiles.actions import begin_profile, save_profile
from ideation.profiles.queries import content_of, profile_of
from ideation.profiles.rules import Content


def plan_meeting(
    actor: Account, lab: Lab, plan: Plan, *, optional: bool = False, condition: str = "", number: int | None = None, now: datetime
) -> Meeting:
    """The next of the series. `number`: the one the form was for; sent twice, it is one meeting."""
    require(can_plan(standing(actor, lab)))
    known = _hold(lab)
    if number is not None and (found := _numbered(lab, number)) is not None:
        if (found.event.starts_at, found.event.place) == (plan.starts_at, plan.place):
            return found
        raise Invalid(
            starts_at=say("Das %(n)s. Treffen hat gerade jemand anderes geplant. Bitte planen Sie das nächste.", n=number)
        )
    meeting = _placed(lab, next_number(known), optional, condition)
    create_event(actor, plan, lambda event: _link(meeting, event), now=now)
    record("lab.meeting", lab, actor=actor, now=now, title=lab.title, slug=lab.slug, number=meeting.number)
    return meeting


def import_meeting(entered_by: Account, lab: Lab, plan: Plan, number: int, *, optional: bool = False, now: datetime) -> Meeting:
    """A meeting of a lab that exists outside already; nobody is told. A second run changes nothing."""
    if (found := _numbered(lab, number)) is not None:
        return found
    meeting = _placed(lab, number, optional, "")
    import_event(entered_by, plan, lambda event: _link(meeting, event), now=now)
    return meeting


def update_meeting(actor: Account, meeting: Meeting, plan: Plan, *, optional: bool, condition: str, now: datetime) -> None:
    require(can_plan(standing(actor, meeting.lab)))
    others = [place for place in _hold(meeting.lab) if place.number != meeting.number]
    condition = single_line(condition)
    if wrong := fault(others, meeting.number, optional=optional, condition=condition):
        raise Invalid(**wrong)
    meeting.optional, meeting.condition = optional, condition
    update_event(actor, meeting.event, belongings_of(actor, [meeting.event_id])[meeting.event_id], plan, now=now)


def cancel_meeting(actor: Account, meeting: Meeting, reason: str, *, now: datetime) -> None:
    """It keeps its number, so that the others keep theirs."""
    require(can_plan(standing(actor, meeting.lab)))
    cancel_event(actor, meeting.event, belongings_of(actor, [meeting.event_id])[meeting.event_id], reason, now=now)


def note_attendance(actor: Account, meeting: Meeting, members: Collection[int], others: int, *, now: datetime) -> None:
    """Who was there: the ids of members of the lab, and how many besides. Replaces what was written down before."""
    require(can_note(standing(actor, meeting.lab), meeting))
    if now < meeting.event.starts_at:
        raise Invalid(others=say("Das Treffen hat noch nicht begonnen. Wer da ist, lässt sich danach notieren."))
    if not 0 <= others <= OTHERS_MAX:
        raise Invalid(others=say("Bitte geben Sie eine Zahl von 0 bis %(n)s an.", n=OTHERS_MAX))
    db.session.execute(select(Meeting.id).where(Meeting.id == meeting.id).with_for_update())
    # Who has left since was there all the same, and stands on no list that could be ticked.
    here = select(LabMember.id).where(LabMember.lab_id == meeting.lab_id, LabMember.left_at.is_(None))
    db.session.execute(delete(Attendance).where(Attendance.meeting_id == meeting.id, Attendance.member_id.in_(here)))
    if not set(members) <= set(db.session.scalars(here)):
        raise NotFound
    db.session.add_all(Attendance(meeting_id=meeting.id, member_id=id) for id in sorted(set(members)))
    meeting.others, meeting.noted_at = others, now
    record("lab.attendance", meeting.lab, actor=actor, now=now, number=meeting.number)


def write_up(actor: Account, meeting: Meeting, minutes: str, agreed: Collection[str], *, publish: bool, now: datetime) -> None:
    """Minutes and agreements. One that stands in a profile already stays, whatever the form says."""
    require(can_note(standing(actor, meeting.lab), meeting))
    agreed = [text for text in dict.fromkeys(map(single_line, agreed)) if text]
    if len(agreed) > AGREEMENTS_MAX or any(len(text) > AGREEMENT_MAX for text in agreed):
        raise Invalid(
            agreements=say(
                "Bitte beschränken Sie sich auf %(n)s Vereinbarungen mit je höchstens %(most)s Zeichen.",
                n=AGREEMENTS_MAX,
                most=AGREEMENT_MAX,
            )
        )
    belongings = belongings_of(actor, [meeting.event_id])[meeting.event_id]
    write_minutes(actor, meeting.event, belongings, cleaned(minutes), publish=publish, now=now)
    db.session.execute(select(Meeting.id).where(Meeting.id == meeting.id).with_for_update())
    here = Agreement.meeting_id == meeting.id
    db.session.execute(delete(Agreement).where(here, Agreement.profile_id.is_(None), Agreement.text.not_in(agreed)))
    there = {agreement.text: agreement for agreement in db.session.scalars(select(Agreement).where(here))}
    for position, text in enumerate(agreed, 1):
        if text in there:
            there[text].position = position
        else:
            db.session.add(Agreement(meeting_id=meeting.id, position=position, text=text))
    db.session.flush()


def carry_agreement(actor: Account, meeting: Meeting, agreement: Agreement, group: LabGroup, name: str, *, now: datetime) -> None:
    """Writes it into a field of the group's profile, as a new version. Once; a second time changes nothing."""
    who = standing(actor, meeting.lab)
    require(can_take_part(who))
    db.session.execute(select(Agreement.id).where(Agreement.id == agreement.id).with_for_update())
    db.session.refresh(agreement, ["profile_id", "field", "version"])
    mine = profile_of(group)
    if mine is not None and (agreement.profile_id, agreement.field) == (mine.id, name):
        return
    require(can_carry(who, agreement, group))
    if name not in WRITABLE:
        raise Invalid(field=say("Bitte wählen Sie, wohin die Vereinbarung gehört."))
    profile = begin_profile(group, now=now)
    before = content_of(profile, profile.version) or Content(title=group.title, lang=meeting.lab.lang)
    save_profile(actor, group, written_into(before, name, agreement.text), seen=profile.version, now=now)
    agreement.profile_id, agreement.field, agreement.version = profile.id, name, profile.version
    db.session.flush()


def _hold(lab: Lab) -> list[Place]:
    db.session.execute(select(Lab.id).where(Lab.id == lab.id).with_for_update())
    return series(lab)


def _numbered(lab: Lab, number: int) -> Meeting | None:
    query = select(Meeting).where(Meeting.lab_id == lab.id, Meeting.number == number).options(joinedload(Meeting.event))
    return db.session.scalar(query)


def _placed(lab: Lab, number: int, optional: bool, condition: str) -> Meeting:
    condition = single_line(condition)
    if wrong := fault(series(lab), number, optional=optional, condition=condition):
        raise Invalid(**wrong)
    return Meeting(lab_id=lab.id, number=number, optional=optional, condition=condition)


def _link(meeting: Meeting, event: Event) -> Meeting:
    meeting.event_id = event.id
    db.session.add(meeting)
    return meeting
