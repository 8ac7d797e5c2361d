"""What stands on a lab's sheets, as values for the press."""

from collections.abc import Sequence
from typing import Any

from ideation.core.i18n import current_locale
from ideation.core.mail import address
from ideation.core.sentence import Message, say, say_n
from ideation.core.text import excerpt, tree
from ideation.core.typeset import qr
from ideation.handouts.rules import PROMISE_MAX, WHY_MAX, Party, Sitting, signature_rows
from ideation.institutions.rules import SECTOR_NAMES
from ideation.labs.models import Lab
from ideation.labs.rules import Status
from ideation.members.queries import crew_of

LEAFLET, ATTENDANCE = say("Einladung ins Projektlabor"), say("Anwesenheitsliste")


def leaflet(lab: Lab, site: str, sittings: Sequence[Sitting] = ()) -> dict[str, Any]:
    """Names institutions only."""
    page = address("labs.show", current_locale(), slug=lab.slug)
    inviting = lab.status == Status.INVITING
    join = say("Scannen Sie das Bild oder öffnen Sie die Adresse. Dort melden Sie sich an und wählen „Mitarbeiten“.")
    read = say("Scannen Sie das Bild oder öffnen Sie die Adresse. Dort steht, wie weit das Projektlabor ist.")
    sections: list[tuple[Message, str]] = [
        (say("Warum?"), excerpt(lab.problem, WHY_MAX) if len(lab.problem) > WHY_MAX else lab.problem),
        (say("Das Ziel"), excerpt(lab.aim, PROMISE_MAX)),
        (say("Für wen?"), ", ".join(lab.audience.splitlines())[:PROMISE_MAX]),
    ]
    after = [
        (say("Wie wird gearbeitet?"), excerpt(lab.format, PROMISE_MAX)),
        (say("Was kann dabei herauskommen?"), ", ".join(lab.products.splitlines())[:PROMISE_MAX]),
        (say("Was geschieht mit dem Ergebnis?"), excerpt(lab.promise, PROMISE_MAX)),
    ]
    missing = [
        say("%(sector)s: %(people)s", sector=SECTOR_NAMES[name], people=say_n("%(num)s Person", "%(num)s Personen", count))
        for name, count in (crew_of(lab).missing.items() if inviting else ())
    ]
    return {
        "site": site, "title": lab.title, "subtitle": lab.long_title, "lang": lab.lang,
        "kind": str(LEAFLET if inviting else say("Projektlabor")), "example": str(say("Beispieldaten")) if lab.example else "",
        "before": _told(sections), "after": _told(after), "questions": [question.text for question in lab.questions],
        "sittings": [[sitting.title, sitting.when, sitting.where] for sitting in sittings],
        "period": lab.period_text, "hosts": [host.name for host in lab.hosts], "leads": [each.name for each in lab.facilitators],
        "missing": [str(line) for line in missing], "how": str(join if inviting else read), "address": page, "qr": qr(page),
        "labels": {
            "questions": str(say("Leitfragen")), "when": str(say("Wann")), "hosts": str(say("Getragen von")),
            "leads": str(say("Laborbegleitung")), "missing": str(say("Noch gesucht")), "how": str(say("So machen Sie mit") if inviting else say("Mehr dazu")),
            "qr": str(say("QR-Code zur Seite des Projektlabors")),
        },
    }  # fmt: skip


def _told(sections: Sequence[tuple[Message, str]]) -> list[dict[str, Any]]:
    return [{"heading": str(heading), "text": tree(text)} for heading, text in sections if text]


def attendance(lab: Lab, site: str, sitting: Sitting | None = None, *, inside: bool = False) -> dict[str, Any]:
    """`inside`: for whoever leads the meeting, with every name; else only those who agreed to be named."""
    crew = crew_of(lab, inside=inside)
    rows = signature_rows([Party(group.institution, group.count, group.names) for group in crew.groups])
    # Lines to fill in by hand where the sheet is not for one meeting.
    facts = [
        (say("Treffen"), sitting.title if sitting else ""),
        (say("Wann"), sitting.when if sitting else ""),
        (say("Wo"), sitting.where if sitting else ""),
    ]
    expected = say_n("Erwartet wird %(num)s Person.", "Erwartet werden %(num)s Personen.", crew.total)
    return {
        "site": site, "title": str(ATTENDANCE), "subtitle": lab.title,
        "facts": [[str(name), text] for name, text in facts],
        "note": str(expected) if crew.total else "",
        "head": [str(say("Nr.")), str(say("Name")), str(say("Institution")), str(say("Unterschrift"))],
        "rows": [[str(number), name, institution] for number, (name, institution) in enumerate(rows, 1)],
        "footer": str(say("Dieses Blatt enthält Namen. Bitte geben Sie es nach dem Treffen der Laborbegleitung.")),
    }  # fmt: skip
