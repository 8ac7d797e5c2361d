from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in, viewer
from ideation.accounts.models import Account
from ideation.challenges import policy
from ideation.challenges.actions import keep_draft, save_draft, submit_challenge, update_challenge, update_draft, withdraw_challenge
from ideation.challenges.forms import ChallengeForm, RewordingForm
from ideation.challenges.models import Challenge
from ideation.challenges.queries import challenge_or_404, decisions_of, listing, relatives, takes_part, versions_of
from ideation.challenges.rules import EDITABLE, HINTS, PUBLIC, STATES, Status, hints
from ideation.comments.queries import discussion
from ideation.core.clock import next_midnight, now, today
from ideation.core.compare import compare
from ideation.core.htmx import respond
from ideation.core.i18n import current_locale
from ideation.core.pagecache import until
from ideation.core.paging import page_number
from ideation.core.sentence import Message, say
from ideation.core.verdict import Invalid, Refused, Verdict, require
from ideation.ideas.queries import Card, Filters
from ideation.ideas.queries import listing as ideas_listing
from ideation.journeys.queries import of_challenge
from ideation.notifications.actions import follow
from ideation.rounds.models import Round
from ideation.rounds.policy import can_act, is_open
from ideation.rounds.queries import round_or_404
from ideation.rounds.rules import Activity, next_edge
from ideation.tags.queries import frames_with_tags

pages = Blueprint("challenges", __name__)
ANSWERS_SHOWN = 12


@pages.get("/rounds/<slug:slug>/challenges")
def index(slug: str) -> ResponseReturnValue:
    moment, round = now(), round_or_404(viewer(), slug)
    until(next_edge(round.windows, moment))
    found = listing(round.id, page_number(request.args.get("page")))
    may = policy.can_propose(viewer(), round, registered=takes_part(viewer(), round), now=moment)
    timely = bool(is_open(round, Activity.CHALLENGE, moment))
    return render_template("challenges/index.html", round=round, page=found, may=may, open=timely)


@pages.get("/rounds/<slug:slug>/challenges/new")
@signed_in
def new(slug: str) -> ResponseReturnValue:
    round = round_or_404(person(), slug)
    require(policy.can_propose(person(), round, registered=takes_part(person(), round), now=now()))
    return _page(_form(person(), data={"lang": current_locale()}), round)


@pages.post("/rounds/<slug:slug>/challenges")
@signed_in
def create(slug: str) -> ResponseReturnValue:
    moment, round, form = now(), round_or_404(person(), slug), _form(person())
    if not (form.speaks(person(), moment) if _submits() else form.begun()):
        return _page(form, round), 422
    try:
        challenge = save_draft(person(), round, form.wording(), form_key=form.form_key.data, now=moment)
        return _submitted(form, challenge) if _submits() else _kept(challenge)
    except Invalid as error:
        form.take(error)
    except Refused as refusal:
        raise Refused(_too_late(refusal, round, form)) from refusal
    return _page(form, round), 422


@pages.get("/challenges/<int:id>")
def show(id: int) -> ResponseReturnValue:
    moment, challenge = now(), challenge_or_404(viewer(), id)
    until(next_edge(challenge.round.windows, moment))
    until(next_midnight(moment))
    return render_template("challenges/show.html", **challenge_page(challenge, viewer()))


@pages.get("/challenges/<int:id>/edit")
@signed_in
def edit(id: int) -> ResponseReturnValue:
    challenge = challenge_or_404(person(), id)
    if challenge.status in EDITABLE:
        require(policy.can_write(person(), challenge))
        return _page(_form(person(), data=ChallengeForm.values(challenge)), challenge.round, challenge)
    require(policy.can_reword(person(), challenge, now=now()))
    return _page(_rewording(person(), challenge), challenge.round, challenge)


@pages.post("/challenges/<int:id>")
@signed_in
def update(id: int) -> ResponseReturnValue:
    moment, challenge = now(), challenge_or_404(person(), id)
    if challenge.status not in EDITABLE:
        return _reword(challenge)
    form = _form(person())
    if _submits() and not form.speaks(person(), moment):
        return _page(form, challenge.round, challenge), 422
    try:
        update_draft(person(), challenge, form.wording(), now=moment)
        return _submitted(form, challenge) if _submits() else _kept(challenge)
    except Invalid as error:
        form.take(error)
    return _page(form, challenge.round, challenge), 422


@pages.post("/challenges/<int:id>/withdrawal")
@signed_in
def withdrawal(id: int) -> ResponseReturnValue:
    withdraw_challenge(person(), challenge_or_404(person(), id), now=now())
    return respond(url_for("challenges.show", id=id), message=say("Sie haben die Herausforderung zurückgezogen."))


@pages.get("/challenges/<int:id>/versions")
def versions(id: int) -> ResponseReturnValue:
    challenge = challenge_or_404(viewer(), id)
    found = versions_of(id)
    pairs = list(zip([None, *found], found, strict=False))[::-1]
    steps = [(version, _difference(before, version)) for before, version in pairs]
    return render_template("challenges/versions.html", challenge=challenge, steps=steps)


