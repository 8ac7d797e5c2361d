"""Making a round, changing it, opening it to the city, closing it; joining it. Windows of votes belong to ballots."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate as is_moderator
from ideation.accounts.rules import email_key
from ideation.activity.actions import record
from ideation.core.clock import MissingHour, local, today, utc
from ideation.core.db import db, insert
from ideation.core.sentence import Message, say
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid, require
from ideation.events.actions import create_event, import_event
from ideation.events.models import Event
from ideation.events.rules import Plan
from ideation.institutions.models import Institution
from ideation.rounds.models import Registration, Round, RoundEvent, RoundSlug, RoundWindow
from ideation.rounds.policy import can_act, can_archive, can_import, can_moderate, can_publish
from ideation.rounds.queries import registered, slug_is_free
from ideation.rounds.rules import (
    ABOUT_MAX,
    PRESETS,
    SUMMARY_MAX,
    TAKEN_SLUGS,
    TEAM_MAX,
    TITLE_MAX,
    Activity,
    Preset,
    Span,
    Status,
    faults,
    first_day,
    slug_from,
    wall_clock,
)

# What a moderator sets, and what the next edition takes over.
SETTINGS = ("summary", "about", "lang", "checks_ideas", "free_ideas", "team_min", "team_max")
FAULTS: dict[str, Message] = {
    "ends_before_it_begins": say("Das Ende liegt vor dem Anfang. Bitte tauschen Sie die Zeiten oder wählen Sie ein späteres Ende."),
    "votes_overlap": say("Zwei Abstimmungen überschneiden sich. Bitte lassen Sie die eine enden, bevor die nächste beginnt."),
}
Times = tuple[datetime, datetime | None]


def planned(preset: Preset, *, now: datetime) -> list[Span]:
    """The usual windows of a preset, from its next first day on; the vote's is for its ballot."""
    day = first_day(preset, today(now))
    return [Span(p.activity, utc(wall_clock(day, p.opens)), p.closes and utc(wall_clock(day, p.closes))) for p in preset.windows]


def create_round(actor: Account, preset: str, title: str, *, slug: str = "", now: datetime, **settings: Any) -> Round:
    """A draft with the usual settings and windows of its kind. `settings` win over the preset's."""
    require(is_moderator(actor))
    if preset not in PRESETS:
        raise Invalid(preset=say("Bitte wählen Sie eine Vorlage aus."))
    made = _new(actor, preset, title, slug, {**PRESETS[preset].settings, **settings}, now)
    for span in planned(PRESETS[preset], now=now):
        if span.activity != Activity.VOTE:
            set_window(made, span.activity, span.opens_at, span.closes_at)
    return made


def _new(actor: Account, preset: str, title: str, slug: str, settings: Mapping[str, Any], now: datetime) -> Round:
    made = Round(
        preset=preset, title=_title(title), status=Status.DRAFT, created_by_id=actor.id, created_at=now, windows=[], hosts=[]
    )
    made.slug = _slug(slug, None) if slug else _free_slug(made.title)
    made.moderators = [actor]
    for name, value in settings.items():
        setattr(made, name, value)
    db.session.add(made)
    db.session.flush()
    return made


def update_round(actor: Account, round: Round, *, title: str, slug: str, now: datetime, **settings: Any) -> None:
    """A published round keeps its former addresses: they lead to the new one."""
    require(can_moderate(actor, round))
    wanted = {name: settings.get(name, getattr(round, name)) for name in SETTINGS}
    wanted |= {name: cleaned(wanted[name]) for name in ("summary", "about")}
    _check_settings(wanted)
    title, former = _title(title), round.slug
    if slug != former:
        slug = _slug(slug, round.id)
        db.session.execute(delete(RoundSlug).where(RoundSlug.slug == slug))
        if round.status != Status.DRAFT:
            db.session.add(RoundSlug(slug=former, round_id=round.id))
    round.title, round.slug = title, slug
    for name, value in wanted.items():
        setattr(round, name, value)
    _edited(actor, round, now)


