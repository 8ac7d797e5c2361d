from datetime import datetime

from ideation.accounts.models import Account
from ideation.activity.actions import record
from ideation.core.db import db
from ideation.core.sentence import say
from ideation.core.text import single_line
from ideation.core.verdict import Invalid, require
from ideation.tags.models import Frame, Tag
from ideation.tags.policy import can_edit_tags
from ideation.tags.queries import frames_with_tags, last_position, slug_taken, tag_called
from ideation.tags.rules import PRESETS, TAGS_MAX, TITLE_MAX, slug_from


def load_presets(now: datetime) -> int:
    """Due work of a new site, which has no frames: the usual ones; afterwards they are the city's, so a second run changes nothing."""
    if frames_with_tags():
        return 0
    for position, preset in enumerate(PRESETS):
        frame = Frame(slug=preset.slug, title_de=preset.title_de, title_en=preset.title_en, position=position)
        db.session.add(frame)
        db.session.flush()
        names = enumerate(preset.tags)
        db.session.add_all(
            Tag(frame_id=frame.id, slug=slug, title_de=de, title_en=en, position=place) for place, (slug, de, en) in names
        )
        record("frame.loaded", frame, actor=None, now=now)
    db.session.flush()
    return sum(len(preset.tags) for preset in PRESETS)


def add_tag(actor: Account, frame: Frame, title_de: str, title_en: str, *, now: datetime) -> Tag:
    require(can_edit_tags(actor))
    title_de, title_en = _titles(title_de, title_en)
    if tag_called(frame.id, title_de):
        raise Invalid(title_de=say("Diesen Eintrag gibt es hier schon."))
    position = last_position(frame.id) + 1
    if position > TAGS_MAX:
        raise Invalid(title_de=say("Mehr als %(n)s Einträge findet niemand wieder. Bitte entfernen Sie zuerst andere.", n=TAGS_MAX))
    made = Tag(frame_id=frame.id, slug=_free_slug(title_de), title_de=title_de, title_en=title_en, position=position)
    db.session.add(made)
    db.session.flush()
    record("tag.added", made, actor=actor, now=now, title=title_de)
    return made


def rename_tag(actor: Account, tag: Tag, title_de: str, title_en: str, *, now: datetime) -> None:
    """The address of the tag stays: links to filtered lists keep working."""
    require(can_edit_tags(actor))
    title_de, title_en = _titles(title_de, title_en)
    other = tag_called(tag.frame_id, title_de)
    if other is not None and other.id != tag.id:
        raise Invalid(title_de=say("Diesen Eintrag gibt es hier schon."))
    tag.title_de, tag.title_en = title_de, title_en
    record("tag.renamed", tag, actor=actor, now=now, title=title_de)


def remove_tag(actor: Account, tag: Tag, *, now: datetime) -> None:
    """Also takes it off everything that carries it."""
    require(can_edit_tags(actor))
    record("tag.removed", tag, actor=actor, now=now, title=tag.title_de)
    db.session.delete(tag)
    db.session.flush()


def _titles(title_de: str, title_en: str) -> tuple[str, str]:
    title_de = single_line(title_de)
    title_en = single_line(title_en) or title_de
    if not title_de or max(len(title_de), len(title_en)) > TITLE_MAX:
        raise Invalid(title_de=say("Bitte geben Sie ein Wort oder einen kurzen Namen ein, höchstens %(n)s Zeichen.", n=TITLE_MAX))
    return title_de, title_en


def _free_slug(title: str) -> str:
    wish = slug_from(title)
    return next(s for n in range(1, 1000) if not slug_taken(s := wish if n == 1 else f"{wish}-{n}"))
