"""The web process sends with a bounded number of threads; what it cannot take, the sender takes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from contingency.management.commands.sender import Sender
from documents.models import Document
from documents.services import dispatch
from tests.actors import Caller, Sandbox, eventually

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
