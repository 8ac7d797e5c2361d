"""Threads as they are read: whole threads, page by page, in two statements however many comments there are."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import joinedload, selectinload

from ideation.accounts.models import Account
from ideation.challenges.models import Challenge
from ideation.comments import policy
from ideation.comments.models import Comment
from ideation.comments.rules import NESTED, THREADS_A_PAGE, editable_until
from ideation.core.db import db
from ideation.core.paging import Page
from ideation.core.verdict import NotFound, Verdict
from ideation.decisions.models import Decision
from ideation.ideas.models import Idea
from ideation.rounds import policy as rounds
from ideation.rounds.models import Round
from ideation.rounds.queries import registered


@dataclass(slots=True)
class Said:
    """A comment for reading. A withdrawn or hidden one has no text, except for its author and the moderation.

    `list_id`: the comment in whose list its answers stand; `holder_id`: in whose list it stands itself."""

    id: int
    parent_id: int | None
    root_id: int | None
    author: str
    imported: bool
    body: str
    lang: str
    state: str
    reason: str
    created_at: datetime
    edited: bool
    dated_on: date | None
    dated_to: str
    own: bool
    editable: bool
    level: int = 0
    list_id: int = 0
    holder_id: int = 0
    answers_id: int | None = None
    answers: str = ""
    replies: list["Said"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Discussion:
    """All that `comments/_threads.html` needs."""

    kind: str
    id: int
    total: int
    page: Page[Said]
    may: Verdict
    open: bool
    moderates: bool


def discussion(subject: Idea | Challenge, viewer: Account | None, number: int = 1, *, now: datetime) -> Discussion:
    """`subject` comes with its round, the round's windows and moderators."""
    round_ = subject.round
    joined = viewer is not None and rounds.asks_to_join(round_) and registered(viewer.id, round_.id)
    return Discussion(
        kind="idea" if isinstance(subject, Idea) else "challenge",
        id=subject.id,
        total=subject.comments,
        page=threads(subject, viewer, number, now=now),
        may=policy.can_comment(viewer, subject, registered=joined, now=now),
        open=bool(policy.is_open(subject, now=now)),
        moderates=bool(rounds.can_moderate(viewer, round_)),
    )


