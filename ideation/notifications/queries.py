from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select, tuple_, union_all

from ideation.accounts.models import Account
from ideation.applications.models import Application
from ideation.challenges.models import Challenge, ChallengeAuthor
from ideation.comments.models import Comment
from ideation.core.db import db
from ideation.core.paging import PAGE_SIZE, Page
from ideation.core.verdict import NotFound
from ideation.events.models import Event
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.labs.models import Lab, LabMember, LabOrigin
from ideation.labs.rules import MOVES, Role, Told
from ideation.labs.rules import Status as LabStatus
from ideation.notifications.models import Follow, Notification
from ideation.notifications.rules import Part
from ideation.profiles.models import Profile, ProfileVersion
from ideation.questions.models import OpenQuestion
from ideation.rounds.models import Round, RoundEvent


def follows(account_id: int | None, kind: str, id: int) -> bool:
    """Whether this person is told about news here."""
    return account_id is not None and db.session.get(Follow, (account_id, kind, id)) is not None


def unread_count(account_id: int) -> int:
    unread = (Notification.account_id == account_id, Notification.read_at.is_(None))
    # The header asks while a page of refusal is written, too: what was refused must not be tried again.
    with db.session.no_autoflush:
        return db.session.scalar(select(func.count()).select_from(Notification).where(*unread)) or 0


def messages(account_id: int, page: int) -> Page[Notification]:
    """Newest first."""
    mine = Notification.account_id == account_id
    total = db.session.scalar(select(func.count()).select_from(Notification).where(mine)) or 0
    rows = select(Notification).where(mine).order_by(Notification.id.desc()).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return Page(list(db.session.scalars(rows)), page, total)


def languages(found: Iterable[Notification]) -> dict[tuple[str, int], str]:
    """In which language the titles in these messages are written: (kind, id) of the subject to language. One statement."""
    kinds = ("idea", "challenge", "lab", "event", "comment", "member", "profile", "question")
    ids: dict[str, list[int]] = {kind: [] for kind in kinds}
    for message in found:
        ids.setdefault(message.subject_kind, []).append(message.subject_id)
    said_under = func.coalesce(Idea.lang, Challenge.lang)
    under = select(literal("comment"), Comment.id, said_under).outerjoin(Comment.idea).outerjoin(Comment.challenge)
    parts = [
        select(literal(kind), noun.id, noun.lang).where(noun.id.in_(ids[kind]))
        for kind, noun in (("idea", Idea), ("challenge", Challenge), ("lab", Lab), ("event", Event), ("question", OpenQuestion))
    ]
    current = (ProfileVersion.profile_id == Profile.id) & (ProfileVersion.number == Profile.version)
    profiles = select(literal("profile"), Profile.id, ProfileVersion.lang).join(ProfileVersion, current)
    parts.append(profiles.where(Profile.id.in_(ids["profile"])))
    of_members = select(literal("member"), LabMember.id, Lab.lang).join(Lab, Lab.id == LabMember.lab_id)
    own = [under.where(Comment.id.in_(ids["comment"])), of_members.where(LabMember.id.in_(ids["member"]))]
    rows = db.session.execute(union_all(*parts, *own))
    return {(kind, id): lang for kind, id, lang in rows if lang}


@dataclass(frozen=True, slots=True)
class Followed:
    kind: str
    id: int
    title: str
    slug: str
    lang: str


def followed(account_id: int, limit: int = 200) -> list[Followed]:
    """What a person follows, the latest first; what is not public any more has no title."""
    public = {
        "idea": (Idea, Idea.title, literal(""), Idea.visibility == "shown"),
        "challenge": (Challenge, Challenge.question, literal(""), Challenge.visibility == "shown"),
        "round": (Round, Round.title, Round.slug, Round.status != "draft"),
        "lab": (Lab, Lab.title, Lab.slug, literal(True)),
    }
    parts = []
    for kind, (noun, title, slug, shown) in public.items():
        there: ColumnElement[bool] = (noun.id == Follow.subject_id) & shown
        row = select(
            Follow.subject_kind, Follow.subject_id, title.label("title"), slug.label("slug"), noun.lang.label("lang"), Follow.since
        )
        parts.append(row.outerjoin(noun, there).where(Follow.account_id == account_id, Follow.subject_kind == kind))
    every = union_all(*parts).subquery()
    rows = db.session.execute(select(every).order_by(every.c.since.desc(), every.c.subject_id.desc()).limit(limit))
    return [Followed(kind, id, title or "", slug or "", lang or "") for kind, id, title, slug, lang, _ in rows]


