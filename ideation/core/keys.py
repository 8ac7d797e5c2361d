"""The installation's key: it opens the ballot keys that lie encrypted in the database, and stays out of every backup."""

from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app

from ideation.core.security import kept_secret


@lru_cache(8)
def _fernet(path: str, production: bool) -> Fernet:
    if production and not Path(path).exists():
        raise SystemExit(f"The key file {path} is missing. Restore it, or make one for a new installation (docs/operate.md).")
    return Fernet(kept_secret(Path(path), Fernet.generate_key()))


def _key() -> Fernet:
    config = current_app.config
    path = config["KEY_FILE"] or str(Path(config["DATA_DIR"]) / "ballot.key")
    return _fernet(path, config["ENV"] == "production")


def seal(secret: bytes) -> bytes:
    return _key().encrypt(secret)


class WrongKey(Exception):
    """The key file does not belong to this database."""


def unseal(sealed: bytes) -> bytes:
    try:
        return _key().decrypt(sealed)
    except InvalidToken as error:
        raise WrongKey from error
