import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate as is_moderator
from ideation.activity.actions import record
from ideation.challenges.actions import take_challenge_to_lab
from ideation.challenges.models import Challenge
from ideation.challenges.rules import Status as ChallengeStatus
from ideation.core.db import db, insert
from ideation.core.sentence import Message, say
from ideation.core.text import cleaned
from ideation.core.verdict import Invalid, require
from ideation.ideas.actions import mark_selected, take_idea_to_lab
from ideation.ideas.models import Idea
from ideation.ideas.rules import VOTABLE
from ideation.ideas.rules import Status as IdeaStatus
from ideation.institutions.actions import add_institution
from ideation.institutions.models import Institution
from ideation.labs.models import GuidingQuestion, Lab, LabOrigin
from ideation.labs.policy import can_facilitate, can_look_after, can_move, can_take, can_take_idea
from ideation.labs.queries import membership, rounds_of
from ideation.labs.rules import (
    HOSTS_MAX,
    QUESTIONS_MAX,
    REASON_MAX,
    SEATS_MAX,
    TAKEN_SLUGS,
    LabText,
    Status,
    move_to,
    slug_from,
)

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


def create_lab(
    actor: Account, text: LabText, ideas: Sequence[Idea], challenges: Sequence[Challenge] = (), *, slug: str = "", now: datetime
) -> Lab:
    """A lab from its origins, in one step: the ideas and challenges go into it, and whoever wrote or follows them is told.

    Ideas and challenges come with their round and its moderators."""
    origins: list[Idea | Challenge] = [*ideas, *challenges]
    if not origins:
        require(is_moderator(actor))
        raise Invalid(
            ideas=say("Bitte wählen Sie mindestens eine Idee oder eine Herausforderung, aus der das Projektlabor entsteht.")
        )
    require(can_take(actor, [origin.round for origin in origins]))
    for idea in ideas:
        require(can_take_idea(idea))
    lab = _new_lab(text, slug, Status.PLANNED, actor, now)
    lab.example = any(origin.round.example for origin in origins)
    _write(actor, lab, text)
    _take(actor, lab, ideas, challenges, now)
    round_id = origins[0].round_id
    record("lab.created", lab, actor=actor, round_id=round_id, now=now, title=lab.title, slug=lab.slug, **_ids(ideas, challenges))
    return lab


def take_into_lab(actor: Account, lab: Lab, ideas: Sequence[Idea], challenges: Sequence[Challenge] = (), *, now: datetime) -> None:
    """Further origins for a lab that stands. What it came from already changes nothing."""
    require(can_look_after(actor, lab, rounds_of(lab)))
    require(can_take(actor, [origin.round for origin in (*ideas, *challenges)]))
    for idea in ideas:
        require(can_take_idea(idea))
    known = {(o.idea_id, o.challenge_id) for o in lab.origins}
    _take(
        actor,
        lab,
        [idea for idea in ideas if (idea.id, None) not in known],
        [challenge for challenge in challenges if (None, challenge.id) not in known],
        now,
    )


def update_lab(actor: Account, lab: Lab, text: LabText, *, now: datetime) -> None:
    """The address stays: it is printed and linked."""
    require(can_look_after(actor, lab, rounds_of(lab)))
    _write(actor, lab, text)
    record("lab.edited", lab, actor=actor, now=now, title=lab.title)


def move_lab(actor: Account, lab: Lab, target: Status, reason: str = "", *, now: datetime) -> None:
    """One step on. Closing asks for a word about what becomes of the results; it stays on the page."""
    rounds, member = rounds_of(lab), membership(actor, lab.id)
    hold_lab(lab)
    if lab.status == target and can_facilitate(actor, lab, member, rounds):
        return
    require(can_move(actor, lab, target, member=member, rounds=rounds))
    move = move_to(lab.status, target)
    reason = cleaned(reason)
    if move is not None and move.reasoned:
        if not reason:
            raise Invalid(reason=say("Bitte schreiben Sie, was aus den Ergebnissen wird."))
        if len(reason) > REASON_MAX:
            raise Invalid(reason=say("Bitte kürzen Sie auf %(max)s Zeichen.", max=REASON_MAX))
        lab.closing = reason
    lab.status = target
    round_id = rounds[0].id if rounds else None
    told = {"reason": lab.closing} if move is not None and move.reasoned else {}
    record(f"lab.{target}", lab, actor=actor, round_id=round_id, now=now, title=lab.title, slug=lab.slug, **told)


def hold_lab(lab: Lab) -> None:
    """Its row, locked: status and seats are judged by one at a time."""
    db.session.refresh(lab, ["status", "seats"], with_for_update=True)


