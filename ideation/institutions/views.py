from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from ideation.accounts.guard import viewer
from ideation.authorships.queries import written_by
from ideation.bodies.queries import seats_of, split
from ideation.core.clock import next_midnight, now, today
from ideation.core.pagecache import until
from ideation.core.paging import page_number
from ideation.institutions.forms import filters
from ideation.institutions.policy import can_edit_institutions
from ideation.institutions.queries import Merged, institution_or_404, listing
from ideation.institutions.rules import KIND_NAMES, SECTOR_NAMES
from ideation.labs.queries import labs_hosted_by
from ideation.rounds.queries import rounds_hosted_by

pages = Blueprint("institutions", __name__)


@pages.app_context_processor
def words() -> dict[str, Any]:
    return {"sector_names": SECTOR_NAMES, "kind_names": KIND_NAMES}


@pages.app_errorhandler(Merged)
def merged(error: Merged) -> ResponseReturnValue:
    """The same page of the institution that goes on; a form is sent again as it was."""
    address = url_for(str(request.endpoint), **{**(request.view_args or {}), "id": error.id})
    if request.query_string:
        address += "?" + request.query_string.decode("ascii", "ignore")
    return redirect(address, 301 if request.method in {"GET", "HEAD"} else 308)


@pages.get("/institutions")
def index() -> ResponseReturnValue:
    asked = filters(request.args, page_number(request.args.get("page")))
    kept = {name: value for name in ("q", "sector", "kind") if (value := getattr(asked, name))}
    may_edit = viewer() is not None and bool(can_edit_institutions(viewer()))
    return render_template("institutions/index.html", asked=asked, kept=kept, found=listing(asked), may_edit=may_edit)


@pages.get("/institutions/<int:id>")
def show(id: int) -> ResponseReturnValue:
    institution, moment = institution_or_404(id), now()
    until(next_midnight(moment))
    seats, former = split(seats_of(id), today(moment))
    return render_template(
        "institutions/show.html",
        institution=institution,
        seats=seats,
        former=former,
        labs=labs_hosted_by(id),
        rounds=rounds_hosted_by(id),
        written=written_by(id, page_number(request.args.get("page"))),
        may_edit=viewer() is not None and can_edit_institutions(viewer()),
    )
