from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in, viewer
from ideation.ballots.policy import can_vote_now, results_are_public
from ideation.ballots.queries import shown_ballot
from ideation.challenges.models import Challenge
from ideation.challenges.queries import challenge_or_404, challenges_of, takes_part
from ideation.comments.queries import discussion
from ideation.core.clock import next_midnight, now, today
from ideation.core.compare import compare
from ideation.core.htmx import respond
from ideation.core.i18n import current_locale
from ideation.core.pagecache import until
from ideation.core.paging import page_number
from ideation.core.sentence import Message, say
from ideation.core.verdict import Invalid, NotFound, Refused, Verdict, require
from ideation.ideas import actions, policy, queries, rules
from ideation.ideas.forms import IdeaForm, filters, reference
from ideation.ideas.models import Idea
from ideation.ideas.rules import UNPUBLISHED, Sort
from ideation.journeys.queries import of_idea
from ideation.pictures.queries import pictures_of
from ideation.rounds.models import Round
from ideation.rounds.policy import can_act, can_moderate, is_open
from ideation.rounds.queries import round_or_404
from ideation.rounds.rules import next_edge
from ideation.tags.queries import frames_with_tags
from ideation.votes.queries import spent, vote_state, votes_by
from ideation.votes.rules import left

pages = Blueprint("ideas", __name__)


@pages.app_context_processor
def words() -> dict[str, Any]:
    """What a status is called, means and looks like."""
    return {"idea_status": rules.NAMES, "idea_sentence": rules.SENTENCES, "idea_tone": rules.TONES}


@pages.get("/rounds/<slug:slug>/ideas")
def index(slug: str) -> ResponseReturnValue:
    moment, round = now(), round_or_404(viewer(), slug)
    asked = filters(request.args, request.args.getlist("tag"), today(moment).isoformat())
    ballot = shown_ballot(round.id, moment)
    public = ballot is not None and results_are_public(ballot, moment)
    silent = asked.sort is Sort.SUPPORTED and ballot is not None and not public
    found = queries.listing(round, replace(asked, sort=Sort.SHUFFLED) if silent else asked)
    until(next_midnight(moment))
    until(next_edge(round.windows, moment))
    mine = votes_by(ballot, viewer())
    return render_template(
        "ideas/index.html", round=round, asked=asked, ideas=found, silent=silent, numbers=public, ballot=ballot, mine=mine,
        frames=frames_with_tags(), challenges=challenges_of(round.id), may=can_act(viewer(), round, "idea", registered=True, now=moment),
        is_time=is_open(round, "idea", moment), voting=ballot is not None and can_vote_now(ballot, moment),
        left=left(ballot.limits, spent(mine)) if ballot else None, address=_kept() | {"seed": asked.seed},
    )  # fmt: skip


@pages.get("/rounds/<slug:slug>/ideas/new")
@signed_in
def new(slug: str) -> ResponseReturnValue:
    return _new(round_or_404(viewer(), slug), None)


@pages.get("/challenges/<int:id>/ideas/new")
@signed_in
def new_answer(id: int) -> ResponseReturnValue:
    challenge = challenge_or_404(viewer(), id)
    return _new(challenge.round, challenge)


@pages.post("/rounds/<slug:slug>/ideas")
@signed_in
def create(slug: str) -> ResponseReturnValue:
    return _create(round_or_404(viewer(), slug), None)


@pages.post("/challenges/<int:id>/ideas")
@signed_in
def create_answer(id: int) -> ResponseReturnValue:
    challenge = challenge_or_404(viewer(), id)
    return _create(challenge.round, challenge)


@pages.get("/ideas/<int:id>")
def show(id: int) -> ResponseReturnValue:
    moment, idea = now(), queries.idea_or_404(viewer(), id)
    until(next_edge(idea.round.windows, moment))
    author = policy.authorship(viewer(), idea)
    sent = author is not None and "submitted" in request.args
    return render_template(
        "ideas/show.html", idea=idea, round=idea.round, question=queries.public_question(idea), author=author,
        state=vote_state(viewer(), id, moment) if idea.status in rules.PUBLIC else None,
        discussion=discussion(idea, viewer(), page_number(request.args.get("page")), now=moment),
        journey=of_idea(idea, viewer(), moment) if idea.status in rules.PUBLIC else [],
        similar=queries.similar(idea.round_id, idea.title, idea.body, id) if sent else [], sent=sent,
        reads=policy.shows_text(viewer(), idea), public=rules.PUBLIC, pictures=pictures_of(idea),
        may_illustrate=author is not None and policy.can_illustrate(viewer(), idea),
        may_edit=author is not None and policy.can_edit(viewer(), idea, registered=takes_part(viewer(), idea.round), now=moment),
        may_withdraw=policy.can_withdraw(viewer(), idea), may_moderate=can_moderate(viewer(), idea.round),
        decisions=queries.decisions_of(id) if idea.was_judged and policy.can_see_history(viewer(), idea) else [],
    )  # fmt: skip


@pages.get("/ideas/<int:id>/edit")
@signed_in
def edit(id: int) -> ResponseReturnValue:
    idea = queries.idea_or_404(viewer(), id)
    require(policy.can_edit(person(), idea, registered=takes_part(person(), idea.round), now=now()))
    return _form(_blank(idea), idea.round, queries.public_question(idea), idea)


@pages.post("/ideas/<int:id>")
@signed_in
def update(id: int) -> ResponseReturnValue:
    idea = queries.idea_or_404(viewer(), id)
    form, question, draft = _blank(idea), queries.public_question(idea), idea.status in UNPUBLISHED
    submits = request.form.get("intent") == "submit" or not draft
    if submits and not form.speaks(person(), now()):
        return _form(form, idea.round, question, idea, 422)
    try:
        _write(idea, form)
        if draft and submits:
            with keeping(partial(_write, idea, form)):
                _submit(idea, form)
    except Invalid as invalid:
        form.take(invalid, idea)
        return _form(form, idea.round, question, idea, 422)
    return _saved(idea, None if draft else say("Ihre Änderung ist veröffentlicht."))


