"""Pictures below the address of what they belong to: whoever may see the one may see the others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in, viewer
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.i18n import current_locale
from ideation.core.security import takes
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, NotFound, require
from ideation.events.queries import event_or_404
from ideation.ideas.queries import idea_or_404
from ideation.labs.queries import lab_or_404
from ideation.pictures import actions
from ideation.pictures.forms import JudgementForm, PictureForm, WordsForm
from ideation.pictures.models import Picture
from ideation.pictures.queries import bytes_of, can_illustrate, can_judge_pictures, decisions_about, picture_or_404, pictures_of
from ideation.pictures.rules import PICTURES_MAX, SIDES
from ideation.profiles.models import Profile
from ideation.profiles.queries import profile_or_404

pages = Blueprint("pictures", __name__)
# More than a picture may have, so that one that is somewhat too large comes back with its sentence and all that was typed.
BODY_MAX = 25_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where pictures can stand: how the thing is found for who is asking, where it is shown, what it is called and in which language."""

    find: Callable[[str], Any]
    address: Callable[[Any], str]
    words: Callable[[Any], tuple[str, str]] = lambda thing: (thing.title, thing.lang)


def _number(key: str) -> int:
    if not (key.isascii() and key.isdigit() and len(key) < 10):
        raise NotFound
    return int(key)


def _sheet_address(profile: Profile) -> str:
    return url_for("profiles.show", slug=profile.group.lab.slug, number=profile.group.number)


def _sheet_words(profile: Profile) -> tuple[str, str]:
    sheet = profile_or_404(viewer(), profile.id)[1]
    return sheet.title, sheet.lang


PLACES = {
    "ideas": Place(lambda key: idea_or_404(viewer(), _number(key)), lambda idea: url_for("ideas.show", id=idea.id)),
    "events": Place(lambda key: event_or_404(viewer(), _number(key)).event, lambda event: url_for("events.show", id=event.id)),
    "labs": Place(lab_or_404, lambda lab: url_for("labs.show", slug=lab.slug)),
    "profiles": Place(lambda key: profile_or_404(viewer(), _number(key))[0], _sheet_address, _sheet_words),
}
HERE = f"/<any({', '.join(PLACES)}):noun>/<key>/pictures"


def _may_see_hidden(thing: Any) -> bool:
    return bool(can_illustrate(thing, viewer()) or can_judge_pictures(thing, viewer()))


def _page(template: str, noun: str, key: str, thing: Any, status: int = 200, **more: Any) -> ResponseReturnValue:
    place = PLACES[noun]
    title, lang = place.words(thing)
    page = f"pictures/{template}.html"
    return render_template(page, noun=noun, key=key, title=title, lang=lang, back=place.address(thing), **more), status


@pages.get(f"{HERE}/<int:id>-<any({', '.join(SIDES)}):size>.jpg")
def show(noun: str, key: str, id: int, size: str) -> ResponseReturnValue:
    thing = PLACES[noun].find(key)
    picture = picture_or_404(thing, id, hidden=_may_see_hidden(thing))
    response = Response(bytes_of(picture, size), mimetype="image/jpeg")
    # A picture never changes under its address, but it can be hidden: whoever kept it asks again.
    response.set_etag(f"{id}-{size}")
    response.headers["Cache-Control"] = "private, no-store" if picture.is_hidden or viewer() else "no-cache"
    response.make_conditional(request)
    return response


@pages.get(HERE)
@signed_in
def index(noun: str, key: str) -> ResponseReturnValue:
    """For those who look after them: everybody else sees pictures where they belong."""
    thing = PLACES[noun].find(key)
    if not _may_see_hidden(thing):
        raise NotFound
    return _page(
        "index", noun, key, thing, pictures=pictures_of(thing, hidden=True), most=PICTURES_MAX,
        may_add=can_illustrate(thing, person()), may_judge=can_judge_pictures(thing, person()),
    )  # fmt: skip


