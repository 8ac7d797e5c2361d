"""A lab that invites, with everything its working pages can hold: members with long names, an open invitation, places, targets."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from ideation.accounts.models import Account
from ideation.core.db import db
from ideation.core.secret import new_token, token_hash
from ideation.labs.models import LabInvitation, LabTarget
from tests.cast import inside, make_account, make_idea, make_institution, make_lab, make_member, make_places, make_round, put

LONG = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstelle"


def fill_crews(app: Flask, staff: Account, participant: str) -> dict[str, object]:
    now, token = datetime.now(UTC), new_token()
    with inside(app):
        me = db.session.scalars(select(Account).where(Account.email == participant)).one()
        texts = {
            "problem": "Warum **das**?",
            "promise": "Der Rat antwortet.",
            "audience": "Familien\nÄltere",
            "products": "Ein Plan",
        }
        lab = make_lab(
            make_idea(make_round(staff), status="in_lab"), slug="ein-labor-laedt-ein", title=f"Ein Labor mit {LONG}", status="inviting",
            created_by_id=staff.id, seats=40, website="example.org", questions=("Was kostet es?",), format="Drei Treffen", **texts,
        )  # fmt: skip
        office = make_institution(LONG, sector="administration")
        make_member(lab, me, name="Teilnahme Eins", listed=True, institution_id=office.id)
        others = [make_member(lab, make_account(), name=f"{LONG} {n}", listed=n % 2 == 0) for n in range(22)]
        make_places(lab, office, 3)
        put(LabTarget(lab_id=lab.id, sector="science", count=2))
        values = {"token_hash": token_hash(token), "invited_at": now, "expires_at": now + timedelta(days=9)}
        put(LabInvitation(lab_id=lab.id, email=f"{'lang' * 14}@example.org", institution_id=office.id, role="host", **values))
        done = make_lab(slug="ein-labor-ist-fertig", status="documented", created_by_id=staff.id)
    return {"crew": lab.slug, "crew_member": others[0].id, "crew_invitation": token, "crew_done": done.slug}
