"""The sender takes up what waits: after a recovery, after a crash, and never what another worker holds."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Credential, Merchant
from contingency.management.commands.sender import Chore, Sender
from contingency.models import Event, Run
from contingency.services import reporting, runs
from documents.models import Attempt, Document, Heartbeat, Queued
from documents.services import queue
from tests.actors import HACIENDA_PASSWORD, OTHER_TAX_ID, TAX_ID, Caller, Sandbox, SigningFile, eventually
from tests.contingency.outages import blind_resends, contingency, lowered, outage

pytestmark = pytest.mark.django_db(transaction=True)


def accepted() -> bool:
    return not Document.objects.exclude(state="accepted").exists()


def drained() -> bool:
    """One turn of a sender, then whether all is accepted."""
    sender = Sender(threads=4)
    sender.turn()
    sender._pool.shutdown(wait=True)
    return accepted()


def test_what_could_not_be_sent_is_sent_after_the_recovery(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("throttled", "recepciondte")
    assert manager.send().status_code == 202
    sandbox.heal()
    Credential.objects.update(paused_until=None)
    Attempt.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    Document.objects.update(next_attempt_at=timezone.now())

    assert eventually(drained)


def test_what_a_killed_worker_held_is_asked_about_first(manager: Caller, sandbox: Sandbox) -> None:
    """The crash between the answer and its writing down: Hacienda has the document, we do not know."""
    manager.send()
    document = Document.objects.get()
    document.exchange.update(outcome="started", milliseconds=None)
    past = timezone.now() - timedelta(seconds=1)
    Document.objects.update(
        state="transmitting",
        received_stamp="",
        stamped_at=None,
        lease_owner="dead",
        lease_until=past,
        next_attempt_at=past,
    )

    assert eventually(drained)
    assert len(sandbox.received("recepciondte")) == 1
    assert len(sandbox.received("consultadte")) == 1


def test_what_another_worker_holds_is_left_alone(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("throttled", "recepciondte")
    manager.send()
    sandbox.heal()
    soon = timezone.now() + timedelta(seconds=10)
    Document.objects.update(lease_owner="other", lease_until=soon, next_attempt_at=timezone.now())

    assert not drained()
    assert len(sandbox.received("recepciondte")) <= 3


def test_two_senders_report_an_outage_and_send_what_waited(
    merchant: Merchant, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asks for anything; two processes share the work and nothing goes twice."""
    lowered(monkeypatch, documents_per_batch=2)
    Merchant.objects.update(contingency_sending="on_recovery")
    over = outage()
    for _ in range(7):
        contingency(merchant, over)
    senders = [Sender(threads=3) for _ in range(2)]

    def run(sender: Sender) -> None:
        sender.run()
        connection.close()

    threads = [threading.Thread(target=run, args=(sender,)) for sender in senders]
    for thread in threads:
        thread.start()
    try:
        assert eventually(lambda: Run.objects.filter(state="done").exists(), seconds=15)
    finally:
        for sender in senders:
            sender.stopping.set()
        for thread in threads:
            thread.join()

    assert accepted()
    assert len(sandbox.received("contingencia")) == 1
    assert len(sandbox.received("recepcionlote")) == 4
    assert Run.objects.count() == 1
    assert blind_resends(sandbox) == []


def test_a_sender_that_ends_gives_back_what_takes_longer_than_the_grace(
    manager: Caller, sandbox: Sandbox, settings: Any
) -> None:
    settings.GRACE = timedelta(seconds=0.2)
    sandbox.fault("throttled", "recepciondte")
    manager.send(Prefer="wait=1")
    sandbox.heal()
    sandbox.fault("slow", "recepciondte", delay_ms=1200)
    Credential.objects.update(paused_until=None)
    Attempt.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    Document.objects.update(next_attempt_at=timezone.now())
    sender = Sender(threads=2)
    assert eventually(lambda: bool(sender.turn()))
    sender.stopping.set()
    ending = threading.Thread(target=sender.run)
    ending.start()
    try:
        assert eventually(lambda: Document.objects.get().lease_until is None)
        assert Document.objects.get().state == "transmitting"  # for another sender, at once
    finally:
        ending.join()

    assert accepted()  # the answer was applied all the same
    assert not Heartbeat.objects.exists()  # it is not missed


def test_a_sender_says_that_it_is_at_work(db: None) -> None:
    sender = Sender(threads=3)
    running = threading.Thread(target=lambda: (sender.run(), connection.close()))
    running.start()
    try:
        assert eventually(lambda: Heartbeat.objects.filter(kind="sender", threads=3).exists())
    finally:
        sender.stopping.set()
        running.join()


def test_a_chore_is_done_once_a_second_at_most(db: None) -> None:
    done: list[datetime] = []
    chore = Chore("looking", done.append)
    for _ in range(5):
        chore.begin()
    chore.end()
    assert len(done) == 1


