import time

import pytest

from ideation.challenges.rules import DECIDED, HINTS, PUBLIC, STATES, TABLE, TOLD, Status, Told, Who, hints, may_become
from ideation.decisions.rules import NEEDS_REASON
from ideation.notifications.rules import NEWS

# The law (product.md): from, to.
LAW = {
    ("draft", "submitted"),
    ("submitted", "open"),
    ("submitted", "returned"),
    ("submitted", "rejected"),
    ("returned", "submitted"),
    ("open", "merged"),
    ("open", "in_lab"),
    ("open", "answered"),
    ("open", "withdrawn"),
    ("in_lab", "answered"),
}


def test_the_table_is_the_law() -> None:
    assert {(str(move.source), str(move.target)) for move in TABLE} == LAW
    assert {(a, b) for a in Status for b in Status if may_become(a, b)} == LAW


def test_every_move_of_the_moderation_is_a_decision_and_no_other() -> None:
    assert all((move.kind is not None) == (move.who is Who.MODERATION) for move in TABLE)


def test_a_reason_is_needed_where_decisions_say_so() -> None:
    assert all(move.reason == (move.kind in NEEDS_REASON) for move in TABLE)
    assert set(DECIDED) <= {move.target for move in TABLE if move.reason}


def test_who_is_told_is_who_gets_a_message() -> None:
    for verb, told in TOLD.items():
        news = NEWS.get(verb)
        parts = {Told.AUTHORS: news.author, Told.FOLLOWERS: news.follower} if news else {}
        assert {part for part, sentence in parts.items() if sentence} == set(told) - {Told.MODERATION}, verb


def test_every_status_has_a_word_a_sentence_and_a_tone() -> None:
    assert set(STATES) == set(Status)
    assert all(str(word.text) and str(sentence.text) and tone for word, sentence, tone in STATES.values())
    assert Status.DRAFT not in PUBLIC and Status.SUBMITTED not in PUBLIC


@pytest.mark.parametrize(
    ("question", "given"),
    [
        ("", set()),
        ("Wie können wir Orte der Begegnung für alle Generationen in der Nordstadt schaffen?", set()),
        ("Mehr Bäume", {"too_short", "opening", "group", "place"}),
        ("Wie können wir durch eine App Kinder in Hörde sicher zur Schule bringen?", {"solution"}),
        ("Wie können wir mit Hilfe von Sensoren den Verkehr in der Innenstadt für Kinder sicherer machen?", {"solution"}),
        ("Wie können wir Kindern in Dortmund helfen? Und was kostet das?", {"several"}),
        ("Wie können wir in der Nordstadt Plätze für Kinder schaffen und wie halten wir sie sauber?", {"several"}),
        ("Wie können wir den Rheinischen Platz im Sommer angenehmer machen?", {"group"}),
        ("Wie können wir für ältere Menschen das Telefonieren leichter machen?", {"place"}),
    ],
)
def test_hints_help_with_the_wording(question: str, given: set[str]) -> None:
    assert set(hints(question)) == given


def test_a_long_question_gets_the_hint_to_move_its_background() -> None:
    assert "too_long" in hints("Wie können wir in Dortmund für Kinder " + "sehr " * 60 + "viel tun?")


def test_hints_know_english() -> None:
    assert hints("How might we help young people in Dortmund to find a place to meet?", "en") == []
    assert "solution" in hints("How might we help young people in Dortmund with an app?", "en")


def test_questions_that_were_really_asked_are_not_scolded() -> None:
    real = [
        "Wie können wir unter einem Corona bedingten zunehmenden Trend zum Home-Office die Erosion des Sozialisationsortes Betrieb kompensieren.",
        "Wie will unsere Stadt heute und in Zukunft leben und arbeiten?",
        "Wie können wir Veränderungen annehmen, Krisen meistern, Zukunft gestalten?",
    ]
    assert all({"several", "solution", "opening"}.isdisjoint(hints(question)) for question in real)


def test_every_hint_has_its_sentence() -> None:
    found = set(hints("a? b? durch eine App " + "x" * 300)) | set(hints("x"))
    assert found <= set(HINTS)


def test_hostile_text_gets_its_hints_in_time() -> None:
    began = time.perf_counter()
    for text in ("stadt" * 100_000, "mit einer neuen " * 30_000, "a" * 500_000, "in " * 200_000):
        hints(text)
        hints(text, "en")
    assert time.perf_counter() - began < 1
