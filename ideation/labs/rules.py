from enum import StrEnum


class Status(StrEnum):
    PLANNED = "planned"
    INVITING = "inviting"
    WORKING = "working"
    DOCUMENTED = "documented"
    CLOSED = "closed"


MOVES: dict[Status, frozenset[Status]] = {
    Status.PLANNED: frozenset({Status.INVITING}),
    Status.INVITING: frozenset({Status.WORKING}),
    Status.WORKING: frozenset({Status.DOCUMENTED}),
    Status.DOCUMENTED: frozenset({Status.CLOSED}),
    Status.CLOSED: frozenset(),
}
QUESTIONS_MAX, TITLE_MAX = 10, 120


def may_become(status: str, target: str) -> bool:
    return Status(target) in MOVES[Status(status)]
