from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Exists, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import defer, joinedload, selectinload

from ideation.accounts.models import Account
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.sentence import Message, say
from ideation.core.verdict import NotFound
from ideation.events.models import Event
from ideation.events.policy import Belonging
from ideation.events.queries import register_home
from ideation.rounds.models import Registration, Round, RoundEvent, RoundHost, RoundModerator, RoundSlug, RoundWindow
from ideation.rounds.policy import can_see
from ideation.rounds.rules import Standing, Status, Stretch, open_window, phase, standing, stretches

# Few rows each: one statement for all of them is the cheapest.
WHOLE = (joinedload(Round.windows), joinedload(Round.hosts), joinedload(Round.moderators))


class Moved(Exception):
    """The round has a new address; the old one leads there."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


def round_or_404(viewer: Account | None, slug: str) -> Round:
    """With windows, hosts and moderators. A draft is there for its moderators only."""
    return round_and_registration(viewer, slug)[0]


def round_and_registration(viewer: Account | None, slug: str) -> tuple[Round, bool]:
    """The round, and whether the viewer is registered for it. One statement for both."""
    has = _registered(viewer.id, Round.id) if viewer else false()
    found = db.session.execute(select(Round, has).where(Round.slug == slug).options(*WHOLE)).unique().one_or_none()
    if found is None:
        newer = db.session.scalar(select(Round.slug).join(RoundSlug, RoundSlug.round_id == Round.id).where(RoundSlug.slug == slug))
        if newer is not None:
            raise Moved(newer)
    if found is None or not can_see(viewer, found[0]):
        raise NotFound
    return found[0], bool(found[1])


def _registered(account_id: int, round_id: Any) -> Exists:
    return exists().where(Registration.account_id == account_id, Registration.round_id == round_id)


def registered(account_id: int | None, round_id: int) -> bool:
    return account_id is not None and bool(db.session.scalar(select(_registered(account_id, round_id))))


PHASES: dict[str, Message] = {
    "vote": say("Abstimmung läuft"),
    "idea": say("Ideen gesucht"),
    "challenge": say("Fragen gesucht"),
    "join": say("Anmeldung läuft"),
    "comment": say("Diskussion läuft"),
    "between": say("Pause bis zum nächsten Schritt"),
}


@dataclass(frozen=True, slots=True)
class Glance:
    """A round in a few words: what is going on, how long, and its line. `tone` is that of components/status.html."""

    round: Round
    standing: Standing
    word: Message
    tone: str
    closes_at: datetime | None
    opens_at: datetime | None
    line: list[Stretch]

    @property
    def begins(self) -> datetime | None:
        return min((s.opens_at for s in self.line), default=None)

    @property
    def ends(self) -> datetime | None:
        """None also while something in the round has no end."""
        ends = [s.closes_at for s in self.line]
        return None if None in ends else max((end for end in ends if end is not None), default=None)


def glance(round: Round, now: datetime) -> Glance:
    """The round's windows are loaded; no query."""
    where, line = standing(round.windows, round.status, now), stretches(round.windows, now)
    if where is Standing.PAST:
        return Glance(round, where, say("Abgeschlossen"), "quiet", None, None, line)
    opening = min((s.opens_at for s in line if s.opens_at > now), default=None)
    if where is Standing.COMING:
        return Glance(round, where, say("Beginnt bald"), "wait", None, opening, line)
    name = phase(round.windows, now)
    window = open_window(round.windows, name, now)
    return Glance(round, where, PHASES[name], "open" if window else "wait", window.closes_at if window else None, opening, line)


@dataclass(frozen=True, slots=True)
class Listed:
    open: list[Round]
    coming: list[Round]


def _alive(now: datetime) -> object:
    """Something is open or still to come."""
    ahead = or_(RoundWindow.closes_at.is_(None), RoundWindow.closes_at > now)
    return and_(Round.status == Status.PUBLISHED, exists().where(RoundWindow.round_id == Round.id, ahead))


