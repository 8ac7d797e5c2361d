from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from ideation.core.text import cleaned, single_line
from ideation.rounds.forms import Judged, MomentField
from ideation.signals.actions import NOTE_MAX, TITLE_MAX


class NoteForm(Judged):
    note = TextAreaField(
        _l("Was haben Sie gefunden?"),
        filters=[lambda text: cleaned(text or "")],
        description=_l("Das liest nur die Moderation dieser Runde."),
        render_kw={"rows": 3, "maxlength": NOTE_MAX},
    )


class OutreachForm(Judged):
    title = StringField(
        _l("Was findet statt?"),
        filters=[lambda text: single_line(text or "")],
        description=_l("Zum Beispiel: Besuch der Klasse 9b, Stand auf dem Markt, Rundbrief."),
        render_kw={"maxlength": TITLE_MAX},
    )
    opens_at = MomentField(_l("Von"))
    closes_at = MomentField(_l("bis"), ends=True)

    def __init__(self) -> None:
        super().__init__()
        # What is left empty is judged by the action, with a sentence that fits.
        for needed in (self.title, self.opens_at, self.closes_at):
            needed.flags.required = True
