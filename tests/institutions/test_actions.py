"""Names, and what happens when two institutions become one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Column, ForeignKey, Integer, Table, UniqueConstraint, func, insert, select

from ideation.activity.models import Activity
from ideation.bodies.models import Seat
from ideation.challenges.models import ChallengeAuthor
from ideation.core.db import Base, db
from ideation.core.sentence import say
from ideation.core.verdict import Invalid, NotFound, Refused
from ideation.ideas.models import IdeaAuthor
from ideation.institutions.actions import add_institution, create_institution, merge_institutions, update_institution
from ideation.institutions.models import Institution
from ideation.institutions.queries import (
    Filters,
    Merged,
    all_names,
    institution_called,
    institution_or_404,
    listing,
    merged_into,
    moving,
)
from ideation.institutions.rules import InstitutionText, Kind, Merging, Since
from ideation.labs.models import LabHost
from ideation.rounds.models import RoundHost
from tests.cast import (
    inside,
    make_account,
    make_application,
    make_body,
    make_challenge,
    make_idea,
    make_institution,
    make_lab,
    make_round,
    put,
)

NOW = datetime.now(UTC)


def found(q: str) -> list[str]:
    return [institution.name for institution in listing(Filters(q)).items]


def test_an_institution_is_found_by_each_of_its_names_and_by_what_it_offers(app: Flask) -> None:
    with inside(app):
        moderator = make_account("moderator")
        text = InstitutionText("Straßen-Förderung Ä", offer="Räume für Gruppen", aliases=("BfW", "bfw", "StraF"), about="Ein Amt.")
        made = create_institution(moderator, text, now=NOW)
        make_institution("Westcode GmbH")
        assert institution_or_404(made.id).aliases == ["BfW", "StraF"]
        for q in ("strassen", "BFW", "räume", "RAUME gruppen", "straf", "förderung ä", "amt"):
            assert found(q) == ["Straßen-Förderung Ä"], q
        assert found("50%") == [] and found("_") == [] and found("\u0301") == [] and len(found("")) == 2
        for name in ("STRASSEN-förderung  Ä", "ｂｆｗ"):
            known = institution_called(name)
            assert known is not None and known.id == made.id
            assert add_institution(moderator, name).id == made.id


def test_one_name_means_one_institution(app: Flask) -> None:
    with inside(app):
        moderator = make_account("moderator")
        first = create_institution(moderator, InstitutionText("IHK zu Dortmund", aliases=("IHK",)), now=NOW)
        other = make_institution("Handwerkskammer")
        with pytest.raises(Invalid) as name:
            create_institution(moderator, InstitutionText("ihk"), now=NOW)
        assert "IHK zu Dortmund" in str(name.value.faults["name"])
        with pytest.raises(Invalid) as alias:
            update_institution(moderator, other, InstitutionText("Handwerkskammer", aliases=("HWK", "ihk ZU dortmund")), now=NOW)
        assert set(alias.value.faults) == {"aliases"}
        for wrong in (InstitutionText(" "), InstitutionText("x" * 161), InstitutionText("\u200b")):
            with pytest.raises(Invalid):
                create_institution(moderator, wrong, now=NOW)
        with pytest.raises(Invalid):
            update_institution(moderator, first, InstitutionText("IHK", aliases=tuple(f"a{n}" for n in range(21))), now=NOW)
        many = tuple(f"Name {n}" for n in range(20))
        update_institution(moderator, other, InstitutionText("Handwerkskammer", aliases=many), now=NOW)
        update_institution(moderator, other, InstitutionText("Kammer des Handwerks", aliases=many), now=NOW)
        assert len(institution_or_404(other.id).aliases) == 21
        with pytest.raises(Refused):
            create_institution(make_account(), InstitutionText("Fremd"), now=NOW)
        with pytest.raises(Refused):
            update_institution(make_account("ombudsperson"), first, InstitutionText("Fremd"), now=NOW)


def test_under_a_new_name_it_is_still_found_by_the_old_one_and_what_is_unknown_stays_unknown(app: Flask) -> None:
    with inside(app):
        moderator, institution = make_account("moderator"), make_institution("Alte Schreibweise")
        assert (institution.sector, institution.since_on) == (None, None)
        text = InstitutionText("Neue Schreibweise", Kind.OFFICE, "culture", since=Since(date(2016, 12, 1), "month"))
        update_institution(moderator, institution, text, now=NOW)
        assert institution_or_404(institution.id).aliases == ["Alte Schreibweise"] and found("alte") == ["Neue Schreibweise"]
        assert (institution.kind, institution.sector, institution.since_to) == ("office", "culture", "month")
        update_institution(moderator, institution, InstitutionText("Neue Schreibweise"), now=NOW)
        assert institution_or_404(institution.id).aliases == [] and found("alte") == [] and institution.since_on is None


def test_merging_takes_everything_along_and_keeps_once_what_both_had(app: Flask) -> None:
    with inside(app):
        moderator, round_ = make_account("moderator"), make_round()
        old = make_institution(
            "Kitz", aliases=("Kinder- und Jugendtechnologiezentrum",), offer="Labor", contact_email="a@example.org"
        )
        new, third = make_institution("Kitz.do", about="Ein Ort.", contact_office="Büro"), make_institution("Dritte")
        idea, both = make_idea(round_), make_idea(round_, make_account())
        challenge, lab, shared = make_challenge(round_), make_lab(), make_lab()
        put(IdeaAuthor(idea_id=idea.id, institution_id=old.id, leads=True))
        put(IdeaAuthor(idea_id=both.id, institution_id=old.id, leads=True))
        put(IdeaAuthor(idea_id=both.id, institution_id=new.id))
        put(ChallengeAuthor(challenge_id=challenge.id, institution_id=old.id))
        for host in (LabHost(lab_id=lab.id, institution_id=old.id), RoundHost(round_id=round_.id, institution_id=old.id)):
            put(host)
        for one in (old, new):
            put(LabHost(lab_id=shared.id, institution_id=one.id))
        body = make_body(old, new, third)
        application = make_application(make_account(), status="accepted", decided_at=NOW, institution_id=old.id)
        assert {str(move.said) for move in moving(old)} == {
            "1 angenommene Anfrage",
            "1 Sitz in einem Gremium",
            "1 Herausforderung, an der sie mitgeschrieben hat",
            "2 Ideen, an denen sie mitgeschrieben hat",
            "2 Projektlabore, die sie trägt",
            "1 Runde, die sie ausrichtet",
        }
        merge_institutions(moderator, old, new, now=NOW)
        assert moving(old) == []
        ids = (old.id, new.id, third.id, idea.id, both.id, body.id, lab.id, shared.id, application.id)
    with inside(app):
        old_id, new_id, third_id, idea_id, both_id, body_id, lab_id, shared_id, application_id = ids
        with pytest.raises(Merged) as error:
            institution_or_404(old_id)
        assert error.value.id == new_id
        into = institution_or_404(new_id)
        assert into.aliases == ["Kinder- und Jugendtechnologiezentrum", "Kitz"] and found("jugendtechnologie") == ["Kitz.do"]
        assert (into.about, into.offer, into.contact_office, into.contact_email) == ("Ein Ort.", "Labor", "Büro", "")
        assert [(one.name, one.merged_at) for one in merged_into(new_id)] == [("Kitz", NOW)]
        assert sorted(all_names()) == ["Dritte", "Kitz.do"]
        authors = {(a.idea_id, a.institution_id, a.leads) for a in db.session.scalars(select(IdeaAuthor)) if a.institution_id}
        assert authors == {(idea_id, new_id, True), (both_id, new_id, True)}
        assert set(db.session.scalars(select(LabHost.lab_id).where(LabHost.institution_id == new_id))) == {lab_id, shared_id}
        assert sorted(db.session.scalars(select(Seat.institution_id).where(Seat.body_id == body_id))) == sorted((new_id, third_id))
        record = db.session.scalars(select(Activity).where(Activity.verb == "institution.merged")).one()
        assert record.subject_id == new_id and record.told["former_id"] == old_id and record.told["former"] == "Kitz"
        # The survivor may take the name of the one that went, and both can go on into a third.
        update_institution(make_account("moderator"), into, InstitutionText("Kitz", aliases=("Kitz.do",)), now=NOW)
        merge_institutions(make_account("admin"), into, institution_or_404(third_id), now=NOW)
        for gone in (old_id, new_id):
            with pytest.raises(Merged) as further:
                institution_or_404(gone)
            assert further.value.id == third_id


def test_merging_is_for_the_moderation_and_for_two_different_institutions(app: Flask) -> None:
    with inside(app):
        moderator, one, other = make_account("moderator"), make_institution("Eins"), make_institution("Zwei")
        for actor, into in ((make_account(), other), (make_account("ombudsperson"), other), (moderator, one)):
            with pytest.raises(Refused):
                merge_institutions(actor, one, into, now=NOW)
        merge_institutions(moderator, one, other, now=NOW)
        for going, into in ((one, other), (other, one)):
            with pytest.raises(Refused):
                merge_institutions(moderator, going, into, now=NOW)
        with pytest.raises(NotFound):
            institution_or_404(999_999)


@pytest.fixture
def places(app: Flask) -> Iterator[tuple[Table, Table]]:
    """Two tables that this code does not know: places of an institution in something, and rows that name such places."""
    said = {"merging": Merging(say("Plätze"), {"places": "sum"})}
    place = Table(
        "place", Base.metadata,
        Column("id", Integer, primary_key=True), Column("lab", Integer), Column("places", Integer),
        Column("institution_id", ForeignKey("institution.id")), UniqueConstraint("lab", "institution_id"), info=said,
    )  # fmt: skip
    use = Table("place_use", Base.metadata, Column("id", Integer, primary_key=True), Column("place_id", ForeignKey("place.id")))
    with app.app_context():
        Base.metadata.create_all(db.engine, [place, use])
        yield place, use
        db.session.rollback()
        Base.metadata.drop_all(db.engine, [use, place])
        for table in (use, place):
            Base.metadata.remove(table)


def test_a_table_made_later_is_followed_and_adds_up_what_collides(app: Flask, places: tuple[Table, Table]) -> None:
    place, use = places
    old, new = make_institution(), make_institution()
    rows: list[dict[str, Any]] = [
        {"id": 1, "lab": 1, "places": 5, "institution_id": old.id},
        {"id": 2, "lab": 1, "places": 2, "institution_id": new.id},
        {"id": 3, "lab": 2, "places": 7, "institution_id": old.id},
        {"id": 4, "lab": None, "places": 1, "institution_id": old.id},
    ]
    db.session.execute(insert(place), rows)
    db.session.execute(insert(use), [{"id": 1, "place_id": 1}])
    assert [move.rows for move in moving(old)] == [3]
    merge_institutions(make_account("moderator"), old, new, now=NOW)
    left = db.session.execute(select(place.c.id, place.c.places, place.c.institution_id).order_by(place.c.id)).all()
    assert left == [(2, 7, new.id), (3, 7, new.id), (4, 1, new.id)]
    assert db.session.scalar(select(use.c.place_id)) == 2
    assert db.session.scalar(select(func.count()).select_from(Institution)) == 2
