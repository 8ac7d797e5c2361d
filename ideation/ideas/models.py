from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.challenges.models import Challenge
from ideation.core.db import Base
from ideation.core.sentence import say_n
from ideation.decisions.models import Decided, Decision, status_checks
from ideation.ideas.rules import DECIDED, Status
from ideation.institutions.models import Authorship
from ideation.institutions.rules import Merging
from ideation.pictures.models import Illustrated
from ideation.rounds.models import Round
from ideation.tags.models import Tag


class Idea(Illustrated, Decided, Base):
    """An answer to a challenge, or free in a pool. A draft is the same row in status draft."""

    __tablename__ = "idea"
    __table_args__ = (
        *status_checks(list(Status), DECIDED),
        UniqueConstraint("source", "source_id"),
        Index("ix_idea_listed", "round_id", "visibility", "status", "challenge_id", "id"),
        Index("ix_idea_newest", "round_id", "published_at", "id"),
        Index("ix_idea_supported", "round_id", "votes", "id"),
        Index("ix_idea_discussed", "round_id", "comments", "id"),
        Index("ix_idea_challenge", "challenge_id", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    challenge_id: Mapped[int | None] = mapped_column(ForeignKey("challenge.id"))
    title: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(Text, default="")
    lang: Mapped[str] = mapped_column(default="de")
    status: Mapped[str] = mapped_column(default=Status.DRAFT)
    version: Mapped[int] = mapped_column(default=0)
    # Which open form saved it last (hashed): repeated saves of one form mean one row, and never overwrite another's.
    form_key: Mapped[str | None] = mapped_column(unique=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("idea.id"), index=True)
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
    # Facts written by the nouns above through actions of this one.
    votes: Mapped[int] = mapped_column(default=0)
    comments: Mapped[int] = mapped_column(default=0)
    first_vote_at: Mapped[datetime | None]
    text_frozen_from: Mapped[datetime | None]
    text_frozen_until: Mapped[datetime | None]
    # Whole euros, set by a moderator before a ballot with a budget opens.
    cost: Mapped[int | None]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    challenge: Mapped[Challenge | None] = relationship(lazy="raise_on_sql")
    authors: Mapped[list["IdeaAuthor"]] = relationship(lazy="raise_on_sql", order_by="IdeaAuthor.id")
    tags: Mapped[list[Tag]] = relationship(secondary="idea_tag", lazy="raise_on_sql")
    merged_into: Mapped["Idea | None"] = relationship(lazy="raise_on_sql", remote_side="Idea.id")

    @property
    def people(self) -> int:
        """How many write it: an institution beside them is no member of the team."""
        return sum(author.institution_id is None for author in self.authors)

    @property
    def was_judged(self) -> bool:
        """Whether there is any decision about it; the last ones stay on the row."""
        return self.status_decision_id is not None or self.visibility_decision_id is not None


class IdeaVersion(Base):
    """What the idea said, publicly, from a moment on. Never changed."""

    __tablename__ = "idea_version"
    __table_args__ = (UniqueConstraint("idea_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]


class IdeaAuthor(Authorship, Base):
    __tablename__ = "idea_author"
    __table_args__ = (
        UniqueConstraint("idea_id", "account_id"),
        Index("uq_idea_author_institution", "idea_id", "institution_id", unique=True),
        {
            "info": {
                "merging": Merging(
                    say_n("%(num)s Idee, an der sie mitgeschrieben hat", "%(num)s Ideen, an denen sie mitgeschrieben hat", 0),
                    {"leads": "any"},
                )
            }
        },
    )

    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id", ondelete="CASCADE"), index=True)


class IdeaTag(Base):
    __tablename__ = "idea_tag"
    __table_args__ = (Index("ix_idea_tag_tag", "tag_id", "idea_id"),)

    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True)


class IdeaDecision(Base):
    """The history of decisions about an idea."""

    __tablename__ = "idea_decision"

    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id", ondelete="CASCADE"), index=True)

    decision: Mapped[Decision] = relationship(lazy="raise_on_sql")


class Term(Base):
    """A stem that occurs in ideas: the dictionary of the search, the same on both databases."""

    __tablename__ = "term"

    id: Mapped[int] = mapped_column(primary_key=True)
    stem: Mapped[str] = mapped_column(unique=True)


class IdeaTerm(Base):
    """How much a stem weighs in an idea: once per occurrence in the text, four times in the title."""

    __tablename__ = "idea_term"
    __table_args__ = (Index("ix_idea_term_idea", "idea_id"),)

    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id", ondelete="CASCADE"), primary_key=True)
    weight: Mapped[int]
