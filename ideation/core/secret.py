"""Secrets: passwords hashed slowly, tokens hashed once, addresses only as keyed hashes."""

import hashlib
import hmac
import secrets
import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def password_hash(password: str) -> str:
    """Slow on purpose: call it before the first query of a request, never while the write lock is held."""
    return _hasher.hash(unicodedata.normalize("NFC", password))


@lru_cache(1)
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe())


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one behind the stored hash. Without one it takes as long and says no."""
    try:
        return _hasher.verify(stored or _nobody(), unicodedata.normalize("NFC", password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_hash(text: str) -> str:
    """The same text gives the same value on this site only, and nobody without its key can try texts."""
    return hmac.new(current_app.config["SECRET_KEY"].encode(), text.encode(), hashlib.sha256).hexdigest()
