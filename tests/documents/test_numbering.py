"""Numbers: no gap, no repeat, whoever sends at the same time."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Merchant
from documents import ledger
from documents.models import Document, Sequence
from documents.services import numbering
from tests.actors import Caller, Sandbox, invoice, tax_credit

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


# --- Through the front door, all at once ------------------------------------------------------------------------
def send(caller: Caller, turn: int) -> int:
    """One of many callers: most send a document, some a bad one, one whose `external_id` another sends as well."""
    body: dict[str, Any] = tax_credit() if turn % 3 == 0 else invoice()
    if turn % 7 == 1:
        body["items"] = []
    elif turn % 7 in (2, 3):
        body["external_id"] = f"twice-{turn // 7}"
    try:
        return caller.send(body, Prefer="wait=30").status_code
    finally:
        connection.close()


def is_complete(row: Sequence) -> bool:
    """Whether numbers 1 to the last one each have one document, and the ledger says so."""
    numbers = Document.objects.filter(series=row.scope, year=row.year).order_by("number")
    told = list(ledger.spans(row, now=timezone.now()))
    return (
        list(numbers.values_list("number", flat=True)) == list(range(1, row.last + 1))
        and sum(span.count for span in told) == row.last
        and not any(span.is_unexplained for span in told)
    )


@pytest.mark.parametrize(("scope", "senders"), [("establishment", 50), ("type", 20), ("point_of_sale", 20)])
def test_many_senders_at_once_leave_no_gap_and_repeat_nothing(
    merchant: Merchant, manager: Caller, sandbox: Sandbox, scope: str, senders: int
) -> None:
    merchant.number_scope = scope
    merchant.save()
    # Some of what is sent is refused, too: its number stays with it.
    sandbox.fault("reject", "recepciondte", count=5, code="003", message="[receptor.nombre] NO")

    with ThreadPoolExecutor(senders) as threads:
        codes = Counter(threads.map(lambda turn: send(manager, turn), range(senders)))

    assert codes.keys() <= {201, 202, 409, 422, 200}
    rows = list(Sequence.objects.select_related("merchant"))
    assert len(rows) == (1 if scope == "establishment" else 2)
    assert [row for row in rows if not is_complete(row)] == []
    documents = Document.objects.all()
    # One of each that is right: the bad ones and the second of each pair have made none, and used no number.
    made = senders - sum(turn % 7 in (1, 3) for turn in range(senders))
    assert sum(row.last for row in rows) == documents.count() == made
    assert len(set(documents.values_list("control_number"))) == made


def test_senders_at_midnight_on_new_years_eve_fill_two_years(manager: Caller, sandbox: Sandbox) -> None:
    """In El Salvador; in UTC the year ended six hours ago."""
    turns = count()

    def one(_sender: int) -> set[int]:
        codes = set()
        try:
            while Document.objects.filter(year=2027).count() < 6 and next(turns) < 400:
                codes.add(manager.send(Prefer="wait=30").status_code)
        finally:
            connection.close()
        return codes

    with (
        time_machine.travel(datetime(2026, 12, 31, 23, 59, 59, 200000, tzinfo=ZONE), tick=True),
        ThreadPoolExecutor(8) as threads,
    ):
        codes = set().union(*threads.map(one, range(8)))

    assert codes <= {201, 202}
    rows = {row.year: row for row in Sequence.objects.select_related("merchant")}
    assert sorted(rows) == [2026, 2027]
    assert all(is_complete(row) for row in rows.values())
    for document in Document.objects.select_related("current_sealing"):
        assert document.current_sealing is not None
        assert f'"fecEmi":"{document.year}-' in document.current_sealing.payload
        assert document.issued_at.astimezone(ZONE).year == document.year


def test_what_was_rejected_before_new_year_keeps_its_number_in_the_old_year(
    manager: Caller, sandbox: Sandbox
) -> None:
    sandbox.fault("reject", "recepciondte", count=1, code="003", message="[receptor.nombre] NO")
    with time_machine.travel(datetime(2026, 12, 31, 23, 59, 58, tzinfo=ZONE), tick=True):
        made = manager.send(Prefer="wait=30").json()["document"]
    with time_machine.travel(datetime(2027, 1, 1, 9, 0, tzinfo=ZONE), tick=True):
        new = manager.send(Prefer="wait=30").json()
        corrected = manager.post(f"documents/{made['id']}/correct", invoice(), Prefer="wait=30").json()

    assert corrected["control_number"] == made["control_number"] == new["control_number"]
    assert corrected["status"] == new["status"] == "accepted"
    assert list(Document.objects.order_by("year").values_list("year", "number")) == [(2026, 1), (2027, 1)]
