from datetime import datetime, timedelta

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from ideation.accounts.guard import network, viewer
from ideation.core.calendar import MIMETYPE, Entry, calendar
from ideation.core.clock import local, now
from ideation.core.htmx import respond
from ideation.core.i18n import current_locale, dated, moment, stretch
from ideation.core.mail import address
from ideation.core.pagecache import until
from ideation.core.paging import page_number
from ideation.core.sentence import say
from ideation.core.text import plain
from ideation.core.typeset import qr
from ideation.core.verdict import NotFound, require
from ideation.events.actions import give_up_seat, reserve_seat
from ideation.events.forms import SeatForm
from ideation.events.models import Event
from ideation.events.policy import can_give_up, can_look_after, can_reserve
from ideation.events.queries import (
    belongings_of,
    event_or_404,
    events_in_calendar,
    events_listed,
    own_seat_or_404,
    seat_counts,
    waiting_place,
)
from ideation.events.rules import SEATS_KEPT, Precision, shown_code
from ideation.labs.queries import lab_or_404
from ideation.meetings.queries import agreements_of, events_of, meeting_at
from ideation.pictures.queries import pictures_of
from ideation.rounds.queries import events_in, round_or_404

pages = Blueprint("events", __name__)


@pages.app_template_filter("when")
def when(event: Event) -> str:
    """The date as far as it is known."""
    if event.precision == Precision.TIME:
        return stretch(event.starts_at, event.ends_at) if event.ends_at else moment(event.starts_at)
    first = local(event.starts_at).date()
    if event.period_text:
        return event.period_text
    if event.ends_at:
        last = local(event.ends_at - timedelta(microseconds=1)).date()
        return str(say("%(begins)s bis %(ends)s", begins=first, ends=last))
    return dated(first, event.precision)


@pages.app_template_filter("where")
def where(event: Event) -> str:
    """The place on one line."""
    return event.where


pages.add_app_template_filter(shown_code, "seat_code")


def edges(event: Event, moment: datetime) -> None:
    """When its page looks different without anybody doing anything."""
    for edge in (event.seats_close_at, event.starts_at, event.over_at):
        if edge > moment:
            until(edge)


@pages.get("/events")
def index() -> ResponseReturnValue:
    """`round` shows those of one round, `when=past` what is over."""
    moment, past = now(), request.args.get("when") == "past"
    slug = request.args.get("round", "")
    round = round_or_404(viewer(), slug) if slug else None
    found = events_listed(moment, page_number(request.args.get("page")), past=past, of=events_in(round) if round else None)
    for event in found.items:
        edges(event, moment)
    belongings = belongings_of(viewer(), [event.id for event in found.items])
    asked = {name: value for name, value in (("round", round and round.slug), ("when", "past" if past else "")) if value}
    return render_template("events/index.html", events=found, past=past, round=round, belongings=belongings, asked=asked)


@pages.get("/events/<int:id>")
def show(id: int) -> ResponseReturnValue:
    moment, asking, found = now(), viewer(), event_or_404(viewer(), id)
    event = found.event
    edges(event, moment)
    meeting = meeting_at(id) if any(home.kind == "lab" for home in found.belongings) else None
    return render_template(
        "events/show.html",
        meeting=meeting,
        agreements=agreements_of(meeting) if meeting and event.minutes_at else [],
        event=event,
        belongings=found.belongings,
        counts=seat_counts([id])[id],
        may_reserve=can_reserve(event, now=moment),
        may_edit=asking is not None and asking.is_moderator and can_look_after(asking, found.belongings),
        over=moment >= event.over_at,
        pictures=pictures_of(event),
    )


@pages.get("/events/<int:id>/seats/new")
def new_seat(id: int) -> ResponseReturnValue:
    """A page of its own, since its form needs a cookie."""
    event, account = event_or_404(viewer(), id).event, viewer()
    require(can_reserve(event, now=now()))
    return _seat_form(event, SeatForm(data={"email": account.email} if account else None))