def rounds_listed(now: datetime) -> Listed:
    """The rounds that are open or coming, with their windows; what ends or begins soonest comes first."""
    query = select(Round).where(_alive(now)).options(joinedload(Round.windows), defer(Round.about)).order_by(Round.id.desc())
    found: dict[Standing, list[Round]] = {each: [] for each in Standing}
    for round_ in db.session.scalars(query.limit(200)).unique():
        found[standing(round_.windows, round_.status, now)].append(round_)
    far = datetime.max.replace(tzinfo=now.tzinfo)
    return Listed(
        sorted(
            found[Standing.OPEN],
            key=lambda r: min((w.closes_at for w in r.windows if w.closes_at and w.closes_at > now), default=far),
        ),
        sorted(found[Standing.COMING], key=lambda r: min(w.opens_at for w in r.windows)),
    )


def rounds_past(now: datetime, number: int = 1, size: int = PAGE_SIZE) -> Page[Round]:
    """Over, the latest first. Imported rounds without windows stand where they were published."""
    over = and_(Round.status != Status.DRAFT, ~_alive(now))  # type: ignore[operator]
    ended = select(func.max(RoundWindow.closes_at)).where(RoundWindow.round_id == Round.id).scalar_subquery()
    query = (
        select(Round)
        .where(over)
        .options(selectinload(Round.windows), defer(Round.about))
        .order_by(func.coalesce(ended, Round.published_at).desc(), Round.id.desc())
        .limit(size)
        .offset((number - 1) * size)
    )
    total = db.session.scalar(select(func.count()).select_from(Round).where(over)) or 0
    return Page(list(db.session.scalars(query)), number, total, size)


def rounds_of(account: Account) -> list[Round]:
    """What somebody may edit, newest first: admins everything."""
    query = select(Round).options(selectinload(Round.windows), defer(Round.about)).order_by(Round.id.desc())
    if not account.is_admin:
        query = query.join(RoundModerator, RoundModerator.round_id == Round.id).where(RoundModerator.account_id == account.id)
    return list(db.session.scalars(query.limit(500)))


def slug_is_free(slug: str, but: int | None = None) -> bool:
    """Neither in use nor the former address of another round."""
    used = exists().where(Round.slug == slug, Round.id != (but or 0))
    was = exists().where(RoundSlug.slug == slug, RoundSlug.round_id != (but or 0))
    return not db.session.scalar(select(or_(used, was)))


def rounds_hosted_by(institution_id: int) -> list[Round]:
    """The public rounds an institution hosts, the latest first; without their parts."""
    query = select(Round).join(RoundHost, RoundHost.round_id == Round.id).where(RoundHost.institution_id == institution_id)
    return list(
        db.session.scalars(query.where(Round.status != "draft").order_by(Round.published_at.desc(), Round.id.desc()).limit(100))
    )


def events_in(round: Round) -> Select[tuple[int]]:
    """The ids of its events."""
    return select(RoundEvent.event_id).where(RoundEvent.round_id == round.id)


class _EventsOfRounds:
    """What events know of rounds."""

    def hidden(self) -> ColumnElement[bool]:
        drafts = select(RoundEvent.event_id).join(Round, Round.id == RoundEvent.round_id).where(Round.status == Status.DRAFT)
        return Event.id.in_(drafts)

    def looked_after(self, account: Account) -> ColumnElement[bool]:
        mine = RoundModerator.account_id == account.id
        own = select(RoundEvent.event_id).join(RoundModerator, RoundModerator.round_id == RoundEvent.round_id).where(mine)
        return Event.id.in_(own)

    def belongings(self, account: Account | None, event_ids: Sequence[int]) -> Iterator[tuple[int, Belonging]]:
        moderator = account.id if account is not None and account.is_moderator else 0
        mine = exists().where(RoundModerator.round_id == Round.id, RoundModerator.account_id == moderator)
        columns = RoundEvent.event_id, Round.title, Round.lang, Round.slug, Round.status, mine
        query = select(*columns).join(Round, Round.id == RoundEvent.round_id).where(RoundEvent.event_id.in_(event_ids))
        for event_id, title, lang, slug, status, own in db.session.execute(query.order_by(Round.id)):
            yield event_id, Belonging("round", title, lang, "rounds.show", status != Status.DRAFT, bool(own), {"slug": slug})


register_home(_EventsOfRounds())
