"""Who writes down what is open, and who answers it: the people of the lab."""

from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.groups.policy import Standing, can_take_part
from ideation.questions.models import OpenQuestion


def can_ask(who: Standing) -> Verdict:
    return can_take_part(who)


def can_answer(who: Standing) -> Verdict:
    return can_take_part(who)


def can_reopen(who: Standing, question: OpenQuestion) -> Verdict:
    if not (may := can_take_part(who)):
        return may
    return ALLOWED if question.decided_at is not None else denied(say("Diese Frage ist noch offen."))
