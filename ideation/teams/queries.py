import hashlib
from datetime import datetime

from sqlalchemy import func, select

from ideation.core.db import db
from ideation.core.verdict import NotFound
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.ideas.queries import whole
from ideation.teams.models import Invitation


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def invitation_or_404(token: str, *, lock: bool = False) -> tuple[Invitation, Idea]:
    """The invitation behind a link and the idea it leads to; used and expired ones too, so that a sentence can say so."""
    query = select(Invitation).where(Invitation.token_hash == hashed(token))
    invitation = db.session.scalar(query.with_for_update() if lock else query)
    idea = whole(invitation.idea_id) if invitation else None
    if invitation is None or idea is None:
        raise NotFound
    return invitation, idea


def open_links(idea_id: int, now: datetime) -> int:
    query = select(func.count(Invitation.id)).where(Invitation.idea_id == idea_id, Invitation.used_at.is_(None))
    return db.session.scalar(query.where(Invitation.expires_at > now)) or 0


def author_or_404(idea: Idea, author_id: int) -> IdeaAuthor:
    author = next((a for a in idea.authors if a.id == author_id), None)
    if author is None:
        raise NotFound
    return author
