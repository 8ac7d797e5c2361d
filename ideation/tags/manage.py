from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.sentence import Message, say
from ideation.core.verdict import Invalid, require
from ideation.tags.actions import add_tag, remove_tag, rename_tag
from ideation.tags.policy import can_edit_tags
from ideation.tags.queries import frame_or_404, frames_with_tags, tag_or_404

pages = staff_pages("tags_manage", __name__)


def _titles() -> tuple[str, str]:
    return request.form.get("title_de", ""), request.form.get("title_en", "")


def _again(error: Invalid, **place: int) -> ResponseReturnValue:
    context = {"fault": next(iter(error.faults.values())), "typed": _titles(), **place}
    return render_template("tags/index.html", frames=frames_with_tags(), **context), 422


def _done(message: Message) -> ResponseReturnValue:
    return respond(url_for("tags_manage.index"), message=message)


@pages.get("/tags")
def index() -> ResponseReturnValue:
    require(can_edit_tags(person()))
    return render_template("tags/index.html", frames=frames_with_tags())


@pages.post("/frames/<int:id>/tags")
def create(id: int) -> ResponseReturnValue:
    frame = frame_or_404(id)
    try:
        tag = add_tag(person(), frame, *_titles(), now=now())
    except Invalid as error:
        return _again(error, in_frame=id)
    return _done(say("„%(title)s“ ist jetzt auswählbar.", title=tag.title_de))


@pages.post("/tags/<int:id>")
def update(id: int) -> ResponseReturnValue:
    tag = tag_or_404(id)
    try:
        rename_tag(person(), tag, *_titles(), now=now())
    except Invalid as error:
        return _again(error, at_tag=id)
    return _done(say("Gespeichert: „%(title)s“.", title=tag.title_de))


@pages.post("/tags/<int:id>/removal")
def delete(id: int) -> ResponseReturnValue:
    tag = tag_or_404(id)
    remove_tag(person(), tag, now=now())
    return _done(say("„%(title)s“ ist entfernt.", title=tag.title_de))
