import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from ideation.accounts.forms import SpeakingForm
from ideation.accounts.models import Account
from ideation.core.i18n import LANGUAGES
from ideation.core.paging import page_number
from ideation.core.text import cleaned, single_line
from ideation.core.verdict import Invalid
from ideation.ideas.models import Idea
from ideation.ideas.queries import Filters
from ideation.ideas.rules import Content, Sort
from ideation.tags.models import Frame

LARGEST_ID = 2_147_483_647


class IdeaForm(SpeakingForm):
    """Judged by the action: a draft may be anything, what is submitted not."""

    title = StringField(
        _l("Titel"),
        [InputRequired(_l("Bitte geben Sie Ihrer Idee einen Titel."))],
        [lambda text: single_line(text or "")],
        description=_l("Worum geht es, in wenigen Worten?"),
        render_kw={"maxlength": False, "autocomplete": "off"},
    )
    body = TextAreaField(
        _l("Ihre Idee"),
        [InputRequired(_l("Bitte beschreiben Sie Ihre Idee in ein paar Sätzen."))],
        [lambda text: cleaned(text or "")],
        description=_l("Was soll geschehen, wo, und wem hilft es? Absätze, Listen und **fett** sind möglich."),
        render_kw={"rows": 10, "maxlength": False},
    )
    tags = SelectMultipleField(_l("Themen"), choices=[], validate_choice=False)
    lang = SelectField(
        _l("Sprache Ihres Textes"), choices=[SelectChoice(*item) for item in LANGUAGES.items()], validate_choice=False
    )
    follow = BooleanField(_l("Auf dem Laufenden bleiben: Schreiben Sie mir, wenn hier etwas Neues geschieht."))
    # One open form is one idea, however often and however parallel it is saved.
    form_key = HiddenField(filters=[lambda text: (text or "")[:64]])
    # Which form had saved last when this one was opened.
    seen = HiddenField()

    def __init__(self, account: Account, frames: Iterable[Frame], locale: str, idea: Idea | None = None) -> None:
        super().__init__(account, data=self._values(idea, locale))
        self.form_key.data = self.form_key.data or secrets.token_urlsafe(16)
        self.frames = [(frame, [(tag.slug, tag.title(locale)) for tag in frame.tags]) for frame in frames]

    @staticmethod
    def _values(idea: Idea | None, locale: str) -> dict[str, Any]:
        if idea is None:
            return {"lang": locale}
        written = {"title": idea.title, "body": idea.body, "lang": idea.lang, "tags": [tag.slug for tag in idea.tags]}
        return {**written, "seen": idea.form_key or ""}

    @property
    def content(self) -> Content:
        known = {slug for _, tags in self.frames for slug, _ in tags}
        chosen = tuple(slug for slug in self.tags.data or () if slug in known)
        return Content(self.title.data or "", self.body.data or "", self.lang.data if self.lang.data in LANGUAGES else "de", chosen)

    def begun(self) -> bool:
        """A draft may be anything but nothing."""
        if self.content.empty:
            self.validate()
        return not self.content.empty

    @property
    def opened_after(self) -> str | None:
        """What `seen` said; None for a client that does not send it."""
        return self.seen.data if self.seen.raw_data else None

    def take(self, invalid: Invalid, idea: Idea | None = None) -> None:
        """The sentences at their fields; the next try has seen what is shown beside them now."""
        for name, sentence in invalid.faults.items():
            self[name].errors = [str(sentence)]
        if idea is not None:
            self.seen.data = idea.form_key or ""


def filters(address: Mapping[str, Any], tags: list[str], day: str) -> Filters:
    """What stands in the address of a list; nonsense is left out."""
    sort, challenge = address.get("sort", ""), address.get("challenge", "")
    return Filters(
        seed=str(address.get("seed") or day)[:64],
        q=single_line(str(address.get("q", ""))[:200]),
        challenge=reference(challenge),
        tags=tuple(dict.fromkeys(tag[:80] for tag in tags[:20] if "\x00" not in tag)),
        sort=Sort(sort) if sort in list(Sort) else None,
        shortlist=address.get("shortlist") == "1",
        page=page_number(address.get("page")),
    )


def reference(text: str) -> int | None:
    """An id that stands in a form or an address; None for anything that cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and int(text[:11]) <= LARGEST_ID else None
