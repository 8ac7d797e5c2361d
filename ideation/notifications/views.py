from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.local import LocalProxy

from ideation.accounts.guard import person, signed_in, viewer
from ideation.challenges.queries import challenge_or_404
from ideation.comments.queries import comment_or_404, page_of
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.paging import page_number
from ideation.core.verdict import NotFound
from ideation.ideas.queries import idea_or_404
from ideation.notifications import actions, queries
from ideation.notifications.models import Notification
from ideation.notifications.rules import place, sentence
from ideation.rounds.queries import round_or_404

pages = Blueprint("notifications", __name__)
BIGGEST = 2_147_483_647


def _unread() -> int:
    """Counted when the header asks, once a request, and only for somebody who is signed in."""
    if "unread" not in g:
        account = viewer()
        g.unread = queries.unread_count(account.id) if account else 0
    return int(g.unread)


@pages.app_context_processor
def _header() -> dict[str, Any]:
    return {"unread_count": LocalProxy(_unread)}


@dataclass(frozen=True, slots=True)
class FollowState:
    """What `notifications/_follow.html` needs."""

    kind: str
    id: int
    on: bool


@pages.app_template_global()
def follow_state_of(kind: str, id: int) -> FollowState:
    """Asked by the page and by the form under it, looked up once a request."""
    account, known = viewer(), g.setdefault("follow_states", {})
    if (kind, id) not in known:
        known[kind, id] = FollowState(kind, id, account is not None and queries.follows(account.id, kind, id))
    return known[kind, id]  # type: ignore[no-any-return]


def _number(name: str) -> int:
    text = request.form.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= BIGGEST):
        raise NotFound
    return int(text)


def page_of_subject(kind: str, id: int) -> str:
    """The address of a thing this person may see; anything else is not there."""
    match kind:
        case "idea":
            return url_for("ideas.show", id=idea_or_404(viewer(), id).id)
        case "challenge":
            return url_for("challenges.show", id=challenge_or_404(viewer(), id).id)
        case "round":
            return url_for("rounds.show", slug=round_or_404(viewer(), queries.slug_or_404(kind, id)).slug)
        case "lab":
            return url_for("labs.show", slug=queries.slug_or_404(kind, id))
    raise NotFound


@pages.post("/follows")
@signed_in
def follow() -> ResponseReturnValue:
    """The wanted state, never a toggle."""
    kind, wanted = request.form.get("kind", ""), request.form.get("follow")
    id = _number("id")
    if wanted == "no":
        actions.unfollow(person(), kind, id)
        way = url_for("accounts.show") if request.form.get("back") == "account" else page_of_subject(kind, id)
        message = _("Sie bekommen hierzu keine Nachrichten mehr.")
    elif wanted == "yes":
        way = page_of_subject(kind, id)
        actions.follow(person(), kind, id, now=now())
        message = _("Sie bleiben auf dem Laufenden.")
    else:
        raise NotFound
    return respond(way, "notifications/create.htmx.html", message, follow_state=FollowState(kind, id, wanted == "yes"))


@pages.get("/account/messages")
@signed_in
def index() -> ResponseReturnValue:
    found = queries.messages(person().id, page_number(request.args.get("page")))
    words = {message.id: sentence(message.verb, message.told.get("part", ""), message.told) for message in found.items}
    return render_template(
        "notifications/index.html", found=found, words=words, newest=max(words, default=0), langs=queries.languages(found.items)
    )


@pages.get("/account/messages/<int:id>")
@signed_in
def show(id: int) -> ResponseReturnValue:
    """Leads to the place. It stays unread: a GET changes nothing."""
    message = queries.message_or_404(person().id, id)
    return redirect(_place(message))


@pages.post("/account/messages")
@signed_in
def update() -> ResponseReturnValue:
    """Everything up to the newest message that was on the page is read."""
    actions.read_messages(person(), _number("up_to"), now=now())
    return respond(url_for(".index"), None, _("Alle Nachrichten sind als gelesen markiert."))


def _place(message: Notification) -> str:
    endpoint, values, mark = place(message.subject_kind, message.subject_id, message.told)
    if message.subject_kind == "comment":
        page = page_of(comment_or_404(message.subject_id))
        values = {**values, "page": page if page > 1 else None}
    return url_for(endpoint, _anchor=mark or None, **values)
