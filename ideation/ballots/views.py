from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in, viewer
from ideation.ballots.actions import cast_vote
from ideation.ballots.forms import VoteForm
from ideation.ballots.models import Ballot
from ideation.ballots.policy import can_vote_now, results_are_public
from ideation.ballots.queries import ballot_or_404, ballot_paper, rule_notes, shown_ballot, vote_state
from ideation.ballots.rules import Method
from ideation.core.clock import now
from ideation.core.htmx import in_full, respond
from ideation.core.pagecache import until
from ideation.core.paging import page_number
from ideation.core.sentence import Message, say, say_n
from ideation.core.verdict import Invalid, NotFound, denied, require
from ideation.ideas.queries import idea_or_404
from ideation.rounds.queries import round_or_404
from ideation.rounds.rules import next_edge

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


@pages.post("/ideas/<int:id>/vote")
@signed_in
def create(id: int) -> ResponseReturnValue:
    moment, form = now(), VoteForm(person())
    if form.wanted is None:
        return _again(id, form, say("Bitte wählen Sie, ob Sie die Idee unterstützen oder Ihre Stimme zurückziehen möchten."))
    if not form.speaks(person(), moment):
        return _again(id, form, None)
    try:
        state = cast_vote(person(), id, form.wanted, key=form.key, now=moment)
    except Invalid as error:
        return _again(id, form, next(iter(error.faults.values())))
    except NotFound:
        idea_or_404(viewer(), id)
        require(denied(say("Über diese Idee wird gerade nicht abgestimmt.")))
        raise
    # A hidden idea has no page to go back to.
    way = url_for("ideas.show", id=id) if state.takes_votes else url_for("ballots.show", id=state.ballot.id)
    return respond(way, "ballots/create.htmx.html", _said(state.given, state.left, state.ballot.method), state=state)


def _again(id: int, form: VoteForm, sentence: Message | None) -> ResponseReturnValue:
    """The vote as a page of its own: what was wished, what is missing."""
    idea = idea_or_404(viewer(), id)
    context = {"idea": idea, "form": form, "sentence": sentence, "state": vote_state(viewer(), id, now())}
    # A question of consent needs more room than the button has.
    return in_full(make_response(render_template("ballots/new.html", **context), 422))


def _said(given: int, left: int | None, method: str) -> Message:
    if method == Method.POINTS:
        done = say_n("Sie geben dieser Idee %(num)s Punkt.", "Sie geben dieser Idee %(num)s Punkte.", given)
        rest = say_n("Noch %(num)s Punkt übrig.", "Noch %(num)s Punkte übrig.", left or 0)
        return say("%(done)s %(rest)s", done=done, rest=rest)
    done = say("Sie unterstützen diese Idee.") if given else say("Ihre Stimme ist zurückgezogen.")
    if left is None:
        return done
    return say("%(done)s %(rest)s", done=done, rest=say_n("Noch %(num)s Stimme übrig.", "Noch %(num)s Stimmen übrig.", left))
