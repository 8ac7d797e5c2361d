"""What an idea may become."""

from datetime import timedelta
from enum import StrEnum

TITLE_MAX, BODY_MAX = 120, 20_000
INVITATION_DAYS = timedelta(days=14)
SIMILAR_MAX = 3


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


S = Status
MOVES: dict[Status, frozenset[Status]] = {
    S.DRAFT: frozenset({S.SUBMITTED}),
    S.SUBMITTED: frozenset({S.PUBLISHED, S.RETURNED, S.REJECTED}),
    S.RETURNED: frozenset({S.SUBMITTED}),
    S.REJECTED: frozenset(),
    S.PUBLISHED: frozenset({S.SHORTLISTED, S.SELECTED, S.NOT_SELECTED, S.MERGED, S.WITHDRAWN}),
    S.SHORTLISTED: frozenset({S.PUBLISHED, S.SELECTED, S.NOT_SELECTED}),
    S.SELECTED: frozenset({S.IN_LAB, S.ARCHIVED}),
    S.NOT_SELECTED: frozenset({S.PUBLISHED, S.ARCHIVED}),
    S.MERGED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.IN_LAB: frozenset({S.PROJECT, S.ARCHIVED}),
    S.PROJECT: frozenset(),
    S.ARCHIVED: frozenset(),
}
# The database refuses these without a decision.
DECIDED = [S.RETURNED, S.REJECTED, S.MERGED, S.SHORTLISTED, S.SELECTED, S.NOT_SELECTED, S.IN_LAB]
PUBLIC = frozenset(S) - {S.DRAFT, S.SUBMITTED, S.RETURNED, S.REJECTED}
# What a list shows: the rest keeps its page but is no longer an answer to the question.
LISTED = PUBLIC - {S.MERGED, S.WITHDRAWN}
VOTABLE = frozenset({S.PUBLISHED, S.SHORTLISTED})
UNPUBLISHED = frozenset({S.DRAFT, S.RETURNED})


def may_become(status: str, target: str) -> bool:
    return Status(target) in MOVES[Status(status)]
