"""Winners into a lab, in one step; who may; what it says."""

import threading
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from ideation.activity.models import Activity
from ideation.challenges.models import Challenge
from ideation.challenges.queries import challenge_or_404
from ideation.core.db import db
from ideation.core.verdict import Invalid, NotFound, Refused
from ideation.decisions.models import Decision
from ideation.ideas.models import Idea
from ideation.ideas.queries import idea_or_404
from ideation.labs.actions import create_lab, import_lab, take_into_lab, update_lab
from ideation.labs.models import Lab
from ideation.labs.queries import lab_or_404, labs_by_idea, labs_looked_after, waiting_selections, winners_or_404
from ideation.labs.rules import LabText, Status, lines, slug_from
from tests.cast import PAST, inside, make_account, make_ballot, make_challenge, make_idea, make_lab, make_round, make_selection

NOW = datetime.now(UTC)
TEXT = LabText(
    "Orte der Begegnung", "Warum.", "Ziel.", ("Erste Frage?", "Zweite Frage?"), hosts=("Stadt", "Verein"), facilitators=("Büro",),
    promise="Wir antworten.", audience=("Familien", "Ältere"), products=("Plan",), format="Vier Treffen", website="example.org", seats=12,
)  # fmt: skip


@pytest.fixture
def scene(app: Flask) -> SimpleNamespace:
    """Two selected ideas and one that was not, in a certified selection."""
    with inside(app):
        moderator, other = make_account("moderator"), make_account("moderator")
        round_ = make_round(moderator)
        challenge = make_challenge(round_, make_account())
        chosen = [make_idea(round_, make_account(), challenge=challenge, status="selected") for _ in range(2)]
        lost = make_idea(round_, challenge=challenge, status="not_selected")
        selection = make_selection(make_ballot(round_, *chosen, lost, days=PAST), *chosen)
    return SimpleNamespace(
        moderator=moderator, other=other, participant=make_participant(app), selection=selection.id, challenge=challenge.id,
        chosen=[idea.id for idea in chosen], lost=lost.id, round=round_.id,
    )  # fmt: skip


def make_participant(app: Flask) -> Any:
    with inside(app):
        return make_account()


def create(here: SimpleNamespace, actor: Any = None, text: LabText = TEXT, slug: str = "", only: int | None = None) -> Lab:
    winners = winners_or_404(here.selection)
    ideas = winners.ideas[:only] if only else winners.ideas
    return create_lab(actor or here.moderator, text, ideas, winners.challenges, slug=slug, now=NOW)


def verbs(*like: str) -> list[str]:
    return sorted(db.session.scalars(select(Activity.verb).where(Activity.verb.in_(like))))


def test_a_lab_comes_with_origins_questions_and_hosts(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        slug = create(scene).slug
    with app.app_context():
        lab = lab_or_404(slug)
        assert (lab.slug, lab.title, lab.status) == ("orte-der-begegnung", "Orte der Begegnung", "planned")
        assert [q.text for q in lab.questions] == ["Erste Frage?", "Zweite Frage?"]
        assert [h.name for h in lab.hosts] == ["Stadt", "Verein"] and [f.name for f in lab.facilitators] == ["Büro"]
        assert (lab.promise, lab.audience, lab.products, lab.seats) == ("Wir antworten.", "Familien\nÄltere", "Plan", 12)
        assert {o.idea_id for o in lab.origins} - {None} == set(scene.chosen)
        assert {o.challenge_id for o in lab.origins} - {None} == {scene.challenge}
        assert [db.session.get_one(Idea, i).status for i in scene.chosen] == ["in_lab", "in_lab"]
        assert db.session.get_one(Challenge, scene.challenge).status == "in_lab"
        assert verbs("lab.created", "idea.in_lab", "challenge.in_lab") == [
            "challenge.in_lab",
            "idea.in_lab",
            "idea.in_lab",
            "lab.created",
        ]
        assert [row.slug for row in labs_by_idea([scene.chosen[0]]).get(scene.chosen[0], [])] == [slug]
        assert labs_by_idea([scene.lost]).get(scene.lost, []) == []


def test_only_who_moderates_the_round_takes_its_ideas(app: Flask, scene: SimpleNamespace) -> None:
    with app.app_context():
        for who in (scene.other, scene.participant):
            with pytest.raises(Refused):
                create(scene, who)
        with pytest.raises(Invalid):
            create_lab(scene.moderator, TEXT, [], [], now=NOW)
        assert db.session.scalar(select(func.count()).select_from(Lab)) == 0


def test_only_selected_ideas_come_into_a_lab(app: Flask, scene: SimpleNamespace) -> None:
    with app.app_context():
        idea = winners_or_404(scene.selection).ideas[0]
        lost = db.session.get_one(Idea, scene.lost)
        assert lost.round_id == idea.round_id
        with pytest.raises(Refused):
            create_lab(scene.moderator, TEXT, [idea, lost], now=NOW)


def test_an_address_is_given_once(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        create(scene, only=1, slug="ort")
    with app.app_context():
        for slug in ("ort", "Mit Leerzeichen", "../x", "new", "ä"):
            with pytest.raises(Invalid):
                create(scene, slug=slug)
            db.session.rollback()


def test_two_people_asking_for_one_address_do_not_both_get_it(app: Flask, scene: SimpleNamespace) -> None:
    gate, ends = threading.Barrier(2), []

    def go() -> None:
        with app.app_context():
            gate.wait()
            try:
                create(scene)
                db.session.commit()
                ends.append("made")
            except (Invalid, Refused):
                db.session.rollback()
                ends.append("refused")

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(ends) == ["made", "refused"]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Lab)) == 1
        assert db.session.scalar(select(func.count()).select_from(Decision).where(Decision.kind == "take_to_lab")) == 3


