from datetime import datetime

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import viewer
from ideation.ballots.models import Ballot
from ideation.ballots.policy import can_vote_now
from ideation.ballots.queries import shown_ballot
from ideation.core.clock import now
from ideation.core.pagecache import until
from ideation.core.text import single_line
from ideation.ideas.queries import search as ideas_found
from ideation.institutions.queries import Filters, listing
from ideation.pages.queries import asked_in, challenges_found, decided_and_next, stories
from ideation.profiles.queries import profiles_found
from ideation.rounds.queries import glance, rounds_listed
from ideation.rounds.rules import next_edge, next_step
from ideation.votes.queries import spent, votes_by
from ideation.votes.rules import left

pages = Blueprint("pages", __name__)


@pages.get("/")
def front() -> ResponseReturnValue:
    moment = now()
    listed, (decided, event) = rounds_listed(moment), decided_and_next(moment)
    until(event and event.over_at)
    steps = [(glance(r, moment), next_step(r.windows, r.status, registered=False, now=moment)) for r in listed.open]
    for round in (*listed.open, *listed.coming):
        until(next_edge(round.windows, moment))
    return render_template(
        "pages/front.html",
        open=steps,
        mine=_my_ballot(next((at.round.id for at, step in steps[:3] if step == "vote"), None), moment),
        coming=[glance(r, moment) for r in listed.coming],
        asked=asked_in(r.id for r in listed.open),
        decided=decided,
        stories=stories(),
        event=event,
        now=moment,
    )


def _my_ballot(round_id: int | None, moment: datetime) -> tuple[Ballot, int | None] | None:
    """For somebody who is signed in: the ballot that the page shows first, and what is left to this person in it."""
    account = viewer()
    ballot = shown_ballot(round_id, moment) if account and round_id else None
    if ballot is None or not can_vote_now(ballot, moment):
        return None
    return ballot, left(ballot.limits, spent(votes_by(ballot, account)))


@pages.get("/search")
def search() -> ResponseReturnValue:
    q = single_line(request.args.get("q", ""))[:200]
    partners = listing(Filters(q)) if q else None
    return render_template(
        "pages/search.html",
        q=q,
        challenges=challenges_found(q),
        ideas=ideas_found(None, q),
        profiles=profiles_found(q),
        partners=partners,
    )
    return render_template(
        "pages/search.html", q=q, challenges=challenges_found(q), ideas=ideas_found(None, q), profiles=profiles_found(q),
        partners=listing(Filters(q)) if q else None,
    )  # fmt: skip


@pages.get("/counting")
def counting() -> ResponseReturnValue:
    return render_template("pages/counting.html")


@pages.get("/rules")
def rules() -> ResponseReturnValue:
    return render_template("pages/rules.html")


@pages.get("/contact")
def contact() -> ResponseReturnValue:
    return render_template("pages/contact.html", address=current_app.config["MAIL_FROM"])


@pages.get("/imprint")
def imprint() -> ResponseReturnValue:
    return render_template("pages/imprint.html", operator=current_app.config["OPERATOR"], address=current_app.config["MAIL_FROM"])


@pages.get("/privacy")
def privacy() -> ResponseReturnValue:
    return render_template("pages/privacy.html", address=current_app.config["MAIL_FROM"])


@pages.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    return render_template("pages/accessibility.html", address=current_app.config["MAIL_FROM"])
