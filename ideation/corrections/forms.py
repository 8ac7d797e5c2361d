from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, TextAreaField
from wtforms.fields import SelectChoice

from ideation.core.sentence import say
from ideation.core.text import cleaned
from ideation.core.verdict import Invalid
from ideation.corrections.models import Correction
from ideation.corrections.rules import CATEGORIES, Act, Span
from ideation.decisions.rules import REASON_MAX
from ideation.rounds.forms import Judged, MomentField
from ideation.signals.models import Signal

ONLY = (("", _l("alle")), ("young", _l("nur von Konten, die noch keinen Tag alt waren")))


class CorrectionForm(Judged):
    """Which votes, what becomes of them, and why. `way`: how they are chosen."""

    act = RadioField(
        _l("Was soll geschehen?"),
        choices=[
            SelectChoice(Act.VOID, _l("Stimmen für ungültig erklären")),
            SelectChoice(Act.REINSTATE, _l("Stimmen wieder für gültig erklären")),
        ],
    )
    way = RadioField(_l("Um welche Stimmen geht es?"))
    idea = SelectField(_l("Idee"), coerce=str, validate_choice=False)
    begins = MomentField(_l("Abgegeben ab"))
    ends = MomentField(_l("bis"), ends=True)
    only = RadioField(_l("Davon"))
    codes = TextAreaField(
        _l("Belege"), filters=[lambda text: text or ""], description=_l("Einer in jeder Zeile."), render_kw={"rows": 5}
    )
    category = RadioField(
        _l("Grund"),
        choices=[SelectChoice(str(name), word) for name, word in CATEGORIES.items()],
        description=_l("Wieder für gültig erklärt wird nur, was ein Irrtum war."),
    )
    reason = TextAreaField(
        _l("Begründung"),
        filters=[lambda text: cleaned(text or "")],
        description=_l("Steht öffentlich beim Ergebnis, mindestens zehn Zeichen. Bitte nennen Sie keine Namen."),
        render_kw={"rows": 4, "maxlength": REASON_MAX},
    )
    signal, correction = HiddenField(), HiddenField()

    def __init__(
        self,
        ideas: list[tuple[int, str]],
        *,
        source: Signal | None = None,
        earlier: Correction | None = None,
        spans: bool,
        **more: Any,
    ) -> None:
        known: dict[str, Any] = {"act": Act.REINSTATE if earlier else Act.VOID, "way": "codes", "only": ""}
        ways = [SelectChoice("span", _l("alle für eine Idee in bestimmten Stunden"))] if spans else []
        if source is not None:
            ways.insert(0, SelectChoice("signal", _l("die Stimmen aus dem Hinweis, auf die alle seine Merkmale zutreffen")))
            known |= {"way": "signal", "idea": str(source.idea_id), "signal": source.id}
            known |= {"begins": source.begins_at, "ends": source.ends_at}
        if earlier is not None:
            ways.insert(0, SelectChoice("correction", _l("die Stimmen der früheren Entscheidung, soweit sie noch ungültig sind")))
            known |= {"way": "correction", "correction": earlier.id, "category": "error"}
        super().__init__(data=known, **more)
        self.spans = spans
        self.way.choices = [*ways, SelectChoice("codes", _l("einzelne, mit ihren Belegen"))]
        self.idea.choices = [SelectChoice("", _l("Bitte wählen")), *(SelectChoice(str(key), title) for key, title in ideas)]
        networks = [SelectChoice("network", _l("nur aus dem Netz, das im Hinweis am häufigsten war"))] if source else []
        self.only.choices = [*(SelectChoice(*choice) for choice in ONLY), *networks]
        # Which of them is needed depends on the way chosen; the action says what is missing.
        for needed in (self.begins, self.ends, self.codes, self.reason):
            needed.flags.required = True

    def span(self, networks: tuple[str, ...] | None) -> Span:
        """The hours that were typed. `networks`: those of the signal."""
        if not self.spans:
            raise Invalid(
                way=say("Solange die Ergebnisse verborgen sind, wählen Sie Stimmen aus einem Hinweis oder mit ihren Belegen.")
            )
        text, begins, ends = self.idea.data or "", self.begins.data, self.ends.data
        if text not in {choice.value for choice in self.idea.choices if choice.value}:
            raise Invalid(idea=say("Bitte wählen Sie eine Idee dieser Abstimmung."))
        for name, typed in (("begins", begins), ("ends", ends)):
            if typed is None:
                raise Invalid(**{name: say("Bitte geben Sie Tag und Uhrzeit an, zum Beispiel 31.12.2026 18:00.")})
        if ends <= begins:
            raise Invalid(ends=say("Das Ende liegt vor dem Anfang."))
        only = self.only.data
        return Span(int(text), begins, ends, young=only == "young", networks=networks if only == "network" else None)

    def take(self, error: Invalid) -> None:
        super().take(Invalid(**{"way" if name == "votes" else name: sentence for name, sentence in error.faults.items()}))
