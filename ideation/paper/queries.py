from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from ideation.accounts.models import Account
from ideation.ballots.models import Ballot, Option
from ideation.core.db import db
from ideation.core.sentence import Message
from ideation.core.verdict import NotFound
from ideation.ideas.models import Idea
from ideation.paper.models import Box, Code, CodeBatch, Sheet
from ideation.paper.rules import BoxStatus, Choices, differing, missing, read_spoiled, told_used
from ideation.rounds.models import Round
from ideation.rounds.policy import can_see


@dataclass(frozen=True, slots=True)
class Batch:
    """A printed batch. `used` is told in steps; `void`: what was not used of it no longer works."""

    row: CodeBatch
    used: int
    void: bool


def batches_of(ballot_id: int) -> list[Batch]:
    query = (
        select(CodeBatch, func.count(Code.id), func.count(Code.id).filter(Code.used))
        .outerjoin(Code, Code.batch_id == CodeBatch.id)
        .where(CodeBatch.ballot_id == ballot_id)
        .group_by(CodeBatch.id)
        .order_by(CodeBatch.id.desc())
    )
    return [Batch(row, told_used(used), kept < row.size) for row, kept, used in db.session.execute(query)]


def taken_selectors(ballot_id: int) -> set[str]:
    return set(db.session.scalars(select(Code.selector).where(Code.ballot_id == ballot_id)))


def is_code(ballot_id: int, selector: str) -> bool:
    return db.session.scalar(select(Code.id).where(Code.ballot_id == ballot_id, Code.selector == selector)) is not None


def batch_or_404(viewer: Account, batch_id: int) -> CodeBatch:
    query = select(CodeBatch).where(CodeBatch.id == batch_id).options(*_with_round(CodeBatch.ballot))
    batch = db.session.scalar(query)
    if batch is None or not can_see(viewer, batch.ballot.round):
        raise NotFound
    return batch


def box_or_404(viewer: Account, box_id: int) -> Box:
    box = db.session.scalar(select(Box).where(Box.id == box_id).options(*_with_round(Box.ballot)))
    if box is None or not can_see(viewer, box.ballot.round):
        raise NotFound
    return box


def _with_round(ballot: Any) -> tuple[Any, ...]:
    round = joinedload(ballot, innerjoin=True).joinedload(Ballot.round, innerjoin=True).selectinload(Round.moderators)
    return joinedload(ballot, innerjoin=True).joinedload(Ballot.window, innerjoin=True), round


@dataclass(frozen=True, slots=True)
class Told:
    """A box as everybody may know it: how many sheets count, which do not and why, or why none does."""

    row: Box
    spoiled: list[tuple[int, Message]]

    @property
    def counted(self) -> int:
        return self.row.sheets - len(self.spoiled)


def boxes_of(ballot_id: int) -> list[Told]:
    boxes = db.session.scalars(select(Box).where(Box.ballot_id == ballot_id).order_by(Box.id))
    return [Told(box, read_spoiled(box.note) if box.status == BoxStatus.COUNTED else []) for box in boxes]


@dataclass(frozen=True, slots=True)
class Typing:
    """How far two people are with a box: what each has typed in, by number."""

    sheets: int
    first: dict[int, Choices]
    second: dict[int, Choices]

    @property
    def missing(self) -> int:
        return len(missing(self.sheets, self.first)) + len(missing(self.sheets, self.second))

    @property
    def differing(self) -> list[int]:
        """Told only when both are through: nobody sees what the other has read before."""
        return [] if self.missing else differing(self.first, self.second)

    def of(self, turn: int | None) -> dict[int, Choices]:
        return {1: self.first, 2: self.second}.get(turn or 0, {})

    def next_number(self, turn: int) -> int | None:
        return next(iter(missing(self.sheets, self.of(turn))), None)


def typing_of(box: Box) -> Typing:
    typed: dict[int, dict[int, Choices]] = {1: {}, 2: {}}
    rows = db.session.execute(select(Sheet.turn, Sheet.number, Sheet.choices).where(Sheet.box_id == box.id).order_by(Sheet.number))
    for turn, number, choices in rows:
        typed[turn][number] = {int(idea): points for idea, points in choices.items()}
    return Typing(box.sheets, typed[1], typed[2])


def turn_of(box: Box, account: Account) -> int | None:
    """Whose typing this is: 1 or 2; None for who has not begun."""
    return 1 if box.first_by_id == account.id else 2 if box.second_by_id == account.id else None


def options_of(ballot_id: int) -> dict[int, Option]:
    """The options of a ballot with their ideas, by number."""
    query = select(Option).join(Option.idea).join(Option.ballot).where(Option.ballot_id == ballot_id)
    query = query.options(contains_eager(Option.idea), contains_eager(Option.ballot))
    return {option.idea_id: option for option in db.session.scalars(query.order_by(Idea.title, Idea.id))}
