"""Frames and tags: loaded once, tended by the moderation."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import pytest
from flask import Flask, render_template_string

from ideation.ideas.models import IdeaTag
from ideation.tags.actions import load_presets
from ideation.tags.queries import frames_with_tags, tags_called
from ideation.tags.rules import slug_from
from tests.cast import inside, make_account, make_idea, make_round, put
from tests.visit import login, post, run_jobs

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_the_presets_are_loaded_once(app: Flask) -> None:
    with inside(app):
        assert load_presets(now=NOW) == 12 + 17 + 4 + 12
        assert load_presets(now=NOW) == 0
        frames = {frame.slug: frame for frame in frames_with_tags()}
        assert {slug: len(frame.tags) for slug, frame in frames.items()} == {
            "handlungsfelder": 12,
            "un-ziele": 17,
            "nachhaltigkeit": 4,
            "stadtbezirke": 12,
            "schlagworte": 0,
        }
        assert frames["handlungsfelder"].tags[9].title("en") == "Energy and environment"
        assert "luetgendortmund" in [tag.slug for tag in frames["stadtbezirke"].tags]


def test_the_command_loads_them(app: Flask) -> None:
    assert "45 tags" in app.test_cli_runner().invoke(args=["tags", "load"]).output
    assert "0 tags" in app.test_cli_runner().invoke(args=["tags", "load"]).output


def test_all_frames_cost_one_statement(app: Flask, statements: Callable[[], AbstractContextManager[list[str]]]) -> None:
    with inside(app):
        load_presets(now=NOW)
    with app.app_context(), statements() as seen:
        assert len(frames_with_tags()) == 5
    assert len(seen) == 1


def test_unknown_tags_are_no_tags(app: Flask) -> None:
    with inside(app):
        load_presets(now=NOW)
        assert [tag.slug for tag in tags_called(["eving", "gibt-es-nicht", "eving"])] == ["eving"]


def test_the_choice_keeps_what_was_chosen(app: Flask) -> None:
    with inside(app):
        load_presets(now=NOW)
    with app.test_request_context():
        text = '{% from "tags/_choice.html" import tag_choice with context %}{{ tag_choice(frames, ["eving"]) }}'
        shown = render_template_string(text, frames=frames_with_tags())
    assert shown.count("checked") == 1
    assert shown.count("<details open>") == 1


@pytest.fixture
def moderator(app: Flask):
    with inside(app):
        load_presets(now=NOW)
        account = make_account("moderator")
    return login(app.test_client(), account)


def frame(app: Flask, slug: str):
    with app.app_context():
        return next(f for f in frames_with_tags() if f.slug == slug)


def test_the_moderation_tends_the_tags(app: Flask, moderator) -> None:
    words = frame(app, "schlagworte")
    for title in ("Gärten", "Gaerten"):
        assert post(moderator, f"/manage/frames/{words.id}/tags", title_de=title).status_code == 303
    tags = frame(app, "schlagworte").tags
    assert [(t.slug, t.title_de, t.title_en) for t in tags] == [
        ("gaerten", "Gärten", "Gärten"),
        ("gaerten-2", "Gaerten", "Gaerten"),
    ]
    assert post(moderator, f"/manage/tags/{tags[0].id}", title_de="Stadtgärten", title_en="City gardens").status_code == 303
    with inside(app):
        put(IdeaTag(idea_id=make_idea(make_round()).id, tag_id=tags[0].id))
    assert post(moderator, f"/manage/tags/{tags[0].id}/removal").status_code == 303
    assert [t.title_de for t in frame(app, "schlagworte").tags] == ["Gaerten"]
    assert post(moderator, f"/manage/tags/{tags[0].id}/removal").status_code == 404


@pytest.mark.parametrize("title", ["", "   ", "x" * 81, "Eving"])
def test_an_empty_long_or_known_title_comes_back(app: Flask, moderator, title: str) -> None:
    answer = post(moderator, f"/manage/frames/{frame(app, 'stadtbezirke').id}/tags", title_de=title)
    assert answer.status_code == 422
    assert 'id="fault"' in answer.text


def test_two_tags_of_a_frame_have_two_names(app: Flask, moderator) -> None:
    eving, brackel = (next(t for t in frame(app, "stadtbezirke").tags if t.slug == s) for s in ("eving", "brackel"))
    assert post(moderator, f"/manage/tags/{eving.id}", title_de="Brackel").status_code == 422
    assert post(moderator, f"/manage/tags/{brackel.id}", title_de="Brackel", title_en="Brackel").status_code == 303


@pytest.mark.parametrize("role", ["participant", "coordinator", "ombudsperson"])
def test_others_do_not_tend_tags(app: Flask, moderator, role: str) -> None:
    with inside(app):
        other = login(app.test_client(), make_account(role))
    place = frame(app, "schlagworte")
    tag = frame(app, "stadtbezirke").tags[0]
    assert other.get("/manage/tags").status_code == 403
    for act in (f"/manage/frames/{place.id}/tags", f"/manage/tags/{tag.id}", f"/manage/tags/{tag.id}/removal"):
        assert post(other, act, title_de="Neu").status_code == 403
    assert len(frame(app, "stadtbezirke").tags) == 12


def test_a_title_with_marks_is_only_text(app: Flask, moderator) -> None:
    post(moderator, f"/manage/frames/{frame(app, 'schlagworte').id}/tags", title_de="<script>x</script>")
    page = moderator.get("/manage/tags").text
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_a_tag_has_a_plain_address() -> None:
    assert slug_from("Wirtschaft, Handel & Größe") == "wirtschaft-handel-groesse"
    assert slug_from("日本") == "schlagwort"


def test_a_new_site_gets_its_frames_with_the_first_due_work(app: Flask) -> None:
    run_jobs(app)
    run_jobs(app)
    with app.app_context():
        assert [len(entry.tags) for entry in frames_with_tags()] == [12, 17, 4, 12, 0]
