from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate
from ideation.activity.actions import record
from ideation.core.db import db
from ideation.core.sentence import say
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid, require
from ideation.groups.models import LabGroup
from ideation.groups.queries import standing
from ideation.institutions.models import Institution
from ideation.labs.models import LabMember
from ideation.profiles.actions import begin_profile
from ideation.profiles.models import Profile
from ideation.questions.models import OpenQuestion
from ideation.questions.policy import can_answer, can_ask, can_reopen
from ideation.questions.rules import ANSWER_MAX, QUESTIONS_MAX, TEXT_MAX


@dataclass(frozen=True, slots=True)
class Asking:
    """A question as it is written down. Its owner is a member of the lab or an institution, or not known yet."""

    text: str
    member_id: int | None = None
    institution_id: int | None = None
    due_on: date | None = None


def ask_question(actor: Account, group: LabGroup, asking: Asking, *, lang: str = "de", now: datetime) -> OpenQuestion:
    who = standing(actor, group.lab)
    require(can_ask(who))
    profile = begin_profile(group, now=now)
    db.session.execute(select(Profile.id).where(Profile.id == profile.id).with_for_update())
    if (db.session.scalar(select(func.count()).where(OpenQuestion.profile_id == profile.id)) or 0) >= QUESTIONS_MAX:
        raise Invalid(text=say("Mehr als %(n)s Fragen kann ein Projektsteckbrief nicht haben.", n=QUESTIONS_MAX))
    question = OpenQuestion(profile_id=profile.id, lang=lang, created_by_id=actor.id, created_at=now)
    _write(question, asking, group)
    db.session.add(question)
    db.session.flush()
    _record("question.asked", question, actor, group, now)
    _give(question, None, actor, group, now)
    return question


def update_question(actor: Account, question: OpenQuestion, group: LabGroup, asking: Asking, *, now: datetime) -> None:
    require(can_ask(standing(actor, group.lab)))
    before = question.owner_member_id
    _write(question, asking, group)
    _record("question.edited", question, actor, group, now)
    _give(question, before, actor, group, now)


def answer_question(actor: Account, question: OpenQuestion, group: LabGroup, answer: str, *, seen: str = "", now: datetime) -> None:
    """`seen`: the decision that stood there when the form was opened; another one since is shown before it is replaced."""
    who = standing(actor, group.lab)
    _hold(question)
    answer = cleaned(answer)
    require(can_answer(who))
    if question.decided_at is not None and question.answer == answer:
        return
    if question.decision and seen != question.decision:
        raise Invalid(seen=say("Diese Frage wurde inzwischen beantwortet. Beide Antworten stehen hier."))
    if not answer:
        raise Invalid(answer=say("Bitte schreiben Sie, was entschieden ist."))
    if len(answer) > ANSWER_MAX:
        raise Invalid(answer=say("Bitte kürzen Sie auf %(max)s Zeichen.", max=ANSWER_MAX))
    question.answer, question.decided_at = answer, now
    question.decided_by_id = who.member.id if who.member else None
    _record("question.answered", question, actor, group, now)


def reopen_question(actor: Account, question: OpenQuestion, group: LabGroup, *, now: datetime) -> None:
    """The answer so far stays as a draft of the next one; the history keeps it."""
    who = standing(actor, group.lab)
    _hold(question)
    if question.decided_at is None and can_ask(who):
        return
    require(can_reopen(who, question))
    question.decided_at = question.decided_by_id = None
    _record("question.reopened", question, actor, group, now, answer=question.answer)


def import_question(entered_by: Account, profile: Profile, text: str, *, lang: str = "de", now: datetime) -> OpenQuestion:
    """As it stands in the source: without owner and date where none is named. A second run finds what the first one made."""
    require(can_moderate(entered_by))
    known = select(OpenQuestion).where(OpenQuestion.profile_id == profile.id, OpenQuestion.text == text)
    if (found := db.session.scalar(known)) is not None:
        return found
    question = OpenQuestion(profile_id=profile.id, text=text, lang=lang, created_by_id=entered_by.id, created_at=now)
    db.session.add(question)
    db.session.flush()
    return question


def _write(question: OpenQuestion, asking: Asking, group: LabGroup) -> None:
    text = single_line(asking.text)
    if not text:
        raise Invalid(text=say("Bitte schreiben Sie, was noch zu klären ist."))
    if len(text) > TEXT_MAX:
        raise Invalid(text=say("Bitte kürzen Sie auf %(max)s Zeichen.", max=TEXT_MAX))
    here = select(LabMember.id).where(LabMember.lab_id == group.lab_id, LabMember.id == asking.member_id)
    there = select(Institution.id).where(Institution.id == asking.institution_id)
    # Whoever had left stays owner until somebody else is named.
    kept = asking.member_id == question.owner_member_id
    if asking.member_id is not None and not kept and db.session.scalar(here.where(LabMember.left_at.is_(None))) is None:
        raise Invalid(owner=say("Diese Person gehört nicht mehr zum Projektlabor. Bitte wählen Sie jemand anderen."))
    if asking.institution_id is not None and db.session.scalar(there) is None:
        raise Invalid(owner=say("Diese Institution gibt es hier nicht mehr. Bitte wählen Sie eine andere."))
    question.text, question.due_on = text, asking.due_on
    question.owner_member_id, question.owner_institution_id = asking.member_id, asking.institution_id


def _give(question: OpenQuestion, before: int | None, actor: Account, group: LabGroup, now: datetime) -> None:
    """Somebody new looks after it and is told."""
    if question.owner_member_id not in (None, before):
        db.session.flush()
        _record("question.given", question, actor, group, now)


def _hold(question: OpenQuestion) -> None:
    db.session.execute(select(OpenQuestion.id).where(OpenQuestion.id == question.id).with_for_update())
    db.session.refresh(question, ["answer", "decided_at", "decided_by_id"])


def _record(verb: str, question: OpenQuestion, actor: Account, group: LabGroup, now: datetime, **more: str) -> None:
    told = {"title": question.text, "slug": group.lab.slug, "number": group.number, **more}
    record(verb, question, actor=actor, now=now, **told)
