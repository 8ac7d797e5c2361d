"""A lab that works: a group with its profile in two versions, what it leaves open, what goes with it; a group that has not begun."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ideation.accounts.models import Account
from ideation.profiles.models import Synergy
from ideation.profiles.rules import Content
from tests.cast import make_account, make_group, make_lab, make_member, make_profile, make_question, put

BUS = Content(
    "Bus", motto="Wir kommen", summary="Ein **Bus**, der kommt.", goals=("Ankommen", "W" * 200), months=16, budget=230_000
)


def fill_sheets(me: Account, staff: Account) -> dict[str, object]:
    now, lab = datetime.now(UTC), make_lab(created_by_id=staff.id)
    own, other = make_member(lab, me), make_member(lab, make_account(), listed=True)
    profile = make_profile(make_group(lab, own, other), BUS, replace(BUS, goals=("Fahren",), lang="en"))
    make_group(lab, number=2, title="")
    linked = make_profile(make_group(make_lab()), Content("Donaudampfschifffahrtsgesellschaftskapitän"))
    put(Synergy(low_id=profile.id, high_id=linked.id, linked_at=now))
    late = {"owner_member_id": other.id, "due_on": now.date() - timedelta(days=3)}
    done = {"answer": "Der *Verein*.", "decided_at": now, "decided_by_id": own.id}
    asked = make_question(profile, "Wer fährt? " + "x" * 120, **late)
    return {"worked": lab.slug, "asked": asked.id, "answered": make_question(profile, "Was kostet es?", **done).id}
