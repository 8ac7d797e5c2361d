import json
from functools import lru_cache
from typing import Any

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from ideation.accounts.guard import viewer
from ideation.ballots.models import Ballot
from ideation.ballots.queries import ballot_or_404
from ideation.core.clock import today
from ideation.core.db import db
from ideation.core.download import download
from ideation.core.i18n import current_locale
from ideation.core.mail import address
from ideation.core.sentence import say
from ideation.core.typeset import pdf
from ideation.core.verdict import require
from ideation.pabulib.policy import can_publish_votes
from ideation.protocols.policy import can_read
from ideation.protocols.queries import protocol_of
from ideation.protocols.rules import Protocol, Text
from ideation.recounts.queries import last_recount
from ideation.transfer.rules import totals
from ideation.wordings.rules import HIDDEN, text

pages = Blueprint("protocols", __name__)
TITLE = say("Auswahlprotokoll")


@pages.get("/ballots/<int:id>/protocol")
def show(id: int) -> ResponseReturnValue:
    ballot = _closed(id)
    protocol = protocol_of(ballot)
    return render_template(
        "protocols/show.html", ballot=ballot, round=ballot.round, text=_text(protocol), recount=last_recount(id),
        single=can_publish_votes(ballot, protocol.voters),
    )  # fmt: skip


@pages.get("/ballots/<int:id>/protocol.pdf")
def printed(id: int) -> ResponseReturnValue:
    ballot = _closed(id)
    protocol = protocol_of(ballot)
    data = json.dumps(_data(protocol, _text(protocol), ballot.round.example), ensure_ascii=False, sort_keys=True)
    # Nothing is left to read, and nobody's transaction has to wait for the press.
    db.session.rollback()
    document = _bytes(data, current_locale(), f"{TITLE}: {protocol.round}")
    return download(document, "application/pdf", f"auswahlprotokoll-{id}.pdf")


@pages.get("/ballots/<int:id>/results.csv")
def table(id: int) -> ResponseReturnValue:
    protocol = protocol_of(_closed(id))
    names = ["place", "id", "title", "votes", "points", "paper", "cost", "eligible", "selected"]
    rows = [
        [r.place, r.idea, r.title or str(HIDDEN), r.votes, r.points, r.paper, r.cost, int(r.eligible), int(r.selected) if protocol.certified_at else None]
        for r in protocol.rows
    ]  # fmt: skip
    return download(
        totals(names, rows).encode("utf-8-sig"), "text/csv; charset=utf-8", f"abstimmung-{id}.csv", disposition="attachment"
    )


def _closed(id: int) -> Ballot:
    ballot = ballot_or_404(viewer(), id)
    require(can_read(ballot))
    return ballot


def _text(protocol: Protocol) -> Text:
    here = address("ballots.show", current_locale(), id=protocol.ballot)
    return text(protocol, f"{here}/ledger", f"{here}/results.pb")


def _data(protocol: Protocol, said: Text, example: bool) -> dict[str, Any]:
    """The same text as plain values for the press."""
    sections = [
        {
            "heading": str(section.heading),
            "paragraphs": [str(paragraph) for paragraph in section.paragraphs],
            "bars": [
                {"label": str(bar.title), "value": bar.row.points, "text": str(bar.text), "marked": bar.row.selected}
                for bar in section.bars
            ]
            or None,
            "table": {
                "head": [str(name) for name in section.table.head],
                "align": list(section.table.align),
                "rows": [[str(cell) for cell in row] for row in section.table.rows],
            }
            if section.table
            else None,
        }
        for section in said.sections
    ]
    notes = [str(note) for note in (said.standing, f"{say('Beispieldaten')}." if example else None) if note]
    return {
        "site": current_app.config["SITE_NAME"],
        "title": str(TITLE),
        "subtitle": f"{said.subtitle}. {' '.join(notes)}" if notes else str(said.subtitle),
        "facts": [[str(name), str(value)] for name, value in said.facts],
        "sections": sections,
        "hashes": [[str(name), value] for name, value in said.hashes],
        "footer": "",
        "labels": {"marked": str(say("ausgewählt") if protocol.certified_at else say("nach Stimmen vorn"))},
        **({"date": today(protocol.certified_at).isoformat()} if protocol.certified_at else {}),
    }


@lru_cache(32)
def _bytes(data: str, language: str, title: str) -> bytes:
    """A protocol that did not change is not printed again."""
    return pdf("protocols/protocol.typ", json.loads(data), language=language, title=title)
