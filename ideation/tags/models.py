from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.core.db import Base


class Frame(Base):
    """A set of tags a city sorts by: fields of action, UN goals, sustainability dimensions, districts, or free words."""

    __tablename__ = "frame"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title_de: Mapped[str]
    title_en: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)

    def title(self, locale: str) -> str:
        return self.title_en if locale == "en" else self.title_de


class Tag(Base):
    """`slug` is unique over all frames: it stands in addresses (`tag=energie-umwelt`)."""

    __tablename__ = "tag"
    __table_args__ = (UniqueConstraint("frame_id", "title_de"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    frame_id: Mapped[int] = mapped_column(ForeignKey("frame.id", ondelete="CASCADE"), index=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title_de: Mapped[str]
    title_en: Mapped[str]
    position: Mapped[int] = mapped_column(default=0)

    frame: Mapped[Frame] = relationship(lazy="raise_on_sql")

    def title(self, locale: str) -> str:
        return self.title_en if locale == "en" else self.title_de
