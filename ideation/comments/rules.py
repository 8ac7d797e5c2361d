"""How long a comment may be changed, how many are taken from one person, and how a thread is laid out."""

from datetime import datetime, timedelta

BODY_MAX = 5_000
EDITABLE_FOR = timedelta(minutes=10)
THREADS_A_PAGE = 20
MOST, WITHIN = 10, timedelta(minutes=10)
# Threads are nested this deep; what goes deeper stands in order of time and says whom it answers.
NESTED = 2


def editable_until(created_at: datetime) -> datetime:
    return created_at + EDITABLE_FOR


def wait_seconds(oldest_counted: datetime, now: datetime) -> int:
    """Until one of the counted comments is old enough, in whole seconds."""
    return max(1, int((oldest_counted + WITHIN - now).total_seconds()) + 1)
