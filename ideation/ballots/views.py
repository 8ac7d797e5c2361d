from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import viewer
from ideation.ballots.models import Ballot
from ideation.ballots.policy import can_vote_now, results_are_public
from ideation.ballots.queries import ballot_or_404, rule_notes, shown_ballot
from ideation.core.clock import now
from ideation.core.pagecache import until
from ideation.core.paging import page_number
from ideation.core.verdict import NotFound
from ideation.rounds.queries import round_or_404
from ideation.rounds.rules import next_edge
from ideation.votes.queries import ballot_paper

pages = Blueprint("ballots", __name__)


@pages.get("/rounds/<slug:slug>/ballot")
def current(slug: str) -> ResponseReturnValue:
    moment = now()
    round = round_or_404(viewer(), slug)
    ballot = shown_ballot(round.id, moment)
    if ballot is None:
        raise NotFound
    return _paper(ballot)


@pages.get("/ballots/<int:id>")
def show(id: int) -> ResponseReturnValue:
    return _paper(ballot_or_404(viewer(), id))


def _paper(ballot: Ballot) -> ResponseReturnValue:
    moment = now()
    until(next_edge([ballot.window], moment))
    return render_template(
        "ballots/show.html",
        ballot=ballot,
        round=ballot.round,
        now_open=can_vote_now(ballot, moment),
        counts_public=results_are_public(ballot, moment),
        paper=ballot_paper(viewer(), ballot, page_number(request.args.get("page")), moment),
        notes=rule_notes(ballot.id),
    )
