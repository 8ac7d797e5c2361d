from collections.abc import Sequence
from typing import Any

from flask import Response, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from ideation.accounts.guard import let_go, person, staff_pages
from ideation.ballots.models import Ballot
from ideation.ballots.queries import ballot_or_404
from ideation.core.clock import now
from ideation.core.htmx import respond
from ideation.core.i18n import shown
from ideation.core.mail import address
from ideation.core.sentence import End, say, say_n
from ideation.core.typeset import Untypeset, pdf, qr
from ideation.core.verdict import Invalid, require
from ideation.paper import actions
from ideation.paper.forms import BatchForm, BoxForm, NoteForm, SheetForm, number
from ideation.paper.models import Box
from ideation.paper.policy import can_announce, can_count_box, can_drop, can_make_codes, can_type
from ideation.paper.queries import batch_or_404, batches_of, box_or_404, boxes_of, options_of, turn_of, typing_of
from ideation.paper.rules import read_spoiled
from ideation.rounds.policy import can_moderate

pages = staff_pages("paper_manage", __name__)


def _mine(id: int) -> Ballot:
    ballot = ballot_or_404(person(), id)
    require(can_moderate(person(), ballot.round))
    return ballot


def _codes(ballot: Ballot, form: BatchForm) -> str:
    return render_template(
        "paper/codes.html", ballot=ballot, round=ballot.round, form=form, batches=batches_of(ballot.id),
        may=can_make_codes(person(), ballot, now()),
    )  # fmt: skip


@pages.get("/ballots/<int:id>/codes")
def codes(id: int) -> ResponseReturnValue:
    return _codes(_mine(id), BatchForm(formdata=None))


@pages.post("/ballots/<int:id>/codes")
def print_codes(id: int) -> ResponseReturnValue:
    ballot, form, moment = _mine(id), BatchForm(), now()
    label, size = form.label.data or "", number(form.size.data)
    try:
        drawn = actions.draw_codes(person(), ballot, label, size, now=moment)
        sheet = _sheet(ballot, drawn)
        let_go()
        document = pdf("paper/sheet.typ", sheet, language=str(get_locale()), title=str(say("Codes zum Abstimmen")))
        actions.make_codes(person(), _mine(id), label, size, drawn=drawn, now=moment)
    except Invalid as error:
        form.take(error)
    except Untypeset:
        form.size.errors = [say("Die Blätter ließen sich nicht setzen. Es wurden keine Codes angelegt.")]
    else:
        flash(str(say_n("%(num)s Code ist gedruckt.", "%(num)s Codes sind gedruckt.", size)), "success")
        headers = {"Content-Disposition": f'attachment; filename="codes-{id}.pdf"'}
        return Response(document, mimetype="application/pdf", headers=headers)
    return _codes(_mine(id), form), 422


def _sheet(ballot: Ballot, drawn: Sequence[str]) -> dict[str, Any]:
    """What stands on the cards. The code in the picture comes after a #: it reaches no server and no log."""
    way = address("paper.new", str(get_locale()), id=ballot.id)
    closes = ballot.window.closes_at
    return {
        "site": current_app.config["SITE_NAME"],
        "round": ballot.round.title,
        "ballot": str(say("%(number)s. Abstimmung", number=ballot.number)),
        "closes": str(shown(End(closes)) if closes else say("auf Weiteres")),
        "address": way,
        "steps": [
            str(say("Scannen Sie das Bild oder öffnen Sie die Adresse, melden Sie sich an und geben Sie den Code ein.")),
            str(say("Er gilt einmal.")),
        ],
        "codes": [{"code": code, "qr": qr(f"{way}#{code}")} for code in drawn],
        "labels": {
            "card": str(say("Ihr Code zum Abstimmen")),
            "until": str(say("Gültig bis")),
            "address": str(say("Adresse:")),
            "qr": str(say("QR-Code zum Einlösen des Codes")),
        },
    }


@pages.post("/batches/<int:id>/void")
def void(id: int) -> ResponseReturnValue:
    batch = batch_or_404(person(), id)
    gone = actions.void_batch(person(), batch, now=now())
    done = say("Die Codes dieses Stapels, die noch niemand eingelöst hatte, gelten nicht mehr.")
    none = say("In diesem Stapel ist kein Code mehr offen.")
    return respond(url_for("paper_manage.codes", id=batch.ballot_id), message=done if gone else none)


