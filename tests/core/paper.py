"""Documents as the city would print them, and what can be read back from a PDF."""

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader

from ideation.core.text import tree
from ideation.core.typeset import qr

ROUND = "Miteinander in Dortmund: Orte der Begegnung für alle Generationen"
IDEAS = {
    "Erzähl-Bank auf dem Friedensplatz": 128,
    "Quartierswerkstatt in der leeren Sparkasse": 109,
    "Mittagstisch für alle in der Schulmensa": 94,
    "Sprachcafé im Stadtteilzentrum, jeden Donnerstag, mit Kinderbetreuung und Begleitung durch Ehrenamtliche": 40,
    "Nachtbus in die Vororte": 0,
}
REASON = """Die **Erzähl-Bank** und die *Quartierswerkstatt* liegen im selben Viertel.
Siehe [Beschluss des Rates](https://www.dortmund.de/rat/2026/beschluss-4711).

> Wir bauen zusammen.

1. Erst die Bank
2. dann die Werkstatt
   - mit Strom
   - ohne Treppe

#### Noch offen

https://example.org/ ist `offen`.
"""
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def code(n: int) -> str:
    return f"KREB-{n:05d}-LMNPQ"


def codes(n: int) -> dict[str, Any]:
    address = "https://mitmachen.dortmund.de/ballots/12/code"
    return {
        "site": "Stadt Dortmund · Mitmachen",
        "round": ROUND,
        "ballot": "Abstimmung 2",
        "closes": "Donnerstag, 26. November 2026, 18:00 Uhr",
        "address": address,
        "steps": [
            "Scannen Sie das Bild oder öffnen Sie die Adresse, melden Sie sich an und geben Sie den Code ein.",
            "Er gilt einmal.",
        ],
        "codes": [{"code": code(i), "qr": qr(f"{address}#{code(i)}")} for i in range(n)],
        "labels": {
            "card": "Ihr Code zum Abstimmen",
            "until": "Gültig bis",
            "address": "Adresse:",
            "qr": "QR-Code zum Einlösen des Codes",
        },
    }


def protocol(**changes: Any) -> dict[str, Any]:
    bars = [{"label": title, "value": n, "text": f"{n} Stimmen", "marked": n > 90} for title, n in IDEAS.items()]
    rows = [[str(i + 1), title, str(n), "ausgewählt" if n > 90 else ""] for i, (title, n) in enumerate(IDEAS.items())]
    table = {"head": ["Rang", "Idee", "Stimmen", "Auswahl"], "align": ["right", "left", "right", "left"], "rows": rows * 5}
    return {
        "site": "Stadt Dortmund · Mitmachen",
        "title": "Auswahlprotokoll",
        "subtitle": f"{ROUND} · Abstimmung 2",
        "facts": [["Abgestimmt haben", "214 Personen"], ["Festgestellt am", "27. November 2026 von der Moderation"]],
        "sections": [
            {"heading": "Das Ergebnis", "paragraphs": ["Drei Ideen gehen ins Projektlabor."], "bars": bars, "table": None},
            {"heading": "Die Begründung", "paragraphs": [], "text": tree(REASON), "bars": None, "table": None},
            {"heading": "Alle Stimmen", "paragraphs": ["Dieselben Zahlen als Tabelle."], "bars": None, "table": table},
        ],
        "hashes": [["Prüfsumme des Ergebnisses", DIGEST]],
        "footer": "Das Stimmenverzeichnis steht unter https://mitmachen.dortmund.de/ballots/12/ledger.",
        "labels": {"marked": "ausgewählt"},
        **changes,
    }


def said(markdown: str) -> dict[str, Any]:
    """A protocol whose one section is what somebody wrote."""
    section = {"heading": "Text", "paragraphs": [], "text": tree(markdown), "bars": None, "table": None}
    return protocol(sections=[section], facts=[], hashes=[], footer="")


def read(document: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(document))


def text(document: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(document).pages)


def joined(document: bytes) -> str:
    """Without white space: what was broken over lines reads as it was written."""
    return "".join(text(document).split())


def tags(document: bytes) -> list[str]:
    def below(node: Any) -> Iterator[Any]:
        node = node.get_object() if hasattr(node, "get_object") else node
        for part in node if isinstance(node, list) else [node]:
            part = part.get_object() if hasattr(part, "get_object") else part
            if isinstance(part, dict) and "/S" in part:
                yield part
                yield from below(part.get("/K", []))

    root: Any = read(document).trailer["/Root"]
    return [f"{part['/S']} {part.get('/Alt', '')}".strip() for part in below(root["/StructTreeRoot"]["/K"])]
