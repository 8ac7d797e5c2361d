from datetime import datetime, timedelta
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, staff_pages
from ideation.accounts.policy import can_moderate as is_moderator
from ideation.ballots.actions import create_ballot, update_ballot
from ideation.ballots.forms import BallotForm
from ideation.ballots.models import Ballot
from ideation.ballots.queries import ballots_of, missing_costs
from ideation.ballots.rules import BallotSettings, Method
from ideation.core.clock import next_midnight, now
from ideation.core.htmx import respond
from ideation.core.sentence import Message, say
from ideation.core.verdict import Invalid, NotFound, require
from ideation.institutions.actions import add_institution
from ideation.institutions.queries import all_names
from ideation.ledger.queries import is_opened
from ideation.rounds.actions import (
    add_moderator,
    archive_round,
    copy_round,
    create_round,
    moved,
    planned,
    publish_round,
    remove_moderator,
    set_hosts,
    set_windows,
    shift,
    update_round,
)
from ideation.rounds.forms import (
    HostsForm,
    ModeratorForm,
    NewRoundForm,
    PreviewForm,
    RoundForm,
    TitleForm,
    WindowsForm,
)
from ideation.rounds.models import Round
from ideation.rounds.policy import can_archive, can_moderate, can_publish
from ideation.rounds.queries import glance, round_or_404, rounds_of
from ideation.rounds.rules import NAMES, PRESETS, Activity, stretches
from ideation.rounds.views import round_page

pages = staff_pages("rounds_manage", __name__)


def mine(slug: str) -> Round:
    round = round_or_404(person(), slug)
    require(can_moderate(person(), round))
    return round


def saved(round: Round, message: Message) -> ResponseReturnValue:
    return respond(url_for("rounds_manage.edit", slug=round.slug), message=message)


@pages.get("/rounds")
def index() -> ResponseReturnValue:
    require(is_moderator(person()))
    moment = now()
    return render_template("rounds/manage_index.html", rounds=[glance(r, moment) for r in rounds_of(person())], now=moment)


@pages.get("/rounds/new")
def new() -> ResponseReturnValue:
    require(is_moderator(person()))
    return render_template("rounds/new.html", form=NewRoundForm())


@pages.post("/rounds")
def create() -> ResponseReturnValue:
    form, moment = NewRoundForm(), now()
    try:
        if form.validate():
            round = create_round(person(), form.preset.data, form.title.data, now=moment)
            first_ballot(round, moment)
            return saved(round, say("Die Runde ist als Entwurf angelegt. Prüfen Sie die Zeiten, dann veröffentlichen Sie sie."))
    except Invalid as error:
        form.take(error)
    return render_template("rounds/new.html", form=form), 422


def first_ballot(round: Round, moment: datetime) -> None:
    preset = PRESETS[round.preset]
    span = next((s for s in planned(preset, now=moment) if s.activity == Activity.VOTE), None)
    if span is not None and preset.ballot:
        settings = {**preset.ballot, "method": Method(preset.ballot["method"])}
        create_ballot(person(), round, BallotSettings(**settings), span.opens_at, span.closes_at, now=moment)


@pages.get("/rounds/<slug:slug>/edit")
def edit(slug: str) -> ResponseReturnValue:
    return editor(mine(slug))


def editor(round: Round, windows: WindowsForm | None = None, **forms: Any) -> str:
    """The page with all its forms; the one that was sent stands there as it was typed."""
    moment, ballots = now(), ballots_of(round.id)
    voted = {ballot.id: is_opened(ballot.id) for ballot in ballots}
    windows = windows or windows_form(round, ballots, voted, None)
    asked: dict[str, Any] = {
        "settings": forms.get("settings") or RoundForm.of(round),
        "hosts": forms.get("hosts") or HostsForm.of(round.hosts, round.hosts),
        "moderator": forms.get("moderator") or ModeratorForm(formdata=None),
        "next_edition": forms.get("next_edition") or TitleForm(formdata=None, data={"title": round.title}),
        "new_ballot": forms.get("new_ballot") or new_ballot_form(round, moment),
        "ballots": {b.id: forms.get(f"ballot_{b.id}") or BallotForm.of(b) for b in ballots},
    }
    return render_template(
        "rounds/edit.html",
        round=round,
        names=all_names(),
        now=moment,
        at=glance(round, moment),
        windows=windows,
        line=stretches(windows.spans(), moment),
        faults=windows.faults(),
        ballots=ballots,
        voted=voted,
        unpriced=missing_costs(round.id),
        forms=asked,
        may_publish=can_publish(person(), round),
        may_archive=can_archive(person(), round),
    )


@pages.post("/rounds/<slug:slug>")
def update(slug: str) -> ResponseReturnValue:
    round, form = mine(slug), RoundForm()
    try:
        if form.validate():
            update_round(person(), round, **form.wanted(), now=now())
            return saved(round, say("Die Angaben sind gespeichert."))
    except Invalid as error:
        form.take(error)
    return editor(round, settings=form), 422


def windows_form(round: Round, ballots: list[Ballot], voted: dict[int, bool], formdata: Any) -> WindowsForm:
    rows = {}
    for ballot in ballots:
        label = NAMES[Activity.VOTE] if len(ballots) == 1 else say("%(number)s. Abstimmung", number=ballot.number)
        rows[f"vote_{ballot.id}"] = (ballot.window, label, voted[ballot.id])
    return WindowsForm.of(round.windows, rows, formdata)


