from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import joinedload, selectinload

from ideation.accounts.models import Account
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.secret import token_hash
from ideation.core.verdict import NotFound, Verdict
from ideation.institutions.models import Institution
from ideation.institutions.rules import SECTOR_NAMES
from ideation.labs.models import Lab, LabInvitation, LabMember, LabPlaces, LabTarget
from ideation.labs.policy import can_facilitate, can_work, shown_name
from ideation.labs.queries import lab_or_404, membership, rounds_of, whole_lab
from ideation.labs.rules import missing_sectors
from ideation.rounds.models import Round


@dataclass(frozen=True, slots=True)
class Standing:
    """A lab, and what the person who asks is in it."""

    account: Account
    lab: Lab
    own: LabMember | None
    rounds: Sequence[Round]

    @property
    def works(self) -> Verdict:
        return can_work(self.account, self.lab, self.own, self.rounds)

    @property
    def leads(self) -> Verdict:
        return can_facilitate(self.account, self.lab, self.own, self.rounds)

    def shown(self) -> dict[str, Any]:
        """What the links between the working pages need."""
        return {"lab": self.lab, "own": self.own, "leads": bool(self.leads)}


def standing(account: Account, slug: str) -> Standing:
    lab = lab_or_404(slug)
    return Standing(account, lab, membership(account, lab.id), rounds_of(lab))


@dataclass(frozen=True, slots=True)
class Group:
    """An institution's share of a lab (id 0 and name "" for people without one): how many, and the names that may be read."""

    id: int
    institution: str
    sector: str | None
    count: int
    names: tuple[str, ...]

    @property
    def unnamed(self) -> int:
        return self.count - len(self.names)


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works in a lab, people and places without a person. The largest institution first, those without one last."""

    groups: tuple[Group, ...]
    # Sector to number of people still wanted.
    missing: dict[str, int]

    @property
    def total(self) -> int:
        return sum(group.count for group in self.groups)

    @property
    def institutions(self) -> int:
        return sum(1 for group in self.groups if group.institution)

    @property
    def unnamed(self) -> int:
        return sum(group.unnamed for group in self.groups)


def crew_of(lab: Lab, *, inside: bool = False) -> Crew:
    """`inside`: for those who work in the lab; everybody else reads only names with consent."""
    people, places = members_of(lab.id), _places(lab.id)
    about = {m.institution.id: m.institution for m in people if m.institution} | {row.id: row for row, _ in places}
    count: dict[int, int] = defaultdict(int)
    names: dict[int, list[str]] = defaultdict(list)
    for institution, number in places:
        count[institution.id] += number
    for member in people:
        key = member.institution_id or 0
        count[key] += 1
        if (name := shown_name(member, inside=inside)) is not None:
            names[key].append(name)
    groups = [
        Group(
            key,
            about[key].name if key else "",
            about[key].sector if key else None,
            number,
            tuple(sorted(names[key], key=str.casefold)),
        )
        for key, number in count.items()
    ]
    groups.sort(key=lambda group: (not group.institution, -group.count, group.institution.casefold()))
    have: dict[str, int] = defaultdict(int)
    for group in groups:
        have[group.sector or ""] += group.count
    return Crew(tuple(groups), missing_sectors(targets_of(lab.id), have))


def members_of(lab_id: int) -> list[LabMember]:
    """Everybody who belongs to the lab now, with their institution."""
    here = select(LabMember).where(LabMember.lab_id == lab_id, LabMember.left_at.is_(None))
    return list(db.session.scalars(here.options(joinedload(LabMember.institution)).order_by(LabMember.id)))


def _places(lab_id: int) -> list[tuple[Institution, int]]:
    """Places without a person; several rows of an institution add up."""
    total = func.sum(LabPlaces.count)
    query = select(Institution, total).join(LabPlaces, LabPlaces.institution_id == Institution.id)
    rows = db.session.execute(query.where(LabPlaces.lab_id == lab_id).group_by(Institution.id).order_by(Institution.id))
    return [(institution, int(number)) for institution, number in rows]


def places_of(lab_id: int) -> list[tuple[Institution, int]]:
    return sorted(_places(lab_id), key=lambda row: row[0].name.casefold())


def members_page(lab_id: int, number: int) -> Page[LabMember]:
    """By name."""
    here = (LabMember.lab_id == lab_id, LabMember.left_at.is_(None))
    query = select(LabMember).where(*here).options(joinedload(LabMember.institution))
    rows = query.order_by(func.lower(LabMember.name), LabMember.id).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    total = db.session.scalar(select(func.count()).select_from(LabMember).where(*here)) or 0
    return Page(list(db.session.scalars(rows)), number, total)


def taken(lab_id: int) -> int:
    """People and places without a person."""
    people = select(func.count()).select_from(LabMember).where(LabMember.lab_id == lab_id, LabMember.left_at.is_(None))
    places = select(func.coalesce(func.sum(LabPlaces.count), 0)).where(LabPlaces.lab_id == lab_id)
    return int(db.session.scalar(people) or 0) + int(db.session.scalar(places) or 0)


def targets_of(lab_id: int) -> dict[str, int]:
    rows = db.session.execute(select(LabTarget.sector, LabTarget.count).where(LabTarget.lab_id == lab_id)).all()
    order = list(SECTOR_NAMES)
    return dict(sorted((tuple(row) for row in rows), key=lambda row: order.index(row[0]) if row[0] in order else len(order)))


def labs_worked_in(account_id: int) -> Sequence[Row[tuple[str, str, str, str]]]:
    """Where somebody belongs now: slug, title, lang, role; the latest first."""
    mine = (LabMember.account_id == account_id, LabMember.left_at.is_(None))
    query = select(Lab.slug, Lab.title, Lab.lang, LabMember.role).join(LabMember, LabMember.lab_id == Lab.id).where(*mine)
    return db.session.execute(query.order_by(LabMember.joined_at.desc(), LabMember.id.desc()).limit(100)).all()


def member_or_404(lab: Lab, member_id: int) -> LabMember:
    here = select(LabMember).where(LabMember.id == member_id, LabMember.lab_id == lab.id, LabMember.left_at.is_(None))
    member = db.session.scalar(here.options(joinedload(LabMember.institution)))
    if member is None:
        raise NotFound
    return member


def invitation_or_404(token: str, *, fresh: bool = False) -> tuple[LabInvitation, Lab]:
    """The invitation behind a mailed link and its lab; used and expired ones too, so that a sentence can say so."""
    query = (
        select(LabInvitation).where(LabInvitation.token_hash == token_hash(token)).options(selectinload(LabInvitation.institution))
    )
    invitation = db.session.scalar(query.execution_options(populate_existing=fresh))
    if invitation is None:
        raise NotFound
    lab = whole_lab(Lab.id == invitation.lab_id)
    assert lab is not None
    return invitation, lab


def open_invitations(lab_id: int, number: int, now: datetime) -> Page[LabInvitation]:
    """The latest first."""
    here = (LabInvitation.lab_id == lab_id, LabInvitation.used_at.is_(None), LabInvitation.expires_at > now)
    query = select(LabInvitation).where(*here).options(joinedload(LabInvitation.institution))
    rows = query.order_by(LabInvitation.id.desc()).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    total = db.session.scalar(select(func.count()).select_from(LabInvitation).where(*here)) or 0
    return Page(list(db.session.scalars(rows)), number, total)
