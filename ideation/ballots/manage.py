from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.ballots.actions import price_options
from ideation.ballots.forms import CostsForm
from ideation.ballots.models import Ballot
from ideation.ballots.queries import ballot_or_404, option_rows
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, require
from ideation.ledger.queries import is_opened
from ideation.rounds.policy import can_moderate

pages = staff_pages("ballots_manage", __name__)


def _mine(id: int) -> Ballot:
    ballot = ballot_or_404(person(), id)
    require(can_moderate(person(), ballot.round))
    return ballot


def _page(ballot: Ballot, form: CostsForm | None = None) -> str:
    return render_template(
        "ballots/costs.html", ballot=ballot, round=ballot.round, form=form or _form(ballot),
        frozen=ballot.closed_at is not None or is_opened(ballot.id),
    )  # fmt: skip


def _form(ballot: Ballot, sent: bool = False) -> CostsForm:
    costs = {row.idea_id: (row.title if row.visibility == "shown" else "", row.cost) for row in option_rows(ballot.id)}
    return CostsForm.of(costs, request.form if sent else None)


@pages.get("/ballots/<int:id>/costs")
def costs(id: int) -> ResponseReturnValue:
    return _page(_mine(id))


@pages.post("/ballots/<int:id>/costs")
def price(id: int) -> ResponseReturnValue:
    ballot = _mine(id)
    form = _form(ballot, sent=True)
    try:
        if form.validate():
            price_options(person(), ballot, form.wanted(), now=now())
            return respond(url_for(".costs", id=id), message=say("Die Kosten sind gespeichert."))
    except Invalid as error:
        form.take(error)
    return _page(ballot, form), 422
