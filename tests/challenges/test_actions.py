from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from ideation.accounts.models import Account
from ideation.activity.models import Activity
from ideation.challenges import actions
from ideation.challenges.models import Challenge, ChallengeAuthor, ChallengeVersion
from ideation.challenges.queries import decisions_of, relatives, versions_of, whole
from ideation.challenges.rules import TABLE, TOLD, Move, Status, Told, Who, Wording
from ideation.core.db import db
from ideation.core.verdict import Invalid, Refused
from ideation.notifications.actions import follow
from ideation.notifications.models import Notification
from tests.cast import COMING, PAST, inside, make_account, make_challenge, make_idea, make_round, put

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REASON = "Bitte nennen Sie den Ort genauer."
GOOD = Wording(
    "Wie können wir Haltestellen in Hörde für Kinder kühl halten?", "Im Sommer ist es dort heiß.", ("Wo zuerst?", "Wer hilft?")
)


def loaded(challenge: Challenge) -> Challenge:
    db.session.flush()
    found = whole(challenge.id)
    assert found is not None
    return found


def verbs() -> list[str]:
    return [a.verb for a in db.session.scalars(select(Activity).order_by(Activity.id))]


def told() -> set[int]:
    db.session.flush()
    return {n.account_id for n in db.session.scalars(select(Notification))}


def acts(actor: Account, challenge: Challenge, target: str, other: Challenge) -> Any:
    """The action that makes this move."""
    match target:
        case "submitted":
            return actions.submit_challenge(actor, challenge, now=NOW)
        case "open":
            return actions.publish_challenge(actor, challenge, now=NOW)
        case "returned":
            return actions.return_challenge(actor, challenge, REASON, now=NOW)
        case "rejected":
            return actions.reject_challenge(actor, challenge, REASON, now=NOW)
        case "merged":
            return actions.merge_challenges(actor, challenge, other, REASON, now=NOW)
        case "in_lab":
            return actions.take_challenge_to_lab(actor, challenge, now=NOW)
        case "answered":
            return actions.answer_challenge(actor, challenge, "Hier ist die Antwort.", now=NOW)
        case "withdrawn":
            return actions.withdraw_challenge(actor, challenge, now=NOW)
    raise AssertionError(target)


def open_round(moderator: Account) -> Any:
    long = (-365.0, 365.0)
    round_ = make_round(moderator, windows={"challenge": long, "idea": long})
    db.session.refresh(round_, ["moderators"])
    return round_


def place(line: Move | str) -> dict[str, Any]:
    """A challenge where the move begins, with everybody around it."""
    status = line if isinstance(line, str) else str(line.source)
    mod = make_account("moderator")
    round_ = open_round(mod)
    author, follower, stranger = make_account(), make_account(), make_account()
    text = {"question": GOOD.question}
    challenge = loaded(make_challenge(round_, author, status=status, **text))
    follow(follower, "challenge", challenge.id, now=NOW)
    return {
        "author": author,
        "follower": follower,
        "stranger": stranger,
        "mod": mod,
        "elsewhere": make_account("moderator"),
        "challenge": challenge,
        "other": loaded(make_challenge(round_)),
        "round": round_,
    }


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line.source}-{line.target}")
def test_each_move_is_made_by_its_person_and_told_to_whom_the_table_says(app: Flask, line: Move) -> None:
    with inside(app):
        at = place(line)
        actor = at["author"] if line.who is Who.LEAD else at["mod"]
        before = at["challenge"].status_decision_id
        acts(actor, at["challenge"], line.target, at["other"])
        assert at["challenge"].status == line.target
        assert verbs()[-1] == line.verb
        who = {Told.AUTHORS: {at["author"].id}, Told.FOLLOWERS: {at["follower"].id}, Told.MODERATION: set()}
        # Followers of a challenge that is not public yet are followers of the round.
        expected = {id for part in line.told if not (part is Told.FOLLOWERS and line.source == "submitted") for id in who[part]}
        assert told() == expected - {actor.id}
        after = at["challenge"].status_decision_id
        assert (after != before and decisions_of(at["challenge"].id)[-1].kind == line.kind) if line.kind else after == before


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line.source}-{line.target}")
@pytest.mark.parametrize("who", ["stranger", "elsewhere", "author_or_mod"])
def test_nobody_else_makes_it(app: Flask, line: Move, who: str) -> None:
    with inside(app):
        at = place(line)
        wrong = at["mod" if line.who is Who.LEAD else "author"] if who == "author_or_mod" else at[who]
        with pytest.raises(Refused):
            acts(wrong, at["challenge"], line.target, at["other"])
        assert at["challenge"].status == line.source


