from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.challenges.rules import DECIDED, Status
from ideation.core.db import Base
from ideation.core.sentence import say_n
from ideation.decisions.models import Decided, Decision, status_checks
from ideation.institutions.models import Authorship
from ideation.institutions.rules import Merging
from ideation.rounds.models import Round
from ideation.tags.models import Tag


class Challenge(Decided, Base):
    """One question, "Wie können wir …?", with what one should know about it."""

    __tablename__ = "challenge"
    __table_args__ = (
        *status_checks(list(Status), DECIDED),
        UniqueConstraint("source", "source_id"),
        Index("ix_challenge_round_status", "round_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    question: Mapped[str] = mapped_column(Text)
    context: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(default="de")
    status: Mapped[str] = mapped_column(default=Status.DRAFT)
    version: Mapped[int] = mapped_column(default=0)
    # The open form a draft came from (hashed): when its first answer was lost, the second try means the same row.
    form_key: Mapped[str | None] = mapped_column(unique=True)
    carried_from_id: Mapped[int | None] = mapped_column(ForeignKey("challenge.id"), index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("challenge.id"), index=True)
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    # Imported items: the date as far as it is known, where they come from, who wrote them down.
    dated_on: Mapped[date | None]
    dated_to: Mapped[str] = mapped_column(default="day")
    source: Mapped[str | None]
    source_id: Mapped[str | None]
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    # Kept by the nouns above: how many public ideas and comments there are.
    ideas: Mapped[int] = mapped_column(default=0)
    comments: Mapped[int] = mapped_column(default=0)

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    sub_questions: Mapped[list["SubQuestion"]] = relationship(
        lazy="raise_on_sql", order_by="SubQuestion.position", cascade="all, delete-orphan"
    )
    authors: Mapped[list["ChallengeAuthor"]] = relationship(lazy="raise_on_sql", order_by="ChallengeAuthor.id")
    tags: Mapped[list[Tag]] = relationship(secondary="challenge_tag", lazy="raise_on_sql")
    carried_from: Mapped["Challenge | None"] = relationship(
        lazy="raise_on_sql", remote_side="Challenge.id", foreign_keys="Challenge.carried_from_id"
    )
    merged_into: Mapped["Challenge | None"] = relationship(
        lazy="raise_on_sql", remote_side="Challenge.id", foreign_keys="Challenge.merged_into_id"
    )


class SubQuestion(Base):
    __tablename__ = "sub_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    text: Mapped[str]


class ChallengeVersion(Base):
    """What the challenge said, publicly, from a moment on. Never changed."""

    __tablename__ = "challenge_version"
    __table_args__ = (UniqueConstraint("challenge_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"))
    number: Mapped[int]
    question: Mapped[str] = mapped_column(Text)
    context: Mapped[str] = mapped_column(Text)
    sub_questions: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[datetime]
    # Where the moderation changed the wording: the act and its reason.
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))

    decision: Mapped[Decision | None] = relationship(lazy="raise_on_sql")


class ChallengeAuthor(Authorship, Base):
    __tablename__ = "challenge_author"
    __table_args__ = (
        UniqueConstraint("challenge_id", "account_id"),
        Index("uq_challenge_author_institution", "challenge_id", "institution_id", unique=True),
        {
            "info": {
                "merging": Merging(
                    say_n(
                        "%(num)s Herausforderung, an der sie mitgeschrieben hat",
                        "%(num)s Herausforderungen, an denen sie mitgeschrieben hat",
                        0,
                    ),
                    {"leads": "any"},
                )
            }
        },
    )

    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), index=True)


class ChallengeTag(Base):
    __tablename__ = "challenge_tag"

    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True)


class ChallengeDecision(Base):
    """The history of decisions about a challenge."""

    __tablename__ = "challenge_decision"

    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), index=True)

    decision: Mapped[Decision] = relationship(lazy="raise_on_sql")
