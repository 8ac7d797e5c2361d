"""What happens to events and their seats. Mails are read as they lie in the outbox."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from ideation.accounts.models import Account
from ideation.core.clock import utc
from ideation.core.db import db
from ideation.core.mail import Outbox
from ideation.core.verdict import Invalid, Refused
from ideation.events import actions
from ideation.events.models import Event, Seat
from ideation.events.queries import event_or_404, own_seat_or_404, seat_counts, seat_token
from ideation.events.rules import Plan, Point
from ideation.notifications.actions import follow
from ideation.notifications.models import Notification
from ideation.rounds.actions import add_event, import_round_event
from tests.cast import inside, make_account, make_event, make_round, make_seat

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
SOON = NOW + timedelta(days=7)


@pytest.fixture
def scene(app: Flask) -> Any:
    """A round with an event of two seats; guests come by letter."""
    from types import SimpleNamespace

    with inside(app):
        moderator = make_account("moderator")
        round_ = make_round(moderator)
        event = make_event(round_, seats=2, starts_at=SOON, ends_at=SOON + timedelta(hours=2), over_at=SOON + timedelta(hours=2))
    return SimpleNamespace(app=app, moderator=moderator, round=round_, event=event)


def reserve(scene: Any, *names: str, now: datetime = NOW) -> None:
    with inside(scene.app):
        for name in names:
            actions.reserve_seat(scene.event.id, name, f"{name}@example.org", locale="de", network=name, now=now)


def states(scene: Any) -> dict[str, str]:
    with scene.app.app_context():
        rows = db.session.execute(select(Seat.name, Seat.status).where(Seat.event_id == scene.event.id).order_by(Seat.position))
        return {name: status for name, status in rows if name}


def subjects(scene: Any, name: str = "") -> list[str]:
    with scene.app.app_context():
        query = select(Outbox.subject).order_by(Outbox.id)
        return list(db.session.scalars(query.where(Outbox.recipient == f"{name}@example.org") if name else query))


def seat_of(name: str) -> Seat:
    return db.session.scalars(select(Seat).where(Seat.name == name)).one()


def looked_after(scene: Any, act: Callable[..., Any], *arguments: Any, now: datetime = NOW, **more: Any) -> Any:
    """An action of the moderator on the event."""
    with inside(scene.app):
        account = db.session.get_one(Account, scene.moderator.id)
        found = event_or_404(account, scene.event.id)
        return act(account, found.event, found.belongings, *arguments, now=now, **more)


def plan_of(event: Event, **more: Any) -> Plan:
    values = {name: getattr(event, name) for name in Plan.__slots__ if name != "agenda"}
    return Plan(**{**values, **more})


def test_first_come_first_served_then_the_waiting_list_moves_up_in_order(scene: Any) -> None:
    reserve(scene, "anna", "berta", "clara", "dora")
    assert states(scene) == {"anna": "reserved", "berta": "reserved", "clara": "waiting", "dora": "waiting"}
    assert subjects(scene, "anna") == [f"Ihr Platz: {scene.event.title}"]
    assert subjects(scene, "dora") == [f"Warteliste: {scene.event.title}"]
    with inside(scene.app):
        token = seat_token(seat_of("berta"))
        actions.give_up_seat(own_seat_or_404(token), now=NOW)
        actions.give_up_seat(own_seat_or_404(token), now=NOW)
    assert states(scene) == {"anna": "reserved", "clara": "reserved", "dora": "waiting"}
    assert subjects(scene, "clara")[1:] == [f"Ihr Platz: {scene.event.title}"]
    assert len(subjects(scene, "dora")) == 1
    with scene.app.app_context():
        gone = db.session.scalars(select(Seat).where(Seat.status == "cancelled")).one()
        assert (gone.name, gone.email, gone.name_key) == ("", None, "")
        letter = db.session.scalar(select(Outbox.body).where(Outbox.recipient == "dora@example.org"))
        assert letter is not None and "auf Platz 2 der Warteliste" in letter and "/seats/" in letter and "Haus am Markt" in letter
    reserve(scene, "berta")
    assert list(states(scene)) == ["anna", "clara", "dora", "berta"], "who comes back stands at the end"


def test_the_same_address_twice_changes_nothing_and_only_the_mail_tells(scene: Any) -> None:
    reserve(scene, "anna")
    with inside(scene.app):
        actions.reserve_seat(scene.event.id, "Andere", "ANNA@example.org ", locale="en", network="x", now=NOW)
    assert states(scene) == {"anna": "reserved"}
    with scene.app.app_context():
        letters = list(db.session.scalars(select(Outbox.body).where(Outbox.recipient == "anna@example.org").order_by(Outbox.id)))
    assert len(letters) == 2 and "schon einen Platz" in letters[1]


def test_an_event_without_a_number_of_seats_has_no_waiting_list(scene: Any) -> None:
    with inside(scene.app):
        db.session.get_one(Event, scene.event.id).seats = None
    reserve(scene, *"abcdefgh")
    assert set(states(scene).values()) == {"reserved"}


def test_too_many_tries_are_refused_whoever_is_known(scene: Any) -> None:
    for _ in range(10):
        reserve(scene, "anna")
    with scene.app.app_context(), pytest.raises(Refused) as refused:
        actions.reserve_seat(scene.event.id, "x", "anna@example.org", locale="de", network="y", now=NOW)
    assert refused.value.verdict.status == 429


@pytest.mark.parametrize("state", ["closed", "over", "not_needed", "cancelled"])
def test_no_seat_when_it_is_too_late_or_not_needed(scene: Any, state: str) -> None:
    with inside(scene.app):
        event = db.session.get_one(Event, scene.event.id)
        if state == "closed":
            event.seats_until = NOW
        elif state == "over":
            event.starts_at, event.ends_at, event.over_at = NOW - timedelta(days=1), None, NOW
        elif state == "not_needed":
            event.takes_seats, event.seats = False, None
        else:
            event.status, event.cancelled_at = "cancelled", NOW
    with pytest.raises(Refused):
        reserve(scene, "anna")
    assert states(scene) == {} and subjects(scene) == []


def test_more_seats_let_the_waiting_list_move_up_and_fewer_than_taken_are_refused(scene: Any) -> None:
    reserve(scene, "anna", "berta", "clara", "dora")
    looked_after(scene, actions.update_event, plan_of(scene.event, seats=3))
    assert list(states(scene).values()) == ["reserved", "reserved", "reserved", "waiting"]
    with pytest.raises(Invalid) as invalid:
        looked_after(scene, actions.update_event, plan_of(scene.event, seats=2))
    assert "3 Plätze sind schon vergeben" in str(invalid.value) or "seats" in invalid.value.faults
    looked_after(scene, actions.update_event, plan_of(scene.event, seats=None))
    assert set(states(scene).values()) == {"reserved"}


def test_another_time_or_place_is_told_and_counted_for_calendars_a_typing_error_is_not(scene: Any) -> None:
    reserve(scene, "anna", "berta", "clara")
    with inside(scene.app):
        seat_of("anna").reminded_at = NOW
    before = len(subjects(scene))
    looked_after(scene, actions.update_event, plan_of(scene.event, access="Aufzug vorhanden.", agenda=(Point("18:00", "Los"),)))
    with scene.app.app_context():
        same = db.session.get_one(Event, scene.event.id)
        assert (same.sequence, same.access) == (0, "Aufzug vorhanden.")
    assert len(subjects(scene)) == before
    looked_after(scene, actions.update_event, plan_of(scene.event, place="Rathaus"))
    assert subjects(scene)[before:] == [f"Geändert: {scene.event.title}"] * 3
    with scene.app.app_context():
        event = db.session.get_one(Event, scene.event.id)
        assert (event.sequence, event.changed_at, seat_of("anna").reminded_at) == (1, NOW, None)


def test_calling_off_tells_everybody_with_a_seat_or_waiting_once(scene: Any) -> None:
    reserve(scene, "anna", "berta", "clara")
    before = len(subjects(scene))
    looked_after(scene, actions.cancel_event, "Der Saal ist überflutet.")
    looked_after(scene, actions.cancel_event, "Noch einmal.")
    assert subjects(scene)[before:] == [f"Abgesagt: {scene.event.title}"] * 3
    with scene.app.app_context():
        event = db.session.get_one(Event, scene.event.id)
        assert (event.status, event.reason, event.sequence) == ("cancelled", "Der Saal ist überflutet.", 1)
    with pytest.raises(Refused):
        reserve(scene, "dora")


def test_what_is_over_cannot_be_called_off(scene: Any) -> None:
    with pytest.raises(Refused):
        looked_after(scene, actions.cancel_event, "Zu spät.", now=SOON + timedelta(hours=2))


def test_checking_in_twice_changes_nothing_and_can_be_taken_back(scene: Any) -> None:
    reserve(scene, "anna", "berta", "clara")

    def check(name: str, here: bool, now: datetime) -> datetime | None:
        with inside(scene.app):
            account, seat = db.session.get_one(Account, scene.moderator.id), seat_of(name)
            actions.check_in(account, seat, event_or_404(account, scene.event.id).belongings, here, now=now)
            return seat.checked_in_at

    assert check("anna", True, SOON) == SOON
    assert check("anna", True, SOON + timedelta(minutes=5)) == SOON
    assert check("anna", False, SOON) is None
    assert check("anna", True, SOON) == SOON
    with pytest.raises(Refused):
        check("clara", True, SOON)
    with scene.app.app_context():
        assert seat_counts([scene.event.id])[scene.event.id].present == 1
        with pytest.raises(Refused):
            actions.give_up_seat(seat_of("anna"), now=SOON)


def test_a_reminder_goes_out_once_the_day_before_also_if_the_job_is_killed_in_between(
    scene: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve(scene, "anna", "berta", "clara")
    reserve(scene, "late", now=SOON - timedelta(hours=3))
    due = SOON - timedelta(hours=20)
    before = len(subjects(scene))

    def run(now: datetime) -> int:
        with scene.app.app_context():
            return actions.remind_due(now)

    assert run(SOON - timedelta(hours=25)) == 0
    with monkeypatch.context() as patched:
        # Killed after the mails are written and before they are kept.
        patched.setattr(db.session, "commit", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run(due)
    assert len(subjects(scene)) == before
    assert run(due) == 2
    assert run(due) == 0 and run(SOON) == 0
    assert subjects(scene)[before:] == [f"Morgen: {scene.event.title}"] * 2


def test_who_reserves_on_the_last_day_is_not_reminded(scene: Any) -> None:
    reserve(scene, "anna", now=SOON - timedelta(hours=3))
    with scene.app.app_context():
        assert actions.remind_due(SOON - timedelta(hours=2)) == 0


def test_names_and_addresses_go_a_month_after_the_event_and_the_numbers_stay(scene: Any) -> None:
    reserve(scene, "anna", "berta", "clara")
    end = SOON + timedelta(hours=2)
    for moment, known in ((end + timedelta(days=30) - timedelta(seconds=1), 3), (end + timedelta(days=30), 0)):
        with scene.app.app_context():
            actions.forget_seats(moment)
            assert db.session.scalar(select(func.count(Seat.email))) == known
            assert len([name for name in db.session.scalars(select(Seat.name + Seat.name_key)) if name]) == known
            assert seat_counts([scene.event.id])[scene.event.id].reserved == 2


def test_an_event_of_a_round_is_for_its_moderators_and_its_followers_are_told(scene: Any) -> None:
    with inside(scene.app):
        fan, other = make_account(), make_account("moderator")
        follow(fan, "round", scene.round.id, now=NOW)
    plan = Plan("Marktplatz", SOON)
    with inside(scene.app):
        round_ = db.session.merge(scene.round, load=False)
        db.session.refresh(round_, ["moderators"])
        with pytest.raises(Refused):
            add_event(other, round_, plan, now=NOW)
        made = add_event(scene.moderator, round_, plan, now=NOW)
        past = import_round_event(other, round_, Plan("Damals", NOW - timedelta(days=900), precision="year"), now=NOW)
        assert [b.title for b in event_or_404(None, made.id).belongings] == [scene.round.title]
        with pytest.raises(Refused):
            actions.create_event(other, plan, now=NOW)
        assert event_or_404(None, past.id).event.precision == "year"
    with scene.app.app_context():
        assert list(db.session.scalars(select(Notification.subject_id))) == [made.id]
    assert subjects(scene) == ["Es gibt eine neue Veranstaltung: „Marktplatz“."]


@pytest.mark.parametrize(
    ("precision", "ends", "first", "over"),
    [
        ("time", None, "2024-02-29 18:00", "2024-03-01 00:00"),
        ("day", None, "2024-02-29 00:00", "2024-03-01 00:00"),
        ("day", "2024-03-02 00:00", "2024-02-29 00:00", "2024-03-02 00:00"),
        ("month", None, "2024-02-01 00:00", "2024-03-01 00:00"),
        ("year", None, "2024-01-01 00:00", "2025-01-01 00:00"),
    ],
)
def test_nothing_finer_is_kept_than_what_is_known_of_the_date(
    app: Flask, precision: str, ends: str | None, first: str, over: str
) -> None:
    def moment(text: str) -> datetime:
        return utc(datetime.fromisoformat(text))

    with inside(app):
        plan = Plan("Damals", moment("2024-02-29 18:00"), ends and moment(ends), precision)  # type: ignore[arg-type]
        event = actions.import_event(make_account("moderator"), plan, now=NOW)
        assert (event.starts_at, event.over_at) == (moment(first), moment(over))
        assert event.ends_at == (moment(ends) if ends else None)


@pytest.mark.parametrize(
    "more",
    [
        {"ends_at": SOON},
        {"ends_at": SOON - timedelta(hours=1)},
        {"title": ""},
        {"takes_seats": True, "seats_until": SOON + timedelta(days=9)},
        {"seats": 3},
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field(app: Flask, more: dict[str, Any]) -> None:
    with app.app_context(), pytest.raises(Invalid) as invalid:
        actions.import_event(make_account("moderator"), Plan(**{"title": "x", "starts_at": SOON, **more}), now=NOW)
    assert set(invalid.value.faults) <= {"ends_at", "title", "seats_until", "seats"}


def test_minutes_are_for_the_staff_until_they_are_published(scene: Any) -> None:
    def minutes() -> tuple[str, bool]:
        with scene.app.app_context():
            event = db.session.get_one(Event, scene.event.id)
            return event.minutes, event.minutes_at is not None

    with pytest.raises(Invalid):
        looked_after(scene, actions.write_minutes, "", publish=True)
    looked_after(scene, actions.write_minutes, "Entwurf", publish=False)
    assert minutes() == ("Entwurf", False)
    looked_after(scene, actions.write_minutes, "**Fertig**", publish=True)
    assert minutes() == ("**Fertig**", True)
    looked_after(scene, actions.write_minutes, "", publish=False)
    assert minutes() == ("", False)


def test_strangers_to_the_round_do_nothing(scene: Any) -> None:
    with inside(scene.app):
        other = make_account("moderator")
        seat = make_seat(scene.event)
        found = event_or_404(other, scene.event.id)
        for act in (
            lambda: actions.update_event(other, found.event, found.belongings, plan_of(found.event), now=NOW),
            lambda: actions.cancel_event(other, found.event, found.belongings, "x", now=NOW),
            lambda: actions.write_minutes(other, found.event, found.belongings, "x", publish=True, now=NOW),
            lambda: actions.check_in(other, seat, found.belongings, True, now=NOW),
            lambda: actions.remove_seat(other, seat, found.belongings, now=NOW),
        ):
            with pytest.raises(Refused):
                act()


def test_a_removed_seat_is_told_and_goes_to_who_waits(scene: Any) -> None:
    reserve(scene, "anna", "berta", "clara")
    with inside(scene.app):
        account, seat = db.session.get_one(Account, scene.moderator.id), seat_of("anna")
        homes = event_or_404(account, scene.event.id).belongings
        actions.remove_seat(account, seat, homes, now=NOW)
        actions.remove_seat(account, seat, homes, now=NOW)
    assert states(scene) == {"berta": "reserved", "clara": "reserved"}
    assert len(subjects(scene, "anna")) == 2
