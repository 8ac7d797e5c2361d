from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in
from ideation.applications.actions import apply, withdraw_application
from ideation.applications.forms import ApplicationForm
from ideation.applications.policy import can_apply, can_withdraw
from ideation.applications.queries import own_application_or_404, own_applications, waiting_of
from ideation.applications.rules import STATES
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.paging import page_number
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, require

pages = Blueprint("applications", __name__)


@pages.app_context_processor
def words() -> dict[str, Any]:
    return {"application_states": STATES}


@pages.get("/institutions/applications")
@signed_in
def index() -> ResponseReturnValue:
    found = own_applications(person().id, page_number(request.args.get("page")))
    return render_template("applications/index.html", found=found)


@pages.get("/institutions/applications/new")
@signed_in
def new() -> ResponseReturnValue:
    require(can_apply(person(), waiting=len(waiting_of(person().id))))
    return render_template("applications/new.html", form=ApplicationForm())


@pages.post("/institutions/applications")
@signed_in
def create() -> ResponseReturnValue:
    form = ApplicationForm()
    try:
        if form.validate():
            made = apply(person(), form.content(), now=now())
            return respond(url_for(".show", id=made.id), message=say("Ihre Anfrage ist bei der Moderation."))
    except Invalid as invalid:
        form.take(invalid)
    return render_template("applications/new.html", form=form), 422


@pages.get("/institutions/applications/<int:id>")
@signed_in
def show(id: int) -> ResponseReturnValue:
    application = own_application_or_404(person(), id)
    return render_template("applications/show.html", application=application, may_withdraw=can_withdraw(person(), application))


@pages.post("/institutions/applications/<int:id>/withdrawal")
@signed_in
def withdraw(id: int) -> ResponseReturnValue:
    application = own_application_or_404(person(), id)
    withdraw_application(person(), application, now=now())
    return respond(url_for(".show", id=id), message=say("Ihre Anfrage ist zurückgezogen."))
