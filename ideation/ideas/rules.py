"""What an idea may become."""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from ideation.core.sentence import Message, say

TITLE_MAX, BODY_MAX = 120, 20_000


class Status(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    REJECTED = "rejected"
    PUBLISHED = "published"
    SHORTLISTED = "shortlisted"
    SELECTED = "selected"
    NOT_SELECTED = "not_selected"
    MERGED = "merged"
    WITHDRAWN = "withdrawn"
    IN_LAB = "in_lab"
    PROJECT = "project"
    ARCHIVED = "archived"


class Who(StrEnum):
    """Who may do it. `rule`: nobody in particular, the round's own setting or the certified selection."""

    AUTHOR = "author"
    MODERATION = "moderation"
    RULE = "rule"


class Told(StrEnum):
    NOBODY = "nobody"
    AUTHORS = "authors"
    MODERATION = "moderation"
    FOLLOWERS = "followers"


@dataclass(frozen=True, slots=True)
class Move:
    """One way from a status to the next. `told` names everybody who gets a message; followers include the authors."""

    start: Status
    end: Status
    who: tuple[Who, ...]
    reason: bool
    told: Told


S = Status
AUTHOR, MODERATION, MODERATION_OR_RULE = (Who.AUTHOR,), (Who.MODERATION,), (Who.MODERATION, Who.RULE)
TABLE: tuple[Move, ...] = (
    Move(S.DRAFT, S.SUBMITTED, AUTHOR, False, Told.MODERATION),
    Move(S.SUBMITTED, S.PUBLISHED, MODERATION_OR_RULE, False, Told.AUTHORS),
    Move(S.SUBMITTED, S.RETURNED, MODERATION, True, Told.AUTHORS),
    Move(S.SUBMITTED, S.REJECTED, MODERATION, True, Told.AUTHORS),
    Move(S.RETURNED, S.SUBMITTED, AUTHOR, False, Told.MODERATION),
    Move(S.PUBLISHED, S.SHORTLISTED, MODERATION, False, Told.FOLLOWERS),
    Move(S.PUBLISHED, S.SELECTED, MODERATION_OR_RULE, False, Told.FOLLOWERS),
    Move(S.PUBLISHED, S.NOT_SELECTED, MODERATION_OR_RULE, False, Told.FOLLOWERS),
    Move(S.PUBLISHED, S.MERGED, MODERATION, True, Told.FOLLOWERS),
    Move(S.PUBLISHED, S.WITHDRAWN, AUTHOR, False, Told.FOLLOWERS),
    Move(S.SHORTLISTED, S.PUBLISHED, MODERATION, False, Told.AUTHORS),
    Move(S.SHORTLISTED, S.SELECTED, MODERATION_OR_RULE, False, Told.FOLLOWERS),
    Move(S.SHORTLISTED, S.NOT_SELECTED, MODERATION_OR_RULE, False, Told.FOLLOWERS),
    Move(S.NOT_SELECTED, S.PUBLISHED, MODERATION, False, Told.AUTHORS),
    Move(S.NOT_SELECTED, S.ARCHIVED, MODERATION, False, Told.AUTHORS),
    Move(S.SELECTED, S.IN_LAB, MODERATION, False, Told.FOLLOWERS),
    Move(S.SELECTED, S.ARCHIVED, MODERATION, False, Told.FOLLOWERS),
    Move(S.IN_LAB, S.PROJECT, MODERATION, False, Told.FOLLOWERS),
    Move(S.IN_LAB, S.ARCHIVED, MODERATION, False, Told.FOLLOWERS),
)
MOVES: dict[Status, frozenset[Status]] = {start: frozenset(m.end for m in TABLE if m.start == start) for start in Status}
# The database refuses these without a decision.
DECIDED = [S.RETURNED, S.REJECTED, S.MERGED, S.SHORTLISTED, S.SELECTED, S.NOT_SELECTED, S.IN_LAB]
PUBLIC = frozenset(S) - {S.DRAFT, S.SUBMITTED, S.RETURNED, S.REJECTED}
# What a list shows: the rest keeps its page but is no longer an answer to the question.
LISTED = PUBLIC - {S.MERGED, S.WITHDRAWN}
VOTABLE = frozenset({S.PUBLISHED, S.SHORTLISTED})
UNPUBLISHED = frozenset({S.DRAFT, S.RETURNED})


def may_become(status: str, target: str) -> bool:
    return Status(target) in MOVES[Status(status)]


def told_of(status: str, target: str) -> Told:
    """Who hears of this move; nobody of one that is none."""
    return next((move.told for move in TABLE if (move.start, move.end) == (status, target)), Told.NOBODY)


NAMES: dict[str, Message] = {
    S.DRAFT: say("Entwurf"),
    S.SUBMITTED: say("wird geprüft"),
    S.RETURNED: say("zur Überarbeitung zurückgegeben"),
    S.REJECTED: say("abgelehnt"),
    S.PUBLISHED: say("veröffentlicht"),
    S.SHORTLISTED: say("in der engeren Auswahl"),
    S.SELECTED: say("ausgewählt"),
    S.NOT_SELECTED: say("nicht ausgewählt"),
    S.MERGED: say("zusammengeführt"),
    S.WITHDRAWN: say("zurückgezogen"),
    S.IN_LAB: say("im Projektlabor"),
    S.PROJECT: say("wird ein Projekt"),
    S.ARCHIVED: say("archiviert"),
}
# What a status means for the people who read it. Published ideas need no explanation.
SENTENCES: dict[str, Message] = {
    S.DRAFT: say("Diesen Entwurf sehen nur die Menschen, die ihn schreiben."),
    S.SUBMITTED: say("Die Moderation liest die Idee, bevor sie veröffentlicht wird. Sie bekommen eine Nachricht."),
    S.RETURNED: say("Die Moderation bittet Sie, die Idee zu überarbeiten. Danach können Sie sie wieder einreichen."),
    S.REJECTED: say("Die Moderation hat die Idee nicht veröffentlicht."),
    S.SHORTLISTED: say("Die Moderation hat diese Idee in die engere Auswahl genommen."),
    S.SELECTED: say("Diese Idee wurde ausgewählt."),
    S.NOT_SELECTED: say("Diese Idee wurde in dieser Abstimmung nicht ausgewählt."),
    S.WITHDRAWN: say("Diese Idee wurde von den Menschen zurückgezogen, die sie vorgeschlagen haben."),
    S.IN_LAB: say("Diese Idee wird in einem Projektlabor ausgearbeitet."),
    S.PROJECT: say("Aus dieser Idee wird ein Projekt."),
    S.ARCHIVED: say("Diese Idee ist archiviert."),
}
TONES: dict[str, str] = {
    S.SUBMITTED: "wait",
    S.RETURNED: "wait",
    S.REJECTED: "bad",
    S.SHORTLISTED: "open",
    S.SELECTED: "good",
    S.IN_LAB: "good",
    S.PROJECT: "good",
}


@dataclass(frozen=True, slots=True)
class Content:
    """What somebody wrote. `tags` holds slugs."""

    title: str
    body: str
    lang: str = "de"
    tags: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.title or self.body)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an imported idea comes from; its date as far as it is known (`dated_to`: day, month, year)."""

    source: str
    source_id: str
    dated_on: date | None = None
    dated_to: str = "day"


def title_from(text: str) -> str:
    """The title of an imported text that has none."""
    return text[:80].strip()


def text_frozen(start: datetime | None, end: datetime | None, now: datetime) -> bool:
    return start is not None and start <= now and (end is None or now < end)


class Sort(StrEnum):
    SHUFFLED = "shuffled"
    NEWEST = "newest"
    SUPPORTED = "supported"
    DISCUSSED = "discussed"


# Larger than any page of ids likely in one round; (id * a + b) % SHUFFLE stays inside 63 bits.
SHUFFLE = 2_147_483_629


def shuffle(seed: str) -> tuple[int, int]:
    """The two numbers a seed stands for: ordering by (id * a + b) % SHUFFLE is the same for everybody with that seed."""
    digest = hashlib.sha256(seed.encode()).digest()
    return int.from_bytes(digest[:8]) % (SHUFFLE - 1) + 1, int.from_bytes(digest[8:16]) % SHUFFLE


# A word of at least four letters is found inside a longer one ("radweg" in "fahrradweg"); a known word of at least five
# letters is found inside a longer one that is asked for.
PART_MIN, KNOWN_MIN = 4, 5
WORDS_MAX, TERMS_MAX = 8, 60
SIMILAR_MAX, SIMILAR_FROM, SIMILAR_TITLE = 3, 0.36, 4


def parts(stem: str) -> set[str]:
    """What may stand in the dictionary and be part of this word."""
    ends = range(KNOWN_MIN, len(stem) + 1)
    return {stem} | {stem[i:j] for i in range(len(stem) - KNOWN_MIN + 1) for j in ends if j - i >= KNOWN_MIN}


def closeness(asked: str, known: str) -> float:
    """1 for the same word, less the more letters differ, 0 for words that have nothing to do with each other."""
    if asked == known:
        return 1.0
    if (len(asked) >= PART_MIN and asked in known) or (len(known) >= KNOWN_MIN and known in asked):
        return min(len(asked), len(known)) / max(len(asked), len(known))
    return 0.0


def meanings(asked: Iterable[str], known: Iterable[tuple[int, str]]) -> dict[str, dict[int, float]]:
    """For every word that is asked for: the terms of the dictionary it stands for, and how closely."""
    terms = list(known)
    found = {word: {key: closeness(word, stem) for key, stem in terms} for word in asked}
    return {word: {key: near for key, near in by_term.items() if near > 0} for word, by_term in found.items()}


def nearest(terms: Mapping[int, float]) -> dict[int, float]:
    """The terms that mean a word best; a part of very many words says little."""
    return dict(sorted(terms.items(), key=lambda item: (-item[1], item[0]))[:TERMS_MAX])


def rarity(occurs: int, ideas: int) -> float:
    """What sharing a term says: much when it is rare, next to nothing when every fifth idea has it."""
    return math.log(1 + ideas / (1 + 5 * occurs))


def relevance(
    asked: Mapping[str, int], meant: Mapping[str, Mapping[int, float]], rare: Mapping[int, float], has: Mapping[int, int]
) -> float:
    """How much of what is asked (word to weight) an idea (term to weight) says too: 0 to 1."""
    top = max(rare.values(), default=0.0)
    whole = said = 0.0
    for word, weight in asked.items():
        terms = meant.get(word, {})
        whole += weight * max((rare.get(t, top) for t in terms), default=top)
        said += max(
            (weight * rare.get(t, top) * near * (1.0 if has[t] >= SIMILAR_TITLE else 0.6) for t, near in terms.items() if t in has),
            default=0.0,
        )
    return said / whole if whole else 0.0
