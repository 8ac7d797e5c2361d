from collections.abc import Sequence
from functools import singledispatch
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ideation.accounts.models import Account
from ideation.core.db import db
from ideation.core.sentence import say
from ideation.core.verdict import NotFound, Verdict, denied
from ideation.decisions.models import Decision
from ideation.pictures.models import Picture, PictureDecision


@singledispatch
def can_illustrate(thing: object, account: Account | None) -> Verdict:
    """Adding pictures, changing their words, taking them away. Each noun says it in its own queries: `@can_illustrate.register`."""
    return denied(say("Hierzu gibt es keine Bilder."))


@singledispatch
def can_judge_pictures(thing: object, account: Account | None) -> Verdict:
    """Hiding somebody else's picture, with a reason, and showing it again; registered like `can_illustrate`."""
    return denied(say("Darüber entscheidet die Moderation."))


def pictures_of(thing: Any, *, hidden: bool = False) -> Sequence[Picture]:
    """In the order in which they came, without their bytes; asks nothing where there is no album."""
    if thing is None or thing.album_id is None:
        return []
    query = select(Picture).where(Picture.album_id == thing.album_id).order_by(Picture.id)
    if not hidden:
        return db.session.scalars(query.where(Picture.visibility == "shown")).all()
    return db.session.scalars(query.options(joinedload(Picture.visibility_decision))).all()


def picture_or_404(thing: Any, id: int, *, hidden: bool = False) -> Picture:
    query = select(Picture).where(Picture.id == id, Picture.album_id == thing.album_id)
    picture = db.session.scalar(query if hidden else query.where(Picture.visibility == "shown"))
    if picture is None or thing.album_id is None:
        raise NotFound
    return picture


def bytes_of(picture: Picture, size: str) -> bytes:
    """A JPEG; `size` is a key of `rules.SIDES`."""
    data: bytes = db.session.scalars(select(getattr(Picture, size)).where(Picture.id == picture.id)).one()
    return data


def in_album(album_id: int) -> int:
    return db.session.scalar(select(func.count(Picture.id)).where(Picture.album_id == album_id)) or 0


def decisions_about(picture: Picture) -> Sequence[Decision]:
    query = select(Decision).join(PictureDecision).where(PictureDecision.picture_id == picture.id)
    return db.session.scalars(query.options(joinedload(Decision.actor)).order_by(Decision.id)).all()
