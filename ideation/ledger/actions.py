"""What happens to a ledger: entries are added, sealed into the chain, its head published; the private part is emptied."""

import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy import insert as sa_insert

from ideation.core.clock import hour, today
from ideation.core.db import db, insert
from ideation.core.keys import seal as sealed
from ideation.core.mail import queue_mail, witnesses
from ideation.ledger.models import Chain, Entry, Head, NetworkKey, SigningKey
from ideation.ledger.queries import last_heads, network_key, signed, signing_key
from ideation.ledger.rules import GENESIS, Act, Trace, canonical, commitment, entry_hash, public

NETWORKS_KEPT = timedelta(days=7)
AT_ONCE = 5_000
ADD = sa_insert(Entry.__table__)
LINK = update(Entry.__table__).where(Entry.__table__.c.id == bindparam("key"))
LINK = LINK.values(seq=bindparam("place"), hash=bindparam("link"))
COLUMNS = [column.name for column in Entry.__table__.columns if column.name not in {"id", "seq", "hash"}]


def entry(ballot_id: int, act: Act, *, now: datetime, **told: Any) -> dict[str, Any]:
    """A row for `add`. `told`: the other columns; times are kept to the hour."""
    return {**dict.fromkeys(COLUMNS), "ballot_id": ballot_id, "action": act, "hour": hour(now), **told}


def vote_entry(
    ballot_id: int, act: Act, token: str, option: int, points: int, *, ref: str | None = None, body: dict[str, Any] | None = None,
    trace: Trace | None = None, now: datetime,
) -> dict[str, Any]:  # fmt: skip
    """A cast, or the withdrawal of the cast `ref`, with a fresh commitment."""
    nonce, trace = secrets.token_hex(16), trace or Trace()
    return entry(
        ballot_id, act, now=now, option=option, points=points, ref=ref, body=body, commit_hash=commitment(token, nonce),
        voter_token=token, nonce=nonce, at=now, network=trace.network, young=trace.young, quiet=trace.quiet,
    )  # fmt: skip


def add(rows: Iterable[dict[str, Any]]) -> None:
    """Entries of the running transaction, unsealed."""
    if rows := list(rows):
        db.session.execute(ADD, rows)


def seal(ballot_id: int) -> tuple[int, str]:
    """Chains what has been committed since the last time; returns the end of the chain: sequence number and hash.

    Only the chain's own row is locked: nobody who votes waits for it."""
    db.session.execute(insert(Chain).values(ballot_id=ballot_id, seq=0, hash=GENESIS).on_conflict_do_nothing())
    locked = select(Chain).where(Chain.ballot_id == ballot_id).with_for_update().execution_options(populate_existing=True)
    chain = db.session.scalars(locked).one()
    waiting = select(Entry).where(Entry.ballot_id == ballot_id, Entry.seq.is_(None)).order_by(Entry.id).limit(AT_ONCE)
    columns = waiting.with_only_columns(
        Entry.id, Entry.action, Entry.option, Entry.points, Entry.ref, Entry.commit_hash, Entry.body, Entry.hour
    )
    while rows := db.session.execute(columns).all():
        links = []
        for key, *parts in rows:
            chain.seq += 1
            chain.hash = entry_hash(chain.hash, public(ballot_id, chain.seq, *parts))
            links.append({"key": key, "place": chain.seq, "link": chain.hash})
        db.session.execute(LINK, links)
    db.session.flush()
    return chain.seq, chain.hash


def seal_due(now: datetime) -> int:
    """The job: every ballot with entries that wait. Returns how many ballots."""
    waiting = list(db.session.scalars(select(Entry.ballot_id).where(Entry.seq.is_(None)).distinct()))
    for ballot_id in waiting:
        seal(ballot_id)
        db.session.commit()
    return len(waiting)


def publish_head(ballot_id: int, *, now: datetime) -> Head:
    """Seals, and keeps the end of the chain as published."""
    seq, hash = seal(ballot_id)
    row = insert(Head).values(ballot_id=ballot_id, seq=seq, hash=hash, published_at=now)
    db.session.execute(row.on_conflict_do_nothing(index_elements=["ballot_id", "seq"]))
    return db.session.scalars(select(Head).where(Head.ballot_id == ballot_id, Head.seq == seq)).one()


def publish_heads(now: datetime) -> int:
    """The job: once an hour, for every chain that grew; one mail to each witness. Returns how many heads."""
    grown = [publish_head(ballot_id, now=now) for ballot_id, *_ in last_heads(hour(now))]
    tell_witnesses(grown, now=now)
    return len(grown)


def tell_witnesses(heads: list[Head], *, now: datetime) -> None:
    told = [{"ballot": h.ballot_id, "seq": h.seq, "hash": h.hash, "signature": signed(head_text(h))} for h in heads]
    for address in witnesses() if told else ():
        queue_mail(address, "heads", locale="de", now=now, heads=told)


def head_text(head: Head) -> bytes:
    """What the signature of a head covers."""
    return canonical({"ballot": head.ballot_id, "seq": head.seq, "hash": head.hash})


def ensure_signing_key(now: datetime) -> None:
    """Made once for an installation, with the first ballot."""
    if signing_key() is not None:
        return
    key = Ed25519PrivateKey.generate()
    raw = key.private_bytes(serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption())
    public_half = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    row = insert(SigningKey).values(id=1, public=public_half.hex(), sealed=sealed(raw), made_at=now)
    db.session.execute(row.on_conflict_do_nothing())


def ensure_network_key(day: date) -> bytes:
    """The sealed key of a day; made by the first vote of it."""
    row = insert(NetworkKey).values(day=day, sealed=sealed(secrets.token_bytes(32)))
    db.session.execute(row.on_conflict_do_nothing())
    return db.session.scalars(network_key(day)).one()


def forget_networks(now: datetime) -> int:
    """The job: after seven days the networks go, and the keys under which they were hashed."""
    over = today(now - NETWORKS_KEPT)
    db.session.execute(delete(NetworkKey).where(NetworkKey.day < over))
    gone = update(Entry).where(Entry.network.is_not(None), Entry.hour < now - NETWORKS_KEPT).values(network=None)
    return db.session.execute(gone.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined,no-any-return]


def empty_private(ballot_id: int, voter_token: str | None = None) -> None:
    """Nothing leads from the entries back to people any more; of one person's entries, if their token is given."""
    mine = Entry.ballot_id == ballot_id, *([Entry.voter_token == voter_token] if voter_token else [])
    empty = {"voter_token": None, "nonce": None, "at": None, "network": None, "young": None, "quiet": None}
    db.session.execute(update(Entry).where(*mine).values(empty).execution_options(synchronize_session=False))
