from datetime import datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from ideation.accounts.actions import give_opinion_consent
from ideation.accounts.models import Account
from ideation.accounts.rules import (
    EMAIL_MAX,
    PASSWORD_MAX,
    ROLE_NAMES,
    Role,
    name_fault,
    own_words,
    password_fault,
    password_min,
    visible,
)
from ideation.core.i18n import LANGUAGES
from ideation.core.text import single_line
from ideation.core.verdict import Invalid

NO = (False, "false", "", "no", "0", "off")


class SpeakingForm(FlaskForm):
    """A form with which somebody says or supports something. The first time it asks for consent, unticked."""

    opinion_consent = BooleanField(
        _l(
            "Ich willige ein, dass meine Beiträge und Stimmen verarbeitet werden, auch soweit sie politische Meinungen erkennen lassen."
        ),
        false_values=NO,
    )

    def __init__(self, account: Account, **data: Any) -> None:
        super().__init__(**data)
        if account.opinion_consent_at is not None:
            del self.opinion_consent

    def speaks(self, account: Account, now: datetime) -> bool:
        """Valid, and consented to; notes the consent. Drafts need only `validate`."""
        valid = bool(self.validate())
        if self.opinion_consent is None:
            return valid
        if not self.opinion_consent.data:
            self.opinion_consent.errors = (
                _l("Bitte willigen Sie ein. Ohne die Einwilligung dürfen wir Ihren Beitrag oder Ihre Stimme nicht verarbeiten."),
            )
            return False
        if valid:
            give_opinion_consent(account, now=now)
        return valid


def email(form: FlaskForm, field: Field) -> None:
    """Shape only. Whether the address exists is found out by writing to it."""
    try:
        validate_email(field.data, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        raise ValidationError(_l("Bitte geben Sie eine E-Mail-Adresse an, zum Beispiel name@example.org.")) from None


def pseudonym(form: FlaskForm, field: Field) -> None:
    fault = name_fault(field.data)
    if fault is not None:
        raise ValidationError(str(fault))


def shown_name(text: str | None) -> str:
    return visible(single_line(text or ""))


class AccountForm(FlaskForm):
    """A form whose action may find faults that only it can judge."""

    def take(self, invalid: Invalid) -> None:
        for name, sentence in invalid.faults.items():
            self[name].errors = [str(sentence)]


def email_field() -> Any:
    return StringField(
        _l("E-Mail-Adresse"),
        [InputRequired(_l("Bitte geben Sie Ihre E-Mail-Adresse an.")), Length(max=EMAIL_MAX), email],
        filters=[lambda text: text and text.strip()],
        render_kw={
            "type": "email",
            "autocomplete": "username",
            "inputmode": "email",
            "autocapitalize": "none",
            "maxlength": EMAIL_MAX,
        },
    )


def current_password_field(label: Any) -> Any:
    # Whatever is longer cannot be right, and must not cost a long computation.
    needed = InputRequired(_l("Bitte geben Sie Ihr Passwort ein."))
    return PasswordField(label, [needed, Length(max=PASSWORD_MAX)], render_kw={"autocomplete": "current-password"})


def new_password_field(label: Any) -> Any:
    needed = InputRequired(_l("Bitte geben Sie ein neues Passwort ein."))
    return PasswordField(label, [needed], render_kw={"autocomplete": "new-password"})


def name_field() -> Any:
    return StringField(
        _l("Ihr Name hier (Pseudonym)"),
        [InputRequired(_l("Bitte geben Sie einen Namen an.")), pseudonym],
        filters=[shown_name],
        render_kw={"autocomplete": "nickname"},
    )


class RegisterForm(AccountForm):
    email = email_field()
    display_name = name_field()
    password = new_password_field(_l("Passwort"))
    consent = BooleanField(
        _l("Ich bin mindestens 16 Jahre alt und stimme den Regeln zu."),
        [DataRequired(_l("Bitte stimmen Sie den Regeln zu. Ohne Zustimmung können wir kein Konto anlegen."))],
        false_values=NO,
    )

    def validate_password(self, field: Field) -> None:
        fault = password_fault(field.data, Role.PARTICIPANT, own_words(self.email.data or "", self.display_name.data or ""))
        if fault is not None:
            raise ValidationError(str(fault))


class LoginForm(AccountForm):
    email = email_field()
    password = current_password_field(_l("Passwort"))
    next = HiddenField()


class EmailForm(AccountForm):
    email = email_field()


class NewPasswordForm(AccountForm):
    """After a mailed link, or with the current password."""

    new_password = new_password_field(_l("Neues Passwort"))

    def __init__(self, account: Account, **data: Any) -> None:
        super().__init__(**data)
        self.role, self.own = account.role, own_words(account.email, account.display_name)
        self.shortest = password_min(self.role)
        self.new_password.description = _l(
            "Mindestens %(n)s Zeichen. Ein kurzer Satz ist leicht zu merken und sicher.", n=self.shortest
        )

    def validate_new_password(self, field: Field) -> None:
        fault = password_fault(field.data, self.role, self.own)
        if fault is not None:
            raise ValidationError(str(fault))


class PasswordForm(NewPasswordForm):
    current_password = current_password_field(_l("Jetziges Passwort"))


class NameForm(AccountForm):
    display_name = name_field()


class LanguageForm(AccountForm):
    locale = SelectField(
        _l("Sprache unserer E-Mails"), [InputRequired()], choices=[SelectChoice(*item) for item in LANGUAGES.items()]
    )


class RoleForm(AccountForm):
    role = SelectField(_l("Rolle"), [InputRequired()], choices=[SelectChoice(*item) for item in ROLE_NAMES.items()])
