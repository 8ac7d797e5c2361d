"""Person and state: who comes in, who leads, who is named."""

from datetime import UTC, datetime, timedelta

import pytest

from ideation.accounts.models import Account
from ideation.labs.models import Lab, LabInvitation, LabMember
from ideation.labs.policy import can_facilitate, can_work, shown_name
from ideation.labs.rules import Role, Status
from ideation.members.policy import can_accept, can_invite, can_join, can_remove

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def lab(status: str = Status.INVITING, **more: object) -> Lab:
    return Lab(id=1, title="Labor", status=status, **more)


def account(id: int = 5, role: str = "participant") -> Account:
    return Account(id=id, role=role)


def member(role: str = Role.MEMBER, *, lab_id: int = 1, account_id: int | None = 5, **more: object) -> LabMember:
    return LabMember(id=9, lab_id=lab_id, account_id=account_id, name="Linde", role=role, **more)


@pytest.mark.parametrize(("status", "joins", "accepts"), [
    (Status.PLANNED, False, True), (Status.INVITING, True, True), (Status.WORKING, False, True),
    (Status.DOCUMENTED, False, False), (Status.CLOSED, False, False),
])  # fmt: skip
def test_the_status_says_who_can_still_come(status: str, joins: bool, accepts: bool) -> None:
    invitation = LabInvitation(expires_at=NOW + timedelta(days=1))
    assert bool(can_join(lab(status), None, 0)) == joins
    assert bool(can_accept(lab(status), None, invitation, 0, NOW)) == accepts
    assert not can_join(lab(status), member(), 0) and not can_accept(lab(status), member(), invitation, 0, NOW)


def test_a_full_lab_takes_nobody() -> None:
    invitation = LabInvitation(expires_at=NOW + timedelta(days=1))
    for taken, allowed in ((1, True), (2, False), (3, False)):
        assert bool(can_join(lab(seats=2), None, taken)) == allowed
        assert bool(can_accept(lab(seats=2), None, invitation, taken, NOW)) == allowed


def test_who_works_and_who_leads() -> None:
    here, left = lab(created_by_id=8), {"left_at": NOW}
    rows = [
        (account(), member(), True, False),
        (account(), member(Role.HOST), True, True),
        (account(), member(Role.FACILITATOR), True, True),
        (account(), member(Role.FACILITATOR, **left), False, False),
        (account(), member(Role.FACILITATOR, lab_id=2), False, False),
        (account(), member(Role.FACILITATOR, account_id=6), False, False),
        (account(), None, False, False),
        (None, member(Role.FACILITATOR, account_id=None), False, False),
        (account(7, "moderator"), None, False, False),
        (account(8, "moderator"), None, True, True),
        (account(7, "admin"), None, True, True),
    ]
    for who, own, works, leads in rows:
        assert (bool(can_work(who, here, own)), bool(can_facilitate(who, here, own))) == (works, leads), (who, own)
        assert bool(can_invite(who, here, own, open_links=0)) == leads
    assert not can_invite(account(7, "admin"), here, None, open_links=100)
    assert not can_invite(account(7, "admin"), lab(Status.CLOSED), None, open_links=0)


def test_nobody_takes_themselves_off_with_a_reason() -> None:
    own, other = member(Role.FACILITATOR), LabMember(id=10, lab_id=1, name="Erle", role=Role.HOST)
    assert can_remove(account(), lab(), own, other) and not can_remove(account(), lab(), own, own)
    assert not can_remove(account(), lab(), member(), other)


def test_a_name_leaves_the_lab_only_with_consent_and_while_the_person_is_there() -> None:
    listed = {"consent_at": NOW, "consent_text": "Ja."}
    assert shown_name(member()) is None and shown_name(member(), inside=True) == "Linde"
    assert shown_name(member(**listed)) == "Linde" and shown_name(member(**listed, left_at=NOW)) is None
