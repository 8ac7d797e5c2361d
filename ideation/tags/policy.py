from ideation.accounts.models import Account
from ideation.accounts.policy import can_moderate
from ideation.core.verdict import Verdict


def can_edit_tags(account: Account | None) -> Verdict:
    """Tags belong to the whole site: every moderation may tend them."""
    return can_moderate(account)
