import secrets
from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import InputRequired

from ideation.accounts.forms import SpeakingForm
from ideation.accounts.models import Account
from ideation.challenges.models import Challenge
from ideation.challenges.rules import QUESTION_MAX, SUB_QUESTIONS_MAX, Wording
from ideation.core.i18n import LANGUAGES
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid
from ideation.tags.models import Tag


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
        render_kw={"rows": 3, "maxlength": QUESTION_MAX},
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
    tags = SelectMultipleField(_l("Themen"), coerce=int, choices=[])
    lang = SelectField(_l("Sprache Ihres Textes"), choices=list(LANGUAGES.items()), default="de")
    follow = BooleanField(_l("Auf dem Laufenden bleiben: Schreiben Sie mir, wenn hier etwas Neues geschieht."))
    form_key = HiddenField(filters=[lambda text: (text or "")[:64]])

    def __init__(self, account: Account, tags: Iterable[Tag], locale: str, **data: Any) -> None:
        super().__init__(account, **data)
        self.form_key.data = self.form_key.data or secrets.token_urlsafe(16)
        self.tags.choices = [(tag.id, tag.title(locale)) for tag in tags]
        if not self.tags.choices:
            del self.tags

    def wording(self) -> Wording:
        lines = (single_line(line) for line in (self.sub_questions.data or "").splitlines())
        known = {value for value, _ in self.tags.choices} if self.tags else set()
        return Wording(
            question=self.question.data or "",
            context=self.context.data or "",
            sub_questions=tuple(line for line in lines if line),
            tag_ids=tuple(value for value in (self.tags.data or ()) if value in known) if self.tags else (),
            lang=self.lang.data if self.lang.data in LANGUAGES else "de",
        )

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
            "tags": [tag.id for tag in challenge.tags],
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

    def __init__(self, account: Account, tags: Iterable[Tag], locale: str, **data: Any) -> None:
        super().__init__(account, tags, locale, **data)
        del self.follow
        del self.form_key
