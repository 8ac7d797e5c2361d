"""Settings, read from the environment (prefix IDEATION_). docs/operate.md explains each."""

import os
from pathlib import Path

HERE = Path(__file__).resolve().parent


def setting(name: str, default: str = "") -> str:
    return os.environ.get(f"IDEATION_{name}", default)


class Settings:
    ENV = setting("ENV", "development")
    # Beside the checkout; a wheel has no checkout, so there it is the folder one works in.
    DATA_DIR = setting("DATA_DIR", str((Path.cwd() if HERE.name == "_bundle" else HERE) / "instance"))
    DATABASE_URL = setting("DATABASE_URL")
    SECRET_KEY = setting("SECRET_KEY")
    KEY_FILE = setting("KEY_FILE")
    BASE_URL = setting("BASE_URL", "http://127.0.0.1:8000")
    TRUSTED_HOSTS = [host for host in setting("TRUSTED_HOSTS").split(",") if host]
    PROXIES = int(setting("PROXIES", "0"))
    MAIL_FROM = setting("MAIL_FROM", "mitmachen@example.org")
    MAIL_URL = setting("MAIL_URL")
    # Who receives the heads of the ledgers, separated by commas.
    WITNESSES = [address for address in setting("WITNESSES").replace(" ", "").split(",") if address]
    SITE_NAME = setting("SITE_NAME", "Dortmund macht mit")
    # Who runs the site, with postal address: the imprint. Lines are separated by "|".
    OPERATOR = setting("OPERATOR").replace("|", "\n")
    DEFAULT_LOCALE = setting("DEFAULT_LOCALE", "de")
    TIMEZONE = setting("TIMEZONE", "Europe/Berlin")

    MAX_CONTENT_LENGTH = 1_000_000
    MAX_FORM_MEMORY_SIZE = 1_000_000
    MAX_FORM_PARTS = 1_000
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    PERMANENT_SESSION_LIFETIME = 30 * 24 * 3600
    SESSION_REFRESH_EACH_REQUEST = False
    WTF_CSRF_TIME_LIMIT = None
    WTF_CSRF_CHECK_DEFAULT = True
    WTF_CSRF_SSL_STRICT = False  # core.security compares Origin and Sec-Fetch-Site on every write


class Production(Settings):
    SESSION_COOKIE_NAME = "__Host-session"
    SESSION_COOKIE_SECURE = True
    PREFERRED_URL_SCHEME = "https"


class Development(Settings):
    SESSION_COOKIE_NAME = "session"


SETTINGS = {"production": Production, "development": Development}
