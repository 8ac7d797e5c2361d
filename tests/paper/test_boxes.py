"""Paper ballots of an event: announced, typed in by two people, compared, counted through the ledger."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from ideation.ballots.models import Ballot, Option
from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.ledger.models import Entry
from ideation.paper.models import Box, CodeBatch, Sheet
from ideation.recounts.actions import recount
from ideation.recounts.queries import to_recount
from ideation.rounds.models import RoundModerator
from ideation.votes.models import Participation
from tests.cast import inside, make_account, make_ballot, make_decision, make_idea, make_round, make_votes, put
from tests.visit import login, post, run_jobs

HOSTILE = "<script>alert(1)</script> & „Ünicode“"


def scene(app: Flask, ideas: int = 3, sheets: int = 3, label: str = "Marktplatz", **settings: Any) -> SimpleNamespace:
    """Two moderators, a ballot that takes votes, a box announced by the first."""
    with inside(app):
        first, second, third = (make_account("moderator") for _ in range(3))
        person = make_account()
        round_ = make_round(first)
        for other in (second, third):
            put(RoundModerator(round_id=round_.id, account_id=other.id))
        options = [make_idea(round_, title=f"Vorschlag-{n}") for n in range(1, ideas + 1)]
        ballot = make_ballot(round_, *options, **{"votes_each": 2, "days": (-1.0, 20 / 1440), **settings})
        make_votes(ballot, {options[0]: 1})
    here = SimpleNamespace(ballot=ballot.id, ideas=[i.id for i in options], person=person, app=app)
    here.first, here.second, here.third = (login(app.test_client(), who) for who in (first, second, third))
    answer = post(here.first, f"/manage/ballots/{ballot.id}/boxes", label=label, sheets=str(sheets))
    assert answer.status_code == 303, answer.text
    with app.app_context():
        here.box = db.session.scalars(select(Box.id).where(Box.ballot_id == ballot.id)).one()
    here.path = f"/manage/boxes/{here.box}"
    return here


def sheet(here: SimpleNamespace, client: Any, number: int, *ideas: int, **more: Any) -> Any:
    return post(client, f"{here.path}/sheets", number=str(number), ideas=[str(here.ideas[n]) for n in ideas], **more)


def typed(here: SimpleNamespace, *sheets: tuple[int, ...]) -> None:
    """Both read the same."""
    for client in (here.first, here.second):
        for number, ideas in enumerate(sheets, 1):
            assert sheet(here, client, number, *ideas).status_code == 303


@pytest.fixture
def ends() -> Iterator[Callable[[], None]]:
    """The ballot of a scene is over. Its window cannot be moved: from the first vote on the database refuses an earlier end."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(time_machine.travel(datetime.now(UTC) + timedelta(minutes=21)))


def counters(here: SimpleNamespace) -> list[tuple[int, int, int]]:
    """Votes, points and points on paper of each idea."""
    with here.app.app_context():
        rows = {
            o.idea_id: (o.votes, o.points, o.paper)
            for o in db.session.scalars(select(Option).where(Option.ballot_id == here.ballot))
        }
        return [rows[idea] for idea in here.ideas]


def box(here: SimpleNamespace) -> tuple[str, int]:
    """The status of the box, and for how many the ballot waits."""
    with here.app.app_context():
        return db.session.get_one(Box, here.box).status, db.session.get_one(Ballot, here.ballot).boxes_open


def test_two_people_type_the_sheets_in_and_they_count(app: Flask, ends: Callable[[], None]) -> None:
    here = scene(app)
    typed(here, (0,), (0, 1), ())
    ends()
    answer = post(here.second, f"{here.path}/count")
    assert answer.status_code == 303
    assert box(here) == ("counted", 0)
    assert counters(here) == [(3, 3, 2), (1, 1, 1), (0, 0, 0)]
    with app.app_context():
        paper = (
            select(func.count())
            .select_from(Entry)
            .where(Entry.ballot_id == here.ballot, Entry.body.is_not(None), Entry.action == "cast")
        )
        assert db.session.scalar(paper) == 3
        assert db.session.scalar(select(func.count()).select_from(Participation).where(Participation.ballot_id == here.ballot)) == 3
    run_jobs(app)
    with inside(app):
        ballot = to_recount(ballot_id=here.ballot)[0]
        assert ballot.closed_at is not None
        assert recount(ballot, now=datetime.now(UTC)) == []
    page = app.test_client().get(f"/ballots/{here.ballot}/results").text
    assert "davon auf Papier: 2" in page and "auf Papier</th>" in page
    assert "Marktplatz, Zahl der Blätter: 3. Gezählt: 2, ungültig: 1." in page and "Blatt 3: leer oder ungültig" in page


def test_without_paper_there_is_no_column(app: Flask, ends: Callable[[], None]) -> None:
    here = scene(app)
    post(here.first, f"{here.path}/drop", note="Die Blätter sind im Regen nass geworden.")
    ends()
    run_jobs(app)
    page = app.test_client().get(f"/ballots/{here.ballot}/results").text
    assert "auf Papier</th>" not in page and "davon auf Papier" not in page
    assert "Die Blätter sind im Regen nass geworden." in page


