"""Equal shares as slowly and plainly as it is written in the paper: single voters, fractions, every order of every tie."""

from fractions import Fraction

Ballots = list[dict[int, int]]


def rho(cost: Fraction, worth: Fraction, option: int, ballots: Ballots, money: list[Fraction]) -> Fraction | None:
    rich = {n for n, ballot in enumerate(ballots) if ballot.get(option)}
    poor: set[int] = set()
    if sum(money[n] for n in rich) < cost:
        return None
    while True:
        share = (cost - sum(money[n] for n in poor)) / sum(worth * ballots[n][option] for n in rich)
        short = {n for n in rich if money[n] < share * worth * ballots[n][option]}
        if not short:
            return share
        rich, poor = rich - short, poor | short


def outcomes(costs: dict[int, int], ballots: Ballots, start: Fraction, by_cost: bool) -> set[frozenset[int]]:
    def go_on(selected: frozenset[int], money: list[Fraction]) -> set[frozenset[int]]:
        known = {}
        for option, cost in costs.items():
            supported = any(ballot.get(option) for ballot in ballots)
            if option not in selected and supported:
                worth = Fraction(cost if by_cost else 1)
                known[option] = rho(Fraction(cost), worth, option, ballots, money), worth
        shares = [share for share, _ in known.values() if share is not None]
        found: set[frozenset[int]] = set()
        for option, (share, worth) in known.items():
            if share is not None and share == min(shares):
                paid = [share * worth * ballot.get(option, 0) for ballot in ballots]
                found |= go_on(selected | {option}, [held - min(held, due) for held, due in zip(money, paid, strict=True)])
        return found or {selected}

    return go_on(frozenset(), [start] * len(ballots))


def raised(costs: dict[int, int], ballots: Ballots, budget: int, by_cost: bool) -> set[frozenset[int]]:
    start, before, found = Fraction(budget, len(ballots)), set[frozenset[int]](), set[frozenset[int]]()
    supported = {option for option in costs if any(ballot.get(option) for ballot in ballots)}
    while True:
        now = outcomes(costs, ballots, start, by_cost)
        within = {winners for winners in now if sum(costs[option] for option in winners) <= budget}
        if within != now:
            found |= before
        if not within or all(winners == supported for winners in within):
            return found | within
        before, start = within, start + 1
