import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ideation.ballots.models import Option
from ideation.challenges.models import Challenge
from ideation.comments.models import Comment
from ideation.core.db import db
from ideation.decisions.models import Decision
from ideation.ideas.models import Idea
from tests.cast import PAST, inside, make_account, make_ballot, make_challenge, make_comment, make_idea, make_round
from tests.visit import body, login, mails, post

REASON = "Bitte nennen Sie den Ort genauer."
GOOD = "Wie können wir Haltestellen in Hörde für Kinder kühl halten?"


@pytest.fixture
def at(app: Flask) -> dict[str, Any]:
    """A moderator's round with a waiting challenge and a waiting idea, and everybody around it."""
    with inside(app):
        mod, author = make_account("moderator", name="Mona Moderation"), make_account()
        round_ = make_round(mod, checks_ideas=True)
        return {
            "mod": mod,
            "author": author,
            "elsewhere": make_account("moderator"),
            "coordinator": make_account("coordinator"),
            "admin": make_account("admin"),
            "round": round_,
            "challenge": make_challenge(round_, author, status="submitted", question=GOOD),
            "idea": make_idea(round_, author, status="submitted", title="Nebel aus der Düse"),
            "public": make_challenge(round_, author),
        }


def read(app: Flask, kind: type, id: int) -> Any:
    with app.app_context():
        return db.session.get(kind, id)


def decisions(app: Flask) -> list[Decision]:
    with app.app_context():
        return db.session.query(Decision).order_by(Decision.id).all()


def test_the_queue_shows_what_waits_by_age_with_the_item_beside_it(app: Flask, client: FlaskClient, at: dict[str, Any]) -> None:
    page = login(client, at["mod"]).get("/manage/")
    assert page.status_code == 200
    assert GOOD in page.text and "Nebel aus der Düse" in page.text
    assert "Die Frage steht sofort öffentlich in der Runde." in page.text, "the oldest one, with consequences in words"
    other = client.get(f"/manage/?item=idea-{at['idea'].id}")
    assert "Die Idee steht sofort öffentlich in der Runde." in other.text and "Kräuter" in other.text
    assert client.get("/manage/?item=nonsense&page=99999999999").status_code == 200


def test_a_moderator_sees_the_own_rounds_and_an_admin_all(app: Flask, at: dict[str, Any]) -> None:
    assert "Es wartet nichts" in login(app.test_client(), at["elsewhere"]).get("/manage/").text
    assert GOOD in login(app.test_client(), at["admin"]).get("/manage/").text
    assert "Es wartet nichts" in login(app.test_client(), at["coordinator"]).get("/manage/").text


def test_participants_and_strangers_stay_outside(app: Flask, client: FlaskClient, at: dict[str, Any]) -> None:
    pages = ["/manage/", "/manage/decisions", f"/manage/challenges/{at['challenge'].id}", f"/manage/ideas/{at['idea'].id}"]
    own = login(app.test_client(), at["author"])
    for page in pages:
        assert client.get(page).location.startswith("/login")
        assert own.get(page).status_code == 403
    answer = post(own, f"/manage/challenges/{at['challenge'].id}/decisions", kind="publish")
    assert answer.status_code == 403 and read(app, Challenge, at["challenge"].id).status == "submitted"


@pytest.mark.parametrize("who", ["elsewhere", "coordinator"])
def test_what_waits_elsewhere_is_not_there_and_what_is_public_gets_a_sentence(app: Flask, at: dict[str, Any], who: str) -> None:
    client = login(app.test_client(), at[who])
    for noun in ("challenge", "idea"):
        assert client.get(f"/manage/{noun}s/{at[noun].id}").status_code == 404
        assert post(client, f"/manage/{noun}s/{at[noun].id}/decisions", kind="publish").status_code == 404
    answer = post(client, f"/manage/challenges/{at['public'].id}/decisions", kind="hide", reason=REASON)
    assert answer.status_code == 403 and ("betreuen andere" in answer.text or "nur die Moderation" in answer.text)


