from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.applications.actions import accept_application, decline_application
from ideation.applications.forms import AcceptForm, DeclineForm
from ideation.applications.models import Application
from ideation.applications.policy import can_decide
from ideation.applications.queries import application_or_404, applications_listed
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.paging import page_number
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, require
from ideation.institutions.policy import can_edit_institutions
from ideation.institutions.queries import all_names, institution_called

pages = staff_pages("applications_manage", __name__)


@pages.get("/applications")
def index() -> ResponseReturnValue:
    require(can_edit_institutions(person()))
    decided = request.args.get("decided") == "1"
    found = applications_listed(waiting=not decided, number=page_number(request.args.get("page")))
    return render_template("applications/manage.html", found=found, decided=decided)


@pages.get("/applications/<int:id>")
def show(id: int) -> ResponseReturnValue:
    require(can_edit_institutions(person()))
    application = application_or_404(id)
    there = institution_called(application.name)
    return _page(application, AcceptForm(data={"existing": there.name if there else ""}), DeclineForm())


@pages.post("/applications/<int:id>/acceptance")
def accept(id: int) -> ResponseReturnValue:
    require(can_edit_institutions(person()))
    application, form = application_or_404(id), AcceptForm()
    try:
        if form.validate():
            made = accept_application(person(), application, form.existing.data, now=now())
            return respond(
                url_for("institutions.show", id=made.id), message=say("Angenommen. Wer gefragt hat, bekommt eine Nachricht.")
            )
    except Invalid as invalid:
        form.take(invalid)
    return _page(application, form, DeclineForm(None)), 422


@pages.post("/applications/<int:id>/refusal")
def decline(id: int) -> ResponseReturnValue:
    require(can_edit_institutions(person()))
    application, form = application_or_404(id), DeclineForm()
    try:
        if form.validate():
            decline_application(person(), application, form.reason.data, now=now())
            return respond(url_for(".index"), message=say("Abgelehnt. Wer gefragt hat, liest die Begründung."))
    except Invalid as invalid:
        form.take(invalid)
    return _page(application, AcceptForm(None), form), 422


def _page(application: Application, accepting: AcceptForm, declining: DeclineForm) -> str:
    may = can_decide(person(), application)
    return render_template(
        "applications/decide.html",
        application=application,
        may=may,
        accepting=accepting,
        declining=declining,
        names=all_names() if may else (),
    )
