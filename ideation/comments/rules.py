from datetime import datetime, timedelta

BODY_MAX = 5_000
EDITABLE_FOR = timedelta(minutes=10)
THREADS_A_PAGE = 20


def editable_until(created_at: datetime) -> datetime:
    return created_at + EDITABLE_FOR