@pytest.mark.parametrize(
    ("noun", "kind", "status"),
    [
        ("challenge", "publish", "open"),
        ("challenge", "return", "returned"),
        ("challenge", "reject", "rejected"),
        ("idea", "publish", "published"),
        ("idea", "return", "returned"),
        ("idea", "reject", "rejected"),
    ],
)
def test_a_decision_moves_the_item_and_its_author_reads_the_reason(
    app: Flask, at: dict[str, Any], noun: str, kind: str, status: str
) -> None:
    client = login(app.test_client(), at["mod"])
    address = f"/manage/{noun}s/{at[noun].id}/decisions"
    answer = post(client, address, kind=kind, reason=REASON)
    assert answer.status_code == 303 and answer.location == "/manage/"
    assert read(app, Challenge if noun == "challenge" else Idea, at[noun].id).status == status
    made = decisions(app)[-1]
    assert (made.kind, made.reason, made.actor_id, made.office) == (kind, REASON, at["mod"].id, "Moderation")
    own = login(app.test_client(), at["author"]).get(f"/{noun}s/{at[noun].id}").text
    assert REASON in own and "Mona Moderation" not in own
    assert REASON in body(mails(app, at["author"].email)[-1])
    again = post(client, address, kind=kind, reason=REASON)
    assert again.status_code == 403 and len(decisions(app)) == len([made]), "twice decides once"


def test_without_a_reason_the_form_comes_back(app: Flask, at: dict[str, Any]) -> None:
    client = login(app.test_client(), at["mod"])
    answer = post(client, f"/manage/challenges/{at['challenge'].id}/decisions", kind="return", reason="kurz")
    assert answer.status_code == 422 and "mindestens 10 Zeichen" in answer.text and "kurz</textarea>" in answer.text
    odd = post(client, f"/manage/challenges/{at['challenge'].id}/decisions", kind="explode", reason=REASON)
    assert odd.status_code == 422 and "was geschehen soll" in odd.text
    assert decisions(app) == []


def test_merging_names_its_target(app: Flask, at: dict[str, Any]) -> None:
    client = login(app.test_client(), at["mod"])
    address = f"/manage/challenges/{at['challenge'].id}/decisions"
    for target in ("", "x", "999999", str(10**30)):
        assert post(client, address, kind="merge", reason=REASON, target=target).status_code == 422
    assert post(client, address, kind="merge", reason=REASON, target=str(at["public"].id)).status_code == 303
    page = app.test_client().get(f"/challenges/{at['challenge'].id}").text
    assert "Zusammengeführt mit" in page and REASON in page and f"/challenges/{at['public'].id}" in page
    assert "Hier ging auf" in app.test_client().get(f"/challenges/{at['public'].id}").text


def test_nobody_decides_about_what_they_wrote(app: Flask, at: dict[str, Any]) -> None:
    with inside(app):
        challenge = make_challenge(at["round"], at["mod"], status="submitted")
        idea = make_idea(at["round"], at["mod"], status="submitted")
        comment = make_comment(make_idea(at["round"]), at["mod"])
    client = login(app.test_client(), at["mod"])
    for address, kind in (
        (f"challenges/{challenge.id}", "publish"),
        (f"ideas/{idea.id}", "publish"),
        (f"comments/{comment.id}", "hide"),
    ):
        answer = post(client, f"/manage/{address}/decisions", kind=kind, reason=REASON)
        assert answer.status_code == 403 and "selbst geschrieben" in answer.text
        assert "selbst geschrieben" in client.get(f"/manage/{address}").text
    assert decisions(app) == []


def test_hiding_and_restoring_each_noun(app: Flask, at: dict[str, Any]) -> None:
    with inside(app):
        idea = make_idea(at["round"], at["author"])
        comment = make_comment(idea, at["author"], body="Ein böses Wort.")
    client = login(app.test_client(), at["mod"])
    for noun, kind, id in (("challenges", Challenge, at["public"].id), ("ideas", Idea, idea.id), ("comments", Comment, comment.id)):
        address = f"/manage/{noun}/{id}"
        assert post(client, f"{address}/decisions", kind="hide", reason="").status_code == 422
        assert post(client, f"{address}/decisions", kind="hide", reason="Beleidigt andere Menschen.").status_code == 303
        assert read(app, kind, id).visibility == "hidden"
        assert "Beleidigt andere Menschen." in client.get(address).text
        assert post(client, f"{address}/decisions", kind="restore").status_code == 303
        assert read(app, kind, id).visibility == "shown"
    assert [d.kind for d in decisions(app)] == ["hide", "restore"] * 3


