from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import viewer
from ideation.ballots.queries import ballot_or_404, ballots_of, last_over, rule_notes, shown
from ideation.core.clock import now
from ideation.core.pagecache import until
from ideation.core.paging import page_number
from ideation.corrections.queries import told
from ideation.corrections.rules import CATEGORIES
from ideation.labs.queries import labs_by_idea
from ideation.pabulib.queries import published
from ideation.paper.queries import boxes_of
from ideation.recounts.queries import faults_told, last_recount
from ideation.rounds.policy import can_moderate
from ideation.rounds.queries import round_or_404
from ideation.rounds.rules import next_edge
from ideation.selections.queries import named_rows, named_selections, result_of

pages = Blueprint("selections", __name__)


@pages.get("/ballots/<int:id>/results")
@pages.get("/rounds/<slug:slug>/results")
def show(id: int | None = None, slug: str = "") -> ResponseReturnValue:
    moment, asking = now(), viewer()
    round = ballot_or_404(asking, id).round if id is not None else round_or_404(asking, slug)
    ballots = ballots_of(round.id)
    closed = last_over(ballots, moment)
    ballot = next((b for b in ballots if b.id == id), None) if id is not None else closed or shown(ballots, moment)
    until(next_edge([b.window for b in ballots], moment))
    result = result_of(ballot, moment) if ballot else None
    page = result.page(page_number(request.args.get("page"))) if result else None
    named = named_selections(round.id)
    elsewhere = None if ballots else published(round.id, page_number(request.args.get("page")))
    return render_template(
        "selections/show.html", round=round, ballot=ballot, ballots=ballots, result=result, page=page, named=named,
        named_rows=named_rows(named), notes=rule_notes(ballot.id) if ballot else [],
        boxes=boxes_of(ballot.id) if ballot else [],
        faults=faults_told(ballot, last_recount(ballot.id)) if ballot else [],
        labs=labs_by_idea(row.idea for row in page.items if row.selected) if page else {},
        corrected=told(ballot.id) if result and result.told else None, correction_words=CATEGORIES,
        elsewhere=elsewhere, may_certify=bool(can_moderate(asking, round)) if asking else False,
    )  # fmt: skip
