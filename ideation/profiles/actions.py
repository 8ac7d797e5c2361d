"""What is done with a profile. Whoever saves holds its row: of two who save at once, the second is shown what the first wrote."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select

from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate
from ideation.activity.actions import record
from ideation.core.db import db, insert
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, NotFound, require
from ideation.groups.models import LabGroup
from ideation.groups.queries import standing
from ideation.profiles.models import Profile, ProfileVersion, SignOff, Synergy
from ideation.profiles.policy import can_publish, can_sign, can_write
from ideation.profiles.queries import content_of, profile_of
from ideation.profiles.rules import Choice, Content, Merged, changed, faults, merge, settle


class Disputed(Invalid):
    """Both changed the same fields: nothing is written. `theirs` is what stands there now."""

    def __init__(self, merged: Merged, theirs: Content, version: int) -> None:
        super().__init__(seen=say("Während Sie geschrieben haben, wurde hier etwas geändert. Beide Fassungen stehen hier."))
        self.merged, self.theirs, self.version = merged, theirs, version


def begin_profile(group: LabGroup, *, now: datetime) -> Profile:
    """The one profile of a group, also when two ask for it at once."""
    row = insert(Profile).values(group_id=group.id, version=0, created_at=now)
    db.session.execute(row.on_conflict_do_nothing(index_elements=["group_id"]))
    profile = profile_of(group)
    assert profile is not None
    return profile


def save_profile(
    actor: Account, group: LabGroup, mine: Content, *, seen: int = 0, choices: Mapping[str, Choice] | None = None, now: datetime
) -> Merged:
    """A new version, when anything changed. `seen`: the version the text began with; `choices`: about what was disputed then.

    Raises Disputed when others changed the same fields since."""
    require(can_write(standing(actor, group.lab), group))
    profile = begin_profile(group, now=now)
    _hold(profile)
    base = content_of(profile, seen) or Content()
    theirs = content_of(profile, profile.version) or Content()
    merged = merge(base, theirs, settle(base, mine, choices or {}))
    if profile.version and merged.disputed:
        raise Disputed(merged, theirs, profile.version)
    if wrong := faults(merged.content):
        raise Invalid(**wrong)
    if not profile.version or changed(theirs, merged.content):
        _add_version(actor, profile, merged.content, now)
        told = {"title": merged.content.title, "slug": group.lab.slug, "number": group.number, "version": profile.version}
        record("profile.saved", profile, actor=actor, now=now, **told)
    return merged


def publish_profile(actor: Account, group: LabGroup, *, now: datetime) -> None:
    """From now on everybody reads it, and every later version at once. A second time changes nothing."""
    profile = profile_of(group)
    require(can_publish(standing(actor, group.lab), group, profile))
    assert profile is not None
    _hold(profile)
    if profile.is_public:
        return
    profile.public_from, profile.published_at = profile.version, now
    content = content_of(profile, profile.version) or Content()
    told = {"title": content.title, "slug": group.lab.slug, "number": group.number, "lang": content.lang}
    db.session.flush()
    record("profile.published", profile, actor=actor, now=now, **told)


def sign_off(actor: Account, group: LabGroup, number: int, *, now: datetime) -> None:
    """For the version that was read: when there is a newer one, it must be read first."""
    profile = profile_of(group)
    require(can_sign(standing(actor, group.lab), group, profile))
    assert profile is not None
    _hold(profile)
    if number != profile.version:
        raise Invalid(version=say("Inzwischen gibt es eine neue Fassung. Bitte lesen Sie sie, bevor Sie sich dahinter stellen."))
    row = insert(SignOff).values(profile_id=profile.id, number=number, account_id=actor.id, signed_at=now)
    if db.session.scalar(row.on_conflict_do_nothing().returning(SignOff.account_id)) is not None:
        record("profile.signed", profile, actor=actor, now=now, slug=group.lab.slug, number=group.number, version=number)


def withdraw_sign_off(actor: Account, group: LabGroup, *, now: datetime) -> None:
    profile = profile_of(group)
    require(can_sign(standing(actor, group.lab), group, profile))
    assert profile is not None
    mine = SignOff.profile_id == profile.id, SignOff.number == profile.version, SignOff.account_id == actor.id
    if db.session.execute(delete(SignOff).where(*mine)).rowcount:  # type: ignore[attr-defined]
        told = {"slug": group.lab.slug, "number": group.number, "version": profile.version}
        record("profile.unsigned", profile, actor=actor, now=now, **told)


def link_synergy(actor: Account, group: LabGroup, other: Profile, *, now: datetime) -> None:
    """Stands on both profiles from now on. Only what is public can be linked to."""
    require(can_write(standing(actor, group.lab), group))
    own = begin_profile(group, now=now)
    if other.id == own.id or not other.is_public:
        raise NotFound
    _link(own, other, now)
    record("profile.linked", own, actor=actor, now=now, slug=group.lab.slug, number=group.number, other=other.id)


def unlink_synergy(actor: Account, group: LabGroup, other_id: int, *, now: datetime) -> None:
    require(can_write(standing(actor, group.lab), group))
    own = profile_of(group)
    low, high = sorted((own.id if own else 0, other_id))
    gone = delete(Synergy).where(Synergy.low_id == low, Synergy.high_id == high)
    if own is not None and db.session.execute(gone).rowcount:  # type: ignore[attr-defined]
        record("profile.unlinked", own, actor=actor, now=now, slug=group.lab.slug, number=group.number, other=other_id)


def import_profile(entered_by: Account, group: LabGroup, content: Content, *, now: datetime) -> Profile:
    """A profile that exists outside already, public at once; nobody is told. A second run changes nothing."""
    require(can_moderate(entered_by))
    profile = begin_profile(group, now=now)
    if not profile.version:
        if wrong := faults(content):
            raise Invalid(**wrong)
        _add_version(entered_by, profile, content, None)
        profile.public_from, profile.published_at = 1, now
        db.session.flush()
    return profile


def import_synergy(entered_by: Account, one: Profile, other: Profile, *, now: datetime) -> None:
    require(can_moderate(entered_by))
    _link(one, other, now)


def _hold(profile: Profile) -> None:
    db.session.execute(select(Profile.id).where(Profile.id == profile.id).with_for_update())
    db.session.refresh(profile, ["version", "public_from", "published_at"])


def _add_version(actor: Account, profile: Profile, content: Content, now: datetime | None) -> None:
    profile.version += 1
    columns = ProfileVersion.columns(content)
    db.session.add(ProfileVersion(profile_id=profile.id, number=profile.version, saved_at=now, saved_by_id=actor.id, **columns))
    db.session.flush()


def _link(one: Profile, other: Profile, now: datetime) -> None:
    low, high = sorted((one.id, other.id))
    db.session.execute(insert(Synergy).values(low_id=low, high_id=high, linked_at=now).on_conflict_do_nothing())