def test_several_at_once_have_a_reason_each(app: Flask, at: dict[str, Any]) -> None:
    client, c, i = login(app.test_client(), at["mod"]), f"challenge-{at['challenge'].id}", f"idea-{at['idea'].id}"
    assert GOOD in client.get("/manage/decisions").text
    wishes = {f"kind-{c}": "return", f"reason-{c}": REASON, f"kind-{i}": "publish", f"reason-{i}": ""}
    assert post(client, "/manage/decisions", **wishes).status_code == 303
    assert read(app, Challenge, at["challenge"].id).status == "returned" and read(app, Idea, at["idea"].id).status == "published"
    assert sorted((d.kind, d.reason) for d in decisions(app)) == [("publish", ""), ("return", REASON)]


def test_several_at_once_are_all_or_nothing(app: Flask, at: dict[str, Any]) -> None:
    client, c, i = login(app.test_client(), at["mod"]), f"challenge-{at['challenge'].id}", f"idea-{at['idea'].id}"
    answer = post(client, "/manage/decisions", **{f"kind-{i}": "publish", f"kind-{c}": "reject", f"reason-{c}": "nein"})
    assert answer.status_code == 422
    assert "mindestens 10 Zeichen" in answer.text and "nein</textarea>" in answer.text and "Nebel aus der Düse" in answer.text
    assert read(app, Idea, at["idea"].id).status == "submitted" and decisions(app) == []
    nothing = {"": {}, "odd": {"kind-x-1": "publish", "kind-challenge-x": "publish", "kind-challenge-99999999999": "publish"}}
    for wishes in nothing.values():
        assert post(client, "/manage/decisions", **wishes).status_code == 422
    foreign = post(login(app.test_client(), at["elsewhere"]), "/manage/decisions", **{f"kind-{c}": "publish"})
    assert foreign.status_code == 422 and read(app, Challenge, at["challenge"].id).status == "submitted"


