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
from ideation.institutions.rules import InstitutionText, Kind, Sector
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
KINDS = {"Stadt Dortmund": Kind.CITY, "Stadt Schwerte": Kind.CITY, "Wirtschaftsförderung Dortmund": Kind.OFFICE}
KINDS |= {"Kommunale Ombudsstelle": Kind.OFFICE, "Koordinierungsstelle für Vielfalt, Toleranz und Demokratie": Kind.OFFICE}
ALLIANCES = ("allianz-smart-city", "innolab-zukunft-der-arbeit")

TEXTS = {"titel": "title", "motto": "motto", "kurzfassung": "summary", "finanzierung": "funding", "machbarkeit": "feasibility"}
LISTS = {
    "ziele": "goals", "zielgruppen": "audiences", "massnahmen": "measures", "eigenschaften": "traits", "partner": "partners",
    "orte": "places", "naechste_schritte": "first_steps",
}  # fmt: skip


def told(name: str) -> Any:
    """A file of the demo's folder: `live`, `dortmund/runden`."""
    return yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))


def known_institutions() -> list[InstitutionText]:
    """Those of the labs with the spellings of the source, the alliances, and where people turn to. Sectors only where the name says so."""
    spelled: dict[str, list[str]] = {}
    for lab in told("dortmund/institutionen")["projektlabore"]:
        for each in lab["institutionen"]:
            spelled.setdefault(each["name"], []).extend(each.get("wie_in_quelle", ()))
    file, texts = told("dortmund/buendnisse"), {}
    texts |= {row["name"]: {"about": _alliance(row)} for row in file["buendnisse"] if row["id"] in ALLIANCES}
    texts |= {row["name"]: {"offer": f"{row['aufgabe'][:1].upper()}{row['aufgabe'][1:]}."} for row in file["anlaufstellen"]}
    return [
        InstitutionText(name, KINDS.get(name, Kind.PARTNER), _sector(name), tuple(spelled.get(name, ())), **texts.get(name, {}))
        for name in [*spelled, *(name for name in texts if name not in spelled)]
    ]


def _sector(name: str) -> Sector | None:
    return Sector.ADMINISTRATION if name.startswith("Stadt ") else None


def _alliance(row: Data) -> str:
    year, _, month = row["gegruendet"].partition("-")
    founded = dated(date(int(year), int(month or 1), 1), "month" if month else "year")
    lines = [f"Motto: „{row['motto']}“"] if "motto" in row else []
    lines.append(f"Gegründet: {founded}.")
    for key, label in (("partner", "Partner"), ("projekte", "Projekte")):
        if number := row.get(key):
            roughly = "" if number["genauigkeit"] == "genau" else f"{number['genauigkeit']} "
            known = ", ".join(str(part) for part in (number["anzahl"], number.get("stand")) if part)
            lines.append(f"{label}: {roughly}{known}.")
    lines.append(f"Beteiligt: {', '.join(row['beteiligte_gruppen'])}.")
    return " ".join(lines)


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
