"""One of everything, and an address for every route. A route without an example here fails the suite."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from ideation.bodies.models import BodySeat
from ideation.challenges.models import ChallengeAuthor
from ideation.core.db import db
from ideation.corrections.models import Correction
from ideation.ideas.models import IdeaAuthor
from ideation.labs.models import Lab, LabFacilitator, LabHost, LabInvitation, LabMember, LabOrigin
from ideation.meetings.models import Agreement, Attendance
from ideation.paper.models import Box, CodeBatch
from ideation.profiles.models import Synergy
from ideation.questions.models import OpenQuestion
from ideation.rounds.models import RoundHost
from ideation.selections.models import Selection
from ideation.signals.models import Outreach, Signal
from ideation.signals.rules import Fact, Kind, snapshot
from ideation.signals.rules import Signal as Found
from ideation.tags.models import Frame, Tag
from tests.cast import (
    OPEN,
    PAST,
    inside,
    make_account,
    make_application,
    make_ballot,
    make_body,
    make_challenge,
    make_comment,
    make_event,
    make_group,
    make_idea,
    make_institution,
    make_meeting,
    make_member,
    make_picture,
    make_places,
    make_profile,
    make_question,
    make_round,
    make_seat,
    put,
)

# The beginning of a route decides what its id or slug means.
EXAMPLES = {
    r"^/rounds/<": "round",
    r"^/manage/rounds/<": "round",
    r"^(/manage)?/challenges/<": "challenge",
    r"^(/manage)?/ideas/<": "idea",
    r"^(/manage)?/comments/<": "comment",
    r"^(/manage)?/ballots/<": "ballot",
    r"^(/manage)?/labs/<": "lab",
    r"^/questions/<": "question",
    r"^(/manage)?/events/<": "event",
    r"^(/manage)?/seats/<": "seat",
    r"^(/manage)?/institutions/<": "institution",
    r"^(/manage|/institutions)/applications/<": "application",
    r"^(/manage)?/bodies/<": "body",
    r"^/manage/boxes/<": "box",
    r"^/manage/batches/<": "batch",
    r"^/manage/accounts/<": "participant",
    r"^/manage/frames/<": "frame",
    r"^/manage/tags/<": "tag",
    r"^/manage/selections/<": "selection",
    r"^/manage/corrections/<": "correction",
    r"^/manage/signals/<": "signal",
    r"^/<any\(labs": "lab",
    r"^/<any\(ideas": "picture",
    r"^/account/sessions/<": "stranger",
    r"^/account/messages/<": "stranger",
}
# What else stands in an address: something that is well-formed and names nothing.
OTHERS = {
    "size": "small",
    "event": "999999",
    "token": "unknown-token",
    "purpose": "confirm",
    "author_id": "999999",
    # The first group of a lab.
    "number": "1",
    "seat_id": "999999",
    "idea": "1",
    "member_id": "1",
    "invitation_id": "1",
    "code": "1-AAAAA-AAAAA-AAAAA-AAAAA",
}


@dataclass
class World:
    visitor: Any = None
    participant: Any = None
    author: Any = None
    moderator: Any = None
    stranger_moderator: Any = None
    ombudsperson: Any = None
    admin: Any = None
    round: Any = None
    challenge: Any = None
    idea: Any = None
    comment: Any = None
    ballot: Any = None
    closed: Any = None
    box: Any = None
    institution: Any = None
    application: Any = None
    body: Any = None
    batch: Any = None
    lab: Any = None
    question: Any = None
    agreement: Any = None
    picture: Any = None
    event: Any = None
    seat: Any = None
    frame: Any = None
    tag: Any = None
    selection: Any = None
    correction: Any = None
    signal: Any = None
    # The id of a session or message that is nobody's here.
    stranger: Any = None
    more: list[Any] = field(default_factory=list)

    def address(self, rule: Rule) -> str:
        what = next((thing for start, thing in EXAMPLES.items() if re.match(start, rule.rule)), None)
        values: dict[str, Any] = {}
        for name in re.findall(r"<(?:[^<>]+:)?(\w+)>", rule.rule):
            if what == "seat":
                values[name] = getattr(self.seat, name)
            elif name in {"id", "slug", "key"}:
                if what is None:
                    raise AssertionError(f"no example for {rule.rule}: add one to tests/outside/world.py")
                # The longer a route, the more its id says: a ballot inside a round is a ballot.
                inner = [noun for noun in ("ballot", "agreement") if f"/{noun}s/<" in rule.rule]
                thing = inner[0] if name == "id" and inner else what
                values[name] = getattr(getattr(self, thing), name)
            elif name == "noun":
                values[name] = re.findall(r"<any\((\w+)", rule.rule)[0]
            elif name in OTHERS:
                values[name] = OTHERS[name]
            else:
                raise AssertionError(f"no example for <{name}> in {rule.rule}: add one to tests/outside/world.py")
        path = re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda found: str(values[found[1]]), rule.rule)
        assert "<" not in path
        return path


def make_world(app: Flask) -> World:
    world = World()
    with inside(app):
        world.participant, world.author = make_account(name="Birke 7"), make_account(name="Ahorn 3")
        world.moderator, world.stranger_moderator = make_account("moderator"), make_account("moderator")
        world.ombudsperson, world.admin = make_account("ombudsperson"), make_account("admin")
        world.round = make_round(world.moderator)
        world.challenge = make_challenge(world.round, world.author)
        world.idea = make_idea(world.round, world.author, challenge=world.challenge)
        world.comment = make_comment(world.idea, world.author)
        world.ballot = make_ballot(world.round, world.idea, days=OPEN, hides_results=True)
        world.closed = make_ballot(make_round(world.moderator), days=PAST)
        world.box = make_box(world.ballot)
        world.institution = make_institution()
        world.application = make_application(world.participant)
        world.body = make_body(world.institution)
        world.batch = make_batch(world.ballot)
        world.lab = put(Lab(slug="labor", title="Labor", created_at=world.round.created_at, created_by_id=world.moderator.id))
        db.session.add(LabOrigin(lab_id=world.lab.id, idea_id=world.idea.id))
        own = make_member(world.lab, world.author, listed=True)
        world.question = make_question(make_profile(make_group(world.lab, own)))
        world.event = make_event(world.round, seats=200)
        world.seat = make_seat(world.event)
        world.frame = put(Frame(slug="orte", title_de="Orte", title_en="Places"))
        world.tag = put(Tag(frame_id=world.frame.id, slug="park", title_de="Park", title_en="Park"))
        meeting = make_meeting(world.lab)
        world.agreement = put(Agreement(meeting_id=meeting.id, position=1, text="Bus mieten"))
        world.picture = SimpleNamespace(id=make_picture(world.idea).id, key=world.idea.id)
        world.stranger = SimpleNamespace(id=999_999)
        world.selection = put(
            Selection(
                round_id=world.round.id,
                reason="Von der Stadt benannt.",
                snapshot={"rows": [], "seats": 1},
                proposed_by_id=world.moderator.id,
                proposed_at=world.round.created_at,
            )
        )
        world.correction, world.signal = make_correction(world.ballot), make_signal(world.ballot, world.idea)
        grow(world, 9)
    return world


def make_correction(ballot: Any) -> Correction:
    values = {"act": "void", "category": "automated", "reason": "Immer dieselbe halbe Minute."}
    return put(Correction(ballot_id=ballot.id, proposed_at=ballot.created_at, **values))


def make_signal(ballot: Any, idea: Any) -> Signal:
    found = Found(idea.id, ballot.created_at, ballot.created_at, 12, (Fact(Kind.YOUNG, 12, percent=100),))
    values = {"begins_at": found.since, "ends_at": found.until, "votes": 12, "facts": snapshot(found), "found_at": found.until}
    return put(Signal(ballot_id=ballot.id, idea_id=idea.id, **values))


def grow(world: World, by: int) -> None:
    """More rows of every kind that a page lists."""
    from ideation.ballots.models import Option

    for n in range(by):
        account = make_account()
        challenge = make_challenge(world.round, account)
        idea = make_idea(world.round, account, challenge=world.challenge)
        waiting = [make_idea(world.round, account, status="submitted"), make_challenge(world.round, account, status="submitted")]
        draft = make_idea(world.round, world.participant, status="draft")
        comment = make_comment(world.idea, account)
        make_comment(world.idea, account, parent=comment)
        make_comment(world.challenge, account)
        put(Option(ballot_id=world.ballot.id, idea_id=idea.id, added_at=idea.created_at))
        world.more += [make_box(world.ballot), make_box(world.closed, status="dropped"), make_batch(world.ballot)]
        lab = put(Lab(slug=f"labor-{account.id}", title=f"Labor {n}", created_at=idea.created_at))
        db.session.add(LabOrigin(lab_id=world.lab.id, idea_id=idea.id))
        rounds = [make_round(world.moderator), make_round(world.moderator, windows={"idea": PAST})]
        make_seat(make_event(world.round, seats=20))
        make_seat(world.event)
        make_event(world.round, days=-7)
        make_correction(world.ballot)
        make_signal(world.ballot, idea)
        put(
            Outreach(
                round_id=world.round.id, title=f"Stand {n}", opens_at=idea.created_at, closes_at=idea.created_at + timedelta(hours=1),
                entered_at=idea.created_at,
            )
        )  # fmt: skip
        member = make_crew(world.lab, account, n)
        make_work(world, member, n)
        meeting = make_meeting(world.lab, number=account.id + 1)
        put(Attendance(meeting_id=meeting.id, member_id=member.id))
        put(Agreement(meeting_id=world.agreement.meeting_id, position=account.id, text=f"Vereinbarung {account.id}"))
        if n < 9:
            make_picture(world.idea)
        host = make_institution(offer="Ein Raum.", aliases=(f"Kurzname {n} von {account.id}",))
        make_application(account)
        make_application(world.participant, status="withdrawn", decided_at=idea.created_at)
        make_body(host)
        for row in (IdeaAuthor(idea_id=idea.id), ChallengeAuthor(challenge_id=challenge.id)):
            row.institution_id = world.institution.id
            put(row)
        for row in (
            BodySeat(body_id=world.body.id, institution_id=host.id),
            BodySeat(body_id=make_body().id, institution_id=world.institution.id),
        ):
            put(row)
        put(IdeaAuthor(idea_id=world.idea.id, institution_id=host.id))
        put(LabHost(lab_id=lab.id, institution_id=world.institution.id))
        put(RoundHost(round_id=rounds[0].id, institution_id=world.institution.id))
        world.more += [challenge, *waiting, draft, lab, *rounds]


def make_work(world: World, member: LabMember, n: int) -> None:
    """Another group with its profile, open questions, and a profile that goes with the first one."""
    profile = make_profile(make_group(world.lab, member, number=member.id + 1))
    first, made_at = world.question.profile_id, profile.created_at
    put(OpenQuestion(profile_id=first, text=f"Frage {n}", lang="de", owner_member_id=member.id, created_at=made_at))
    make_question(profile, owner_institution_id=member.institution_id)
    put(Synergy(low_id=first, high_id=profile.id, linked_at=made_at))


def make_crew(lab: Lab, account: Any, n: int) -> LabMember:
    """Of everything that says who works in a lab one more row."""
    institution = make_institution()
    member = make_member(lab, account, listed=n % 2 == 0, institution_id=institution.id)
    make_places(lab, institution, 2)
    for link in (LabHost, LabFacilitator):
        put(link(lab_id=lab.id, institution_id=institution.id))
    until = lab.created_at + timedelta(days=30)
    values = {"email": account.email, "token_hash": f"token-{account.id}", "invited_at": lab.created_at, "expires_at": until}
    put(LabInvitation(lab_id=lab.id, institution_id=institution.id, **values))
    return member


def make_box(ballot: Any, **more: Any) -> Box:
    if more.get("status", "open") == "open":
        ballot.boxes_open += 1
    return put(Box(ballot_id=ballot.id, label="Marktplatz", sheets=3, announced_at=ballot.created_at, **more))


def make_batch(ballot: Any) -> CodeBatch:
    return put(CodeBatch(ballot_id=ballot.id, label="Bürgerbüro", size=5, made_at=ballot.created_at))


def routes(app: Flask, method: str) -> list[Rule]:
    return sorted(
        (rule for rule in app.url_map.iter_rules() if method in (rule.methods or ()) and rule.endpoint != "static"),
        key=lambda rule: (rule.rule, rule.endpoint),
    )
