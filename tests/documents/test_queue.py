"""Rows that wait are claimed together, each by one sender."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Merchant
from documents.models import Document
from documents.services import fairness, queue

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


def test_what_is_due_is_claimed_together_and_once(backlog: list[int]) -> None:
    now = timezone.now()
    first, won = queue.claim_all(Document, backlog[:8], now=now)
    other, rest = queue.claim_all(Document, backlog, now=now)

    assert sorted(won) == backlog[:8]
    assert sorted(rest) == backlog[8:]
    assert first != other
    assert set(Document.objects.filter(lease_owner=first).values_list("pk", flat=True)) == won
    assert queue.claim_all(Document, backlog, now=now)[1] == frozenset()
    assert queue.claim_all(Document, [], now=now)[1] == frozenset()
    later = now + settings.LEASE + timedelta(seconds=1)
    assert sorted(queue.claim_all(Document, backlog, now=later)[1]) == backlog, "leases run out"


def test_what_is_not_due_yet_is_left(backlog: list[int]) -> None:
    _owner, won = queue.claim_all(Document, backlog, now=timezone.now() - timedelta(seconds=COUNT // 2))
    assert sorted(won) == backlog[: len(won)]
    assert 0 < len(won) < COUNT


def test_many_senders_at_once_claim_every_row_once(backlog: list[int], merchant: Merchant) -> None:
    now = timezone.now()

    def sender(_number: int) -> list[int]:
        claimed: list[int] = []
        try:
            while chosen := fairness.in_turn(Document, now=now, most=4):
                # Where another one is taking just these, it looks again.
                claimed += queue.claim_all(Document, [pk for pk, _issuer in chosen], now=now)[1]
            return claimed
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as senders:
        claimed = [pk for found in senders.map(sender, range(4)) for pk in found]

    assert sorted(claimed) == backlog


if connection.vendor == "postgresql":  # SQLite has one writer at a time, and nothing to pass over

    def test_rows_that_another_one_holds_are_passed_over(backlog: list[int]) -> None:
        now = timezone.now()

        def other() -> frozenset[int]:
            try:
                return queue.claim_all(Document, backlog[:15], now=now)[1]
            finally:
                connection.close()

        with transaction.atomic(), ThreadPoolExecutor(1) as senders:
            rows = Document.objects.select_for_update().filter(pk__in=backlog[:10])
            assert len(rows) == 10
            claimed = senders.submit(other).result(timeout=20)

        assert sorted(claimed) == backlog[10:15]
