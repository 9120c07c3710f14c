"""Business days and the terms of an invalidation, against the official examples."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.elsalvador import calendar, terms
from hacienda.elsalvador.rules import ZONE

DAYS = st.dates(date(2025, 1, 1), date(2040, 12, 31))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


class TestBusinessDays:
    @pytest.mark.parametrize(
        ("month", "day"), list(enumerate((16, 13, 13, 20, 15, 12, 14, 20, 14, 14, 16, 14), start=1)), ids=str
    )
    def test_the_tenth_of_each_month_of_2026(self, month: int, day: int) -> None:
        assert calendar.business_day(2026, month, 10) == date(2026, month, day)

    @pytest.mark.parametrize(
        ("month", "day"), list(enumerate((15, 12, 12, 14, 14, 14, 14, 19, 14, 14, 15, 14), start=1)), ids=str
    )
    def test_the_tenth_of_each_month_of_2027_as_it_is_expected(self, month: int, day: int) -> None:
        assert calendar.business_day(2027, month, 10) == date(2027, month, day)

    def test_a_published_year_follows_the_pattern_that_the_others_are_reckoned_by(self) -> None:
        assert calendar.holidays(2026) == calendar.expected_holidays(2026)

    @pytest.mark.parametrize("year", [2025, 2027])
    def test_a_provisional_year_of_the_file_is_the_expected_one(self, year: int) -> None:
        assert calendar.is_provisional(year)
        assert calendar.holidays(year) == calendar.expected_holidays(year)

    def test_only_hacienda_publishes_a_year(self) -> None:
        assert not calendar.is_provisional(2026)
        assert calendar.is_provisional(2031)

    def test_a_year_beyond_the_file_has_its_days_too(self) -> None:
        assert date(2030, 4, 21) in calendar.holidays(2030)  # Easter Sunday
        assert date(2030, 8, 5) in calendar.holidays(2030)

    @pytest.mark.parametrize("day", ["2026-04-06", "2026-08-05", "2026-11-02", "2026-11-21", "2026-11-22"])
    def test_a_holiday_and_a_weekend_are_none(self, day: str) -> None:
        assert not calendar.is_business_day(date.fromisoformat(day))

    @pytest.mark.parametrize(
        ("year", "sunday"), [(2025, "04-20"), (2026, "04-05"), (2027, "03-28"), (2038, "04-25"), (2000, "04-23")]
    )
    def test_easter(self, year: int, sunday: str) -> None:
        assert calendar.easter(year) == date.fromisoformat(f"{year}-{sunday}")

    def test_a_month_has_not_forty(self) -> None:
        with pytest.raises(ValueError, match="business days"):
            calendar.business_day(2026, 12, 40)


class TestMonths:
    @pytest.mark.parametrize(
        ("day", "later"),
        [
            ("2025-11-30", "2026-02-28"),
            ("2026-11-22", "2027-02-22"),
            ("2027-11-30", "2028-02-29"),
            ("2026-10-31", "2027-01-31"),
            ("2026-09-30", "2026-12-30"),
        ],
    )
    def test_three_months_later(self, day: str, later: str) -> None:
        assert calendar.add_months(date.fromisoformat(day), 3) == date.fromisoformat(later)

    @settings(deadline=None)
    @given(DAYS)
    def test_never_another_month_than_the_third(self, day: date) -> None:
        later = calendar.add_months(day, 3)
        assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == 3
        assert later.day <= day.day


class TestTheInvalidationsTerm:
    @pytest.mark.parametrize(
        ("stamped", "until"),
        [("2026-03-19", "2026-04-20"), ("2026-04-25", "2026-05-15"), ("2025-10-31", "2025-11-14")],
    )
    def test_the_official_examples_of_the_tenth_business_day(self, stamped: str, until: str) -> None:
        term = terms.invalidation_term("03", at(f"{stamped} 10:00:00"))
        assert term.until == at(f"{until} 23:59:59")
        assert term.name == "invalidation"

    @pytest.mark.parametrize("type_code", ["01", "11", "14"])
    def test_the_official_example_of_three_months(self, type_code: str) -> None:
        assert terms.invalidation_term(type_code, at("2025-11-30 10:00:00")).until == at("2026-02-28 23:59:59")

    @pytest.mark.parametrize("type_code", ["03", "04", "05", "06", "07", "08", "09", "15", "17", "18"])
    def test_every_other_type_goes_by_business_days(self, type_code: str) -> None:
        assert terms.invalidation_term(type_code, at("2026-11-22 10:00:00")).until == at("2026-12-14 23:59:59")

    def test_a_stamp_counts_by_the_day_in_el_salvador(self) -> None:
        late = datetime(2026, 12, 1, 5, 59, tzinfo=UTC)  # 23:59 of 30 November there
        assert terms.invalidation_term("03", late).until == at("2026-12-14 23:59:59")
        assert terms.invalidation_term("03", late + timedelta(minutes=1)).until == at("2027-01-15 23:59:59")

    @settings(deadline=None)
    @given(DAYS)
    def test_it_is_always_after_the_stamp(self, day: date) -> None:
        stamped_at = datetime.combine(day, datetime.max.time(), ZONE)
        for type_code in ("01", "03"):
            assert terms.invalidation_term(type_code, stamped_at).until > stamped_at


class TestTheEventsDate:
    def test_it_is_the_documents_own_where_the_type_leaves_no_choice(self) -> None:
        assert terms.event_date("03", date(2026, 11, 3), date(2026, 11, 22)) == date(2026, 11, 3)

    @pytest.mark.parametrize(
        ("today", "dated"),
        [
            ("2026-11-22", "2026-11-22"),
            ("2026-11-01", "2026-11-03"),  # the document is dated ahead
            ("2027-02-05", "2027-02-03"),  # stamped days after it was issued: the term is still open
        ],
    )
    def test_it_is_today_within_three_months_where_there_is_one(self, today: str, dated: str) -> None:
        found = terms.event_date("01", date(2026, 11, 3), date.fromisoformat(today))
        assert found == date.fromisoformat(dated)
