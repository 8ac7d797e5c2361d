"""Who hears of what. Everything happens through the actions that people use."""

import re
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from ideation.challenges import actions as challenges
from ideation.challenges.queries import challenge_or_404
from ideation.challenges.rules import Wording
from ideation.comments import actions as comments
from ideation.comments.queries import comment_or_404
from ideation.core.db import db
from ideation.core.mail import Outbox
from ideation.ideas import actions as ideas
from ideation.ideas.queries import idea_or_404
from ideation.notifications.actions import follow
from ideation.notifications.models import Notification
from ideation.notifications.rules import NEWS, Part, sentence
from ideation.votes.actions import cast_vote
from tests.cast import OPEN, inside, make_account, make_ballot, make_challenge, make_idea, make_round
from tests.visit import body, login, mails, post

NOW = datetime.now(UTC)
WHY = "Weil sie eine Telefonnummer enthält."


@pytest.fixture
def cast(app: Flask) -> SimpleNamespace:
    with inside(app):
        people = {
            name: make_account(name=name.title(), email=f"{name}@example.org") for name in ("author", "partner", "fan", "stranger")
        }
        people["fan"].locale = "en"
        moderator = make_account("admin", name="Mo", email="mo@example.org")
        round_ = make_round(windows={"challenge": OPEN, "idea": OPEN, "comment": OPEN, "vote": OPEN})
        challenge = make_challenge(round_, people["author"])
        idea = make_idea(round_, people["author"], challenge=challenge, title="Kräuter auf dem Dach")
        other = make_idea(round_, people["stranger"], title="Bänke")
        follow(people["fan"], "idea", idea.id, now=NOW)
        follow(people["fan"], "challenge", challenge.id, now=NOW)
        return SimpleNamespace(**people, moderator=moderator, round=round_, challenge=challenge, idea=idea, other=other)


def told(app: Flask) -> list[tuple[str, str]]:
    """Who got which mail; each of them stands in the person's list too."""
    found = [(mail["To"].removesuffix("@example.org"), mail["Subject"]) for mail in mails(app)]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Notification)) == len(found)
    return sorted(found)


def the_idea(cast: SimpleNamespace, id: int | None = None) -> Any:
    return idea_or_404(cast.moderator, id or cast.idea.id)


def test_a_comment_reaches_authors_and_followers_once_but_not_whoever_wrote_it(app: Flask, cast: SimpleNamespace) -> None:
    with inside(app):
        follow(cast.author, "idea", cast.idea.id, now=NOW)
        comments.add_comment(cast.stranger, the_idea(cast), "Und das Wasser?", now=NOW)
    assert [who for who, _ in told(app)] == ["author", "fan"]
    with inside(app):
        comments.add_comment(cast.fan, the_idea(cast), "Good question", now=NOW)
        comments.add_comment(cast.author, the_idea(cast), "Aus der Tonne", 1, now=NOW)
    assert [who for who, _ in told(app)] == ["author", "author", "fan", "fan", "stranger"]
    assert "Antwort" in next(subject for who, subject in told(app) if who == "stranger")


def test_a_mail_says_what_why_and_where_in_the_language_of_the_person(app: Flask, cast: SimpleNamespace) -> None:
    with inside(app):
        comments.add_comment(cast.stranger, the_idea(cast), "Und das **Wasser**?", now=NOW)
    german, english = mails(app, "author@example.org")[0], mails(app, "fan@example.org")[0]
    assert german["Subject"] == "Neuer Kommentar zu Ihrem Beitrag „Kräuter auf dem Dach“."
    assert "Und das Wasser?" in body(german)
    assert f"http://127.0.0.1:8000/ideas/{cast.idea.id}#comment-1" in body(german)
    assert f"http://127.0.0.1:8000/en/ideas/{cast.idea.id}#comment-1" in body(english)
    assert "weil der Beitrag von Ihnen ist" in body(german)


