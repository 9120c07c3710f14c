"""Numbers: no gap, no repeat, whoever sends at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction

from accounts.models import Merchant
from documents.models import Document
from documents.services import numbering
from tests.actors import Caller, Sandbox, invoice

pytestmark = pytest.mark.django_db(transaction=True)

ZONE = ZoneInfo("America/El_Salvador")


def take(merchant: Merchant, series: str = "M001", year: int = 2026) -> int:
    with transaction.atomic():
        return numbering.take(merchant=merchant, environment="sandbox", series=series, year=year)


def test_each_series_and_year_counts_from_one(merchant: Merchant) -> None:
    assert [take(merchant), take(merchant), take(merchant, "M002"), take(merchant, year=2027)] == [1, 2, 1, 1]


def test_what_is_rolled_back_gives_its_number_back(merchant: Merchant) -> None:
    take(merchant)

    with transaction.atomic():
        numbering.take(merchant=merchant, environment="sandbox", series="M001", year=2026)
        transaction.set_rollback(True)

    assert take(merchant) == 2


def test_a_number_is_not_taken_outside_a_transaction(merchant: Merchant) -> None:
    with pytest.raises(RuntimeError):
        numbering.take(merchant=merchant, environment="sandbox", series="M001", year=2026)


def test_fifty_takers_at_once_leave_no_gap(merchant: Merchant) -> None:
    def one(_number: int) -> int:
        try:
            return take(merchant)
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        taken = sorted(threads.map(one, range(50)))

    assert taken == list(range(1, 51))


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("establishment", "M001"), ("type", "M001-01"), ("point_of_sale", "M001P001-01")],
)
def test_the_scope_is_the_merchants_setting(merchant: Merchant, scope: str, expected: str) -> None:
    merchant.number_scope = scope

    assert numbering.scope(merchant, type_code="01", establishment="M001", point_of_sale="P001") == expected


def test_the_year_is_that_of_el_salvador(manager: Caller, sandbox: Sandbox) -> None:
    # Half past eight in the evening of New Year's Eve: in UTC it is 2027 already.
    with time_machine.travel(datetime(2026, 12, 31, 20, 30, tzinfo=ZONE), tick=True):
        manager.send(invoice(), Prefer="wait=0")

    document = Document.objects.get()
    assert document.year == 2026
    assert '"fecEmi":"2026-12-31"' in document.current_sealing.payload