def test_the_close_waits_until_the_box_is_counted(app: Flask, ends: Callable[[], None]) -> None:
    here = scene(app)
    typed(here, (0,), (1,), (2,))
    ends()
    run_jobs(app)
    with app.app_context():
        assert db.session.get_one(Ballot, here.ballot).closed_at is None
    assert "Papierstimmen werden noch eingegeben." in app.test_client().get(f"/ballots/{here.ballot}/results").text
    assert post(here.first, f"/manage/ballots/{here.ballot}/count").status_code == 403
    post(here.first, f"{here.path}/count")
    run_jobs(app)
    with app.app_context():
        assert db.session.get_one(Ballot, here.ballot).closed_at is not None


def test_nobody_sees_what_the_other_read_before_both_are_through(app: Flask) -> None:
    here = scene(app, sheets=2)
    sheet(here, here.first, 1, 0)
    sheet(here, here.first, 2, 1)
    page = here.second.get(here.path).text
    assert " checked" not in page and "Erste Person: 2 von 2" in page and 'id="differences"' not in page
    assert " checked" not in here.second.get(f"{here.path}?sheet=1").text


def test_differences_are_listed_and_settled_by_typing_again(app: Flask) -> None:
    here = scene(app, sheets=2)
    sheet(here, here.first, 1, 0)
    sheet(here, here.first, 2, 1)
    sheet(here, here.second, 1, 0)
    sheet(here, here.second, 2, 2)
    for client in (here.first, here.second):
        page = client.get(here.path).text
        assert "1 Blatt ist verschieden eingegeben" in page and page.count("Vorschlag-3") >= 1
    assert post(here.first, f"{here.path}/count").status_code == 403
    assert counters(here)[1] == (0, 0, 0)
    assert sheet(here, here.second, 2, 1).status_code == 303
    assert "Papierstimmen zählen" in here.first.get(here.path).text
    assert post(here.first, f"{here.path}/count").status_code == 303
    assert counters(here) == [(2, 2, 1), (1, 1, 1), (0, 0, 0)]


def test_one_person_alone_counts_nothing(app: Flask) -> None:
    here = scene(app, sheets=1)
    for _ in range(2):
        sheet(here, here.first, 1, 0)
    assert post(here.first, f"{here.path}/count").status_code == 403
    with app.app_context():
        assert db.session.scalars(select(Sheet.turn)).all() == [1]
    sheet(here, here.second, 1, 0)
    # A third person has read nothing and decides nothing.
    assert sheet(here, here.third, 1, 0).status_code == 403
    assert post(here.third, f"{here.path}/count").status_code == 403
    assert box(here) == ("open", 1)


def test_counting_twice_counts_once(app: Flask) -> None:
    here = scene(app, sheets=1)
    typed(here, (0,))
    for client in (here.first, here.second, here.first):
        assert post(client, f"{here.path}/count").status_code == 303
    assert counters(here)[0] == (2, 2, 1)
    assert box(here) == ("counted", 0)
    assert sheet(here, here.first, 1, 1).status_code == 403
    assert post(here.first, f"{here.path}/drop", note="Ein Grund mit genug Zeichen.").status_code == 403


def test_a_sheet_over_the_limit_or_for_a_hidden_idea_is_spoiled_with_its_reason(app: Flask) -> None:
    here = scene(app, sheets=3)
    typed(here, (0, 1, 2), (0, 1), (2,))
    with inside(app):
        idea = db.session.get_one(Idea, here.ideas[2])
        idea.visibility, idea.visibility_decision_id = "hidden", make_decision("hide").id
    assert post(here.first, f"{here.path}/count").status_code == 303
    assert counters(here) == [(2, 2, 1), (1, 1, 1), (0, 0, 0)]
    page = here.first.get(here.path).text
    assert "Blatt 1: mehr Stimmen, als die Regeln erlauben" in page
    assert "Blatt 3: eine Idee, die keine Stimmen mehr annimmt" in page


def test_points_are_typed_and_counted(app: Flask) -> None:
    here = scene(app, sheets=2, method="points", votes_each=5, points_max=3)
    for client in (here.first, here.second):
        post(client, f"{here.path}/sheets", number="1", **{f"points-{here.ideas[0]}": "3", f"points-{here.ideas[1]}": "2"})
        post(client, f"{here.path}/sheets", number="2", **{f"points-{here.ideas[2]}": "4"})
    bad = post(here.first, f"{here.path}/sheets", number="1", **{f"points-{here.ideas[0]}": "1,5"})
    assert bad.status_code == 422 and "ganze Zahlen" in bad.text and "1,5" in bad.text
    assert post(here.first, f"{here.path}/count").status_code == 303
    assert counters(here) == [(2, 4, 3), (1, 2, 2), (0, 0, 0)]


