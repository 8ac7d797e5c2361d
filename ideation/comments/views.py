from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in, viewer
from ideation.challenges.models import Challenge
from ideation.challenges.queries import challenge_or_404
from ideation.comments import actions, queries
from ideation.comments.forms import CommentForm, EditForm
from ideation.comments.models import Comment
from ideation.comments.policy import can_comment, can_edit, can_withdraw
from ideation.comments.rules import editable_until
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, require
from ideation.ideas.models import Idea
from ideation.ideas.queries import idea_or_404
from ideation.notifications.actions import follow
from ideation.notifications.views import follow_state_of
from ideation.rounds.queries import registered

pages = Blueprint("comments", __name__)
Subject = Idea | Challenge


@pages.app_template_global()
def comment_form(kind: str, id: int, parent: int | str | None = None) -> CommentForm:
    """An empty form for a page that shows a discussion; `parent`: the comment it answers."""
    form = CommentForm(person(), formdata=None, data={"parent": str(parent or "")})
    if follow_state_of(kind, id).on:
        del form.follow
    return form


@pages.app_template_global()
def subject_url(kind: str, id: int, **more: Any) -> str:
    return url_for("ideas.show" if kind == "idea" else "challenges.show", id=id, **more)


def place_of(comment: Comment) -> str:
    kind, id = ("idea", comment.idea_id) if comment.idea_id else ("challenge", comment.challenge_id)
    page = queries.page_of(comment)
    return subject_url(kind, id or 0, page=page if page > 1 else None, _anchor=f"comment-{comment.id}")


def subject_or_404(kind: str, id: int) -> Subject:
    return idea_or_404(viewer(), id) if kind == "idea" else challenge_or_404(viewer(), id)


def writing(form: CommentForm, kind: str, subject: Subject, status: int = 200) -> ResponseReturnValue:
    """The page with the form alone, above it what is answered."""
    answered = queries.said_or_none(form.parent.data, subject, viewer(), now=now())
    return render_template("comments/new.html", form=form, kind=kind, subject=subject, answered=answered), status


@pages.get("/ideas/<int:id>/comments/new", defaults={"kind": "idea"})
@pages.get("/challenges/<int:id>/comments/new", defaults={"kind": "challenge"})
@signed_in
def new(kind: str, id: int) -> ResponseReturnValue:
    subject = subject_or_404(kind, id)
    require(can_comment(person(), subject, registered=registered(person().id, subject.round_id), now=now()))
    return writing(comment_form(kind, id, request.args.get("parent")), kind, subject)


@pages.post("/ideas/<int:id>/comments", defaults={"kind": "idea"})
@pages.post("/challenges/<int:id>/comments", defaults={"kind": "challenge"})
@signed_in
def create(kind: str, id: int) -> ResponseReturnValue:
    subject, form, moment = subject_or_404(kind, id), CommentForm(person()), now()
    if not form.speaks(person(), moment):
        return writing(form, kind, subject, 422)
    try:
        comment = actions.add_comment(person(), subject, form.body.data or "", form.parent.data, now=moment)
    except Invalid as invalid:
        form.body.errors = [str(fault) for fault in invalid.faults.values()]
        return writing(form, kind, subject, 422)
    if form.follow.data:
        follow(person(), kind, id, now=moment)
    said = queries.one(comment.id, subject, person(), now=moment)
    message = say("Ihre Antwort ist veröffentlicht.") if said.root_id else say("Ihr Kommentar ist veröffentlicht.")
    shown = {"kind": kind, "id": id, "comment": said, "answered": form.parent.data, "total": subject.comments}
    return respond(place_of(comment), "comments/create.htmx.html", message, **shown)


def around(comment: Comment) -> dict[str, Any]:
    return {"comment": comment, "back": place_of(comment), "until": editable_until(comment.created_at)}


@pages.get("/comments/<int:id>/edit")
@signed_in
def edit(id: int) -> ResponseReturnValue:
    comment = queries.own_or_404(person(), id)
    require(can_edit(person(), comment, now=now()))
    return render_template("comments/edit.html", form=EditForm(person(), obj=comment), **around(comment))


@pages.post("/comments/<int:id>")
@signed_in
def update(id: int) -> ResponseReturnValue:
    comment, form = queries.own_or_404(person(), id), EditForm(person())
    require(can_edit(person(), comment, now=now()))
    if not form.speaks(person(), now()):
        return render_template("comments/edit.html", form=form, **around(comment)), 422
    actions.edit_comment(person(), comment, form.body.data or "", now=now())
    return respond(place_of(comment), message=say("Ihr Kommentar ist geändert."))


@pages.get("/comments/<int:id>/withdrawal")
@signed_in
def withdrawal(id: int) -> ResponseReturnValue:
    comment = queries.own_or_404(person(), id)
    require(can_withdraw(person(), comment))
    return render_template("comments/withdrawal.html", comment=comment, back=place_of(comment))


@pages.post("/comments/<int:id>/withdrawal")
@signed_in
def delete(id: int) -> ResponseReturnValue:
    comment = queries.own_or_404(person(), id)
    actions.withdraw_comment(person(), comment, now=now())
    return respond(place_of(comment), message=say("Ihr Kommentar ist zurückgezogen."))
