"""Who may say that an institution wrote an item, and who may take that back.

Nobody acts for an institution with an account yet: whoever writes cannot speak in its name, the moderation can say so."""

from ideation.accounts.models import Account
from ideation.authorships.rules import INSTITUTIONS_MAX
from ideation.challenges.models import Challenge, ChallengeAuthor
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied
from ideation.ideas.models import Idea, IdeaAuthor
from ideation.rounds.policy import can_moderate


def leads(account: Account, item: Idea | Challenge) -> bool:
    return any(a.account_id == account.id and a.leads for a in item.authors)


def can_add(account: Account, item: Idea | Challenge) -> Verdict:
    if not (may := can_moderate(account, item.round)):
        return may
    if sum(a.institution_id is not None for a in item.authors) >= INSTITUTIONS_MAX:
        return denied(say("Mehr als %(n)s Institutionen kann ein Beitrag nicht haben.", n=INSTITUTIONS_MAX))
    return ALLOWED


def can_remove(account: Account, item: Idea | Challenge, author: IdeaAuthor | ChallengeAuthor) -> Verdict:
    if not (leads(account, item) or can_moderate(account, item.round)):
        return denied(say("Das können nur die Moderation und wer den Beitrag federführend schreibt."))
    if author.institution_id is None:
        return denied(say("Hier lassen sich nur Institutionen entfernen."))
    if len(item.authors) < 2:
        return denied(say("Ohne diese Institution stünde niemand mehr dabei. Tragen Sie zuerst eine andere ein."))
    return ALLOWED


def can_see(account: Account, item: Idea | Challenge) -> Verdict:
    """The page on which institutions are added and removed."""
    return ALLOWED if leads(account, item) else can_moderate(account, item.round)
