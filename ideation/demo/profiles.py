"""The groups of the labs and what they worked out, with exactly the fields that the source names."""

from collections.abc import Sequence
from datetime import datetime

from ideation.accounts.models import Account
from ideation.demo.queries import Data, told
from ideation.groups.actions import import_group
from ideation.labs.models import Lab
from ideation.profiles.actions import import_profile, import_synergy
from ideation.profiles.models import Profile
from ideation.profiles.rules import Content
from ideation.questions.actions import import_question

TEXTS = {"titel": "title", "motto": "motto", "kurzfassung": "summary", "finanzierung": "funding", "machbarkeit": "feasibility"}
LISTS = {
    "ziele": "goals", "zielgruppen": "audiences", "massnahmen": "measures", "eigenschaften": "traits", "partner": "partners",
    "orte": "places", "naechste_schritte": "first_steps",
}  # fmt: skip


def import_profiles(actor: Account, lab: Lab, names: Sequence[str], *, now: datetime) -> None:
    rows = {row["id"]: row for row in told("dortmund/steckbriefe")["steckbriefe"] if row["id"] in names}
    made: dict[str, Profile] = {}
    for name, row in rows.items():
        group = import_group(actor, lab, row["gruppe"], row["titel"], now=now)
        made[name] = import_profile(actor, group, content_of(row), now=now)
        for text in row["offene_fragen"]:
            import_question(actor, made[name], text, now=now)
    for name, row in rows.items():
        for other in _synergies(row, rows):
            import_synergy(actor, made[name], made[other], now=now)


def content_of(row: Data) -> Content:
    """What the source does not name stays empty."""
    texts = {field: row.get(key) or "" for key, field in TEXTS.items()}
    lists = {field: tuple(row.get(key) or ()) for key, field in LISTS.items()}
    return Content(**texts, **lists, months=row["dauer_monate"], budget=row["budget_eur"])


def _synergies(row: Data, rows: dict[str, Data]) -> list[str]:
    """Another project of the lab that the source calls a synergy among the partners."""
    named = " ".join(partner for partner in row["partner"] if "Synergie" in partner)
    return [name for name, other in rows.items() if name != row["id"] and other["titel"] in named]
