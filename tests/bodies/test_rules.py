from datetime import date

from ideation.bodies.rules import begins_after, is_over, last_day


def test_a_date_known_in_part_lasts_as_long_as_it_can_mean() -> None:
    assert last_day(date(2024, 1, 1), "year") == date(2024, 12, 31)
    assert last_day(date(2024, 2, 1), "month") == date(2024, 2, 29)
    assert last_day(date(2024, 2, 3), "day") == date(2024, 2, 3)


def test_a_term_is_over_on_the_day_after() -> None:
    assert not is_over(date(2024, 1, 1), "year", date(2024, 12, 31)) and is_over(date(2024, 1, 1), "year", date(2025, 1, 1))
    assert not is_over(None, "day", date(2099, 1, 1))


def test_a_term_ends_not_before_it_begins() -> None:
    assert begins_after(date(2025, 1, 1), date(2024, 1, 1), "year")
    assert not begins_after(date(2024, 5, 1), date(2024, 1, 1), "year")
    assert not begins_after(None, date(2024, 1, 1), "year") and not begins_after(date(2024, 5, 1), None, "day")
