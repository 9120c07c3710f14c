"""The web process sends with a bounded number of threads; what it cannot take, the sender takes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from contingency.management.commands.sender import Sender
from documents.models import Document
from documents.services import dispatch
from tests.actors import TAX_ID, Caller, Sandbox, eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def one_thread(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SEND_THREADS = 1
    monkeypatch.setattr(dispatch, "_pool", dispatch._Pool())


def test_with_every_thread_busy_the_answer_is_202_and_the_sender_sends_without_asking(
    manager: Caller, sandbox: Sandbox, one_thread: None
) -> None:
    sandbox.fault("slow", "recepciondte", delay_ms=1000, count=1)
    with ThreadPoolExecutor(1) as threads:
        busy = threads.submit(manager.send)
        assert eventually(lambda: Document.objects.exists() and dispatch._pool.busy == 1)

        answer = manager.send()
        assert answer.status_code == 202

        sender = Sender(threads=1)
        assert eventually(lambda: sender.turn() > 0, seconds=2)
        sender.stopping.set()
        sender.run()

        assert busy.result().status_code == 201
        threads.submit(connection.close)
    assert manager.get(f"documents/{answer.json()['id']}").json()["status"] == "accepted"
    assert not sandbox.received("consultadte")
    assert Document.objects.get(public_id=answer.json()["id"]).next_attempt_at is None


def test_an_issuer_whose_hacienda_is_slow_leaves_threads_for_the_others(
    manager: Caller, stranger: Caller, sandbox: Sandbox, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of four threads one issuer gets three; its fourth document is left to the sender at once."""
    settings.SEND_THREADS = 4
    monkeypatch.setattr(dispatch, "_pool", dispatch._Pool())
    sandbox.fault("slow", "recepciondte", delay_ms=1500, nit=TAX_ID)
    with ThreadPoolExecutor(4) as threads:
        slow = [threads.submit(manager.send) for _ in range(3)]
        assert eventually(lambda: dispatch._pool.busy == 3)

        one_more, other = manager.send(), stranger.send()

        assert dispatch._pool.busy == 3  # while theirs go on
        assert one_more.status_code == 202
        assert Document.objects.get(public_id=one_more.json()["id"]).exchange.count() == 0  # nothing of it left
        assert (other.status_code, other.json()["status"]) == (201, "accepted")
        assert {answer.result().status_code for answer in slow} == {201}
        for _ in range(4):
            threads.submit(connection.close)
