from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import viewer
from ideation.bodies.policy import can_edit_bodies
from ideation.bodies.queries import bodies_listed, body_or_404, split
from ideation.core.clock import next_midnight, now, today
from ideation.core.pagecache import until
from ideation.core.paging import page_number

pages = Blueprint("bodies", __name__)


@pages.get("/bodies")
def index() -> ResponseReturnValue:
    return render_template("bodies/index.html", bodies=bodies_listed(page_number(request.args.get("page"))))


@pages.get("/bodies/<int:id>")
def show(id: int) -> ResponseReturnValue:
    body, moment = body_or_404(id), now()
    until(next_midnight(moment))
    seats, former = split(body.seats, today(moment))
    may_edit = viewer() is not None and can_edit_bodies(viewer())
    return render_template("bodies/show.html", body=body, seats=seats, former=former, may_edit=may_edit)
