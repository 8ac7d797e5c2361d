from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.accounts.policy import can_moderate
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.paging import page_number
from ideation.core.sentence import Message, say
from ideation.core.text import single_line
from ideation.core.verdict import Invalid, require
from ideation.events.actions import cancel_event, check_in, create_event, remove_seat, update_event, write_minutes
from ideation.events.forms import CallOffForm, EventForm, MinutesForm, NewEventForm
from ideation.events.models import Event, Seat
from ideation.events.policy import Belonging, can_cancel, can_check_in, can_give_up, can_look_after
from ideation.events.queries import (
    Found,
    belongings_of,
    event_or_404,
    events_looked_after,
    seat_by_code_or_404,
    seat_counts,
    seats_listed,
)
from ideation.rounds.actions import add_event
from ideation.rounds.queries import round_or_404, rounds_of

pages = staff_pages("events_manage", __name__)


def mine(id: int) -> Found:
    found = event_or_404(person(), id)
    require(can_look_after(person(), found.belongings))
    return found


def saved(id: int, message: Message) -> ResponseReturnValue:
    return respond(url_for("events.show", id=id), message=message)


@pages.get("/events")
def index() -> ResponseReturnValue:
    require(can_moderate(person()))
    found = events_looked_after(person(), page_number(request.args.get("page")))
    ids = [event.id for event in found.items]
    return render_template(
        "events/manage_index.html", events=found, belongings=belongings_of(person(), ids), counts=seat_counts(ids)
    )


def _new_form() -> NewEventForm:
    require(can_moderate(person()))
    return NewEventForm(rounds_of(person()), person().is_admin, data={"round": request.args.get("round", "")})


@pages.get("/events/new")
def new() -> ResponseReturnValue:
    return render_template("events/new.html", form=_new_form())


@pages.post("/events")
def create() -> ResponseReturnValue:
    form = _new_form()
    try:
        if form.validate():
            slug, moment = form.round.data, now()
            if slug:
                event = add_event(person(), round_or_404(person(), slug), form.plan(), now=moment)
            else:
                event = create_event(person(), form.plan(), now=moment)
            return saved(event.id, say("Die Veranstaltung ist angelegt."))
    except Invalid as error:
        form.take(error)
    return render_template("events/new.html", form=form), 422


@pages.get("/events/<int:id>/edit")
def edit(id: int) -> ResponseReturnValue:
    event = mine(id).event
    return _edit(event, EventForm(data=EventForm.values(event)))


def _edit(event: Event, form: EventForm) -> str:
    return render_template("events/edit.html", event=event, form=form, counts=seat_counts([event.id])[event.id])


@pages.post("/events/<int:id>")
def update(id: int) -> ResponseReturnValue:
    found, form = mine(id), EventForm()
    try:
        if form.validate():
            update_event(person(), found.event, found.belongings, form.plan(), now=now())
            return saved(id, say("Die Änderungen sind gespeichert."))
    except Invalid as error:
        form.take(error)
    return _edit(found.event, form), 422


@pages.get("/events/<int:id>/cancellation")
def cancellation(id: int) -> ResponseReturnValue:
    event = mine(id).event
    require(can_cancel(event, now=now()))
    return _cancellation(event, CallOffForm())


def _cancellation(event: Event, form: CallOffForm) -> str:
    return render_template("events/cancellation.html", event=event, form=form, counts=seat_counts([event.id])[event.id])


@pages.post("/events/<int:id>/cancellation")
def cancel(id: int) -> ResponseReturnValue:
    found, form = mine(id), CallOffForm()
    if not form.validate():
        return _cancellation(found.event, form), 422
    cancel_event(person(), found.event, found.belongings, form.reason.data or "", now=now())
    return saved(id, say("Die Veranstaltung ist abgesagt. Alle mit Platz und auf der Warteliste bekommen eine E-Mail."))


@pages.get("/events/<int:id>/minutes")
def minutes(id: int) -> ResponseReturnValue:
    event = mine(id).event
    return render_template("events/minutes.html", event=event, form=MinutesForm(obj=event))


@pages.post("/events/<int:id>/minutes")
def write(id: int) -> ResponseReturnValue:
    """`intent=publish` shows it to everybody, anything else keeps it for the staff."""
    found, form = mine(id), MinutesForm()
    publish = request.form.get("intent") == "publish"
    try:
        if form.validate():
            write_minutes(person(), found.event, found.belongings, form.minutes.data or "", publish=publish, now=now())
            done = (
                say("Das Protokoll ist veröffentlicht.")
                if publish
                else say("Das Protokoll ist gespeichert. Öffentlich ist es nicht.")
            )
            return saved(id, done)
    except Invalid as error:
        form.take(error)
    return render_template("events/minutes.html", event=found.event, form=form), 422


def _seats(id: int, template: str) -> str:
    """Everybody with a seat and on the waiting list; `q` looks for a name or a code."""
    event, q = mine(id).event, single_line(request.args.get("q", ""))[:80]
    found = seats_listed(id, q, page_number(request.args.get("page")))
    return render_template(template, event=event, seats=found, q=q, counts=seat_counts([id])[id])


@pages.get("/events/<int:id>/seats")
def seats(id: int) -> ResponseReturnValue:
    return _seats(id, "events/seats.html")


@pages.get("/events/<int:id>/door")
def door(id: int) -> ResponseReturnValue:
    return _seats(id, "events/door.html")


def _seat(code: str) -> tuple[Seat, list[Belonging]]:
    seat = seat_by_code_or_404(code)
    belongings = belongings_of(person(), [seat.event_id])[seat.event_id]
    require(can_look_after(person(), belongings))
    return seat, belongings


def _at_door(seat: Seat, **more: Any) -> str:
    return url_for(".door", id=seat.event_id, **more)


@pages.get("/seats/<code>")
def seat(code: str) -> ResponseReturnValue:
    """Where the QR code leads: one button, and nothing has changed before it is pressed."""
    seat, _ = _seat(code)
    may = can_check_in(seat.event, seat)
    may_remove = can_give_up(seat.event, seat, now=now())
    return render_template("events/check_in.html", seat=seat, event=seat.event, may=may, may_remove=may_remove)


@pages.post("/seats/<code>")
def check(code: str) -> ResponseReturnValue:
    """`here` = yes or no: a wanted state. `back=door` returns to the list, `q` to its search."""
    seat, belongings = _seat(code)
    here = request.form.get("here") != "no"
    check_in(person(), seat, belongings, here, now=now())
    way = (
        _at_door(seat, q=request.form.get("q") or None) if request.form.get("back") == "door" else url_for(".seat", code=seat.code)
    )
    done = say("%(name)s ist da.", name=seat.name) if here else say("%(name)s ist wieder als nicht da vermerkt.", name=seat.name)
    return respond(way, message=done)


@pages.post("/seats/<code>/removal")
def remove(code: str) -> ResponseReturnValue:
    seat, belongings = _seat(code)
    remove_seat(person(), seat, belongings, now=now())
    return respond(url_for(".seats", id=seat.event_id), message=say("Der Platz ist frei. Die Person bekommt eine E-Mail."))
