from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate
from ideation.core.db import db
from ideation.core.sentence import say
from ideation.core.text import single_line
from ideation.core.verdict import Invalid, require
from ideation.institutions.models import Institution
from ideation.institutions.queries import institution_called
from ideation.institutions.rules import NAME_MAX, Kind


def add_institution(actor: Account | None, name: str, kind: Kind = Kind.PARTNER) -> Institution:
    """The institution of this name; a new row only when there is none."""
    require(can_moderate(actor))
    name = single_line(name)
    if not name or len(name) > NAME_MAX:
        raise Invalid(new_host=say("Bitte geben Sie einen Namen mit höchstens %(n)s Zeichen ein.", n=NAME_MAX))
    if found := institution_called(name):
        return found
    made = Institution(name=name, kind=kind)
    db.session.add(made)
    db.session.flush()
    return made
