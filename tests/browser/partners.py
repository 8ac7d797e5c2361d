"""Institutions as far as they can be filled: names, offers, labs, seats, items; applications in each state."""

from datetime import UTC, date, datetime

from ideation.accounts.models import Account
from ideation.bodies.models import Seat
from ideation.ideas.models import IdeaAuthor
from ideation.institutions.rules import Since
from ideation.labs.models import LabHost
from ideation.rounds.models import RoundHost
from tests.cast import make_application, make_body, make_idea, make_institution, make_lab, make_round, put

OFFER = "Räume für Gruppen, **Fachwissen** und eine Werkstatt.\n\n- Montag bis Freitag\n- mit Aufzug"


def fill_partners(me: Account, staff: Account) -> dict[str, object]:
    contact = {"contact_office": "Geschäftsstelle", "contact_email": "haus@example.org", "contact_phone": "0231 50-0"}
    full = make_institution(
        "Donaudampfschifffahrtsgesellschaftskapitänsmützenhaus", aliases=("DDSG", "Haus der Mützen"), kind="office", sector="culture",
        about="Ein **Haus** für Mützen.", offer=OFFER, website="https://haus.example/" + "weg/" * 30, since=Since(date(2016, 12, 1), "month"), **contact,
    )  # fmt: skip
    twin = make_institution("Mützenhaus", offer="A workshop.", lang="en")
    round_ = make_round(staff)
    idea, lab = make_idea(round_, me), make_lab()
    put(IdeaAuthor(idea_id=idea.id, institution_id=full.id))
    put(RoundHost(round_id=round_.id, institution_id=full.id))
    for one in (full, twin):
        put(LabHost(lab_id=lab.id, institution_id=one.id))
    body = make_body(full, twin, name="Beirat der Werkstätten", purpose="Berät die **Stadt**.")
    put(
        Seat(
            body_id=body.id,
            institution_id=full.id,
            office="Sprecherin oder Sprecher",
            from_on=date(2016, 1, 1),
            until_on=date(2020, 1, 1),
            from_to="year",
            until_to="year",
        )
    )
    waiting = make_application(
        me,
        "Verein für Höfe",
        sector="civil_society",
        about="Ein **Verein**.",
        offer=OFFER,
        website="https://hof.example",
        **contact,
    )
    moment = datetime.now(UTC)
    declined = make_application(me, "Firma", status="declined", reason="Bitte ohne Werbung.", decided_at=moment)
    accepted = make_application(me, "Haus", status="accepted", institution_id=full.id, decided_at=moment)
    return {
        "institution": full.id, "twin": twin.id, "body": body.id, "waiting": waiting.id, "declined": declined.id, "accepted": accepted.id,
        "together": idea.id,
    }  # fmt: skip
