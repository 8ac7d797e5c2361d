"""What a challenge may become, and friendly hints for its question."""

from enum import StrEnum

QUESTION_MAX, CONTEXT_MAX, SUB_QUESTIONS_MAX = 500, 10_000, 10


class Status(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    OPEN = "open"
    REJECTED = "rejected"
    MERGED = "merged"
    IN_LAB = "in_lab"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


MOVES: dict[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.SUBMITTED}),
    Status.SUBMITTED: frozenset({Status.OPEN, Status.RETURNED, Status.REJECTED}),
    Status.RETURNED: frozenset({Status.SUBMITTED}),
    Status.OPEN: frozenset({Status.MERGED, Status.IN_LAB, Status.ANSWERED, Status.WITHDRAWN}),
    Status.IN_LAB: frozenset({Status.ANSWERED}),
    Status.REJECTED: frozenset(),
    Status.MERGED: frozenset(),
    Status.ANSWERED: frozenset(),
    Status.WITHDRAWN: frozenset(),
}
DECIDED = [Status.RETURNED, Status.REJECTED, Status.MERGED]
PUBLIC = frozenset({Status.OPEN, Status.MERGED, Status.IN_LAB, Status.ANSWERED, Status.WITHDRAWN})
EDITABLE = frozenset({Status.DRAFT, Status.RETURNED})


def may_become(status: str, target: str) -> bool:
    return Status(target) in MOVES[Status(status)]
