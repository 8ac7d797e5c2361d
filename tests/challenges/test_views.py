import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ideation.challenges.models import Challenge, ChallengeVersion
from ideation.core.db import db
from ideation.tags.models import Frame, Tag
from tests.cast import (
    COMING,
    OPEN,
    PAST,
    inside,
    make_account,
    make_challenge,
    make_comment,
    make_decision,
    make_idea,
    make_round,
    put,
)
from tests.visit import body, login, mails, post

GOOD = "Wie können wir Haltestellen in Hörde für Kinder kühl halten?"


@pytest.fixture
def people(app: Flask) -> dict[str, Any]:
    with inside(app):
        mod = make_account("moderator")
        return {"mod": mod, "author": make_account(), "other": make_account(), "round": make_round(mod)}


def stored(app: Flask, **where: Any) -> list[Challenge]:
    with app.app_context():
        return list(db.session.query(Challenge).filter_by(**where).order_by(Challenge.id))


def test_a_submitted_question_waits_for_the_moderation(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    login(client, people["author"])
    address = f"/rounds/{people['round'].slug}/challenges"
    fields = {"question": GOOD, "context": "Es ist heiß.", "sub_questions": "Wo?\n\nWer?\n", "intent": "submit"}
    answer = post(client, address, form=f"{address}/new", **fields)
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "eingereicht" in page.text and GOOD in page.text and "<li>Wer?</li>" in page.text
    assert app.test_client().get(answer.location).status_code == 404
    assert login(app.test_client(), people["other"]).get(answer.location).status_code == 404
    assert login(app.test_client(), people["mod"]).get(answer.location).status_code == 200
    assert GOOD not in client.get(address).text, "not in the public list"


def test_the_form_sent_twice_makes_one_challenge(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    login(client, people["author"])
    address = f"/rounds/{people['round'].slug}/challenges"
    page = client.get(f"{address}/new").text
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', page)
    assert key is not None
    for _ in range(2):
        assert post(client, address, question=GOOD, intent="submit", form_key=key[1]).status_code == 303
    assert [c.status for c in stored(app)] == ["submitted"]


def test_several_inputs_are_several_sub_questions(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    login(client, people["author"])
    address = f"/rounds/{people['round'].slug}/challenges"
    answer = post(client, address, question=GOOD, intent="submit", sub_questions=["Wo zuerst?", "Wer hilft?"])
    page = client.get(answer.location).text
    assert "<li>Wo zuerst?</li>" in page and "<li>Wer hilft?</li>" in page


def test_a_draft_is_saved_while_typing_and_found_again(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    login(client, people["author"])
    address = f"/rounds/{people['round'].slug}/challenges"
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)
    assert token is not None
    fields = {"csrf_token": token[1], "question": "Wie kö", "intent": "draft", "form_key": "k"}
    first = client.post(address, data=fields, headers={"Accept": "application/json"})
    assert first.status_code == 200 and first.json is not None and first.json["saved_at"]
    later = client.post(
        first.json["autosave"], data={**fields, "question": "Wie können wir"}, headers={"Accept": "application/json"}
    )
    assert later.json is not None and later.json["action"] == first.json["action"]
    assert [(c.question, c.status) for c in stored(app)] == [("Wie können wir", "draft")]
    draft = f"/challenges/{stored(app)[0].id}"
    assert "Wie können wir" in client.get(f"{draft}/edit").text
    for stranger in (app.test_client(), login(app.test_client(), people["other"]), login(app.test_client(), people["mod"])):
        assert stranger.get(draft).status_code == 404


def test_an_empty_form_is_no_draft(client: FlaskClient, people: dict[str, Any], app: Flask) -> None:
    login(client, people["author"])
    answer = post(client, f"/rounds/{people['round'].slug}/challenges", intent="draft", question=" ")
    assert answer.status_code == 422 and stored(app) == []


def test_faults_come_back_with_what_was_typed(client: FlaskClient, people: dict[str, Any], app: Flask) -> None:
    login(client, people["author"])
    long = "x" * 501
    answer = post(client, f"/rounds/{people['round'].slug}/challenges", question=long, context="Mein Text", intent="submit")
    assert answer.status_code == 422
    assert long in answer.text and "Mein Text" in answer.text and "höchstens 500 Zeichen" in answer.text
    assert stored(app) == []


def test_hints_are_friendly_and_stop_nobody(client: FlaskClient, people: dict[str, Any]) -> None:
    login(client, people["author"])
    hinted = "Wie können wir durch eine App besser werden?"
    live = post(client, "/challenges/hints", question=hinted, lang="de", htmx=True)
    assert live.status_code == 200 and "nennt schon eine Lösung" in live.text
    assert live.text.lstrip().startswith('<div class="hints" id="challenge-hints">') and "aria-live" not in live.text
    answer = post(client, f"/rounds/{people['round'].slug}/challenges", question=hinted, intent="submit")
    assert answer.status_code == 303
    assert "nennt schon eine Lösung" in client.get(answer.location).text, "without JavaScript after the first submit"


def test_without_consent_nothing_is_submitted_but_a_draft_is_kept(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    with inside(app):
        fresh = make_account(opinion_consent_at=None, opinion_consent_text=None)
    login(client, fresh)
    address = f"/rounds/{people['round'].slug}/challenges"
    refused = post(client, address, question=GOOD, intent="submit")
    assert refused.status_code == 422 and "Bitte willigen Sie ein" in refused.text and GOOD in refused.text
    assert post(client, address, question=GOOD, intent="draft").status_code == 303
    assert post(client, address, question=GOOD, intent="submit", opinion_consent="yes").status_code == 303


@pytest.mark.parametrize(("days", "sentence"), [(PAST, "abgelaufen"), (COMING, "können Sie ab")])
def test_outside_the_window_the_page_says_why_and_keeps_the_text(
    app: Flask, client: FlaskClient, people: dict[str, Any], days: Any, sentence: str
) -> None:
    with inside(app):
        round_ = make_round(windows={"challenge": days})
    login(client, people["author"])
    assert client.get(f"/rounds/{round_.slug}/challenges/new").status_code == 403
    answer = post(client, f"/rounds/{round_.slug}/challenges", question=GOOD, intent="submit")
    assert answer.status_code == 403 and sentence in answer.text and "liegt als Entwurf" in answer.text
    assert [(c.question, c.status) for c in stored(app)] == [(GOOD, "draft")]


def test_strangers_are_led_to_the_login_and_lose_nothing(client: FlaskClient, people: dict[str, Any]) -> None:
    address = f"/rounds/{people['round'].slug}/challenges"
    assert client.get(f"{address}/new").location.startswith("/login?next=")
    answer = post(client, address, form="/login", question=GOOD, intent="submit")
    assert answer.status_code == 403 and GOOD in answer.text


def test_the_returned_text_shows_its_reason_and_goes_in_again(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    with inside(app):
        returned = make_challenge(people["round"], people["author"], status="returned", question=GOOD)
    login(client, people["author"])
    assert "Weil es so ist." in client.get(f"/challenges/{returned.id}").text
    assert "Weil es so ist." in client.get(f"/challenges/{returned.id}/edit").text
    answer = post(client, f"/challenges/{returned.id}", question=GOOD, context="Genauer.", intent="submit")
    assert answer.status_code == 303
    assert stored(app)[0].status == "submitted"
    assert post(client, f"/challenges/{returned.id}", question="Anders?", intent="submit").status_code == 403


def test_the_page_leads_to_the_next_step(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    with inside(app):
        challenge = make_challenge(people["round"], people["author"], question=GOOD)
        make_idea(people["round"], people["other"], challenge=challenge, title="Nebel aus der Düse")
        make_comment(challenge, people["other"], body="Gute Frage.")
    page = client.get(f"/challenges/{challenge.id}")
    assert page.status_code == 200 and "Set-Cookie" not in page.headers
    assert "Anmelden und Idee vorschlagen" in page.text and "Nebel aus der Düse" in page.text and "Gute Frage." in page.text
    assert f'href="/challenges/{challenge.id}/ideas/new"' in login(client, people["other"]).get(f"/challenges/{challenge.id}").text


def test_hostile_text_stays_text(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    evil = "Wie können wir <script>alert(1)</script> \x00\u202e verhindern?"
    login(client, people["author"])
    address = f"/rounds/{people['round'].slug}/challenges"
    answer = post(client, address, question=evil, context="<img src=x onerror=alert(1)> [a](javascript:alert(1))", intent="submit")
    page = client.get(answer.location).text
    assert "<script>alert" not in page and "<img src=x" not in page and 'href="javascript' not in page
    assert "\x00" not in stored(app)[0].question and "\u202e" not in stored(app)[0].question


def test_nonsense_in_fields_and_addresses_is_never_a_fault_of_ours(client: FlaskClient, people: dict[str, Any]) -> None:
    login(client, people["author"])
    address = f"/rounds/{people['round'].slug}/challenges"
    odd = {"question": GOOD, "intent": "draft", "lang": "xx", "tags": ["1", "nope", "\x00"], "form_key": "\x00" * 500}
    assert post(client, address, **odd).status_code == 303
    assert post(client, "/challenges/hints", question="\x00", lang="..").status_code == 200
    for page in ("99999999999", "-1", "x", "1000000"):
        assert client.get(f"{address}?page={page}").status_code == 200
    for gone in ("/challenges/999999", "/challenges/99999999999999", "/challenges/999999/versions", "/challenges/999999/edit"):
        assert client.get(gone).status_code == 404
    assert post(client, "/challenges/999999", question="x").status_code == 404


def test_tags_are_chosen_from_the_frames(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    with inside(app):
        frame = put(Frame(slug="felder", title_de="Felder", title_en="Fields"))
        put(Tag(frame_id=frame.id, slug="wohnen", title_de="Wohnen", title_en="Housing"))
    login(client, people["author"])
    address = f"/rounds/{people['round'].slug}/challenges"
    assert "Wohnen" in client.get(f"{address}/new").text
    answer = post(client, address, question=GOOD, intent="submit", tags="wohnen")
    assert "Wohnen" in client.get(answer.location).text and "Housing" in client.get("/en" + answer.location).text


def test_versions_are_public_and_compared(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    with inside(app):
        challenge = make_challenge(people["round"], people["author"], question=GOOD)
    login(client, people["author"])
    changed = GOOD.replace("kühl", "angenehm kühl")
    assert post(client, f"/challenges/{challenge.id}", question=changed, context="Was man dazu wissen sollte.").status_code == 303
    page = app.test_client().get(f"/challenges/{challenge.id}/versions")
    assert page.status_code == 200
    assert re.search(r"<ins>.*angenehm.*</ins>", page.text) and GOOD in page.text
    with app.app_context():
        assert db.session.query(ChallengeVersion).count() == 2


def test_who_leads_withdraws_and_the_page_says_so(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    with inside(app):
        challenge = make_challenge(people["round"], people["author"], question=GOOD)
    assert post(login(client, people["author"]), f"/challenges/{challenge.id}/withdrawal").status_code == 303
    assert "zurückgezogen" in client.get(f"/challenges/{challenge.id}").text
    assert post(client, f"/challenges/{challenge.id}/withdrawal").status_code == 403
    assert post(login(app.test_client(), people["other"]), f"/challenges/{challenge.id}/withdrawal").status_code == 403
    assert GOOD not in app.test_client().get(f"/rounds/{people['round'].slug}/challenges").text


def test_hidden_ones_are_there_for_their_authors_and_the_moderation_alone(
    app: Flask, client: FlaskClient, people: dict[str, Any]
) -> None:
    with inside(app):
        hidden = {"visibility": "hidden", "visibility_decision_id": make_decision("hide", reason="Beleidigt andere Menschen.").id}
        challenge = make_challenge(people["round"], people["author"], **hidden)
    assert client.get(f"/challenges/{challenge.id}").status_code == 404
    assert client.get(f"/challenges/{challenge.id}/versions").status_code == 404
    assert challenge.question not in client.get(f"/rounds/{people['round'].slug}/challenges").text
    own = login(app.test_client(), people["author"]).get(f"/challenges/{challenge.id}")
    assert own.status_code == 200 and "Beleidigt andere Menschen." in own.text


def test_challenges_of_a_round_in_preparation_stay_inside(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    with inside(app):
        challenge = make_challenge(make_round(people["mod"], status="draft"))
    assert client.get(f"/challenges/{challenge.id}").status_code == 404
    assert login(client, people["mod"]).get(f"/challenges/{challenge.id}").status_code == 200


def test_carrying_over_links_both_pages_and_mails_one_invitation(app: Flask, client: FlaskClient, people: dict[str, Any]) -> None:
    with inside(app):
        challenge = make_challenge(people["round"], people["author"], question=GOOD)
        target = make_round(people["mod"], title="48 Stunden")
        foreign = make_round()
    login(client, people["mod"])
    address = f"/manage/challenges/{challenge.id}/carry-over"
    page = client.get(address).text
    assert "48 Stunden" in page and foreign.title + "<" not in page
    fault = post(client, address, question=GOOD, round=str(foreign.id))
    assert fault.status_code == 422 and GOOD in fault.text
    answer = post(client, address, question="Wie geht es mit den Haltestellen in Hörde für Kinder weiter?", round=str(target.id))
    assert answer.status_code == 303
    assert "Übernommen aus" in client.get(answer.location).text
    assert "Weitergeführt in" in app.test_client().get(f"/challenges/{challenge.id}").text
    sent = mails(app, people["author"].email)
    assert len(sent) == 1 and "48 Stunden" in body(sent[0])
    assert login(app.test_client(), people["author"]).get(address).status_code == 403


def test_lists_cost_the_same_for_2_and_for_20(app: Flask, client: FlaskClient, people: dict[str, Any], statements: Any) -> None:
    address = f"/rounds/{people['round'].slug}/challenges"
    seen = []
    for more in (2, 18):
        with inside(app):
            for _ in range(more):
                make_challenge(people["round"], people["author"])
        with statements() as asked:
            assert client.get(address).status_code == 200
        seen.append(len(asked))
    assert seen[0] == seen[1] <= 8, asked


def test_a_page_costs_the_same_for_1_and_for_10(app: Flask, people: dict[str, Any], statements: Any) -> None:
    with inside(app):
        challenge = make_challenge(people["round"], people["author"])
    counts = []
    visitor, signed_in = app.test_client(), login(app.test_client(), people["author"])
    for more in (1, 9):
        with inside(app):
            for _ in range(more):
                make_idea(people["round"], people["other"], challenge=db.session.merge(challenge))
                make_comment(db.session.merge(challenge), people["other"])
        for who in (visitor, signed_in):
            with statements() as asked:
                assert who.get(f"/challenges/{challenge.id}").status_code == 200
            counts.append((len(asked), asked))
    assert [n for n, _ in counts[:2]] == [n for n, _ in counts[2:]], counts
    assert counts[0][0] <= 11, "\n".join(counts[0][1])


def test_without_a_join_the_registered_round_says_where_to_register(
    app: Flask, client: FlaskClient, people: dict[str, Any]
) -> None:
    with inside(app):
        round_ = make_round(windows={"join": OPEN, "challenge": OPEN})
    login(client, people["author"])
    answer = client.get(f"/rounds/{round_.slug}/challenges/new")
    assert answer.status_code == 403 and "angemeldete Teilnehmende" in answer.text
    post(client, f"/rounds/{round_.slug}/registration")
    assert client.get(f"/rounds/{round_.slug}/challenges/new").status_code == 200
