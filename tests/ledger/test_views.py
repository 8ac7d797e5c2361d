"""The open books as people read them: the ledger, its download, receipts, the verifier."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from ideation.ballots.actions import close_ballot
from ideation.ballots.models import Ballot, Option
from ideation.core.db import db
from ideation.ideas.models import Idea
from ideation.ledger.actions import add, entry, publish_heads
from ideation.ledger.models import Entry
from ideation.ledger.rules import Act, receipt_code
from ideation.recounts.queries import to_recount
from ideation.rounds.models import Round
from tests.cast import inside, make_account, make_ballot, make_idea, make_round, make_votes
from tests.conftest import BERLIN
from tests.visit import body, links, login, mails, post, run_jobs

CODE = re.compile(r"\d+(?:-[A-Z2-7]{5}){4}")


@pytest.fixture
def place(app: Flask) -> Any:
    """An open ballot that hides nothing, and a person who may vote in it."""
    from types import SimpleNamespace

    with inside(app):
        voter, round = make_account(), make_round(make_account("moderator"))
        ideas = [make_idea(round, make_account()) for _ in range(3)]
        ballot = make_ballot(round, *ideas, hides_results=False)
    return SimpleNamespace(voter=voter, round=round, ideas=ideas, ballot=ballot, ledger=f"/ballots/{ballot.id}/ledger")


def crowd(app: Flask, place: Any, people: int = 20) -> None:
    with inside(app):
        make_votes(db.session.get_one(Ballot, place.ballot.id), {place.ideas[0]: people})
    run_jobs(app)


def close(app: Flask, place: Any) -> None:
    with inside(app):
        for ballot in to_recount(ballot_id=place.ballot.id):
            close_ballot(ballot, now=ballot.window.closes_at)


def voted(app: Flask, place: Any, idea: Any = None) -> str:
    """Votes, and reads the code of the receipt on the page."""
    client, idea = login(app.test_client(), place.voter), idea or place.ideas[1]
    assert post(client, f"/ideas/{idea.id}/vote", choice="support").status_code == 303
    found = CODE.search(client.get(f"/ideas/{idea.id}").text)
    assert found
    return found[0]


def test_the_ledger_shows_every_entry_and_can_be_downloaded_and_verified(app: Flask, place: Any, tmp_path: Path) -> None:
    crowd(app, place)
    page = app.test_client().get(place.ledger).text
    assert "Eine Stimme wurde abgegeben." in page and place.ideas[0].title in page and "24 Einträge" in page
    answer = app.test_client().get(place.ledger + ".jsonl")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    script = app.test_client().get("/verify_ledger.py")
    assert script.mimetype == "text/x-python"
    (tmp_path / "verify_ledger.py").write_bytes(script.data)
    (tmp_path / "ledger.jsonl").write_bytes(answer.data)
    head = re.search(r"--head &#34;([0-9a-f]{64})|--head \"([0-9a-f]{64})", page)
    assert head
    run = [sys.executable, "-I", "verify_ledger.py", "ledger.jsonl", "--head", head[1] or head[2]]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert re.search(rf"{place.ideas[0].id} +20 +20 +0 +0", done.stdout)
    assert app.test_client().get(f"/rounds/{place.round.slug}/ledger").text.count("Eine Stimme wurde abgegeben.") == 20


@pytest.mark.parametrize(("hidden", "people"), [(True, 20), (False, 19)])
def test_while_people_vote_only_hashes_are_told_where_a_count_would_tell_too_much(
    app: Flask, place: Any, hidden: bool, people: int
) -> None:
    with inside(app):
        db.session.get_one(Ballot, place.ballot.id).hides_results = hidden
    crowd(app, place, people)
    page, download = app.test_client().get(place.ledger).text, app.test_client().get(place.ledger + ".jsonl")
    assert (
        "Die Einträge erscheinen, sobald" in page
        and "Eine Stimme wurde abgegeben." not in page
        and "Einträge, der erste" not in page
    )
    assert (download.status_code, "Die Einträge erscheinen, sobald" in download.text) == (403, True)
    assert re.search(r"[0-9a-f]{8}( [0-9a-f]{8}){7}", page), "heads are told"
    done = app.test_cli_runner().invoke(args=["ballots", "export", place.round.slug, "-o", "-"])
    assert done.exit_code == 1 and "{" not in done.output
    close(app, place)
    assert "Eine Stimme wurde abgegeben." in app.test_client().get(place.ledger).text
    assert app.test_client().get(place.ledger + ".jsonl").status_code == 200


def test_a_receipt_says_what_became_of_a_vote(app: Flask, place: Any) -> None:
    code = voted(app, place)
    look = app.test_client()
    assert "wird in wenigen Sekunden eingereiht" in look.get(f"/receipts/{code}").text
    run_jobs(app)
    page = login(app.test_client(), make_account_in(app)).get(f"/receipts/{code}").text
    assert place.ideas[1].title in page and ">zählt<" in page and "die Nummer steht hier, sobald" in page
    assert "Beleg per E‑Mail schicken" not in page, "somebody else cannot have it sent"
    judged(app, code, Act.VOID)
    assert "für ungültig erklärt" in fresh(app, code)
    judged(app, code, Act.REINSTATE)
    assert "wieder gültig" in fresh(app, code)
    client = login(app.test_client(), place.voter)
    answer = post(client, f"/ideas/{place.ideas[1].id}/vote", htmx=True, choice="withdraw")
    later = CODE.search(answer.text)
    assert later and later[0] != code, "a withdrawal has a receipt of its own"
    assert ">zurückgezogen<" in fresh(app, code) and "Mit diesem Schritt" in fresh(app, later[0])
    assert CODE.search(post(client, f"/ideas/{place.ideas[1].id}/vote", choice="support").text) is None
    post(client, f"/ideas/{place.ideas[1].id}/vote", choice="withdraw")
    assert "Ihr Beleg: " in client.get(f"/ideas/{place.ideas[1].id}").text, "without JavaScript it is said on the next page"


def make_account_in(app: Flask) -> Any:
    with inside(app):
        return make_account()


def fresh(app: Flask, code: str) -> str:
    """The page as somebody signed in sees it, who is given no kept one."""
    return login(app.test_client(), make_account_in(app)).get(f"/receipts/{code}").text


def judged(app: Flask, code: str, act: Act) -> None:
    from ideation.ledger.queries import receipt

    with inside(app):
        found = receipt(code)
        assert found
        vote = found.entry
        told = {"option": vote.option, "points": vote.points, "ref": vote.commit_hash, "body": {"category": "automated"}}
        add([entry(vote.ballot_id, act, now=datetime.now(UTC), **told)])


def test_two_hundred_receipts_are_found_and_none_with_one_character_changed(app: Flask, place: Any) -> None:
    crowd(app, place, 200)
    with inside(app):
        commits = list(db.session.scalars(select(Entry.commit_hash).where(Entry.action == "cast")))
    codes = [receipt_code(place.ballot.id, commit) for commit in commits]
    client, letters = app.test_client(), "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    assert [client.get(f"/receipts/{code}").status_code for code in codes] == [200] * 200
    assert all(">zählt<" in client.get(f"/receipts/{code}").text for code in codes[:20])
    for n, code in enumerate(codes):
        at = [i for i, letter in enumerate(code) if letter in letters and i > code.index("-")][n % 20]
        forged = code[:at] + letters[letters.index(code[at]) - 1] + code[at + 1 :]
        assert client.get(f"/receipts/{forged}").status_code == 404


def test_a_code_is_read_as_people_type_it(app: Flask, place: Any) -> None:
    code = voted(app, place)
    typed = code.lower().replace("-", " ").replace("o", "0").replace(" i", " 1")
    answer = app.test_client().get("/receipts", query_string={"code": f"  {typed} "})
    assert answer.status_code == 200 and code in answer.text


@pytest.mark.parametrize("text", ["x", "1-", "999999999-AAAAA-AAAAA-AAAAA-AAAAA", "<script>alert(1)</script>", "1\x00-A", "1-" + "A" * 5000, "../../etc/passwd", "%27 OR 1=1", "१२-AAAAA-AAAAA-AAAAA-AAAAA"])  # fmt: skip
def test_an_unknown_or_hostile_code_gets_a_sentence_and_the_form_again(app: Flask, text: str) -> None:
    answer = app.test_client().get("/receipts", query_string={"code": text})
    assert answer.status_code == 404 and "Zu diesem Code gibt es keine Stimme." in answer.text and 'name="code"' in answer.text
    assert "<script>alert" not in answer.text
    by_path = app.test_client().get("/receipts/" + text.replace("\x00", "%00").replace("/", "%2F"))
    assert by_path.status_code == 404


def test_a_receipt_tells_no_hidden_title_and_nothing_of_a_draft_round(app: Flask, place: Any) -> None:
    code = voted(app, place)
    with inside(app):
        from tests.cast import make_decision

        idea = db.session.get_one(Idea, place.ideas[1].id)
        idea.visibility, idea.visibility_decision_id = "hidden", make_decision("hide").id
    assert place.ideas[1].title not in fresh(app, code) and "Ausgeblendete Idee" in fresh(app, code)
    with inside(app):
        round = db.session.get_one(Round, place.round.id)
        round.status, round.published_at = "draft", None
    assert login(app.test_client(), make_account_in(app)).get(f"/receipts/{code}").status_code == 404
    assert post(login(app.test_client(), place.voter), f"/receipts/{code}/mail").status_code == 404


def test_the_owner_has_the_receipt_sent_once_without_the_idea(app: Flask, place: Any) -> None:
    code = voted(app, place)
    client = login(app.test_client(), place.voter)
    assert "Beleg per E‑Mail schicken" in client.get(f"/receipts/{code}").text
    assert post(client, f"/receipts/{code}/mail").status_code == 303
    assert post(client, f"/receipts/{code}/mail").status_code == 303
    (mail,) = mails(app, place.voter.email)
    assert code in body(mail) and f"/receipts/{code}" in links(mail) and place.ideas[1].title not in body(mail)
    other = login(app.test_client(), make_account_in(app))
    refused = post(other, f"/receipts/{code}/mail")
    assert refused.status_code == 403 and "wer die Stimme abgegeben hat" in refused.text
    assert post(other, "/receipts/1-AAAAA-AAAAA-AAAAA-AAAAA/mail").status_code == 404


def test_my_votes_show_their_receipts(app: Flask, place: Any) -> None:
    code = voted(app, place)
    page = login(app.test_client(), place.voter).get(f"/ballots/{place.ballot.id}").text
    assert page.count(f"/receipts/{code}") == 2, "beside my vote and beside the idea"


@pytest.mark.skipif(which("openssl") is None or which("xxd") is None, reason="openssl or xxd is missing")
def test_openssl_agrees_with_the_signature_of_a_receipt(app: Flask, place: Any, tmp_path: Path) -> None:
    run_jobs(app)
    page = app.test_client().get(f"/receipts/{voted(app, place)}").text
    text, signature, key, commands = (block.replace("&#34;", '"') for block in re.findall(r"<pre>(.*?)</pre>", page, re.S))
    (tmp_path / "text.txt").write_text(text)
    (tmp_path / "unterschrift.hex").write_text(signature)
    (tmp_path / "schluessel.pem").write_text(key + "\n")
    assert subprocess.run(commands, shell=True, cwd=tmp_path, capture_output=True).returncode == 0
    (tmp_path / "text.txt").write_text(text.replace('"points":1', '"points":2'))
    assert subprocess.run(commands, shell=True, cwd=tmp_path, capture_output=True).returncode != 0


def test_a_difference_is_told_on_the_ledger_and_on_the_results(app: Flask, place: Any) -> None:
    crowd(app, place)
    close(app, place)
    with inside(app):
        db.session.get_one(Option, (place.ballot.id, place.ideas[2].id)).votes = 5
    assert app.test_cli_runner().invoke(args=["ballots", "recount"]).exit_code == 1
    client = login(app.test_client(), make_account_in(app))
    for page in (place.ledger, f"/ballots/{place.ballot.id}/results"):
        text = client.get(page).text
        assert "Die letzte Nachzählung ergibt etwas anderes" in text and f"„{place.ideas[2].title}“" in text, page


def test_nothing_public_leads_to_a_person(app: Flask, place: Any, at: Callable[[str], object]) -> None:
    """V11: no token, nonce, account or minute; and no value that two entries of one voter share, but for the allowed ones."""
    at(f"{datetime.now(BERLIN) + timedelta(hours=1):%Y-%m-%d %H}:37")
    client = login(app.test_client(), place.voter)
    for idea, choice in [(0, "support"), (1, "support"), (0, "withdraw"), (2, "support")]:
        post(client, f"/ideas/{place.ideas[idea].id}/vote", choice=choice)
    crowd(app, place)
    with inside(app):
        rows = db.session.execute(select(Entry.voter_token, Entry.nonce, Entry.network).where(Entry.voter_token.is_not(None))).all()
        mine = [row for row in rows if row.voter_token == db.session.scalar(select(Entry.voter_token).order_by(Entry.id).where(Entry.action == "cast"))]  # fmt: skip
        publish_heads(datetime.now(UTC))
    secret = {value for row in rows for value in row if value} | {place.voter.email, place.voter.display_name}
    export = app.test_client().get(place.ledger + ".jsonl").text
    public = export + "".join(
        app.test_client().get(path).text
        for path in (place.ledger, f"/ballots/{place.ballot.id}/results", f"/rounds/{place.round.slug}/ledger")
    )
    assert len(mine) == 4 and len(secret) > 40
    assert [value for value in secret if value in public] == []
    assert ":37" not in re.sub(r"nachgezählt am [^<]*", "", public)
    entries = [json.loads(line) for line in export.splitlines()]
    own = [e for e in entries if e["action"] in {"cast", "withdraw"}][:4]
    for first in own:
        for second in own:
            allowed = {
                "ballot",
                "hour",
                "action",
                "points",
                *(("option", "ref") if "withdraw" in (first["action"], second["action"]) else ()),
            }
            same = {name for name, value in first.items() if value is not None and value == second[name]} - allowed
            assert first is second or not same, same
