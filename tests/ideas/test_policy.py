"""Who may do what, in which window, with an idea in which state."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ideation.accounts.models import Account
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.ideas.policy import can_edit, can_see, can_submit, can_withdraw, shows_text
from ideation.ideas.rules import PUBLIC, Status
from ideation.rounds.models import Round, RoundWindow

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEAD, SECOND, MODERATOR, ELSEWHERE, OTHER = (
    Account(id=n, role=role, confirmed_at=NOW)
    for n, role in enumerate(["participant", "participant", "moderator", "moderator", "participant"], 1)
)
PEOPLE: dict[str, Account | None] = {
    "lead": LEAD,
    "second": SECOND,
    "moderator": MODERATOR,
    "elsewhere": ELSEWHERE,
    "other": OTHER,
    "visitor": None,
}
OPEN, PAST, COMING = (-HOUR, HOUR), (-2 * HOUR, -HOUR), (HOUR, 2 * HOUR)


def idea(status: str, days: Any = OPEN, **more: Any) -> Idea:
    windows = [RoundWindow(activity="idea", opens_at=NOW + days[0], closes_at=NOW + days[1])]
    round_ = Round(status="published", team_min=1, team_max=5, windows=windows, moderators=[MODERATOR])
    authors = [IdeaAuthor(id=1, account_id=1, leads=True), IdeaAuthor(id=2, account_id=2, leads=False)]
    return Idea(status=status, round=round_, authors=authors, **{"visibility": "shown", **more})


SEES = [("draft", {"lead", "second"})]
SEES += [(status, {"lead", "second", "moderator"}) for status in ("submitted", "returned", "rejected")]
SEES += [(status, set(PEOPLE)) for status in sorted(PUBLIC)]


@pytest.mark.parametrize(("status", "seers"), SEES)
def test_who_sees_an_idea(status: str, seers: set[str]) -> None:
    assert {name for name, person in PEOPLE.items() if can_see(person, idea(status))} == seers


@pytest.mark.parametrize("status", sorted(PUBLIC))
def test_a_hidden_idea_is_seen_by_its_authors_and_moderation(status: str) -> None:
    seen = {name for name, person in PEOPLE.items() if can_see(person, idea(status, visibility="hidden"))}
    assert seen == {"lead", "second", "moderator"}


@pytest.mark.parametrize(
    ("status", "days", "editable"),
    [
        ("draft", OPEN, True),
        ("draft", PAST, True),
        ("draft", COMING, True),
        ("returned", PAST, True),
        ("submitted", OPEN, False),
        ("published", OPEN, True),
        ("published", PAST, False),
        ("published", COMING, False),
        ("shortlisted", OPEN, True),
        *(
            (status, OPEN, False)
            for status in ("selected", "not_selected", "merged", "withdrawn", "in_lab", "archived", "rejected")
        ),
    ],
)
def test_when_authors_may_edit(status: str, days: Any, editable: bool) -> None:
    for name, person in PEOPLE.items():
        verdict = can_edit(person, idea(status, days), registered=True, now=NOW)
        assert bool(verdict) is (editable and name in {"lead", "second"})
        assert verdict or verdict.reason


def test_a_hidden_idea_is_not_edited() -> None:
    assert not can_edit(LEAD, idea("published", visibility="hidden"), registered=True, now=NOW)


@pytest.mark.parametrize("status", Status)
def test_only_the_lead_withdraws_and_only_what_is_published(status: str) -> None:
    allowed = {name for name, person in PEOPLE.items() if can_withdraw(person, idea(status))}
    assert allowed == ({"lead"} if status == "published" else set())


@pytest.mark.parametrize(("days", "allowed"), [(OPEN, True), (PAST, False), (COMING, False)])
def test_submitting_needs_the_window_an_open_question_and_the_registration(days: Any, allowed: bool) -> None:
    assert bool(can_submit(LEAD, idea("draft", days), True, registered=True, now=NOW)) is allowed
    assert bool(can_submit(SECOND, idea("returned", days), True, registered=True, now=NOW)) is allowed
    assert not can_submit(LEAD, idea("draft", days), False, registered=True, now=NOW)
    assert not can_submit(OTHER, idea("draft", days), True, registered=True, now=NOW)
    assert not can_submit(LEAD, idea("published", days), True, registered=True, now=NOW)


def test_the_text_of_a_withdrawn_idea_is_for_those_who_wrote_it() -> None:
    readers = {name for name, person in PEOPLE.items() if shows_text(person, idea("withdrawn"))}
    assert readers == {"lead", "second"}
