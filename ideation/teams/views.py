from flask import Blueprint, render_template, session, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in
from ideation.challenges.queries import takes_part
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.i18n import current_locale
from ideation.core.mail import address
from ideation.core.sentence import say
from ideation.core.verdict import NotFound
from ideation.ideas.models import Idea
from ideation.ideas.policy import authorship
from ideation.ideas.queries import idea_or_404
from ideation.teams.actions import accept_invitation, invite_author, remove_author
from ideation.teams.policy import can_invite, can_join, can_remove
from ideation.teams.queries import author_or_404, invitation_or_404, open_links

pages = Blueprint("teams", __name__)


def own_or_404(id: int) -> Idea:
    """The team's page is for those who write the idea."""
    idea = idea_or_404(person(), id)
    if authorship(person(), idea) is None:
        raise NotFound
    return idea


@pages.get("/ideas/<int:id>/team")
@signed_in
def show(id: int) -> ResponseReturnValue:
    idea = own_or_404(id)
    links = open_links(id, now())
    made = session.pop("invitation", None)
    return render_template(
        "teams/show.html",
        idea=idea,
        links=links,
        made=made[1] if made and made[0] == id else None,
        may_invite=can_invite(person(), idea, open_links=links),
        removable={a.id for a in idea.authors if can_remove(person(), idea, a)},
        own=authorship(person(), idea),
    )


@pages.post("/ideas/<int:id>/team/invitations")
@signed_in
def create(id: int) -> ResponseReturnValue:
    token = invite_author(person(), own_or_404(id), now=now())
    session["invitation"] = (id, address("teams.accept", current_locale(), token=token))
    return respond(url_for("teams.show", id=id))


@pages.post("/ideas/<int:id>/team/<int:author_id>/removal")
@signed_in
def delete(id: int, author_id: int) -> ResponseReturnValue:
    idea = own_or_404(id)
    author = author_or_404(idea, author_id)
    left = author.account_id == person().id
    remove_author(person(), idea, author, now=now())
    if left:
        return respond(url_for("rounds.show", slug=idea.round.slug), message=say("Sie haben das Team verlassen."))
    return respond(url_for("teams.show", id=id), message=say("Die Person gehört nicht mehr zum Team."))


@pages.get("/invitations/<token>")
@signed_in
def accept(token: str) -> ResponseReturnValue:
    """Opening the link changes nothing: the page has a button."""
    invitation, idea = invitation_or_404(token)
    may = can_join(person(), invitation, idea, registered=takes_part(person(), idea.round), now=now())
    lead = next((a.name for a in idea.authors if a.leads), "")
    return render_template("teams/accept.html", idea=idea, token=token, may=may, lead=lead)


@pages.post("/invitations/<token>")
@signed_in
def update(token: str) -> ResponseReturnValue:
    idea = accept_invitation(person(), token, now=now())
    return respond(url_for("ideas.show", id=idea.id), message=say("Willkommen im Team. Sie schreiben jetzt an dieser Idee mit."))