def _check_settings(wanted: Mapping[str, Any]) -> None:
    for name, most in {"summary": SUMMARY_MAX, "about": ABOUT_MAX}.items():
        if len(wanted[name]) > most:
            raise Invalid(**{name: say("Bitte kürzen Sie den Text auf %(n)s Zeichen.", n=most)})
    if not 1 <= wanted["team_min"] <= wanted["team_max"] <= TEAM_MAX:
        fault = say("Ein Team hat mindestens eine Person und höchstens %(n)s. Die kleinere Zahl steht zuerst.", n=TEAM_MAX)
        raise Invalid(team_max=fault)


def _title(title: str) -> str:
    title = single_line(title)
    if not 3 <= len(title) <= TITLE_MAX:
        raise Invalid(title=say("Bitte geben Sie der Runde einen Titel mit 3 bis %(n)s Zeichen.", n=TITLE_MAX))
    return title


def _slug(slug: str, own: int | None) -> str:
    if slug != slug_from(slug) or slug in TAKEN_SLUGS:
        raise Invalid(slug=say("Bitte verwenden Sie nur Kleinbuchstaben von a bis z, Ziffern und Bindestriche."))
    if not slug_is_free(slug, own):
        raise Invalid(slug=say("Diese Adresse gehört schon zu einer anderen Runde. Bitte wählen Sie eine andere."))
    return slug


def _free_slug(title: str) -> str:
    wish = slug_from(title)
    return next(s for n in range(1, 1000) if slug_is_free(s := wish if n == 1 else f"{wish}-{n}"))


def _edited(actor: Account, round: Round, now: datetime) -> None:
    record("round.edited", round, actor=actor, round_id=round.id, now=now, title=round.title)


def set_window(
    round: Round, activity: str, opens_at: datetime | None, closes_at: datetime | None, window: RoundWindow | None = None
) -> RoundWindow | None:
    """Sets the one window of an activity, or takes it away (no opening). A vote has a window for each ballot: `window` names it."""
    if window is None and activity != Activity.VOTE:
        window = next((w for w in round.windows if w.activity == activity), None)
    if opens_at is None:
        if window is not None:
            round.windows.remove(window)
            db.session.flush()
        return None
    if window is None:
        window = RoundWindow(activity=activity, opens_at=opens_at, closes_at=closes_at)
        _check([*round.windows, window])
        round.windows.append(window)
    else:
        _check([Span(activity, opens_at, closes_at) if w is window else w for w in round.windows])
        window.opens_at, window.closes_at = opens_at, closes_at
    db.session.flush()
    return window


def _check(windows: Sequence[Any]) -> None:
    if found := faults(windows):
        raise Invalid(**{f"{activity}_closes": FAULTS[fault] for activity, fault in found.items()})


def set_windows(actor: Account, round: Round, wanted: Mapping[str, Times | None], *, now: datetime) -> None:
    """All windows but those of votes at once; None takes one away."""
    require(can_moderate(actor, round))
    for activity, times in wanted.items():
        set_window(round, activity, *(times or (None, None)))
    _edited(actor, round, now)


def set_hosts(actor: Account, round: Round, hosts: Iterable[Institution], *, now: datetime) -> None:
    require(can_moderate(actor, round))
    round.hosts = list(dict.fromkeys(hosts))
    _edited(actor, round, now)


def add_moderator(actor: Account, round: Round, email: str, *, now: datetime) -> None:
    require(can_moderate(actor, round))
    found = db.session.scalar(select(Account).where(Account.email == email_key(email)))
    if found is None or not found.is_moderator:
        raise Invalid(
            email=say("Zu dieser Adresse gibt es kein Konto mit der Rolle Moderation. Die Administration kann sie vergeben.")
        )
    if found not in round.moderators:
        round.moderators.append(found)
        _edited(actor, round, now)


def remove_moderator(actor: Account, round: Round, account_id: int, *, now: datetime) -> None:
    require(can_moderate(actor, round))
    stay = [m for m in round.moderators if m.id != account_id]
    if not stay:
        raise Invalid(
            email=say("Eine Runde braucht mindestens eine Person, die sie betreut. Tragen Sie zuerst jemand anderen ein.")
        )
    round.moderators = stay
    _edited(actor, round, now)


def publish_round(actor: Account, round: Round, *, now: datetime) -> None:
    require(can_publish(actor, round))
    round.status, round.published_at = Status.PUBLISHED, now
    record("round.published", round, actor=actor, round_id=round.id, now=now, title=round.title)