@pages.post("/challenges/hints")
@signed_in
def phrasing() -> ResponseReturnValue:
    """What might help with the wording typed so far. Keeps nothing."""
    question, lang = request.form.get("question", ""), request.form.get("lang", "de")
    return render_template("challenges/_hints.html", hints=_sentences(question, lang))


def challenge_page(challenge: Challenge, account: Account | None) -> dict[str, Any]:
    """All that the page of a challenge tells; the moderators' queue shows part of it."""
    moment, registered = now(), takes_part(account, challenge.round)
    history = policy.can_see_history(account, challenge)
    return {
        "challenge": challenge,
        "round": challenge.round,
        "state": STATES[Status(challenge.status)],
        "relatives": relatives(challenge),
        "ideas": _answers(challenge),
        "journey": of_challenge(challenge, account, moment) if challenge.status in PUBLIC else [],
        "ideas_open": bool(is_open(challenge.round, Activity.IDEA, moment)),
        "may_answer": can_act(account, challenge.round, Activity.IDEA, registered=registered, now=moment),
        "may_write": policy.can_write(account, challenge),
        "may_reword": policy.can_reword(account, challenge, now=moment),
        "may_withdraw": policy.can_withdraw(account, challenge),
        "leads": policy.leads(account, challenge),
        "moderates": bool(policy.can_decide(account, challenge)),
        "decisions": decisions_of(challenge.id) if history else [],
        "hints": _sentences(challenge.question, challenge.lang) if policy.leads(account, challenge) else [],
        "discussion": discussion(challenge, account, page_number(request.args.get("page")), now=moment),
    }


def _answers(challenge: Challenge) -> list[Card]:
    """Some of its ideas, in the order of the day. The question stands above them already."""
    if not challenge.ideas:
        return []
    found = ideas_listing(challenge.round, Filters(seed=today(now()).isoformat(), challenge=challenge.id))
    return [replace(card, question=None) for card in found.items[:ANSWERS_SHOWN]]


def _form(account: Account, **data: Any) -> ChallengeForm:
    return ChallengeForm(account, frames_with_tags(), **data)


def _rewording(account: Account, challenge: Challenge) -> RewordingForm:
    form = RewordingForm(account, frames_with_tags(), data=ChallengeForm.values(challenge))
    if not policy.needs_reason_to_reword(account, challenge):
        del form.reason
    return form


def _reword(challenge: Challenge) -> ResponseReturnValue:
    form = _rewording(person(), challenge)
    try:
        if form.speaks(person(), now()):
            reason = form.reason.data if form.reason else ""
            update_challenge(person(), challenge, form.wording(), reason, now=now())
            return respond(url_for("challenges.show", id=challenge.id), message=say("Die neue Fassung steht auf der Seite."))
    except Invalid as error:
        form.take(error)
    return _page(form, challenge.round, challenge), 422


def _submits() -> bool:
    return request.form.get("intent") == "submit"


def _page(form: ChallengeForm, round: Round, challenge: Challenge | None = None) -> str:
    found = _sentences(form.question.data or "", form.lang.data or "de")
    return render_template("challenges/edit.html", form=form, round=round, challenge=challenge, hints=found)


def _kept(challenge: Challenge) -> ResponseReturnValue:
    """A script that saves while somebody types gets the address of the row; a person the form again."""
    if request.accept_mimetypes.best == "application/json":
        address = url_for("challenges.update", id=challenge.id)
        return jsonify(autosave=address, action=address, saved_at=challenge.saved_at.isoformat())
    return respond(url_for("challenges.edit", id=challenge.id), message=say("Der Entwurf ist gespeichert. Nur Sie sehen ihn."))


def _too_late(refusal: Refused, round: Round, form: ChallengeForm) -> Verdict:
    """Refused by the clock or the rules: what was typed stays as a draft all the same."""
    account, wording, key, moment = person(), form.wording(), form.form_key.data, now()
    told = say("%(reason)s Ihr Text liegt als Entwurf in Ihrem Konto.", reason=refusal.verdict.reason)
    return replace(refusal.verdict, reason=told, keep=lambda: keep_draft(account, round, wording, form_key=key, now=moment))


def _submitted(form: ChallengeForm, challenge: Challenge) -> ResponseReturnValue:
    submit_challenge(person(), challenge, now=now())
    if form.follow.data:
        follow(person(), "challenge", challenge.id, now=now())
    message = say("Ihre Herausforderung ist eingereicht. Als Nächstes sieht die Moderation sie sich an und antwortet Ihnen.")
    return respond(url_for("challenges.show", id=challenge.id), message=message)


def _sentences(question: str, lang: str) -> list[Message]:
    return [HINTS[key] for key in hints(question, lang)]


def _difference(before: Any, after: Any) -> list[tuple[str, list[tuple[str, str]]]]:
    """Field by field, only what changed; nothing for the first version."""
    if before is None:
        return []
    names = {"question": say("Frage"), "context": say("Worum geht es?"), "sub_questions": say("Teilfragen")}
    changed = [(str(text), getattr(before, name), getattr(after, name)) for name, text in names.items()]
    return [(text, compare(old, new)) for text, old, new in changed if old != new]
