from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField

from ideation.core.text import single_line
from ideation.core.verdict import Invalid


class GroupForm(FlaskForm):
    title = StringField(
        _l("Name der Gruppe"),
        filters=[lambda text: single_line(text or "")],
        description=_l("Worum es ihr geht, in wenigen Worten. Der Name lässt sich später ändern."),
    )

    def take(self, invalid: Invalid) -> None:
        self.title.errors = [str(sentence) for sentence in invalid.faults.values()]
