from datetime import datetime

from ideation.accounts.models import Account
from ideation.activity.actions import record
from ideation.bodies.models import Body, BodySeat
from ideation.bodies.policy import can_edit_bodies
from ideation.bodies.queries import body_called
from ideation.bodies.rules import NAME_MAX, OFFICE_MAX, begins_after
from ideation.core.db import db, insert
from ideation.core.sentence import say
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid, require
from ideation.institutions.models import Institution
from ideation.institutions.rules import Since


def create_body(actor: Account, name: str, purpose: str = "", lang: str = "de", *, now: datetime) -> Body:
    require(can_edit_bodies(actor))
    name = _name(name, None)
    row = insert(Body).values(name=name, purpose=cleaned(purpose), lang=lang)
    made = db.session.scalar(row.on_conflict_do_nothing(index_elements=["name"]).returning(Body.id))
    if made is None:
        raise Invalid(name=say("Dieses Gremium gibt es schon."))
    body = db.session.get_one(Body, made)
    record("body.added", body, actor=actor, now=now, title=name)
    return body


def update_body(actor: Account, body: Body, name: str, purpose: str, lang: str, *, now: datetime) -> None:
    require(can_edit_bodies(actor))
    body.name, body.purpose, body.lang = _name(name, body.id), cleaned(purpose), lang
    db.session.flush()
    record("body.edited", body, actor=actor, now=now, title=body.name)


def remove_body(actor: Account, body: Body, *, now: datetime) -> None:
    """Only what holds no seat: a body that worked is history."""
    require(can_edit_bodies(actor))
    if body.seats:
        raise Invalid(name=say("In diesem Gremium stehen noch Mitglieder. Bitte entfernen Sie diese zuerst."))
    record("body.removed", body, actor=actor, now=now, title=body.name)
    db.session.delete(body)
    db.session.flush()


def give_seat(
    actor: Account, body: Body, institution: Institution, office: str = "", begins: Since | None = None, ends: Since | None = None,
    *, now: datetime,
) -> None:  # fmt: skip
    """The same institution in the same office once: given again, its term is what was said last."""
    require(can_edit_bodies(actor))
    office = single_line(office)
    if len(office) > OFFICE_MAX:
        raise Invalid(office=say("Bitte kürzen Sie auf %(max)s Zeichen.", max=OFFICE_MAX))
    if begins and ends and begins_after(begins.on, ends.on, ends.precision):
        raise Invalid(ends=say("Die Amtszeit endet vor ihrem Beginn. Bitte prüfen Sie beide Angaben."))
    term = {
        "from_on": begins.on if begins else None,
        "from_to": begins.precision if begins else "day",
        "until_on": ends.on if ends else None,
        "until_to": ends.precision if ends else "day",
    }
    row = insert(BodySeat).values(body_id=body.id, institution_id=institution.id, office=office, **term)
    db.session.execute(row.on_conflict_do_update(index_elements=["body_id", "institution_id", "office"], set_=term))
    db.session.expire(body, ["seats"])
    record("body.seat_given", body, actor=actor, now=now, title=body.name, institution=institution.id)


def take_seat(actor: Account, body: Body, seat: BodySeat, *, now: datetime) -> None:
    require(can_edit_bodies(actor))
    told = {"title": body.name, "institution": seat.institution_id}
    db.session.delete(seat)
    db.session.flush()
    db.session.expire(body, ["seats"])
    record("body.seat_taken", body, actor=actor, now=now, **told)


def _name(name: str, own: int | None) -> str:
    name = single_line(name)
    if not name or len(name) > NAME_MAX:
        raise Invalid(name=say("Bitte geben Sie einen Namen mit höchstens %(n)s Zeichen ein.", n=NAME_MAX))
    other = body_called(name)
    if other is not None and other.id != own:
        raise Invalid(name=say("Dieses Gremium gibt es schon."))
    return name