DECISIONS = {
    "return": (ideas.return_idea, "submitted", ["author"]),
    "reject": (ideas.reject_idea, "submitted", ["author"]),
    "publish": (ideas.publish_idea, "submitted", ["author", "fan"]),
    "hide": (ideas.hide_idea, "published", ["author"]),
    "shortlist": (ideas.shortlist_idea, "published", ["author", "fan"]),
    "select": (lambda a, i, r, now: ideas.mark_selected(a, i, True, r, now=now), "published", ["author", "fan"]),
    "not select": (lambda a, i, r, now: ideas.mark_selected(a, i, False, r, now=now), "published", ["author", "fan"]),
    "take into a lab": (ideas.take_idea_to_lab, "selected", ["author", "fan"]),
    "archive after the vote": (ideas.archive_idea, "not_selected", ["author"]),
    "archive what was selected": (ideas.archive_idea, "selected", ["author", "fan"]),
    "archive out of a lab": (ideas.archive_idea, "in_lab", ["author", "fan"]),
    "reopen": (ideas.reopen_idea, "not_selected", ["author", "fan"]),
}


@pytest.mark.parametrize("act", DECISIONS)
def test_a_decision_about_an_idea_is_told_with_its_reason(app: Flask, cast: SimpleNamespace, act: str) -> None:
    action, status, people = DECISIONS[act]
    with inside(app):
        idea = make_idea(cast.round, cast.author, challenge=cast.challenge, status=status, title="Baum")
        follow(cast.fan, "idea", idea.id, now=NOW)
        action(cast.moderator, the_idea(cast, idea.id), WHY, now=NOW)
    assert [who for who, _ in told(app)] == people
    mail = mails(app, "author@example.org")[0]
    assert "Baum" in mail["Subject"]
    assert WHY in body(mail)


def test_a_merge_names_the_idea_it_went_into(app: Flask, cast: SimpleNamespace) -> None:
    with inside(app):
        ideas.merge_ideas(cast.moderator, the_idea(cast), the_idea(cast, cast.other.id), WHY, in_open_ballot=False, now=NOW)
    assert "Bänke" in mails(app, "author@example.org")[0]["Subject"]


def test_a_hidden_comment_is_told_to_whoever_wrote_it_alone(app: Flask, cast: SimpleNamespace) -> None:
    with inside(app):
        comment = comments.add_comment(cast.author, the_idea(cast), "Rufen Sie an: 0231", now=NOW)
        db.session.query(Outbox).delete()
        db.session.query(Notification).delete()
        comments.hide_comment(cast.moderator, comment_or_404(comment.id), WHY, now=NOW)
    assert [who for who, _ in told(app)] == ["author"]
    assert WHY in body(mails(app)[0])


def test_a_carried_challenge_invites_authors_and_followers_in_one_mail(app: Flask, cast: SimpleNamespace) -> None:
    with inside(app):
        follow(cast.author, "challenge", cast.challenge.id, now=NOW)
        later = make_round(title="Sprint")
        wording = Wording("Wie können wir Haltestellen in ganz Dortmund begrünen?", "", ())
        earlier = challenge_or_404(cast.moderator, cast.challenge.id)
        challenges.carry_over(cast.moderator, earlier, later, wording, now=NOW)
    assert [who for who, _ in told(app)] == ["author", "fan"]
    assert "Sprint" in body(mails(app, "author@example.org")[0])


def test_a_new_idea_reaches_those_who_follow_its_question(app: Flask, cast: SimpleNamespace) -> None:
    with inside(app):
        follow(cast.fan, "round", cast.round.id, now=NOW)
        idea = make_idea(cast.round, cast.stranger, challenge=cast.challenge, status="draft", title="Neu")
        ideas.submit_idea(cast.stranger, idea_or_404(cast.stranger, idea.id), now=NOW)
    assert [who for who, _ in told(app)] == ["fan"]


def test_votes_tell_nobody(app: Flask, cast: SimpleNamespace) -> None:
    with inside(app):
        ballot = make_ballot(cast.round, cast.idea)
        voter, ballot_id = cast.stranger, ballot.id
    client = login(app.test_client(), voter)
    answer = post(client, f"/ideas/{cast.idea.id}/vote", form=f"/ideas/{cast.idea.id}", choice="support")
    assert (answer.status_code, ballot_id, callable(cast_vote)) == (303, ballot_id, True)
    assert told(app) == []


def test_what_is_rolled_back_is_not_told(app: Flask, cast: SimpleNamespace) -> None:
    with app.app_context():
        comments.add_comment(cast.stranger, the_idea(cast), "Und das Wasser?", now=NOW)
        db.session.rollback()
    assert told(app) == []


