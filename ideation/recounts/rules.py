"""What a recount can find. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ideation.core.sentence import Message, say


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that does not agree with the ledger. `where`: counter, vote, page, limit or chain; `option` is an idea,
    of a broken chain the first bad entry.

    `counted` and `kept`: people and points by the ledger and as kept elsewhere."""

    where: str
    option: int | None = None
    title: str = ""
    counted: tuple[int, int] | None = None
    kept: tuple[int, int] | None = None
    why: str = ""

    @property
    def sentence(self) -> Message:
        if self.where == "chain" and self.option is not None:
            return say("Das Stimmenverzeichnis ist ab Eintrag %(n)s beschädigt.", n=self.option)
        if self.where == "chain":
            return say("Das Stimmenverzeichnis ist beschädigt: %(why)s.", why=self.why)
        if self.where == "limit":
            return say("Das Kennzeichen %(why)s… hat mehr Stimmen, als die Regeln erlauben.", why=self.why[:8])
        values = {"title": self.title, "counted": _said(self.counted), "kept": _said(self.kept)}
        if self.where == "vote":
            return say(
                "„%(title)s“: Das Stimmenverzeichnis ergibt %(counted)s, die gespeicherten Stimmen ergeben %(kept)s.", **values
            )
        if self.where == "page":
            return say("„%(title)s“: Das Stimmenverzeichnis ergibt %(counted)s, die Seiten zeigen %(kept)s.", **values)
        return say("„%(title)s“: Das Stimmenverzeichnis ergibt %(counted)s, der Zähler steht auf %(kept)s.", **values)

    @property
    def openly(self) -> Message:
        """The sentence for everybody: what a voter is known by is nobody's business."""
        return say("Jemand hat mehr Stimmen, als die Regeln erlauben.") if self.where == "limit" else self.sentence

    def told(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def read(told: Mapping[str, Any]) -> "Fault":
        pair = {name: tuple(told[name]) if told[name] else None for name in ("counted", "kept")}
        return Fault(told["where"], told["option"], told["title"], pair["counted"], pair["kept"], told["why"])

    def __str__(self) -> str:
        """For commands and logs."""
        if self.where in {"chain", "limit"}:
            return f"{self.where}: {self.why}"
        return f"{self.where} of option {self.option}: {self.kept}, by the ledger {self.counted}"


def _said(count: tuple[int, int] | None) -> Message:
    people, points = count or (0, 0)
    if people == points:
        return say("%(votes)s Stimmen", votes=people)
    return say("%(points)s Punkte von %(votes)s Personen", points=points, votes=people)


def differences(
    where: str, counted: Mapping[int, tuple[int, int]], kept: Mapping[int, tuple[int, int]], titles: Mapping[int, str]
) -> list[Fault]:
    """Every option about which the ledger and something kept beside it do not agree; what stands in neither has none."""
    every = sorted({*counted, *kept})
    none = (0, 0)
    return [
        Fault(where, option, titles.get(option, ""), counted.get(option, none), kept.get(option, none))
        for option in every
        if counted.get(option, none) != kept.get(option, none)
    ]
