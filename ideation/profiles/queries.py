from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, func, or_, select, union_all
from sqlalchemy.orm import contains_eager
from sqlalchemy.orm.attributes import set_committed_value

from ideation.accounts.models import Account
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.text import fold, words
from ideation.core.verdict import NotFound, Verdict
from ideation.groups.models import LabGroup
from ideation.groups.policy import Standing, can_take_part
from ideation.groups.queries import standing
from ideation.labs.models import Lab
from ideation.labs.queries import whole_lab
from ideation.pictures.queries import can_illustrate, can_judge_pictures
from ideation.profiles.models import Profile, ProfileVersion, SignOff, Synergy
from ideation.profiles.policy import can_write
from ideation.profiles.rules import FIELDS, Completeness, Content, completeness, in_lines


@dataclass(frozen=True, slots=True)
class Sheet:
    """A group with what its profile says now; None where nothing is written yet."""

    group: LabGroup
    profile: Profile | None = None
    version: ProfileVersion | None = None

    @property
    def content(self) -> Content | None:
        return self.version.content if self.version else None

    @property
    def is_public(self) -> bool:
        return self.profile is not None and self.profile.is_public

    @property
    def title(self) -> str:
        """Empty for a group that has not found its name."""
        return self.version.title if self.version else self.group.title

    @property
    def lang(self) -> str:
        return self.version.lang if self.version else self.group.lab.lang

    @property
    def completeness(self) -> Completeness:
        return completeness(self.content)


def _sheets(lab: Lab) -> Any:
    current = and_(ProfileVersion.profile_id == Profile.id, ProfileVersion.number == Profile.version)
    query = select(LabGroup, Profile, ProfileVersion).outerjoin(Profile, Profile.group_id == LabGroup.id)
    return query.outerjoin(ProfileVersion, current).where(LabGroup.lab_id == lab.id)


def _sheet(lab: Lab, group: LabGroup, profile: Profile | None, version: ProfileVersion | None) -> Sheet:
    set_committed_value(group, "lab", lab)
    if profile is not None:
        set_committed_value(profile, "group", group)
    return Sheet(group, profile, version)


def sheets_of(lab: Lab) -> list[Sheet]:
    """Every group of a lab with its profile. One statement."""
    return [_sheet(lab, *row) for row in db.session.execute(_sheets(lab).order_by(LabGroup.number))]


def sheet_or_404(who: Standing, number: int) -> Sheet:
    """Before its publication only for the people of the lab."""
    row = db.session.execute(_sheets(who.lab).where(LabGroup.number == number % 2**31)).one_or_none()
    sheet = _sheet(who.lab, *row) if row is not None else None
    if sheet is None or not (sheet.is_public or can_take_part(who)):
        raise NotFound
    return sheet


def profile_of(group: LabGroup) -> Profile | None:
    profile = db.session.scalar(select(Profile).where(Profile.group_id == group.id))
    if profile is not None:
        set_committed_value(profile, "group", group)
    return profile


def content_of(profile: Profile, number: int) -> Content | None:
    query = select(ProfileVersion).where(ProfileVersion.profile_id == profile.id, ProfileVersion.number == number)
    version = db.session.scalar(query)
    return version.content if version else None


def versions_of(profile: Profile, number: int = 1, *, drafts: bool) -> Page[ProfileVersion]:
    """Newest first; without `drafts` only what was public. One more than the page holds, to compare the last one with."""
    shown = ProfileVersion.profile_id == profile.id, ProfileVersion.number >= (1 if drafts else profile.public_from or 2**31 - 1)
    rows = select(ProfileVersion).where(*shown).order_by(ProfileVersion.number.desc())
    total = db.session.scalar(select(func.count()).select_from(ProfileVersion).where(*shown)) or 0
    return Page(list(db.session.scalars(rows.limit(PAGE_SIZE + 1).offset((number - 1) * PAGE_SIZE))), number, total)


def signed_by(profile: Profile) -> set[int]:
    """The accounts that stand behind the version as it is now."""
    query = select(SignOff.account_id).where(SignOff.profile_id == profile.id, SignOff.number == profile.version)
    return set(db.session.scalars(query))


