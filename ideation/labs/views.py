from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in, viewer
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.paging import page_number
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, require
from ideation.journeys.queries import of_lab
from ideation.labs.actions import move_lab
from ideation.labs.forms import MoveForm
from ideation.labs.models import Lab
from ideation.labs.policy import can_facilitate, can_look_after, can_move, can_work
from ideation.labs.queries import lab_or_404, labs_listed, membership, rounds_of, sources
from ideation.labs.rules import STAGES, TOLD, Stage, Status, moves_from
from ideation.meetings.queries import meetings_of, present_counts
from ideation.members.policy import can_join
from ideation.members.queries import crew_of
from ideation.pictures.queries import pictures_of

pages = Blueprint("labs", __name__)


@pages.app_template_filter("stage")
def stage(status: str) -> Stage:
    """How a status is said, wherever a lab is shown."""
    return STAGES[Status(status)]


@pages.get("/labs")
def index() -> ResponseReturnValue:
    return render_template("labs/index.html", labs=labs_listed(page_number(request.args.get("page"))))


@pages.get("/labs/<slug:slug>")
def show(slug: str) -> ResponseReturnValue:
    lab, asking = lab_or_404(slug), viewer()
    member, rounds = membership(asking, lab.id), rounds_of(lab) if asking is not None and asking.is_moderator else []
    crew = crew_of(lab)
    return render_template(
        "labs/show.html", lab=lab, stage=stage(lab.status), sources=sources(lab), journey=of_lab(lab, asking, now()), crew=crew, pictures=pictures_of(lab), meetings=meetings_of(lab), there=present_counts(lab),
        member=member, may_join=can_join(lab, member, crew.total), may_work=can_work(asking, lab, member, rounds),
        may_edit=asking is not None and asking.is_moderator and can_look_after(asking, lab, rounds),
    )  # fmt: skip


def _moves(lab: Lab, form: MoveForm | None = None) -> str:
    member, rounds = membership(person(), lab.id), rounds_of(lab)
    require(can_facilitate(person(), lab, member, rounds))
    steps = [(move, can_move(person(), lab, move.end, member=member, rounds=rounds)) for move in moves_from(lab.status)]
    form = form or MoveForm(formdata=None)
    return render_template("labs/moves.html", lab=lab, own=member, leads=True, steps=steps, stages=STAGES, told=TOLD, form=form)


@pages.get("/labs/<slug:slug>/status")
@signed_in
def moves(slug: str) -> ResponseReturnValue:
    return _moves(lab_or_404(slug))


@pages.post("/labs/<slug:slug>/status")
@signed_in
def move(slug: str) -> ResponseReturnValue:
    lab, form, wanted = lab_or_404(slug), MoveForm(), request.form.get("status", "")
    if wanted not in list(Status):
        abort(400)
    try:
        move_lab(person(), lab, Status(wanted), form.reason.data or "", now=now())
    except Invalid as error:
        form.reason.errors = [error.faults["reason"]]
        return _moves(lab, form), 422
    done = say("Das Projektlabor steht jetzt auf „%(word)s“.", word=STAGES[Status(wanted)].word)
    return respond(url_for("labs.show", slug=slug), message=done)