def test_an_idea_can_go_into_two_labs_and_is_told_once(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        create(scene, only=1)
    with inside(app):
        create(scene, only=1, slug="zweites")
    with app.app_context():
        assert len(labs_by_idea([scene.chosen[0]]).get(scene.chosen[0], [])) == 2
        assert verbs("idea.in_lab") == ["idea.in_lab"]


def test_further_ideas_join_a_lab_once(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        slug = create(scene, only=1).slug
    for _ in range(2):
        with inside(app):
            take_into_lab(scene.moderator, lab_or_404(slug), winners_or_404(scene.selection).ideas, now=NOW)
    with app.app_context():
        assert {o.idea_id for o in lab_or_404(slug).origins} >= set(scene.chosen)
        assert verbs("idea.in_lab") == ["idea.in_lab", "idea.in_lab"]


def test_a_selection_waits_until_its_ideas_are_in_a_lab(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        assert [row.ideas for row in waiting_selections(scene.moderator)] == [2]
        assert waiting_selections(scene.other) == []
        create(scene)
    with app.app_context():
        assert waiting_selections(scene.moderator) == []
        assert len(labs_looked_after(scene.moderator)) == 1 and labs_looked_after(scene.other) == []


def test_a_proposed_selection_gives_nothing_to_take(app: Flask) -> None:
    with app.app_context(), pytest.raises(NotFound):
        winners_or_404(1)


def test_an_edit_keeps_the_address(app: Flask, scene: SimpleNamespace) -> None:
    with inside(app):
        slug = create(scene).slug
    with inside(app):
        update_lab(scene.moderator, lab_or_404(slug), LabText("Neuer Name", questions=("Nur eine?",)), now=NOW)
    with app.app_context():
        lab = lab_or_404(slug)
        assert (lab.title, [q.text for q in lab.questions], lab.hosts) == ("Neuer Name", ["Nur eine?"], [])
        for text in (
            LabText(""),
            LabText("x", questions=tuple(map(str, range(11)))),
            LabText("x", hosts=tuple(map(str, range(13)))),
            LabText("x", facilitators=("ä" * 300,)),
            LabText("x", seats=0),
        ):
            with pytest.raises(Invalid):
                update_lab(scene.moderator, lab_or_404(slug), text, now=NOW)
            db.session.rollback()
        with pytest.raises(Refused):
            update_lab(scene.other, lab_or_404(slug), TEXT, now=NOW)


def test_an_imported_lab_is_written_down_once(app: Flask) -> None:
    with inside(app):
        admin = make_account("admin")
        round_ = make_round()
        idea, challenge = make_idea(round_), make_challenge(round_)
    for _ in range(2):
        with inside(app):
            origins = {"ideas": [idea_or_404(admin, idea.id)], "challenges": [challenge_or_404(admin, challenge.id)]}
            import_lab(admin, TEXT, slug="task-force", status=Status.DOCUMENTED, **origins, now=NOW)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Lab)) == 1
        assert lab_or_404("task-force").status == "documented"
        assert verbs("lab.created") == []
        assert db.session.get_one(Idea, idea.id).status == "in_lab"


def test_a_lab_of_another_round_is_not_mine(app: Flask) -> None:
    with inside(app):
        moderator, other = make_account("moderator"), make_account("moderator")
        lab = make_lab(make_idea(make_round(moderator), status="in_lab"))
    with app.app_context():
        assert [row.slug for row in labs_looked_after(moderator)] == [lab.slug]
        with pytest.raises(Refused):
            update_lab(other, lab_or_404(lab.slug), TEXT, now=NOW)


def test_addresses_and_lines_from_what_people_type() -> None:
    assert slug_from("Grün & Überall: Höfe!") == "gruen-und-ueberall-hoefe"
    assert slug_from("New") == "new-labor" and slug_from("…") == "projektlabor" and len(slug_from("a" * 300)) <= 60
    assert lines("1. Erste?\n\n- Zweite?\n* Dritte?\nErste?\n2025 war gut") == ("Erste?", "Zweite?", "Dritte?", "2025 war gut")
