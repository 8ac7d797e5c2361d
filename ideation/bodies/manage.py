from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.bodies.actions import create_body, give_seat, remove_body, take_seat, update_body
from ideation.bodies.forms import BodyForm, SeatForm
from ideation.bodies.models import Body
from ideation.bodies.policy import can_edit_bodies
from ideation.bodies.queries import bodies_listed, body_or_404, seat_or_404
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.paging import page_number
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, require
from ideation.institutions.queries import all_names, institution_called

pages = staff_pages("bodies_manage", __name__)


@pages.get("/bodies")
def index() -> ResponseReturnValue:
    require(can_edit_bodies(person()))
    return _index(BodyForm())


@pages.post("/bodies")
def create() -> ResponseReturnValue:
    require(can_edit_bodies(person()))
    form = BodyForm()
    try:
        if form.validate():
            body = create_body(person(), **form.content(), now=now())
            return respond(
                url_for(".edit", id=body.id), message=say("Das Gremium ist angelegt. Nun können Sie die Mitglieder eintragen.")
            )
    except Invalid as invalid:
        form.take(invalid)
    return _index(form), 422


@pages.get("/bodies/<int:id>/edit")
def edit(id: int) -> ResponseReturnValue:
    require(can_edit_bodies(person()))
    body = body_or_404(id)
    return _edit(body, BodyForm(data=BodyForm.values(body)), SeatForm())


@pages.post("/bodies/<int:id>")
def update(id: int) -> ResponseReturnValue:
    require(can_edit_bodies(person()))
    body, form = body_or_404(id), BodyForm()
    try:
        if form.validate():
            update_body(person(), body, **form.content(), now=now())
            return respond(url_for(".edit", id=id), message=say("Die Änderungen sind gespeichert."))
    except Invalid as invalid:
        form.take(invalid)
    return _edit(body, form, SeatForm(None)), 422


@pages.post("/bodies/<int:id>/removal")
def delete(id: int) -> ResponseReturnValue:
    require(can_edit_bodies(person()))
    body = body_or_404(id)
    try:
        remove_body(person(), body, now=now())
    except Invalid as invalid:
        form = BodyForm(None, data=BodyForm.values(body))
        form.take(invalid)
        return _edit(body, form, SeatForm(None)), 422
    return respond(url_for(".index"), message=say("Das Gremium ist entfernt."))


@pages.post("/bodies/<int:id>/seats")
def give(id: int) -> ResponseReturnValue:
    require(can_edit_bodies(person()))
    body, form = body_or_404(id), SeatForm()
    try:
        if form.validate():
            institution = institution_called(form.institution.data)
            if institution is None:
                raise Invalid(institution=say("Diese Institution kennen wir nicht. Bitte wählen Sie eine aus der Liste."))
            give_seat(person(), body, institution, **form.term(), now=now())
            return respond(url_for(".edit", id=id), message=say("„%(name)s“ ist Mitglied.", name=institution.name))
    except Invalid as invalid:
        form.take(invalid)
    return _edit(body, BodyForm(None, data=BodyForm.values(body)), form), 422


@pages.post("/bodies/<int:id>/seats/<int:seat_id>/removal")
def take(id: int, seat_id: int) -> ResponseReturnValue:
    require(can_edit_bodies(person()))
    body = body_or_404(id)
    take_seat(person(), body, seat_or_404(body, seat_id), now=now())
    return respond(url_for(".edit", id=id), message=say("Der Eintrag ist entfernt."))


def _index(form: BodyForm) -> str:
    return render_template("bodies/manage.html", form=form, bodies=bodies_listed(page_number(request.args.get("page"))))


def _edit(body: Body, form: BodyForm, seat_form: SeatForm) -> str:
    return render_template("bodies/edit.html", body=body, form=form, seat_form=seat_form, names=all_names())
