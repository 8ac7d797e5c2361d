"""Codes on paper: printed once, redeemed once, guessed never (V14)."""

import io
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot
from ideation.ballots.queries import ballot_or_404
from ideation.core.db import Base, db
from ideation.core.typeset import Untypeset
from ideation.paper import manage
from ideation.paper.actions import make_codes
from ideation.paper.models import Code, CodeBatch
from ideation.votes.actions import destroy_keys
from ideation.votes.models import Participation, Vote
from tests.cast import COMING, PAST, inside, make_account, make_ballot, make_idea, make_round
from tests.visit import login, post

HOSTILE = "<script>alert(1)</script> & „Ünicode“ #eval(1)"
WRONG = "22222-22222"


def scene(app: Flask, count: int = 3, **settings: Any) -> SimpleNamespace:
    """A ballot with codes, its moderator, a participant; a second ballot with codes of its own."""
    with inside(app):
        moderator, person, other = make_account("moderator"), make_account(), make_account()
        ballots = []
        for _ in range(2):
            round_ = make_round(moderator)
            idea = make_idea(round_)
            ballots.append(make_ballot(round_, idea, eligibility="T2", hides_results=False, **settings))
        codes = [codes_of(moderator, ballot.id, count) for ballot in ballots]
    return SimpleNamespace(
        moderator=moderator, person=person, other=other, ballot=ballots[0].id, foreign=ballots[1].id, codes=codes[0],
        foreign_codes=codes[1], client=login(app.test_client(), person), idea=None,
    )  # fmt: skip


def codes_of(moderator: Account, ballot_id: int, count: int) -> list[str]:
    ballot = ballot_or_404(moderator, ballot_id)
    # As on the day it was opened, also where the test is about a ballot that is over.
    return make_codes(moderator, ballot, "Bürgerbüro", count, now=ballot.window.opens_at + timedelta(minutes=1))


def redeem(here: SimpleNamespace, code: str, client: Any = None, ballot: int = 0) -> Any:
    return post(client or here.client, f"/ballots/{ballot or here.ballot}/code", code=code)


def kept(app: Flask, ballot: int) -> tuple[int, int, int]:
    """Used codes, eligible people, votes."""
    with app.app_context():
        used = select(func.count()).select_from(Code).where(Code.ballot_id == ballot, Code.used)
        eligible = select(func.count()).select_from(Participation).where(Participation.ballot_id == ballot, Participation.eligible)
        votes = select(func.count()).select_from(Vote).where(Vote.ballot_id == ballot)
        return tuple(db.session.scalar(query) or 0 for query in (used, eligible, votes))  # type: ignore[return-value]


def vote(app: Flask, here: SimpleNamespace, client: Any = None) -> Any:
    with app.app_context():
        round_id = db.session.get_one(Ballot, here.ballot).round_id
        from ideation.ideas.models import Idea

        idea = db.session.scalars(select(Idea.id).where(Idea.round_id == round_id)).one()
    return post(client or here.client, f"/ideas/{idea}/vote", choice="support"), idea


def test_an_account_without_a_code_cannot_vote_and_is_led_to_the_page(app: Flask) -> None:
    here = scene(app)
    answer, idea = vote(app, here)
    assert answer.status_code == 403 and "Code auf Papier" in answer.text
    assert kept(app, here.ballot) == (0, 0, 0)
    for page in (f"/ideas/{idea}", f"/ballots/{here.ballot}"):
        assert f'href="/ballots/{here.ballot}/code"' in here.client.get(page).text


def test_a_code_opens_the_ballot_once(app: Flask) -> None:
    here = scene(app)
    answer = redeem(here, here.codes[0].lower().replace("-", " "))
    assert (answer.status_code, answer.location) == (303, f"/ballots/{here.ballot}")
    answer, idea = vote(app, here)
    assert answer.status_code == 303
    assert kept(app, here.ballot) == (1, 1, 1)
    assert f'href="/ballots/{here.ballot}/code"' not in here.client.get(f"/ideas/{idea}").text
    again = redeem(here, here.codes[0], login(app.test_client(), here.other))
    assert again.status_code == 403 and "schon eingelöst" in again.text
    assert kept(app, here.ballot) == (1, 1, 1)


def test_who_may_vote_already_uses_no_second_code(app: Flask) -> None:
    here = scene(app)
    redeem(here, here.codes[0])
    for code in (here.codes[1], here.codes[0], "irgendetwas"):
        assert redeem(here, code).status_code == 303
    assert kept(app, here.ballot) == (1, 1, 0)
    assert redeem(here, here.codes[1], login(app.test_client(), here.other)).status_code == 303
    assert kept(app, here.ballot) == (2, 2, 0)


