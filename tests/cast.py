"""Plain functions that place people and things. Call them inside `with inside(app):`; what they return stays readable."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from itertools import count
from typing import Any

import argon2
from flask import Flask
from PIL import Image
from sqlalchemy import select

from ideation.accounts.models import Account
from ideation.accounts.rules import Role, name_key
from ideation.activity.models import Activity
from ideation.applications.models import Application
from ideation.ballots.actions import open_ledger
from ideation.ballots.models import Ballot, Option
from ideation.bodies.models import Body, BodySeat
from ideation.challenges import rules as challenge_rules
from ideation.challenges.models import Challenge, ChallengeAuthor, ChallengeVersion
from ideation.comments.models import Comment
from ideation.core.db import db
from ideation.core.keys import seal
from ideation.decisions.models import Decision
from ideation.decisions.rules import Kind
from ideation.events.models import Event, Seat
from ideation.events.queries import seat_token
from ideation.groups.models import GroupMember, LabGroup
from ideation.ideas import rules as idea_rules
from ideation.ideas.models import Idea, IdeaAuthor, IdeaVersion
from ideation.institutions.actions import create_institution
from ideation.institutions.models import Institution
from ideation.institutions.rules import InstitutionText
from ideation.labs.models import GuidingQuestion, Lab, LabMember, LabOrigin, LabPlaces
from ideation.ledger.actions import add, vote_entry
from ideation.ledger.queries import is_opened
from ideation.ledger.rules import Act
from ideation.meetings.models import Meeting
from ideation.pictures.models import Album, Picture
from ideation.profiles.models import Profile, ProfileVersion
from ideation.profiles.rules import Content
from ideation.questions.models import OpenQuestion
from ideation.rounds.models import Round, RoundEvent, RoundModerator, RoundWindow
from ideation.selections.models import SelectedIdea, Selection
from ideation.selections.rules import digest
from ideation.votes.models import Participation, Vote
from tests.visit import PASSWORD

# Days from now: a window that is open, one that is over, one still to come.
OPEN, PAST, COMING = (-1.0, 30.0), (-20.0, -10.0), (10.0, 20.0)
Days = tuple[float, float | None]

# Which act puts a thing there.
DECISIONS = {
    "returned": Kind.RETURN,
    "rejected": Kind.REJECT,
    "merged": Kind.MERGE,
    "shortlisted": Kind.SHORTLIST,
    "selected": Kind.SELECT,
    "not_selected": Kind.NOT_SELECT,
    "in_lab": Kind.TAKE_TO_LAB,
}

_numbers = count(1)


@contextmanager
def inside(app: Flask) -> Iterator[None]:
    """The application from inside, in one transaction that is committed at the end."""
    with app.app_context():
        db.session().expire_on_commit = False  # values stay readable when the session is gone
        yield
        # Kept pages are made anew when the highest activity changes; things placed here count as a change.
        db.session.add(Activity(verb="cast.placed", subject_kind="cast", subject_id=0, happened_at=datetime.now(UTC), told={}))
        db.session.commit()


@cache
def _hashed(password: str) -> str:
    return argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


def put(thing: Any) -> Any:
    db.session.add(thing)
    db.session.flush()
    return thing


def make_account(role: str = Role.PARTICIPANT, name: str | None = None, password: str = PASSWORD, **more: Any) -> Account:
    """Confirmed, with both consents given."""
    now, number = datetime.now(UTC), next(_numbers)
    name = name or f"Person {number}"
    values: dict[str, Any] = {
        "email": f"person{number}@example.org",
        "display_name": name,
        "name_key": name_key(name),
        "password_hash": _hashed(password),
        "role": role,
        "created_at": now,
        "confirmed_at": now,
        "rules_consent_at": now,
        "opinion_consent_at": now,
        "opinion_consent_text": "opinion-2026-11",
    }
    return put(Account(**{**values, **more}))


def window(activity: str, days: Days) -> RoundWindow:
    now = datetime.now(UTC)
    ends = None if days[1] is None else now + timedelta(days=days[1])
    return RoundWindow(activity=activity, opens_at=now + timedelta(days=days[0]), closes_at=ends)


def make_round(moderator: Account | None = None, *, windows: dict[str, Days] | None = None, **more: Any) -> Round:
    """Published, open for challenges, ideas and comments; `windows={"join": OPEN}` says otherwise."""
    now, number = datetime.now(UTC), next(_numbers)
    values: dict[str, Any] = {
        "slug": f"runde-{number}",
        "title": f"Runde {number}",
        "summary": "Worum es in dieser Runde geht.",
        "status": "published",
        "preset": "collection",
        "created_at": now,
        "published_at": now,
    }
    round_ = Round(**{**values, **more})
    chosen = {"challenge": OPEN, "idea": OPEN, "comment": OPEN} if windows is None else windows
    round_.windows = [window(activity, days) for activity, days in chosen.items()]
    put(round_)
    if moderator is not None:
        put(RoundModerator(round_id=round_.id, account_id=moderator.id))
    return round_


def make_decision(kind: str = Kind.PUBLISH, actor: Account | None = None, reason: str = "Weil es so ist.") -> Decision:
    who = actor.id if actor else None
    return put(Decision(kind=kind, reason=reason, actor_id=who, office="moderation", decided_at=datetime.now(UTC)))


def past(status: str, rules: Any) -> dict[str, Any]:
    """What must have happened for a thing to stand where it stands."""
    now, values = datetime.now(UTC), {}
    if status != "draft":
        values["submitted_at"] = now
    if status in rules.PUBLIC:
        values |= {"published_at": now, "version": 1}
    if status in rules.DECIDED:
        values["status_decision_id"] = make_decision(DECISIONS[status]).id
    return values


def make_picture(thing: Any, **more: Any) -> Picture:
    """A grey square; things get an album with their first picture."""
    if thing.album_id is None:
        thing = db.session.merge(thing)
        thing.album_id = put(Album()).id
    square = BytesIO()
    Image.new("RGB", (8, 8), "#888").save(square, "JPEG")
    image = {"small": square.getvalue(), "large": square.getvalue(), "width": 8, "height": 8}
    words = {"alt": "Ein graues Quadrat.", "shown": "nobody", "consent": "Auf dem Bild ist niemand zu erkennen."}
    values = {"album_id": thing.album_id, "form_key": str(next(_numbers)), "added_at": datetime.now(UTC), **image, **words}
    return put(Picture(**{**values, **more}))


def make_challenge(round_: Round, author: Account | None = None, *, status: str = "open", **more: Any) -> Challenge:
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "question": f"Wie können wir {next(_numbers)} Haltestellen begrünen?",
        "context": "Was man dazu wissen sollte.",
        "status": status,
        "created_at": now,
        "saved_at": now,
    }
    values |= past(status, challenge_rules)
    challenge = put(Challenge(round_id=round_.id, **{**values, **more}))
    if author is not None:
        put(ChallengeAuthor(challenge_id=challenge.id, account_id=author.id, leads=True))
    if challenge.version:
        text = {"question": challenge.question, "context": challenge.context}
        put(ChallengeVersion(challenge_id=challenge.id, number=1, saved_at=now, **text))
    return challenge


def make_idea(
    round_: Round, author: Account | None = None, *, challenge: Challenge | None = None, status: str = "published", **more: Any
) -> Idea:
    now = datetime.now(UTC)
    values: dict[str, Any] = {
        "title": f"Idee {next(_numbers)}",
        "body": "Wir pflanzen **Kräuter** auf das Dach der Haltestelle.",
        "status": status,
        "created_at": now,
        "saved_at": now,
    }
    values |= past(status, idea_rules)
    idea = put(Idea(round_id=round_.id, challenge_id=challenge.id if challenge else None, **{**values, **more}))
    if author is not None:
        put(IdeaAuthor(idea_id=idea.id, account_id=author.id, leads=True))
    if idea.version:
        put(IdeaVersion(idea_id=idea.id, number=1, title=idea.title, body=idea.body, saved_at=now))
    if challenge is not None and status in idea_rules.LISTED:
        challenge.ideas += 1
    return idea


def make_comment(on: Idea | Challenge, account: Account | None = None, *, parent: Comment | None = None, **more: Any) -> Comment:
    values: dict[str, Any] = {"body": "Das finde ich gut.", "created_at": datetime.now(UTC)}
    place = {"idea_id": on.id} if isinstance(on, Idea) else {"challenge_id": on.id}
    if parent is not None:
        values |= {"parent_id": parent.id, "root_id": parent.root_id or parent.id}
    comment = put(Comment(account_id=account.id if account else None, **place, **{**values, **more}))
    on.comments += 1
    return comment


def make_ballot(round_: Round, *ideas: Idea, days: Days = OPEN, **more: Any) -> Ballot:
    """An open list with three votes each unless told otherwise; the ideas are its options."""
    now = datetime.now(UTC)
    opened = window("vote", days)
    opened.round_id = round_.id
    put(opened)
    key = seal(secrets.token_bytes(32))
    values: dict[str, Any] = {
        "number": 1,
        "method": "approval",
        "votes_each": 3,
        "seats": 1,
        "sealed_key": key,
        "lot_seed": secrets.token_hex(16),
        "created_at": now,
    }
    ballot = put(Ballot(round_id=round_.id, window_id=opened.id, **{**values, **more}))
    for idea in ideas:
        put(Option(ballot_id=ballot.id, idea_id=idea.id, added_at=now))
    return ballot


def make_votes(ballot: Ballot, counts: dict[Idea, int], points: int = 1) -> None:
    """So many people for each idea, everybody for one idea alone; entries and counters included."""
    if not is_opened(ballot.id):
        db.session.refresh(ballot, ["window"])
        open_ledger(ballot, now=datetime.now(UTC))
    for idea, people in counts.items():
        for _ in range(people):
            token = f"token-{next(_numbers)}"
            put(Participation(ballot_id=ballot.id, voter_token=token))
            cast = vote_entry(ballot.id, Act.CAST, token, idea.id, points, now=datetime.now(UTC))
            mine = {"points": points, "hour": cast["hour"], "commit_hash": cast["commit_hash"]}
            put(Vote(ballot_id=ballot.id, voter_token=token, idea_id=idea.id, **mine))
            add([cast])
        option = db.session.get_one(Option, (ballot.id, idea.id))
        option.votes, option.points = option.votes + people, option.points + people * points


def make_selection(ballot: Ballot, *chosen: Idea, at: datetime | None = None) -> Selection:
    """A certified result that chose these ideas; what the ideas say of themselves is up to the caller."""
    now = at or datetime.now(UTC)
    ballot.closed_at = ballot.closed_at or now
    options = db.session.scalars(
        select(Idea).join(Option, Option.idea_id == Idea.id).where(Option.ballot_id == ballot.id).order_by(Idea.id)
    )
    rows = [
        {"idea": i.id, "title": i.title, "votes": 0, "points": 0, "place": n, "eligible": True, "selected": i in chosen}
        for n, i in enumerate(options.all(), 1)
    ]
    snapshot = {"rows": rows, "voters": 0, "tie": None, "asks_to_join": False}
    values = {"round_id": ballot.round_id, "ballot_id": ballot.id, "status": "certified", "proposed_at": now, "certified_at": now}
    selection = put(Selection(snapshot=snapshot, digest=digest(snapshot), **values))
    for idea in chosen:
        put(SelectedIdea(selection_id=selection.id, idea_id=idea.id))
    return selection


def make_institution(name: str = "", **more: Any) -> Institution:
    """Entered by an admin of its own, so that the search finds it."""
    text = InstitutionText(name or f"Institution {next(_numbers)}", **more)
    return create_institution(Account(role=Role.ADMIN), text, now=datetime.now(UTC))


def make_application(account: Account, name: str = "", **more: Any) -> Application:
    values: dict[str, Any] = {"name": name or f"Verein {next(_numbers)}", "sent_at": datetime.now(UTC)}
    return put(Application(account_id=account.id, **{**values, **more}))


def make_body(*institutions: Institution, **more: Any) -> Body:
    body = put(Body(**{"name": f"Beirat {next(_numbers)}", **more}))
    for institution in institutions:
        put(BodySeat(body_id=body.id, institution_id=institution.id, office="Vorsitz"))
    return body


def make_lab(*origins: Idea | Challenge, questions: tuple[str, ...] = (), **more: Any) -> Lab:
    number = next(_numbers)
    values: dict[str, Any] = {"slug": f"labor-{number}", "title": f"Labor {number}", "created_at": datetime.now(UTC)}
    lab = put(Lab(**{**values, **more}))
    for place, text in enumerate(questions, 1):
        put(GuidingQuestion(lab_id=lab.id, position=place, text=text))
    for origin in origins:
        kind = "idea_id" if isinstance(origin, Idea) else "challenge_id"
        put(LabOrigin(lab_id=lab.id, **{kind: origin.id}))
    return lab


def make_member(lab: Lab, account: Account | None = None, *, listed: bool = False, **more: Any) -> LabMember:
    """A member of a lab; with `listed` one who agreed to be named."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {"name": f"Mitglied {next(_numbers)}", "role": "member", "joined_at": now}
    if listed:
        values |= {"consent_text": "Ich willige ein.", "consent_at": now}
    return put(LabMember(lab_id=lab.id, account_id=account.id if account else None, **{**values, **more}))


