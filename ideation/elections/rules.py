"""An election as others publish it: projects with costs, a budget, and what each voter chose."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ideation.budgets.rules import Money
from ideation.selections.rules import Candidate


class Kind(StrEnum):
    """How people voted, by the names of Pabulib. approval, choose-1: each choice counts 1; the others give points.

    ordinal: in the order of preference; the points belong to the places (3-2-1)."""

    APPROVAL = "approval"
    CHOOSE_1 = "choose-1"
    ORDINAL = "ordinal"
    CUMULATIVE = "cumulative"
    SCORING = "scoring"

    @property
    def gives_points(self) -> bool:
        return self not in {Kind.APPROVAL, Kind.CHOOSE_1}


@dataclass(frozen=True, slots=True)
class Vote:
    """`choices`: (project, points) in the order of the file; 1 point for an approval. None is a vote too."""

    voter: str
    choices: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Project:
    """`cost`: in the unit of the budget. `votes`: people who chose it; `score`: their points. `selected`: as published, else None."""

    id: str
    name: str
    cost: Money
    votes: int = 0
    score: int = 0
    selected: bool | None = None


@dataclass(frozen=True, slots=True)
class Election:
    """`meta`: (key, value) as published, in that order. `projects` as listed."""

    meta: tuple[tuple[str, str], ...]
    kind: Kind
    budget: Money
    projects: tuple[Project, ...]
    votes: tuple[Vote, ...]


def counted(projects: Iterable[Project], votes: Iterable[Vote]) -> tuple[Project, ...]:
    """The projects with votes and scores counted from the votes."""
    people: Counter[str] = Counter()
    points: Counter[str] = Counter()
    for vote in votes:
        for project, given in vote.choices:
            people[project] += 1
            points[project] += given
    return tuple(Project(p.id, p.name, p.cost, people[p.id], points[p.id], p.selected) for p in projects)


def candidates(election: Election) -> tuple[Candidate, ...]:
    """For a selection: option n is the project that stands n-th in the list, from 0."""
    points = election.kind.gives_points
    return tuple(Candidate(n, p.score if points else p.votes, cost=p.cost) for n, p in enumerate(election.projects))


def ballots(election: Election) -> Sequence[tuple[dict[int, int], int]]:
    """For a selection: (option to points, people who voted so), equal votes together."""
    number = {project.id: n for n, project in enumerate(election.projects)}
    people = Counter(tuple(sorted((number[project], points) for project, points in vote.choices)) for vote in election.votes)
    return [(dict(choices), weight) for choices, weight in people.items()]
