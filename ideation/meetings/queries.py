from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from ideation.accounts.models import Account
from ideation.challenges.models import Challenge
from ideation.core.db import db
from ideation.core.verdict import NotFound
from ideation.events.models import Event
from ideation.events.policy import Belonging
from ideation.events.queries import register_home
from ideation.ideas.models import Idea
from ideation.labs.models import Lab, LabMember, LabOrigin
from ideation.labs.rules import Role
from ideation.meetings.models import Agreement, Attendance, Meeting
from ideation.meetings.rules import Place
from ideation.profiles.models import Profile
from ideation.rounds.models import RoundModerator


def meetings_of(lab: Lab) -> Sequence[Meeting]:
    """The series with its events."""
    query = select(Meeting).where(Meeting.lab_id == lab.id).options(joinedload(Meeting.event)).order_by(Meeting.number)
    return db.session.scalars(query).all()


def meeting_or_404(lab: Lab, number: int) -> Meeting:
    """With its event and agenda."""
    query = select(Meeting).where(Meeting.lab_id == lab.id, Meeting.number == number % 2**31)
    meeting = db.session.scalar(query.options(joinedload(Meeting.event).selectinload(Event.agenda)))
    if meeting is None:
        raise NotFound
    set_committed_value(meeting, "lab", lab)
    return meeting


def meeting_at(event_id: int) -> Meeting | None:
    """The meeting that an event is, if it is one."""
    return db.session.scalar(select(Meeting).where(Meeting.event_id == event_id))


def series(lab: Lab) -> list[Place]:
    rows = db.session.execute(select(Meeting.number, Meeting.optional).where(Meeting.lab_id == lab.id).order_by(Meeting.number))
    return [Place(number, optional) for number, optional in rows]


def events_of(lab: Lab) -> Select[tuple[int]]:
    """The ids of its events."""
    return select(Meeting.event_id).where(Meeting.lab_id == lab.id)


def present(meeting: Meeting) -> set[int]:
    """Ids of the members who were there."""
    return set(db.session.scalars(select(Attendance.member_id).where(Attendance.meeting_id == meeting.id)))


def present_counts(lab: Lab) -> dict[int, int]:
    """Meeting id to how many were there, of those where it was written down."""
    ticked = func.count(Attendance.member_id)
    query = select(Meeting.id, Meeting.others + ticked).outerjoin(Attendance, Attendance.meeting_id == Meeting.id)
    query = query.where(Meeting.lab_id == lab.id, Meeting.noted_at.is_not(None)).group_by(Meeting.id, Meeting.others)
    return dict(iter(db.session.execute(query)))


def agreements_of(meeting: Meeting) -> Sequence[Agreement]:
    """With the profile and group into which each was written."""
    query = select(Agreement).where(Agreement.meeting_id == meeting.id).order_by(Agreement.position)
    return db.session.scalars(query.options(joinedload(Agreement.profile).joinedload(Profile.group))).all()


def agreement_or_404(meeting: Meeting, id: int) -> Agreement:
    agreement = db.session.scalar(select(Agreement).where(Agreement.id == id, Agreement.meeting_id == meeting.id))
    if agreement is None:
        raise NotFound
    return agreement


def _leads(account: Account) -> ColumnElement[bool]:
    """Of `Lab`: this person leads its meetings, or looks after it."""
    member = and_(LabMember.lab_id == Lab.id, LabMember.account_id == account.id, LabMember.left_at.is_(None))
    leading = exists().where(member, LabMember.role.in_([Role.FACILITATOR, Role.HOST]))
    if not account.is_moderator:
        return leading
    origin = select(LabOrigin.id).outerjoin(LabOrigin.idea).outerjoin(LabOrigin.challenge).where(LabOrigin.lab_id == Lab.id)
    round_id = func.coalesce(Idea.round_id, Challenge.round_id)
    moderates = exists().where(RoundModerator.round_id == round_id, RoundModerator.account_id == account.id)
    return or_(leading, Lab.created_by_id == account.id, origin.where(moderates).exists())


class _EventsOfLabs:
    """What events know of labs, which are never hidden."""

    def hidden(self) -> ColumnElement[bool]:
        return false()

    def looked_after(self, account: Account) -> ColumnElement[bool]:
        return Event.id.in_(select(Meeting.event_id).join(Meeting.lab).where(_leads(account)))

    def belongings(self, account: Account | None, event_ids: Sequence[int]) -> Iterator[tuple[int, Belonging]]:
        mine: Any = _leads(account) if account is not None else false()
        query = select(Meeting.event_id, Lab.title, Lab.lang, Lab.slug, mine).join(Meeting.lab)
        for event_id, title, lang, slug, own in db.session.execute(query.where(Meeting.event_id.in_(event_ids)).order_by(Lab.id)):
            yield event_id, Belonging("lab", title, lang, "labs.show", True, bool(own), {"slug": slug})


register_home(_EventsOfLabs())
