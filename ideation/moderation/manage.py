from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.applications.queries import waiting_count
from ideation.ballots.queries import to_price
from ideation.challenges.models import Challenge
from ideation.challenges.queries import challenge_or_404, decisions_of, open_challenges, relatives, targets_of
from ideation.challenges.rules import STATES, Status
from ideation.comments.models import Comment
from ideation.comments.queries import comment_or_404, subject_of
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.paging import page_number
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, NotFound, require
from ideation.corrections.queries import waiting_for_second
from ideation.decisions.rules import NAMES
from ideation.ideas.models import Idea
from ideation.ideas.queries import decisions_of as decisions_about_idea
from ideation.ideas.queries import idea_or_404
from ideation.institutions.policy import can_edit_institutions
from ideation.moderation import actions, policy
from ideation.moderation.forms import DecisionForm, QueueForm
from ideation.moderation.queries import decisions_about, mergeable_ideas, proposed, waiting
from ideation.moderation.rules import CHALLENGE_ACTS, QUEUE_KINDS
from ideation.rounds.models import Round
from ideation.rounds.policy import can_moderate
from ideation.selections.queries import to_certify
from ideation.signals.queries import waiting_signals

pages = staff_pages("moderation", __name__)


@pages.get("/")
def index() -> ResponseReturnValue:
    """What waits, the oldest first; the chosen item beside it, else the first."""
    found = waiting(person(), page_number(request.args.get("page")))
    chosen = next((w for w in found.items if w.name == request.args.get("item")), found.items[0] if found.items else None)
    shown: dict[str, Any] = {}
    if chosen is not None:
        shown = _challenge_page(_challenge(chosen.id)) if chosen.kind == "challenge" else _idea_page(_idea(chosen.id))
    uncertified = to_certify(person(), now())
    return render_template(
        "moderation/index.html", waiting=found, chosen=chosen, now=now(), uncertified=uncertified,
        proposed=proposed([ballot.id for ballot in uncertified]) if uncertified else (),
        corrections=waiting_for_second(person()), signals=waiting_signals(person()), unpriced=to_price(person()),
        applications=waiting_count() if can_edit_institutions(person()) else 0, **shown,
    )  # fmt: skip


@pages.get("/challenges/<int:id>")
def challenge(id: int) -> ResponseReturnValue:
    return render_template("moderation/show.html", **_challenge_page(_challenge(id)))


@pages.get("/ideas/<int:id>")
def idea(id: int) -> ResponseReturnValue:
    return render_template("moderation/show.html", **_idea_page(_idea(id)))


@pages.get("/comments/<int:id>")
def comment(id: int) -> ResponseReturnValue:
    return render_template("moderation/show.html", **_comment_page(_comment(id)))


@pages.post("/challenges/<int:id>/decisions")
def decide_challenge(id: int) -> ResponseReturnValue:
    item = _challenge(id)
    page = _challenge_page(item)
    form: DecisionForm = page["form"]
    try:
        actions.decide_challenge(person(), item, _kind(), form.reason.data or "", form.target_id, now=now())
        return _done(page, url_for(".challenge", id=id))
    except Invalid as error:
        return _again(page, error)


@pages.post("/ideas/<int:id>/decisions")
def decide_idea(id: int) -> ResponseReturnValue:
    item = _idea(id)
    page = _idea_page(item)
    form: DecisionForm = page["form"]
    try:
        actions.decide_idea(person(), item, _kind(), form.reason.data or "", form.target_id, now=now())
        return _done(page, url_for(".idea", id=id))
    except Invalid as error:
        return _again(page, error)


@pages.post("/comments/<int:id>/decisions")
def decide_comment(id: int) -> ResponseReturnValue:
    item = _comment(id)
    page = _comment_page(item)
    form: DecisionForm = page["form"]
    try:
        actions.decide_comment(person(), item, _kind(), form.reason.data or "", now=now())
        return _done(page, url_for(".comment", id=id))
    except Invalid as error:
        return _again(page, error)


