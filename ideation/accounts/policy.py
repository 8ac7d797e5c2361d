from ideation.accounts.models import Account
from ideation.core.sentence import say
from ideation.core.verdict import ALLOWED, Verdict, denied


def can_manage(account: Account) -> Verdict:
    if account.is_staff:
        return ALLOWED
    return denied(say("Diese Seiten sind der Moderation vorbehalten. Wenn Sie mitmoderieren, bitten Sie die Verwaltung um die passende Rolle."))


def can_moderate(account: Account | None) -> Verdict:
    """Moderators and admins, whichever round; whether a round is theirs is for `rounds.policy` to say."""
    if account is not None and account.is_moderator:
        return ALLOWED
    return denied(say("Das kann nur die Moderation."))


def can_administer(account: Account | None) -> Verdict:
    if account is not None and account.is_admin:
        return ALLOWED
    return denied(say("Das kann nur die Administration."))
