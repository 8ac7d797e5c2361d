"""Who may be what, how long a login lasts, which passwords and names are good enough."""

import gzip
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path

from ideation.core.sentence import Message, say


class Role(StrEnum):
    PARTICIPANT = "participant"
    MODERATOR = "moderator"
    COORDINATOR = "coordinator"
    OMBUDSPERSON = "ombudsperson"
    ADMIN = "admin"


STAFF = frozenset({Role.MODERATOR, Role.COORDINATOR, Role.OMBUDSPERSON, Role.ADMIN})
ROLE_NAMES: dict[str, Message] = {
    Role.PARTICIPANT: say("Teilnahme"),
    Role.MODERATOR: say("Moderation"),
    Role.COORDINATOR: say("Koordination"),
    Role.OMBUDSPERSON: say("Ombudsstelle"),
    Role.ADMIN: say("Administration"),
}

PASSWORD_MAX = 128
NAME_MIN, NAME_MAX = 2, 60
EMAIL_MAX = 254
CONFIRM_WITHIN = timedelta(hours=48)
RESET_WITHIN = timedelta(hours=1)
REISSUE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries within a time. Then the door is shut until the time is over; with `delays` (seconds) only until
    a moment after the last try, longer with each further one: whoever attacks an account cannot keep its owner out."""

    tries: int
    within: timedelta
    delays: tuple[int, ...] = ()

    def opens_at(self, tries: int, until: datetime) -> datetime | None:
        """When the next try may be made. `until` ends the time within which tries add up: with delays it begins anew at each try."""
        if tries < self.tries:
            return None
        if not self.delays:
            return until
        return until - self.within + timedelta(seconds=self.delays[min(tries - self.tries, len(self.delays) - 1)])


# A class of thirty behind one address must get through.
LIMITS = {
    "login": Limit(5, timedelta(minutes=5), delays=(5, 10, 20, 40, 60)),
    "login-network": Limit(100, timedelta(minutes=5)),
    "register-network": Limit(30, timedelta(minutes=10)),
    "code-network": Limit(30, timedelta(hours=1)),
    # A hall full of people behind one address, and a person with many plans.
    "seat-network": Limit(300, timedelta(hours=1)),
    "seat": Limit(10, timedelta(hours=1)),
    "mail": Limit(3, timedelta(hours=1)),
    "mail-network": Limit(60, timedelta(hours=1)),
}


def password_min(role: str) -> int:
    return 15 if role in STAFF else 12


def login_ends(role: Role, began: datetime, last_seen: datetime) -> datetime:
    """Idle and absolute limit: 24 h and 30 days for participants, 30 min and 12 h for staff."""
    idle, absolute = (timedelta(minutes=30), timedelta(hours=12)) if role in STAFF else (timedelta(hours=24), timedelta(days=30))
    return min(last_seen + idle, began + absolute)


def visible(name: str) -> str:
    """A name without characters that nobody sees: two names that look the same must not differ."""
    return " ".join("".join(c for c in name if unicodedata.category(c) not in {"Cf", "Cc", "Cs", "Co", "Cn"}).split())


def name_key(name: str) -> str:
    """Two pseudonyms are the same when only case, width or spaces differ."""
    return unicodedata.normalize("NFKC", visible(unicodedata.normalize("NFKC", name)).casefold())


def email_key(email: str) -> str:
    return email.strip().casefold()


# Names that would speak for the city.
RESERVED = frozenset(
    {"admin", "administration", "moderation", "ombudsstelle", "stadtverwaltung", "stadt dortmund", "konto gelöscht", "system"}
)

# A name goes into mails to whatever address somebody types: it must not advertise.
ADDRESS_LIKE = re.compile(r"://|www\.|\w\.(?:com|de|net|org|info|biz|ru|cn|io|eu|xyz|app|link|top)\b", re.IGNORECASE)


def name_fault(name: str) -> Message | None:
    if len(name) < NAME_MIN:
        return say("Bitte geben Sie einen Namen mit mindestens %(n)s Zeichen an.", n=NAME_MIN)
    if len(name) > NAME_MAX:
        return say("Bitte wählen Sie einen Namen mit höchstens %(n)s Zeichen.", n=NAME_MAX)
    if "@" in name:
        return say("Der Name steht öffentlich bei Ihren Beiträgen. Bitte nehmen Sie keine E-Mail-Adresse.")
    if ADDRESS_LIKE.search(name):
        return say("Bitte wählen Sie einen Namen ohne Internetadresse.")
    if name_key(name) in RESERVED:
        return say("Dieser Name steht für ein Amt. Bitte wählen Sie einen anderen.")
    return None


@lru_cache(1)
def common_passwords() -> frozenset[str]:
    """19,640 passwords that attackers try first (see common-passwords.LICENSE)."""
    packed = Path(__file__).with_name("common-passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split("\n")) - {""}


LOCAL_WORDS = frozenset({"dortmund", "mitmachen", "dortmundmachtmit", "ideation", "passwort", "kennwort", "borussia", "ruhrgebiet"})
ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertzuiopü+", "qwertyuiop", "asdfghjklöä", "yxcvbnm", "zxcvbnm")


def _is_run(text: str) -> bool:
    """Neighbours on the keyboard or in the alphabet, up or down, or few characters again and again."""
    unit = (text + text).find(text, 1)
    steps = sum(any(a + b in row or b + a in row for row in ROWS) for a, b in zip(text, text[1:], strict=False))
    return len(set(text)) < 5 or (unit < len(text) and unit <= 4) or steps >= 0.8 * (len(text) - 1)


def is_common(password: str, own: Iterable[str] = ()) -> bool:
    """One of the common passwords, or nothing but one of them (or a word of this site or person) with digits, signs or itself."""
    text = unicodedata.normalize("NFKC", password).casefold().strip()
    words = common_passwords() | LOCAL_WORDS | {word.casefold() for word in own if len(word) >= 3}
    if text in words or _is_run(text):
        return True
    core = re.sub(r"[\W\d_]+", "", text)
    unit = (core + core).find(core, 1) if core else 0
    return len(core) >= 4 and len(text) - len(core) <= 8 and (core in words or core[:unit] in words)


def password_fault(password: str, role: str, own: Iterable[str] = ()) -> Message | None:
    shortest = password_min(role)
    if len(password) < shortest:
        return say("Bitte nehmen Sie mindestens %(n)s Zeichen. Ein kurzer Satz ist leicht zu merken und sicher.", n=shortest)
    if len(password) > PASSWORD_MAX:
        return say("Bitte nehmen Sie höchstens %(n)s Zeichen.", n=PASSWORD_MAX)
    if is_common(password, own):
        return say(
            "Dieses Passwort ist leicht zu erraten. Bitte nehmen Sie ein anderes, zum Beispiel vier Wörter, die nichts miteinander zu tun haben."
        )
    return None


def own_words(email: str, name: str) -> list[str]:
    """What an attacker knows about a person: no password may be made of it."""
    local, _, domain = email_key(email).partition("@")
    return [email_key(email), local, *re.split(r"[\W_]+", local), domain.partition(".")[0], *name.split(), re.sub(r"\W", "", name)]


# How many bits of an IPv4 and of an IPv6 address make one network: for what is kept beside votes, and, finer, for limits of tries.
NEIGHBOURHOOD, CONNECTION = (24, 48), (32, 56)


def network_of(address: str | None, bits: tuple[int, int] = NEIGHBOURHOOD) -> str:
    """The network an address belongs to, an IPv4 address inside IPv6 as itself; empty for what is no address."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(ip, IPv6Address):
        # As a number it loses a zone like %eth0, which is no part of the network.
        ip = ip.ipv4_mapped or IPv6Address(int(ip))
    return str(ip_network((ip, bits[ip.version == 6]), strict=False))


def is_local_path(path: str) -> bool:
    """An address on this site: nothing a browser could read as another host."""
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable() and " " not in path


def device_name(agent: str) -> str:
    """A browser and a system as people name them; the full text is never kept."""
    browsers = (
        ("Firefox", "Firefox"),
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Chrome", "Chrome"),
        ("Chromium", "Chromium"),
        ("Safari", "Safari"),
    )
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in agent), "")
    system = next((name for mark, name in systems if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part)
