from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.accounts.policy import can_moderate
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, require
from ideation.labs.actions import create_lab, take_into_lab, update_lab
from ideation.labs.forms import LabForm, NewLabForm, OriginsForm
from ideation.labs.models import Lab
from ideation.labs.policy import can_look_after, can_take
from ideation.labs.queries import ideas_without_lab, lab_or_404, labs_looked_after, rounds_of, waiting_selections, winners_or_404
from ideation.labs.rules import STAGES

pages = staff_pages("labs_manage", __name__)


@pages.get("/labs")
def index() -> ResponseReturnValue:
    require(can_moderate(person()))
    labs, waiting = labs_looked_after(person()), waiting_selections(person())
    return render_template("labs/manage_index.html", labs=labs, waiting=waiting, stages=STAGES)


def _new_form() -> NewLabForm:
    """The form for the selection that the address names."""
    winners = winners_or_404(request.args.get("selection", 0, type=int) % 2**31)
    require(can_take(person(), [winners.selection.round]))
    return NewLabForm(winners)


@pages.get("/labs/new")
def new() -> ResponseReturnValue:
    return render_template("labs/new.html", form=_new_form())


@pages.post("/labs")
def create() -> ResponseReturnValue:
    form = _new_form()
    if not form.validate():
        return render_template("labs/new.html", form=form), 422
    try:
        lab = create_lab(person(), form.text(), **form.origins(), slug=form.slug.data, now=now())
    except Invalid as error:
        return render_template("labs/new.html", form=_with(form, error)), 422
    done = say("Das Projektlabor ist angelegt. Wer die Ideen geschrieben hat oder ihnen folgt, wird benachrichtigt.")
    return respond(url_for("labs.show", slug=lab.slug), message=done)


def _with(form: LabForm, error: Invalid) -> LabForm:
    for name, sentence in error.faults.items():
        form[name if name in form else "title"].errors = [sentence]
    return form


def _edit(lab: Lab, form: LabForm, more: OriginsForm | None = None) -> str:
    more = more or OriginsForm(ideas_without_lab(person()), formdata=None)
    return render_template("labs/edit.html", lab=lab, form=form, more=more)


def _mine(slug: str) -> Lab:
    lab = lab_or_404(slug)
    require(can_look_after(person(), lab, rounds_of(lab)))
    return lab


@pages.get("/labs/<slug:slug>/edit")
def edit(slug: str) -> ResponseReturnValue:
    lab = _mine(slug)
    return _edit(lab, LabForm(data=LabForm.values(lab)))


@pages.post("/labs/<slug:slug>")
def update(slug: str) -> ResponseReturnValue:
    lab, form = _mine(slug), LabForm()
    if not form.validate():
        return _edit(lab, form), 422
    try:
        update_lab(person(), lab, form.text(), now=now())
    except Invalid as error:
        return _edit(lab, _with(form, error)), 422
    return respond(url_for("labs.show", slug=slug), message=say("Die Änderungen sind gespeichert."))


@pages.post("/labs/<slug:slug>/origins")
def take(slug: str) -> ResponseReturnValue:
    lab, ideas = _mine(slug), ideas_without_lab(person())
    form = OriginsForm(ideas)
    if not form.validate():
        return _edit(lab, LabForm(None, data=LabForm.values(lab)), form), 422
    take_into_lab(person(), lab, form.chosen(ideas), now=now())
    return respond(url_for("labs.show", slug=slug), message=say("Die Ideen sind ins Projektlabor aufgenommen."))
