from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import contains_eager
from sqlalchemy.orm.attributes import set_committed_value

from ideation.accounts.models import Account
from ideation.core.db import db
from ideation.core.verdict import NotFound
from ideation.groups.models import GroupMember, LabGroup
from ideation.groups.policy import Standing
from ideation.labs.models import Lab, LabMember
from ideation.labs.queries import membership, rounds_of


def groups_of(lab: Lab) -> list[LabGroup]:
    found = list(db.session.scalars(select(LabGroup).where(LabGroup.lab_id == lab.id).order_by(LabGroup.number)))
    for group in found:
        set_committed_value(group, "lab", lab)
    return found


def group_or_404(lab: Lab, number: int) -> LabGroup:
    group = db.session.scalar(select(LabGroup).where(LabGroup.lab_id == lab.id, LabGroup.number == number % 2**31))
    if group is None:
        raise NotFound
    set_committed_value(group, "lab", lab)
    return group


def members_by_group(group_ids: Iterable[int]) -> dict[int, list[LabMember]]:
    """For many groups at once, in the order in which they came."""
    query = (
        select(GroupMember)
        .join(GroupMember.member)
        .options(contains_eager(GroupMember.member).joinedload(LabMember.institution))
        .where(GroupMember.group_id.in_(list(group_ids)), LabMember.left_at.is_(None))
        .order_by(GroupMember.joined_at, GroupMember.member_id)
    )
    found: dict[int, list[LabMember]] = defaultdict(list)
    for row in db.session.scalars(query):
        found[row.group_id].append(row.member)
    return dict(found)


def standing(account: Account | None, lab: Lab) -> Standing:
    """What this person is in a lab that came with its origins."""
    member = membership(account, lab.id)
    place = select(GroupMember.group_id).where(GroupMember.member_id == member.id) if member else None
    rounds = rounds_of(lab) if account is not None and account.is_moderator else ()
    return Standing(account, lab, member, db.session.scalar(place) if place is not None else None, rounds)


def accounts_in(group: LabGroup) -> set[int]:
    """Who of the group has an account here."""
    query = (
        select(LabMember.account_id)
        .join(GroupMember, GroupMember.member_id == LabMember.id)
        .where(GroupMember.group_id == group.id, LabMember.account_id.is_not(None), LabMember.left_at.is_(None))
    )
    return {account_id for account_id in db.session.scalars(query) if account_id is not None}
