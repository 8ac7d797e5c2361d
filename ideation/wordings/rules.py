"""What a selection protocol says, word for word. The page and the printed document both show this text and nothing else."""

from collections.abc import Iterable

from ideation.core.sentence import End, Message, say, say_n
from ideation.corrections.rules import CATEGORIES, Act
from ideation.ledger.rules import CROWD
from ideation.protocols.rules import Bar, Box, Correction, Protocol, Row, Section, Table, Text, Words, command, margin

# So many bars are a picture; the table below has every option.
BARS_MAX, QUESTIONS_MAX, WINNERS_MAX = 50, 5, 5
HIDDEN = say("Ausgeblendete Idee")
NO_LONGER = say("nicht mehr wählbar")


def text(protocol: Protocol, ledger: str, file: str) -> Text:
    """`ledger`, `file`: where the ledger and the published file can be fetched."""
    p = protocol
    sections = [_result(p), _decided(p), _rules(p), _numbers(p), _corrections(p), _check(p, ledger, file)]
    return Text(
        subtitle=say("%(round)s, Abstimmung %(n)s", round=p.round, n=p.number),
        standing=None
        if p.certified_at
        else say("Vorläufig: Die Stimmen sind ausgezählt, das Ergebnis ist noch nicht festgestellt."),
        facts=_facts(p),
        sections=tuple(section for section in sections if section is not None),
        hashes=_hashes(p),
        points=p.gives_points,
    )


def _facts(p: Protocol) -> tuple[tuple[Message, Words], ...]:
    facts: list[tuple[Message, Words]] = [
        (say("Runde"), p.round),
        (say("Abstimmung"), say("Nummer %(n)s in dieser Runde", n=p.number)),
        *_asked(p),
        (say("Beginn"), say("%(moment)s", moment=p.opens_at)),
        (say("Ende"), say("%(moment)s", moment=End(p.closes_at or p.closed_at))),
        (say("Abgestimmt haben"), say_n("%(num)s Person", "%(num)s Personen", p.voters)),
        (say("Festgestellt"), say("%(moment)s", moment=p.certified_at) if p.certified_at else say("noch nicht")),
    ]
    return tuple(facts)


def _asked(p: Protocol) -> list[tuple[Message, Words]]:
    if not p.questions:
        return [(say("Worüber"), say("Ideen der Runde ohne vorgegebene Frage"))]
    if len(p.questions) > QUESTIONS_MAX:
        return [(say("Worüber"), say("Ideen zu %(n)s Herausforderungen", n=len(p.questions)))]
    return [(say("Herausforderung"), question) for question in p.questions]


def _count(p: Protocol, n: int) -> Message:
    return say_n("%(num)s Punkt", "%(num)s Punkte", n) if p.gives_points else say_n("%(num)s Stimme", "%(num)s Stimmen", n)


def _with(p: Protocol, n: int) -> Message:
    if p.gives_points:
        return say_n("mit %(num)s Punkt", "mit %(num)s Punkten", n)
    return say_n("mit %(num)s Stimme", "mit %(num)s Stimmen", n)


def _title(row: Row) -> Words:
    return row.title or HIDDEN


def _named(rows: Iterable[Row], p: Protocol) -> list[Message]:
    return [say("„%(title)s“ %(with_count)s", title=_title(row), with_count=_with(p, row.points)) for row in rows]


def _word(p: Protocol, row: Row) -> Words:
    if row.selected:
        return say("ausgewählt") if p.certified_at else say("nach Stimmen vorn")
    if p.open_tie and p.tie and row.idea in p.tie.ideas:
        return say("Gleichstand")
    return "" if row.eligible else NO_LONGER


