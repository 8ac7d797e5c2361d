"""What became of it: the line from a question to a project, from whichever point one stands. One statement for each line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import CTE, Date, Integer, Row, Select, String, and_, case, cast, func, literal, null, or_, select, union_all

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot, Option
from ideation.challenges.models import Challenge
from ideation.challenges.rules import PUBLIC as PUBLIC_CHALLENGES
from ideation.core.clock import today
from ideation.core.db import UtcDateTime, db
from ideation.core.i18n import dated
from ideation.core.sentence import Message, say, say_n
from ideation.ideas.models import Idea
from ideation.ideas.rules import PUBLIC as PUBLIC_IDEAS
from ideation.ideas.rules import Status as IdeaStatus
from ideation.labs.models import Lab, LabOrigin
from ideation.labs.rules import STAGES
from ideation.labs.rules import Status as LabStatus
from ideation.rounds.models import Round, RoundWindow
from ideation.selections.models import SelectedIdea, Selection

# How far a question is followed from round to round.
DEPTH = 20


@dataclass(frozen=True, slots=True)
class Step:
    """One point of the line. `kind` and `key` name its page: challenge, idea, ballot (by id), round, lab (by slug); "" has none."""

    kind: str
    key: int | str
    label: Message
    title: Message | str
    day: date | None = None
    precision: str = "day"
    state: str = "done"
    # The language of a title that somebody wrote.
    lang: str = ""
    # That of the round in the label.
    round_lang: str = ""

    @property
    def date_text(self) -> str:
        return dated(self.day, self.precision)


def of_challenge(challenge: Challenge, viewer: Account | None, now: datetime) -> list[Step]:
    """From the round it was first asked in to the labs that took it up, and the rounds that asked it again."""
    inside = Idea.challenge_id == challenge.id
    rows = _rows(
        _challenges(_ancestors(Challenge.id == challenge.id), Challenge.id != challenge.id),
        _challenges(_descendants(challenge.id), Challenge.id != challenge.id),
        _merged_challenges(challenge),
        _selected(inside),
        _labs(or_(LabOrigin.challenge_id == challenge.id, LabOrigin.idea_id.in_(select(Idea.id).where(inside)))),
    )
    before = [_challenge(row) for row in rows if row.kind == "challenge" and row.rank < 0]
    label = say("Herausforderung · %(round)s", round=challenge.round.title)
    here = Step(
        "", challenge.id, label, challenge.question, *_when(challenge), lang=challenge.lang, round_lang=challenge.round.lang
    )
    steps = [*before, *_joined(rows, "challenge"), here]
    if challenge.ideas and before or any(row.kind in {"selection", "lab"} for row in rows):
        steps.append(Step("ideas", challenge.id, say("Ideen"), say_n("%(num)s Idee", "%(num)s Ideen", challenge.ideas)))
    steps += [_selection(row) for row in rows if row.kind == "selection"]
    steps += _lab_steps(rows)
    later = [
        replace(_challenge(row), label=say("Weitergeführt · %(round)s", round=row.round))
        for row in rows
        if row.kind == "challenge" and row.rank > 0
    ]
    return _line([*steps, *later, *_led_to(rows, "challenge")], _ahead(rows) if not later else [])


def of_idea(idea: Idea, viewer: Account | None, now: datetime) -> list[Step]:
    """From the question it answers to the lab it went into."""
    mine = SelectedIdea.idea_id == idea.id
    rows = _rows(
        _challenges(_ancestors(Challenge.id == idea.challenge_id), None) if idea.challenge_id else None,
        _merged_ideas(idea),
        _votings(idea.id),
        _named(mine),
        _labs(LabOrigin.idea_id == idea.id),
    )
    steps = [_challenge(row) for row in rows if row.kind == "challenge"] + _joined(rows, "idea")
    steps.append(Step("", idea.id, say("Idee"), idea.title, *_when(idea), lang=idea.lang))
    votings = [row for row in rows if row.kind == "ballot"]
    steps += [_voted(row) for row in votings if row.status] + [_selection(row) for row in rows if row.kind == "selection"]
    ahead: list[Step] = []
    for row in votings:
        if not row.status and idea.status in {IdeaStatus.PUBLISHED, IdeaStatus.SHORTLISTED}:
            (ahead if row.opens_at > now else steps).append(_voting(row, now))
    if idea.status == IdeaStatus.SELECTED:
        ahead.append(Step("", 0, say("Projektlabor"), say("wird vorbereitet"), state="coming"))
    return _line([*steps, *_lab_steps(rows), *_led_to(rows, "idea")], ahead or _ahead(rows))


def of_lab(lab: Lab, viewer: Account | None, now: datetime) -> list[Step]:
    """From the questions and ideas it came from."""
    idea_ids = [o.idea_id for o in lab.origins if o.idea_id]
    asked = [o.challenge_id for o in lab.origins if o.challenge_id]
    answered = [o.idea.challenge_id for o in lab.origins if o.idea and o.idea.challenge_id]
    rows = _rows(
        _challenges(_ancestors(Challenge.id.in_(asked + answered)), None),
        _ideas(Idea.id.in_(idea_ids)),
        _selected(Idea.id.in_(idea_ids)),
    )
    steps = [_challenge(row) for row in rows if row.kind == "challenge"]
    steps += [Step("idea", row.id, say("Idee"), row.text, *_day(row), lang=row.lang) for row in rows if row.kind == "idea"]
    steps += [_selection(row) for row in rows if row.kind == "selection"]
    steps.append(Step("", lab.slug, say("Projektlabor"), lab.title, lang=lab.lang))
    return _line(steps, [] if lab.status == LabStatus.CLOSED else [_projects()])


def _line(reached: list[Step], ahead: list[Step]) -> list[Step]:
    """Alone, a point is no line. The last point reached is where the thing stands."""
    if len(reached) + len(ahead) < 2:
        return []
    return [*reached[:-1], replace(reached[-1], state="now"), *ahead]


# Rows: one shape for all kinds, so that one statement brings them.

TYPES: dict[str, Any] = {
    "kind": String, "id": Integer, "text": String, "lang": String, "slug": String, "round": String, "round_lang": String, "opens_at": UtcDateTime, "at": UtcDateTime,
    "day": Date, "precision": String, "status": String, "rank": Integer, "number": Integer,
}  # fmt: skip


def _select(kind: str, **columns: Any) -> Select[Any]:
    values = {"kind": literal(kind), **columns} | ({"round_lang": Round.lang} if "round" in columns else {})
    return select(*(values[name].label(name) if name in values else cast(null(), of).label(name) for name, of in TYPES.items()))


def _rows(*parts: Select[Any] | None) -> Sequence[Row[Any]]:
    whole = union_all(*(part for part in parts if part is not None)).subquery()
    return db.session.execute(select(whole).order_by(whole.c.rank, whole.c.id)).all()


def _ancestors(start: Any) -> CTE:
    chain = select(Challenge.id, Challenge.carried_from_id.label("next"), literal(0).label("rank")).where(start)
    found = chain.cte("before", recursive=True)
    older = select(Challenge.id, Challenge.carried_from_id, found.c.rank - 1).join(found, Challenge.id == found.c.next)
    return found.union_all(older.where(found.c.rank > -DEPTH))


def _descendants(challenge_id: int) -> CTE:
    found = select(Challenge.id, literal(0).label("rank")).where(Challenge.id == challenge_id).cte("after", recursive=True)
    newer = select(Challenge.id, found.c.rank + 1).join(found, Challenge.carried_from_id == found.c.id)
    return found.union_all(newer.where(found.c.rank < DEPTH))


def _dates(noun: type[Challenge] | type[Idea]) -> dict[str, Any]:
    # When an import was carried out says nothing about the thing itself.
    return {"at": case((noun.source.is_(None), noun.published_at)), "day": noun.dated_on, "precision": noun.dated_to}


def _challenges(chain: CTE, but: Any) -> Select[Any]:
    # A challenge that several ideas of a lab lead to stands once.
    once = select(chain.c.id, func.min(chain.c.rank).label("rank")).group_by(chain.c.id).subquery()
    wide = {
        "id": Challenge.id,
        "text": Challenge.question,
        "lang": Challenge.lang,
        "round": Round.title,
        "status": Challenge.status,
        "rank": once.c.rank,
    }
    query = _select("challenge", **wide, **_dates(Challenge)).select_from(Challenge)
    query = query.join(once, once.c.id == Challenge.id).join(Round, Round.id == Challenge.round_id).where(*_public(Challenge))
    return query if but is None else query.where(but)


def _public(noun: type[Challenge] | type[Idea]) -> Iterable[Any]:
    public = PUBLIC_CHALLENGES if noun is Challenge else PUBLIC_IDEAS
    return noun.status.in_(public), noun.visibility == "shown", Round.status != "draft"


def _merged_challenges(challenge: Challenge) -> Select[Any]:
    direction = Challenge.merged_into_id == challenge.id
    return _merged(Challenge, "challenge", Challenge.question, or_(direction, Challenge.id == challenge.merged_into_id), direction)


def _merged_ideas(idea: Idea) -> Select[Any]:
    direction = Idea.merged_into_id == idea.id
    return _merged(Idea, "idea", Idea.title, or_(direction, Idea.id == idea.merged_into_id), direction)


def _merged(noun: type[Challenge] | type[Idea], kind: str, text: Any, which: Any, came: Any) -> Select[Any]:
    columns = {
        "id": noun.id,
        "text": text,
        "lang": noun.lang,
        "round": Round.title,
        "status": literal(kind),
        "rank": cast(came, Integer),
    }
    query = _select("merged", **columns, **_dates(noun)).select_from(noun).join(Round, Round.id == noun.round_id)
    return query.where(which, *_public(noun))


def _ideas(which: Any) -> Select[Any]:
    query = _select(
        "idea", id=Idea.id, text=Idea.title, lang=Idea.lang, round=Round.title, status=Idea.status, rank=literal(1), **_dates(Idea)
    )
    return query.select_from(Idea).join(Round, Round.id == Idea.round_id).where(which, *_public(Idea))


def _votings(idea_id: int) -> Select[Any]:
    """The ballots an idea stood in: when, and once certified whether it was chosen."""
    chosen = SelectedIdea.selection_id.is_not(None)
    outcome = func.coalesce(Selection.status, "")
    query = _select(
        "ballot", id=Ballot.id, round=Round.title, opens_at=RoundWindow.opens_at, at=func.coalesce(Selection.certified_at, RoundWindow.closes_at),
        status=outcome, rank=literal(2), number=cast(chosen, Integer),
    ).select_from(Option)  # fmt: skip
    certified = and_(Selection.ballot_id == Ballot.id, Selection.status == "certified")
    mine = and_(SelectedIdea.selection_id == Selection.id, SelectedIdea.idea_id == idea_id)
    query = query.join(Ballot, Ballot.id == Option.ballot_id).join(RoundWindow, RoundWindow.id == Ballot.window_id)
    query = query.join(Round, Round.id == Ballot.round_id).outerjoin(Selection, certified).outerjoin(SelectedIdea, mine)
    return query.where(Option.idea_id == idea_id)


def _selected(which: Any) -> Select[Any]:
    """Certified selections with how many of these ideas they chose."""
    query = _select(
        "selection", id=Selection.id, slug=Round.slug, round=Round.title, at=Selection.certified_at, rank=literal(3),
        number=func.count(SelectedIdea.idea_id), status=cast(Selection.ballot_id, String),
    )  # fmt: skip
    query = query.select_from(Selection).join(Round, Round.id == Selection.round_id)
    query = query.join(SelectedIdea, SelectedIdea.selection_id == Selection.id).join(Idea, Idea.id == SelectedIdea.idea_id)
    group = (Selection.id, Round.slug, Round.title, Round.lang, Selection.certified_at, Selection.ballot_id)
    return query.where(Selection.status == "certified", which).group_by(*group)


def _named(which: Any) -> Select[Any]:
    return _selected(and_(which, Selection.ballot_id.is_(None)))


def _labs(which: Any) -> Select[Any]:
    taken = select(LabOrigin.lab_id).where(which)
    return _select("lab", id=Lab.id, text=Lab.title, lang=Lab.lang, slug=Lab.slug, status=Lab.status, rank=literal(4)).where(
        Lab.id.in_(taken)
    )


# Steps: the words for each row.


def _when(thing: Challenge | Idea) -> tuple[date | None, str]:
    if thing.source is not None or thing.published_at is None:
        return thing.dated_on, thing.dated_to
    return today(thing.published_at), "day"


def _day(row: Row[Any]) -> tuple[date | None, str]:
    return (row.day, row.precision) if row.day else (today(row.at) if row.at else None, "day")


def _challenge(row: Row[Any]) -> Step:
    return Step(
        "challenge",
        row.id,
        say("Herausforderung · %(round)s", round=row.round),
        row.text,
        *_day(row),
        lang=row.lang,
        round_lang=row.round_lang,
    )


def _joined(rows: Sequence[Row[Any]], kind: str) -> list[Step]:
    came = [row for row in rows if row.kind == "merged" and row.rank][:DEPTH]
    return [Step(kind, row.id, say("Hierher zusammengeführt"), row.text, *_day(row), lang=row.lang) for row in came]


def _led_to(rows: Sequence[Row[Any]], kind: str) -> list[Step]:
    led = [row for row in rows if row.kind == "merged" and not row.rank][:1]
    return [Step(kind, row.id, say("Zusammengeführt mit"), row.text, *_day(row), lang=row.lang) for row in led]


def _voted(row: Row[Any]) -> Step:
    return Step("ballot", row.id, say("Auswahl"), say("ausgewählt") if row.number else say("nicht ausgewählt"), *_day(row))


def _voting(row: Row[Any], now: datetime) -> Step:
    if row.opens_at > now:
        return Step("voting", row.id, say("Abstimmung"), say("beginnt"), today(row.opens_at), state="coming")
    if row.at is not None and row.at <= now:
        return Step("ballot", row.id, say("Abstimmung"), say("beendet, das Ergebnis folgt"), today(row.at))
    return Step("voting", row.id, say("Abstimmung"), say("läuft"), None)


def _selection(row: Row[Any]) -> Step:
    kind, key = ("ballot", int(row.status)) if row.status else ("round", row.slug)
    return Step(kind, key, say("Auswahl"), say_n("%(num)s Idee ausgewählt", "%(num)s Ideen ausgewählt", row.number), *_day(row))


def _lab_steps(rows: Sequence[Row[Any]]) -> list[Step]:
    labs = [row for row in rows if row.kind == "lab"]
    return [
        Step("lab", row.slug, say("Projektlabor · %(word)s", word=STAGES[row.status].word), row.text, lang=row.lang) for row in labs
    ]


def _projects() -> Step:
    return Step("", 0, say("Projekt"), say("folgt aus dem Projektlabor"), state="coming")


def _ahead(rows: Sequence[Row[Any]]) -> list[Step]:
    """Out of a lab that still works come projects."""
    return [_projects()] if any(row.kind == "lab" and row.status != LabStatus.CLOSED for row in rows) else []
