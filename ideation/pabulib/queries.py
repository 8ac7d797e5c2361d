import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import case, func, select

from ideation.ballots.models import Ballot
from ideation.core.clock import local
from ideation.core.db import db
from ideation.core.paging import Page
from ideation.core.sentence import say
from ideation.core.text import single_line
from ideation.elections.rules import Election, Kind, Project, Vote
from ideation.ideas.models import Idea
from ideation.ledger.queries import chain_end
from ideation.pabulib.models import PublishedElection, PublishedResult
from ideation.protocols.rules import Protocol, Row, command
from ideation.rounds.models import Round
from ideation.votes.queries import ballots_cast

RULES = {"rank": "greedy", "greedy": "greedy", "equal_shares": "equalshares"}


def election_of(ballot: Ballot, protocol: Protocol) -> Election:
    """A closed ballot as others read it: nobody's token, no time, voters numbered in an order that tells nothing.

    Options that could not be selected are left out, so that the rule gives the same winners again; the file says which."""
    able = sorted((row for row in protocol.rows if row.eligible), key=lambda row: _first(protocol, row))
    dropped = [row for row in protocol.rows if not row.eligible]
    money = protocol.terms["budget"]
    projects = tuple(
        Project(str(row.idea), single_line(row.title) or str(say("Ausgeblendete Idee")), row.cost or 1 if money is not None else 1,
                row.votes, row.points, row.selected if protocol.certified_at else None)
        for row in able
    )  # fmt: skip
    kind = Kind.CUMULATIVE if protocol.gives_points else Kind.APPROVAL
    votes = _votes(ballot.id, {row.idea for row in able})
    return Election(_meta(protocol, dropped), kind, money if money is not None else protocol.terms["seats"], projects, votes)


def _first(protocol: Protocol, row: Row) -> tuple[int, int]:
    """What a tie was decided for stands first: whoever counts again with `--ties file` gets the same."""
    chosen = protocol.tie.chosen if protocol.tie else ()
    return (chosen.index(row.idea) if row.idea in chosen else len(chosen), row.idea)


def _votes(ballot_id: int, options: set[int]) -> tuple[Vote, ...]:
    end = chain_end(ballot_id)
    head = end.hash if end else ""
    given = [
        (hashlib.sha256(f"{head}|{token}".encode()).digest(), tuple((str(o), points) for _, o, points in choices if o in options))
        for token, choices in groupby(ballots_cast(ballot_id), key=lambda row: row.voter_token)
    ]
    return tuple(Vote(str(n), choices) for n, (_, choices) in enumerate(sorted(given), 1))


def _meta(protocol: Protocol, dropped: Iterable[Row]) -> tuple[tuple[str, str], ...]:
    terms, ends = protocol.terms, protocol.closes_at or protocol.closed_at
    rule = RULES[terms["rule"]] + ("/add1" if terms["completion"] == "add1" else "")
    again = command(terms, tied=protocol.tie is not None and not protocol.open_tie)
    comment = [f"Counted again by: ideation ballots select FILE {again}"]
    if terms["budget"] is None:
        comment.append(f"{terms['seats']} places were given; each project costs 1 and the budget is their number")
    comment += [f"left out, because it could not be selected: {row.idea} ({row.votes} votes)" for row in dropped]
    if protocol.differs:
        comment.append("the selection differs from what the rule gives; the reason stands in the protocol")
    meta = {
        "description": single_line(f"{protocol.round}, {say('Abstimmung %(n)s', n=protocol.number)}"),
        "instance": str(local(ends).year),
        "rule": rule,
        "date_begin": f"{local(protocol.opens_at):%d.%m.%Y}",
        "date_end": f"{local(ends):%d.%m.%Y}",
        "comment": "; ".join(comment),
    }
    if protocol.gives_points:
        meta |= {"max_points": str(terms["points_max"]), "max_sum_points": str(terms["votes_each"])}
    elif terms["votes_each"]:
        meta["max_length"] = str(terms["votes_each"])
    return tuple(meta.items())


@dataclass(frozen=True, slots=True)
class Line:
    """One project as published. `title` is empty when the idea is hidden here."""

    idea: int
    project: str
    title: str
    count: int
    cost: int | None
    selected: bool | None
    place: int


@dataclass(frozen=True, slots=True)
class Published:
    """An imported election. `top`: the most votes (or points) of all its projects."""

    election: PublishedElection
    page: Page[Line]
    top: int
    points: bool
    chosen: int


def published(round_id: int, number: int = 1, size: int = 50) -> Published | None:
    """What was imported as this round, most votes first; None for every other round."""
    election = db.session.get(PublishedElection, round_id)
    if election is None:
        return None
    points = Kind(election.ballot_type).gives_points
    counting = func.coalesce(PublishedResult.score if points else PublishedResult.votes, 0)
    r, place = PublishedResult, func.rank().over(order_by=counting.desc())
    total, top, chosen = db.session.execute(
        select(func.count(), func.max(counting), func.count().filter(r.selected.is_(True))).where(r.round_id == round_id)
    ).one()
    query = (
        select(r.idea_id, r.project, Idea.title, Idea.visibility, counting, r.cost, r.selected, place)
        .join(Idea, Idea.id == r.idea_id)
        .where(r.round_id == round_id)
        .order_by(counting.desc(), case((r.selected.is_(True), 0), else_=1), r.idea_id)
        .limit(size)
        .offset((number - 1) * size)
    )
    lines = [
        Line(idea, project, title if visibility == "shown" else "", int(count), cost, selected, at)
        for idea, project, title, visibility, count, cost, selected, at in db.session.execute(query)
    ]
    return Published(election, Page(lines, number, total, size), int(top or 0), points, chosen)


def imported_as(digest: str) -> tuple[int, str] | None:
    """The round that this file is already: id and address."""
    query = select(Round.id, Round.slug).join(PublishedElection, PublishedElection.round_id == Round.id)
    found = db.session.execute(query.where(PublishedElection.digest == digest)).first()
    return tuple(found) if found else None
