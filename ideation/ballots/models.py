from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ideation.ballots.rules import BallotSettings, Completion, Eligibility, Limits, Method, Rule, Utility
from ideation.core.db import Base, one_of
from ideation.core.sentence import End, Message, say
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
        CheckConstraint(one_of("rule", list(Rule)), name="rule"),
        CheckConstraint(one_of("completion", list(Completion)), name="completion"),
        CheckConstraint(one_of("utility", list(Utility)), name="utility"),
        CheckConstraint("budget IS NULL OR (budget >= 1 AND rule <> 'rank' AND closed_list)", name="budget"),
        CheckConstraint("rule <> 'greedy' OR budget IS NOT NULL", name="greedy"),
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
    rule: Mapped[str] = mapped_column(default=Rule.RANK)
    # Whole euros.
    budget: Mapped[int | None]
    completion: Mapped[str] = mapped_column(default=Completion.NONE)
    utility: Mapped[str] = mapped_column(default=Utility.COST)
    # Published before the first vote; where a lot decides, the order follows from it.
    lot_seed: Mapped[str]
    # Boxes of paper ballots that are still being typed in: while there are any, the count is not closed.
    boxes_open: Mapped[int] = mapped_column(default=0)
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
            Rule(self.rule),
            self.budget,
            Completion(self.completion),
            Utility(self.utility),
        )

    @settings.setter
    def settings(self, chosen: BallotSettings) -> None:
        self.method = chosen.method
        self.votes_each = None if chosen.method is Method.SUPPORT else chosen.votes_each
        self.points_max = chosen.points_max if chosen.method is Method.POINTS else 1
        self.closed_list, self.shortlist_only = chosen.closed_list, chosen.shortlist_only
        self.hides_results, self.eligibility = chosen.hides_results, chosen.eligibility
        self.seats, self.minimum = chosen.seats, chosen.minimum
        self.rule, self.budget, self.completion, self.utility = chosen.rule, chosen.budget, chosen.completion, chosen.utility

    @property
    def limits(self) -> Limits:
        return Limits(Method(self.method), self.votes_each, self.points_max)


class RuleNote(Base):
    """What changed after the first vote, for everybody to read: the close was moved, and why."""

    __tablename__ = "rule_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    # None: it had no end.
    closes_before: Mapped[datetime | None]
    closes_after: Mapped[datetime]
    reason: Mapped[str]
    noted_at: Mapped[datetime]

    @property
    def sentence(self) -> Message:
        after = End(self.closes_after)
        if self.closes_before is None:
            return say("Die Abstimmung hat jetzt ein Ende: %(after)s.", after=after)
        before = End(self.closes_before)
        return say("Die Abstimmung wurde verlängert: statt %(before)s endet sie %(after)s.", before=before, after=after)


class Option(Base):
    """An idea one can vote for in a ballot, with its count: a cache of the votes, never the truth."""

    __tablename__ = "ballot_option"
    __table_args__ = (
        CheckConstraint("votes >= 0 AND points >= 0", name="counts"),
        CheckConstraint("paper >= 0 AND paper <= points", name="paper"),
        CheckConstraint("cost IS NULL OR cost >= 1", name="cost"),
        Index("ix_ballot_option_idea", "idea_id"),
    )

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id"), primary_key=True)
    added_at: Mapped[datetime]
    # How many people, and what they gave together; the same number except with points.
    votes: Mapped[int] = mapped_column(default=0)
    points: Mapped[int] = mapped_column(default=0)
    # Points that came on paper, counted in `points` too.
    paper: Mapped[int] = mapped_column(default=0)
    # What it would cost, in whole euros, for a ballot with a budget.
    cost: Mapped[int | None]

    ballot: Mapped[Ballot] = relationship(lazy="raise_on_sql")
    idea: Mapped[Idea] = relationship(lazy="raise_on_sql")