def test_of_two_moderators_at_once_the_second_gets_a_sentence(app: Flask, at: dict[str, Any]) -> None:
    clients = [login(app.test_client(), at["mod"]), login(app.test_client(), at["admin"])]
    answers: list[Any] = []
    start = threading.Barrier(2)

    def decide(client: FlaskClient, kind: str) -> None:
        start.wait()
        answers.append(post(client, f"/manage/challenges/{at['challenge'].id}/decisions", kind=kind, reason=REASON))

    threads = [threading.Thread(target=decide, args=pair) for pair in zip(clients, ("return", "reject"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [303, 403]
    assert "Das geht nicht mehr" in next(a for a in answers if a.status_code == 403).text
    assert len(decisions(app)) == 1


def test_hostile_text_stays_text_in_the_queue(app: Flask, at: dict[str, Any]) -> None:
    with inside(app):
        evil = make_challenge(
            at["round"], at["author"], status="submitted", question="<script>alert(1)</script> Wie?", context="<img src=x>"
        )
    client = login(app.test_client(), at["mod"])
    for address in (f"/manage/?item=challenge-{evil.id}", "/manage/decisions", f"/manage/challenges/{evil.id}"):
        page = client.get(address).text
        assert "<script>alert" not in page and "<img src=x" not in page
    post(client, f"/manage/challenges/{evil.id}/decisions", kind="reject", reason="<b onclick=x>So nicht bitte</b>")
    assert "<b onclick" not in login(app.test_client(), at["author"]).get(f"/challenges/{evil.id}").text


def test_an_unknown_item_and_a_draft_are_not_there(app: Flask, at: dict[str, Any]) -> None:
    with inside(app):
        draft, begun = (
            make_challenge(at["round"], at["author"], status="draft"),
            make_idea(at["round"], at["author"], status="draft"),
        )
    client = login(app.test_client(), at["mod"])
    for address in (f"challenges/{draft.id}", f"ideas/{begun.id}", "challenges/999999", "ideas/999999", "comments/999999"):
        assert client.get(f"/manage/{address}").status_code == 404
        assert post(client, f"/manage/{address}/decisions", kind="hide", reason=REASON).status_code == 404


def test_the_queue_costs_the_same_for_2_and_for_20(app: Flask, client: FlaskClient, at: dict[str, Any], statements: Any) -> None:
    login(client, at["mod"])
    counts = []
    for more in (0, 18):
        with inside(app):
            for _ in range(more):
                make_challenge(at["round"], at["author"], status="submitted")
        for page in ("/manage/", "/manage/decisions"):
            with statements() as asked:
                assert client.get(page).status_code == 200
            counts.append(len(asked))
    assert counts[:2] == counts[2:]


def test_ideas_are_shortlisted_and_merged_but_not_while_votes_are_cast(app: Flask, at: dict[str, Any]) -> None:
    with inside(app):
        first, second = make_idea(at["round"], at["author"]), make_idea(at["round"], at["author"])
    client = login(app.test_client(), at["mod"])
    address = f"/manage/ideas/{first.id}/decisions"
    for kind, status in (("shortlist", "shortlisted"), ("unlist", "published")):
        assert post(client, address, kind=kind).status_code == 303
        assert read(app, Idea, first.id).status == status
    assert second.title in client.get(f"/manage/ideas/{first.id}").text
    assert post(client, address, kind="merge", reason=REASON, target="").status_code == 422
    with inside(app):
        ballot = make_ballot(db.session.merge(at["round"]), db.session.merge(first))
    open_vote = post(client, address, kind="merge", reason=REASON, target=str(second.id))
    assert open_vote.status_code == 403 and "gerade abgestimmt" in open_vote.text
    with inside(app):
        db.session.delete(db.session.query(Option).filter_by(ballot_id=ballot.id).one())
    assert post(client, address, kind="merge", reason=REASON, target=str(second.id)).status_code == 303
    assert read(app, Idea, first.id).merged_into_id == second.id


def test_a_result_that_nobody_certified_waits_on_the_first_page(app: Flask) -> None:
    with inside(app):
        moderator, other = make_account("moderator"), make_account("moderator")
        round_ = make_round(moderator)
        ballot = make_ballot(round_, make_idea(round_), days=PAST)
    link = f"/manage/ballots/{ballot.id}/selection"
    assert link in login(app.test_client(), moderator).get("/manage/").text
    assert link not in login(app.test_client(), other).get("/manage/").text


@pytest.mark.parametrize("status", ["not_selected", "selected", "in_lab"])
def test_an_idea_that_goes_no_further_is_archived(app: Flask, at: dict[str, Any], status: str) -> None:
    with inside(app):
        idea = make_idea(at["round"], at["author"], status=status)
    client, address = login(app.test_client(), at["mod"]), f"/manage/ideas/{idea.id}"
    assert 'value="archive"' in client.get(address).text
    assert post(client, f"{address}/decisions", kind="archive", reason=REASON).location == address
    assert read(app, Idea, idea.id).status == "archived"
    assert decisions(app)[-1].kind == "archive"
    public = app.test_client().get(f"/ideas/{idea.id}")
    assert "archiviert" in public.text and REASON in public.text
    assert 'value="archive"' not in client.get(address).text
    assert post(client, f"{address}/decisions", kind="archive", reason=REASON).status_code == 403


@pytest.mark.parametrize("status", ["submitted", "published", "shortlisted", "archived"])
def test_only_what_was_voted_on_is_archived(app: Flask, at: dict[str, Any], status: str) -> None:
    with inside(app):
        idea = make_idea(at["round"], at["author"], status=status)
    client, address = login(app.test_client(), at["mod"]), f"/manage/ideas/{idea.id}"
    assert 'value="archive"' not in client.get(address).text
    assert post(client, f"{address}/decisions", kind="archive", reason=REASON).status_code == 403
    assert read(app, Idea, idea.id).status == status


def test_nobody_archives_the_own_idea_or_one_elsewhere(app: Flask, at: dict[str, Any]) -> None:
    with inside(app):
        own, other = (make_idea(at["round"], who, status="not_selected") for who in (at["mod"], at["author"]))
    for who, idea in (("mod", own), ("elsewhere", other), ("author", other)):
        answer = post(login(app.test_client(), at[who]), f"/manage/ideas/{idea.id}/decisions", kind="archive", reason=REASON)
        assert answer.status_code == 403
        assert read(app, Idea, idea.id).status == "not_selected"