def _seat_form(event: Event, form: SeatForm) -> str:
    counts, days = seat_counts([event.id])[event.id], SEATS_KEPT.days
    return render_template("events/new_seat.html", event=event, form=form, counts=counts, days=days)


@pages.post("/events/<int:id>/seats")
def create_seat(id: int) -> ResponseReturnValue:
    event, form = event_or_404(viewer(), id).event, SeatForm()
    if not form.validate():
        return _seat_form(event, form), 422
    reserve_seat(id, form.name.data or "", form.email.data or "", locale=current_locale(), network=network(), now=now())
    return respond(url_for(".sent", id=id))


@pages.get("/events/<int:id>/seats/sent")
def sent(id: int) -> ResponseReturnValue:
    """The same for everybody: only the mail tells whether it is a seat, the waiting list, or was one already."""
    return render_template("events/sent.html", event=event_or_404(viewer(), id).event)


@pages.get("/seats/<token>")
def seat(token: str) -> ResponseReturnValue:
    """Opening the link changes nothing: mail scanners open every link."""
    mine, moment = own_seat_or_404(token), now()
    way = address("events_manage.seat", current_locale(), code=mine.code)
    page = render_template(
        "events/seat.html",
        seat=mine,
        event=mine.event,
        token=token,
        place=waiting_place(mine) if mine.status == "waiting" else 0,
        picture=Markup(qr(way)),  # noqa: S704
        may=can_give_up(mine.event, mine, now=moment),
    )
    return page, {"Cache-Control": "no-store"}


@pages.post("/seats/<token>")
def give_up(token: str) -> ResponseReturnValue:
    give_up_seat(own_seat_or_404(token), now=now())
    done = say("Abgesagt. Ihr Name und Ihre Adresse sind gelöscht.")
    return respond(url_for(".seat", token=token), message=done)


def entry(event: Event) -> Entry:
    """An event as a calendar keeps it: nothing finer than what is known."""
    timed, page = event.precision == Precision.TIME, address("events.show", current_locale(), id=event.id)
    first, last = local(event.starts_at).date(), local(event.over_at - timedelta(microseconds=1)).date()
    about = [plain(event.description)[:1_000], event.access, event.online_url, page]
    return Entry(
        uid=event.uid,
        title=event.title,
        begins=event.starts_at if timed else first,
        ends=event.ends_at if timed else last + timedelta(days=1),
        changed_at=event.changed_at.replace(microsecond=0),
        sequence=event.sequence,
        cancelled=event.is_cancelled,
        description="\n\n".join(part for part in about if part),
        location=where(event),
        url=page,
    )


def _file(name: str, events: list[Event], file: str) -> Response:
    answer = Response(calendar(name, map(entry, events), current_locale()), mimetype=MIMETYPE)
    answer.headers["Content-Disposition"] = f"inline; filename={file}.ics"
    return answer


@pages.get("/events/<int:id>.ics")
def one_calendar(id: int) -> ResponseReturnValue:
    event = event_or_404(viewer(), id).event
    if event.precision not in {Precision.TIME, Precision.DAY}:
        raise NotFound
    return _file(event.title, [event], f"event-{id}")


@pages.get("/rounds/<slug:slug>/calendar.ics")
def round_calendar(slug: str) -> ResponseReturnValue:
    round = round_or_404(viewer(), slug)
    return _file(round.title, events_in_calendar(events_in(round)), round.slug)


@pages.get("/labs/<slug:slug>/calendar.ics")
def lab_calendar(slug: str) -> ResponseReturnValue:
    lab = lab_or_404(slug)
    return _file(lab.title, events_in_calendar(events_of(lab)), lab.slug)


@pages.get("/calendar.ics")
def whole_calendar() -> ResponseReturnValue:
    return _file(current_app.config["SITE_NAME"], events_in_calendar(), "calendar")
