from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from ideation.core.db import Base, one_of
from ideation.decisions.models import Decision, Moderated, visibility_checks
from ideation.pictures.rules import Shown


class Album(Base):
    """The pictures of one thing. Whoever adds a picture holds this row, so that there are never too many."""

    __tablename__ = "album"

    id: Mapped[int] = mapped_column(primary_key=True)


class Illustrated:
    """A noun that can have pictures."""

    @declared_attr
    def album_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("album.id"), index=True, unique=True)


class Picture(Moderated, Base):
    """A picture as it was written anew (JPEG), and the words that belong to it."""

    __tablename__ = "picture"
    __table_args__ = (
        *visibility_checks(),
        CheckConstraint(one_of("shown", list(Shown)), name="shown"),
        CheckConstraint("length(trim(alt)) > 0", name="alt"),
        CheckConstraint("length(trim(consent)) > 0", name="consent"),
        UniqueConstraint("album_id", "form_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    album_id: Mapped[int] = mapped_column(ForeignKey("album.id"))
    alt: Mapped[str]
    caption: Mapped[str] = mapped_column(default="")
    credit: Mapped[str] = mapped_column(default="")
    lang: Mapped[str] = mapped_column(default="de")
    # Who is to be recognised, and the sentence that was confirmed about them.
    shown: Mapped[str]
    consent: Mapped[str]
    # The form it came from: sent twice, it is one picture.
    form_key: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    # Bytes are loaded by name only, never along with a list.
    small: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    large: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=True)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    added_at: Mapped[datetime]


class PictureDecision(Base):
    """The history of decisions about a picture."""

    __tablename__ = "picture_decision"

    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    picture_id: Mapped[int] = mapped_column(ForeignKey("picture.id", ondelete="CASCADE"), index=True)

    decision: Mapped[Decision] = relationship(lazy="raise_on_sql")
