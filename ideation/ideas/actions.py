"""What is done with an idea. Every act of moderation writes its decision; every public change is recorded."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, Subquery, bindparam, delete, func, select, update

from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate as is_moderator
from ideation.accounts.policy import can_speak
from ideation.activity.actions import record
from ideation.challenges.actions import count_ideas
from ideation.challenges.models import Challenge
from ideation.challenges.queries import takes_part
from ideation.core.clock import start_of
from ideation.core.db import UtcDateTime, db, insert
from ideation.core.sentence import say
from ideation.core.text import stems
from ideation.core.verdict import Invalid, require
from ideation.decisions.actions import decide
from ideation.decisions.models import Decision
from ideation.decisions.rules import Kind
from ideation.ideas.models import Idea, IdeaAuthor, IdeaDecision, IdeaTerm, IdeaVersion, Term
from ideation.ideas.policy import can_edit, can_judge, can_merge, can_move, can_propose, can_submit, can_withdraw
from ideation.ideas.queries import saved_by_form, takes_ideas, whole
from ideation.ideas.rules import BODY_MAX, LISTED, TITLE_MAX, UNPUBLISHED, Content, Origin, Status, Told, title_from, told_of
from ideation.institutions.models import Institution
from ideation.rounds.models import Round
from ideation.tags.models import Tag

STEMS_MAX = 3_000
# What others may have changed since an idea was loaded.
JUDGED = ["title", "body", "status", "visibility", "version", "form_key", "first_vote_at", "text_frozen_from", "text_frozen_until"]


def form_key(actor: Account, form: str | None) -> str:
    """What an open form is known by. Without one, every save is a form of its own."""
    return hashlib.sha256(f"{actor.id}:{form or secrets.token_hex()}".encode()).hexdigest()[:40]


def save_draft(
    actor: Account, round_: Round, challenge: Challenge | None, content: Content, *, form: str | None = None, now: datetime
) -> Idea:
    """Begins an idea. The same form once more means the same row, also when both requests arrive together."""
    here = takes_ideas(round_, challenge)
    require(can_propose(actor, round_, here, registered=takes_part(actor, round_), now=now))
    return keep_draft(actor, round_, challenge, content, form=form, now=now)


def keep_draft(
    actor: Account, round_: Round, challenge: Challenge | None, content: Content, *, form: str | None = None, now: datetime
) -> Idea:
    """The same whatever the clock says: what was typed is kept when its submission is refused."""
    key = form_key(actor, form)
    row = insert(Idea).values(
        round_id=round_.id, challenge_id=challenge.id if challenge else None, title=content.title, body=content.body, lang=content.lang,
        status=Status.DRAFT, version=0, visibility="shown", dated_to="day", votes=0, comments=0, created_at=now, saved_at=now, form_key=key,
    )  # fmt: skip
    made = db.session.scalar(row.on_conflict_do_nothing(index_elements=["form_key"]).returning(Idea.id))
    if made is not None:
        db.session.add(IdeaAuthor(idea_id=made, account_id=actor.id, leads=True))
    idea = whole(made or saved_by_form(key) or 0)
    assert idea is not None
    if idea.status in UNPUBLISHED:
        _write(idea, content, key, now)
    db.session.flush()
    return idea


def update_idea(
    actor: Account, idea: Idea, content: Content, *, form: str | None = None, seen: str | None = None, now: datetime
) -> None:
    """Saves a draft, or gives a public idea a new version. `seen` is the form that had saved last when this one was opened."""
    _hold(idea)
    require(can_edit(actor, idea, registered=takes_part(actor, idea.round), now=now))
    key = form_key(actor, form)
    if saved_by_form(key) not in {None, idea.id}:
        # The form came from another idea of this person: here it counts as one of its own.
        key = form_key(actor, f"{form}:{idea.id}")
    if seen is not None and idea.form_key not in {seen or None, key}:
        raise Invalid(seen=say("Diese Idee wurde inzwischen an anderer Stelle geändert. Beide Fassungen stehen hier."))
    if idea.status in UNPUBLISHED:
        _write(idea, content, key, now)
        return
    _complete(content)
    changed = (content.title, content.body) != (idea.title, idea.body)
    _write(idea, content, key, now)
    if changed:
        _new_version(idea, now)
    record(
        "idea.edited", idea, actor=actor, round_id=idea.round_id, now=now, title=idea.title, voted=idea.first_vote_at is not None
    )


def submit_idea(actor: Account, idea: Idea, *, now: datetime) -> None:
    """Published at once, or after the moderation has looked at it, as the round says."""
    require(can_speak(actor))
    _hold(idea)
    here = takes_ideas(idea.round, idea.challenge)
    require(can_submit(actor, idea, here, registered=takes_part(actor, idea.round), now=now))
    _complete(Content(idea.title, idea.body))
    idea.status, idea.submitted_at = Status.SUBMITTED, now
    if idea.round.checks_ideas:
        record("idea.submitted", idea, actor=actor, round_id=idea.round_id, now=now, title=idea.title)
    else:
        _publish(actor, idea, None, "", now)


def publish_idea(actor: Account, idea: Idea, reason: str = "", *, now: datetime) -> None:
    _publish(actor, idea, _decided(actor, idea, Status.PUBLISHED, Kind.PUBLISH, reason, now), reason, now)


def return_idea(actor: Account, idea: Idea, reason: str, *, now: datetime) -> None:
    _move(actor, idea, Status.RETURNED, Kind.RETURN, "idea.returned", reason, now)


def reject_idea(actor: Account, idea: Idea, reason: str, *, now: datetime) -> None:
    _move(actor, idea, Status.REJECTED, Kind.REJECT, "idea.rejected", reason, now)


def shortlist_idea(actor: Account, idea: Idea, reason: str = "", *, now: datetime) -> None:
    _move(actor, idea, Status.SHORTLISTED, Kind.SHORTLIST, "idea.shortlisted", reason, now)


def unlist_idea(actor: Account, idea: Idea, reason: str = "", *, now: datetime) -> None:
    # Back on the list of all: only from the shortlist, although others become published too.
    if idea.status != Status.SHORTLISTED:
        raise Invalid(reason=say("Diese Idee steht nicht in der engeren Auswahl."))
    _move(actor, idea, Status.PUBLISHED, Kind.UNLIST, "idea.unlisted", reason, now)


def mark_selected(actor: Account, idea: Idea, selected: bool, reason: str, *, now: datetime) -> None:
    target, kind = (Status.SELECTED, Kind.SELECT) if selected else (Status.NOT_SELECTED, Kind.NOT_SELECT)
    _move(actor, idea, target, kind, f"idea.{target}", reason, now)


def take_idea_to_lab(actor: Account, idea: Idea, reason: str = "", *, now: datetime) -> None:
    _move(actor, idea, Status.IN_LAB, Kind.TAKE_TO_LAB, "idea.in_lab", reason, now)


def reopen_idea(actor: Account, idea: Idea, reason: str = "", *, now: datetime) -> None:
    """Into the next ballot."""
    if idea.status != Status.NOT_SELECTED:
        raise Invalid(reason=say("Wieder öffnen lässt sich nur eine Idee, die nicht ausgewählt wurde."))
    _move(actor, idea, Status.PUBLISHED, Kind.REOPEN, "idea.reopened", reason, now)


def archive_idea(actor: Account, idea: Idea, reason: str = "", *, now: datetime) -> None:
    """It goes no further. Once it was selected, followers hear of it too; the table says so."""
    _hold(idea)
    told = told_of(idea.status, Status.ARCHIVED)
    verb = "idea.archived" if told is Told.FOLLOWERS else "idea.archived_unselected"
    _move(actor, idea, Status.ARCHIVED, Kind.ARCHIVE, verb, reason, now)


def merge_ideas(actor: Account, idea: Idea, into: Idea, reason: str, *, in_open_ballot: bool, now: datetime) -> None:
    """`idea` leads on to `into`; both keep their page, no past count changes."""
    for each in sorted((idea, into), key=lambda one: one.id):
        _hold(each)
    require(can_merge(actor, idea, into, in_open_ballot=in_open_ballot))
    idea.merged_into_id = into.id
    _move(actor, idea, Status.MERGED, Kind.MERGE, "idea.merged", reason, now, into=into.id, into_title=into.title)


def hide_idea(actor: Account, idea: Idea, reason: str, *, now: datetime) -> None:
    _show(actor, idea, "hidden", Kind.HIDE, reason, now)


def restore_idea(actor: Account, idea: Idea, reason: str = "", *, now: datetime) -> None:
    _show(actor, idea, "shown", Kind.RESTORE, reason, now)


def withdraw_idea(actor: Account, idea: Idea, *, now: datetime) -> None:
    """The page stays with its title and a sentence; the text is no longer shown."""
    _hold(idea)
    require(can_withdraw(actor, idea))
    _set(idea, status=Status.WITHDRAWN)
    record("idea.withdrawn", idea, actor=actor, round_id=idea.round_id, now=now, title=idea.title)


def import_idea(
    actor: Account, round_: Round, content: Content, origin: Origin, *,
    authors: Sequence[str | Institution] = (), challenge: Challenge | None = None, now: datetime,
) -> Idea:  # fmt: skip
    """Public at once, whatever the windows say; nobody is told. A second run finds what the first one made."""
    require(is_moderator(actor))
    known = select(Idea).where(Idea.source == origin.source, Idea.source_id == origin.source_id)
    if (idea := db.session.scalar(known)) is not None:
        return idea
    title = content.title or title_from(content.body)
    if not title:
        raise Invalid(title=say("Es fehlen Titel und Text."))
    public = start_of(origin.dated_on) if origin.dated_on else now
    idea = Idea(
        round_id=round_.id, challenge_id=challenge.id if challenge else None, title=title, body=content.body, lang=content.lang,
        status=Status.PUBLISHED, visibility="shown", version=0, created_at=now, saved_at=now, submitted_at=public, published_at=public,
        source=origin.source, source_id=origin.source_id, dated_on=origin.dated_on, dated_to=origin.dated_to, entered_by_id=actor.id,
        tags=_tagged(content.tags),
    )  # fmt: skip
    db.session.add(idea)
    db.session.flush()
    for place, author in enumerate(authors):
        named = {"label": author} if isinstance(author, str) else {"institution_id": author.id}
        db.session.add(IdeaAuthor(idea_id=idea.id, leads=place == 0, **named))
    _new_version(idea, public)
    _count(idea, 1)
    return idea


def count_comments(idea_id: int, by: int) -> None:
    db.session.execute(update(Idea).where(Idea.id == idea_id).values(comments=Idea.comments + by))


FIRST_VOTE = (
    update(Idea)
    .where(Idea.id == bindparam("idea"))
    .values(first_vote_at=func.coalesce(Idea.first_vote_at, bindparam("at", type_=UtcDateTime())))
    .execution_options(synchronize_session=False)
)
VOTED = FIRST_VOTE.values(votes=bindparam("count"))


def note_votes(idea_id: int, votes: int | None, *, now: datetime) -> None:
    """Somebody voted. `votes` is the count of the ballot shown, None while its results are hidden."""
    voted = {"idea": idea_id, "at": now}
    db.session.execute(FIRST_VOTE, voted) if votes is None else db.session.execute(VOTED, voted | {"count": votes})


def show_votes(counts: Subquery) -> None:
    """All at once; `counts` has the columns idea_id and points."""
    points = select(counts.c.points).where(counts.c.idea_id == Idea.id).scalar_subquery()
    db.session.execute(update(Idea).where(Idea.id.in_(select(counts.c.idea_id)), Idea.votes != points).values(votes=points))


def set_costs(costs: Mapping[int, int | None]) -> None:
    """What each idea would cost, in whole euros; the next ballot with a budget begins with it."""
    priced = update(Idea.__table__).where(Idea.__table__.c.id == bindparam("idea")).values(cost=bindparam("price"))
    db.session.execute(priced, [{"idea": idea, "price": cost} for idea, cost in sorted(costs.items())])


def freeze_text(idea_ids: Sequence[int] | Select[tuple[int]], opens_at: datetime | None, closes_at: datetime | None) -> None:
    """On a closed list the texts stand still while people vote on them."""
    db.session.execute(update(Idea).where(Idea.id.in_(idea_ids)).values(text_frozen_from=opens_at, text_frozen_until=closes_at))


def index_idea(idea: Idea) -> None:
    """Brings the dictionary and the idea's words up to date: once per occurrence in the text, four times in the title."""
    weights = Counter(stems(idea.body))
    for stem in stems(idea.title):
        weights[stem] += 4
    known = dict(weights.most_common(STEMS_MAX))
    db.session.execute(delete(IdeaTerm).where(IdeaTerm.idea_id == idea.id))
    if not known:
        return
    # In one order for everybody: two writers never wait for each other in a circle.
    new = [{"stem": stem} for stem in sorted(known)]
    db.session.execute(insert(Term).on_conflict_do_nothing(index_elements=["stem"]), new)
    ids = db.session.execute(select(Term.id, Term.stem).where(Term.stem.in_(known)))
    db.session.execute(insert(IdeaTerm), [{"term_id": key, "idea_id": idea.id, "weight": known[stem]} for key, stem in ids])


