"""Costa Rica's numbers: one series for each place and type, for ever, without a gap."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.models import Merchant, PointOfSale
from documents import ledger
from documents.ledger import Fate
from documents.models import Document, Sequence
from documents.services import numbering
from hacienda.costarica import clave
from hacienda.registry import authority
from tests.actors import Caller, Sandbox
from tests.ticos import cr_invoice, ticket

pytestmark = pytest.mark.django_db(transaction=True)
ZONE = authority("CR").rules.zone


def is_complete(row: Sequence) -> bool:
    """Whether numbers 1 to the last one each have one document, and the ledger says so."""
    numbers = Document.objects.filter(series=row.scope).order_by("number").values_list("number", flat=True)
    told = list(ledger.spans(row, now=timezone.now()))
    return (
        list(numbers) == list(range(1, row.last + 1))
        and sum(span.count for span in told) == row.last
        and not any(span.is_unexplained for span in told)
    )


def send(caller: Caller, turn: int) -> int:
    """One of many callers: two types, some bad ones, and an `external_id` that two send at once."""
    body: dict[str, Any] = cr_invoice() if turn % 3 == 0 else ticket()
    if turn % 7 == 1:
        body["items"] = []
    elif turn % 7 in (2, 3):
        body["external_id"] = f"twice-{turn // 7}"
    try:
        return caller.send(body, Prefer="wait=30").status_code
    finally:
        connection.close()


def test_twenty_callers_at_once_leave_no_gap_and_repeat_nothing(tico_manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("reject", "recepcion", count=3, code="-400", message="El código CABYS no existe.")
    with ThreadPoolExecutor(20) as threads:
        codes = Counter(threads.map(lambda turn: send(tico_manager, turn), range(20)))

    assert codes.keys() <= {201, 202, 409, 422, 200}
    rows = list(Sequence.objects.select_related("merchant").order_by("scope"))
    assert [row.scope for row in rows] == ["00100001-01", "00100001-04"]
    assert all(is_complete(row) for row in rows)
    documents = Document.objects.all()
    # An `external_id` whose first document was rejected is corrected by the second: two documents.
    assert sum(row.last for row in rows) == documents.count()
    assert len(set(documents.values_list("control_number", flat=True))) == documents.count()
    assert len(set(documents.values_list("generation_code", flat=True))) == documents.count()
    for one in documents:
        told = clave.read(one.generation_code)
        assert told.consecutivo == one.control_number == f"00100001{one.type_code}{one.number:010}"
        assert told.issued_on == one.issued_at.astimezone(ZONE).date()


def test_each_place_and_type_has_a_series_of_its_own(tico_manager: Caller, tico: Merchant, sandbox: Sandbox) -> None:
    first = tico.establishments.get()
    PointOfSale.objects.create(establishment=first, code="00002")
    first.pk, first.code = None, "002"
    first.save()
    PointOfSale.objects.create(establishment=first, code="00001")
    places = [{}, {"point_of_sale": "00002"}, {"establishment": "002", "point_of_sale": "00001"}]
    for place in places * 2:
        for body in (ticket(), cr_invoice()):
            answer = tico_manager.send(body | place)
            assert answer.status_code == 201, answer.content

    numbers = sorted(Document.objects.values_list("control_number", flat=True))
    assert numbers == sorted(
        f"{place}{code}{number:010}"
        for place in ("00100001", "00100002", "00200001")
        for code in ("01", "04")
        for number in (1, 2)
    )
    assert all(is_complete(row) for row in Sequence.objects.select_related("merchant"))


def test_the_numbers_go_on_over_new_year(tico_manager: Caller, sandbox: Sandbox) -> None:
    """In Costa Rica; in UTC the year ended six hours ago."""
    turns = count()

    def one(_sender: int) -> None:
        try:
            while Document.objects.filter(issued_at__year__gte=2027).count() < 4 and next(turns) < 200:
                assert tico_manager.send(ticket(), Prefer="wait=0").status_code == 202
        finally:
            connection.close()

    with (
        time_machine.travel(datetime(2026, 12, 31, 23, 59, 59, 300000, tzinfo=ZONE), tick=True),
        ThreadPoolExecutor(4) as threads,
    ):
        list(threads.map(one, range(4)))

    [row] = Sequence.objects.select_related("merchant")
    assert row.year == 0
    assert is_complete(row)
    documents = list(Document.objects.order_by("number"))
    years = [one.issued_at.astimezone(ZONE).year for one in documents]
    assert set(years) == {2026, 2027}
    for one in documents:
        assert clave.read(one.generation_code).issued_on == one.issued_at.astimezone(ZONE).date()


def test_who_comes_from_elsewhere_goes_on_with_its_numbers(
    tico_manager: Caller, tico: Merchant, sandbox: Sandbox
) -> None:
    numbering.begin_at(
        merchant=tico, environment="sandbox", series="00100001-04", number=1501, year=0, now=timezone.now()
    )
    made = [tico_manager.send(body).json()["control_number"] for body in (ticket(), ticket(), cr_invoice())]

    assert made == ["00100001040000001501", "00100001040000001502", "00100001010000000001"]
    told = list(ledger.spans(Sequence.objects.get(scope="00100001-04"), now=timezone.now()))
    assert [(span.first, span.last, span.is_unexplained) for span in told] == [
        (1, 1500, False),
        (1501, 1502, False),
    ]


def test_the_ledger_explains_what_was_rejected_and_what_was_taken_back(
    tico_manager: Caller, sandbox: Sandbox
) -> None:
    sandbox.fault("reject", "recepcion", count=1, code="-400", message="El código CABYS no existe.")
    rejected = tico_manager.send(ticket()).json()["document"]
    tico_manager.post(f"documents/{rejected['id']}/correct", ticket())
    made = tico_manager.send(ticket()).json()
    tico_manager.post(f"documents/{made['id']}/invalidate", {"kind": "rescinded"})

    rows = {row.scope: row for row in Sequence.objects.select_related("merchant")}
    told = [(one.first, one.last, one.fate) for one in ledger.spans(rows["00100001-04"], now=timezone.now())]
    assert told == [(1, 1, Fate.ABANDONED), (2, 2, Fate.ACCEPTED), (3, 3, Fate.INVALIDATED)]
    assert all(is_complete(row) for row in rows.values())
    answer = tico_manager.get("numbering")
    assert answer.status_code == 200
