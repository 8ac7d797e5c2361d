from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select, union_all

from ideation.accounts.models import Account
from ideation.challenges.models import Challenge
from ideation.comments.models import CommentDecision
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.decisions.models import Decision
from ideation.ideas.models import Idea
from ideation.ideas.rules import LISTED
from ideation.rounds.models import Round, RoundModerator
from ideation.selections.models import Selection


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something submitted. `kind` is challenge or idea."""

    kind: str
    id: int
    title: str
    text: str
    lang: str
    submitted_at: datetime
    round_title: str
    round_lang: str

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.id}"


def _submitted(account: Account, kind: str, noun: type[Challenge] | type[Idea], title: Any, text: Any) -> Select[Any]:
    query = select(
        literal(kind),
        noun.id,
        title,
        text,
        noun.lang,
        noun.submitted_at.label("since"),
        Round.title,
        Round.lang.label("round_lang"),
    )
    query = query.select_from(noun).join(Round, Round.id == noun.round_id).where(noun.status == "submitted")
    if account.is_admin:
        return query
    return query.join(RoundModerator, RoundModerator.round_id == Round.id).where(RoundModerator.account_id == account.id)


def proposed(ballot_ids: Collection[int]) -> set[int]:
    """Those of these ballots whose result somebody has proposed and a second person has yet to certify."""
    query = select(Selection.ballot_id).where(Selection.ballot_id.in_(ballot_ids), Selection.status == "proposed")
    return {id for id in db.session.scalars(query) if id is not None}


def waiting(account: Account, number: int = 1) -> Page[Waiting]:
    """What waits in the rounds this person curates (an admin: in all), the oldest first."""
    if not account.is_moderator:
        return Page([], 1, 0)
    both = union_all(
        _submitted(account, "challenge", Challenge, Challenge.question, Challenge.context),
        _submitted(account, "idea", Idea, Idea.title, Idea.body),
    ).subquery()
    rows = db.session.execute(select(both).order_by(both.c.since, both.c.id).limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))
    total = db.session.scalar(select(func.count()).select_from(both)) or 0
    return Page([Waiting(*row) for row in rows], number, total)


def mergeable_ideas(idea: Idea) -> list[tuple[int, str]]:
    """Other public ideas of the round, those with the same question first."""
    query = select(Idea.id, Idea.title).where(Idea.round_id == idea.round_id, Idea.status.in_(sorted(LISTED)), Idea.id != idea.id)
    query = query.where(Idea.visibility == "shown").order_by((Idea.challenge_id == idea.challenge_id).desc(), Idea.title).limit(500)
    return [(row.id, row.title) for row in db.session.execute(query)]


def decisions_about(comment_id: int) -> Sequence[Decision]:
    query = select(Decision).join(CommentDecision, CommentDecision.decision_id == Decision.id)
    return db.session.scalars(query.where(CommentDecision.comment_id == comment_id).order_by(Decision.id)).all()