def _result(p: Protocol) -> Section:
    winners = p.winners
    lead: list[Words] = []
    if p.certified_at:
        lead.append(
            say_n("%(num)s von %(all)s Ideen ist ausgewählt.", "%(num)s von %(all)s Ideen sind ausgewählt.", len(winners), all=len(p.rows))
        )  # fmt: skip
        if len(winners) <= WINNERS_MAX:
            lead += [say("Ausgewählt ist %(one)s.", one=one) for one in _named(winners, p)]
    lead += [_given(p), *_margin(p)]
    if not p.rows:
        return Section(say("Das Ergebnis"), (say("Keine Idee stand zur Abstimmung"),))
    bars = tuple(Bar(row, _title(row), _count(p, row.points), _word(p, row)) for row in p.rows[:BARS_MAX])
    if len(p.rows) > BARS_MAX:
        lead.append(say("Das Bild zeigt die ersten %(n)s Ideen, die Tabelle alle.", n=BARS_MAX))
    return Section(say("Das Ergebnis"), tuple(lead), bars, _table(p))


def _given(p: Protocol) -> Message:
    if p.terms["budget"] is not None:
        spent = sum(row.cost or 0 for row in p.winners)
        return say("Zu vergeben waren %(budget)s Euro; die ausgewählten Ideen kosten zusammen %(spent)s Euro.",
                   budget=p.terms["budget"], spent=spent)  # fmt: skip
    return say_n("Zu vergeben war %(num)s Platz.", "Zu vergeben waren %(num)s Plätze.", p.terms["seats"])


def _margin(p: Protocol) -> list[Message]:
    """How close it was, in words."""
    found = margin(p)
    if p.open_tie or found is None:
        return []
    last, first = say("„%(title)s“", title=_title(found.last)), say("„%(title)s“", title=_title(found.first))
    values = {"last": last, "first": first, "a": _with(p, found.last.points), "b": _with(p, found.first.points)}
    said = [say("Nach der Regel kommt %(last)s %(a)s gerade noch zum Zug, %(first)s %(b)s gerade nicht mehr.", **values)]
    if not p.by_rank:
        said.append(say("Bei dieser Regel entscheidet nicht die Zahl der Stimmen allein."))
    elif found.short:
        said.append(say("%(first)s fehlten %(count)s bis zur Mindestzahl.", first=first, count=_count(p, found.short)))
    elif found.points == 0:
        said.append(say("Beide haben gleich viel; darüber wurde eigens entschieden."))
    else:
        said.append(say("Der Abstand zwischen beiden beträgt %(count)s.", count=_count(p, found.points)))
    if p.differs:
        said.append(say("Die Moderation hat anders entschieden; das steht im nächsten Abschnitt."))
    return said


def _table(p: Protocol) -> Table:
    paper, money = any(row.paper for row in p.rows), any(row.cost for row in p.rows)
    head = [(say("Platz"), "right"), (say("Idee"), "left"), (say("Punkte") if p.gives_points else say("Stimmen"), "right")]
    head += [(say("Personen"), "right")] if p.gives_points else []
    head += [(say("davon auf Papier"), "right")] if paper else []
    head += [(say("Kosten in Euro"), "right")] if money else []
    head += [(say("Auswahl"), "left")]
    rows = []
    for row in p.rows:
        cells: list[Words] = [_figure(row.place), _title(row), _figure(row.points)]
        cells += [_figure(row.votes)] if p.gives_points else []
        cells += [_figure(row.paper)] if paper else []
        cells += [_figure(row.cost) if row.cost is not None else "–"] if money else []
        rows.append((*cells, _word(p, row) or "–"))
    return Table(tuple(name for name, _ in head), tuple(side for _, side in head), tuple(rows))


def _figure(n: int) -> Message:
    return say("%(n)s", n=n)