def make_places(lab: Lab, institution: Institution, count: int) -> LabPlaces:
    return put(LabPlaces(lab_id=lab.id, institution_id=institution.id, count=count))


def make_group(lab: Lab, *members: LabMember, number: int = 1, title: str = "Busgruppe") -> LabGroup:
    now = datetime.now(UTC)
    group = put(LabGroup(lab_id=lab.id, number=number, title=title, created_at=now))
    for member in members:
        put(GroupMember(member_id=member.id, group_id=group.id, joined_at=now))
    return group


def make_profile(group: LabGroup, *contents: Content, public: bool = True) -> Profile:
    """With a version for each content; one with a title alone unless told otherwise."""
    now, contents = datetime.now(UTC), contents or (Content("KI-Bus", goals=("Ankommen",)),)
    values = {"public_from": 1, "published_at": now} if public else {}
    profile = put(Profile(group_id=group.id, version=len(contents), created_at=now, **values))
    for number, content in enumerate(contents, 1):
        put(ProfileVersion(profile_id=profile.id, number=number, saved_at=now, **ProfileVersion.columns(content)))
    return profile


def make_question(profile: Profile, text: str = "Wer fährt den Bus?", **more: Any) -> OpenQuestion:
    return put(OpenQuestion(profile_id=profile.id, text=text, **{"lang": "de", "created_at": datetime.now(UTC), **more}))


