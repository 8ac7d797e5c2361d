from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.applications.queries import waiting_count
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.paging import page_number
from ideation.core.sentence import Message, say
from ideation.core.text import single_line
from ideation.core.verdict import Invalid, require
from ideation.institutions.actions import create_institution, merge_institutions, update_institution
from ideation.institutions.forms import InstitutionForm, filters
from ideation.institutions.models import Institution
from ideation.institutions.policy import can_edit_institutions, can_merge
from ideation.institutions.queries import (
    all_names,
    institution_called,
    institution_or_404,
    listing,
    merged_into,
    moving,
)

pages = staff_pages("institutions_manage", __name__)


@pages.get("/institutions")
def index() -> ResponseReturnValue:
    require(can_edit_institutions(person()))
    asked = filters(request.args, page_number(request.args.get("page")))
    kept = {"q": asked.q} if asked.q else {}
    return render_template("institutions/manage.html", found=listing(asked), asked=asked, kept=kept, waiting=waiting_count())


@pages.get("/institutions/new")
def new() -> ResponseReturnValue:
    require(can_edit_institutions(person()))
    return render_template("institutions/new.html", form=InstitutionForm())


@pages.post("/institutions")
def create() -> ResponseReturnValue:
    require(can_edit_institutions(person()))
    form = InstitutionForm()
    try:
        if form.validate():
            made = create_institution(person(), form.content(), now=now())
            return respond(
                url_for("institutions.show", id=made.id), message=say("„%(name)s“ steht im Verzeichnis.", name=made.name)
            )
    except Invalid as invalid:
        form.take(invalid)
    return render_template("institutions/new.html", form=form), 422


@pages.get("/institutions/<int:id>/edit")
def edit(id: int) -> ResponseReturnValue:
    require(can_edit_institutions(person()))
    institution = institution_or_404(id)
    return _edit(institution, InstitutionForm(data=InstitutionForm.values(institution)))


@pages.post("/institutions/<int:id>")
def update(id: int) -> ResponseReturnValue:
    require(can_edit_institutions(person()))
    institution, form = institution_or_404(id), InstitutionForm()
    try:
        if form.validate():
            update_institution(person(), institution, form.content(), now=now())
            return respond(url_for("institutions.show", id=id), message=say("Die Änderungen sind gespeichert."))
    except Invalid as invalid:
        form.take(invalid)
    return _edit(institution, form), 422


@pages.get("/institutions/<int:id>/merging")
def merging(id: int) -> ResponseReturnValue:
    """Asks with which other; with `into` it says what will move."""
    require(can_edit_institutions(person()))
    institution, name = institution_or_404(id), single_line(request.args.get("into", ""))[:200]
    into = institution_called(name) if name else None
    fault = None if into or not name else say("Diese Institution kennen wir nicht. Bitte wählen Sie eine aus der Liste.")
    if into is not None and not (may := can_merge(person(), institution, into)):
        into, fault = None, may.reason
    return _merging(institution, into, name, fault)


@pages.post("/institutions/<int:id>/merging")
def merge(id: int) -> ResponseReturnValue:
    require(can_edit_institutions(person()))
    institution = institution_or_404(id)
    into = institution_called(single_line(request.form.get("into", ""))[:200])
    if into is None:
        fault = say("Diese Institution kennen wir nicht. Bitte wählen Sie eine aus der Liste.")
        return _merging(institution, None, request.form.get("into", ""), fault), 422
    former = institution.name
    merge_institutions(person(), institution, into, now=now())
    done = say("„%(former)s“ ist jetzt ein weiterer Name von „%(name)s“.", former=former, name=into.name)
    return respond(url_for("institutions.show", id=into.id), message=done)


def _edit(institution: Institution, form: InstitutionForm) -> str:
    return render_template("institutions/edit.html", institution=institution, form=form, former=merged_into(institution.id))


def _merging(institution: Institution, into: Institution | None, name: str, fault: Message | None) -> str:
    moves = moving(institution) if into else []
    names = () if into else all_names()
    return render_template(
        "institutions/merging.html", institution=institution, into=into, typed=name, fault=fault, moves=moves, names=names
    )
