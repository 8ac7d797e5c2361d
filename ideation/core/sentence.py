"""A sentence named where no language is known yet; translated when it is shown. Standard library only, for rules and policies."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class End:
    """A moment at which something ends: midnight is said as 24:00 of the day before."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one moment to another: a day is said once."""

    begins: datetime
    ends: datetime


class Message:
    """A sentence with its values: `str()` translates it into the language of the moment."""

    __slots__ = ("many", "n", "params", "text")

    def __init__(self, text: str, params: dict[str, Any], many: str = "", n: int | None = None) -> None:
        self.text, self.params, self.many, self.n = text, params, many, n

    def __str__(self) -> str:
        from flask_babel import gettext, ngettext

        from ideation.core.i18n import shown

        params = {name: shown(value) for name, value in self.params.items()}
        if self.n is not None:
            return str(ngettext(self.text, self.many, self.n, **params))
        return str(gettext(self.text, **params))

    __html__: Callable[..., str]

    def __repr__(self) -> str:
        return f"say({self.text!r}, {self.params!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and (self.text, self.params, self.n) == (other.text, other.params, other.n)

    def __hash__(self) -> int:
        return hash(self.text)


def _escaped(message: Message) -> str:
    from markupsafe import escape

    return str(escape(str(message)))


Message.__html__ = _escaped


def say(text: str, **params: Any) -> Message:
    return Message(text, params)


def say_n(one: str, many: str, n: int, **params: Any) -> Message:
    """One sentence for 1, another for the rest; `%(num)s` stands for the number."""
    return Message(one, params, many, n)
