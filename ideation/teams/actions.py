import secrets
from datetime import datetime

from sqlalchemy import select

from ideation.accounts.models import Account
from ideation.activity.actions import record
from ideation.challenges.queries import takes_part
from ideation.core.db import db
from ideation.core.verdict import require
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.teams.models import Invitation
from ideation.teams.policy import can_invite, can_join, can_remove
from ideation.teams.queries import hashed, invitation_or_404, open_links
from ideation.teams.rules import INVITATION_LASTS


def invite_author(actor: Account, idea: Idea, *, now: datetime) -> str:
    """The secret of a new link. Only its hash is kept: the link can be shown this once."""
    require(can_invite(actor, idea, open_links=open_links(idea.id, now)))
    token = secrets.token_urlsafe(32)
    db.session.add(Invitation(idea_id=idea.id, token_hash=hashed(token), expires_at=now + INVITATION_LASTS))
    db.session.flush()
    return token


def accept_invitation(actor: Account, token: str, *, now: datetime) -> Idea:
    """Once, by one person. The idea's row is locked: the last place is given once."""
    invitation, idea = invitation_or_404(token, lock=True)
    db.session.execute(select(Idea.id).where(Idea.id == idea.id).with_for_update())
    db.session.refresh(idea, ["authors", "status", "visibility"])
    require(can_join(actor, invitation, idea, registered=takes_part(actor, idea.round), now=now))
    invitation.used_at = now
    db.session.add(IdeaAuthor(idea_id=idea.id, account_id=actor.id))
    db.session.flush()
    db.session.refresh(idea, ["authors"])
    record("idea.coauthor", idea, actor=actor, round_id=idea.round_id, now=now, title=idea.title)
    return idea


def remove_author(actor: Account, idea: Idea, author: IdeaAuthor, *, now: datetime) -> None:
    """Leaving is removing oneself. Published versions stay as they are."""
    require(can_remove(actor, idea, author))
    db.session.delete(author)
    db.session.flush()
    db.session.refresh(idea, ["authors"])
    record("idea.coauthor_left", idea, actor=actor, round_id=idea.round_id, now=now, title=idea.title)