@pytest.mark.parametrize("source", list(Status))
@pytest.mark.parametrize("target", sorted({str(line.target) for line in TABLE}))
def test_there_is_no_other_move(app: Flask, source: str, target: str) -> None:
    if any((line.source, line.target) == (source, target) for line in TABLE):
        return
    with inside(app):
        at = place(source)
        twice = (source, target) in {("submitted", "submitted"), ("in_lab", "in_lab")}
        merging = (source, target) == ("submitted", "merged")
        actor = at["author"] if target in {"submitted", "withdrawn"} else at["mod"]
        if twice or merging:
            acts(actor, at["challenge"], target, at["other"])
            assert at["challenge"].status == target
            return
        with pytest.raises(Refused):
            acts(actor, at["challenge"], target, at["other"])


@pytest.mark.parametrize("line", [line for line in TABLE if line.reason], ids=lambda line: str(line.target))
@pytest.mark.parametrize("reason", ["", "   ", "zu kurz"])
def test_without_a_reason_nothing_is_decided(app: Flask, line: Move, reason: str) -> None:
    with inside(app):
        at = place(line)
        plain = {"returned": actions.return_challenge, "rejected": actions.reject_challenge, "answered": actions.answer_challenge}
        call = plain.get(line.target)
        with pytest.raises(Invalid) as error:
            if call:
                call(at["mod"], at["challenge"], reason, now=NOW)
            else:
                actions.merge_challenges(at["mod"], at["challenge"], at["other"], reason, now=NOW)
        assert "reason" in error.value.faults
        assert at["challenge"].status == line.source


def test_a_moderator_does_not_decide_about_an_own_challenge(app: Flask) -> None:
    with inside(app):
        mod = make_account("moderator")
        challenge = loaded(make_challenge(open_round(mod), mod, status="submitted"))
        with pytest.raises(Refused) as error:
            actions.publish_challenge(mod, challenge, now=NOW)
        assert "selbst geschrieben" in str(error.value.verdict.reason.text)


@pytest.mark.parametrize(("days", "word"), [(PAST, "abgelaufen"), (COMING, "ab %(opens)s")])
def test_outside_the_window_nothing_is_submitted(app: Flask, days: Any, word: str) -> None:
    now = datetime.now(UTC)
    with inside(app):
        author = make_account()
        round_ = make_round(windows={"challenge": days})
        challenge = loaded(make_challenge(round_, author, status="draft", question=GOOD.question))
        with pytest.raises(Refused) as error:
            actions.submit_challenge(author, challenge, now=now)
        assert word in error.value.verdict.reason.text
        actions.update_draft(author, challenge, GOOD, now=now)
        assert challenge.context == GOOD.context, "the draft stays writable"


def test_one_form_makes_one_draft(app: Flask) -> None:
    with inside(app):
        author, round_ = make_account(), open_round(make_account("moderator"))
        first = actions.save_draft(author, round_, GOOD, form_key="k", now=NOW)
        again = actions.save_draft(author, round_, replace(GOOD, context="mehr"), form_key="k", now=NOW)
        another = actions.save_draft(make_account(), round_, GOOD, form_key="k", now=NOW)
        assert first.id == again.id != another.id
        assert again.context == "mehr"


def test_what_nobody_could_publish_is_not_submitted(app: Flask) -> None:
    faulty = {
        "question": Wording("Kurz?"),
        "context": replace(GOOD, context="x" * 10_001),
        "sub_questions": replace(GOOD, sub_questions=("Was?",) * 11),
    }
    with inside(app):
        author, round_ = make_account(), open_round(make_account("moderator"))
        for field, wording in faulty.items():
            draft = actions.save_draft(author, round_, wording, now=NOW)
            with pytest.raises(Invalid) as error:
                actions.submit_challenge(author, draft, now=NOW)
            assert set(error.value.faults) == {field}
        assert actions.save_draft(author, round_, Wording("x" * 600), now=NOW).question == "x" * 600


