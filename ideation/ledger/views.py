from pathlib import Path

from flask import Blueprint, Response, make_response, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import person, signed_in, viewer
from ideation.accounts.models import Account
from ideation.ballots.models import Ballot
from ideation.ballots.queries import ballot_or_404, rule_notes, shown_ballot
from ideation.core.clock import hour, now
from ideation.core.htmx import respond
from ideation.core.pagecache import until
from ideation.core.paging import page_number
from ideation.core.sentence import say
from ideation.core.verdict import NotFound, require
from ideation.corrections.rules import CATEGORIES
from ideation.ledger import verify_ledger
from ideation.ledger.queries import ROWS, Receipt, entry_of, entry_page, heads_of, lines, signing_key, titles_of
from ideation.ledger.queries import receipt as find_receipt
from ideation.ledger.rules import Act, pem
from ideation.recounts.queries import faults_told, last_recount
from ideation.rounds.queries import round_or_404
from ideation.rounds.rules import next_edge
from ideation.votes.actions import mail_receipt
from ideation.votes.queries import entries_told, token_of

pages = Blueprint("ledger", __name__)
CODE_MAX = 80


def _ballot(id: int | None, slug: str) -> Ballot:
    if id is not None:
        return ballot_or_404(viewer(), id)
    ballot = shown_ballot(round_or_404(viewer(), slug).id, now())
    if ballot is None:
        raise NotFound
    return ballot


@pages.get("/rounds/<slug:slug>/ledger")
@pages.get("/ballots/<int:id>/ledger")
def show(id: int | None = None, slug: str = "") -> ResponseReturnValue:
    ballot = _ballot(id, slug)
    until(next_edge([ballot.window], now()))
    told, recount = entries_told(ballot), last_recount(ballot.id)
    page = entry_page(ballot.id, page_number(request.args.get("page"))) if told else None
    return render_template(
        "ledger/show.html", ballot=ballot, round=ballot.round, told=told, page=page, notes=rule_notes(ballot.id),
        titles=titles_of(entry["option"] for entry in page.items) if page else {}, categories=CATEGORIES,
        opening=entry_of(ballot.id, Act.OPEN), recount=recount, faults=faults_told(ballot, recount),
        heads=[(hour(head.published_at), head.hash) for head in heads_of(ballot.id)], key=_key(),
    )  # fmt: skip


def _key() -> str | None:
    key = signing_key()
    return pem(key.public) if key else None


@pages.get("/rounds/<slug:slug>/ledger.jsonl")
@pages.get("/ballots/<int:id>/ledger.jsonl")
def download(id: int | None = None, slug: str = "") -> ResponseReturnValue:
    ballot = _ballot(id, slug)
    require(entries_told(ballot))
    name = f"ledger-{ballot.round.slug}-{ballot.number}.jsonl"
    return _attached(Response(stream_with_context(lines(ballot.id)), mimetype="application/x-ndjson"), name)


def _attached(response: Response, name: str) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@pages.get("/verify_ledger.py")
def verifier() -> ResponseReturnValue:
    return _attached(Response(Path(verify_ledger.__file__).read_bytes(), mimetype="text/x-python"), "verify_ledger.py")


@pages.get("/receipts")
def receipts() -> ResponseReturnValue:
    typed = request.args.get("code", "").strip()
    return _receipt(typed) if typed else render_template("receipts/index.html", typed="", missing=False)


@pages.get("/receipts/<path:code>")
def receipt(code: str) -> ResponseReturnValue:
    return _receipt(code)


def _visible(asking: Account | None, code: str) -> tuple[Receipt, Ballot]:
    found = find_receipt(code)
    if found is None:
        raise NotFound
    return found, ballot_or_404(asking, found.entry.ballot_id)


def _receipt(code: str) -> ResponseReturnValue:
    try:
        found, ballot = _visible(viewer(), code)
    except NotFound:
        return make_response(render_template("receipts/index.html", typed=code[:CODE_MAX], missing=True), 404)
    token = token_of(ballot, viewer())
    return render_template(
        "receipts/show.html", receipt=found, ballot=ballot, round=ballot.round, title=titles_of([found.entry.option]).get(found.entry.option or 0),
        own=token is not None and token == found.entry.voter_token, told=entries_told(ballot), categories=CATEGORIES, key=_key(), rows=ROWS,
    )  # fmt: skip


@pages.post("/receipts/<code>/mail")
@signed_in
def send_receipt(code: str) -> ResponseReturnValue:
    found, _ = _visible(person(), code)
    mail_receipt(person(), found.code, now=now())
    return respond(url_for("ledger.receipt", code=found.code), message=say("Der Beleg ist unterwegs an Ihre E-Mail-Adresse."))
