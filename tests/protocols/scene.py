"""Closed ballots to write protocols of."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy.orm import joinedload

from ideation.ballots.actions import close_ballot
from ideation.ballots.models import Ballot, RuleNote
from ideation.core.db import db
from ideation.corrections.models import Correction
from ideation.ledger.actions import ensure_signing_key
from ideation.paper.models import Box, Code, CodeBatch, Sheet
from ideation.paper.rules import Spoiled, note_spoiled
from ideation.rounds.models import RoundModerator
from ideation.selections.actions import certify, confirm_selection, propose_selection
from tests.cast import (
    PAST,
    inside,
    make_account,
    make_ballot,
    make_challenge,
    make_decision,
    make_idea,
    make_round,
    make_votes,
    put,
)

WHY = "Diese Idee ist schon anderswo beschlossen."


def closed(app: Flask, *votes: int, titles: tuple[str, ...] = (), points: int = 1, **settings: Any) -> SimpleNamespace:
    """A ballot with so many people for each idea, closed a moment ago and not certified."""
    now = datetime.now(UTC)
    with inside(app):
        first, second = make_account("moderator"), make_account("moderator")
        round_ = make_round(first, title="Miteinander & mehr")
        put(RoundModerator(round_id=round_.id, account_id=second.id))
        challenge = make_challenge(round_, question="Wie können wir Orte der Begegnung schaffen?")
        names = titles or tuple(f"Vorschlag-{n}" for n, _ in enumerate(votes, 1))
        ideas = [make_idea(round_, challenge=challenge, title=title) for title in names]
        ensure_signing_key(now)
        ballot = make_ballot(round_, *ideas, days=PAST, **settings)
        make_votes(ballot, dict(zip(ideas, votes, strict=True)), points)
        close_ballot(loaded(ballot.id), now=now)
    return SimpleNamespace(
        first=first, second=second, slug=round_.slug, round=round_.id, id=ballot.id, ideas=[idea.id for idea in ideas]
    )


def loaded(ballot_id: int) -> Ballot:
    options = joinedload(Ballot.round), joinedload(Ballot.window)
    return db.session.get_one(Ballot, ballot_id, options=options, populate_existing=True)


def certified(app: Flask, here: SimpleNamespace) -> None:
    with inside(app):
        ballot = loaded(here.id)
        db.session.refresh(ballot.round, ["moderators"])
        certify(db.session.merge(here.first), ballot, now=datetime.now(UTC))


def chosen_differently(app: Flask, here: SimpleNamespace, *ideas: int) -> None:
    with inside(app):
        ballot, now = loaded(here.id), datetime.now(UTC)
        db.session.refresh(ballot.round, ["moderators"])
        proposed = propose_selection(db.session.merge(here.first), ballot, ideas, WHY, now=now)
        db.session.refresh(proposed, ["round", "ballot"])
        confirm_selection(db.session.merge(here.second), proposed, now=now)


def eventful(app: Flask, here: SimpleNamespace) -> None:
    """An extension, codes, paper and a correction."""
    now = datetime.now(UTC)
    with inside(app):
        put(RuleNote(ballot_id=here.id, closes_before=now, closes_after=now, reason="Der Server stand still.", noted_at=now))
        batch = put(CodeBatch(ballot_id=here.id, label="Rathaus", size=31, made_at=now))
        for n in range(31):
            put(Code(ballot_id=here.id, batch_id=batch.id, selector=f"S{n}", secret_hash="x", used=n < 17))
        spoiled = note_spoiled(dict.fromkeys(range(1, 6), Spoiled.EMPTY) | {9: Spoiled.TOO_MANY})
        box = put(
            Box(ballot_id=here.id, label="Stadtfest", sheets=43, status="counted", announced_at=now, counted_at=now, note=spoiled)
        )
        for n in range(1, 44):
            put(Sheet(box_id=box.id, number=n, turn=1, choices={} if n <= 5 else {str(here.ideas[0]): 1}))
        put(Box(ballot_id=here.id, label="Wochenmarkt", sheets=9, status="dropped", announced_at=now))
        void = make_decision("hide", reason=WHY)
        put(
            Correction(
                ballot_id=here.id, act="void", category="accounts", reason="Vier Konten, eine Person.", status="confirmed",
                proposed_at=now, decision_id=void.id, votes=4,
            )
        )  # fmt: skip
