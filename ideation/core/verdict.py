"""A verdict: yes, or no with the sentence that says why and what to do."""

from collections.abc import Callable
from dataclasses import dataclass

from ideation.core.sentence import Message


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    reason: Message | None = None
    keep: Callable[[], None] | None = None
    status: int = 403
    retry_after: int | None = None

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Verdict(True)


def denied(reason: Message, *, keep: Callable[[], None] | None = None) -> Verdict:
    """A refusal. `keep` writes what must stay although everything else is rolled back (the try of a wrong code)."""
    return Verdict(False, reason, keep)


def too_many(reason: Message, *, retry_after: int, keep: Callable[[], None] | None = None) -> Verdict:
    return Verdict(False, reason, keep, 429, retry_after)


class Refused(Exception):
    """Raised by `require`; core.errors turns it into a page, a fragment or JSON."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(repr(verdict.reason))
        self.verdict = verdict


class Invalid(Exception):
    """What an action cannot accept: field name to sentence. The view shows its form again with these."""

    def __init__(self, **faults: Message) -> None:
        super().__init__(repr(faults))
        self.faults = faults


class NotFound(Exception):
    """Not there, or not visible to this person: one answer for both."""


def require(verdict: Verdict) -> None:
    if not verdict.allowed:
        raise Refused(verdict)
