from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from ideation.accounts.forms import AccountForm, email
from ideation.core.i18n import LANGUAGES
from ideation.core.sentence import Message, say
from ideation.core.text import cleaned, single_line
from ideation.institutions.models import Institution
from ideation.institutions.queries import Filters
from ideation.institutions.rules import (
    ADDRESS_MAX,
    EMAIL_MAX,
    KIND_NAMES,
    NAME_MAX,
    OFFICE_MAX,
    PHONE_MAX,
    SECTOR_NAMES,
    TEXT_MAX,
    InstitutionText,
    Since,
    is_address,
    lines,
    read_since,
    write_since,
)

TOO_LONG = _l("Bitte kürzen Sie auf %(max)d Zeichen.")
UNKNOWN = say("keine Angabe")


def line(text: str | None) -> str:
    return single_line(text or "")


def text(value: str | None) -> str:
    return cleaned(value or "")


def choices(names: dict[str, Message], *first: tuple[str, Message]) -> list[SelectChoice]:
    return [SelectChoice(value, word) for value, word in (*first, *names.items())]


def address(form: AccountForm, field: Field) -> None:
    if not is_address(field.data):
        raise ValidationError(_l("Bitte geben Sie die Adresse mit https:// am Anfang an, zum Beispiel https://www.example.org."))


def dated(form: AccountForm, field: Field) -> None:
    try:
        read_since(field.data)
    except ValueError:
        raise ValidationError(
            _l("Bitte schreiben Sie ein Jahr, einen Monat oder einen Tag: 2016, 12.2016 oder 1.12.2016.")
        ) from None


def since_field(label: Any, hint: Any = None) -> Any:
    """A date as far as it is known; `known_since(field)` reads it."""
    return StringField(label, [Optional(), Length(max=20, message=TOO_LONG), dated], [line], description=hint)


def known_since(field: Field) -> Since | None:
    return read_since(field.data or "")


class InstitutionFields(AccountForm):
    """What an institution says of itself, whoever writes it down."""

    name = StringField(
        _l("Name der Institution"),
        [InputRequired(_l("Bitte geben Sie den Namen der Institution ein.")), Length(max=NAME_MAX, message=TOO_LONG)],
        [line],
    )
    sector = SelectField(_l("Bereich"), filters=[lambda value: value or ""], default="")
    about = TextAreaField(
        _l("Was ist das für eine Institution?"),
        [Length(max=TEXT_MAX, message=TOO_LONG)],
        [text],
        description=_l("Ein bis drei Sätze."),
    )
    offer = TextAreaField(
        _l("Was bietet sie an?"),
        [Length(max=TEXT_MAX, message=TOO_LONG)],
        [text],
        description=_l("Zum Beispiel Räume, Fachwissen, Geräte oder Begleitung. Danach sucht das Verzeichnis."),
    )
    lang = SelectField(
        _l("Sprache der Texte"), [InputRequired()], choices=[SelectChoice(*item) for item in LANGUAGES.items()], default="de"
    )
    website = StringField(_l("Internetseite"), [Optional(), Length(max=ADDRESS_MAX, message=TOO_LONG), address], [line])
    contact_office = StringField(
        _l("Ansprechstelle"),
        [Length(max=OFFICE_MAX, message=TOO_LONG)],
        [line],
        description=_l(
            "Eine Abteilung oder ein Amt, zum Beispiel „Geschäftsstelle“. Bitte keine Namen von Personen: Die Angaben sind öffentlich."
        ),
    )
    contact_email = StringField(
        _l("E-Mail der Ansprechstelle"), [Optional(), Length(max=EMAIL_MAX, message=TOO_LONG), email], [line]
    )
    contact_phone = StringField(_l("Telefon der Ansprechstelle"), [Length(max=PHONE_MAX, message=TOO_LONG)], [line])

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.sector.choices = choices(SECTOR_NAMES, ("", UNKNOWN))

    def validate_contact_phone(self, field: Field) -> None:
        if field.data and not any(c.isdigit() for c in field.data):
            raise ValidationError(_l("Bitte geben Sie eine Telefonnummer ein."))

    def says(self) -> dict[str, Any]:
        names = ("name", "about", "offer", "lang", "website", "contact_office", "contact_email", "contact_phone")
        return {**{name: self[name].data or "" for name in names}, "sector": self.sector.data or None}

    def content(self) -> InstitutionText:
        return InstitutionText(**self.says())


class InstitutionForm(InstitutionFields):
    kind = SelectField(_l("Art"), choices=choices(KIND_NAMES), default="partner")
    aliases = TextAreaField(
        _l("Weitere Namen"),
        [Length(max=TEXT_MAX, message=TOO_LONG)],
        [text],
        description=_l(
            "Ein Name pro Zeile, auch Abkürzungen und frühere Namen. Das Verzeichnis findet die Institution auch darunter."
        ),
    )
    since = since_field(
        _l("Partner seit"), _l("So genau, wie es bekannt ist: 2016, 12.2016 oder 1.12.2016. Sonst bitte leer lassen.")
    )

    def content(self) -> InstitutionText:
        return InstitutionText(
            **self.says(), kind=self.kind.data, aliases=lines(self.aliases.data or ""), since=known_since(self.since)
        )

    @staticmethod
    def values(institution: Institution) -> dict[str, Any]:
        """An institution as this form shows it."""
        names = ("name", "kind", "about", "offer", "lang", "website", "contact_office", "contact_email", "contact_phone")
        own = {name: getattr(institution, name) for name in names}
        told = {"sector": institution.sector or "", "since": write_since(institution.since_on, institution.since_to)}
        return {**own, **told, "aliases": "\n".join(institution.aliases)}


def filters(args: Any, page: int) -> Filters:
    """Whatever stands in the address; what is no sector or kind is not asked for."""
    sector, kind = args.get("sector", ""), args.get("kind", "")
    return Filters(
        single_line(args.get("q", ""))[:200], sector if sector in SECTOR_NAMES else "", kind if kind in KIND_NAMES else "", page
    )
