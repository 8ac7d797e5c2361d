from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in, viewer
from ideation.accounts.rules import network_of
from ideation.ballots.rules import Method
from ideation.core.clock import now
from ideation.core.htmx import in_full, respond
from ideation.core.sentence import Message, say, say_n
from ideation.core.verdict import Invalid, NotFound, denied, require
from ideation.ideas.queries import idea_or_404
from ideation.votes.actions import cast_vote
from ideation.votes.forms import VoteForm
from ideation.votes.queries import vote_state

pages = Blueprint("votes", __name__)
NO_CHOICE = say("Bitte wählen Sie, ob Sie die Idee unterstützen oder Ihre Stimme zurückziehen möchten.")
NO_POINTS = say("Bitte geben Sie an, wie viele Punkte Sie dieser Idee geben. Mit 0 nehmen Sie Ihre Punkte zurück.")


@pages.post("/ideas/<int:id>/vote")
@signed_in
def create(id: int) -> ResponseReturnValue:
    moment, form = now(), VoteForm(person())
    if form.wanted is None:
        return _again(id, form, NO_POINTS if "points" in request.form else NO_CHOICE)
    if not form.speaks(person(), moment):
        return _again(id, form, None)
    try:
        state = cast_vote(person(), id, form.wanted, key=form.key, network=network_of(request.remote_addr), now=moment)
    except Invalid as error:
        return _again(id, form, next(iter(error.faults.values())))
    except NotFound:
        idea_or_404(viewer(), id)
        require(denied(say("Über diese Idee wird gerade nicht abgestimmt.")))
        raise
    # A hidden idea has no page to go back to.
    way = url_for("ideas.show", id=id) if state.takes_votes else url_for("ballots.show", id=state.ballot.id)
    aside = say("Ihr Beleg: %(code)s", code=state.code) if state.code and not state.given else None
    return respond(way, "votes/create.htmx.html", _said(state.given, state.left, state.ballot.method), aside=aside, state=state)


def _again(id: int, form: VoteForm, sentence: Message | None) -> ResponseReturnValue:
    """The vote as a page of its own: what was wished, what is missing."""
    idea = idea_or_404(viewer(), id)
    context = {"idea": idea, "form": form, "sentence": sentence, "state": vote_state(viewer(), id, now())}
    # A question of consent needs more room than the button has.
    return in_full(make_response(render_template("votes/new.html", **context), 422))


def _said(given: int, left: int | None, method: str) -> Message:
    if method == Method.POINTS:
        done = say_n("Sie geben dieser Idee %(num)s Punkt.", "Sie geben dieser Idee %(num)s Punkte.", given)
        rest = say_n("Noch %(num)s Punkt übrig.", "Noch %(num)s Punkte übrig.", left or 0)
        return say("%(done)s %(rest)s", done=done, rest=rest)
    done = say("Sie unterstützen diese Idee.") if given else say("Ihre Stimme ist zurückgezogen.")
    if left is None:
        return done
    return say("%(done)s %(rest)s", done=done, rest=say_n("Noch %(num)s Stimme übrig.", "Noch %(num)s Stimmen übrig.", left))