def test_imports_tell_nobody(app: Flask, cast: SimpleNamespace) -> None:
    with inside(app):
        said = comments.Imported(source="x", source_id="1", body="Von anderswo")
        one = comments.import_comment(cast.moderator, the_idea(cast), said, now=NOW)
        comments.count_imported(cast.moderator, the_idea(cast), [one], now=NOW)
    assert told(app) == []


def test_messages_stand_in_the_account_until_they_are_read(app: Flask, client: FlaskClient, cast: SimpleNamespace) -> None:
    with inside(app):
        comments.add_comment(cast.stranger, the_idea(cast), "Und das Wasser?", now=NOW)
    login(client, cast.author)
    assert unread(client) == 1
    page = client.get("/account/messages")
    assert "Neuer Kommentar zu Ihrem Beitrag" in page.text
    way = re.search(r"/account/messages/\d+", page.text)[0]
    assert client.get(way).location == f"/ideas/{cast.idea.id}#comment-1"
    assert unread(client) == 1
    newest = int(way.rpartition("/")[2])
    with inside(app):
        comments.add_comment(cast.stranger, the_idea(cast), "Und der Schatten?", now=NOW)
    assert post(client, "/account/messages", form="/account/messages", up_to=newest).status_code == 303
    assert unread(client) == 1


def unread(client: FlaskClient) -> int:
    found = re.search(r'menu__count">(\d+)<', client.get("/account/sessions").text)
    return int(found[1]) if found else 0


def test_messages_of_others_are_not_there(app: Flask, client: FlaskClient, cast: SimpleNamespace) -> None:
    with inside(app):
        comments.add_comment(cast.stranger, the_idea(cast), "Und das Wasser?", now=NOW)
    login(client, cast.stranger)
    for id in (1, 2, 999):
        assert client.get(f"/account/messages/{id}").status_code == 404
    assert post(client, "/account/messages", up_to=99).status_code == 303
    assert post(client, "/account/messages", up_to="x").status_code == 404
    assert unread(login(app.test_client(), cast.author)) == 1


def test_hostile_titles_stay_text_everywhere(app: Flask, client: FlaskClient, cast: SimpleNamespace) -> None:
    title = "<script>alert(1)</script> %(title)s {{ 7*7 }} %s"
    with inside(app):
        idea = make_idea(cast.round, cast.author, title=title)
        comments.add_comment(cast.stranger, the_idea(cast, idea.id), "<img src=x onerror=alert(1)>", now=NOW)
    login(client, cast.author)
    for path in ("/account", "/account/messages"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert "{{ 7*7 }} %s" in page
    html = mails(app)[0].get_body(("html",)).get_content()
    assert "<script" not in html
    assert "<img" not in html


def test_the_header_costs_one_statement_and_only_for_people(
    app: Flask, client: FlaskClient, cast: SimpleNamespace, statements: Any
) -> None:
    with statements() as seen:
        client.get("/rounds")
    assert not [one for one in seen if "notification" in one]
    login(client, cast.author)
    with statements() as seen:
        client.get("/account/sessions")
    assert len([one for one in seen if "notification" in one]) == 1


def test_the_list_of_messages_costs_the_same_for_many(
    app: Flask, client: FlaskClient, cast: SimpleNamespace, statements: Any
) -> None:
    def say(n: int) -> None:
        with inside(app):
            for number in range(n):
                message = Notification(
                    account_id=cast.author.id, verb="idea.selected", subject_kind="idea", subject_id=1, created_at=NOW
                )
                message.told = {"title": f"Idee {number}", "part": "author"}
                db.session.add(message)

    login(client, cast.author)
    say(1)
    with statements() as few:
        client.get("/account/messages")
    say(40)
    with statements() as many:
        page = client.get("/account/messages")
    assert len(few) == len(many) <= 5
    assert page.text.count('id="message-') == 20


def test_every_sentence_can_be_said(app: Flask) -> None:
    facts = {"title": "A", "into_title": "B", "target_title": "C", "round_title": "D", "reason": "x", "into": 3}
    with app.test_request_context():
        for verb in NEWS:
            spoken = [str(words) for part in Part if (words := sentence(verb, part, facts))]
            assert spoken
            assert not any("%(" in words for words in spoken)
    assert sentence("ballot.voted", "author", {}) is None
