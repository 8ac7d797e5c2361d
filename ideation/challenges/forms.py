import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from ideation.accounts.forms import SpeakingForm
from ideation.accounts.models import Account
from ideation.challenges.models import Challenge
from ideation.challenges.rules import SUB_QUESTIONS_MAX, Wording
from ideation.core.i18n import LANGUAGES
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid
from ideation.rounds.models import Round
from ideation.tags.queries import FrameWithTags


class LinesField(TextAreaField):
    """One per line; several inputs of the same name are lines too."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = "\n".join(valuelist)


class ChallengeForm(SpeakingForm):
    """Judged by the action: a draft may be anything, what is submitted not."""

    question = TextAreaField(
        _l("Ihre Frage"),
        [InputRequired(_l("Bitte schreiben Sie Ihre Frage auf."))],
        [lambda text: single_line(text or "")],
        description=_l(
            "Ein Satz, der viele Antworten zulässt, zum Beispiel „Wie können wir unsere Haltestellen im Sommer kühl halten?“"
        ),
        render_kw={"rows": 3, "maxlength": False},
    )
    context = TextAreaField(
        _l("Worum geht es?"),
        filters=[lambda text: cleaned(text or "")],
        description=_l("Was sollte man wissen, um eine gute Idee zu haben? Absätze, Listen und **fett** sind möglich."),
        render_kw={"rows": 8},
    )
    sub_questions = LinesField(
        _l("Teilfragen"),
        filters=[lambda text: cleaned(text or "")],
        description=_l("Eine Frage pro Zeile, höchstens %(n)s.", n=SUB_QUESTIONS_MAX),
        render_kw={"rows": 4},
    )
    tags = SelectMultipleField(_l("Themen"), choices=[], validate_choice=False)
    lang = SelectField(
        _l("Sprache Ihres Textes"), choices=[SelectChoice(*item) for item in LANGUAGES.items()], validate_choice=False
    )
    follow = BooleanField(_l("Auf dem Laufenden bleiben: Schreiben Sie mir, wenn hier etwas Neues geschieht."))
    form_key = HiddenField(filters=[lambda text: (text or "")[:64]])

    def __init__(self, account: Account, frames: Iterable[FrameWithTags], **data: Any) -> None:
        super().__init__(account, **data)
        self.form_key.data = self.form_key.data or secrets.token_urlsafe(16)
        self.frames = list(frames)
        self.lang.flags.required = True

    def wording(self) -> Wording:
        lines = (single_line(line) for line in (self.sub_questions.data or "").splitlines())
        known = {tag.slug for frame in self.frames for tag in frame.tags}
        return Wording(
            question=self.question.data or "",
            context=self.context.data or "",
            sub_questions=tuple(line for line in lines if line),
            tags=tuple(slug for slug in self.tags.data or () if slug in known),
            lang=self.lang.data if self.lang.data in LANGUAGES else "de",
        )

    def begun(self) -> bool:
        """A draft may be anything but nothing."""
        if self.wording().is_empty:
            self.validate()
        return not self.wording().is_empty

    def take(self, invalid: Invalid) -> None:
        for name, sentence in invalid.faults.items():
            self[name].errors = [str(sentence)]

    @staticmethod
    def values(challenge: Challenge) -> dict[str, Any]:
        """A challenge as this form shows it."""
        return {
            "question": challenge.question,
            "context": challenge.context,
            "sub_questions": "\n".join(s.text for s in challenge.sub_questions),
            "tags": [tag.slug for tag in challenge.tags],
            "lang": challenge.lang,
        }


class RewordingForm(ChallengeForm):
    """A published text: the moderation also says why."""

    reason = TextAreaField(
        _l("Begründung der Änderung"),
        filters=[lambda text: cleaned(text or "")],
        description=_l("Sie steht bei der neuen Fassung und erreicht, wer die Herausforderung geschrieben hat oder ihr folgt."),
        render_kw={"rows": 3},
    )

    def __init__(self, account: Account, frames: Iterable[FrameWithTags], **data: Any) -> None:
        super().__init__(account, frames, **data)
        del self.follow
        del self.form_key


class CarryForm(RewordingForm):
    """Into which round, and with which words."""

    round = SelectField(_l("In welche Runde?"), validate_choice=False)

    def __init__(self, account: Account, frames: Iterable[FrameWithTags], rounds: Sequence[Round], **data: Any) -> None:
        super().__init__(account, frames, **data)
        # The moderation only passes on what others said.
        if self.opinion_consent:
            del self.opinion_consent
        self.round.flags.required = True
        self.rounds = {str(round.id): round for round in rounds}
        self.round.choices = [
            SelectChoice("", _l("Bitte wählen")),
            *(SelectChoice(key, round.title) for key, round in self.rounds.items()),
        ]
        self.reason.label.text = _l("Warum übernehmen Sie die Frage?")
        self.reason.description = _l(
            "Steht in der Einladung an alle, die bisher mitgeschrieben haben oder der Frage folgen. Freiwillig."
        )

    def chosen(self) -> Round | None:
        found = self.rounds.get(self.round.data or "")
        if found is None:
            self.round.errors = [_l("Bitte wählen Sie eine Runde, die Sie betreuen.")]
        return found
