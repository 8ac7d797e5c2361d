from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in
from ideation.authorships.actions import add_institution_author, remove_institution_author
from ideation.authorships.policy import can_add, can_remove, can_see
from ideation.authorships.queries import author_or_404
from ideation.challenges.models import Challenge
from ideation.challenges.queries import challenge_or_404
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.sentence import Message, say
from ideation.core.text import single_line
from ideation.core.verdict import require
from ideation.ideas.models import Idea
from ideation.ideas.queries import idea_or_404
from ideation.institutions.queries import all_names, institution_called

pages = Blueprint("authorships", __name__)
UNKNOWN = say("Diese Institution kennen wir nicht. Bitte wählen Sie eine aus der Liste.")


@pages.get("/ideas/<int:id>/institutions")
@signed_in
def idea(id: int) -> ResponseReturnValue:
    return _page(idea_or_404(person(), id))


@pages.get("/challenges/<int:id>/institutions")
@signed_in
def challenge(id: int) -> ResponseReturnValue:
    return _page(challenge_or_404(person(), id))


@pages.post("/ideas/<int:id>/institutions")
@signed_in
def add_to_idea(id: int) -> ResponseReturnValue:
    return _add(idea_or_404(person(), id))


@pages.post("/challenges/<int:id>/institutions")
@signed_in
def add_to_challenge(id: int) -> ResponseReturnValue:
    return _add(challenge_or_404(person(), id))


@pages.post("/ideas/<int:id>/institutions/<int:author_id>/removal")
@signed_in
def remove_from_idea(id: int, author_id: int) -> ResponseReturnValue:
    return _remove(idea_or_404(person(), id), author_id)


@pages.post("/challenges/<int:id>/institutions/<int:author_id>/removal")
@signed_in
def remove_from_challenge(id: int, author_id: int) -> ResponseReturnValue:
    return _remove(challenge_or_404(person(), id), author_id)


def _kind(item: Idea | Challenge) -> str:
    return "idea" if isinstance(item, Idea) else "challenge"


def _page(item: Idea | Challenge, typed: str = "", fault: Message | None = None) -> str:
    require(can_see(person(), item))
    may_add = can_add(person(), item)
    own = [a for a in item.authors if a.institution_id is not None]
    return render_template(
        "authorships/show.html",
        item=item,
        kind=_kind(item),
        own=own,
        removable={a.id for a in own if can_remove(person(), item, a)},
        may_add=may_add,
        names=all_names() if may_add else (),
        typed=typed,
        fault=fault,
    )


def _add(item: Idea | Challenge) -> ResponseReturnValue:
    require(can_add(person(), item))
    typed = single_line(request.form.get("institution", ""))[:200]
    institution = institution_called(typed) if typed else None
    if institution is None:
        return _page(item, typed, UNKNOWN), 422
    add_institution_author(person(), item, institution, now=now())
    return respond(url_for(f".{_kind(item)}", id=item.id), message=say("„%(name)s“ steht jetzt dabei.", name=institution.name))


def _remove(item: Idea | Challenge, author_id: int) -> ResponseReturnValue:
    author = author_or_404(item, author_id)
    remove_institution_author(person(), item, author, now=now())
    return respond(url_for(f".{_kind(item)}", id=item.id), message=say("Die Institution steht nicht mehr dabei."))
