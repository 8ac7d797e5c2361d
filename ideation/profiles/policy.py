"""Who writes a profile and who stands behind it. Before its publication it is for the people of its lab."""

from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.groups.models import LabGroup
from ideation.groups.policy import Standing, can_arrange, can_take_part
from ideation.profiles.models import Profile


def can_write(who: Standing, group: LabGroup) -> Verdict:
    """The group itself, and the Laborbegleitung."""
    if can_arrange(who):
        return ALLOWED
    if not (may := can_take_part(who)):
        return may
    if who.is_in(group):
        return ALLOWED
    return denied(say("An diesem Projektsteckbrief schreibt seine Gruppe. Treten Sie der Gruppe bei, um mitzuschreiben."))


def can_publish(who: Standing, group: LabGroup, profile: Profile | None) -> Verdict:
    if not (may := can_write(who, group)):
        return may
    if profile is None or not profile.version:
        return denied(say("Es gibt noch keine Fassung, die veröffentlicht werden könnte. Schreiben Sie zuerst etwas auf."))
    return ALLOWED


def can_sign(who: Standing, group: LabGroup, profile: Profile | None) -> Verdict:
    """Only who belongs to the group can say that it stands behind a version."""
    if not (may := can_take_part(who)):
        return may
    if not who.is_in(group):
        return denied(say("Hinter eine Fassung stellen können sich nur die Mitglieder der Gruppe."))
    if profile is None or not profile.version:
        return denied(say("Es gibt noch keine Fassung, hinter die Sie sich stellen könnten."))
    return ALLOWED
