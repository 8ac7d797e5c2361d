from datetime import date

from ideation.questions.rules import Status, status_of

DAY = date(2027, 3, 10)


def test_a_question_is_late_from_the_day_after_it_was_due() -> None:
    assert status_of(None, answered=False, today=DAY) is Status.OPEN
    assert status_of(DAY, answered=False, today=DAY) is Status.OPEN
    assert status_of(date(2027, 3, 9), answered=False, today=DAY) is Status.LATE


def test_what_is_answered_is_never_late() -> None:
    assert status_of(date(2027, 3, 9), answered=True, today=DAY) is Status.ANSWERED
