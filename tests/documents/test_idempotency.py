"""The same request sent twice makes one document, also when both come at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Merchant
from documents.errors import Conflict
from documents.models import Document, IdempotencyKey
from documents.services import idempotency
from tests.actors import Caller, Sandbox, eventually, invoice

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(caller: Caller, count: int, **headers: str) -> list[int]:
    def one(_number: int) -> int:
        try:
            return caller.send(invoice(external_id="A-1") if not headers else invoice(), **headers).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as threads:
        return sorted(threads.map(one, range(count)))


def test_the_same_key_and_body_give_the_same_document_again(manager: Caller, sandbox: Sandbox) -> None:
    first = manager.send(invoice(), **{"Idempotency-Key": "k1"})
    again = manager.send(invoice(), **{"Idempotency-Key": "k1"})

    assert again.json() == first.json()
    assert again.status_code == first.status_code == 201
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Document.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(manager: Caller, sandbox: Sandbox) -> None:
    manager.send(invoice(), **{"Idempotency-Key": "k1"})

    answer = manager.send(invoice(notes="x"), **{"Idempotency-Key": "k1"})

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"


def test_a_request_still_in_flight_is_409(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("slow", "recepciondte", delay_ms=800, count=1)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(manager.send, invoice(), **{"Idempotency-Key": "k1"})
        assert eventually(IdempotencyKey.objects.filter(document__isnull=False).exists)

        answer = manager.send(invoice(), **{"Idempotency-Key": "k1"})

        assert first.result().status_code == 201
        threads.submit(connection.close)

    assert answer.status_code == 409
    assert answer.json()["code"] == "idempotency_key_in_use"


def test_a_request_that_died_is_taken_over(manager: Caller, sandbox: Sandbox) -> None:
    manager.send(invoice(), **{"Idempotency-Key": "k1"})
    IdempotencyKey.objects.update(document=None, lease_until=timezone.now() - timedelta(seconds=1))

    assert manager.send(invoice(), **{"Idempotency-Key": "k1"}).status_code == 201


def test_a_request_that_died_after_sealing_gives_its_document(manager: Caller, sandbox: Sandbox) -> None:
    first = manager.send(invoice(), **{"Idempotency-Key": "k1"}).json()
    IdempotencyKey.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert manager.send(invoice(), **{"Idempotency-Key": "k1"}).json()["id"] == first["id"]


def test_a_rejection_is_replayed_as_one(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("reject", "recepciondte", code="020", message="CALCULO INCORRECTO", count=1)
    first = manager.send(invoice(), **{"Idempotency-Key": "k1"})

    again = manager.send(invoice(), **{"Idempotency-Key": "k1"})

    assert first.status_code == again.status_code == 422
    assert again["Idempotent-Replayed"] == "true"
    assert again.json()["document"] == first.json()["document"]


def test_a_request_whose_key_was_taken_over_seals_nothing(
    manager: Caller, merchant: Merchant, sandbox: Sandbox
) -> None:
    manager.send()
    now = timezone.now()
    opening = {"merchant": merchant, "environment": "sandbox", "key": "k1", "body": b"x"}
    slow = idempotency.begin(**opening, now=now)
    fast = idempotency.begin(**opening, now=now + timedelta(minutes=2))
    assert isinstance(slow, IdempotencyKey)
    assert isinstance(fast, IdempotencyKey)

    with pytest.raises(Conflict):
        idempotency.keep(slow, Document.objects.get())
    idempotency.close(slow)
    assert IdempotencyKey.objects.get().lease_until == fast.lease_until


def test_a_refusal_is_not_remembered(manager: Caller, sandbox: Sandbox) -> None:
    assert manager.send(invoice(items=[]), **{"Idempotency-Key": "k1"}).status_code == 422
    assert manager.send(invoice(), **{"Idempotency-Key": "k1"}).status_code == 201


def test_a_key_is_each_merchants_own(manager: Caller, stranger: Caller, sandbox: Sandbox) -> None:
    assert manager.send(invoice(), **{"Idempotency-Key": "k1"}).status_code == 201
    assert stranger.send(invoice(notes="mine"), **{"Idempotency-Key": "k1"}).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_of_a_wrong_length_is_refused(manager: Caller, sandbox: Sandbox, key: str) -> None:
    assert manager.send(invoice(), **{"Idempotency-Key": key}).status_code == 422


def test_eight_callers_at_once_make_one_document(manager: Caller, sandbox: Sandbox) -> None:
    by_external_id = at_once(manager, 8)
    assert by_external_id == [201] + [409] * 7
    assert Document.objects.count() == 1

    by_key = at_once(manager, 8, **{"Idempotency-Key": "k1"})
    assert set(by_key) == {201, 409}
    assert Document.objects.count() == 2
    assert len({one["generation_code"] for one in sandbox.received("recepciondte")}) == 2
