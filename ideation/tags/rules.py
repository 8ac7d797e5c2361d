"""The frames a city begins with. Names are official where there are any; all of them can be edited afterwards."""

import re
from dataclasses import dataclass

TITLE_MAX, TAGS_MAX = 80, 200
FREE = "schlagworte"


@dataclass(frozen=True, slots=True)
class PresetFrame:
    slug: str
    title_de: str
    title_en: str
    # (slug, German, English)
    tags: tuple[tuple[str, str, str], ...]


def slug_from(title: str) -> str:
    text = title.lower()
    for letter, plain in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}.items():
        text = text.replace(letter, plain)
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:60].strip("-") or "schlagwort"


FIELDS = PresetFrame(
    "handlungsfelder",
    "Handlungsfelder",
    "Fields of action",
    (
        ("daten-plattformen", "Daten und Plattformen", "Data and platforms"),
        ("zusammenleben-mitmachen", "Zusammenleben und Mitmachen", "Living together and taking part"),
        ("trends-forschung-entwicklung", "Trends, Forschung und Entwicklung", "Trends, research and development"),
        ("sicherheit-vertrauen", "Sicherheit und Vertrauen", "Security and trust"),
        ("raum-infrastruktur", "Raum und Infrastruktur", "Space and infrastructure"),
        ("intelligente-mobilitaet", "Intelligente Mobilität", "Smart mobility"),
        ("wirtschaft-handel-tourismus", "Wirtschaft, Handel und Tourismus", "Economy, trade and tourism"),
        ("bildung-kultur-freizeit", "Bildung, Kultur und Freizeit", "Education, culture and leisure"),
        ("bauen-wohnen", "Bauen und Wohnen", "Building and housing"),
        ("energie-umwelt", "Energie und Umwelt", "Energy and environment"),
        ("gesundheit-soziales", "Gesundheit und Soziales", "Health and social affairs"),
        ("digitale-verwaltung", "Digitale Verwaltung", "Digital administration"),
    ),
)
# Short names as the United Nations and the German federal government use them.
GOALS = PresetFrame(
    "un-ziele",
    "UN-Nachhaltigkeitsziele",
    "UN Sustainable Development Goals",
    (
        ("un-1", "1 Keine Armut", "1 No poverty"),
        ("un-2", "2 Kein Hunger", "2 Zero hunger"),
        ("un-3", "3 Gesundheit und Wohlergehen", "3 Good health and well-being"),
        ("un-4", "4 Hochwertige Bildung", "4 Quality education"),
        ("un-5", "5 Geschlechtergleichheit", "5 Gender equality"),
        ("un-6", "6 Sauberes Wasser und Sanitäreinrichtungen", "6 Clean water and sanitation"),
        ("un-7", "7 Bezahlbare und saubere Energie", "7 Affordable and clean energy"),
        ("un-8", "8 Menschenwürdige Arbeit und Wirtschaftswachstum", "8 Decent work and economic growth"),
        ("un-9", "9 Industrie, Innovation und Infrastruktur", "9 Industry, innovation and infrastructure"),
        ("un-10", "10 Weniger Ungleichheiten", "10 Reduced inequalities"),
        ("un-11", "11 Nachhaltige Städte und Gemeinden", "11 Sustainable cities and communities"),
        ("un-12", "12 Nachhaltiger Konsum und nachhaltige Produktion", "12 Responsible consumption and production"),
        ("un-13", "13 Maßnahmen zum Klimaschutz", "13 Climate action"),
        ("un-14", "14 Leben unter Wasser", "14 Life below water"),
        ("un-15", "15 Leben an Land", "15 Life on land"),
        ("un-16", "16 Frieden, Gerechtigkeit und starke Institutionen", "16 Peace, justice and strong institutions"),
        ("un-17", "17 Partnerschaften zur Erreichung der Ziele", "17 Partnerships for the goals"),
    ),
)
DIMENSIONS = PresetFrame(
    "nachhaltigkeit",
    "Dimensionen der Nachhaltigkeit",
    "Dimensions of sustainability",
    (
        ("oekologisch", "ökologisch", "ecological"),
        ("oekonomisch", "ökonomisch", "economic"),
        ("sozial", "sozial", "social"),
        ("kulturell", "kulturell", "cultural"),
    ),
)
DISTRICTS = PresetFrame(
    "stadtbezirke",
    "Stadtbezirke",
    "City districts",
    tuple(
        (slug_from(name), name, name)
        for name in (
            "Innenstadt-West",
            "Innenstadt-Nord",
            "Innenstadt-Ost",
            "Eving",
            "Scharnhorst",
            "Brackel",
            "Aplerbeck",
            "Hörde",
            "Hombruch",
            "Lütgendortmund",
            "Huckarde",
            "Mengede",
        )
    ),
)
PRESETS = (FIELDS, GOALS, DIMENSIONS, DISTRICTS, PresetFrame(FREE, "Schlagworte", "Keywords", ()))
