from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.ballots.models import Ballot
from ideation.ballots.queries import ballot_or_404
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, NotFound, require
from ideation.recounts.queries import faults_of, find_differences
from ideation.rounds.models import Round
from ideation.rounds.queries import round_or_404
from ideation.selections.actions import (
    break_tie,
    certify,
    confirm_selection,
    count_ballot,
    name_winners,
    propose_selection,
    withdraw_proposal,
)
from ideation.selections.forms import CertifyForm, ChoiceForm, eligible, tied
from ideation.selections.models import Selection
from ideation.selections.policy import can_certify, can_confirm, can_count
from ideation.selections.queries import nameable, result_of, selection_of_ballot, selection_or_404, uncertified

pages = staff_pages("selections_manage", __name__)


def _mine(id: int) -> Ballot:
    ballot = ballot_or_404(person(), id)
    require(can_certify(person(), ballot.round))
    return ballot


def _page(ballot: Ballot, **forms: ChoiceForm | Invalid) -> str:
    """The count, and what can be done with it now."""
    moment = now()
    result, selection = result_of(ballot, moment), selection_of_ballot(ballot.id)
    told = result.told and bool(can_count(person(), ballot, moment))
    wrong = (faults_of(ballot.id) or find_differences(ballot, moment)) if told and result.selection is None else []
    fresh: dict[str, ChoiceForm | Invalid | None] = {
        "fault": None,
        "tie": ChoiceForm(tied(result), formdata=None),
        "other": ChoiceForm(eligible(result), result.winners or (), formdata=None),
    }
    return render_template(
        "selections/manage.html", ballot=ballot, round=ballot.round, result=result, selection=selection, wrong=wrong,
        may_count=can_count(person(), ballot, moment),
        may_confirm=can_confirm(person(), selection, ballot.round) if selection else None, **(fresh | forms),
    )  # fmt: skip


def _to(ballot_id: int) -> str:
    return url_for("selections_manage.show", id=ballot_id)


@pages.get("/ballots/<int:id>/selection")
def show(id: int) -> ResponseReturnValue:
    return _page(_mine(id))


@pages.post("/ballots/<int:id>/count")
def count(id: int) -> ResponseReturnValue:
    count_ballot(person(), _mine(id), now=now())
    return respond(_to(id), message=say("Die Abstimmung ist ausgezählt."))


@pages.post("/ballots/<int:id>/tie")
def tie(id: int) -> ResponseReturnValue:
    ballot = _mine(id)
    form = ChoiceForm(tied(result_of(ballot, now())))
    try:
        break_tie(person(), ballot, _chosen(form), form.reason.data, now=now())
    except Invalid as error:
        return _page(ballot, tie=_with(form, error)), 422
    return respond(_to(id), message=say("Der Gleichstand ist entschieden. Die Begründung steht beim Ergebnis."))


@pages.post("/ballots/<int:id>/lot")
def lot(id: int) -> ResponseReturnValue:
    break_tie(person(), _mine(id), by_lot=True, now=now())
    return respond(_to(id), message=say("Das Los hat entschieden. Wie, steht beim Ergebnis."))


@pages.post("/ballots/<int:id>/selection")
def create(id: int) -> ResponseReturnValue:
    ballot, form = _mine(id), CertifyForm()
    try:
        certify(person(), ballot, seen=form.winners, now=now())
    except Invalid as error:
        return _page(ballot, fault=error), 422
    done = say("Das Ergebnis ist festgestellt. Wer die Ideen geschrieben hat oder ihnen folgt, wird benachrichtigt.")
    return respond(_to(id), message=done)


@pages.post("/ballots/<int:id>/proposal")
def propose(id: int) -> ResponseReturnValue:
    ballot = _mine(id)
    form = ChoiceForm(eligible(result_of(ballot, now())))
    try:
        propose_selection(person(), ballot, _chosen(form), form.reason.data, now=now())
    except Invalid as error:
        return _page(ballot, other=_with(form, error)), 422
    return respond(
        _to(id), message=say("Der Vorschlag ist gespeichert. Nun muss eine zweite Person der Moderation ihn feststellen.")
    )


def _proposal(id: int) -> Selection:
    selection = selection_or_404(person(), id)
    if selection.ballot is None:
        raise NotFound
    return selection


@pages.post("/selections/<int:id>/certification")
def confirm(id: int) -> ResponseReturnValue:
    selection = confirm_selection(person(), _proposal(id), now=now())
    return respond(_to(selection.ballot_id or 0), message=say("Das Ergebnis ist festgestellt."))


@pages.post("/selections/<int:id>/withdrawal")
def withdraw(id: int) -> ResponseReturnValue:
    selection = _proposal(id)
    own = selection.proposed_by_id == person().id
    withdraw_proposal(person(), selection, now=now())
    done = say("Der Vorschlag ist zurückgezogen.") if own else say("Der Vorschlag ist abgelehnt.")
    return respond(_to(selection.ballot_id or 0), message=done)


def _named_page(round: Round, form: ChoiceForm) -> str:
    return render_template("selections/name.html", round=round, form=form, voting=uncertified(round.id))


def _named_form(slug: str) -> tuple[Round, ChoiceForm]:
    round = round_or_404(person(), slug)
    require(can_certify(person(), round))
    return round, ChoiceForm([(idea.id, idea.title) for idea in nameable(round.id)])


@pages.get("/rounds/<slug:slug>/selection")
def new(slug: str) -> ResponseReturnValue:
    return _named_page(*_named_form(slug))


@pages.post("/rounds/<slug:slug>/selection")
def name(slug: str) -> ResponseReturnValue:
    round, form = _named_form(slug)
    try:
        name_winners(person(), round, _chosen(form), form.reason.data, now=now())
    except Invalid as error:
        return _named_page(round, _with(form, error)), 422
    done = say("Die Auswahl ist öffentlich. Wer die Ideen geschrieben hat oder ihnen folgt, wird benachrichtigt.")
    return respond(url_for("selections.show", slug=slug), message=done)


def _chosen(form: ChoiceForm) -> list[int]:
    form.validate()
    return [idea for idea in form.ideas.data or [] if 0 < idea < 2**31]


def _with(form: ChoiceForm, error: Invalid) -> ChoiceForm:
    for field, sentence in error.faults.items():
        form[field].errors = [sentence]
    return form
