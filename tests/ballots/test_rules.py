import pytest

from ideation.ballots.rules import BallotSettings, Completion, Method, Rule, settings_fault, told


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (BallotSettings(), None),
        (BallotSettings(votes_each=None), ("votes_each", "missing")),
        (BallotSettings(Method.SUPPORT, None), None),
        (BallotSettings(votes_each=0), ("votes_each", "missing")),
        (BallotSettings(votes_each=5_000), ("votes_each", "range")),
        (BallotSettings(Method.POINTS, 5, 6), ("points_max", "range")),
        (BallotSettings(seats=0), ("seats", "range")),
        (BallotSettings(minimum=-1), ("minimum", "range")),
        (BallotSettings(shortlist_only=True), ("shortlist_only", "needs_closed_list")),
        (BallotSettings(shortlist_only=True, closed_list=True), None),
        (BallotSettings(rule=Rule.GREEDY), ("budget", "needs_budget")),
        (BallotSettings(rule=Rule.GREEDY, budget=500), ("closed_list", "budget_list")),
        (BallotSettings(rule=Rule.GREEDY, budget=500, closed_list=True), None),
        (BallotSettings(rule=Rule.GREEDY, budget=0, closed_list=True), ("budget", "range")),
        (BallotSettings(budget=500, closed_list=True), ("budget", "no_budget")),
        (BallotSettings(rule=Rule.EQUAL_SHARES), None),
    ],
)
def test_settings_that_do_not_fit_together_are_named(settings: BallotSettings, found: tuple[str, str] | None) -> None:
    assert settings_fault(settings) == found


def test_the_settings_are_told_as_plain_values() -> None:
    said = told(BallotSettings(rule=Rule.EQUAL_SHARES, budget=500, closed_list=True, completion=Completion.ADD1))
    assert said["rule"] == "equal_shares" and said["completion"] == "add1" and said["budget"] == 500
    assert all(value is None or type(value) in {str, int, bool} for value in said.values())