def import_lab(
    entered_by: Account,
    text: LabText,
    *,
    slug: str,
    status: Status = Status.CLOSED,
    ideas: Sequence[Idea] = (),
    challenges: Sequence[Challenge] = (),
    now: datetime,
) -> Lab:
    """A lab that exists outside already, written down as it is. Its origins come into it; nobody is told of the lab."""
    require(is_moderator(entered_by))
    found = db.session.scalar(select(Lab).where(Lab.slug == slug))
    if found is not None:
        return found
    lab = _new_lab(text, slug, status, entered_by, now)
    _write(entered_by, lab, text)
    for idea in ideas:
        if idea.status in VOTABLE:
            mark_selected(entered_by, idea, True, "", now=now)
    _take(entered_by, lab, ideas, challenges, now)
    return lab


def _ids(ideas: Sequence[Idea], challenges: Sequence[Challenge]) -> dict[str, list[int]]:
    return {"ideas": [idea.id for idea in ideas], "challenges": [challenge.id for challenge in challenges]}


def _new_lab(text: LabText, slug: str, status: Status, actor: Account, now: datetime) -> Lab:
    """The row, with an address of its own; two people who ask for the same one at once do not both get it."""
    slug = slug.strip() or slug_from(text.title)
    if not SLUG.fullmatch(slug) or slug in TAKEN_SLUGS:
        raise Invalid(
            slug=say(
                "Bitte verwenden Sie Kleinbuchstaben, Ziffern und Bindestriche, zum Beispiel „%(slug)s“.",
                slug=slug_from(text.title),
            )
        )
    values = {
        "title": text.title,
        "long_title": "",
        "problem": "",
        "aim": "",
        "lang": text.lang,
        "period_text": "",
        "promise": "",
        "audience": "",
        "products": "",
        "format": "",
        "website": "",
        "closing": "",
        "example": False,
    }
    row = insert(Lab).values(slug=slug, status=status, created_by_id=actor.id, created_at=now, **values)
    made = db.session.scalar(row.on_conflict_do_nothing(index_elements=["slug"]).returning(Lab.id))
    if made is None:
        raise Invalid(slug=say("Unter dieser Adresse gibt es schon ein Projektlabor. Bitte wählen Sie eine andere."))
    lab = db.session.get_one(Lab, made)
    for name in ("questions", "hosts", "facilitators", "origins"):
        set_committed_value(lab, name, [])
    return lab


def _write(actor: Account, lab: Lab, text: LabText) -> None:
    if not text.title:
        raise Invalid(title=say("Bitte geben Sie dem Projektlabor einen Namen."))
    if text.seats is not None and not 1 <= text.seats <= SEATS_MAX:
        raise Invalid(seats=say("Bitte geben Sie eine Zahl von 1 bis %(most)s an.", most=SEATS_MAX))
    if len(text.questions) > QUESTIONS_MAX:
        raise Invalid(questions=say("Bitte beschränken Sie sich auf %(n)s Leitfragen.", n=QUESTIONS_MAX))
    lab.title, lab.long_title, lab.lang = text.title, text.long_title, text.lang
    lab.problem, lab.aim, lab.period_text = text.problem, text.aim, text.period_text
    lab.promise, lab.format, lab.website, lab.seats = text.promise, text.format, text.website, text.seats
    lab.audience, lab.products = "\n".join(text.audience), "\n".join(text.products)
    if [question.text for question in lab.questions] != list(text.questions):
        lab.questions = [GuidingQuestion(position=place, text=question) for place, question in enumerate(text.questions, 1)]
    lab.hosts = _institutions(actor, text.hosts, "hosts")
    lab.facilitators = _institutions(actor, text.facilitators, "facilitators")
    db.session.flush()


def _institutions(actor: Account, names: Sequence[str], field: str) -> list[Institution]:
    fault: Message | None = None
    if len(names) > HOSTS_MAX:
        fault = say("Bitte nennen Sie höchstens %(n)s Institutionen.", n=HOSTS_MAX)
    try:
        found = {host.id: host for host in (add_institution(actor, name) for name in names[: HOSTS_MAX + 1])}
    except Invalid as error:
        fault = next(iter(error.faults.values()))
    if fault is not None:
        raise Invalid(**{field: fault})
    return list(found.values())


def _link(lab: Lab, ideas: Sequence[Idea], challenges: Sequence[Challenge]) -> None:
    lab.origins += [LabOrigin(idea=idea) for idea in ideas] + [LabOrigin(challenge=challenge) for challenge in challenges]
    db.session.flush()


def _take(actor: Account, lab: Lab, ideas: Sequence[Idea], challenges: Sequence[Challenge], now: datetime) -> None:
    _link(lab, ideas, challenges)
    for idea in ideas:
        if idea.status != IdeaStatus.IN_LAB:
            take_idea_to_lab(actor, idea, now=now)
    for challenge in challenges:
        if challenge.status == ChallengeStatus.OPEN:
            take_challenge_to_lab(actor, challenge, now=now)
