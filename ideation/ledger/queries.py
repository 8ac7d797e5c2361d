from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Select, case, exists, func, select

from ideation.core.db import db
from ideation.core.keys import unseal
from ideation.core.paging import Page
from ideation.ideas.models import Idea
from ideation.ledger.models import Chain, Entry, Head, NetworkKey, SigningKey
from ideation.ledger.rules import MOVES, Act, Count, canonical, count, public, read_code, receipt_code

PAGE = 1_000
# So many entries on a page.
ROWS = 50
PUBLIC = (
    Entry.ballot_id, Entry.seq, Entry.action, Entry.option, Entry.points, Entry.ref, Entry.commit_hash, Entry.body, Entry.hour, Entry.hash,
)  # fmt: skip


def is_opened(ballot_id: int) -> bool:
    """Whether the first vote has come: from then on the rules are frozen, also when that vote was taken back."""
    return bool(db.session.scalar(select(opening(ballot_id))))


def opening(ballot_id: Any) -> Any:
    return exists().where(Entry.ballot_id == ballot_id, Entry.action == Act.OPEN)


def entries(ballot_id: int, *, after: int = 0, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Sealed entries in order: their public parts, with the hash before and their own."""
    before = db.session.scalar(select(Entry.hash).where(Entry.ballot_id == ballot_id, Entry.seq == after)) or "0" * 64
    while limit is None or limit > 0:
        query = select(*PUBLIC).where(Entry.ballot_id == ballot_id, Entry.seq > after).order_by(Entry.seq)
        rows = db.session.execute(query.limit(min(limit or PAGE, PAGE))).all()
        for *parts, hash in rows:
            yield {**public(*parts), "prev": before, "hash": hash}
            before = hash
        if len(rows) < PAGE:
            return
        after, limit = rows[-1].seq, None if limit is None else limit - len(rows)


def lines(ballot_id: int, until: int | None = None) -> Iterator[bytes]:
    """The public ledger as JSON lines; up to an entry, if its number is given."""
    for entry in entries(ballot_id, limit=until):
        yield canonical(entry) + b"\n"


def counted(ballot_id: int) -> Count:
    """The count from the entries alone, after every one of them was checked. Raises rules.Broken at the first fault."""
    return count(entries(ballot_id))


def totals(ballot_id: int) -> dict[int, tuple[int, int]]:
    """The same numbers by addition alone, without following the chain: option to people and points."""
    by = case((Entry.action.in_([Act.CAST, Act.REINSTATE]), 1), else_=-1)
    query = (
        select(Entry.option, func.sum(by), func.sum(by * Entry.points))
        .where(Entry.ballot_id == ballot_id, Entry.action.in_([Act.CAST, *MOVES]))
        .group_by(Entry.option)
    )
    return {option: (int(people), int(points)) for option, people, points in db.session.execute(query)}


def titles_of(ideas: Iterable[int | None]) -> dict[int, str]:
    """What the options of entries are called; nothing for a hidden idea."""
    query = select(Idea.id, case((Idea.visibility == "hidden", ""), else_=Idea.title)).where(Idea.id.in_({i for i in ideas if i}))
    return {idea: title for idea, title in db.session.execute(query)}  # noqa: C416


def entry_page(ballot_id: int, number: int) -> Page[dict[str, Any]]:
    """Entries for people: their hour is a moment."""
    end = chain_end(ballot_id)
    found = entries(ballot_id, after=(number - 1) * ROWS, limit=ROWS) if end else ()
    rows = [{**entry, "hour": datetime.fromisoformat(entry["hour"])} for entry in found]
    return Page(rows, number, end.seq if end else 0, ROWS)


def chain_end(ballot_id: int) -> Chain | None:
    return db.session.get(Chain, ballot_id)


def unsealed(ballot_id: int) -> int:
    """How many entries wait for the sealer."""
    return db.session.scalar(select(func.count()).where(Entry.ballot_id == ballot_id, Entry.seq.is_(None))) or 0


def heads_of(ballot_id: int, limit: int = 24) -> list[Head]:
    """The published heads, the latest first."""
    return list(db.session.scalars(select(Head).where(Head.ballot_id == ballot_id).order_by(Head.seq.desc()).limit(limit)))


def entry_of(ballot_id: int, act: Act) -> Entry | None:
    """The opening or the close of a ballot."""
    return db.session.scalar(select(Entry).where(Entry.ballot_id == ballot_id, Entry.action == act).limit(1))


@dataclass(frozen=True, slots=True)
class Receipt:
    """One vote, found again. `state`: counts, withdrawn, void, or none for the receipt of a withdrawal."""

    entry: Entry
    code: str
    state: str
    later: tuple[Entry, ...]
    text: str
    signature: str | None


def receipt(code: str) -> Receipt | None:
    """What a code stands for; None when no entry has it."""
    known = read_code(code)
    if known is None:
        return None
    ballot, prefix = known
    query = select(Entry).where(Entry.commit_hash >= prefix, Entry.commit_hash < prefix + "g", Entry.ballot_id == ballot)
    entry = db.session.scalar(query.limit(1))
    if entry is None or entry.commit_hash is None:
        return None
    later = tuple(db.session.scalars(select(Entry).where(Entry.ref == entry.commit_hash).order_by(Entry.id)))
    statement = stated(entry)
    states = {Act.WITHDRAW: "withdrawn", Act.VOID: "void"}
    state = "none" if entry.action != Act.CAST else states.get(Act(later[-1].action), "counts") if later else "counts"
    return Receipt(entry, receipt_code(ballot, entry.commit_hash), state, later, statement.decode(), signed(statement))


def stated(entry: Entry) -> bytes:
    """What a receipt says and its signature covers: the entry without its place in the chain, which comes a moment later."""
    said = public(
        entry.ballot_id, 0, entry.action, entry.option, entry.points, entry.ref, entry.commit_hash, entry.body, entry.hour
    )  # fmt: skip
    return canonical({name: value for name, value in said.items() if name != "seq"})


def signing_key() -> SigningKey | None:
    return db.session.scalar(select(SigningKey).order_by(SigningKey.id.desc()).limit(1))


def signed(message: bytes) -> str | None:
    """The Ed25519 signature of the installation as hex; None while it has no key."""
    key = signing_key()
    return Ed25519PrivateKey.from_private_bytes(unseal(key.sealed)).sign(message).hex() if key else None


def network_key(day: date) -> Select[tuple[bytes]]:
    return select(NetworkKey.sealed).where(NetworkKey.day == day)


def last_heads(now: datetime) -> list[tuple[int, int, str]]:
    """Ballots whose chain grew since its last head, if that is of an earlier hour: ballot, seq, hash."""
    latest = select(Head.ballot_id, func.max(Head.seq).label("seq"), func.max(Head.published_at).label("at"))
    known = latest.group_by(Head.ballot_id).subquery()
    query = (
        select(Chain.ballot_id, Chain.seq, Chain.hash)
        .outerjoin(known, known.c.ballot_id == Chain.ballot_id)
        .where(Chain.seq > func.coalesce(known.c.seq, 0), (known.c.at.is_(None)) | (known.c.at < now))
        .order_by(Chain.ballot_id)
    )
    return [tuple(row) for row in db.session.execute(query)]