def test_publishing_makes_the_first_version_and_an_edit_the_second(app: Flask) -> None:
    with inside(app):
        at = place("submitted")
        actions.publish_challenge(at["mod"], at["challenge"], now=NOW)
        actions.update_challenge(at["author"], at["challenge"], GOOD, now=NOW)
        actions.update_challenge(at["author"], at["challenge"], GOOD, now=NOW)
        db.session.flush()
        assert [(v.number, v.decision) for v in versions_of(at["challenge"].id)] == [(1, None), (2, None)]
        assert versions_of(at["challenge"].id)[1].sub_questions == "Wo zuerst?\nWer hilft?"


def test_the_author_rewords_only_while_the_window_is_open_and_no_idea_is_there(app: Flask) -> None:
    with inside(app):
        at = place("open")
        make_idea(at["round"], challenge=at["challenge"])
        db.session.flush()
        with pytest.raises(Refused) as error:
            actions.update_challenge(at["author"], at["challenge"], GOOD, now=NOW)
        assert "schon Ideen" in error.value.verdict.reason.text
        closed = loaded(make_challenge(make_round(windows={"challenge": PAST}), at["author"]))
        with pytest.raises(Refused):
            actions.update_challenge(at["author"], closed, GOOD, now=datetime.now(UTC))


def test_the_moderation_rewords_with_a_reason_that_stands_beside_the_version(app: Flask) -> None:
    with inside(app):
        at = place("open")
        make_idea(at["round"], challenge=at["challenge"])
        with pytest.raises(Invalid):
            actions.update_challenge(at["mod"], at["challenge"], GOOD, "", now=NOW)
        actions.update_challenge(at["mod"], at["challenge"], GOOD, "Der Ort fehlte in der Frage.", now=NOW)
        db.session.flush()
        latest = versions_of(at["challenge"].id)[-1]
        assert latest.decision is not None and latest.decision.kind == "edit"
        assert told() == {at["author"].id}


def test_a_challenge_with_ideas_is_not_withdrawn(app: Flask) -> None:
    with inside(app):
        at = place("open")
        make_idea(at["round"], challenge=at["challenge"])
        with pytest.raises(Refused) as error:
            actions.withdraw_challenge(at["author"], at["challenge"], now=NOW)
        assert "schon Ideen" in error.value.verdict.reason.text


def test_merged_ones_know_each_other_and_keep_their_ideas(app: Flask) -> None:
    with inside(app):
        at = place("open")
        idea = make_idea(at["round"], challenge=at["challenge"])
        actions.merge_challenges(at["mod"], at["challenge"], at["other"], REASON, now=NOW)
        db.session.flush()
        assert [(r.how, r.id) for r in relatives(at["challenge"])] == [("merged_into", at["other"].id)]
        assert [(r.how, r.id) for r in relatives(at["other"])] == [("merged_from", at["challenge"].id)]
        assert idea.challenge_id == at["challenge"].id


def test_merging_goes_only_into_another_open_one_of_the_same_round(app: Flask) -> None:
    with inside(app):
        at = place("open")
        far = loaded(make_challenge(open_round(at["mod"])))
        waiting = loaded(make_challenge(at["round"], status="submitted"))
        for target in (at["challenge"], far, waiting):
            with pytest.raises(Refused):
                actions.merge_challenges(at["mod"], at["challenge"], target, REASON, now=NOW)
        with pytest.raises(Invalid):
            actions.merge_challenges(at["mod"], at["challenge"], None, REASON, now=NOW)


def test_a_submitted_one_is_published_on_its_way_into_another(app: Flask) -> None:
    with inside(app):
        at = place("submitted")
        actions.merge_challenges(at["mod"], at["challenge"], at["other"], REASON, now=NOW)
        db.session.flush()
        assert at["challenge"].status == "merged" and at["challenge"].version == 1
        assert [d.kind for d in decisions_of(at["challenge"].id)] == ["publish", "merge"]


