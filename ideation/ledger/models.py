from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ideation.core.db import Base, one_of
from ideation.ledger.rules import Act

UNSEALED, WITHDRAWN, JUDGED = "seq IS NULL", "action = 'withdraw'", "action IN ('void', 'reinstate')"
ONCE = "action IN ('open', 'close')"


def only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Entry(Base):
    """One line of a ballot's ledger. Its public part is written once: the database refuses every later change.

    Written in the transaction of what it tells; `seq` and `hash` are given by the sealer, once, so that voters never
    wait for each other. The private part can only be emptied."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint(one_of("action", list(Act)), name="action"),
        CheckConstraint("(seq IS NULL) = (hash IS NULL)", name="sealed"),
        CheckConstraint(
            "action NOT IN ('cast', 'withdraw', 'void', 'reinstate') OR (option IS NOT NULL AND points IS NOT NULL AND points >= 1)",
            name="vote",
        ),
        CheckConstraint("action NOT IN ('cast', 'withdraw') OR commit_hash IS NOT NULL", name="commit"),
        CheckConstraint("action NOT IN ('withdraw', 'void', 'reinstate') OR ref IS NOT NULL", name="ref"),
        UniqueConstraint("ballot_id", "seq"),
        Index("ix_ledger_entry_unsealed", "ballot_id", "id", **only(UNSEALED)),
        Index("uq_ledger_entry_once", "ballot_id", "action", unique=True, **only(ONCE)),
        Index("uq_ledger_entry_withdrawn", "ref", unique=True, **only(WITHDRAWN)),
        Index("ix_ledger_entry_judged", "ref", **only(JUDGED)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"))
    seq: Mapped[int | None]
    action: Mapped[str]
    # The idea. Not a foreign key: an entry stays true whatever becomes of the idea.
    option: Mapped[int | None]
    points: Mapped[int | None]
    # The commitment of the vote that is withdrawn, declared invalid or reinstated.
    ref: Mapped[str | None]
    commit_hash: Mapped[str | None] = mapped_column(unique=True)
    body: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    hour: Mapped[datetime]
    hash: Mapped[str | None]
    # Private from here on: emptied when the ballot's key is destroyed, the network after seven days.
    voter_token: Mapped[str | None]
    nonce: Mapped[str | None]
    at: Mapped[datetime | None]
    network: Mapped[str | None]
    # Whether the account was younger than a day, and whether it had done nothing else here.
    young: Mapped[bool | None]
    quiet: Mapped[bool | None]


class Chain(Base):
    """The end of a ballot's chain: the row that whoever seals locks."""

    __tablename__ = "ledger_chain"

    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str]


class Head(Base):
    """The end of the chain as it was published, hourly and at the close: nobody can change an entry before it unnoticed."""

    __tablename__ = "ledger_head"
    __table_args__ = (UniqueConstraint("ballot_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"))
    seq: Mapped[int]
    hash: Mapped[str]
    published_at: Mapped[datetime]


class SigningKey(Base):
    """The Ed25519 key with which this installation signs receipts and heads. The private half is sealed with the key file."""

    __tablename__ = "signing_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    public: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]


class NetworkKey(Base):
    """The key of one day, under which networks are hashed. Destroyed after seven days."""

    __tablename__ = "network_key"

    day: Mapped[date] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
