from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired
from wtforms.validators import Optional as MayBeEmpty

from ideation.ballots.models import Ballot
from ideation.ballots.rules import BallotSettings, Completion, Eligibility, Method, Rule, Utility, read_euros
from ideation.rounds.forms import NO, YES, Judged, MomentField


class EurosField(StringField):
    """Whole euros, also with points or spaces between the thousands. What cannot be read stays as it was typed."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:,}".replace(",", ".") if self.data is not None else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = (valuelist[0] if valuelist else "").strip()
        self.data = read_euros(text) if text else None
        if text and self.data is None:
            raise ValueError(_l("Bitte geben Sie ganze Euro an, zum Beispiel 12.000."))


class BallotForm(Judged):
    method = RadioField(
        _l("Wie wird abgestimmt?"),
        [InputRequired()],
        choices=[
            SelectChoice("approval", _l("Stimmen: Jede Person hat eine feste Zahl, je Idee eine")),
            SelectChoice("points", _l("Punkte: Jede Person verteilt eine feste Zahl auf die Ideen")),
            SelectChoice("support", _l("Unterstützen: so viele Ideen, wie man möchte")),
        ],
    )
    votes_each = IntegerField(_l("Stimmen oder Punkte je Person"), [MayBeEmpty()])
    points_max = IntegerField(_l("Punkte höchstens für eine Idee"), [MayBeEmpty()])
    eligibility = RadioField(
        _l("Wer darf abstimmen?"),
        default=Eligibility.T1.value,
        choices=[
            SelectChoice("T1", _l("alle mit bestätigtem Konto")),
            SelectChoice("T2", _l("wer zusätzlich einen Code auf Papier für diese Abstimmung hat")),
        ],
    )
    rule = RadioField(
        _l("Wie folgt aus den Stimmen die Auswahl?"),
        default=Rule.RANK.value,
        choices=[
            SelectChoice("rank", _l("nach Rang: Die Ideen mit den meisten Stimmen bekommen die Plätze.")),
            SelectChoice(
                "greedy",
                _l(
                    "nach Stimmen im Budget: Zuerst kommt, was die meisten Stimmen hat, solange das Geld reicht. Was zu teuer ist, wird übersprungen."
                ),
            ),
            SelectChoice(
                "equal_shares",
                _l(
                    "gleiche Anteile: Alle, die abstimmen, verfügen über denselben Teil des Geldes oder der Plätze. Eine Idee gewinnt, wenn die Anteile derer, die sie unterstützen, zusammen reichen."
                ),
            ),
        ],
    )
    seats = IntegerField(_l("Plätze: So viele Ideen werden ausgewählt"), [MayBeEmpty()])
    minimum = IntegerField(_l("Mindestzahl an Stimmen für die Auswahl"), [MayBeEmpty()])
    budget = EurosField(_l("Budget in ganzen Euro"))
    completion = RadioField(
        _l("Was geschieht bei gleichen Anteilen mit dem, was übrig bleibt?"),
        default=Completion.NONE.value,
        choices=[
            SelectChoice("none", _l("Es bleibt übrig.")),
            SelectChoice("add1", _l("Die Anteile aller wachsen gleichmäßig, bis das Ergebnis gerade noch bezahlbar ist.")),
            SelectChoice("greedy", _l("Es geht der Reihe nach an die Ideen mit den meisten Stimmen, die noch passen.")),
        ],
    )
    utility = RadioField(
        _l("Woran misst sich bei gleichen Anteilen, was die Abstimmenden davon haben?"),
        default=Utility.COST.value,
        choices=[
            SelectChoice("cost", _l("am Geld: Eine teure Idee zählt mehr als eine günstige.")),
            SelectChoice("cardinality", _l("an der Zahl: Jede Idee zählt gleich viel, günstige kommen eher zum Zug.")),
        ],
    )
    closed_list = RadioField(
        _l("Liste der Ideen"),
        [InputRequired()],
        choices=[
            SelectChoice(YES, _l("geschlossen: steht bei Beginn fest, kein Text ändert sich")),
            SelectChoice(NO, _l("offen: während der Abstimmung kommen Ideen hinzu")),
        ],
    )
    shortlist_only = BooleanField(_l("Nur Ideen der engeren Auswahl stehen zur Abstimmung"))
    hides_results = BooleanField(_l("Zwischenstände bleiben bis zum Ende verborgen"))
    opens_at = MomentField(_l("Beginn"))
    closes_at = MomentField(_l("Ende"), ends=True)

    @staticmethod
    def of(ballot: Ballot) -> "BallotForm":
        names = ("method", "votes_each", "points_max", "minimum", "shortlist_only", "hides_results", "budget")
        told = {name: getattr(ballot, name) for name in names} | _chosen(ballot)
        told["seats"] = ballot.seats if ballot.budget is None else None
        told["closed_list"] = YES if ballot.closed_list else NO
        return BallotForm(formdata=None, prefix=f"ballot-{ballot.id}-", data=told)

    @staticmethod
    def sent(ballot: Ballot) -> "BallotForm":
        return BallotForm(prefix=f"ballot-{ballot.id}-", data=_chosen(ballot))

    @staticmethod
    def fresh(opens_at: datetime, closes_at: datetime | None) -> "BallotForm":
        told = {"method": "approval", "votes_each": 3, "seats": 3, "minimum": 0, "points_max": 3, "closed_list": YES}
        times = {"hides_results": True, "opens_at": opens_at, "closes_at": closes_at}
        return BallotForm(formdata=None, prefix="new-", data=told | times)

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        if self.seats.data is None and self.budget.data is None and not self.seats.errors and not self.budget.errors:
            self.seats.errors = [_l("Bitte geben Sie an, wie viele Plätze es gibt.")]
            return False
        return valid

    def wanted(self) -> BallotSettings:
        """What does not belong to the rule that was chosen is left out."""
        method, rule = Method(self.method.data), Rule(self.rule.data)
        shares = rule is Rule.EQUAL_SHARES
        return BallotSettings(
            method=method,
            votes_each=None if method is Method.SUPPORT else self.votes_each.data,
            points_max=self.points_max.data or 1 if method is Method.POINTS else 1,
            closed_list=self.closed_list.data == YES,
            shortlist_only=self.shortlist_only.data,
            hides_results=self.hides_results.data,
            # A budget takes the place of places.
            seats=1 if self.seats.data is None or self.budget.data is not None else self.seats.data,
            minimum=self.minimum.data or 0,
            eligibility=Eligibility(self.eligibility.data),
            rule=rule,
            budget=self.budget.data,
            completion=Completion(self.completion.data) if shares else Completion.NONE,
            utility=Utility(self.utility.data) if shares else Utility.COST,
        )

    def has_beginning(self) -> bool:
        if self.opens_at.data is None:
            self.opens_at.errors = [_l("Bitte geben Sie an, wann die Abstimmung beginnt.")]
        return self.opens_at.data is not None


def _chosen(ballot: Ballot) -> dict[str, str]:
    return {name: str(getattr(ballot, name)) for name in ("eligibility", "rule", "completion", "utility")}


class CostsForm(Judged):
    """One field for each option, `cost_<idea>`; made anew for each ballot."""

    prices: Sequence[tuple[int, EurosField]]

    @staticmethod
    def of(costs: Mapping[int, tuple[str, int | None]], formdata: Any = None) -> "CostsForm":
        """`costs`: idea to title and present cost."""
        fields = {f"cost_{idea}": EurosField(title or _l("Ausgeblendete Idee")) for idea, (title, _) in costs.items()}
        form = type("CostsForm", (CostsForm,), fields)(formdata, data={f"cost_{idea}": cost for idea, (_, cost) in costs.items()})
        form.prices = [(idea, form[f"cost_{idea}"]) for idea in costs]
        return form  # type: ignore[no-any-return]

    def wanted(self) -> dict[int, int | None]:
        return {idea: field.data for idea, field in self.prices}
