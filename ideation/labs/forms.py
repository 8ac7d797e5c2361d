from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from ideation.core.i18n import LANGUAGES
from ideation.core.text import cleaned, single_line
from ideation.ideas.models import Idea
from ideation.labs.models import Lab
from ideation.labs.queries import Winners
from ideation.labs.rules import LONG_TITLE_MAX, QUESTION_MAX, SEATS_MAX, TEXT_MAX, TITLE_MAX, LabText, lines, slug_from


def _line(text: str | None) -> str:
    return single_line(text or "")


def _text(text: str | None) -> str:
    return cleaned(text or "")


TOO_LONG = _l("Bitte kürzen Sie auf %(max)d Zeichen.")


class LabForm(FlaskForm):
    title = StringField(
        _l("Name des Projektlabors"),
        [InputRequired(_l("Bitte geben Sie dem Projektlabor einen Namen.")), Length(max=TITLE_MAX, message=TOO_LONG)],
        [_line],
    )
    long_title = StringField(_l("Untertitel"), [Length(max=LONG_TITLE_MAX, message=TOO_LONG)], [_line])
    problem = TextAreaField(
        _l("Warum dieses Projektlabor?"),
        [Length(max=TEXT_MAX, message=TOO_LONG)],
        [_text],
        description=_l("Die Ausgangslage, wie sie auf der Seite des Projektlabors steht. Bitte prüfen Sie den Vorschlag."),
    )
    aim = TextAreaField(_l("Ziel"), [Length(max=TEXT_MAX, message=TOO_LONG)], [_text])
    questions = TextAreaField(
        _l("Leitfragen"), [Length(max=TEXT_MAX, message=TOO_LONG)], [_text], description=_l("Eine Frage pro Zeile, höchstens zehn.")
    )
    hosts = TextAreaField(
        _l("Wer trägt das Projektlabor?"),
        [Length(max=TEXT_MAX, message=TOO_LONG)],
        [_text],
        description=_l("Eine Institution pro Zeile."),
    )
    facilitators = TextAreaField(
        _l("Wer begleitet das Projektlabor?"),
        [Length(max=TEXT_MAX, message=TOO_LONG)],
        [_text],
        description=_l("Die Laborbegleitung leitet die Treffen. Eine Institution pro Zeile."),
    )
    promise = TextAreaField(
        _l("Was geschieht mit dem Ergebnis?"),
        [Length(max=TEXT_MAX, message=TOO_LONG)],
        [_text],
        description=_l("Was die Stadt den Mitarbeitenden zusagt. Steht auf der Seite und auf dem Einladungsblatt."),
    )
    audience = TextAreaField(
        _l("Für wen?"), [Length(max=TEXT_MAX, message=TOO_LONG)], [_text], description=_l("Eine Zielgruppe pro Zeile.")
    )
    format = TextAreaField(_l("Wie wird gearbeitet?"), [Length(max=TEXT_MAX, message=TOO_LONG)], [_text])
    products = TextAreaField(
        _l("Was kann dabei herauskommen?"),
        [Length(max=TEXT_MAX, message=TOO_LONG)],
        [_text],
        description=_l("Ein mögliches Ergebnis pro Zeile."),
    )
    website = StringField(
        _l("Weitere Seite im Netz"),
        [Length(max=LONG_TITLE_MAX, message=TOO_LONG)],
        [_line],
        description=_l("Zum Beispiel todo-dortmund.de"),
    )
    seats = IntegerField(
        _l("Plätze"),
        [Optional(), NumberRange(1, SEATS_MAX, _l("Bitte geben Sie eine Zahl von 1 bis %(max)d an."))],
        description=_l("Wie viele Menschen höchstens mitarbeiten. Leer heißt: so viele, wie kommen."),
    )
    period_text = StringField(
        _l("Zeitraum"),
        [Length(max=TITLE_MAX, message=TOO_LONG)],
        [_line],
        description=_l("In Worten, zum Beispiel „Mai bis September 2027“."),
    )
    lang = SelectField(
        _l("Sprache der Texte"), [InputRequired()], choices=[SelectChoice(*item) for item in LANGUAGES.items()], default="de"
    )

    def validate_questions(self, field: TextAreaField) -> None:
        if any(len(line) > QUESTION_MAX for line in lines(field.data)):
            raise ValidationError(_l("Eine Leitfrage darf höchstens %(n)s Zeichen lang sein.", n=QUESTION_MAX))

    def text(self) -> LabText:
        return LabText(
            title=self.title.data,
            long_title=self.long_title.data,
            problem=self.problem.data,
            aim=self.aim.data,
            questions=lines(self.questions.data),
            hosts=lines(self.hosts.data),
            facilitators=lines(self.facilitators.data),
            promise=self.promise.data,
            audience=lines(self.audience.data),
            format=self.format.data,
            products=lines(self.products.data),
            website=self.website.data,
            seats=self.seats.data,
            period_text=self.period_text.data,
            lang=self.lang.data,
        )

    @staticmethod
    def values(lab: Lab) -> dict[str, Any]:
        """A lab as this form shows it."""
        lists = {"questions": [q.text for q in lab.questions]}
        lists |= {name: [each.name for each in getattr(lab, name)] for name in ("hosts", "facilitators")}
        return {name: getattr(lab, name) for name in OWN} | {name: "\n".join(rows) for name, rows in lists.items()}


