from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.ballots.models import Ballot
from ideation.ballots.policy import results_are_public
from ideation.ballots.queries import ballot_or_404
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, NotFound, require
from ideation.corrections.actions import confirm_correction, propose_correction, withdraw_correction
from ideation.corrections.forms import CorrectionForm
from ideation.corrections.models import Correction
from ideation.corrections.policy import can_confirm, can_correct
from ideation.corrections.queries import (
    casts_in,
    casts_of,
    casts_of_correction,
    concerned,
    correction_or_404,
    corrections_of,
    is_certified,
    options_to_choose,
    reach_of,
)
from ideation.corrections.rules import CATEGORIES, CAUSES, STATES, TONES, VOTES_MAX, Act, Span, codes_in
from ideation.rounds.policy import can_moderate
from ideation.selections.queries import written_by
from ideation.signals.models import Signal
from ideation.signals.queries import marks_of, signal_or_404

pages = staff_pages("corrections_manage", __name__)
WORDS = {"categories": CATEGORIES, "states": STATES, "tones": TONES}


def _mine(id: int) -> Ballot:
    ballot = ballot_or_404(person(), id)
    require(can_moderate(person(), ballot.round))
    return ballot


def _theirs(id: int) -> Correction:
    correction = correction_or_404(person(), id)
    require(can_moderate(person(), correction.ballot.round))
    return correction


@pages.get("/ballots/<int:id>/corrections")
def index(id: int) -> ResponseReturnValue:
    ballot = _mine(id)
    may = can_correct(person(), ballot, certified=is_certified(id), now=now())
    found = corrections_of(id)
    return render_template("corrections/index.html", ballot=ballot, round=ballot.round, corrections=found, may_correct=may, **WORDS)


def _form(ballot: Ballot) -> tuple[CorrectionForm, Signal | None]:
    """Filled in with what somebody comes from: a signal, or an earlier correction that was an error."""
    source, earlier = (request.values.get(name, "") for name in ("signal", "correction"))
    signal = signal_or_404(person(), int(source)) if _is_number(source) else None
    correction = _theirs(int(earlier)) if _is_number(earlier) else None
    if any(known is not None and known.ballot_id != ballot.id for known in (signal, correction)):
        raise NotFound
    spans = results_are_public(ballot, now())
    return CorrectionForm(options_to_choose(ballot.id), source=signal, earlier=correction, spans=spans), signal


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _new(ballot: Ballot, form: CorrectionForm, signal: Signal | None) -> str:
    return render_template("corrections/new.html", ballot=ballot, round=ballot.round, form=form, signal=signal)


@pages.get("/ballots/<int:id>/corrections/new")
def new(id: int) -> ResponseReturnValue:
    ballot = _mine(id)
    require(can_correct(person(), ballot, certified=is_certified(id), now=now()))
    return _new(ballot, *_form(ballot))


@pages.post("/ballots/<int:id>/corrections")
def create(id: int) -> ResponseReturnValue:
    ballot = _mine(id)
    form, signal = _form(ballot)
    form.validate()
    try:
        chosen = _chosen(ballot, form, signal)
        proposed = propose_correction(
            person(), ballot, form.act.data or "", form.category.data or "", form.reason.data, chosen, now=now()
        )
    except Invalid as error:
        form.take(error)
        return _new(ballot, form, signal), 422
    done = say("Der Vorschlag ist gespeichert. Nun muss eine zweite Person der Moderation ihn bestätigen.")
    return respond(url_for(".show", id=proposed.id), message=done)


def _chosen(ballot: Ballot, form: CorrectionForm, signal: Signal | None) -> list[int]:
    """The entries of the votes, by the way that was chosen; one more than allowed, so that the action can say it."""
    if form.act.data not in CAUSES:
        raise Invalid(act=say("Bitte wählen Sie, was geschehen soll."))
    act, way = Act(form.act.data), form.way.data
    if way == "codes":
        found, wrong = casts_of(ballot.id, act, codes_in(form.codes.data)[: VOTES_MAX + 1])
        if wrong:
            raise Invalid(
                codes=say("Zu diesen Belegen gibt es keine Stimme, auf die das zutrifft: %(codes)s", codes=", ".join(wrong))
            )
        return found
    if way == "correction" and _is_number(form.correction.data or ""):
        return casts_of_correction(ballot.id, act, int(form.correction.data))
    if way == "signal" and signal is not None:
        marks = marks_of(signal)
        span = Span(signal.idea_id, signal.begins_at, signal.ends_at, True, marks.young, marks.quiet, marks.networks)
        return casts_in(ballot.id, act, span, VOTES_MAX + 1)
    return casts_in(ballot.id, act, form.span(marks_of(signal, always=True).networks if signal else ()), VOTES_MAX + 1)


@pages.get("/corrections/<int:id>")
def show(id: int) -> ResponseReturnValue:
    correction, moment = _theirs(id), now()
    ballot = correction.ballot
    own, certified = written_by(person().id, concerned(correction)), is_certified(ballot.id)
    return render_template(
        "corrections/show.html", correction=correction, ballot=ballot, round=ballot.round, reach=reach_of(correction),
        counts=results_are_public(ballot, moment), certified=certified,
        may_confirm=can_confirm(person(), correction, certified=certified, own=own, now=moment), **WORDS,
    )  # fmt: skip


@pages.post("/corrections/<int:id>/confirmation")
def confirm(id: int) -> ResponseReturnValue:
    correction, moment = _theirs(id), now()
    confirm_correction(person(), correction, now=moment)
    public = results_are_public(correction.ballot, moment)
    done = say("Das ist bestätigt und öffentlich.") if public else say("Das ist bestätigt. Öffentlich wird es mit dem Ergebnis.")
    return respond(url_for(".show", id=id), message=done)


@pages.post("/corrections/<int:id>/withdrawal")
def withdraw(id: int) -> ResponseReturnValue:
    correction = _theirs(id)
    own = correction.proposed_by_id == person().id
    withdraw_correction(person(), correction, now=now())
    done = say("Der Vorschlag ist zurückgezogen.") if own else say("Der Vorschlag ist abgelehnt.")
    return respond(url_for(".index", id=correction.ballot_id), message=done)
