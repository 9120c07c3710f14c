"""Days on which a deadline runs: Monday to Friday. Holidays are not known here."""

from __future__ import annotations

from datetime import date, timedelta

SATURDAY = 5


def business_days_after(day: date, number: int) -> date:
    """Return the day that is so many business days after one."""
    while number > 0:
        day += timedelta(days=1)
        number -= day.weekday() < SATURDAY
    return day


def last_day_to_confirm(issued_on: date) -> date:
    """Return the eighth business day of the month after a document's."""
    end_of_month = (issued_on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return business_days_after(end_of_month, 8)