def _boxes(ballot: Ballot, form: BoxForm) -> str:
    return render_template(
        "paper/boxes.html", ballot=ballot, round=ballot.round, form=form, boxes=boxes_of(ballot.id),
        may=can_announce(person(), ballot, now()),
    )  # fmt: skip


@pages.get("/ballots/<int:id>/boxes")
def boxes(id: int) -> ResponseReturnValue:
    return _boxes(_mine(id), BoxForm(formdata=None))


@pages.post("/ballots/<int:id>/boxes")
def announce(id: int) -> ResponseReturnValue:
    ballot, form = _mine(id), BoxForm()
    try:
        actions.announce_box(person(), ballot, form.label.data or "", number(form.sheets.data), now=now())
    except Invalid as error:
        form.take(error)
        return _boxes(ballot, form), 422
    return respond(
        url_for("paper_manage.boxes", id=id), message=say("Die Papierstimmen sind angekündigt. Die Auszählung wartet auf sie.")
    )


def _my_box(id: int) -> Box:
    box = box_or_404(person(), id)
    require(can_moderate(person(), box.ballot.round))
    return box


def _box(box: Box, form: SheetForm | None = None, note: NoteForm | None = None) -> str:
    """What this person has typed in, and what comes next. What the other has read is shown once both are through."""
    moment, typing, turn = now(), typing_of(box), turn_of(box, person())
    options, mine = options_of(box.ballot_id), typing.of(turn)
    if form is None:
        wanted = number(request.args.get("sheet")) or typing.next_number(turn or 1 + bool(box.first_by_id))
        form = SheetForm(box.ballot, options, formdata=None).show(wanted, mine.get(wanted or 0, {}))
    return render_template(
        "paper/box.html", box=box, ballot=box.ballot, round=box.ballot.round, typing=typing, turn=turn, mine=mine, form=form,
        options=options, note=note or NoteForm(formdata=None), spoiled=read_spoiled(box.note) if box.status == "counted" else [],
        may_type=can_type(person(), box, moment), may_drop=can_drop(person(), box),
        may_count=can_count_box(person(), box, missing=typing.missing, differing=len(typing.differing), now=moment),
    )  # fmt: skip


def _to(box_id: int) -> str:
    return url_for("paper_manage.box", id=box_id)


@pages.get("/boxes/<int:id>")
def box(id: int) -> ResponseReturnValue:
    return _box(_my_box(id))


@pages.post("/boxes/<int:id>/sheets")
def type_in(id: int) -> ResponseReturnValue:
    box = _my_box(id)
    form = SheetForm(box.ballot, options_of(box.ballot_id))
    try:
        again = actions.type_sheet(person(), box, form.wanted, form.typed(), now=now())
    except Invalid as error:
        form.take(error)
        return _box(box, form), 422
    done = say("Blatt %(n)s ist geändert.", n=form.wanted) if again else say("Blatt %(n)s ist eingegeben.", n=form.wanted)
    return respond(_to(id), message=done)


@pages.post("/boxes/<int:id>/restart")
def restart(id: int) -> ResponseReturnValue:
    actions.restart_typing(person(), _my_box(id), 1 if request.form.get("turn") == "1" else 2, now=now())
    return respond(_to(id), message=say("Diese Eingabe ist gelöscht. Jemand anderes kann sie neu beginnen."))


@pages.post("/boxes/<int:id>/count")
def count(id: int) -> ResponseReturnValue:
    spoiled = actions.count_box(person(), _my_box(id), now=now())
    none = say("Die Papierstimmen sind gezählt.")
    some = say_n(
        "%(num)s Blatt zählt nicht; der Grund steht hier.", "%(num)s Blätter zählen nicht; die Gründe stehen hier.", len(spoiled)
    )
    return respond(_to(id), message=say("%(done)s %(rest)s", done=none, rest=some) if spoiled else none)


@pages.post("/boxes/<int:id>/drop")
def drop(id: int) -> ResponseReturnValue:
    box, form = _my_box(id), NoteForm()
    try:
        actions.drop_box(person(), box, form.note.data or "", now=now())
    except Invalid as error:
        form.take(error)
        return _box(box, note=form), 422
    return respond(_to(id), message=say("Diese Papierstimmen werden nicht gezählt. Der Grund steht beim Ergebnis."))