def _decided(p: Protocol) -> Section:
    """What people decided, and not the votes."""
    said: list[Words] = []
    if p.tie is not None:
        tied = [row for row in p.rows if row.idea in p.tie.ideas]
        said.append(say_n("Um %(num)s Platz stand es gleich:", "Um %(num)s Plätze stand es gleich:", p.tie.places))
        said += _named(tied, p)
        if p.open_tie:
            said.append(say("Darüber ist noch nicht entschieden."))
        elif p.tie.by_lot:
            said.append(
                say("Entschieden hat das Los. Seine Reihenfolge folgt aus dem Losschlüssel, der seit der ersten Stimme feststeht.")
            )
        if p.tie.chosen:
            said += [say("Vorn steht seitdem %(one)s.", one=one) for one in _named([r for r in tied if r.idea in p.tie.chosen], p)]
        if p.tie.reason and not p.tie.by_lot:
            said.append(say("Die Moderation hat entschieden. Die Begründung: %(reason)s", reason=p.tie.reason))
    if p.differs:
        said.append(say("Ausgewählt ist etwas anderes, als sich nach der Regel ergibt."))
        said += [say("Ausgewählt, obwohl nach der Regel nicht an der Reihe: %(one)s.", one=one)
                 for one in _named((r for r in p.rows if r.selected and not r.listed), p)]  # fmt: skip
        said += [say("Nicht ausgewählt, obwohl nach der Regel an der Reihe: %(one)s.", one=one)
                 for one in _named((r for r in p.rows if r.listed and not r.selected), p)]  # fmt: skip
        said.append(say("Die Begründung: %(reason)s", reason=p.reason))
        said.append(
            say("Vorgeschlagen hat das eine Person der Moderation am %(proposed)s. Eine zweite hat am %(certified)s zugestimmt und das Ergebnis festgestellt.",
                proposed=p.proposed_at, certified=p.certified_at)
        )  # fmt: skip
    elif p.certified_at:
        said.append(
            say("Ausgewählt ist, was sich daraus nach der Regel ergibt. Sonst hat die Moderation nichts geändert.")
            if p.tie
            else say("Ausgewählt ist genau, was sich nach der Regel ergibt. Die Moderation hat nichts daran geändert.")
        )
    return Section(say("Was anders entschieden wurde"), tuple(said or [say("Bisher nichts.")]))


def _rules(p: Protocol) -> Section:
    terms, said = p.terms, list[Words]()
    said.append(say("Diese Regeln stehen seit der ersten Stimme fest."))
    if terms["eligibility"] == "T2":
        said.append(say("Abstimmen konnte, wer einen Code auf Papier von der Stadt bekommen hatte."))
    elif p.asks_to_join:
        said.append(say("Abstimmen konnte, wer ein bestätigtes Konto hatte und zur Runde angemeldet war."))
    else:
        said.append(say("Abstimmen konnte, wer ein bestätigtes Konto hatte."))
    if any(box.status == "counted" for box in p.boxes):
        said.append(say("Dazu kommen Stimmzettel auf Papier, die bei Veranstaltungen abgegeben wurden."))
    if terms["method"] == "support":
        said.append(say("Jede Person konnte beliebig viele Ideen unterstützen, jede einmal."))
    elif p.gives_points:
        said.append(say("Jede Person konnte bis zu %(all)s Punkte vergeben, höchstens %(most)s für eine Idee.", all=terms["votes_each"], most=terms["points_max"]))  # fmt: skip
    else:
        said.append(say_n("Jede Person hatte %(num)s Stimme.", "Jede Person konnte bis zu %(num)s Stimmen vergeben, höchstens eine für jede Idee.", terms["votes_each"]))  # fmt: skip
    if terms["shortlist_only"]:
        said.append(say("Zur Wahl standen die Ideen der engeren Auswahl."))
    said.append(
        say("Die Liste war geschlossen: Während der Abstimmung kam keine Idee hinzu, und kein Text änderte sich.")
        if terms["closed_list"]
        else say("Die Liste war nach diesen Regeln offen: Auch während der Abstimmung konnten Ideen hinzukommen.")
    )
    said += [*_rule(p), *_extensions(p)]
    return Section(say("Die Regeln"), tuple(said))


