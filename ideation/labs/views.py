from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import viewer
from ideation.core.clock import now
from ideation.core.paging import page_number
from ideation.journeys.queries import of_lab
from ideation.labs.policy import can_look_after
from ideation.labs.queries import lab_or_404, labs_listed, rounds_of, sources
from ideation.labs.rules import STAGES, Stage, Status
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
    return render_template(
        "labs/show.html",
        lab=lab,
        stage=stage(lab.status),
        sources=sources(lab),
        journey=of_lab(lab, asking, now()),
        pictures=pictures_of(lab),
        may_edit=asking is not None and asking.is_moderator and can_look_after(asking, lab, rounds_of(lab)),
    )
