"""How people come to write an idea together."""

from datetime import datetime, timedelta

INVITATION_LASTS = timedelta(days=14)
# Open links of one idea at a time.
INVITATIONS_MAX = 10


def usable(expires_at: datetime, used_at: datetime | None, now: datetime) -> bool:
    return used_at is None and now < expires_at