@pages.get("/decisions")
def several() -> ResponseReturnValue:
    return _several(QueueForm({}))


@pages.post("/decisions")
def decide_several() -> ResponseReturnValue:
    """All or nothing: one fault, and the page comes back with every sentence in its place."""
    form = QueueForm(request.form)
    wishes = form.wishes()
    form.faults = actions.decide_several(person(), wishes, now=now())
    if form.faults or not wishes:
        return _several(form), 422
    return respond(url_for(".index"), message=say("Ihre Entscheidungen sind gespeichert."))


def _several(form: QueueForm) -> str:
    found = waiting(person(), page_number(request.args.get("page")))
    kinds = [(str(kind), CHALLENGE_ACTS[kind].label) for kind in QUEUE_KINDS]
    return render_template("moderation/several.html", waiting=found, form=form, kinds=kinds)


def _challenge(id: int) -> Challenge:
    """What waits is there for who curates the round; what is public, for all of staff, with a sentence. A draft belongs to its authors."""
    found = challenge_or_404(person(), id)
    if found.status == Status.DRAFT:
        raise NotFound
    return found


def _idea(id: int) -> Idea:
    found = idea_or_404(person(), id)
    if found.status == "draft":
        raise NotFound
    return found


def _comment(id: int) -> Comment:
    return comment_or_404(id)


def _challenge_page(item: Challenge) -> dict[str, Any]:
    require(can_moderate(person(), item.round))
    targets = open_challenges(item.round_id, besides=item.id)
    return {
        **_page("challenge", item, item.round, item.question, DecisionForm(policy.challenge_acts(person(), item), targets)),
        "state": STATES[Status(item.status)],
        "own": policy.challenges.is_author(person(), item),
        "relatives": relatives(item),
        "decisions": decisions_of(item.id),
        "rounds": targets_of(person(), item) if policy.challenges.can_carry_over(person(), item) else [],
        "may_reword": policy.challenges.can_reword(person(), item, now=now()),
    }


def _idea_page(item: Idea) -> dict[str, Any]:
    require(can_moderate(person(), item.round))
    acts = policy.idea_acts(person(), item)
    targets = mergeable_ideas(item) if any(act.kind == "merge" for act in acts) else []
    own = any(author.account_id == person().id for author in item.authors)
    return {
        **_page("idea", item, item.round, item.title, DecisionForm(acts, targets)),
        "own": own,
        "decisions": decisions_about_idea(item.id),
    }


def _comment_page(item: Comment) -> dict[str, Any]:
    subject = subject_of(item)
    require(can_moderate(person(), subject.round))
    form = DecisionForm(policy.comment_acts(person(), item, subject.round))
    title = subject.title if isinstance(subject, Idea) else subject.question
    decided = {"own": item.account_id == person().id, "decisions": decisions_about(item.id), "subject": subject}
    return {**_page("comment", item, subject.round, title, form), **decided}


def _page(noun: str, item: Challenge | Idea | Comment, round: Round, title: str, form: DecisionForm) -> dict[str, Any]:
    address = url_for(f".decide_{noun}", id=item.id)
    waits = getattr(item, "status", None) == "submitted"
    return {"noun": noun, noun: item, "round": round, "title": title, "form": form, "address": address, "waits": waits}


def _kind() -> str:
    return request.form.get("kind", "")


def _done(page: dict[str, Any], url: str) -> ResponseReturnValue:
    """Back to what waits, or to the item when it was not in the queue."""
    said = say("Entschieden: %(what)s.", what=NAMES[_kind()])
    return respond(url_for(".index") if page["waits"] else url, message=said)


def _again(page: dict[str, Any], error: Invalid) -> ResponseReturnValue:
    page["form"].take(error)
    return render_template("moderation/show.html", **page), 422
