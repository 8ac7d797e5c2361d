"""Down and up again with what the demo has no reason to contain: an institution that was merged, and the survivor under its name."""

from datetime import UTC, datetime

from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from ideation.core.db import db
from ideation.ideas.models import IdeaAuthor
from ideation.institutions.actions import merge_institutions, update_institution
from ideation.institutions.queries import Filters, listing
from ideation.institutions.rules import InstitutionText
from tests.cast import inside, make_account, make_application, make_body, make_idea, make_institution, make_round, put

NOW = datetime.now(UTC)


def test_merged_institutions_survive_a_step_back(app: Flask) -> None:
    with inside(app):
        moderator, old, new = make_account("moderator"), make_institution("Straße"), make_institution("Allee", offer="Schatten")
        idea = make_idea(make_round())
        for one in (old, new):
            put(IdeaAuthor(idea_id=idea.id, institution_id=one.id))
        make_body(old)
        make_application(moderator)
        merge_institutions(moderator, old, new, now=NOW)
        idea_id, new_id = idea.id, new.id
        update_institution(moderator, new, InstitutionText("Straße", aliases=("Allee",)), now=NOW)
    with app.app_context():
        downgrade(revision="0002")
        with db.engine.connect() as connection:
            assert connection.execute(text("SELECT id, name, kind FROM institution")).all() == [(new_id, "Straße", "partner")]
            assert connection.execute(text("SELECT idea_id, institution_id FROM idea_author")).all() == [(idea_id, new_id)]
        with db.engine.begin() as connection:
            connection.execute(
                text("INSERT INTO institution (id, name, kind) VALUES (900, 'STRASSE', 'partner'), (901, 'ÄRZTE', 'office')")
            )
            values = "(:idea, :who, '', :leads)"
            for leads in (False, True):
                row = {"idea": idea_id, "who": 901, "leads": leads}
                connection.execute(text(f"INSERT INTO idea_author (idea_id, institution_id, label, leads) VALUES {values}"), row)
        upgrade()
    with inside(app):
        assert [found.name for found in listing(Filters("ärzte")).items] == ["ÄRZTE"]
        assert len(listing(Filters("strasse")).items) == 2
        kept = db.session.execute(text("SELECT leads FROM idea_author WHERE institution_id = 901")).scalars().all()
        assert [bool(leads) for leads in kept] == [True]
