"""What is already here under which number, and what an export holds."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import joinedload

from ideation.accounts.models import Account
from ideation.accounts.rules import Role
from ideation.ballots.models import Ballot
from ideation.comments.models import Comment
from ideation.core.clock import today
from ideation.core.db import db
from ideation.core.mail import site_host
from ideation.ideas.models import Idea, IdeaAuthor, IdeaTag
from ideation.ideas.rules import LISTED
from ideation.institutions.models import Institution
from ideation.rounds.models import Round, RoundModerator
from ideation.tags.models import Tag
from ideation.transfer.rules import TAG_SEPARATOR, written_day

Key = tuple[str, str]


def round_named(slug: str) -> Round | None:
    return db.session.scalar(select(Round).where(Round.slug == slug))


def importer() -> Account | None:
    """Under whose name a whole round is entered: who administers the site, else its first moderator."""
    roles = [Role.ADMIN, Role.MODERATOR]
    first = case((Account.role == Role.ADMIN, 0), else_=1)
    return db.session.scalar(select(Account).where(Account.role.in_(roles)).order_by(first, Account.id).limit(1))


def ballot_to_export(round_: Round, ballot_id: int | None) -> Ballot | None:
    """The ballot with this number in the round, or the last one that is closed."""
    query = select(Ballot).where(Ballot.round_id == round_.id).order_by(Ballot.closed_at.desc(), Ballot.id.desc()).limit(1)
    query = query.where(Ballot.closed_at.is_not(None)) if ballot_id is None else query.where(Ballot.id == ballot_id)
    return db.session.scalar(query.options(joinedload(Ballot.window), joinedload(Ballot.round)))


def enterer(round_: Round) -> Account | None:
    """Under whose name an import from the command line is entered: who moderates the round, else who administers the site."""
    curates = select(RoundModerator.account_id).where(RoundModerator.round_id == round_.id)
    moderator = db.session.scalar(select(Account).where(Account.id.in_(curates)).order_by(Account.id).limit(1))
    return moderator or db.session.scalar(select(Account).where(Account.role == Role.ADMIN).order_by(Account.id).limit(1))


def own_source() -> str:
    """What this site is called in the column `source` of its own things."""
    return site_host()


def known_ideas(sources: Iterable[str]) -> dict[Key, tuple[int, int]]:
    """Number to id and round: imported ideas of these sources, and our own when we are one of them."""
    sources = set(sources)
    rows = db.session.execute(select(Idea.source, Idea.source_id, Idea.id, Idea.round_id).where(Idea.source.in_(sources)))
    known = {(row.source, row.source_id): (row.id, row.round_id) for row in rows}
    if (own := own_source()) in sources:
        for idea_id, round_id in db.session.execute(select(Idea.id, Idea.round_id).where(Idea.source.is_(None))):
            known[own, str(idea_id)] = (idea_id, round_id)
    return known


def known_comments(round_: Round, sources: Iterable[str]) -> dict[Key, int]:
    """Number to id, as far as they stand under ideas of this round."""
    own, c = own_source(), Comment
    query = select(c.id, c.source, c.source_id, Idea.source.label("under")).join(Idea, Idea.id == c.idea_id)
    rows = db.session.execute(query.where(Idea.round_id == round_.id))
    keys = {_comment_key(row.id, row.source, row.source_id, row.under, own): row.id for row in rows}
    wanted = set(sources)
    return {key: comment_id for key, comment_id in keys.items() if key[0] in wanted}


def taken_comments(keys: Iterable[Key]) -> set[Key]:
    """Numbers that are taken by comments, wherever they stand."""
    rows = db.session.execute(select(Comment.source, Comment.source_id).where(Comment.source.in_({source for source, _ in keys})))
    return {(row.source, row.source_id) for row in rows}


def _comment_key(comment_id: int, source: str | None, source_id: str | None, under: str | None, own: str) -> Key:
    """Imported: as it came. Written here: the source of its idea, and a number that names this site."""
    return (source, source_id or "") if source else (under or own, f"{own}/{comment_id}")


def tag_slugs() -> dict[str, str]:
    """Every name of a tag, without case, to its slug."""
    names: dict[str, str] = {}
    for tag in db.session.scalars(select(Tag).order_by(Tag.id.desc())):
        names |= {name.casefold(): tag.slug for name in (tag.title_en, tag.title_de, tag.slug)}
    return names


def _public(round_: Round) -> Any:
    return and_(Idea.round_id == round_.id, Idea.visibility == "shown", Idea.status.in_(sorted(LISTED)))


def ideas_of(round_: Round) -> Iterator[dict[str, str]]:
    """The public ideas of a round, as rows of an export."""
    own, authors, tags = own_source(), _authors(round_), _tags(round_)
    for idea in db.session.scalars(select(Idea).where(_public(round_)).order_by(Idea.id)):
        day, precision = (idea.dated_on, idea.dated_to) if idea.source else (idea.published_at and today(idea.published_at), "day")
        yield {
            "source": idea.source or own,
            "source_id": idea.source_id or str(idea.id),
            "title": idea.title,
            "body": idea.body,
            "date": written_day(day, precision),
            "author": ", ".join(authors[idea.id]),
            "tags": TAG_SEPARATOR.join(tags[idea.id]),
            "lang": idea.lang,
        }


def _authors(round_: Round) -> dict[int, list[str]]:
    name = func.coalesce(Account.display_name, Institution.name, IdeaAuthor.label)
    query = select(IdeaAuthor.idea_id, name).join(Idea, Idea.id == IdeaAuthor.idea_id)
    query = query.outerjoin(Account, Account.id == IdeaAuthor.account_id).outerjoin(
        Institution, Institution.id == IdeaAuthor.institution_id
    )
    found: dict[int, list[str]] = defaultdict(list)
    for idea_id, author in db.session.execute(query.where(_public(round_)).order_by(IdeaAuthor.leads.desc(), IdeaAuthor.id)):
        if author:
            found[idea_id].append(author)
    return found


def _tags(round_: Round) -> dict[int, list[str]]:
    query = select(IdeaTag.idea_id, Tag.slug).join(Tag, Tag.id == IdeaTag.tag_id).join(Idea, Idea.id == IdeaTag.idea_id)
    found: dict[int, list[str]] = defaultdict(list)
    for idea_id, slug in db.session.execute(query.where(_public(round_)).order_by(Tag.slug)):
        found[idea_id].append(slug)
    return found


def comments_of(round_: Round) -> Iterator[dict[str, str]]:
    """The readable comments under the public ideas of a round. An answer to one that is not readable answers the next one above."""
    own, c = own_source(), Comment
    query = select(
        c.id, c.source, c.source_id, c.parent_id, c.body, c.visibility, c.withdrawn_at, c.created_at, c.dated_on, c.dated_to,
        func.coalesce(Account.display_name, c.label).label("author"), Idea.source.label("under"), Idea.source_id.label("under_id"),
        Idea.id.label("idea_id"),
    ).join(Idea, Idea.id == c.idea_id).outerjoin(Account, Account.id == c.account_id)  # fmt: skip
    rows = {row.id: row for row in db.session.execute(query.where(_public(round_)).order_by(c.id))}
    for row in rows.values():
        if not _readable(row):
            continue
        parent = rows.get(row.parent_id)
        while parent is not None and not _readable(parent):
            parent = rows.get(parent.parent_id)
        source, source_id = _comment_key(row.id, row.source, row.source_id, row.under, own)
        day, precision = (row.dated_on, row.dated_to) if row.source else (today(row.created_at), "day")
        yield {
            "source": source,
            "source_id": source_id,
            "idea_source_id": row.under_id or str(row.idea_id),
            "parent_source_id": _comment_key(parent.id, parent.source, parent.source_id, parent.under, own)[1] if parent else "",
            "body": row.body,
            "date": written_day(day, precision),
            "author": row.author or "",
        }


def _readable(row: Any) -> bool:
    return row.visibility == "shown" and row.withdrawn_at is None


def ideas_by(ids: set[int]) -> list[Idea]:
    return list(db.session.scalars(select(Idea).where(Idea.id.in_(ids))))
