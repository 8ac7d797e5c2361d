"""Every page template with an address that shows it filled: the demo, and on top of it what the demo has no reason to contain."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from ideation.accounts.models import Account, MailedLink
from ideation.ballots.models import Ballot
from ideation.comments.models import Comment
from ideation.core.db import db
from ideation.core.secret import new_token, token_hash
from ideation.ideas.models import Idea, IdeaAuthor, IdeaVersion
from ideation.notifications.models import Notification
from ideation.paper.models import Box, CodeBatch, Sheet
from ideation.rounds.models import Round
from ideation.selections.models import Selection
from ideation.teams.actions import invite_author
from tests.browser.books import fill_books
from tests.browser.crews import fill_crews
from tests.browser.partners import fill_partners
from tests.browser.sheets import fill_sheets
from tests.cast import (
    PAST,
    inside,
    make_account,
    make_ballot,
    make_challenge,
    make_comment,
    make_idea,
    make_lab,
    make_round,
    make_selection,
    make_votes,
    put,
)

TEMPLATES = Path(__file__).parents[2] / "templates"
PASSWORD = "mitmachen-in-dortmund"
VISITOR, PARTICIPANT, MODERATOR, ADMIN = "", "teilnahme1@example.org", "moderation1@example.org", "admin@example.org"

# Template: who sees it, and where.
PAGES: dict[str, tuple[str, str]] = {
    "accounts/confirm.html": (VISITOR, "/confirm/{confirm}"),
    "accounts/edit.html": (ADMIN, "/manage/accounts/{account}"),
    "accounts/gone.html": (VISITOR, "/confirm/used-up"),
    "accounts/index.html": (ADMIN, "/manage/accounts"),
    "accounts/login.html": (VISITOR, "/login"),
    "accounts/password.html": (PARTICIPANT, "/password"),
    "accounts/register.html": (VISITOR, "/register"),
    "accounts/registered.html": (VISITOR, "/register/sent"),
    "accounts/reset.html": (VISITOR, "/password/reset/{reset}"),
    "accounts/send_again.html": (VISITOR, "/confirm"),
    "accounts/sent.html": (VISITOR, "/sent/reset"),
    "accounts/sessions.html": (PARTICIPANT, "/account/sessions"),
    "accounts/settings.html": (PARTICIPANT, "/account/settings"),
    "accounts/show.html": (PARTICIPANT, "/account"),
    "accounts/withdrawal.html": (PARTICIPANT, "/account/consent"),
    "applications/decide.html": (MODERATOR, "/manage/applications/{waiting}"),
    "applications/index.html": (PARTICIPANT, "/institutions/applications"),
    "applications/manage.html": (MODERATOR, "/manage/applications"),
    "applications/new.html": (PARTICIPANT, "/institutions/applications/new"),
    "applications/show.html": (PARTICIPANT, "/institutions/applications/{declined}"),
    "authorships/show.html": (MODERATOR, "/ideas/{together}/institutions"),
    "ballots/costs.html": (MODERATOR, "/manage/ballots/{priced}/costs"),
    "ballots/show.html": (PARTICIPANT, "/ballots/{ballot}"),
    "bodies/edit.html": (MODERATOR, "/manage/bodies/{body}/edit"),
    "bodies/index.html": (VISITOR, "/bodies"),
    "bodies/manage.html": (MODERATOR, "/manage/bodies"),
    "bodies/show.html": (VISITOR, "/bodies/{body}"),
    "challenges/carry.html": (MODERATOR, "/manage/challenges/{challenge}/carry-over"),
    "challenges/edit.html": (PARTICIPANT, "/challenges/{returned}/edit"),
    "challenges/index.html": (VISITOR, "/rounds/live/challenges"),
    "challenges/show.html": (VISITOR, "/challenges/{challenge}"),
    "challenges/versions.html": (VISITOR, "/challenges/{challenge}/versions"),
    "comments/edit.html": (PARTICIPANT, "/comments/{comment}/edit"),
    "comments/new.html": (PARTICIPANT, "/ideas/{idea}/comments/new?parent={comment}"),
    "comments/withdrawal.html": (PARTICIPANT, "/comments/{comment}/withdrawal"),
    "corrections/index.html": (MODERATOR, "/manage/ballots/{corrected}/corrections"),
    "corrections/new.html": (MODERATOR, "/manage/ballots/{corrected}/corrections/new"),
    "corrections/show.html": (MODERATOR, "/manage/corrections/{correction}"),
    "errors/page.html": (VISITOR, "/nothing/here"),
    "groups/index.html": (PARTICIPANT, "/labs/{worked}/groups"),
    "handouts/show.html": (PARTICIPANT, "/labs/{crew}/handouts"),
    "ideas/edit.html": (PARTICIPANT, "/ideas/{draft}/edit"),
    "ideas/index.html": (PARTICIPANT, "/rounds/live/ideas"),
    "ideas/new.html": (PARTICIPANT, "/challenges/{challenge}/ideas/new"),
    "ideas/show.html": (PARTICIPANT, "/ideas/{idea}"),
    "ideas/versions.html": (VISITOR, "/ideas/{idea}/versions"),
    "ideas/withdrawal.html": (PARTICIPANT, "/ideas/{own}/withdrawal"),
    "institutions/edit.html": (MODERATOR, "/manage/institutions/{institution}/edit"),
    "institutions/index.html": (VISITOR, "/institutions"),
    "institutions/manage.html": (MODERATOR, "/manage/institutions"),
    "institutions/merging.html": (MODERATOR, "/manage/institutions/{institution}/merging?into=Mützenhaus"),
    "institutions/new.html": (MODERATOR, "/manage/institutions/new"),
    "institutions/show.html": (VISITOR, "/institutions/{institution}"),
    "labs/edit.html": (MODERATOR, "/manage/labs/{lab}/edit"),
    "labs/index.html": (VISITOR, "/labs"),
    "labs/manage_index.html": (MODERATOR, "/manage/labs"),
    "labs/moves.html": (MODERATOR, "/labs/{crew_done}/status"),
    "labs/new.html": (MODERATOR, "/manage/labs/new?selection={selection}"),
    "labs/show.html": (VISITOR, "/labs/{lab}"),
    "ledger/show.html": (VISITOR, "/ballots/{corrected}/ledger"),
    "members/accept.html": (MODERATOR, "/labs/invitations/{crew_invitation}"),
    "members/edit.html": (MODERATOR, "/labs/{crew}/members/{crew_member}"),
    "members/index.html": (MODERATOR, "/labs/{crew}/members"),
    "members/invitations.html": (MODERATOR, "/labs/{crew}/invitations"),
    "members/new.html": (MODERATOR, "/labs/{crew}/members/new"),
    "members/own.html": (PARTICIPANT, "/labs/{crew}/membership"),
    "members/places.html": (MODERATOR, "/labs/{crew}/places"),
    "members/targets.html": (MODERATOR, "/labs/{crew}/targets"),
    "moderation/index.html": (MODERATOR, "/manage/"),
    "moderation/several.html": (MODERATOR, "/manage/decisions"),
    "moderation/show.html": (MODERATOR, "/manage/ideas/{idea}"),
    "notifications/index.html": (PARTICIPANT, "/account/messages"),
    "pages/accessibility.html": (VISITOR, "/accessibility"),
    "pages/contact.html": (VISITOR, "/contact"),
    "pages/counting.html": (VISITOR, "/counting"),
    "pages/front.html": (VISITOR, "/"),
    "pages/imprint.html": (VISITOR, "/imprint"),
    "pages/privacy.html": (VISITOR, "/privacy"),
    "pages/rules.html": (VISITOR, "/rules"),
    "pages/search.html": (VISITOR, "/search?q=Nachbarschaft"),
    "paper/box.html": (MODERATOR, "/manage/boxes/{box}"),
    "paper/boxes.html": (MODERATOR, "/manage/ballots/{coded}/boxes"),
    "paper/code.html": (PARTICIPANT, "/ballots/{coded}/code"),
    "paper/codes.html": (MODERATOR, "/manage/ballots/{coded}/codes"),
    "profiles/edit.html": (PARTICIPANT, "/labs/{worked}/profiles/1/edit"),
    "profiles/show.html": (PARTICIPANT, "/labs/{worked}/profiles/1"),
    "profiles/synergies.html": (PARTICIPANT, "/labs/{worked}/profiles/1/synergies"),
    "profiles/versions.html": (VISITOR, "/labs/{worked}/profiles/1/versions"),
    "protocols/show.html": (VISITOR, "/ballots/{protocol}/protocol"),
    "questions/answer.html": (PARTICIPANT, "/questions/{asked}/answer"),
    "questions/edit.html": (PARTICIPANT, "/questions/{asked}/edit"),
    "questions/index.html": (VISITOR, "/questions?state=all"),
    "questions/new.html": (PARTICIPANT, "/labs/{worked}/profiles/1/questions/new"),
    "receipts/index.html": (VISITOR, "/receipts"),
    "receipts/show.html": (VISITOR, "/receipts/{receipt}"),
    "rounds/edit.html": (MODERATOR, "/manage/rounds/live/edit"),
    "rounds/index.html": (VISITOR, "/rounds"),
    "rounds/manage_index.html": (MODERATOR, "/manage/rounds"),
    "rounds/new.html": (MODERATOR, "/manage/rounds/new"),
    "rounds/show.html": (PARTICIPANT, "/rounds/live"),
    "runs/show.html": (VISITOR, "/ballots/{run}/results/{paid}"),
    "selections/manage.html": (MODERATOR, "/manage/ballots/{closed}/selection"),
    "selections/name.html": (MODERATOR, "/manage/rounds/{named}/selection"),
    "selections/show.html": (VISITOR, "/rounds/beispiel/results"),
    "signals/index.html": (MODERATOR, "/manage/ballots/{burst}/signals"),
    "signals/outreach.html": (MODERATOR, "/manage/rounds/{visited}/outreach"),
    "signals/show.html": (MODERATOR, "/manage/signals/{signal}"),
    "tags/index.html": (ADMIN, "/manage/tags"),
    "teams/accept.html": (PARTICIPANT, "/invitations/{invitation}"),
    "teams/show.html": (PARTICIPANT, "/ideas/{draft}/team"),
}
# Shown only in answer to a form; tests/browser/test_accessibility.py sends it.
ANSWERS = {"votes/new.html", "errors/resend.html"}
# The same templates in another state.
MORE = (
    (VISITOR, "/ballots/{run}/results"),
    (VISITOR, "/labs/{worked}/profiles/1"),
    (MODERATOR, "/labs/{worked}/profiles/2"),
    (MODERATOR, "/labs/{worked}/groups"),
    (PARTICIPANT, "/questions/{answered}/answer"),
    (VISITOR, "/ballots/{run}/results/{unpaid}"),
    (VISITOR, "/ballots/{corrected}/results"),
    (VISITOR, "/ballots/{protocol}/results"),
    (VISITOR, "/ballots/{protocol}/ledger"),
    (VISITOR, "/receipts/12-ABCDE-FGHIJ-KLMNO-PQRST"),
    (VISITOR, "/rounds/beispiel"),
    (VISITOR, "/ballots/{coded}/code"),
    (VISITOR, "/ballots/{closed}/results"),
    (MODERATOR, "/manage/boxes/{differing}"),
    (VISITOR, "/labs/{crew}"),
    (VISITOR, "/labs/invitations/{crew_invitation}"),
    (VISITOR, "/ideas/{idea}"),
    (VISITOR, "/ideas/{hidden}"),
    (VISITOR, "/ideas/{chosen}"),
    (VISITOR, "/challenges/{carried}"),
    (MODERATOR, "/ideas/{hidden}"),
    (MODERATOR, "/manage/challenges/{challenge}"),
    (MODERATOR, "/manage/comments/{comment}"),
    (MODERATOR, "/manage/rounds/live/preview"),
    (MODERATOR, "/manage/ballots/{tied}/selection"),
    (PARTICIPANT, "/rounds/live/challenges/new"),
    (PARTICIPANT, "/ideas/{own}"),
    (PARTICIPANT, "/ballots/{closed}/results"),
    (VISITOR, "/institutions?q=mütze&sector=culture"),
    (VISITOR, "/institutions?q=nirgends"),
    (VISITOR, "/institutions/{twin}"),
    (VISITOR, "/ideas/{together}"),
    (MODERATOR, "/manage/institutions/{institution}/merging"),
    (MODERATOR, "/manage/applications?decided=1"),
    (MODERATOR, "/manage/applications/{accepted}"),
    (PARTICIPANT, "/institutions/applications/{accepted}"),
)


@dataclass
class Filled:
    app: Flask
    names: dict[str, object] = field(default_factory=dict)

    def address(self, text: str) -> str:
        return text.format_map(self.names)


def page_templates() -> set[str]:
    """What stands for a whole page: no partial, no component, no frame, no answer to htmx."""
    found = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}
    parts = ("layout/", "components/")
    return {name for name in found if not name.startswith(parts) and "/_" not in name and not name.endswith(".htmx.html")}


def fill(app: Flask) -> Filled:
    """On a copy of the demo."""
    filled = Filled(app)
    with inside(app):
        people = {a.email: a for a in db.session.scalars(select(Account).where(Account.email.contains("example.org")))}
        live = db.session.scalars(select(Round).where(Round.slug == "live")).one()
        ballot = db.session.scalars(select(Ballot).where(Ballot.round_id == live.id)).one()
        me, staff = people[PARTICIPANT], people[MODERATOR]
        filled.names |= _written(live, me) | _decided(live, staff) | _waiting_links(me)
        filled.names |= fill_partners(me, staff)
        filled.names |= _on_paper(staff, db.session.get_one(Ballot, filled.names["closed"]))
        filled.names |= {"ballot": ballot.id, "account": me.id}
        filled.names |= fill_sheets(me, staff)
    filled.names |= fill_books(app, staff) | fill_crews(app, staff, PARTICIPANT)
    return filled


def _written(live: Round, me: Account) -> dict[str, object]:
    """What a participant has: a draft with an invitation, a returned question, ideas, comments, messages."""
    challenge = make_challenge(live, me, context="Was man wissen sollte.\n\n- eine Liste\n- mit `Code`")
    returned = make_challenge(live, me, status="returned")
    own = make_idea(live, me, challenge=challenge, title="Donaudampfschifffahrtsgesellschaftskapitänsmützenausstellung")
    idea = db.session.scalars(select(Idea).where(Idea.round_id == live.id, Idea.comments > 2, Idea.status == "published")).first()
    assert idea is not None
    put(IdeaVersion(idea_id=idea.id, number=idea.version + 1, title=f"{idea.title} neu", body="Jetzt **anders**.", saved_at=_now()))
    comment = make_comment(idea, me, body="Ein Kommentar mit einer sehr langen Adresse: https://example.org/" + "lang/" * 30)
    for _ in range(4):
        comment = make_comment(idea, me, parent=comment)
    draft = make_idea(live, make_account(), challenge=challenge, status="draft")
    put(IdeaAuthor(idea_id=draft.id, account_id=me.id))
    lead = make_account(name="Wer einlädt")
    invited = make_idea(live, lead, challenge=challenge, status="draft")
    hidden = make_idea(live, me, challenge=challenge, status="returned")
    told = {"title": "Offene Küche", "reason": "Bitte nennen Sie einen Ort."}
    message = {"subject_kind": "idea", "subject_id": own.id, "told": {**told, "part": "author"}, "created_at": _now()}
    put(Notification(account_id=me.id, verb="idea.returned", **message))
    english = make_idea(live, me, challenge=challenge, title="A bench in the shade", body="Sit down and talk.", lang="en")
    carried = db.session.execute(select(Comment.challenge_id).where(Comment.challenge_id.is_not(None))).scalars().first()
    return {
        "challenge": challenge.id,
        "returned": returned.id,
        "own": own.id,
        "idea": idea.id,
        "comment": comment.id,
        "draft": draft.id,
        "hidden": hidden.id,
        "carried": carried,
        "english": english.id,
        "invitation": _invitation(lead, invited),
    }


def _invitation(lead: Account, idea: Idea) -> str:
    from ideation.ideas.queries import idea_or_404

    return invite_author(lead, idea_or_404(lead, idea.id), now=_now())


def _decided(live: Round, staff: Account) -> dict[str, object]:
    """A ballot to certify, one with a tie, a selection whose winner waits for its lab, a round without a vote."""
    counted, tied, chosen, named = (make_round(staff) for _ in range(4))
    ideas = {r.id: [make_idea(r, make_account()) for _ in range(3)] for r in (counted, tied)}
    ballots = {r.id: make_ballot(r, *ideas[r.id], days=PAST, closed_at=_now()) for r in (counted, tied)}
    make_votes(ballots[counted.id], dict(zip(ideas[counted.id], (5, 3, 1), strict=True)))
    make_votes(ballots[tied.id], dict(zip(ideas[tied.id], (2, 2, 1), strict=True)))
    winner = make_idea(chosen, make_account(), challenge=make_challenge(chosen, make_account()), status="selected")
    selection: Selection = make_selection(make_ballot(chosen, winner, days=PAST), winner)
    make_idea(named, make_account())
    for _ in range(3):
        make_idea(live, make_account(), status="submitted")
    in_lab = make_idea(chosen, make_account(), status="in_lab")
    lab = make_lab(in_lab, questions=("Was kostet es?",), problem="Warum **das**?", aim="Ein Ziel.", created_by_id=staff.id)
    return {
        "closed": ballots[counted.id].id,
        "tied": ballots[tied.id].id,
        "selection": selection.id,
        "chosen": winner.id,
        "named": named.slug,
        "lab": lab.slug,
    }


def _on_paper(staff: Account, closed: Ballot) -> dict[str, object]:
    """Codes and boxes of a ballot; a box being typed in, one that two people read differently, one counted with spoiled sheets."""
    round_ = make_round(staff)
    ideas = [make_idea(round_, make_account()) for _ in range(4)]
    coded = make_ballot(round_, *ideas, eligibility="T2")
    put(CodeBatch(ballot_id=coded.id, label="Bürgerbüro Hörde", size=200, made_at=_now()))
    first, second = make_account("moderator"), staff
    who = {"first_by_id": first.id, "second_by_id": second.id, "announced_at": _now()}
    box = put(Box(ballot_id=coded.id, label="Marktplatz, Samstag", sheets=3, **who))
    differing = put(Box(ballot_id=coded.id, label="Jugendzentrum", sheets=1, **who))
    for turn in (1, 2):
        put(Sheet(box_id=differing.id, number=1, turn=turn, choices={str(ideas[turn].id): 1}))
    put(Sheet(box_id=box.id, number=1, turn=2, choices={str(ideas[0].id): 1}))
    coded.boxes_open = 2
    put(Box(ballot_id=closed.id, label="Halle", sheets=12, status="counted", note="3 empty, 7 too_many", counted_at=_now(), **who))
    return {"coded": coded.id, "box": box.id, "differing": differing.id}


def _waiting_links(me: Account) -> dict[str, object]:
    """What stands in mails that nobody has opened yet."""
    stranger, tokens = make_account(confirmed_at=None), {"confirm": new_token(), "reset": new_token()}
    for purpose, account in (("confirm", stranger), ("reset", me)):
        until = _now() + timedelta(hours=1)
        put(MailedLink(account_id=account.id, purpose=purpose, token_hash=token_hash(tokens[purpose]), expires_at=until))
    return dict(tokens)


def _now() -> datetime:
    return datetime.now(UTC)
