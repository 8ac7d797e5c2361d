"""Who may be what, and how long a login lasts."""

from datetime import datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    PARTICIPANT = "participant"
    MODERATOR = "moderator"
    COORDINATOR = "coordinator"
    OMBUDSPERSON = "ombudsperson"
    ADMIN = "admin"


STAFF = frozenset({Role.MODERATOR, Role.COORDINATOR, Role.OMBUDSPERSON, Role.ADMIN})

PASSWORD_MAX = 128
NAME_MAX = 60
CONFIRM_WITHIN = timedelta(hours=48)
RESET_WITHIN = timedelta(hours=1)
TRIES, TRIES_WITHIN = 5, timedelta(minutes=5)
REISSUE_AFTER = timedelta(minutes=5)


def password_min(role: Role) -> int:
    return 15 if role in STAFF else 12


def login_ends(role: Role, began: datetime, last_seen: datetime) -> datetime:
    """Idle and absolute limit: 24 h and 30 days for participants, 30 min and 12 h for staff."""
    idle, absolute = (timedelta(minutes=30), timedelta(hours=12)) if role in STAFF else (timedelta(hours=24), timedelta(days=30))
    return min(last_seen + idle, began + absolute)


def name_key(name: str) -> str:
    """Two pseudonyms are the same when only case or spaces differ."""
    return " ".join(name.split()).casefold()


def email_key(email: str) -> str:
    return email.strip().casefold()
