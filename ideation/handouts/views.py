import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import let_go, person, signed_in
from ideation.core.download import download
from ideation.core.i18n import current_locale, moment, stretch
from ideation.core.sentence import say
from ideation.core.typeset import pdf
from ideation.core.verdict import require
from ideation.handouts.queries import ATTENDANCE, LEAFLET, attendance, leaflet
from ideation.handouts.rules import Sitting
from ideation.labs.models import Lab
from ideation.labs.queries import lab_or_404
from ideation.meetings.models import Meeting
from ideation.meetings.queries import meetings_of
from ideation.members.queries import standing

pages = Blueprint("handouts", __name__)


@pages.get("/labs/<slug:slug>/handouts")
@signed_in
def show(slug: str) -> ResponseReturnValue:
    here = standing(person(), slug)
    require(here.works)
    return render_template("handouts/show.html", **here.shown(), sittings=_sittings(here.lab))


@pages.get("/labs/<slug:slug>/invitation.pdf", endpoint="leaflet")
def invitation(slug: str) -> ResponseReturnValue:
    """For everybody: it names institutions, no person."""
    lab = lab_or_404(slug)
    data = leaflet(lab, _site(), list(_sittings(lab).values()))
    return _file("handouts/leaflet.typ", data, f"{LEAFLET}: {lab.title}", f"einladung-{slug}.pdf", private=False)


@pages.get("/labs/<slug:slug>/attendance.pdf", endpoint="attendance")
@signed_in
def sheet(slug: str) -> ResponseReturnValue:
    """`meeting`: the number of the one it is for; without it the sheet has a line for the date."""
    here = standing(person(), slug)
    require(here.works)
    sitting = _sittings(here.lab).get(request.args.get("meeting", 0, type=int))
    data = attendance(here.lab, _site(), sitting, inside=bool(here.leads))
    return _file("handouts/attendance.typ", data, f"{ATTENDANCE}: {here.lab.title}", f"anwesenheit-{slug}.pdf", private=True)


def _sittings(lab: Lab) -> dict[int, Sitting]:
    """The meetings that take place, by number, as the sheets say them."""
    return {meeting.number: _sitting(meeting) for meeting in meetings_of(lab) if not meeting.event.is_cancelled}


def _sitting(meeting: Meeting) -> Sitting:
    event = meeting.event
    when = stretch(event.starts_at, event.ends_at) if event.ends_at else moment(event.starts_at)
    if meeting.optional:
        when = str(say("%(when)s (%(note)s)", when=when, note=say("optional")))
    return Sitting(str(say("%(n)s. Treffen", n=meeting.number)), when, event.where)


def _site() -> str:
    return str(current_app.config["SITE_NAME"])


def _file(template: str, data: Mapping[str, Any], title: str, name: str, *, private: bool) -> Response:
    told = json.dumps(data, ensure_ascii=False, sort_keys=True)
    # Nothing is left to read, and nobody's transaction has to wait for the press.
    let_go()
    document = (_printed if private else _kept)(template, told, current_locale(), title)
    response = download(document, "application/pdf", name)
    if private:
        response.headers["Cache-Control"] = "no-store"
    return response


def _printed(template: str, data: str, language: str, title: str) -> bytes:
    return pdf(template, json.loads(data), language=language, title=title)


# A leaflet that did not change is not printed again. Sheets with names are kept nowhere.
_kept = lru_cache(32)(_printed)
