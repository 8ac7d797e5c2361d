"""Who may invite, join, leave and take others off an idea."""

from datetime import datetime

from ideation.accounts.models import Account
from ideation.core.sentence import say, say_n
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.ideas.policy import authorship
from ideation.ideas.rules import Status
from ideation.rounds.policy import can_act
from ideation.rounds.rules import Activity
from ideation.teams.models import Invitation
from ideation.teams.rules import INVITATIONS_MAX, usable

GROWING = frozenset({Status.DRAFT, Status.RETURNED, Status.SUBMITTED, Status.PUBLISHED, Status.SHORTLISTED})


def has_place(idea: Idea) -> Verdict:
    if idea.is_hidden or idea.status not in GROWING:
        return denied(say("Zu dieser Idee kann niemand mehr dazukommen."))
    if idea.people >= idea.round.team_max:
        return denied(
            say_n(
                "Mehr als %(num)s Person darf eine Idee hier nicht haben.",
                "Das Team ist mit %(num)s Personen voll.",
                idea.round.team_max,
            )
        )
    return ALLOWED


def can_invite(account: Account | None, idea: Idea, *, open_links: int) -> Verdict:
    author = authorship(account, idea)
    if author is None or not author.leads:
        return denied(say("Einladen kann, wer die Idee federführend schreibt."))
    if open_links >= INVITATIONS_MAX:
        return denied(say("Es gibt schon %(n)s offene Einladungen. Warten Sie, bis eine davon angenommen ist.", n=INVITATIONS_MAX))
    return has_place(idea)


def can_join(account: Account, invitation: Invitation, idea: Idea, *, registered: bool, now: datetime) -> Verdict:
    if authorship(account, idea) is not None:
        return denied(say("Sie schreiben an dieser Idee schon mit."))
    if not usable(invitation.expires_at, invitation.used_at, now):
        return denied(say("Dieser Einladungslink gilt nicht mehr. Bitten Sie um einen neuen."))
    if not (verdict := can_act(account, idea.round, Activity.IDEA, registered=registered, now=now)):
        return verdict
    return has_place(idea)


def can_remove(account: Account, idea: Idea, author: IdeaAuthor) -> Verdict:
    """Co-authors leave by themselves; whoever leads can take them off. The lead stays."""
    own = authorship(account, idea)
    if author.leads:
        return denied(say("Wer die Idee federführend schreibt, bleibt im Team. Die Idee lässt sich zurückziehen."))
    if own is None or (own.id != author.id and not own.leads):
        return denied(say("Aus dem Team nehmen kann nur, wer die Idee federführend schreibt."))
    if idea.status not in GROWING:
        return denied(say("Diese Idee steht jetzt fest. Auch das Team bleibt, wie es ist."))
    return ALLOWED