OWN = (
    "title", "long_title", "problem", "aim", "period_text", "lang", "promise", "audience", "format", "products", "website", "seats",
)  # fmt: skip


class OriginsForm(FlaskForm):
    """Further ideas for a lab that stands."""

    ideas = SelectMultipleField(_l("Ideen"), [InputRequired(_l("Bitte wählen Sie mindestens eine Idee."))], coerce=int)

    def __init__(self, ideas: list[Idea], **more: Any) -> None:
        super().__init__(**more)
        self.ideas.choices = [SelectChoice(idea.id, idea.title) for idea in ideas]

    def chosen(self, ideas: list[Idea]) -> list[Idea]:
        return [idea for idea in ideas if idea.id in set(self.ideas.data or ())]


class MoveForm(FlaskForm):
    """A step on; the word that some steps need."""

    reason = TextAreaField(
        _l("Was wird aus den Ergebnissen?"),
        filters=[_text],
        description=_l(
            "Steht auf der Seite des Projektlabors. Wer mitgearbeitet hat oder dem Projektlabor folgt, bekommt es zu lesen."
        ),
    )

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.reason.flags.required = True


class NewLabForm(LabForm):
    slug = StringField(
        _l("Adresse"),
        [Length(max=80, message=TOO_LONG)],
        [_line],
        description=_l(
            "Der letzte Teil der Internetadresse. Leer lassen, dann entsteht er aus dem Namen. Später ändert er sich nicht mehr."
        ),
    )
    ideas = SelectMultipleField(_l("Ideen"), coerce=int)
    challenges = SelectMultipleField(
        _l("Herausforderungen"), coerce=int, description=_l("Auch wer die Herausforderung gestellt hat, wird benachrichtigt.")
    )

    def __init__(self, winners: Winners, **more: Any) -> None:
        super().__init__(**more)
        if not self.is_submitted():
            self.process(None, data=_proposal(winners))
        self.ideas.choices = [SelectChoice(idea.id, idea.title) for idea in winners.ideas]
        # A lab can also come from a question alone: the action judges.
        self.ideas.flags.required = not winners.challenges
        self.challenges.choices = [SelectChoice(challenge.id, challenge.question) for challenge in winners.challenges]
        if not winners.challenges:
            del self.challenges
        self.winners = winners

    def origins(self) -> dict[str, Any]:
        chosen = set(self.challenges.data or ()) if self.challenges else set()
        return {
            "ideas": [idea for idea in self.winners.ideas if idea.id in set(self.ideas.data or ())],
            "challenges": [challenge for challenge in self.winners.challenges if challenge.id in chosen],
        }


def _proposal(winners: Winners) -> dict[str, Any]:
    """What the form begins with: the words of the question and of the ideas."""
    ideas = winners.fresh or winners.ideas
    asked = {idea.challenge.id: idea.challenge for idea in ideas if idea.challenge}.values()
    context = [challenge.context for challenge in asked if challenge.context]
    questions = [text for challenge in asked for text in (challenge.question, *(sub.text for sub in challenge.sub_questions))]
    title = ideas[0].title if len(ideas) == 1 else ""
    return {
        "title": title[:TITLE_MAX],
        "slug": slug_from(title) if title else "",
        "problem": "\n\n".join(context or [f"**{idea.title}**\n\n{idea.body}" for idea in ideas])[:TEXT_MAX],
        "questions": "\n".join(questions),
        "lang": ideas[0].lang if ideas else "de",
        "ideas": [idea.id for idea in ideas],
        "challenges": [],
    }