def threads(subject: Idea | Challenge, viewer: Account | None, number: int = 1, *, now: datetime) -> Page[Said]:
    """Newest thread first; inside a thread in order of time."""
    reading = _Reading(viewer, bool(rounds.can_moderate(viewer, subject.round)), now)
    place = _under(subject)
    started = select(func.count()).select_from(Comment).where(place, Comment.root_id.is_(None)).scalar_subquery()
    first = _columns().add_columns(started.label("total")).where(place, Comment.root_id.is_(None))
    first = first.order_by(Comment.id.desc()).limit(THREADS_A_PAGE)
    rows = db.session.execute(first.offset((number - 1) * THREADS_A_PAGE)).all()
    if not rows:
        last = -(-(db.session.scalar(select(started)) or 0) // THREADS_A_PAGE) if number > 1 else 0
        return threads(subject, viewer, last, now=now) if last else Page([], 1, 0, THREADS_A_PAGE)
    roots = [reading.said(row) for row in rows]
    ids = [root.id for root in roots]
    below = db.session.execute(_columns().where(place, Comment.root_id.in_(ids)).order_by(Comment.id))
    _grow(roots, [reading.said(row) for row in below])
    return Page(roots, number, rows[0].total, THREADS_A_PAGE)


def _under(subject: Idea | Challenge) -> Any:
    return Comment.idea_id == subject.id if isinstance(subject, Idea) else Comment.challenge_id == subject.id


def _columns() -> Any:
    c = Comment
    return (
        select(
            c.id, c.parent_id, c.root_id, c.account_id, c.label, c.source, c.body, c.lang, c.visibility, c.withdrawn_at,
            c.created_at, c.edited_at, c.dated_on, c.dated_to, Account.display_name, Decision.reason,
        )
        .outerjoin(Account, Account.id == c.account_id)
        .outerjoin(Decision, Decision.id == c.visibility_decision_id)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Reading:
    viewer: Account | None
    moderates: bool
    now: datetime

    def said(self, row: Row[Any]) -> Said:
        own = self.viewer is not None and row.account_id == self.viewer.id
        state = "withdrawn" if row.withdrawn_at else ("hidden" if row.visibility == "hidden" else "shown")
        inside = own or self.moderates
        return Said(
            id=row.id,
            parent_id=row.parent_id,
            root_id=row.root_id,
            author=row.display_name or row.label,
            imported=row.source is not None,
            body=row.body if state == "shown" or (state == "hidden" and inside) else "",
            lang=row.lang,
            state=state,
            reason=row.reason if state == "hidden" and inside else "",
            created_at=row.created_at,
            edited=row.edited_at is not None and state == "shown",
            dated_on=row.dated_on,
            dated_to=row.dated_to,
            own=own,
            editable=own and state == "shown" and self.now < editable_until(row.created_at),
            list_id=row.id,
        )


def _grow(roots: list[Said], below: list[Said]) -> None:
    """Hangs the answers under what they answer; below the nested levels they stand side by side and say whom they answer."""
    known = {root.id: root for root in roots}
    for said in below:
        parent = known.get(said.parent_id or 0) or known[said.root_id or 0]
        holder = known[parent.list_id]
        said.level, said.holder_id = holder.level + 1, holder.id
        if said.level >= NESTED:
            said.list_id = holder.id
        if parent is not holder:
            said.answers_id, said.answers = parent.id, parent.author if parent.state == "shown" else ""
        holder.replies.append(said)
        known[said.id] = said


def one(comment_id: int, subject: Idea | Challenge, viewer: Account | None, *, now: datetime) -> Said:
    """A single comment with its place in the thread, for the answer to a post."""
    reading = _Reading(viewer, bool(rounds.can_moderate(viewer, subject.round)), now)
    row = db.session.execute(_columns().where(_under(subject), Comment.id == comment_id)).one_or_none()
    if row is None:
        raise NotFound
    said = reading.said(row)
    if said.root_id is None:
        return said
    thread = (Comment.id == said.root_id) | (Comment.root_id == said.root_id)
    rows = db.session.execute(_columns().where(_under(subject), thread, Comment.id <= said.id).order_by(Comment.id))
    root, *below = [reading.said(row) for row in rows]
    _grow([root], below)
    return below[-1]


def page_of(comment: Comment) -> int:
    """On which page of its discussion the comment's thread stands."""
    place = Comment.idea_id == comment.idea_id if comment.idea_id else Comment.challenge_id == comment.challenge_id
    newer = (
        select(func.count())
        .select_from(Comment)
        .where(place, Comment.root_id.is_(None), Comment.id > (comment.root_id or comment.id))
    )
    return (db.session.scalar(newer) or 0) // THREADS_A_PAGE + 1


def recent(account_id: int, since: datetime) -> list[datetime]:
    return list(db.session.scalars(select(Comment.created_at).where(Comment.account_id == account_id, Comment.created_at > since)))


def comment_or_404(comment_id: int) -> Comment:
    """With its subject, the subject's round, and who moderates there."""
    inside = [selectinload(Round.windows), selectinload(Round.moderators)]
    query = select(Comment).where(Comment.id == comment_id).options(
        joinedload(Comment.account),
        joinedload(Comment.visibility_decision),
        joinedload(Comment.idea).joinedload(Idea.round).options(*inside),
        joinedload(Comment.challenge).joinedload(Challenge.round).options(*inside),
    )  # fmt: skip
    comment = db.session.scalar(query)
    if comment is None:
        raise NotFound
    return comment


def own_or_404(account: Account, comment_id: int) -> Comment:
    comment = comment_or_404(comment_id)
    if comment.account_id != account.id:
        raise NotFound
    return comment


def subject_of(comment: Comment) -> Idea | Challenge:
    subject = comment.idea or comment.challenge
    if subject is None:
        raise NotFound
    return subject


def said_or_none(comment_id: int | None, subject: Idea | Challenge, viewer: Account | None, *, now: datetime) -> Said | None:
    try:
        return one(comment_id, subject, viewer, now=now) if comment_id else None
    except NotFound:
        return None


@dataclass(frozen=True, slots=True)
class Own:
    """A comment in the list of the person who wrote it."""

    id: int
    body: str
    lang: str
    created_at: datetime
    idea_id: int | None
    challenge_id: int | None
    title: str
    title_lang: str


def own_comments(account_id: int, limit: int = 50) -> list[Own]:
    """For the account page: the latest first; withdrawn ones are gone. What was hidden since has no title."""
    title = func.coalesce(case((Idea.visibility == "shown", Idea.title), (Challenge.visibility == "shown", Challenge.question)), "")
    lang = func.coalesce(Idea.lang, Challenge.lang)
    query = select(Comment.id, Comment.body, Comment.lang, Comment.created_at, Comment.idea_id, Comment.challenge_id, title, lang)
    mine = query.outerjoin(Comment.idea).outerjoin(Comment.challenge).where(Comment.account_id == account_id)
    return [
        Own(*row) for row in db.session.execute(mine.where(Comment.withdrawn_at.is_(None)).order_by(Comment.id.desc()).limit(limit))
    ]
