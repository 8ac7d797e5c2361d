from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from ideation.accounts.forms import AccountForm
from ideation.bodies.models import Body
from ideation.bodies.rules import NAME_MAX, OFFICE_MAX, PURPOSE_MAX
from ideation.core.i18n import LANGUAGES
from ideation.institutions.forms import TOO_LONG, known_since, line, since_field, text
from ideation.institutions.rules import NAME_MAX as INSTITUTION_MAX


class BodyForm(AccountForm):
    name = StringField(
        _l("Name des Gremiums"),
        [InputRequired(_l("Bitte geben Sie den Namen des Gremiums ein.")), Length(max=NAME_MAX, message=TOO_LONG)],
        [line],
    )
    purpose = TextAreaField(
        _l("Aufgabe"),
        [Length(max=PURPOSE_MAX, message=TOO_LONG)],
        [text],
        description=_l("Was das Gremium entscheidet oder berät."),
    )
    lang = SelectField(
        _l("Sprache der Texte"), [InputRequired()], choices=[SelectChoice(*item) for item in LANGUAGES.items()], default="de"
    )

    def content(self) -> dict[str, Any]:
        return {"name": self.name.data, "purpose": self.purpose.data or "", "lang": self.lang.data}

    @staticmethod
    def values(body: Body) -> dict[str, Any]:
        return {"name": body.name, "purpose": body.purpose, "lang": body.lang}


class SeatForm(AccountForm):
    institution = StringField(
        _l("Institution"),
        [InputRequired(_l("Bitte wählen Sie eine Institution.")), Length(max=INSTITUTION_MAX, message=TOO_LONG)],
        [line],
        description=_l("Wie sie im Verzeichnis steht, auch mit einem weiteren Namen."),
    )
    office = StringField(
        _l("Funktion"),
        [Length(max=OFFICE_MAX, message=TOO_LONG)],
        [line],
        description=_l("Die Aufgabe, nicht der Name einer Person, zum Beispiel „Vorsitz“ oder „Geschäftsführung“."),
    )
    begins = since_field(_l("Amtszeit von"), _l("So genau, wie es bekannt ist: 2016, 12.2016 oder 1.12.2016."))
    ends = since_field(_l("Amtszeit bis"))

    def term(self) -> dict[str, Any]:
        return {"office": self.office.data or "", "begins": known_since(self.begins), "ends": known_since(self.ends)}
