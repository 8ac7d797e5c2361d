"""How people come to a lab, and what they agree to."""

from datetime import datetime, timedelta

from ideation.core.sentence import say
from ideation.labs.rules import Role, Status

INVITATION_LASTS = timedelta(days=30)
# Open links of one lab at a time, and people of one institution that are counted without a name.
INVITATIONS_MAX, PLACES_MAX = 100, 500
# Who is invited by name can come before everybody is asked, and while the work goes on.
OPEN_TO_INVITED = frozenset({Status.PLANNED, Status.INVITING, Status.WORKING})

ROLES = {
    Role.MEMBER: say("arbeitet mit"),
    Role.HOST: say("trägt das Projektlabor"),
    Role.FACILITATOR: say("Laborbegleitung"),
}
# The words themselves are stored with the consent: a later wording does not change what was agreed to.
CONSENT = say(
    "Ich willige ein, dass mein Name und meine Institution öffentlich in der Liste der Teilnehmenden dieses Projektlabors und "
    "in seiner Dokumentation stehen. Ich kann die Einwilligung jederzeit auf der Seite „Meine Mitarbeit“ widerrufen."
)


def usable(expires_at: datetime, used_at: datetime | None, now: datetime) -> bool:
    return used_at is None and now < expires_at


def free_places(seats: int | None, taken: int) -> int | None:
    """None: as many as come."""
    return None if seats is None else max(0, seats - taken)
