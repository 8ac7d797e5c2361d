from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import exists, func, select

from ideation.accounts.models import Account
from ideation.core.clock import end_of, start_of, utc
from ideation.core.db import db
from ideation.core.i18n import dated
from ideation.ideas.models import Idea
from ideation.profiles.rules import Content
from ideation.rounds.models import Round
from ideation.rounds.rules import Activity, Span
from ideation.transfer.rules import day_of

Data = dict[str, Any]

FOLDER = Path(__file__).resolve().parent
ROUNDS = ("live", "beispiel")
ABOUT = {
    "rahmen": "Rahmen", "motto": "Motto", "art": "Art", "zugang": "Zugang", "schirmherrschaft": "Schirmherrschaft",
    "webseite": "Webseite", "ergebnis": "Ergebnis", "auszeichnung": "Auszeichnung",
}  # fmt: skip

TEXTS = {"titel": "title", "motto": "motto", "kurzfassung": "summary", "finanzierung": "funding", "machbarkeit": "feasibility"}
LISTS = {
    "ziele": "goals", "zielgruppen": "audiences", "massnahmen": "measures", "eigenschaften": "traits", "partner": "partners",
    "orte": "places", "naechste_schritte": "first_steps",
}  # fmt: skip


def told(name: str) -> Any:
    """A file of the demo's folder: `live`, `dortmund/runden`."""
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))


def is_loaded() -> bool:
    """Whether the demo was loaded here once, whatever happened since."""
    found = db.session.scalar(select(func.count()).select_from(Round).where(Round.slug.in_(ROUNDS)))
    return found == len(ROUNDS)


def is_empty() -> bool:
    """Nobody is registered and nothing was written."""
    return not db.session.scalar(
        select(exists().where(Account.id > 0) | exists().where(Round.id > 0) | exists().where(Idea.id > 0))
    )


def known_windows(row: Data) -> list[Span]:
    """The sources name the ends. A line needs beginnings: the day on which the city looked at the coming sprint."""
    if "fristen" not in row:
        return []
    begin = start_of(date(2021, 3, 15))
    challenge, join = (each["bis"] for each in row["fristen"])
    return [
        Span(Activity.CHALLENGE, begin, utc(datetime.fromisoformat(challenge))),
        Span(Activity.JOIN, begin, end_of(date.fromisoformat(join))),
        Span(Activity.IDEA, start_of(date.fromisoformat(row["beginn"])), end_of(date.fromisoformat(row["ende"]))),
    ]


def period(row: Data) -> str:
    if row.get("laufend"):
        return "fortlaufend"
    first, last = row["beginn"], row["ende"]
    if not first:
        return str(row.get("zeitraum") or row["jahr"]).partition(" (")[0]
    end = dated(date.fromisoformat(last), "day")
    return end if first == last else f"{date.fromisoformat(first).day}. bis {end}"


def about(row: Data) -> str:
    lines = [f"**{label}:** {row[key]}" for key, label in ABOUT.items() if row.get(key)]
    for each in row.get("termine", ()):
        lines.append(f"- {each['was']}" + (f" ({day})" if (day := _day(each["datum"])) else ""))
    return "\n\n".join(lines)


def _day(text: str) -> str:
    try:
        return dated(*day_of(text))
    except ValueError:
        return ""


def profile(row: Data) -> Content:
    """What the source does not name stays empty."""
    texts = {field: row.get(key) or "" for key, field in TEXTS.items()}
    lists = {field: tuple(row.get(key) or ()) for key, field in LISTS.items()}
    return Content(**texts, **lists, months=row["dauer_monate"], budget=row["budget_eur"])


def synergies(row: Data, rows: Mapping[str, Data]) -> list[str]:
    """Other projects of the lab that the source calls a synergy among the partners."""
    named = " ".join(partner for partner in row["partner"] if "Synergie" in partner)
    return [name for name, other in rows.items() if name != row["id"] and other["titel"] in named]