def test_a_code_of_another_ballot_is_unknown_here_and_stays_good_there(app: Flask) -> None:
    here = scene(app)
    answer = redeem(here, here.foreign_codes[0])
    assert answer.status_code == 403
    assert kept(app, here.ballot) == kept(app, here.foreign) == (0, 0, 0)
    assert redeem(here, here.foreign_codes[0], ballot=here.foreign).status_code == 303
    assert kept(app, here.foreign) == (1, 1, 0)


def test_after_five_wrong_tries_the_right_code_is_void_too(app: Flask) -> None:
    here = scene(app)
    selector = here.codes[0][:5]
    for left in (
        "Es bleiben 4 Versuche.",
        "Es bleiben 3 Versuche.",
        "Es bleiben 2 Versuche.",
        "Es bleibt 1 Versuch.",
        "fünfmal falsch",
    ):
        answer = redeem(here, selector + WRONG)
        assert answer.status_code == 403 and left in answer.text
    for code in (here.codes[0], selector + WRONG):
        answer = redeem(here, code, login(app.test_client(), here.other))
        assert answer.status_code == 403 and "gilt nicht mehr" in answer.text
    assert kept(app, here.ballot) == (0, 0, 0)
    with app.app_context():
        assert sorted(db.session.scalars(select(Code.tries).where(Code.ballot_id == here.ballot))) == [0, 0, 5]


def test_the_right_code_within_five_tries_counts_no_try(app: Flask) -> None:
    here = scene(app)
    for _ in range(4):
        redeem(here, here.codes[0][:5] + WRONG)
    assert redeem(here, here.codes[0]).status_code == 303
    assert kept(app, here.ballot) == (1, 1, 0)


def test_thirty_wrong_entries_an_hour_are_all_one_network_has(app: Flask) -> None:
    here = scene(app)
    taken = {code[:4] for code in here.codes}
    unknown = next(s for s in ("ABCD", "ABCE", "ABCF", "ABCG") if s not in taken)
    for _ in range(30):
        assert redeem(here, f"{unknown}-{WRONG}").status_code == 403
    answer = redeem(here, here.codes[0])
    assert answer.status_code == 429 and answer.headers["Retry-After"]
    assert kept(app, here.ballot) == (0, 0, 0)


def test_what_is_no_code_comes_back_to_be_corrected(app: Flask) -> None:
    here = scene(app)
    answer = redeem(here, HOSTILE)
    assert answer.status_code == 422 and "14 Zeichen" in answer.text
    assert "&lt;script&gt;" in answer.text and "<script>alert" not in answer.text


def test_visitors_are_led_to_the_login_and_get_no_form(app: Flask) -> None:
    here = scene(app)
    page = app.test_client().get(f"/ballots/{here.ballot}/code")
    assert "Anmelden und Code einlösen" in page.text and "csrf_token" not in page.text and "Set-Cookie" not in page.headers


@pytest.mark.parametrize(
    ("settings", "sentence"), [({"days": PAST}, "geschlossen"), ({"closed_at": datetime(2026, 1, 1, tzinfo=UTC)}, "geschlossen")]
)
def test_a_closed_ballot_takes_no_code(app: Flask, settings: dict[str, Any], sentence: str) -> None:
    here = scene(app, 0 if "closed_at" in settings else 3, **settings) if "closed_at" not in settings else scene_closed(app)
    answer = redeem(here, here.codes[0])
    assert answer.status_code == 403 and sentence in answer.text
    assert kept(app, here.ballot) == (0, 0, 0)


def scene_closed(app: Flask) -> SimpleNamespace:
    here = scene(app)
    with inside(app):
        db.session.get_one(Ballot, here.ballot).closed_at = datetime.now(UTC)
    return here


def test_a_code_may_be_redeemed_before_the_opening(app: Flask) -> None:
    here = scene(app, days=COMING)
    assert redeem(here, here.codes[0]).status_code == 303


def test_a_ballot_for_every_account_needs_no_code(app: Flask) -> None:
    with inside(app):
        moderator, person = make_account("moderator"), make_account()
        round_ = make_round(moderator)
        ballot = make_ballot(round_, make_idea(round_))
    client = login(app.test_client(), person)
    answer = post(client, f"/ballots/{ballot.id}/code", code="ABCD-EFGHJ-KLMNP")
    assert answer.status_code == 403 and "keinen Code" in answer.text
    printing = post(login(app.test_client(), moderator), f"/manage/ballots/{ballot.id}/codes", label="x", size="5")
    assert printing.status_code == 403