def _complete(content: Content) -> None:
    faults = {}
    if not content.title:
        faults["title"] = say("Bitte geben Sie Ihrer Idee einen Titel.")
    elif len(content.title) > TITLE_MAX:
        faults["title"] = say("Bitte kürzen Sie den Titel auf %(n)s Zeichen.", n=TITLE_MAX)
    if not content.body:
        faults["body"] = say("Bitte beschreiben Sie Ihre Idee in ein paar Sätzen.")
    elif len(content.body) > BODY_MAX:
        faults["body"] = say("Bitte kürzen Sie den Text auf %(n)s Zeichen.", n=BODY_MAX)
    if faults:
        raise Invalid(**faults)


def _hold(idea: Idea) -> None:
    """Locks the row and reads again what others may have changed meanwhile."""
    db.session.flush()
    db.session.refresh(idea, JUDGED, with_for_update=True)


def _write(idea: Idea, content: Content, key: str, now: datetime) -> None:
    idea.title, idea.body, idea.lang, idea.saved_at, idea.form_key = content.title, content.body, content.lang, now, key
    idea.tags = _tagged(content.tags)


def _tagged(slugs: Sequence[str]) -> list[Tag]:
    return list(db.session.scalars(select(Tag).where(Tag.slug.in_(slugs)).order_by(Tag.id))) if slugs else []


