from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from ideation.core.db import db
from ideation.core.verdict import NotFound
from ideation.tags.models import Frame, Tag


@dataclass(frozen=True, slots=True)
class FrameWithTags:
    id: int
    slug: str
    title_de: str
    title_en: str
    tags: list[Tag]

    def title(self, locale: str) -> str:
        return self.title_en if locale == "en" else self.title_de


def frames_with_tags() -> list[FrameWithTags]:
    """All frames with their tags, in their order. One statement; an empty frame is there too."""
    query = select(Frame, Tag).outerjoin(Tag, Tag.frame_id == Frame.id).order_by(Frame.position, Frame.id, Tag.position, Tag.id)
    found: dict[int, FrameWithTags] = {}
    for frame, tag in db.session.execute(query):
        entry = found.setdefault(frame.id, FrameWithTags(frame.id, frame.slug, frame.title_de, frame.title_en, []))
        if tag is not None:
            entry.tags.append(tag)
    return list(found.values())


def tags_called(slugs: Iterable[str]) -> list[Tag]:
    """The tags that exist among these."""
    wanted = sorted(set(slugs))[:100]
    return list(db.session.scalars(select(Tag).where(Tag.slug.in_(wanted)).order_by(Tag.position, Tag.id))) if wanted else []


def tag_or_404(tag_id: int) -> Tag:
    found = db.session.get(Tag, tag_id)
    if found is None:
        raise NotFound
    return found


def frame_or_404(frame_id: int) -> Frame:
    found = db.session.get(Frame, frame_id)
    if found is None:
        raise NotFound
    return found


def last_position(frame_id: int) -> int:
    return db.session.scalar(select(func.max(Tag.position)).where(Tag.frame_id == frame_id)) or 0


def tag_called(frame_id: int, title: str) -> Tag | None:
    return db.session.scalar(select(Tag).where(Tag.frame_id == frame_id, Tag.title_de == title))


def slug_taken(slug: str) -> bool:
    return db.session.scalar(select(Tag.id).where(Tag.slug == slug)) is not None
