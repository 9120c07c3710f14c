from __future__ import annotations

from datetime import date

import pytest

from hacienda.sandbox.elsalvador.calendar import (
    add_months,
    asuetos,
    easter,
    last_invalidation_day,
    nth_working_day,
)


@pytest.mark.parametrize(
    ("stamped_on", "last_day"),
    [
        (date(2026, 3, 19), date(2026, 4, 20)),
        (date(2026, 4, 25), date(2026, 5, 15)),
        (date(2025, 10, 31), date(2025, 11, 14)),
    ],
)
def test_the_official_examples_end_on_the_tenth_working_day(stamped_on: date, last_day: date) -> None:
    assert last_invalidation_day(stamped_on=stamped_on, months=False) == last_day


def test_the_official_example_of_three_months_ends_with_february() -> None:
    assert last_invalidation_day(stamped_on=date(2025, 11, 30), months=True) == date(2026, 2, 28)


def test_the_tenth_working_days_of_2026() -> None:
    days = [nth_working_day(2026, month, 10).day for month in range(1, 13)]

    assert days == [16, 13, 13, 20, 15, 12, 14, 20, 14, 14, 16, 14]


def test_the_asuetos_of_2026_are_the_published_ones() -> None:
    expected = {date(2026, 1, day) for day in (1, 2)}
    expected |= {date(2026, 3, 30), date(2026, 3, 31)} | {date(2026, 4, day) for day in range(1, 7)}
    expected |= {date(2026, 5, 1), date(2026, 6, 17)} | {date(2026, 8, day) for day in range(3, 7)}
    expected |= {date(2026, 9, 15), date(2026, 11, 2)} | {date(2026, 12, day) for day in range(24, 32)}

    assert asuetos(2026) == expected


@pytest.mark.parametrize(
    ("year", "day"), [(2025, date(2025, 4, 20)), (2026, date(2026, 4, 5)), (2027, date(2027, 3, 28))]
)
def test_easter_moves_holy_week(year: int, day: date) -> None:
    assert easter(year) == day
    assert day in asuetos(year)


def test_months_are_added_over_the_end_of_a_year() -> None:
    assert add_months(date(2026, 12, 31), 2) == date(2027, 2, 28)
    assert last_invalidation_day(stamped_on=date(2026, 12, 5), months=False) == date(2027, 1, 15)
