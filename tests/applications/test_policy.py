from datetime import UTC, datetime

import pytest

from ideation.accounts.models import Account
from ideation.applications.models import Application
from ideation.applications.policy import can_apply, can_decide, can_withdraw
from ideation.applications.rules import STATES, Status

NOW = datetime(2026, 11, 28, tzinfo=UTC)
OWN, MODERATOR, ADMIN = 1, 2, 3


def account(id: int, role: str = "participant") -> Account:
    return Account(id=id, role=role, confirmed_at=NOW)


@pytest.mark.parametrize("status", list(Status))
def test_who_decides_and_who_withdraws(status: Status) -> None:
    application, waits = Application(account_id=OWN, status=status), status == Status.WAITING
    people = {
        account(OWN): (False, waits),
        account(4): (False, False),
        account(5, "ombudsperson"): (False, False),
        account(MODERATOR, "moderator"): (waits, False),
        account(ADMIN, "admin"): (waits, False),
        account(OWN, "moderator"): (False, waits),
    }
    for person, (decides, withdraws) in people.items():
        assert bool(can_decide(person, application)) is decides
        assert bool(can_withdraw(person, application)) is withdraws
    assert not can_decide(None, application)
    assert status in STATES


def test_five_applications_may_wait_at_a_time() -> None:
    assert can_apply(account(OWN), waiting=4) and not can_apply(account(OWN), waiting=5)
    assert not can_apply(Account(id=OWN, role="participant"), waiting=0)