def archive_round(actor: Account, round: Round, *, now: datetime) -> None:
    """Closes every window for good; everything stays readable."""
    require(can_archive(actor, round))
    round.status, round.archived_at = Status.ARCHIVED, now
    record("round.archived", round, actor=actor, round_id=round.id, now=now, title=round.title)


def shift(windows: Sequence[Any], *, now: datetime) -> timedelta:
    """By how many whole weeks the windows move so that the next edition begins in one to two weeks."""
    first = min(local(w.opens_at).date() for w in windows)
    earliest: date = today(now) + timedelta(days=7)
    weeks = -((first - earliest).days // 7)
    return timedelta(weeks=max(0, weeks))


def moved(moment: datetime | None, by: timedelta) -> datetime | None:
    """Later by whole days on the wall clock: 18:00 stays 18:00 across the change of the clocks."""
    if moment is None:
        return None
    there = local(moment).replace(tzinfo=None) + by
    try:
        return utc(there)
    except MissingHour:
        return utc(there + timedelta(hours=1))


def copy_round(actor: Account, round: Round, title: str, *, now: datetime) -> Round:
    """The next edition: the same settings and hosts, windows moved by whole weeks, linked to this one. Its ballots are for `ballots`."""
    require(can_moderate(actor, round))
    copied = _new(actor, round.preset, title, "", {name: getattr(round, name) for name in SETTINGS}, now)
    copied.hosts, copied.previous_id, copied.example = list(round.hosts), round.id, round.example
    by = shift(round.windows, now=now) if round.windows else timedelta()
    for window in round.windows:
        if window.activity != Activity.VOTE:
            set_window(copied, window.activity, moved(window.opens_at, by), moved(window.closes_at, by))
    return copied


def register(actor: Account, round: Round, *, now: datetime) -> None:
    """Takes part in a round with a join window. Twice is once."""
    require(can_act(actor, round, Activity.JOIN, registered=False, now=now))
    row = insert(Registration).values(round_id=round.id, account_id=actor.id, joined_at=now)
    if db.session.scalar(row.on_conflict_do_nothing().returning(Registration.account_id)) is not None:
        record("registration.joined", round, actor=actor, round_id=round.id, now=now, title=round.title)


def leave(actor: Account, round: Round, *, now: datetime) -> None:
    """Nobody needs a reason or a window to leave. What was written stays."""
    if registered(actor.id, round.id):
        db.session.execute(delete(Registration).where(Registration.round_id == round.id, Registration.account_id == actor.id))
        record("registration.left", round, actor=actor, round_id=round.id, now=now, title=round.title)


def add_event(actor: Account, round: Round, plan: Plan, *, now: datetime) -> Event:
    """An event of the round; who follows the round is told."""
    require(can_moderate(actor, round))
    return create_event(actor, plan, lambda event: _link(round, event), round_id=round.id, now=now)


def import_round_event(actor: Account, round: Round, plan: Plan, *, now: datetime) -> Event:
    require(can_import(actor))
    return import_event(actor, plan, lambda event: _link(round, event), now=now)


def _link(round: Round, event: Event) -> None:
    db.session.add(RoundEvent(round_id=round.id, event_id=event.id))


def import_round(
    actor: Account,
    *,
    slug: str,
    title: str,
    period_text: str = "",
    windows: Sequence[Span] = (),
    hosts: Sequence[Institution] = (),
    previous: Round | None = None,
    published_at: datetime | None = None,
    now: datetime,
    **settings: Any,
) -> Round:
    """A round that took place elsewhere: public at once, nobody is told. `published_at` is when it was, as far as is known: lists go by it."""
    require(can_import(actor))
    made = _new(actor, settings.pop("preset", "collection"), title, slug, settings, now)
    made.status, made.published_at, made.period_text = Status.PUBLISHED, published_at or now, single_line(period_text)
    made.hosts, made.previous_id = list(hosts), previous.id if previous else None
    for span in windows:
        set_window(made, span.activity, span.opens_at, span.closes_at)
    record("round.imported", made, actor=actor, round_id=made.id, now=now, title=made.title)
    return made
