from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from ideation.accounts.guard import person, signed_in, viewer
from ideation.accounts.models import Account
from ideation.ballots.queries import shown_ballot
from ideation.challenges.queries import challenges_of
from ideation.core.clock import now, today
from ideation.core.htmx import respond
from ideation.core.pagecache import until
from ideation.core.paging import page_number
from ideation.core.sentence import Message, say
from ideation.core.verdict import Verdict
from ideation.events.queries import first_of
from ideation.ideas.queries import Filters, listing
from ideation.pabulib.queries import published
from ideation.pages.queries import editions
from ideation.rounds.actions import leave, register
from ideation.rounds.models import Round
from ideation.rounds.policy import asks_to_join, can_act, can_moderate, is_open
from ideation.rounds.queries import (
    Moved,
    events_in,
    glance,
    round_and_registration,
    rounds_listed,
    rounds_past,
)
from ideation.rounds.rules import State, Status, Step, next_edge, next_step, open_window, stretches, team_size
from ideation.selections.queries import selection_of_round

pages = Blueprint("rounds", __name__)


@pages.app_template_filter("team_size")
def _team_size(round: Round) -> Message:
    return team_size(round.team_min, round.team_max)


@pages.app_errorhandler(Moved)
def moved(error: Moved) -> ResponseReturnValue:
    """The same page at the round's new address; a form is sent again as it was."""
    # The query is carried over as it came: names in it must not become arguments of `url_for`.
    address = url_for(str(request.endpoint), **{**(request.view_args or {}), "slug": error.slug})
    if request.query_string:
        address += "?" + request.query_string.decode("ascii", "ignore")
    return redirect(address, 301 if request.method in {"GET", "HEAD"} else 308)


@pages.get("/rounds")
def index() -> ResponseReturnValue:
    moment = now()
    listed, past = rounds_listed(moment), rounds_past(moment, page_number(request.args.get("page")))
    for round in (*listed.open, *listed.coming):
        until(next_edge(round.windows, moment))
    return render_template("rounds/index.html", listed=listed, past=past, now=moment, glance=glance)


@pages.get("/rounds/<slug:slug>")
def show(slug: str) -> ResponseReturnValue:
    moment = now()
    round, joined = round_and_registration(viewer(), slug)
    until(next_edge(round.windows, moment))
    return render_template("rounds/show.html", **round_page(round, viewer(), joined, moment))


@pages.post("/rounds/<slug:slug>/registration")
@signed_in
def registration(slug: str) -> ResponseReturnValue:
    round, joined = round_and_registration(viewer(), slug)
    wish = request.form.get("register", "yes")
    if wish not in {"yes", "no"}:
        fault = say("Bitte wählen Sie, ob Sie sich anmelden oder abmelden möchten.")
        return render_template("rounds/show.html", **round_page(round, person(), joined, now()), fault=fault), 422
    (register if wish == "yes" else leave)(person(), round, now=now())
    done = (
        say("Sie sind zur Runde angemeldet.")
        if wish == "yes"
        else say("Sie sind von der Runde abgemeldet. Ihre Beiträge bleiben stehen.")
    )
    return respond(url_for("rounds.show", slug=round.slug), message=done)


def round_page(round: Round, account: Account | None, joined: bool, moment: datetime) -> dict[str, Any]:
    """All that a round's page tells at a moment; the preview for moderators asks for other moments."""
    joins = asks_to_join(round)
    takes_part = joined or not joins
    step = next_step(round.windows, round.status, registered=takes_part, now=moment)
    ballot = shown_ballot(round.id, moment)
    return {
        "round": round,
        "now": moment,
        "at": glance(round, moment),
        "line": stretches(round.windows, moment),
        "step": step,
        "joins": joins,
        "takes_part": takes_part,
        "window": open_window(round.windows, step, moment),
        "coming": next((s for s in stretches(round.windows, moment) if s.state is State.COMING), None),
        "may": {activity: _may(account, round, activity, takes_part, moment) for activity in ("challenge", "idea")},
        "may_edit": can_moderate(account, round),
        "challenges": challenges_of(round.id),
        "ideas": listing(round, Filters(seed=today(moment).isoformat())),
        "ballot": ballot,
        "results": selection_of_round(round.id) is not None
        if ballot is None and step is Step.READ
        else ballot and ballot.closed_at,
        "published": published(round.id, size=10) if ballot is None and round.status == Status.ARCHIVED else None,
        "editions": editions(round),
        "events": first_of(events_in(round), moment),
    }


def _may(account: Account | None, round: Round, activity: str, takes_part: bool, moment: datetime) -> Verdict:
    """Visitors are shown the way: the login stands on it."""
    return can_act(account, round, activity, registered=takes_part, now=moment) if account else is_open(round, activity, moment)
