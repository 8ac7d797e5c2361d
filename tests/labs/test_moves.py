"""Every step of a lab: who takes it, whether a word is asked for, and who is told."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from ideation.core.db import db
from ideation.core.verdict import Invalid, Refused
from ideation.labs.actions import move_lab
from ideation.labs.models import Lab
from ideation.labs.queries import lab_or_404
from ideation.labs.rules import MOVES, Move, Status, Told, Who, missing_sectors, move_to, moves_from
from ideation.notifications.actions import follow
from ideation.notifications.models import Notification
from tests.cast import inside, make_account, make_challenge, make_idea, make_lab, make_member, make_round

NOW = datetime.now(UTC)
WORD = "Der Rat setzt es um."
# Who may take which kind of step.
MAY = {
    Who.CARETAKER: {"moderator", "admin"},
    Who.FACILITATOR: {"moderator", "admin", "facilitator", "host"},
}
PEOPLE = ("moderator", "admin", "facilitator", "host", "member", "former", "other_moderator", "author", "follower")


def test_the_table_is_one_line_from_planned_to_closed() -> None:
    assert [(move.start, move.end) for move in MOVES] == [
        ("planned", "inviting"), ("inviting", "working"), ("working", "documented"), ("documented", "closed"),
    ]  # fmt: skip
    assert all((move_to(a, b) is not None) == ((a, b) in {(m.start, m.end) for m in MOVES}) for a in Status for b in Status)
    assert moves_from("closed") == [] and [move.reasoned for move in MOVES] == [False, False, False, True]


def scene(app: Flask, status: Status) -> SimpleNamespace:
    with inside(app):
        here = SimpleNamespace(admin=make_account("admin"), other_moderator=make_account("moderator"))
        here.moderator, here.author, here.follower = make_account("moderator"), make_account(), make_account()
        round_ = make_round(here.moderator)
        asked = make_challenge(round_, here.author, status="in_lab")
        lab = make_lab(make_idea(round_, here.author, challenge=asked, status="in_lab"), asked, status=status)
        for role in ("facilitator", "host", "member"):
            setattr(here, role, make_account())
            make_member(lab, getattr(here, role), role=role)
        here.former = make_account()
        make_member(lab, here.former, role="facilitator", left_at=NOW)
        follow(here.follower, "lab", lab.id, now=NOW)
        follow(here.member, "lab", lab.id, now=NOW)
        here.slug = lab.slug
    return here


@pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move.start}-{move.end}")
def test_a_step_is_taken_by_whom_the_table_says_and_tells_whom_it_says(app: Flask, move: Move) -> None:
    here = scene(app, move.start)
    for who in PEOPLE:
        with app.app_context():
            lab = lab_or_404(here.slug)
            if who in MAY[move.who]:
                move_lab(getattr(here, who), lab, move.end, WORD, now=NOW)
                assert lab.status == move.end
            else:
                with pytest.raises(Refused):
                    move_lab(getattr(here, who), lab, move.end, WORD, now=NOW)
            db.session.rollback()
    with app.app_context():
        # Nothing else leads on from here, whoever asks.
        for end in set(Status) - {move.start, move.end}:
            with pytest.raises(Refused):
                move_lab(here.admin, lab_or_404(here.slug), end, WORD, now=NOW)
            db.session.rollback()
        if move.reasoned:
            for word in ("", " \n ", "x" * 2_001):
                with pytest.raises(Invalid):
                    move_lab(here.moderator, lab_or_404(here.slug), move.end, word, now=NOW)
                db.session.rollback()
    for _ in range(2):
        with inside(app):
            move_lab(here.moderator, lab_or_404(here.slug), move.end, WORD, now=NOW)
    with app.app_context():
        told = {row.account_id: row for row in db.session.scalars(select(Notification))}
        assert db.session.scalar(select(Lab.closing)) == (WORD if move.reasoned else "")
    wanted = {here.follower.id: "follower"} if Told.FOLLOWERS in move.told else {}
    if Told.MEMBERS in move.told:
        wanted |= {getattr(here, role).id: "member" for role in ("facilitator", "host", "member")}
    if Told.AUTHORS in move.told:
        wanted |= {here.author.id: "author"}
    assert {account: row.told["part"] for account, row in told.items()} == wanted
    assert all(row.told.get("reason", "") == (WORD if move.reasoned else "") for row in told.values())


def test_what_is_missing_of_a_sector_is_counted() -> None:
    assert missing_sectors({"science": 3, "business": 2, "culture": 1}, {"science": 1, "business": 5}) == {
        "science": 2,
        "culture": 1,
    }
    assert missing_sectors({}, {"science": 1}) == {}
