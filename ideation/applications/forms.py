from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from ideation.accounts.forms import AccountForm
from ideation.applications.rules import REASON_MAX
from ideation.institutions.forms import TOO_LONG, InstitutionFields, line, text
from ideation.institutions.rules import NAME_MAX


class ApplicationForm(InstitutionFields):
    """What somebody says of the institution they ask for."""


class AcceptForm(AccountForm):
    existing = StringField(
        _l("Eintrag, der schon da ist"),
        [Length(max=NAME_MAX, message=TOO_LONG)],
        [line],
        description=_l("Nur wenn die Institution schon im Verzeichnis steht. Sonst leer lassen, dann entsteht ein neuer Eintrag."),
    )


class DeclineForm(AccountForm):
    reason = TextAreaField(
        _l("Begründung"),
        [
            InputRequired(_l("Bitte begründen Sie die Ablehnung. Wer gefragt hat, liest die Begründung.")),
            Length(max=REASON_MAX, message=TOO_LONG),
        ],
        [text],
        description=_l("Wer die Anfrage gestellt hat, liest diesen Text."),
    )
