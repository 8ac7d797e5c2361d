from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.ballots.rules import BallotSettings, Eligibility, Limits, Method
from ideation.core.db import Base, one_of
from ideation.ideas.models import Idea
from ideation.rounds.models import Round, RoundWindow


class Ballot(Base):
    """One voting on ideas. From the first vote on its rules are frozen."""

    __tablename__ = "ballot"
    __table_args__ = (
        CheckConstraint(one_of("method", list(Method)), name="method"),
        CheckConstraint(one_of("eligibility", list(Eligibility)), name="eligibility"),
        CheckConstraint("method = 'support' OR (votes_each IS NOT NULL AND votes_each >= 1)", name="votes"),
        CheckConstraint("points_max >= 1 AND (method = 'points' OR points_max = 1)", name="points"),
        CheckConstraint("seats >= 1", name="seats"),
        CheckConstraint("minimum >= 0", name="minimum"),
        UniqueConstraint("round_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    number: Mapped[int]
    window_id: Mapped[int] = mapped_column(ForeignKey("round_window.id"), unique=True)
    method: Mapped[str]
    # How many votes (approval) or points (points) a person has; none for support.
    votes_each: Mapped[int | None]
    # The most points on one idea.
    points_max: Mapped[int] = mapped_column(default=1)
    closed_list: Mapped[bool] = mapped_column(default=False)
    shortlist_only: Mapped[bool] = mapped_column(default=False)
    eligibility: Mapped[str] = mapped_column(default=Eligibility.T1)
    hides_results: Mapped[bool] = mapped_column(default=True)
    seats: Mapped[int] = mapped_column(default=3)
    minimum: Mapped[int] = mapped_column(default=0)
    # Random, encrypted with the installation's key; destroyed 60 days after the close.
    sealed_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    # When the jobs loop noticed the opening, and when the close was recorded: from then on no vote counts.
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship(lazy="raise_on_sql")
    window: Mapped[RoundWindow] = relationship(lazy="raise_on_sql")

    @property
    def settings(self) -> BallotSettings:
        """What a moderator sets; `create_ballot` and `update_ballot` are the only ones to change it."""
        return BallotSettings(
            Method(self.method),
            self.votes_each,
            self.points_max,
            self.closed_list,
            self.shortlist_only,
            self.hides_results,
            self.seats,
            self.minimum,
            Eligibility(self.eligibility),
        )

    @settings.setter
    def settings(self, chosen: BallotSettings) -> None:
        self.method = chosen.method
        self.votes_each = None if chosen.method is Method.SUPPORT else chosen.votes_each
        self.points_max = chosen.points_max if chosen.method is Method.POINTS else 1
        self.closed_list, self.shortlist_only = chosen.closed_list, chosen.shortlist_only
        self.hides_results, self.eligibility = chosen.hides_results, chosen.eligibility
        self.seats, self.minimum = chosen.seats, chosen.minimum

    @property
    def limits(self) -> Limits:
        return Limits(Method(self.method), self.votes_each, self.points_max)


class RuleNote(Base):
    """What changed after the first vote, for everybody to read: the close was moved, and why."""

    __tablename__ = "rule_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    closes_before: Mapped[datetime]
    closes_after: Mapped[datetime]
    reason: Mapped[str]
    noted_at: Mapped[datetime]


class Option(Base):
    """An idea one can vote for in a ballot, with its count: a cache of the votes, never the truth."""

    __tablename__ = "ballot_option"
    __table_args__ = (
        CheckConstraint("votes >= 0 AND points >= 0", name="counts"),
        Index("ix_ballot_option_idea", "idea_id"),
    )

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id"), primary_key=True)
    added_at: Mapped[datetime]
    # How many people, and what they gave together; the same number except with points.
    votes: Mapped[int] = mapped_column(default=0)
    points: Mapped[int] = mapped_column(default=0)

    ballot: Mapped[Ballot] = relationship(lazy="raise_on_sql")
    idea: Mapped[Idea] = relationship(lazy="raise_on_sql")


class Participation(Base):
    """A voter in a ballot, known only by token: the row that is locked while limits are judged."""

    __tablename__ = "participation"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    voter_token: Mapped[str] = mapped_column(primary_key=True)
    eligible: Mapped[bool] = mapped_column(default=True)


class Vote(Base):
    """The present choice. Its time is kept to the hour."""

    __tablename__ = "vote"
    __table_args__ = (
        CheckConstraint("points >= 1", name="points"),
        ForeignKeyConstraint(["ballot_id", "voter_token"], ["participation.ballot_id", "participation.voter_token"]),
        ForeignKeyConstraint(["ballot_id", "idea_id"], ["ballot_option.ballot_id", "ballot_option.idea_id"]),
    )

    ballot_id: Mapped[int] = mapped_column(primary_key=True)
    voter_token: Mapped[str] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(primary_key=True)
    points: Mapped[int] = mapped_column(default=1)
    hour: Mapped[datetime]


class IdempotencyKey(Base):
    """What a request with this key wanted: the same key with the same wish is answered, with another it is refused."""

    __tablename__ = "idempotency_key"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    voter_token: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    wish: Mapped[str]
    created_at: Mapped[datetime]
