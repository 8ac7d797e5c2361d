from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate
from ideation.core.verdict import Verdict


def can_edit_bodies(account: Account | None) -> Verdict:
    """Bodies belong to the whole site: every moderation may tend them."""
    return can_moderate(account)