def audience(verb: str, subject: Any) -> list[tuple[Account, str]]:
    """Who is told of it, each person once, with the first reason that fits."""
    parts = [
        select(ids.label("account_id"), literal(str(part)).label("part")).where(where)
        for ids, part, where in _sources(verb, subject)
    ]
    if not parts:
        return []
    every = union_all(*parts).subquery()
    told: dict[int, tuple[Account, str]] = {}
    order = list(Part)
    for account, part in db.session.execute(select(Account, every.c.part).join(every, Account.id == every.c.account_id)):
        known = told.get(account.id)
        if known is None or order.index(Part(part)) < order.index(Part(known[1])):
            told[account.id] = (account, part)
    return list(told.values())


def _sources(verb: str, subject: Any) -> Iterable[tuple[Any, Part, ColumnElement[bool]]]:
    match verb.partition("."):
        case "comment", _, "added":
            if subject.parent_id:
                yield Comment.account_id, Part.ANSWERED, Comment.id == subject.parent_id
            kind, id = ("idea", subject.idea_id) if subject.idea_id else ("challenge", subject.challenge_id)
            yield _authors(kind, id)
            yield _followers((kind, id))
        case "comment", _, _:
            yield Comment.account_id, Part.AUTHOR, Comment.id == subject.id
        case "idea", _, "published":
            yield _authors("idea", subject.id)
            yield _followers(("challenge", subject.challenge_id or 0), ("round", subject.round_id))
        case "challenge", _, "published":
            yield _authors("challenge", subject.id)
            yield _followers(("round", subject.round_id))
        case "challenge", _, "carried":
            yield _authors("challenge", subject.carried_from_id)
            yield _followers(("challenge", subject.carried_from_id))
        case "event", _, _:
            of_round = select(RoundEvent.round_id).where(RoundEvent.event_id == subject.id)
            yield Follow.account_id, Part.FOLLOWER, (Follow.subject_kind == "round") & Follow.subject_id.in_(of_round)
        case "idea" | "challenge" as kind, _, _:
            yield _authors(kind, subject.id)
            yield _followers((kind, subject.id))
        case "profile", _, "published":
            yield _followers(("lab", subject.group.lab_id))
        case "question", _, "given":
            yield LabMember.account_id, Part.MEMBER, LabMember.id == subject.owner_member_id
        case "lab", _, "meeting":
            yield from _of_lab(subject.id, frozenset({Told.MEMBERS, Told.FOLLOWERS}))
        case "lab", _, status if status in list(LabStatus):
            yield from _of_lab(subject.id, next(move.told for move in MOVES if move.end == status))
        case "member", _, "joined":
            leads = LabMember.role.in_([Role.FACILITATOR, Role.HOST])
            yield LabMember.account_id, Part.MEMBER, (LabMember.lab_id == subject.lab_id) & LabMember.left_at.is_(None) & leads
        case "member", _, _:
            yield LabMember.account_id, Part.MEMBER, LabMember.id == subject.id
        case "application", _, _:
            yield Application.account_id, Part.APPLICANT, Application.id == subject.id
        case kind, _, _:
            yield _followers((kind, subject.id))


def _of_lab(id: int, told: frozenset[Told]) -> Iterable[tuple[Any, Part, ColumnElement[bool]]]:
    """Who hears of a lab's step."""
    origins = select(LabOrigin.idea_id, LabOrigin.challenge_id).where(LabOrigin.lab_id == id).subquery()
    if Told.AUTHORS in told:
        yield IdeaAuthor.account_id, Part.AUTHOR, IdeaAuthor.idea_id.in_(select(origins.c.idea_id))
        yield ChallengeAuthor.account_id, Part.AUTHOR, ChallengeAuthor.challenge_id.in_(select(origins.c.challenge_id))
    if Told.MEMBERS in told:
        yield LabMember.account_id, Part.MEMBER, (LabMember.lab_id == id) & LabMember.left_at.is_(None)
    if Told.FOLLOWERS in told:
        yield _followers(("lab", id))


def _authors(kind: str, id: int) -> tuple[Any, Part, ColumnElement[bool]]:
    if kind == "idea":
        return IdeaAuthor.account_id, Part.AUTHOR, IdeaAuthor.idea_id == id
    return ChallengeAuthor.account_id, Part.AUTHOR, ChallengeAuthor.challenge_id == id


def _followers(*subjects: tuple[str, int]) -> tuple[Any, Part, ColumnElement[bool]]:
    return Follow.account_id, Part.FOLLOWER, tuple_(Follow.subject_kind, Follow.subject_id).in_(subjects)


def message_or_404(account_id: int, id: int) -> Notification:
    found = db.session.scalar(select(Notification).where(Notification.id == id, Notification.account_id == account_id))
    if found is None:
        raise NotFound
    return found


def slug_or_404(kind: str, id: int) -> str:
    noun = {"round": Round, "lab": Lab}[kind]
    slug = db.session.scalar(select(noun.slug).where(noun.id == id))
    if slug is None:
        raise NotFound
    return str(slug)
