from secrets import token_hex
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from ideation.core.images import Encoded, Unreadable, written_anew
from ideation.core.sentence import say
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid
from ideation.decisions.rules import REASON_MAX
from ideation.pictures.models import Picture
from ideation.pictures.rules import ALT_MAX, BYTES_MAX, CAPTION_MAX, CONSENTS, CREDIT_MAX, PIXELS_MAX, SIDES, PictureText


def _line(text: str | None) -> str:
    return single_line(text or "")


class WordsForm(FlaskForm):
    """The words of a picture."""

    alt = TextAreaField(
        _l("Was ist zu sehen?"),
        [InputRequired(_l("Bitte beschreiben Sie in einem Satz, was auf dem Bild zu sehen ist."))],
        [_line],
        description=_l(
            "Ein Satz für Menschen, die das Bild nicht sehen. Zum Beispiel: „Vier Menschen stehen um einen Tisch mit Karten.“"
        ),
        render_kw={"rows": 2, "maxlength": ALT_MAX},
    )
    caption = StringField(_l("Bildunterschrift"), [Length(max=CAPTION_MAX)], [_line])
    credit = StringField(
        _l("Wer hat das Bild gemacht?"), [Length(max=CREDIT_MAX)], [_line], description=_l("Steht klein unter dem Bild.")
    )

    def text(self) -> PictureText:
        return PictureText(self.alt.data or "", self.caption.data or "", self.credit.data or "")

    @classmethod
    def of(cls, picture: Picture) -> "WordsForm":
        return cls(alt=picture.alt, caption=picture.caption, credit=picture.credit)

    def take(self, invalid: Invalid) -> None:
        for name, sentence in invalid.faults.items():
            field = self[name] if name in self._fields else self.alt
            field.errors = [str(sentence)]


class PictureForm(WordsForm):
    file = FileField(
        _l("Bild"),
        description=_l("JPEG, PNG oder WebP, höchstens 5 MB. Angaben über Ort und Gerät werden entfernt."),
        render_kw={"accept": "image/jpeg,image/png,image/webp"},
    )
    shown = RadioField(
        _l("Wer ist zu erkennen?"),
        [InputRequired(_l("Bitte bestätigen Sie eines von beiden."))],
        choices=[SelectChoice(str(value), sentence) for value, sentence in CONSENTS.items()],
        description=_l("Ihre Bestätigung wird mit dem Bild, Ihrem Konto und dem Datum gespeichert."),
    )
    form_key = HiddenField(filters=[lambda text: (text or "")[:64]])

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.file.flags.required = True
        if not self.form_key.data:
            self.form_key.data = token_hex(16)

    def images(self) -> list[Encoded]:
        """Small and large; raises `Invalid` with the sentence for the field."""
        sent = self.file.data
        data = sent.read(BYTES_MAX + 1) if sent else b""
        if not data:
            raise Invalid(file=say("Bitte wählen Sie ein Bild aus."))
        if len(data) > BYTES_MAX:
            raise Invalid(file=say("Das Bild ist zu groß. Es darf höchstens %(n)s MB haben.", n=BYTES_MAX // 1_000_000))
        try:
            return written_anew(data, tuple(SIDES.values()), pixels_max=PIXELS_MAX)
        except Unreadable as error:
            raise Invalid(file=error.reason) from error


class JudgementForm(FlaskForm):
    """Hiding a picture, or showing it again."""

    reason = TextAreaField(
        _l("Begründung"),
        filters=[lambda text: cleaned(text or "")],
        description=_l("Wer das Bild eingestellt hat, liest sie."),
        render_kw={"rows": 3, "maxlength": REASON_MAX},
    )