@pages.post("/rounds/<slug:slug>/windows")
def windows(slug: str) -> ResponseReturnValue:
    """`intent=preview` draws the line and saves nothing."""
    round = mine(slug)
    ballots = ballots_of(round.id)
    form = windows_form(round, ballots, {b.id: is_opened(b.id) for b in ballots}, request.form)
    valid = form.validate()
    if valid and form.intent.data == "preview":
        return editor(round, form)
    try:
        if valid:
            save_windows(round, ballots, form, now())
            return saved(round, say("Die Zeiträume sind gespeichert."))
    except Invalid as error:
        form.take(error)
    return editor(round, form), 422


def save_windows(round: Round, ballots: list[Ballot], form: WindowsForm, moment: datetime) -> None:
    rows = {row.key: (row.opens.data, row.closes.data) for row in form.rows}
    for ballot in ballots:
        times = rows.pop(f"vote_{ballot.id}")
        try:
            update_ballot(person(), ballot, ballot.settings, *times, reason=form.reason.data, now=moment)
        except Invalid as error:
            at_row = {"opens_at": f"vote_{ballot.id}_opens", "reason": "reason"}
            raise Invalid(**{at_row.get(name, f"vote_{ballot.id}_closes"): fault for name, fault in error.faults.items()}) from None
    set_windows(person(), round, {key: times if times[0] else None for key, times in rows.items()}, now=moment)


@pages.post("/rounds/<slug:slug>/hosts")
def hosts(slug: str) -> ResponseReturnValue:
    round = mine(slug)
    form, known = HostsForm.of(round.hosts), list(round.hosts)
    try:
        if form.validate():
            chosen = [i for i in known if i.id in form.hosts.data]
            more = [add_institution(person(), form.new_host.data)] if form.new_host.data else []
            set_hosts(person(), round, [*chosen, *more], now=now())
            return saved(round, say("Gespeichert, wer die Runde ausrichtet."))
    except Invalid as error:
        form.take(error)
    return editor(round, hosts=form), 422


@pages.post("/rounds/<slug:slug>/moderators")
def moderators(slug: str) -> ResponseReturnValue:
    """`remove` = an account's id, else `email` of somebody to add."""
    round, form = mine(slug), ModeratorForm()
    leaving = request.form.get("remove", type=int)
    try:
        if leaving is not None:
            remove_moderator(person(), round, leaving, now=now())
            return respond(url_for("rounds_manage.index"), message=say("Gespeichert, wer die Runde betreut."))
        if form.validate():
            add_moderator(person(), round, form.email.data, now=now())
            return saved(round, say("Gespeichert, wer die Runde betreut."))
    except Invalid as error:
        form.take(error)
    return editor(round, moderator=form), 422


@pages.post("/rounds/<slug:slug>/publication")
def publication(slug: str) -> ResponseReturnValue:
    round = mine(slug)
    publish_round(person(), round, now=now())
    return saved(round, say("Die Runde ist veröffentlicht. Alle können sie jetzt sehen."))


@pages.post("/rounds/<slug:slug>/archive")
def archive(slug: str) -> ResponseReturnValue:
    round = mine(slug)
    archive_round(person(), round, now=now())
    return saved(round, say("Die Runde ist archiviert. Alles bleibt nachlesbar, mitmachen kann niemand mehr."))


@pages.post("/rounds/<slug:slug>/copy")
def copy(slug: str) -> ResponseReturnValue:
    round, form, moment = mine(slug), TitleForm(), now()
    try:
        if form.validate():
            copied = copy_round(person(), round, form.title.data, now=moment)
            by = shift(round.windows, now=moment) if round.windows else timedelta()
            for ballot in ballots_of(round.id):
                opens, closes = moved(ballot.window.opens_at, by), moved(ballot.window.closes_at, by)
                assert opens is not None
                create_ballot(person(), copied, ballot.settings, opens, closes, now=moment)
            return saved(copied, say("Die nächste Ausgabe ist als Entwurf angelegt. Die Zeiten sind um ganze Wochen verschoben."))
    except Invalid as error:
        form.take(error)
    return editor(round, next_edition=form), 422


def new_ballot_form(round: Round, moment: datetime) -> BallotForm:
    """Begins when the last known window has ended, two weeks long."""
    begins = next_midnight(max((w.closes_at for w in round.windows if w.closes_at), default=moment))
    return BallotForm.fresh(begins, moved(begins, timedelta(days=14)))


@pages.post("/rounds/<slug:slug>/ballots")
def add_ballot(slug: str) -> ResponseReturnValue:
    round, form = mine(slug), BallotForm(prefix="new-")
    try:
        if form.validate() and form.has_beginning():
            create_ballot(person(), round, form.wanted(), form.opens_at.data, form.closes_at.data, now=now())
            return saved(round, say("Die Abstimmung ist angelegt."))
    except Invalid as error:
        form.take(error)
    return editor(round, new_ballot=form), 422


@pages.post("/rounds/<slug:slug>/ballots/<int:id>")
def change_ballot(slug: str, id: int) -> ResponseReturnValue:
    round = mine(slug)
    ballot = next((b for b in ballots_of(round.id) if b.id == id), None)
    if ballot is None:
        raise NotFound
    form, window = BallotForm.sent(ballot), ballot.window
    try:
        if form.validate():
            update_ballot(person(), ballot, form.wanted(), window.opens_at, window.closes_at, now=now())
            return saved(round, say("Die Regeln der Abstimmung sind gespeichert."))
    except Invalid as error:
        form.take(error)
    return editor(round, **{f"ballot_{id}": form}), 422


@pages.get("/rounds/<slug:slug>/preview")
def preview(slug: str) -> ResponseReturnValue:
    """What a visitor sees at any moment."""
    round, form = mine(slug), PreviewForm(request.args)
    if "at" in request.args:
        form.validate()
    moment = form.at.data = form.at.data or now()
    return render_template("rounds/show.html", **round_page(round, None, False, moment), preview=form)
