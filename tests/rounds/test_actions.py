"""Making, changing, copying and importing rounds, through the actions."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from ideation.activity.models import Activity
from ideation.core.clock import local
from ideation.core.db import db
from ideation.core.verdict import Invalid, NotFound, Refused
from ideation.institutions.actions import add_institution
from ideation.rounds import actions
from ideation.rounds.models import Registration, Round
from ideation.rounds.queries import Moved, registered, round_or_404, rounds_listed, rounds_past
from ideation.rounds.rules import PRESETS, Span
from tests.cast import COMING, OPEN, PAST, inside, make_account, make_round

NOW = datetime(2026, 11, 23, 11, tzinfo=UTC)


def verbs() -> list[str]:
    return [v for v in db.session.scalars(select(Activity.verb).order_by(Activity.id)) if v != "cast.placed"]


@pytest.mark.parametrize("preset", PRESETS)
def test_a_round_begins_as_a_draft_with_the_windows_of_its_preset(app: Flask, preset: str) -> None:
    with inside(app):
        moderator = make_account("moderator")
        made = actions.create_round(moderator, preset, "Grüne Dächer", now=NOW)
        assert (made.status, made.slug, made.moderators) == ("draft", "gruene-daecher", [moderator])
        planned = {p.activity for p in PRESETS[preset].windows} - {"vote"}
        assert {w.activity for w in made.windows} == planned
        assert all(w.opens_at > NOW for w in made.windows)


def test_the_windows_of_a_preset_keep_their_hour_over_the_change_of_the_clocks(app: Flask) -> None:
    with inside(app):
        made = actions.create_round(make_account("moderator"), "helpathon", "Uhr", now=datetime(2027, 3, 8, tzinfo=UTC))
        idea = next(w for w in made.windows if w.activity == "idea")
        assert (local(idea.opens_at).hour, local(idea.opens_at).utcoffset()) == (9, timedelta(hours=1))
        assert (local(idea.closes_at).hour, local(idea.closes_at).utcoffset()) == (0, timedelta(hours=2))


def test_two_rounds_of_one_title_get_two_addresses(app: Flask) -> None:
    with inside(app):
        moderator = make_account("moderator")
        slugs = [actions.create_round(moderator, "pool", "Ideenpool", now=NOW).slug for _ in range(3)]
        assert slugs == ["ideenpool", "ideenpool-2", "ideenpool-3"]


@pytest.mark.parametrize("role", ["participant", "coordinator", "ombudsperson"])
def test_only_moderators_make_rounds(app: Flask, role: str) -> None:
    with inside(app), pytest.raises(Refused):
        actions.create_round(make_account(role), "pool", "Ideenpool", now=NOW)


def change(moderator, round_, **wanted) -> None:
    actions.update_round(moderator, round_, **{"title": round_.title, "slug": round_.slug, "now": NOW, **wanted})


def test_a_draft_changes_its_address_without_a_trace(app: Flask) -> None:
    with inside(app):
        moderator = make_account("moderator")
        made = actions.create_round(moderator, "pool", "Ideenpool", now=NOW)
        change(moderator, made, slug="anders")
        with pytest.raises(NotFound):
            round_or_404(moderator, "ideenpool")


def test_a_published_round_is_found_under_its_former_addresses(app: Flask) -> None:
    with inside(app):
        moderator = make_account("moderator")
        made = actions.create_round(moderator, "pool", "Ideenpool", now=NOW)
        actions.publish_round(moderator, made, now=NOW)
        change(moderator, made, slug="zweite")
        change(moderator, made, slug="dritte")
        for former in ("ideenpool", "zweite"):
            with pytest.raises(Moved) as moved:
                round_or_404(None, former)
            assert moved.value.slug == "dritte"
        change(moderator, made, slug="ideenpool")  # its own former address is free for itself
        assert round_or_404(None, "ideenpool").id == made.id
        other = actions.create_round(moderator, "pool", "Zweite", now=NOW)
        assert other.slug == "zweite-2"


@pytest.mark.parametrize("slug", ["Groß", "mit leer", "new", "", "a/b", "-a", "ä"])
def test_an_address_has_plain_letters(app: Flask, slug: str) -> None:
    with inside(app):
        moderator = make_account("moderator")
        made = actions.create_round(moderator, "pool", "Ideenpool", now=NOW)
        with pytest.raises(Invalid) as error:
            change(moderator, made, slug=slug)
        assert "slug" in error.value.faults


@pytest.mark.parametrize(("least", "most"), [(0, 3), (4, 3), (1, 21)])
def test_a_team_has_a_sensible_size(app: Flask, least: int, most: int) -> None:
    with inside(app):
        moderator = make_account("moderator")
        made = actions.create_round(moderator, "pool", "Ideenpool", now=NOW)
        with pytest.raises(Invalid) as error:
            change(moderator, made, team_min=least, team_max=most)
        assert "team_max" in error.value.faults


def test_every_change_of_a_round_is_recorded(app: Flask) -> None:
    with inside(app):
        moderator, second = make_account("moderator"), make_account("moderator")
        made = actions.create_round(moderator, "pool", "Ideenpool", now=NOW)
        change(moderator, made, title="Ideenpool Dortmund")
        actions.publish_round(moderator, made, now=NOW)
        actions.set_windows(moderator, made, {"idea": (NOW, None)}, now=NOW)
        actions.set_hosts(moderator, made, [add_institution(moderator, "Stadt Dortmund")], now=NOW)
        actions.add_moderator(moderator, made, second.email, now=NOW)
        actions.remove_moderator(moderator, made, moderator.id, now=NOW)
        actions.archive_round(second, made, now=NOW)
        assert verbs() == ["round.edited", "round.published", *["round.edited"] * 4, "round.archived"]


def test_another_moderator_changes_nothing(app: Flask) -> None:
    with inside(app):
        made = actions.create_round(make_account("moderator"), "pool", "Ideenpool", now=NOW)
        other = make_account("moderator")
        for act in (
            lambda: change(other, made, title="Gekapert"),
            lambda: actions.set_windows(other, made, {"idea": None}, now=NOW),
            lambda: actions.set_hosts(other, made, [], now=NOW),
            lambda: actions.add_moderator(other, made, other.email, now=NOW),
            lambda: actions.remove_moderator(other, made, 1, now=NOW),
            lambda: actions.publish_round(other, made, now=NOW),
            lambda: actions.archive_round(other, made, now=NOW),
            lambda: actions.copy_round(other, made, "Kopie", now=NOW),
        ):
            with pytest.raises(Refused):
                act()
        assert (made.title, made.status) == ("Ideenpool", "draft")


def test_a_window_occurs_once_and_can_be_taken_away(app: Flask) -> None:
    with inside(app):
        round_ = make_round(windows={})
        first = actions.set_window(round_, "idea", NOW, NOW + timedelta(days=1))
        assert actions.set_window(round_, "idea", NOW, NOW + timedelta(days=2)) is first
        assert len(round_.windows) == 1
        assert actions.set_window(round_, "idea", None, None) is None
        assert round_.windows == []


def test_windows_that_do_not_fit_are_refused(app: Flask) -> None:
    with inside(app):
        round_ = make_round(windows={})
        with pytest.raises(Invalid) as error:
            actions.set_window(round_, "idea", NOW, NOW)
        assert "idea_closes" in error.value.faults
        actions.set_window(round_, "vote", NOW, NOW + timedelta(days=2))
        with pytest.raises(Invalid) as error:
            actions.set_window(round_, "vote", NOW + timedelta(days=1), None)
        assert "vote_closes" in error.value.faults


def test_a_round_keeps_at_least_one_moderator(app: Flask) -> None:
    with inside(app):
        moderator = make_account("moderator")
        made = actions.create_round(moderator, "pool", "Ideenpool", now=NOW)
        with pytest.raises(Invalid):
            actions.remove_moderator(moderator, made, moderator.id, now=NOW)


@pytest.mark.parametrize("role", ["participant", None])
def test_only_an_account_with_the_role_becomes_moderator_of_a_round(app: Flask, role: str | None) -> None:
    with inside(app):
        moderator = make_account("moderator")
        made = actions.create_round(moderator, "pool", "Ideenpool", now=NOW)
        email = make_account(role).email if role else "niemand@example.org"
        with pytest.raises(Invalid) as error:
            actions.add_moderator(moderator, made, email, now=NOW)
        assert "email" in error.value.faults


def test_the_next_edition_takes_over_settings_and_moves_the_windows_by_weeks(app: Flask) -> None:
    with inside(app):
        moderator = make_account("moderator")
        first = actions.create_round(moderator, "sprint", "Sprint", now=datetime(2026, 9, 1, tzinfo=UTC))
        actions.set_hosts(moderator, first, [add_institution(moderator, "Stadt Dortmund")], now=NOW)
        change(moderator, first, team_min=3, about="Wie es *war*.")
        copied = actions.copy_round(moderator, first, "Sprint", now=NOW)
        assert (copied.slug, copied.status, copied.previous_id) == ("sprint-2", "draft", first.id)
        assert (copied.team_min, copied.about, [h.name for h in copied.hosts]) == (3, "Wie es *war*.", ["Stadt Dortmund"])
        for activity in ("join", "idea"):
            then, later = (next(w for w in r.windows if w.activity == activity) for r in (first, copied))
            for before, after in ((then.opens_at, later.opens_at), (then.closes_at, later.closes_at)):
                assert (local(after).weekday(), local(after).time()) == (local(before).weekday(), local(before).time())
        assert min(w.opens_at for w in copied.windows) > NOW


def test_a_missing_hour_moves_on_when_windows_are_moved(app: Flask) -> None:
    with inside(app):
        half_past_two = datetime(2027, 3, 21, 1, 30, tzinfo=UTC)  # 2:30 in winter time
        moved = actions.moved(half_past_two, timedelta(weeks=1))
        assert moved is not None
        assert (local(moved).hour, local(moved).minute) == (3, 30)


def test_registering_twice_is_registering_once(app: Flask) -> None:
    with inside(app):
        person, round_ = make_account(), make_round(windows={"join": OPEN, "idea": OPEN})
        for _ in range(2):
            actions.register(person, round_, now=datetime.now(UTC))
        assert registered(person.id, round_.id)
        assert db.session.scalar(select(func.count()).select_from(Registration)) == 1
        assert verbs() == ["registration.joined"]
        actions.leave(person, round_, now=NOW)
        actions.leave(person, round_, now=NOW)
        assert not registered(person.id, round_.id)


@pytest.mark.parametrize("join", [PAST, COMING, None])
def test_nobody_registers_outside_the_window(app: Flask, join: tuple[float, float] | None) -> None:
    with inside(app):
        round_ = make_round(windows={"idea": OPEN, **({"join": join} if join else {})})
        with pytest.raises(Refused):
            actions.register(make_account(), round_, now=datetime.now(UTC))


def test_an_imported_round_is_public_and_lies_in_the_past(app: Flask) -> None:
    with inside(app):
        moderator = make_account("moderator")
        old = actions.import_round(
            moderator,
            slug="helpathon",
            title="Helpathon",
            period_text="2020",
            published_at=datetime(2020, 5, 1, tzinfo=UTC),
            now=NOW,
        )
        sprint = [Span("idea", datetime(2021, 3, 19, 17, tzinfo=UTC), datetime(2021, 3, 21, 17, tzinfo=UTC))]
        actions.import_round(moderator, slug="sprint", title="Sprint", windows=sprint, previous=old, now=NOW)
        make_round(slug="offen")
        assert [r.slug for r in rounds_past(NOW).items] == ["sprint", "helpathon"]
        assert [r.slug for r in rounds_listed(datetime.now(UTC)).open] == ["offen"]
        assert round_or_404(None, "helpathon").windows == []
        assert "round.published" not in verbs()
        with pytest.raises(Refused):
            actions.import_round(make_account(), slug="fremd", title="Fremd", now=NOW)


def test_an_institution_is_known_by_its_name_whatever_the_case(app: Flask) -> None:
    with inside(app):
        moderator = make_account("moderator")
        first = add_institution(moderator, "Stadt  Dortmund")
        assert add_institution(moderator, " stadt dortmund ").id == first.id
        assert first.name == "Stadt Dortmund"
        with pytest.raises(Invalid):
            add_institution(moderator, "   ")
        with pytest.raises(Refused):
            add_institution(make_account(), "Fremd")


def test_a_past_list_is_cut_in_pages(app: Flask) -> None:
    with inside(app):
        for _ in range(25):
            make_round(windows={"idea": PAST})
        page = rounds_past(datetime.now(UTC), 2)
        assert (len(page.items), page.total, page.pages) == (5, 25, 2)
        assert db.session.scalar(select(func.count()).select_from(Round)) == 25
