from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from ideation.core.db import db
from ideation.core.verdict import NotFound
from ideation.ideas.actions import index_idea
from ideation.ideas.models import Idea, IdeaTag
from ideation.ideas.queries import Filters, idea_or_404, listing, own_ideas, search, similar, waiting
from ideation.ideas.rules import Sort
from ideation.rounds.models import Round
from ideation.tags.models import Frame, Tag
from tests.cast import inside, make_account, make_challenge, make_decision, make_idea, make_round


def put(round_: Round, title: str, body: str = "", **more: Any) -> Idea:
    idea = make_idea(round_, None, title=title, body=body, **more)
    index_idea(idea)
    return idea


def found(round_: Round, **asked: Any) -> list[str]:
    return [card.title for card in listing(round_, Filters(**{"seed": "heute", **asked})).items]


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("radweg", "Sichere Fahrradwege"),
        ("Fahrradweg", "Ein Radweg am Wall"),
        ("strasse", "Die Straße ins Grüne"),
        ("Straße", "Die Strasse zum See"),
        ("Baum", "Mehr Bäume"),
        ("bäume", "Ein Baum für jedes Kind"),
        ("SPIELPLÄTZE", "Spielplatz im Park"),
        ("spielplatz park", "Spielplatz im Park"),
    ],
)
def test_a_search_knows_stems_umlauts_and_parts_of_compounds(app: Flask, q: str, title: str) -> None:
    with inside(app):
        round_ = make_round()
        for each in {title, "Ganz etwas anderes", "Noch eine Sache"}:
            put(round_, each)
        assert found(round_, q=q) == [title]


@pytest.mark.parametrize("q", ["xyzzy", "der die das", "%", "_", "' OR 1=1 --", "\\", "a" * 200, "Baum xyzzy"])
def test_a_search_that_means_nothing_finds_nothing(app: Flask, q: str) -> None:
    with inside(app):
        round_ = make_round()
        put(round_, "Ein Baum")
        assert found(round_, q=q) == []


def test_the_best_match_comes_first_unless_another_order_is_asked_for(app: Flask) -> None:
    with inside(app):
        round_ = make_round()
        put(round_, "Platz für alle", "Auch ein Baum.", comments=9)
        put(round_, "Ein Baum", "Baum an Baum.")
        assert found(round_, q="baum") == ["Ein Baum", "Platz für alle"]
        assert found(round_, q="baum", sort=Sort.DISCUSSED) == ["Platz für alle", "Ein Baum"]


def test_only_public_ideas_are_listed_and_found(app: Flask) -> None:
    with inside(app):
        round_ = make_round()
        for status in ("draft", "submitted", "returned", "rejected", "merged", "withdrawn"):
            put(round_, f"Baum {status}", status=status)
        put(round_, "Baum verborgen", visibility="hidden", visibility_decision_id=make_decision("hide").id)
        for status in ("published", "shortlisted", "selected", "not_selected", "in_lab"):
            put(round_, f"Baum {status}", status=status)
        put(make_round(status="draft"), "Baum im Entwurf der Runde")
        assert (
            len(found(round_)) == len(found(round_, q="baum")) == len(search(round_.id, "baum")) == len(search(None, "baum")) == 5
        )
        assert found(round_, shortlist=True) == ["Baum shortlisted"]


def test_the_orders(app: Flask) -> None:
    with inside(app):
        round_ = make_round()
        for n in range(12):
            moment = datetime(2026, 11, 1 + n, tzinfo=UTC)
            make_idea(round_, None, title=f"{n:02}", votes=n * 7 % 12, comments=n * 5 % 12, published_at=moment)
        titles = sorted(found(round_))
        assert found(round_, sort=Sort.NEWEST) == titles[::-1]
        assert found(round_, sort=Sort.SUPPORTED) == sorted(titles, key=lambda t: -(int(t) * 7 % 12))
        assert found(round_, sort=Sort.DISCUSSED) == sorted(titles, key=lambda t: -(int(t) * 5 % 12))
        assert found(round_) == found(round_, sort=Sort.SHUFFLED) != titles
        assert found(round_, seed="morgen") != found(round_)


def test_pages_cover_everything_once(app: Flask) -> None:
    with inside(app):
        round_ = make_round()
        for n in range(45):
            make_idea(round_, None, title=str(n))
        for sort in (None, *Sort):
            pages = [listing(round_, Filters("heute", sort=sort, page=n)) for n in (1, 2, 3)]
            assert [len(page.items) for page in pages] == [20, 20, 5]
            assert len({card.id for page in pages for card in page.items}) == 45
            assert {page.total for page in pages} == {45}
        beyond = listing(round_, Filters("heute", page=1_000_000))
        assert (list(beyond.items), beyond.total) == ([], 45)