def _publish(actor: Account, idea: Idea, decision: Decision | None, reason: str, now: datetime) -> None:
    idea.published_at = now
    _set(idea, status=Status.PUBLISHED, decision=decision)
    _new_version(idea, now)
    record("idea.published", idea, actor=actor, round_id=idea.round_id, now=now, title=idea.title, reason=reason)


def _new_version(idea: Idea, now: datetime) -> None:
    idea.version += 1
    db.session.add(IdeaVersion(idea_id=idea.id, number=idea.version, title=idea.title, body=idea.body, saved_at=now))
    db.session.flush()
    index_idea(idea)


def _decided(actor: Account, idea: Idea, target: Status, kind: Kind, reason: str, now: datetime) -> Decision:
    _hold(idea)
    require(can_move(actor, idea, target))
    return decide(actor, kind, reason, now=now)


def _move(actor: Account, idea: Idea, target: Status, kind: Kind, verb: str, reason: str, now: datetime, **told: object) -> None:
    _set(idea, status=target, decision=_decided(actor, idea, target, kind, reason, now))
    record(verb, idea, actor=actor, round_id=idea.round_id, now=now, title=idea.title, reason=reason, **told)


def _show(actor: Account, idea: Idea, visibility: str, kind: Kind, reason: str, now: datetime) -> None:
    require(can_judge(actor, idea))
    _hold(idea)
    if idea.visibility == visibility:
        return
    decision, was = decide(actor, kind, reason, now=now), _counts(idea)
    idea.visibility, idea.visibility_decision_id = visibility, decision.id
    db.session.add(IdeaDecision(decision_id=decision.id, idea_id=idea.id))
    db.session.flush()
    _count(idea, _counts(idea) - was)
    verb = "idea.hidden" if visibility == "hidden" else "idea.restored"
    record(verb, idea, actor=actor, round_id=idea.round_id, now=now, title=idea.title, reason=reason)


def _set(idea: Idea, *, status: Status, decision: Decision | None = None) -> None:
    """Status and decision in one row, the link for the history, the question's count."""
    was = _counts(idea)
    idea.status = status
    if decision is not None:
        idea.status_decision_id = decision.id
        db.session.add(IdeaDecision(decision_id=decision.id, idea_id=idea.id))
    db.session.flush()
    _count(idea, _counts(idea) - was)


def _counts(idea: Idea) -> int:
    return int(idea.status in LISTED and not idea.is_hidden)


def _count(idea: Idea, by: int) -> None:
    if by and idea.challenge_id is not None:
        count_ideas(idea.challenge_id, by)