def _rule(p: Protocol) -> list[Words]:
    terms, said = p.terms, list[Words]()
    if p.by_rank:
        said.append(say("Nach der Regel gehen die Plätze der Reihe nach an die Ideen mit den meisten Stimmen."))
    elif terms["rule"] == "greedy":
        said.append(say("Der Reihe nach ist ausgewählt, was die meisten Stimmen hat und noch in das Budget passt. Was nicht mehr passt, wird übersprungen."))  # fmt: skip
    else:
        said.append(say("Methode der gleichen Anteile: Was zu vergeben ist, wird in Gedanken gleich auf alle verteilt, die abgestimmt haben. Ausgewählt ist, was seine Unterstützenden aus ihren Anteilen bezahlen können."))  # fmt: skip
        said.append(COMPLETIONS[terms["completion"]])
        said.append(UTILITIES[terms["utility"]])
    if terms["minimum"]:
        said.append(say("Ausgewählt werden konnte nur, was mindestens %(count)s hatte.", count=_count(p, terms["minimum"])))
    return said


COMPLETIONS: dict[str, Message] = {
    "none": say("Was dann noch übrig ist, bleibt übrig."),
    "add1": say("Ist dann noch etwas übrig, wachsen alle Anteile in kleinen Schritten, solange das Ergebnis in das Budget passt."),
    "greedy": say("Was dann noch übrig ist, geht der Reihe nach an die Ideen mit den meisten Stimmen."),
}
UTILITIES: dict[str, Message] = {
    "cost": say("Eine teure Idee zählt für ihre Unterstützenden mehr als eine günstige, im Verhältnis ihrer Kosten."),
    "cardinality": say("Jede Idee zählt für ihre Unterstützenden gleich viel, was immer sie kostet."),
}


def _extensions(p: Protocol) -> list[Words]:
    said: list[Words] = []
    for note in p.extensions:
        if note.before is None:
            said.append(say("Die Abstimmung hatte zuerst kein Ende; dann wurde es auf %(after)s gesetzt. Die Begründung: %(reason)s",
                            after=End(note.after), reason=note.reason))  # fmt: skip
        else:
            said.append(say("Die Abstimmung wurde verlängert: statt %(before)s endete sie %(after)s. Die Begründung: %(reason)s",
                            before=End(note.before), after=End(note.after), reason=note.reason))  # fmt: skip
    return said


def _numbers(p: Protocol) -> Section:
    n, said = p.numbers, list[Words]()
    total = sum(row.points for row in p.rows)
    said.append(say("Abgestimmt haben %(people)s. Gezählt sind %(count)s.", people=say_n("%(num)s Person", "%(num)s Personen", p.voters), count=_count(p, total)))  # fmt: skip
    said.append(say_n("%(num)s Stimme wurde zurückgezogen.", "%(num)s Stimmen wurden zurückgezogen.", n.withdrawn))
    said.append(say_n("%(num)s Stimme ist ungültig.", "%(num)s Stimmen sind ungültig.", n.void))
    if n.codes:
        said.append(say_n("%(num)s Code wurde gedruckt, %(used)s davon sind eingelöst.", "%(num)s Codes wurden gedruckt, %(used)s davon sind eingelöst.", n.codes, used=n.codes_used))  # fmt: skip
    said += [_box(box) for box in p.boxes]
    if p.faults:
        said += [say("Die letzte Nachzählung stimmt nicht mit den Zahlen überein:"), *p.faults]
    elif p.certified_at:
        said.append(say("Vor dem Feststellen am %(moment)s wurden alle Stimmen aus dem Stimmenverzeichnis nachgezählt. Die Zahlen stimmen überein.", moment=p.certified_at))  # fmt: skip
    return Section(say("Die Zahlen"), tuple(said))


def _box(box: Box) -> Message:
    if box.status == "dropped":
        return say_n("Papierstimmen „%(label)s“: %(num)s Blatt, nicht gezählt.", "Papierstimmen „%(label)s“: %(num)s Blätter, nicht gezählt.", box.sheets, label=box.label)  # fmt: skip
    return say_n(
        "Papierstimmen „%(label)s“: %(num)s Blatt, davon ungültig: %(spoiled)s.",
        "Papierstimmen „%(label)s“: %(num)s Blätter, davon ungültig: %(spoiled)s.",
        box.sheets, label=box.label, spoiled=box.spoiled,
    )  # fmt: skip