def test_hiding_and_restoring_keep_the_status(app: Flask) -> None:
    with inside(app):
        at = place("open")
        actions.hide_challenge(at["mod"], at["challenge"], REASON, now=NOW)
        db.session.flush()
        assert at["challenge"].is_hidden and at["challenge"].status == "open"
        with pytest.raises(Refused):
            actions.hide_challenge(at["mod"], at["challenge"], REASON, now=NOW)
        actions.restore_challenge(at["mod"], at["challenge"], now=NOW)
        with pytest.raises(Refused):
            actions.restore_challenge(at["mod"], at["challenge"], now=NOW)
        with pytest.raises(Refused):
            actions.hide_challenge(at["elsewhere"], at["challenge"], REASON, now=NOW)
        assert [d.kind for d in decisions_of(at["challenge"].id)] == ["hide", "restore"]
        assert verbs()[-1] == "challenge.restored" and told() == {at["author"].id}


def test_carrying_over_copies_rewords_links_and_invites_once(app: Flask) -> None:
    with inside(app):
        at = place("open")
        follow(at["author"], "challenge", at["challenge"].id, now=NOW)
        second, third = open_round(at["mod"]), open_round(at["mod"])
        copy = actions.carry_over(at["mod"], at["challenge"], second, GOOD, now=NOW)
        actions.carry_over(
            at["mod"], at["challenge"], third, replace(GOOD, question="Wie können wir in Hörde weitermachen?"), now=NOW
        )
        db.session.flush()
        assert (copy.status, copy.version, copy.round_id) == ("open", 1, second.id)
        assert [r.how for r in relatives(at["challenge"])] == ["carried_to", "carried_to"]
        assert [(r.how, r.round_title) for r in relatives(copy)] == [("carried_from", at["round"].title)]
        invited = db.session.scalars(select(Notification.account_id).where(Notification.subject_id == copy.id)).all()
        assert sorted(invited) == sorted([at["author"].id, at["follower"].id])
        assert [d.kind for d in decisions_of(copy.id)] == ["carry_over"]
        names = db.session.scalars(select(ChallengeAuthor.account_id).where(ChallengeAuthor.challenge_id == copy.id)).all()
        assert names == [at["author"].id]


def test_carrying_over_needs_the_moderation_of_the_target_and_a_public_question(app: Flask) -> None:
    with inside(app):
        at = place("open")
        target = open_round(at["mod"])
        waiting = loaded(make_challenge(at["round"], status="submitted"))
        tries = [(at["elsewhere"], at["challenge"], target), (at["author"], at["challenge"], target)]
        tries += [(at["mod"], waiting, target), (at["mod"], at["challenge"], at["round"])]
        for actor, challenge, round_ in tries:
            with pytest.raises(Refused):
                actions.carry_over(actor, challenge, round_, GOOD, now=NOW)


def test_an_import_repeated_changes_nothing_and_tells_nobody(app: Flask) -> None:
    with inside(app):
        mod = make_account("moderator")
        round_ = make_round(mod, windows={})
        label = [ChallengeAuthor(label="aus der Veranstaltung", leads=True)]
        key = {"source": "dortmund", "source_id": "besucherstroeme"}
        first = actions.import_challenge(mod, round_, GOOD, authors=label, now=NOW, **key)
        again = actions.import_challenge(mod, round_, GOOD, now=NOW, **key)
        db.session.flush()
        assert first.id == again.id and first.status == "open" and first.entered_by_id == mod.id
        assert told() == set()
        assert len(versions_of(first.id)) == 1
        with pytest.raises(Refused):
            actions.import_challenge(make_account(), round_, GOOD, source="x", source_id="y", now=NOW)


def test_counts_are_kept(app: Flask) -> None:
    with inside(app):
        challenge = make_challenge(make_round())
        actions.count_ideas(challenge.id, 1)
        actions.count_comments(challenge.id, 2)
        actions.count_comments(challenge.id, -1)
        db.session.refresh(challenge)
        assert (challenge.ideas, challenge.comments) == (1, 1)


def test_every_told_verb_is_known_to_the_table() -> None:
    assert {line.verb for line in TABLE} <= set(TOLD)


def test_a_version_is_numbered_once(app: Flask) -> None:
    with inside(app):
        challenge = make_challenge(make_round())
        with pytest.raises(Exception, match=r"(?i)unique"), db.session.begin_nested():
            put(ChallengeVersion(challenge_id=challenge.id, number=1, question="x", context="", saved_at=NOW))
