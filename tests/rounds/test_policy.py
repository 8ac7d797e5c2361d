"""Who may do what, when: person × window. The sentence names the moment and what to do."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Some
from typing import Any

import pytest
from flask import Flask

from ideation.rounds import policy
from ideation.rounds.rules import Activity, Span

NOW = datetime(2026, 11, 23, 11, tzinfo=UTC)  # a Monday, noon in Dortmund
DAY = timedelta(days=1)


def person(role: str = "participant", id: int = 1, confirmed: bool = True) -> Any:
    staff = role in {"moderator", "admin"}
    return Some(id=id, is_moderator=staff, is_admin=role == "admin", confirmed_at=NOW if confirmed else None)


def round_with(*windows: tuple[str, float, float | None], status: str = "published") -> Any:
    """Days from now."""
    spans = [Span(a, NOW + o * DAY, None if c is None else NOW + c * DAY) for a, o, c in windows]
    return Some(status=status, windows=spans, moderators=[Some(id=7)])


def ask(app: Flask, account: Any, round_: Any, activity: str = "idea", registered: bool = False) -> str:
    """The sentence of the refusal, or nothing when it is allowed."""
    verdict = policy.can_act(account, round_, activity, registered=registered, now=NOW)
    with app.test_request_context():
        return "" if verdict else str(verdict.reason)


OPEN, PAST, COMING = (-1, 1), (-3, -1), (1, 3)


@pytest.mark.parametrize("activity", list(Activity))
@pytest.mark.parametrize(("when", "allowed"), [(OPEN, True), (PAST, False), (COMING, False), (None, False)])
def test_an_open_window_and_nothing_else_lets_people_act(app: Flask, activity: str, when: Any, allowed: bool) -> None:
    windows = [(activity, *when)] if when else [("comment" if activity != "comment" else "idea", *OPEN)]
    assert (ask(app, person(), round_with(*windows), activity, registered=True) == "") == allowed


def test_before_the_opening_the_sentence_says_when(app: Flask) -> None:
    assert (
        ask(app, person(), round_with(("idea", 1, 3))) == "Ideen können Sie ab Dienstag, 24. November 2026, 12:00 Uhr einreichen."
    )


def test_after_the_end_the_sentence_says_since_when(app: Flask) -> None:
    assert (
        ask(app, person(), round_with(("idea", -3, -1)))
        == "Die Frist für Ideen ist seit Sonntag, 22. November 2026, 12:00 Uhr abgelaufen."
    )


def test_midnight_as_an_end_is_24_hours(app: Flask) -> None:
    ended = Some(status="published", windows=[Span("idea", NOW - 5 * DAY, datetime(2026, 11, 21, 23, tzinfo=UTC))], moderators=[])
    assert ask(app, person(), ended) == "Die Frist für Ideen ist seit Samstag, 21. November 2026, 24:00 Uhr abgelaufen."


def test_a_coming_vote_says_more_than_a_past_one(app: Flask) -> None:
    round_ = round_with(("vote", -3, -1), ("vote", 1, 3))
    assert ask(app, person(), round_, "vote") == "Abstimmen können Sie ab Dienstag, 24. November 2026, 12:00 Uhr."


@pytest.mark.parametrize(
    ("join", "registered", "sentence"),
    [
        (OPEN, True, ""),
        (PAST, True, ""),
        (OPEN, False, "Bitte melden Sie sich bis Dienstag, 24. November 2026, 12:00 Uhr auf der Seite der Runde an."),
        (PAST, False, "Die Anmeldung ist seit Sonntag, 22. November 2026, 12:00 Uhr geschlossen."),
        (COMING, False, "Anmelden können Sie sich ab Dienstag, 24. November 2026, 12:00 Uhr."),
        ((-1, None), False, "Bitte melden Sie sich auf der Seite der Runde an."),
    ],
)
def test_a_round_with_a_join_window_asks_for_the_registration(app: Flask, join: Any, registered: bool, sentence: str) -> None:
    told = ask(app, person(), round_with(("join", *join), ("idea", *OPEN)), registered=registered)
    assert told.endswith(sentence) if sentence else told == ""


def test_to_join_one_need_not_be_registered(app: Flask) -> None:
    assert ask(app, person(), round_with(("join", *OPEN)), "join") == ""


@pytest.mark.parametrize(
    ("account", "sentence"),
    [
        (None, "Bitte melden Sie sich an. Dann können Sie mitmachen."),
        (person(confirmed=False), "Bitte bestätigen Sie zuerst Ihre E-Mail-Adresse."),
    ],
)
def test_a_visitor_is_told_to_sign_in_and_a_newcomer_to_confirm(app: Flask, account: Any, sentence: str) -> None:
    assert ask(app, account, round_with(("idea", *OPEN))).startswith(sentence)


@pytest.mark.parametrize(
    ("round_", "sentence"),
    [
        (round_with(), "Diese Runde ist abgeschlossen."),
        (round_with(("idea", *OPEN), status="archived"), "Diese Runde ist abgeschlossen."),
        (round_with(("idea", *OPEN), status="draft"), "Diese Runde ist noch nicht veröffentlicht."),
    ],
)
def test_imported_archived_and_drafted_rounds_take_nothing(app: Flask, round_: Any, sentence: str) -> None:
    assert ask(app, person(), round_) == sentence


@pytest.mark.parametrize(
    ("account", "allowed"),
    [
        (None, False),
        (person(), False),
        (person(id=7), False),
        (person("moderator"), False),
        (person("moderator", id=7), True),
        (person("admin"), True),
    ],
)
def test_a_round_belongs_to_its_moderators_and_to_admins(account: Any, allowed: bool) -> None:
    draft = round_with(status="draft")
    assert bool(policy.can_moderate(account, draft)) == allowed
    assert policy.can_see(account, draft) == allowed
    assert policy.can_see(account, round_with())


def test_a_round_without_windows_is_not_published() -> None:
    assert not policy.can_publish(person("admin"), round_with(status="draft"))
    assert policy.can_publish(person("admin"), round_with(("idea", *OPEN), status="draft"))
    assert not policy.can_publish(person("admin"), round_with(("idea", *OPEN)))


def test_only_a_published_round_is_archived() -> None:
    assert policy.can_archive(person("admin"), round_with(("idea", *OPEN)))
    assert not policy.can_archive(person("admin"), round_with(status="draft"))
    assert not policy.can_archive(person("admin"), round_with(status="archived"))
