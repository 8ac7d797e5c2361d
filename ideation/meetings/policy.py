"""Who plans the meetings of a lab and writes down what happened there: the Laborbegleitung, and whoever looks after the lab."""

from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.groups.models import LabGroup
from ideation.groups.policy import Standing, can_arrange
from ideation.meetings.models import Agreement, Meeting
from ideation.profiles.policy import can_write


def can_plan(who: Standing) -> Verdict:
    return can_arrange(who)


def can_note(who: Standing, meeting: Meeting) -> Verdict:
    """Who was there, what was agreed."""
    if not (may := can_arrange(who)):
        return may
    if meeting.event.is_cancelled:
        return denied(say("Dieses Treffen ist abgesagt."))
    return ALLOWED


def can_carry(who: Standing, agreement: Agreement, group: LabGroup) -> Verdict:
    """Into the profile of a group: whoever writes it."""
    if agreement.profile_id is not None:
        return denied(say("Diese Vereinbarung steht schon in einem Projektsteckbrief."))
    return can_write(who, group)
