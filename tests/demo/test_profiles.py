"""The seven profiles of the labs stand on their pages with exactly what the source knows."""

from pathlib import Path

import yaml
from flask import Flask
from flask.testing import FlaskCliRunner
from markupsafe import escape

import ideation
from ideation.core.db import db
from ideation.labs.models import Lab
from ideation.labs.queries import lab_or_404
from ideation.profiles.queries import sheets_of, synergies_of
from ideation.profiles.rules import is_filled
from ideation.questions.queries import questions_of

SOURCE = Path(ideation.__file__).parent / "demo" / "dortmund" / "steckbriefe.yaml"
# What the source says about a profile beside its fields.
OTHER = {"id", "projektlabor", "gruppe", "titel", "offene_fragen"}


def test_every_known_value_and_nothing_else(app: Flask) -> None:
    assert FlaskCliRunner(app).invoke(args=["demo", "load"]).exit_code == 0
    client, rows = app.test_client(), yaml.safe_load(SOURCE.read_text("utf-8"))["steckbriefe"]
    assert len(rows) == 7
    for row in rows:
        page = client.get(f"/labs/{row['projektlabor']}/profiles/{row['gruppe']}").text
        known = {key: value for key, value in row.items() if key not in OTHER and value not in (None, [])}
        shown = {"budget_eur": "230.000", "dauer_monate": "16 Monate"}
        for key, value in known.items():
            for each in value if isinstance(value, list) else [shown.get(key, value)]:
                assert str(escape(each)) in page or each in page.replace("<p>", ""), (row["id"], key, each)
        assert row["titel"] in page and all(str(escape(text)) in page for text in row["offene_fragen"])
        with app.app_context():
            lab: Lab = lab_or_404(row["projektlabor"])
            sheet = next(s for s in sheets_of(lab) if s.group.number == row["gruppe"])
            assert sheet.completeness.filled == len(known) and sheet.is_public
            asked = questions_of(sheet.profile)
            assert {question.text for question in asked} == set(row["offene_fragen"])
            assert not any(is_filled(q.owner_member_id) or q.owner_institution_id or q.due_on or q.decided_at for q in asked)
            linked = {other.title for other in synergies_of(sheet.profile)}
            assert linked == {"KI-Bus": {"Gamification / KI-Buddy"}, "Gamification / KI-Buddy": {"KI-Bus"}}.get(row["titel"], set())
            db.session.rollback()
    page = client.get("/questions").text
    assert f"{sum(len(row['offene_fragen']) for row in rows)} Fragen" in page
