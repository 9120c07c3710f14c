"""A process that is to end lets go of what it has in hand, so that another one goes on at once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from documents.models import Document
from documents.services import queue
from tests.actors import Caller, Sandbox, eventually


@pytest.fixture
def unclosed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What closes in this process is open again for the next test."""
    monkeypatch.setattr(queue._keeper, "closing", threading.Event())


def test_what_is_still_in_work_is_given_back_and_its_answer_lands_all_the_same(
    manager: Caller, sandbox: Sandbox
) -> None:
    sandbox.fault("slow", "recepciondte", delay_ms=1500)
    manager.send(Prefer="wait=0")
    assert eventually(lambda: queue._keeper._held)

    assert queue.give_back() == 1

    document = Document.objects.get()
    assert (document.state, document.lease_owner, document.lease_until) == ("transmitting", "", None)
    assert document.next_attempt_at is not None
    assert queue.due(Document, now=timezone.now() + timedelta(seconds=1)).exists()
    assert eventually(lambda: Document.objects.get().state == "accepted")


@pytest.mark.usefixtures("unclosed")
def test_a_process_that_is_to_end_begins_nothing_new(manager: Caller, sandbox: Sandbox) -> None:
    queue.close()

    answer = manager.send(Prefer="wait=5")

    assert answer.status_code == 202
    document = Document.objects.get()
    assert (document.lease_owner, document.exchange.count()) == ("", 0)  # for anybody, and nothing has left
    assert sandbox.received("recepciondte") == []


@pytest.mark.usefixtures("unclosed")
def test_between_two_steps_it_stops_and_another_process_asks_first(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("drop_answer", "recepciondte", delay_ms=700)  # it arrives, and no answer comes back
    manager.send(Prefer="wait=0")
    assert eventually(lambda: queue._keeper._held)
    queue.close()

    assert eventually(lambda: not Document.objects.get().lease_owner, seconds=15)

    document = Document.objects.get()
    assert [(one.action, one.outcome) for one in document.exchange.all()] == [("submit", "closed")]
    assert document.next_attempt_at <= timezone.now()