def signed_by_profile(profile_ids: Collection[int]) -> dict[int, set[int]]:
    """`signed_by` for many at once: profile to accounts."""
    query = select(SignOff.profile_id, SignOff.account_id).join(Profile, Profile.id == SignOff.profile_id)
    found: dict[int, set[int]] = {id: set() for id in profile_ids}
    for profile_id, account_id in db.session.execute(query.where(Profile.id.in_(found), SignOff.number == Profile.version)):
        found[profile_id].add(account_id)
    return found


COLUMNS = (
    Profile.id,
    ProfileVersion.title,
    ProfileVersion.lang,
    LabGroup.number,
    Lab.slug,
    Lab.title.label("lab_title"),
    Lab.lang.label("lab_lang"),
)


def _public(*columns: Any) -> Any:
    """Published profiles as they are now, with their group and lab."""
    current = and_(ProfileVersion.profile_id == Profile.id, ProfileVersion.number == Profile.version)
    query = select(*COLUMNS, *columns).select_from(Profile).join(ProfileVersion, current)
    query = query.join(LabGroup, LabGroup.id == Profile.group_id).join(Lab, Lab.id == LabGroup.lab_id)
    return query.where(Profile.published_at.is_not(None))


def synergies_of(profile: Profile | None) -> Sequence[Row[Any]]:
    """The public profiles on the other end."""
    if profile is None:
        return []
    ends = or_(
        and_(Synergy.low_id == profile.id, Synergy.high_id == Profile.id),
        and_(Synergy.high_id == profile.id, Synergy.low_id == Profile.id),
    )
    return db.session.execute(_public().join(Synergy, ends).order_by(Lab.title, LabGroup.number)).all()


def synergies_by_profile(profile_ids: Collection[int]) -> dict[int, list[str]]:
    """For many at once: profile to the titles of the public profiles on the other end."""
    ends = union_all(
        select(Synergy.low_id.label("own"), Synergy.high_id.label("other")),
        select(Synergy.high_id.label("own"), Synergy.low_id.label("other")),
    ).subquery()
    query = _public(ends.c.own).join(ends, ends.c.other == Profile.id).where(ends.c.own.in_(list(profile_ids)))
    found: dict[int, list[str]] = {id: [] for id in profile_ids}
    for row in db.session.execute(query.order_by(Lab.title, LabGroup.number)):
        found[row.own].append(row.title)
    return found


def linkable(profile: Profile | None) -> Sequence[Row[Any]]:
    """Public profiles that are not linked yet."""
    known = {row.id for row in synergies_of(profile)} | ({profile.id} if profile else set())
    query = _public().where(Profile.id.not_in(known)).order_by(func.lower(ProfileVersion.title), Profile.id).limit(500)
    return db.session.execute(query).all()


def profile_or_404(viewer: Account | None, id: int) -> tuple[Profile, Sheet]:
    """By its own number, with its group and lab: as the sheet of the group."""
    query = select(LabGroup.number, LabGroup.lab_id).join(Profile, Profile.group_id == LabGroup.id).where(Profile.id == id)
    place = db.session.execute(query).one_or_none()
    lab = whole_lab(Lab.id == place.lab_id) if place else None
    if place is None or lab is None:
        raise NotFound
    sheet = sheet_or_404(standing(viewer, lab), place.number)
    assert sheet.profile is not None
    return sheet.profile, sheet


@can_judge_pictures.register
def _(profile: Profile, account: Account | None) -> Verdict:
    return can_judge_pictures(profile.group.lab, account)


@can_illustrate.register
def _(profile: Profile, account: Account | None) -> Verdict:
    return can_write(standing(account, profile.group.lab), profile.group)


def public_profile_or_404(id: int) -> Profile:
    query = select(Profile).join(Profile.group).options(contains_eager(Profile.group))
    profile = db.session.scalar(query.where(Profile.id == id % 2**31, Profile.published_at.is_not(None)))
    if profile is None:
        raise NotFound
    return profile


def profiles_found(q: str, limit: int = 20) -> list[Row[Any]]:
    """Public profiles in which every word occurs, whatever its case and accents. The profiles of a city are few: they are read."""
    asked = words(q)[:10]
    if not asked:
        return []
    found = []
    for row in db.session.execute(_public(ProfileVersion).order_by(Profile.id.desc()).limit(2_000)):
        content = row.ProfileVersion.content
        text = fold("\n".join([row.title, *(in_lines(content.value(field.name)) for field in FIELDS)]))
        if all(word in text for word in asked):
            found.append(row)
    return found[:limit]
