from datetime import datetime

from sqlalchemy import delete, func, select

from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate
from ideation.activity.actions import record
from ideation.core.db import db, insert
from ideation.core.sentence import say
from ideation.core.text import single_line
from ideation.core.verdict import Invalid, NotFound, require
from ideation.groups.models import GroupMember, LabGroup
from ideation.groups.policy import can_arrange, can_join
from ideation.groups.queries import standing
from ideation.groups.rules import GROUPS_MAX, TITLE_MAX
from ideation.labs.models import Lab, LabMember


def create_group(actor: Account, lab: Lab, title: str, *, now: datetime) -> LabGroup:
    """The next number is given once: whoever makes a group holds the row of the lab."""
    require(can_arrange(standing(actor, lab)))
    title = _title(title)
    db.session.execute(select(Lab.id).where(Lab.id == lab.id).with_for_update())
    last = db.session.scalar(select(func.max(LabGroup.number)).where(LabGroup.lab_id == lab.id)) or 0
    if last >= GROUPS_MAX:
        raise Invalid(title=say("Mehr als %(n)s Gruppen kann ein Projektlabor nicht haben.", n=GROUPS_MAX))
    group = LabGroup(lab_id=lab.id, number=last + 1, title=title, created_at=now)
    db.session.add(group)
    db.session.flush()
    record("group.created", group, actor=actor, now=now, title=title, slug=lab.slug)
    return group


def rename_group(actor: Account, group: LabGroup, title: str, *, now: datetime) -> None:
    require(can_arrange(standing(actor, group.lab)))
    group.title = _title(title)
    record("group.renamed", group, actor=actor, now=now, title=group.title, slug=group.lab.slug)


def join_group(actor: Account, group: LabGroup, *, now: datetime) -> None:
    """Whoever was in another group of the lab changes over."""
    who = standing(actor, group.lab)
    require(can_join(who))
    assert who.member is not None
    _place(actor, who.member, group, now)


def leave_group(actor: Account, group: LabGroup, *, now: datetime) -> None:
    who = standing(actor, group.lab)
    require(can_join(who))
    assert who.member is not None
    _take_out(actor, who.member, group, now)


def place_member(actor: Account, member: LabMember, group: LabGroup, *, now: datetime) -> None:
    """The Laborbegleitung puts somebody into a group; places without a person, too."""
    require(can_arrange(standing(actor, group.lab)))
    _same_lab(member, group)
    _place(actor, member, group, now)


def take_out_member(actor: Account, member: LabMember, group: LabGroup, *, now: datetime) -> None:
    require(can_arrange(standing(actor, group.lab)))
    _same_lab(member, group)
    _take_out(actor, member, group, now)


def import_group(entered_by: Account, lab: Lab, number: int, title: str, *, now: datetime) -> LabGroup:
    """A group that worked elsewhere, written down. A second run finds what the first one made."""
    require(can_moderate(entered_by))
    values = {"lab_id": lab.id, "number": number, "title": _title(title), "created_at": now}
    db.session.execute(insert(LabGroup).values(**values).on_conflict_do_nothing(index_elements=["lab_id", "number"]))
    return db.session.scalars(select(LabGroup).where(LabGroup.lab_id == lab.id, LabGroup.number == number)).one()


def _title(title: str) -> str:
    title = single_line(title)
    if len(title) > TITLE_MAX:
        raise Invalid(title=say("Bitte kürzen Sie auf %(max)s Zeichen.", max=TITLE_MAX))
    return title


def _same_lab(member: LabMember, group: LabGroup) -> None:
    if member.lab_id != group.lab_id:
        raise NotFound


def _place(actor: Account, member: LabMember, group: LabGroup, now: datetime) -> None:
    row = insert(GroupMember).values(member_id=member.id, group_id=group.id, joined_at=now)
    moved = row.on_conflict_do_update(
        index_elements=["member_id"], set_={"group_id": group.id, "joined_at": now}, where=GroupMember.group_id != group.id
    )
    if db.session.scalar(moved.returning(GroupMember.member_id)) is not None:
        record("group.joined", group, actor=actor, now=now, slug=group.lab.slug)


def _take_out(actor: Account, member: LabMember, group: LabGroup, now: datetime) -> None:
    gone = delete(GroupMember).where(GroupMember.member_id == member.id, GroupMember.group_id == group.id)
    if db.session.execute(gone).rowcount:  # type: ignore[attr-defined]
        record("group.left", group, actor=actor, now=now, slug=group.lab.slug)