def test_many_ideas_are_typed_by_their_numbers(app: Flask) -> None:
    here = scene(app, ideas=31, sheets=1)
    for text, word in (
        ("999999", "steht nicht zur Abstimmung"),
        (f"{here.ideas[0]}, x", "lässt sich nicht lesen"),
        (HOSTILE, "lässt sich nicht lesen"),
    ):
        answer = post(here.first, f"{here.path}/sheets", number="1", choices=text)
        assert answer.status_code == 422 and word in answer.text and "<script>alert" not in answer.text
    for client in (here.first, here.second):
        assert post(client, f"{here.path}/sheets", number="1", choices=f"{here.ideas[30]} {here.ideas[4]}").status_code == 303
    post(here.second, f"{here.path}/count")
    assert counters(here)[30] == counters(here)[4] == (1, 1, 1)


def test_a_sheet_needs_a_number_of_the_box(app: Flask) -> None:
    here = scene(app, sheets=2)
    for number in ("0", "3", "-1", "x", "9" * 400):
        answer = post(here.first, f"{here.path}/sheets", number=number, ideas=[str(here.ideas[0])])
        assert answer.status_code == 422 and "von 1 bis 2 nummeriert" in answer.text


def test_boxes_are_announced_before_the_end(app: Flask, ends: Callable[[], None]) -> None:
    here = scene(app, label=HOSTILE)
    path = f"/manage/ballots/{here.ballot}/boxes"
    for sheets in ("0", "501", "x"):
        assert post(here.first, path, label="Halle", sheets=sheets).status_code == 422
    assert "<script>alert" not in here.first.get(path).text
    ends()
    answer = post(here.first, path, label="Halle", sheets="5")
    assert answer.status_code == 403 and "vor dem Ende" in answer.text
    assert box(here) == ("open", 1)


def test_a_dropped_box_needs_a_public_reason_and_is_dropped_once(app: Flask, ends: Callable[[], None]) -> None:
    here = scene(app)
    assert post(here.first, f"{here.path}/drop", note="kurz").status_code == 422
    for _ in range(2):
        assert post(here.first, f"{here.path}/drop", note=f"Verloren gegangen: {HOSTILE}").status_code == 303
    assert box(here) == ("dropped", 0)
    ends()
    run_jobs(app)
    page = app.test_client().get(f"/ballots/{here.ballot}/results").text
    assert "Verloren gegangen" in page and "<script>alert" not in page
    typed_late = sheet(here, here.first, 1, 0)
    assert typed_late.status_code == 403


def test_somebody_else_may_begin_a_typing_anew(app: Flask) -> None:
    here = scene(app, sheets=1)
    typed(here, (0,))
    assert post(here.third, f"{here.path}/restart", turn="1").status_code == 303
    with app.app_context():
        assert db.session.scalars(select(Sheet.turn)).all() == [2]
    assert sheet(here, here.third, 1, 0).status_code == 303
    # Who typed what was deleted is none of the two any more.
    assert post(here.first, f"{here.path}/count").status_code == 403
    assert post(here.third, f"{here.path}/count").status_code == 303


def test_nothing_is_counted_after_the_close_is_recorded(app: Flask) -> None:
    here = scene(app, sheets=1)
    typed(here, (0,))
    with inside(app):
        db.session.get_one(Ballot, here.ballot).closed_at = datetime.now(UTC)
    assert post(here.first, f"{here.path}/count").status_code == 403
    assert counters(here)[0] == (1, 1, 0)


def test_boxes_are_for_the_moderators_of_the_round(app: Flask) -> None:
    here = scene(app)
    with inside(app):
        stranger = make_account("moderator")
    for who in (stranger, here.person):
        client = login(app.test_client(), who)
        assert client.get(here.path).status_code == 403
        for act in ("sheets", "count", "drop", "restart"):
            assert post(client, f"{here.path}/{act}", number="1", turn="1", note="Ein Grund mit genug Zeichen.").status_code == 403
    assert app.test_client().get(here.path).status_code == 302


@pytest.mark.parametrize("page", ["boxes", "codes"])
def test_ten_boxes_cost_as_many_statements_as_two(
    app: Flask, statements: Callable[[], AbstractContextManager[list[str]]], page: str
) -> None:
    here, costs = scene(app, eligibility="T2"), []
    for _ in range(2):
        with statements() as seen:
            assert here.first.get(f"/manage/ballots/{here.ballot}/{page}").status_code == 200
        costs.append(len(seen))
        with inside(app):
            db.session.add_all(
                Box(ballot_id=here.ballot, label="Halle", sheets=5, announced_at=datetime.now(UTC)) for _ in range(8)
            )
            db.session.add_all(CodeBatch(ballot_id=here.ballot, label="Halle", size=5, made_at=datetime.now(UTC)) for _ in range(8))
    assert costs[0] == costs[1]


def test_paper_counts_on_a_ballot_with_codes_too(app: Flask) -> None:
    here = scene(app, sheets=1, eligibility="T2")
    typed(here, (1,))
    assert post(here.first, f"{here.path}/count").status_code == 303
    assert counters(here)[1] == (1, 1, 1)


def test_a_sheet_typed_again_is_said_to_be_changed(app: Flask) -> None:
    here = scene(app, sheets=2)
    for choice, said in ((0, "Blatt 1 ist eingegeben."), (1, "Blatt 1 ist geändert.")):
        sheet(here, here.first, 1, choice)
        assert said in here.first.get(here.path).text
