from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.ballots.models import Ballot
from ideation.ballots.queries import ballot_or_404
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.paging import page_number
from ideation.core.sentence import Message, say
from ideation.core.verdict import Invalid, NotFound, require
from ideation.rounds.models import Round
from ideation.rounds.queries import round_or_404
from ideation.signals.actions import announce_outreach, remove_outreach, see_signal
from ideation.signals.forms import NoteForm, OutreachForm
from ideation.signals.models import Signal
from ideation.signals.policy import can_look, can_remove
from ideation.signals.queries import announced, outreach_or_404, signal_or_404, signals_of
from ideation.signals.rules import from_snapshot, sentences

pages = staff_pages("signals_manage", __name__)


@pages.app_template_filter("signal_sentences")
def signal_sentences(facts: dict[str, Any]) -> list[Message]:
    return sentences(from_snapshot(facts))


@pages.get("/ballots/<int:id>/signals")
def index(id: int) -> ResponseReturnValue:
    ballot = ballot_or_404(person(), id)
    require(can_look(person(), ballot.round))
    return _list(ballot, page_number(request.args.get("page")))


def _list(ballot: Ballot, number: int) -> str:
    return render_template("signals/index.html", ballot=ballot, round=ballot.round, signals=signals_of(ballot.id, number))


def _signal(id: int) -> Signal:
    signal = signal_or_404(person(), id)
    require(can_look(person(), signal.ballot.round))
    return signal


def _page(signal: Signal, form: NoteForm) -> str:
    return render_template("signals/show.html", signal=signal, ballot=signal.ballot, round=signal.ballot.round, form=form)


@pages.get("/signals/<int:id>")
def show(id: int) -> ResponseReturnValue:
    signal = _signal(id)
    return _page(signal, NoteForm(data={"note": signal.note}))


@pages.post("/signals/<int:id>")
def see(id: int) -> ResponseReturnValue:
    signal, form = _signal(id), NoteForm()
    try:
        see_signal(person(), signal, form.note.data or "", now=now())
    except Invalid as error:
        form.take(error)
        return _page(signal, form), 422
    return respond(
        url_for(".index", id=signal.ballot_id), message=say("Ihre Notiz ist gespeichert. Der Hinweis gilt als angesehen.")
    )


def _mine(slug: str) -> Round:
    round = round_or_404(person(), slug)
    require(can_look(person(), round))
    return round


def _events(round: Round, form: OutreachForm) -> str:
    events = [(event, bool(can_remove(person(), event, round))) for event in announced(round.id)]
    return render_template("signals/outreach.html", round=round, events=events, form=form)


@pages.get("/rounds/<slug:slug>/outreach")
def outreach(slug: str) -> ResponseReturnValue:
    return _events(_mine(slug), OutreachForm())


@pages.post("/rounds/<slug:slug>/outreach")
def announce(slug: str) -> ResponseReturnValue:
    round, form = _mine(slug), OutreachForm()
    try:
        form.validate()
        announce_outreach(person(), round, form.title.data, form.opens_at.data, form.closes_at.data, now=now())
    except Invalid as error:
        form.take(error)
        return _events(round, form), 422
    return respond(url_for(".outreach", slug=slug), message=say("Das ist angekündigt. Hinweise aus dieser Zeit nennen es."))


@pages.post("/rounds/<slug:slug>/outreach/<int:event>/removal")
def remove(slug: str, event: int) -> ResponseReturnValue:
    round, found = _mine(slug), outreach_or_404(event)
    if found.round_id != round.id:
        raise NotFound
    remove_outreach(person(), found, round, now=now())
    return respond(url_for(".outreach", slug=slug), message=say("Die Ankündigung ist entfernt."))