def printed(app: Flask, here: SimpleNamespace, **fields: str) -> Any:
    client = login(app.test_client(), here.moderator)
    return post(client, f"/manage/ballots/{here.ballot}/codes", **{"label": HOSTILE, "size": "9", **fields})


def test_the_sheet_holds_every_code_once_and_the_database_none(app: Flask) -> None:
    here = scene(app, 1)
    answer = printed(app, here)
    assert answer.status_code == 200 and answer.mimetype == "application/pdf" and answer.headers["Cache-Control"] == "no-store"
    import re

    words = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    codes = re.findall(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}", words)
    assert len(codes) == len(set(codes)) == 9
    with app.app_context():
        everything = "".join(repr(db.session.execute(select(table)).all()) for table in Base.metadata.sorted_tables)
        assert db.session.scalar(select(func.count()).select_from(Code).where(Code.ballot_id == here.ballot)) == 10
    for code in codes:
        _, middle, end = code.split("-")
        assert middle + end not in everything and f"{middle}-{end}" not in everything
    assert redeem(here, codes[8]).status_code == 303
    page = login(app.test_client(), here.moderator).get(f"/manage/ballots/{here.ballot}/codes").text
    assert "&lt;script&gt;" in page and "<script>alert" not in page and "unter 5" in page
    assert not any(code in page for code in codes)


def test_a_sheet_that_cannot_be_set_leaves_no_batch(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(app, 1)

    def fail(*arguments: Any, **more: Any) -> bytes:
        raise Untypeset("out of paper")

    monkeypatch.setattr(manage, "pdf", fail)
    answer = printed(app, here)
    assert answer.status_code == 422 and "keine Codes angelegt" in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(CodeBatch).where(CodeBatch.ballot_id == here.ballot)) == 1


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"size": "0"}, "1 bis 5.000"),
        ({"size": "5001"}, "1 bis 5.000"),
        ({"size": "-3"}, "1 bis 5.000"),
        ({"label": ""}, "Bezeichnung"),
    ],
)
def test_a_batch_that_cannot_be_is_refused_with_what_was_typed(app: Flask, fields: dict[str, str], sentence: str) -> None:
    here = scene(app, 1)
    answer = printed(app, here, **fields)
    assert answer.status_code == 422 and sentence in answer.text


def test_a_lost_batch_stops_working_but_for_who_has_redeemed(app: Flask) -> None:
    here = scene(app)
    redeem(here, here.codes[0])
    with app.app_context():
        batch = db.session.scalars(select(CodeBatch.id).where(CodeBatch.ballot_id == here.ballot)).one()
    client = login(app.test_client(), here.moderator)
    for _ in range(2):
        assert post(client, f"/manage/batches/{batch}/void").status_code == 303
    assert "Für ungültig erklärt" in client.get(f"/manage/ballots/{here.ballot}/codes").text
    assert redeem(here, here.codes[1], login(app.test_client(), here.other)).status_code == 403
    assert vote(app, here)[0].status_code == 303
    assert kept(app, here.ballot) == (1, 1, 1)


def test_only_the_round_s_moderators_see_and_print_codes(app: Flask) -> None:
    here = scene(app)
    with inside(app):
        stranger = make_account("moderator")
    for who in (stranger, here.person):
        client = login(app.test_client(), who)
        assert client.get(f"/manage/ballots/{here.ballot}/codes").status_code == 403
        assert post(client, f"/manage/ballots/{here.ballot}/codes", label="x", size="5").status_code == 403


def test_codes_go_with_the_key(app: Flask) -> None:
    here = scene(app)
    with inside(app):
        db.session.get_one(Ballot, here.ballot).closed_at = datetime.now(UTC) - timedelta(days=61)
    with inside(app):
        destroy_keys(datetime.now(UTC))
    with app.app_context():
        assert list(db.session.scalars(select(Code.ballot_id).distinct())) == [here.foreign]
    page = login(app.test_client(), here.moderator).get(f"/manage/ballots/{here.ballot}/codes").text
    assert "Alle Codes sind gelöscht." in page


def test_after_printing_the_page_says_how_many(app: Flask) -> None:
    here = scene(app, 1)
    client = login(app.test_client(), here.moderator)
    page = f"/manage/ballots/{here.ballot}/codes"
    assert "Jeder Klick macht neue Codes" in client.get(page).text
    assert post(client, page, label="Jugendzentrum", size="2").mimetype == "application/pdf"
    assert "2 Codes sind gedruckt." in client.get(page).text