@pages.get("/ideas/<int:id>/versions")
def versions(id: int) -> ResponseReturnValue:
    idea = queries.idea_or_404(viewer(), id)
    if not policy.shows_text(viewer(), idea):
        raise NotFound
    listed = queries.versions_of(id)
    steps = [
        (new, compare(old.title, new.title), compare(old.body, new.body)) for new, old in zip(listed, listed[1:], strict=False)
    ]
    moment = now()
    ballot = shown_ballot(idea.round_id, moment)
    # While results are hidden, not even the first vote is told.
    voted = idea.first_vote_at if ballot is None or results_are_public(ballot, moment) else None
    return render_template("ideas/versions.html", idea=idea, steps=steps, first=listed[-1] if listed else None, voted=voted)


@pages.get("/ideas/<int:id>/withdrawal")
@signed_in
def withdrawal(id: int) -> ResponseReturnValue:
    idea = queries.idea_or_404(viewer(), id)
    require(policy.can_withdraw(person(), idea))
    return render_template("ideas/withdrawal.html", idea=idea)


@pages.post("/ideas/<int:id>/withdrawal")
@signed_in
def withdraw(id: int) -> ResponseReturnValue:
    actions.withdraw_idea(person(), queries.idea_or_404(viewer(), id), now=now())
    return respond(url_for("ideas.show", id=id), message=say("Ihre Idee ist zurückgezogen."))


@pages.post("/rounds/<slug:slug>/ideas/similar")
@signed_in
def similar(slug: str) -> ResponseReturnValue:
    """What is written there already, while somebody writes. Reads only; a long text does not fit into an address."""
    round, form = round_or_404(viewer(), slug), request.form
    found = queries.similar(round.id, form.get("title", "")[:500], form.get("body", "")[:5_000], reference(form.get("idea", "")))
    return render_template("ideas/_similar.html", similar=found)


def _kept() -> dict[str, Any]:
    """What the next page of the list goes on asking for; anything else in the address is nobody's."""
    return {name: request.args.getlist(name) for name in ("q", "challenge", "tag", "sort", "shortlist") if name in request.args}


def _blank(idea: Idea | None = None) -> IdeaForm:
    return IdeaForm(person(), frames_with_tags(), current_locale(), idea)


def _form(form: IdeaForm, round: Round, challenge: Challenge | None, idea: Idea | None, status: int = 200) -> ResponseReturnValue:
    """The page one writes on; with the text of the others beside it when both wrote at once."""
    page = "ideas/new.html" if idea is None else "ideas/edit.html"
    other = idea if idea is not None and form.seen.errors else None
    may = _may_submit(idea) if idea is not None and idea.status in UNPUBLISHED else None
    return render_template(page, form=form, round=round, challenge=challenge, idea=idea, other=other, may=may), status


def _may_submit(idea: Idea) -> Verdict:
    here, joined = queries.takes_ideas(idea.round, idea.challenge), takes_part(person(), idea.round)
    return policy.can_submit(person(), idea, here, registered=joined, now=now())


def _new(round: Round, challenge: Challenge | None) -> ResponseReturnValue:
    here = queries.takes_ideas(round, challenge)
    require(policy.can_propose(person(), round, here, registered=takes_part(person(), round), now=now()))
    return _form(_blank(), round, challenge, None)


def _create(round: Round, challenge: Challenge | None) -> ResponseReturnValue:
    form, moment = _blank(), now()
    submits = request.form.get("intent") == "submit"
    # An empty draft is told what is missing.
    if not (form.speaks(person(), moment) if submits else form.begun()):
        return _form(form, round, challenge, None, 422)
    keep = partial(actions.keep_draft, person(), round, challenge, form.content, form=form.form_key.data, now=moment)
    try:
        with keeping(keep):
            idea = actions.save_draft(person(), round, challenge, form.content, form=form.form_key.data, now=moment)
            if submits and idea.status in UNPUBLISHED:
                _submit(idea, form)
    except Invalid as invalid:
        form.take(invalid)
        return _form(form, round, challenge, None, 422)
    return _saved(idea)


def _write(idea: Idea, form: IdeaForm) -> None:
    actions.update_idea(person(), idea, form.content, form=form.form_key.data, seen=form.opened_after, now=now())


def _submit(idea: Idea, form: IdeaForm) -> None:
    actions.submit_idea(person(), idea, now=now())
    if form.follow.data:
        from ideation.notifications.actions import follow

        follow(person(), "idea", idea.id, now=now())


@contextmanager
def keeping(keep: Callable[[], object]) -> Iterator[None]:
    """Too late, or not allowed: what was typed stays as a draft all the same."""
    try:
        yield
    except Refused as refusal:
        told = say("%(reason)s Ihr Text liegt als Entwurf in Ihrem Konto.", reason=refusal.verdict.reason)
        raise Refused(replace(refusal.verdict, reason=told, keep=keep)) from refusal


def _saved(idea: Idea, message: Message | None = None) -> ResponseReturnValue:
    """Autosave reads where the draft lives now; a person goes on to the next thing to do."""
    url = url_for("ideas.update", id=idea.id)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(autosave=url, action=url)
    if idea.status in UNPUBLISHED:
        return respond(url_for("ideas.edit", id=idea.id), message=say("Ihr Entwurf ist gespeichert. Nur Sie sehen ihn."))
    return respond(url_for("ideas.show", id=idea.id, submitted=None if message else 1), message=message)
