from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.core.db import Base
from ideation.groups.models import LabGroup
from ideation.pictures.models import Illustrated
from ideation.profiles.rules import NAMES, Content


class Profile(Illustrated, Base):
    """What a group works out. Its text is the version with the number `version`; public are the versions from `public_from` on."""

    __tablename__ = "profile"
    __table_args__ = (
        CheckConstraint("(published_at IS NULL) = (public_from IS NULL)", name="published"),
        CheckConstraint("public_from IS NULL OR (public_from >= 1 AND public_from <= version)", name="public_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("lab_group.id", ondelete="CASCADE"), unique=True)
    version: Mapped[int] = mapped_column(default=0)
    public_from: Mapped[int | None]
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    group: Mapped[LabGroup] = relationship(lazy="raise_on_sql")

    @property
    def is_public(self) -> bool:
        return self.published_at is not None


class ProfileVersion(Base):
    """What a profile said from a moment on. Never changed."""

    __tablename__ = "profile_version"
    __table_args__ = (
        UniqueConstraint("profile_id", "number"),
        CheckConstraint("months IS NULL OR months >= 1", name="months"),
        CheckConstraint("budget IS NULL OR budget >= 0", name="budget"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    profile_id: Mapped[int] = mapped_column(ForeignKey("profile.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str]
    motto: Mapped[str]
    summary: Mapped[str] = mapped_column(Text)
    undertaking: Mapped[str] = mapped_column(Text)
    goals: Mapped[list[str]] = mapped_column(JSON)
    audiences: Mapped[list[str]] = mapped_column(JSON)
    measures: Mapped[list[str]] = mapped_column(JSON)
    traits: Mapped[list[str]] = mapped_column(JSON)
    partners: Mapped[list[str]] = mapped_column(JSON)
    places: Mapped[list[str]] = mapped_column(JSON)
    period: Mapped[str]
    months: Mapped[int | None]
    # Whole euros.
    budget: Mapped[int | None]
    funding: Mapped[str] = mapped_column(Text)
    feasibility: Mapped[str] = mapped_column(Text)
    first_steps: Mapped[list[str]] = mapped_column(JSON)
    outlook: Mapped[str] = mapped_column(Text)
    ecological: Mapped[str] = mapped_column(Text)
    economic: Mapped[str] = mapped_column(Text)
    social: Mapped[str] = mapped_column(Text)
    cultural: Mapped[str] = mapped_column(Text)
    lang: Mapped[str]
    # None: written down from elsewhere, where no date stands.
    saved_at: Mapped[datetime | None]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))

    @property
    def content(self) -> Content:
        values: dict[str, Any] = {name: getattr(self, name) for name in NAMES}
        return Content(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})

    @staticmethod
    def columns(content: Content) -> dict[str, Any]:
        values = {name: content.value(name) for name in NAMES}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


class SignOff(Base):
    """Somebody of the group stands behind a version; a new version asks anew."""

    __tablename__ = "sign_off"
    __table_args__ = (
        ForeignKeyConstraint(
            ["profile_id", "number"], ["profile_version.profile_id", "profile_version.number"], ondelete="CASCADE"
        ),
    )

    profile_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    signed_at: Mapped[datetime]


class Synergy(Base):
    """Two profiles that help each other; read from both ends."""

    __tablename__ = "synergy"
    __table_args__ = (CheckConstraint("low_id < high_id", name="once"), Index("ix_synergy_high_id", "high_id"))

    low_id: Mapped[int] = mapped_column(ForeignKey("profile.id", ondelete="CASCADE"), primary_key=True)
    high_id: Mapped[int] = mapped_column(ForeignKey("profile.id", ondelete="CASCADE"), primary_key=True)
    linked_at: Mapped[datetime]
