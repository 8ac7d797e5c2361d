from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from ideation.accounts.models import Account
from ideation.activity.actions import record
from ideation.core.db import db
from ideation.core.images import Encoded
from ideation.core.sentence import say
from ideation.core.text import single_line
from ideation.core.verdict import Invalid, denied, require
from ideation.decisions.actions import decide
from ideation.decisions.rules import Kind
from ideation.pictures.models import Album, Picture, PictureDecision
from ideation.pictures.queries import can_illustrate, can_judge_pictures, in_album
from ideation.pictures.rules import CONSENTS, PICTURES_MAX, PictureText, Shown, faults


def add_picture(
    actor: Account, thing: Any, images: Sequence[Encoded], text: PictureText, shown: str, *, lang: str, form_key: str, now: datetime
) -> Picture:
    """A picture of this thing; `images` small and large. The same form sent again gives the picture that is there."""
    require(can_illustrate(thing, actor))
    text = _checked(text, shown)
    album = _hold_album(thing)
    found = db.session.scalar(select(Picture).where(Picture.album_id == album, Picture.form_key == form_key))
    if found is not None:
        return found
    if in_album(album) >= PICTURES_MAX:
        raise Invalid(file=say("Hier sind schon %(n)s Bilder. Bitte entfernen Sie zuerst eines.", n=PICTURES_MAX))
    small, large = images
    picture = Picture(
        album_id=album, alt=text.alt, caption=text.caption, credit=text.credit, lang=lang, shown=shown, consent=_confirmed(shown),
        form_key=form_key, width=large.width, height=large.height, small=small.data, large=large.data, added_by_id=actor.id, added_at=now,
    )  # fmt: skip
    db.session.add(picture)
    db.session.flush()
    _record("picture_added", thing, actor, now)
    return picture


def update_picture(actor: Account, thing: Any, picture: Picture, text: PictureText, *, now: datetime) -> None:
    """Its words; the picture and what was confirmed about it stay."""
    require(can_illustrate(thing, actor))
    text = _checked(text, picture.shown)
    picture.alt, picture.caption, picture.credit = text.alt, text.caption, text.credit
    _record("picture_edited", thing, actor, now)


def remove_picture(actor: Account, thing: Any, picture: Picture, *, now: datetime) -> None:
    """Gone for good, bytes and words. What the moderation hid stays as it is, with the reason."""
    require(can_illustrate(thing, actor))
    if picture.is_hidden:
        require(denied(say("Die Moderation hat dieses Bild ausgeblendet. Es bleibt mit der Begründung stehen.")))
    db.session.execute(delete(Picture).where(Picture.id == picture.id))
    _record("picture_removed", thing, actor, now)


def hide_picture(actor: Account, thing: Any, picture: Picture, reason: str, *, now: datetime) -> None:
    _judge(actor, thing, picture, Kind.HIDE, reason, now)


def restore_picture(actor: Account, thing: Any, picture: Picture, reason: str = "", *, now: datetime) -> None:
    _judge(actor, thing, picture, Kind.RESTORE, reason, now)


def _judge(actor: Account, thing: Any, picture: Picture, kind: Kind, reason: str, now: datetime) -> None:
    require(can_judge_pictures(thing, actor))
    db.session.execute(select(Picture.id).where(Picture.id == picture.id).with_for_update())
    db.session.refresh(picture, ["visibility"])
    wanted = "hidden" if kind is Kind.HIDE else "shown"
    if picture.visibility == wanted:
        return
    decision = decide(actor, kind, reason, now=now)
    db.session.add(PictureDecision(decision_id=decision.id, picture_id=picture.id))
    picture.visibility, picture.visibility_decision_id = wanted, decision.id
    db.session.flush()
    _record("picture_hidden" if kind is Kind.HIDE else "picture_restored", thing, actor, now, reason=decision.reason)


def _checked(text: PictureText, shown: str) -> PictureText:
    text = PictureText(*(single_line(part) for part in (text.alt, text.caption, text.credit)))
    if found := faults(text, shown):
        raise Invalid(**found)
    return text


def _confirmed(shown: str) -> str:
    """In German, whatever the language of the page: what is kept must read the same everywhere."""
    return CONSENTS[Shown(shown)].text


def _hold_album(thing: Any) -> int:
    """The thing's album, locked; made with the first picture while the thing itself is held."""
    noun = type(thing)
    db.session.execute(select(noun.id).where(noun.id == thing.id).with_for_update())
    db.session.refresh(thing, ["album_id"])
    if thing.album_id is None:
        album = Album()
        db.session.add(album)
        db.session.flush()
        thing.album_id = album.id
        db.session.flush()
    return int(thing.album_id)


def _record(what: str, thing: Any, actor: Account, now: datetime, **told: Any) -> None:
    kind = type(thing).__tablename__
    title = getattr(thing, "title", "")
    record(f"{kind}.{what}", thing, actor=actor, round_id=getattr(thing, "round_id", None), now=now, title=title, **told)