def make_event(round_: Round | None = None, *, days: float = 7.0, hours: float = 2.0, **more: Any) -> Event:
    """In a week, two hours long, in a house; `seats=3` takes reservations."""
    now, number = datetime.now(UTC), next(_numbers)
    starts = (now + timedelta(days=days)).replace(microsecond=0)
    ends = starts + timedelta(hours=hours)
    values: dict[str, Any] = {
        "uid": f"event-{number}",
        "title": f"Veranstaltung {number}",
        "place": "Haus am Markt",
        "starts_at": starts,
        "ends_at": ends,
        "over_at": ends,
        "takes_seats": "seats" in more,
        "changed_at": now,
        "created_at": now,
    }
    event = put(Event(**{**values, **more}))
    if round_ is not None:
        put(RoundEvent(round_id=round_.id, event_id=event.id))
    return event


def make_meeting(lab: Lab, number: int = 1, **more: Any) -> Meeting:
    """In a week, certain to take place, unless told otherwise."""
    event = make_event(title=f"{lab.title}: {number}. Treffen")
    return put(Meeting(lab_id=lab.id, event_id=event.id, number=number, **more))


def make_seat(event: Event, status: str = "reserved", **more: Any) -> Seat:
    number = next(_numbers)
    values: dict[str, Any] = {
        "position": number,
        "status": status,
        "name": f"Gast {number}",
        "name_key": f"gast {number}",
        "email": f"gast{number}@example.org",
        "code": "".join("ABCDEFGHJK"[int(digit)] for digit in f"{number:08}"),
        "created_at": datetime.now(UTC),
    }
    seat = put(Seat(event_id=event.id, **{**values, **more}))
    seat.token = seat_token(seat)
    return seat