def test_a_backlog_of_one_kind_does_not_keep_the_others_waiting(merchant: Merchant, sandbox: Sandbox) -> None:
    """With one thread and two kinds of rows that are due, each kind gets its turn."""
    over = outage()
    contingency(merchant, over)
    reporting.gather(timezone.now())
    runs.start(merchant=merchant, environment="sandbox", trigger=Run.Trigger.API, now=timezone.now())

    def turn() -> bool:
        Run.objects.filter(Run.ACTIVE, lease_until__isnull=True).update(next_attempt_at=timezone.now())
        sender = Sender(threads=1)
        sender._order = orders[0]
        sender.turn()
        sender._pool.shutdown(wait=True)
        orders[0] = sender._order
        return Event.objects.get().state == "accepted"

    orders: list[Any] = [(Run, Event)]
    assert turn() or turn()


def waiting(caller: Caller, count: int) -> None:
    """So many documents of this caller that are due and that nobody has sent yet."""
    for _ in range(count):
        caller.send()
    past = timezone.now() - timedelta(minutes=5)
    Attempt.objects.update(started_at=past)
    Document.objects.filter(lease_until__isnull=True).update(next_attempt_at=past)
    Credential.objects.update(paused_until=None)


def test_a_single_document_goes_among_the_first_of_somebody_s_backlog(
    manager: Caller, stranger: Caller, sandbox: Sandbox
) -> None:
    sandbox.fault("throttled", "recepciondte")
    waiting(manager, 10)
    waiting(stranger, 1)
    Document.objects.filter(merchant=stranger.key.merchant).update(next_attempt_at=timezone.now())  # the last of all
    sandbox.heal()
    sandbox.control("DELETE", "received")

    assert eventually(drained, seconds=15)
    order = [one["nit"] for one in sandbox.received("recepciondte")]
    assert len(order) == 11
    assert OTHER_TAX_ID in order[:4]


def test_an_issuer_whose_hacienda_is_slow_leaves_threads_of_the_sender_to_the_others(
    manager: Caller, stranger: Caller, sandbox: Sandbox
) -> None:
    sandbox.fault("throttled", "recepciondte")
    waiting(manager, 5)
    sandbox.heal()
    sandbox.fault("slow", "recepciondte", delay_ms=2000, nit=TAX_ID)
    sender = Sender(threads=3)
    assert sender.turn() == 2  # two thirds
    assert sender.turn() == 0
    sandbox.fault("throttled", "recepciondte", nit=OTHER_TAX_ID)
    waiting(stranger, 1)
    sandbox.heal()

    assert sender.turn() == 1
    others = Document.objects.filter(merchant=stranger.key.merchant, state="accepted")
    assert eventually(others.exists, seconds=5)
    sender._pool.shutdown(wait=True)


def test_a_database_that_fails_a_claim_costs_no_thread(
    manager: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.fault("throttled", "recepciondte", count=1)
    manager.send(Prefer="wait=0")
    assert eventually(lambda: Document.objects.filter(lease_until__isnull=True).exists())
    Document.objects.update(next_attempt_at=timezone.now())
    sender = Sender(4)

    def fail(model: type[Queued], keys: list[int], **_more: Any) -> tuple[str, frozenset[int]]:
        if keys:
            raise OperationalError
        return "", frozenset()

    with monkeypatch.context() as broken:
        broken.setattr(queue, "claim_all", fail)
        with pytest.raises(OperationalError):
            sender.turn()

    assert sender._shares.free == 4
    assert sender.turn() == 1
    sender._pool.shutdown(wait=True)


def test_one_claim_wins(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("throttled", "recepciondte")
    manager.send()
    now = timezone.now() + timedelta(minutes=1)

    assert queue.claim_all(Document, [Document.objects.get().pk], now=now)[1]
    assert not queue.claim_all(Document, [Document.objects.get().pk], now=now)[1]


def test_a_refused_login_is_not_tried_in_a_loop(
    manager: Caller, merchant: Merchant, sandbox: Sandbox, signing_file: SigningFile
) -> None:
    def save(password: str) -> None:
        accounts.save_credential(
            merchant=merchant,
            environment="sandbox",
            certificate=signing_file.content,
            certificate_password=signing_file.password,
            password=password,
            now=timezone.now(),
        )

    save("Otra.Clave-Equivocada-2026")
    assert manager.send().status_code == 202
    assert manager.send().status_code == 202
    Document.objects.update(next_attempt_at=timezone.now())
    assert not drained()
    assert len(sandbox.received("auth")) == 1

    save(HACIENDA_PASSWORD)
    Document.objects.update(next_attempt_at=timezone.now())
    assert eventually(drained)