def test_tags_of_one_frame_widen_and_of_another_narrow(app: Flask) -> None:
    with inside(app):
        round_, tags = make_round(), {}
        for place, frame in enumerate(("field", "district")):
            made = Frame(slug=frame, title_de=frame, title_en=frame, position=place)
            db.session.add(made)
            db.session.flush()
            for slug in (f"{frame}-a", f"{frame}-b"):
                tags[slug] = Tag(frame_id=made.id, slug=slug, title_de=slug, title_en=slug)
        db.session.add_all(tags.values())
        db.session.flush()
        for slugs in (("field-a", "district-a"), ("field-b", "district-a"), ("field-a", "district-b")):
            idea = make_idea(round_, None, title=" ".join(slugs))
            db.session.add_all(IdeaTag(idea_id=idea.id, tag_id=tags[slug].id) for slug in slugs)
        db.session.flush()
        assert len(found(round_, tags=("field-a",))) == 2
        assert len(found(round_, tags=("field-a", "field-b"))) == 3
        assert found(round_, tags=("field-a", "district-b")) == ["field-a district-b"]
        assert found(round_, tags=("nirgends",)) == []


def test_the_question_is_told_only_while_everybody_may_read_it(app: Flask) -> None:
    with inside(app):
        round_ = make_round()
        hidden = make_challenge(round_, visibility="hidden", visibility_decision_id=make_decision("hide").id)
        make_idea(round_, None, challenge=hidden)
        make_idea(round_, None, challenge=make_challenge(round_, question="Wie können wir spielen?"))
        assert {card.question for card in listing(round_, Filters("x")).items} == {None, "Wie können wir spielen?"}


def test_similar_ideas_are_at_most_three_and_never_far_off(app: Flask) -> None:
    with inside(app):
        round_ = make_round()
        ways = ("Radweg am Wall", "Fahrradwege am Wall", "Radweg vom Wall zum See", "Fahrradweg um den Wall")
        for title in (*ways, "Spielplatz", "Mehr Bäume", "Bank am See", "Haltestelle", "Brunnen", "Bühne im Park"):
            put(round_, title, "Damit alle gut leben.")
        put(make_round(), "Radweg woanders")
        near = similar(round_.id, "Ein Fahrradweg am Wall", "Damit alle sicher fahren.")
        assert len(near) == 3
        assert near[0].title in {"Fahrradwege am Wall", "Fahrradweg um den Wall"}
        assert {other.title for other in near} <= set(ways)
        assert similar(round_.id, "Katzencafé eröffnen", "Damit alle gut leben.") == []
        assert near[0].id not in {other.id for other in similar(round_.id, "Ein Fahrradweg am Wall", "", but=near[0].id)}
        assert similar(round_.id, "", "") == []


def test_who_may_see_what_is_not_public(app: Flask) -> None:
    with inside(app):
        moderator, author, other = make_account("moderator"), make_account(), make_account()
        elsewhere = make_account("moderator")
        round_ = make_round(moderator)
        draft, waits = make_idea(round_, author, status="draft"), make_idea(round_, author, status="submitted")
        assert idea_or_404(author, draft.id) is draft
        assert idea_or_404(moderator, waits.id) is waits
        for viewer, idea in ((moderator, draft), (other, draft), (None, draft), (other, waits), (elsewhere, waits), (None, waits)):
            with pytest.raises(NotFound):
                idea_or_404(viewer, idea.id)


def test_own_ideas_and_what_waits(app: Flask) -> None:
    with inside(app):
        moderator, author = make_account("moderator"), make_account()
        round_ = make_round(moderator)
        draft, waits = make_idea(round_, author, status="draft"), make_idea(round_, author, status="submitted")
        assert {idea.id for idea in own_ideas(author.id)} == {draft.id, waits.id}
        assert [row.id for row in waiting(moderator)] == [waits.id]
        assert waiting(make_account("moderator")) == []
        assert len(waiting(make_account("admin"))) == 1


def test_a_list_costs_the_same_for_ten_and_for_a_hundred(app: Flask, statements: Callable[..., Any]) -> None:
    with inside(app):
        few, many = make_round(slug="wenige"), make_round(slug="viele")
        author = make_account()
        for round_, n in ((few, 10), (many, 100)):
            question = make_challenge(round_)
            for _ in range(n):
                make_idea(round_, author, challenge=question)
    counted = []
    for slug in ("wenige", "viele"):
        with statements() as seen:
            page = app.test_client().get(f"/rounds/{slug}/ideas")
        assert page.status_code == 200
        assert len(page.data) <= 60_000
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 8
