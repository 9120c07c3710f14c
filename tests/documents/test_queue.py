"""Rows that wait are claimed in batches, each by one sender."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Merchant
from documents.models import Document, Queued
from documents.services import queue

COUNT = 60


@pytest.fixture
def backlog(merchant: Merchant) -> list[int]:
    """Documents that are due, the longest waiting first."""
    now = timezone.now()
    made = Document.objects.bulk_create(
        Document(
            merchant=merchant,
            environment="sandbox",
            type_code="01",
            version=2,
            generation_code=f"CODE-{number}",
            establishment="M001",
            point_of_sale="P001",
            series="M001",
            year=2026,
            issued_at=now,
            total=1,
            content={},
            next_attempt_at=now - timedelta(seconds=COUNT - number),
            # Of two kinds that are due, each found by an index of its own.
            **({"state": "contingency", "uncertain": True} if number % 4 == 0 else {}),
        )
        for number in range(COUNT)
    )
    return [one.pk for one in made]


def test_a_batch_is_the_longest_waiting_and_nobody_elses(backlog: list[int]) -> None:
    now = timezone.now()
    first = queue.claim_due(Document, limit=8, now=now)
    second = queue.claim_due(Document, limit=COUNT, now=now)

    assert [pk for pk, _owner in first] == [pk for number, pk in enumerate(backlog) if number % 4][:8]
    assert sorted(pk for pk, _owner in first + second) == backlog
    assert queue.claim_due(Document, limit=8, now=now) == []
    assert len(queue.claim_due(Document, limit=8, now=now + timedelta(minutes=1))) == 8, "leases run out"


def test_many_senders_at_once_claim_every_row_once(backlog: list[int]) -> None:
    now = timezone.now()

    def sender(_number: int) -> list[int]:
        claimed: list[int] = []
        try:
            while found := queue.claim_due(Document, limit=4, now=now):
                claimed += [pk for pk, _owner in found]
            return claimed
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as senders:
        claimed = [pk for found in senders.map(sender, range(4)) for pk in found]

    # One that finds all that is left being taken by others goes away empty-handed, and looks again in a moment.
    claimed += [pk for pk, _owner in queue.claim_due(Document, limit=COUNT, now=now)]
    assert sorted(claimed) == backlog


if connection.vendor == "postgresql":  # SQLite has one writer at a time, and nothing to pass over

    def test_rows_that_another_one_holds_are_passed_over(backlog: list[int]) -> None:
        now = timezone.now()

        def other() -> list[tuple[int, str]]:
            try:
                return queue.claim_due(Document, limit=5, now=now)
            finally:
                connection.close()

        with transaction.atomic(), ThreadPoolExecutor(1) as senders:
            rows = Document.objects.select_for_update().filter(pk__in=backlog[:10])
            held = list(rows.values_list("pk", flat=True))
            claimed = senders.submit(other).result(timeout=20)

        assert len(claimed) == 5
        assert not {pk for pk, _owner in claimed} & set(held)


def test_the_parts_of_a_queue_are_all_of_it(backlog: list[int]) -> None:
    for model in Queued.__subclasses__():
        active = set(model._default_manager.filter(model.ACTIVE).values_list("pk", flat=True))
        rows = [model._default_manager.filter(part) for part in model.active_parts()]
        parts = [pk for found in rows for pk in found.values_list("pk", flat=True)]
        assert sorted(parts) == sorted(active)