@pages.get(f"{HERE}/new")
@signed_in
def new(noun: str, key: str) -> ResponseReturnValue:
    thing = PLACES[noun].find(key)
    require(can_illustrate(thing, person()))
    return _page("new", noun, key, thing, form=PictureForm())


@pages.post(HERE)
@signed_in
@takes(BODY_MAX)
def create(noun: str, key: str) -> ResponseReturnValue:
    thing = PLACES[noun].find(key)
    require(can_illustrate(thing, person()))
    form = PictureForm()
    try:
        images, valid = form.images(), form.validate()
        if valid:
            key_, lang, at = form.form_key.data, current_locale(), now()
            actions.add_picture(person(), thing, images, form.text(), form.shown.data, lang=lang, form_key=key_, now=at)
    except Invalid as invalid:
        valid = form.validate() and False
        form.take(invalid)
    if not valid:
        return _page("new", noun, key, thing, 422, form=form)
    return respond(url_for("pictures.index", noun=noun, key=key), message=say("Das Bild ist eingestellt."))


def _own(noun: str, key: str, id: int) -> tuple[Any, Picture]:
    thing = PLACES[noun].find(key)
    if not _may_see_hidden(thing):
        raise NotFound
    return thing, picture_or_404(thing, id, hidden=True)


def _one(
    noun: str, key: str, thing: Any, picture: Picture, words: WordsForm, form: JudgementForm, status: int
) -> ResponseReturnValue:
    return _page(
        "edit", noun, key, thing, status, picture=picture, words=words, form=form, decisions=decisions_about(picture),
        may_edit=can_illustrate(thing, person()), may_judge=can_judge_pictures(thing, person()),
    )  # fmt: skip


@pages.get(f"{HERE}/<int:id>")
@signed_in
def edit(noun: str, key: str, id: int) -> ResponseReturnValue:
    thing, picture = _own(noun, key, id)
    return _one(noun, key, thing, picture, WordsForm.of(picture), JudgementForm(), 200)


@pages.post(f"{HERE}/<int:id>")
@signed_in
def update(noun: str, key: str, id: int) -> ResponseReturnValue:
    thing, picture = _own(noun, key, id)
    words = WordsForm()
    try:
        valid = words.validate()
        if valid:
            actions.update_picture(person(), thing, picture, words.text(), now=now())
    except Invalid as invalid:
        valid = False
        words.take(invalid)
    if not valid:
        return _one(noun, key, thing, picture, words, JudgementForm(None), 422)
    return respond(url_for("pictures.index", noun=noun, key=key), message=say("Die Änderung ist gespeichert."))


@pages.post(f"{HERE}/<int:id>/removal")
@signed_in
def delete(noun: str, key: str, id: int) -> ResponseReturnValue:
    thing, picture = _own(noun, key, id)
    actions.remove_picture(person(), thing, picture, now=now())
    return respond(url_for("pictures.index", noun=noun, key=key), message=say("Das Bild ist entfernt."))


@pages.post(f"{HERE}/<int:id>/visibility")
@signed_in
def judge(noun: str, key: str, id: int) -> ResponseReturnValue:
    """`visibility` = hidden or shown: the wanted state, never a toggle."""
    thing, picture = _own(noun, key, id)
    form, wanted = JudgementForm(), request.form.get("visibility", "")
    act = actions.hide_picture if wanted == "hidden" else actions.restore_picture
    if not form.validate() or wanted not in {"hidden", "shown"}:
        abort(400)
    try:
        act(person(), thing, picture, form.reason.data, now=now())
    except Invalid as invalid:
        form.reason.errors = [str(sentence) for sentence in invalid.faults.values()]
        return _one(noun, key, thing, picture, WordsForm.of(picture), form, 422)
    done = say("Das Bild ist ausgeblendet.") if wanted == "hidden" else say("Das Bild ist wieder zu sehen.")
    return respond(url_for("pictures.index", noun=noun, key=key), message=done)
