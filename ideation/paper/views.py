from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import network, person, signed_in, viewer
from ideation.ballots.models import Ballot
from ideation.ballots.queries import ballot_or_404
from ideation.core.clock import now
from ideation.core.errors import kept
from ideation.core.htmx import respond
from ideation.core.pagecache import until
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, Refused
from ideation.paper.actions import redeem_code
from ideation.paper.forms import CodeForm
from ideation.paper.policy import can_redeem, takes_codes
from ideation.rounds.rules import next_edge
from ideation.votes.queries import may_vote, token_of

pages = Blueprint("paper", __name__)


def _page(ballot: Ballot, form: CodeForm | None = None) -> str:
    moment, asking = now(), viewer()
    # A form would bring a cookie; visitors get a link.
    form = form or (CodeForm(formdata=None) if asking else None)
    until(next_edge([ballot.window], moment))
    return render_template(
        "paper/code.html", ballot=ballot, round=ballot.round, form=form,
        may=can_redeem(asking, ballot, moment) if asking else takes_codes(ballot, moment),
        eligible=may_vote(ballot, token_of(ballot, asking)),
    )  # fmt: skip


@pages.get("/ballots/<int:id>/code")
def new(id: int) -> ResponseReturnValue:
    return _page(ballot_or_404(viewer(), id))


@pages.post("/ballots/<int:id>/code")
@signed_in
def create(id: int) -> ResponseReturnValue:
    ballot, form = ballot_or_404(viewer(), id), CodeForm()
    try:
        fresh = redeem_code(person(), ballot, form.code.data or "", network=network(), now=now())
    except Invalid as error:
        form.take(error)
        return _page(ballot, form), 422
    except Refused as refused:
        if refused.verdict.status == 429:
            raise
        form.code.errors = [kept(refused.verdict)]
        # A counted try was committed, and what was loaded with it is gone.
        return _page(ballot_or_404(viewer(), id), form), 403
    done = say("Ihr Code ist eingelöst. Sie können jetzt abstimmen.")
    already = say("Sie können in dieser Abstimmung schon abstimmen. Es wurde kein Code verbraucht.")
    return respond(url_for("ballots.show", id=id), message=done if fresh else already)
