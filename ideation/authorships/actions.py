from datetime import datetime
from typing import Any

from sqlalchemy import select

from ideation.accounts.models import Account
from ideation.activity.actions import record
from ideation.authorships.policy import can_add, can_remove
from ideation.challenges.models import Challenge, ChallengeAuthor
from ideation.core.db import db, insert
from ideation.core.verdict import require
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.institutions.models import Institution
from ideation.rounds.policy import can_moderate


def add_institution_author(actor: Account, item: Idea | Challenge, institution: Institution, *, now: datetime) -> None:
    """Beside those who wrote it; the second time changes nothing. The item's row is locked: the limit holds."""
    _hold(item)
    if any(a.institution_id == institution.id for a in item.authors) and can_moderate(actor, item.round):
        return
    require(can_add(actor, item))
    noun, own = _table(item)
    row = insert(noun).values({own: item.id, "institution_id": institution.id, "label": "", "leads": not item.authors})
    db.session.execute(row.on_conflict_do_nothing(index_elements=[own, "institution_id"]))
    _told("institution_added", actor, item, institution.id, now)


def remove_institution_author(
    actor: Account, item: Idea | Challenge, author: IdeaAuthor | ChallengeAuthor, *, now: datetime
) -> None:
    """If it led, who comes next leads."""
    _hold(item)
    require(can_remove(actor, item, author))
    institution_id = author.institution_id
    others = [a for a in item.authors if a.id != author.id]
    if author.leads:
        others[0].leads = True
    db.session.delete(author)
    db.session.flush()
    _told("institution_removed", actor, item, institution_id, now)


def _table(item: Idea | Challenge) -> tuple[type[Any], str]:
    return (IdeaAuthor, "idea_id") if isinstance(item, Idea) else (ChallengeAuthor, "challenge_id")


def _hold(item: Idea | Challenge) -> None:
    noun = type(item)
    db.session.execute(select(noun.id).where(noun.id == item.id).with_for_update())
    db.session.refresh(item, ["authors"])


def _told(what: str, actor: Account, item: Idea | Challenge, institution_id: int | None, now: datetime) -> None:
    db.session.refresh(item, ["authors"])
    kind, title = ("idea", item.title) if isinstance(item, Idea) else ("challenge", item.question)
    record(f"{kind}.{what}", item, actor=actor, round_id=item.round_id, now=now, title=title, institution=institution_id)