def _corrections(p: Protocol) -> Section | None:
    if not p.corrections:
        return None
    said = [_correction(one) for one in p.corrections]
    who = say("Jede Korrektur hat eine Person der Moderation vorgeschlagen und eine zweite bestätigt. Gelöscht wurde nichts.")
    return Section(say("Korrekturen"), (*said, who))


def _correction(one: Correction) -> Message:
    values = {"when": one.done_at, "why": CATEGORIES.get(one.category, one.category), "reason": one.reason}
    if one.act == Act.VOID:
        return say_n(
            "%(when)s: %(num)s Stimme für ungültig erklärt, %(why)s. Die Begründung: %(reason)s",
            "%(when)s: %(num)s Stimmen für ungültig erklärt, %(why)s. Die Begründung: %(reason)s", one.votes, **values,
        )  # fmt: skip
    return say_n(
        "%(when)s: %(num)s Stimme wieder für gültig erklärt, %(why)s. Die Begründung: %(reason)s",
        "%(when)s: %(num)s Stimmen wieder für gültig erklärt, %(why)s. Die Begründung: %(reason)s", one.votes, **values,
    )  # fmt: skip


def _check(p: Protocol, ledger: str, file: str) -> Section:
    first = say(
        "1. Öffnen Sie %(address)s. Dort laden Sie das Stimmenverzeichnis und das Prüfprogramm verify_ledger.py und lesen, wie man es startet. Es prüft jeden Eintrag und zählt alle Stimmen.",
        address=ledger,
    )
    second = say(
        "2. Vergleichen Sie: Der erste Eintrag und der letzte beim Schließen müssen die Prüfsummen unten haben, und die Zahlen müssen dieselben sein wie in der Tabelle."
    )
    steps = [first, second, _again(p, file)]
    if p.differs:
        steps.append(say("Heraus kommt, was sich nach der Regel ergibt, nicht die davon abweichende Auswahl der Moderation."))
    return Section(say("Selbst nachprüfen, in drei Schritten"), tuple(steps))


def _again(p: Protocol, file: str) -> Message:
    if p.voters < CROWD and p.terms["rule"] == "equal_shares":
        return say(
            "3. Weil weniger als %(n)s Personen abgestimmt haben, ist nicht veröffentlicht, welche Stimmen von derselben Person stammen. Bei dieser Regel lässt sich die Auswahl deshalb nicht von außen wiederholen; wie sie zustande kam, steht Schritt für Schritt beim Ergebnis.",
            n=CROWD,
        )
    if p.voters < CROWD:
        return say(
            "3. Weil weniger als %(n)s Personen abgestimmt haben, ist nicht veröffentlicht, welche Stimmen von derselben Person stammen. Für diese Regel genügen die Zahlen der Tabelle: Mit ihnen lässt sich die Auswahl von Hand wiederholen.",
            n=CROWD,
        )
    again = str(command(p.terms, tied=p.tie is not None and not p.open_tie))
    return say(
        "3. Wiederholen Sie die Auswahl mit den veröffentlichten Stimmen von %(address)s. Das Programm dieser Plattform ist quelloffen; der Befehl heißt: ideation ballots select DATEI %(command)s.",
        address=file, command=again,
    )  # fmt: skip


def _hashes(p: Protocol) -> tuple[tuple[Message, str], ...]:
    found = (
        (say("Erster Eintrag"), p.hashes.opening),
        (say("Letzter Eintrag beim Schließen"), p.hashes.closing),
        (say("Festgestelltes Ergebnis"), p.hashes.result),
        (say("Losschlüssel: bestimmt die Reihenfolge, falls gelost wird"), p.terms.get("lot_seed")),
        (say("Öffentlicher Schlüssel: prüft die Unterschriften der Plattform"), p.hashes.key),
    )
    return tuple((name, value) for name, value in found if value)
