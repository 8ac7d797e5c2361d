from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from flask import Flask

from ideation.comments.queries import Said, threads
from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.ideas.queries import idea_or_404
from tests.cast import inside, make_account, make_comment, make_decision, make_idea, make_round

Listen = Callable[[], AbstractContextManager[list[str]]]
NOW = datetime.now(UTC)


def outline(said: list[Said]) -> list[object]:
    return [(one.body, outline(one.replies)) if one.replies else one.body for one in said]


def test_the_newest_thread_comes_first_and_answers_stand_in_order_of_time(app: Flask) -> None:
    with inside(app):
        idea = make_idea(make_round())
        old = make_comment(idea, body="alt")
        make_comment(idea, body="neu")
        first = make_comment(idea, parent=old, body="erste")
        make_comment(idea, parent=old, body="zweite")
        make_comment(idea, parent=first, body="darauf")
    with app.app_context():
        page = threads(idea_or_404(None, idea.id), None, now=NOW)
        assert outline(list(page.items)) == ["neu", ("alt", [("erste", ["darauf"]), "zweite"])]


def test_deep_answers_stand_side_by_side_and_say_whom_they_answer(app: Flask) -> None:
    with inside(app):
        idea, names = make_idea(make_round()), [make_account(name=f"Tiefe {n}") for n in range(24)]
        last = None
        for account in names:
            last = make_comment(idea, account, parent=last, body=account.display_name)
    with app.app_context():
        (root,) = threads(idea_or_404(None, idea.id), None, now=NOW).items
        (first,) = root.replies
        assert [said.body for said in first.replies] == [f"Tiefe {n}" for n in range(2, 24)]
        assert [said.answers for said in first.replies] == ["", *(f"Tiefe {n}" for n in range(2, 23))]
        assert max(said.level for said in first.replies) == 2


def test_withdrawn_and_hidden_comments_keep_their_place_and_show_no_text(app: Flask) -> None:
    with inside(app):
        author, moderator = make_account(), make_account("moderator")
        idea = make_idea(make_round(moderator))
        decision = make_decision("hide", moderator, "Das verletzt jemanden.")
        hidden = make_comment(idea, author, body="böse", visibility="hidden", visibility_decision_id=decision.id)
        make_comment(idea, parent=hidden, body="Antwort")
        make_comment(idea, author, body="", withdrawn_at=NOW)
    with app.app_context():
        seen = {}
        for name, viewer in (("visitor", None), ("author", author), ("moderator", moderator)):
            withdrawn, hid = threads(idea_or_404(viewer, idea.id), viewer, now=NOW).items
            assert (withdrawn.state, withdrawn.body, hid.state) == ("withdrawn", "", "hidden")
            assert [said.body for said in hid.replies] == ["Antwort"]
            seen[name] = (hid.body, hid.reason)
        assert seen["visitor"] == ("", "")
        assert seen["author"] == seen["moderator"] == ("böse", "Das verletzt jemanden.")


def test_twenty_threads_fill_a_page_and_a_page_too_far_is_the_last_one(app: Flask) -> None:
    with inside(app):
        idea = make_idea(make_round())
        for number in range(45):
            make_comment(idea, body=str(number))
    with app.app_context():
        subject = idea_or_404(None, idea.id)
        pages = [threads(subject, None, number, now=NOW) for number in (1, 3, 900)]
        assert [(page.number, len(page.items), page.pages, page.total) for page in pages] == [
            (1, 20, 3, 45),
            (3, 5, 3, 45),
            (3, 5, 3, 45),
        ]


def test_two_statements_read_a_page_however_many_comments_there_are(app: Flask, statements: Listen) -> None:
    with inside(app):
        few, many = make_idea(make_round()), make_idea(make_round())
        for idea, threads_of, answers in ((few, 2, 1), (many, 25, 6)):
            for _ in range(threads_of):
                root = make_comment(idea, make_account())
                for _ in range(answers):
                    make_comment(idea, make_account(), parent=root)
    counts = []
    for idea in (few, many):
        with app.app_context():
            subject: Idea = idea_or_404(None, idea.id)
            with statements() as seen:
                threads(subject, None, now=NOW)
            counts.append(len(seen))
            db.session.rollback()
    assert counts == [2, 2]
