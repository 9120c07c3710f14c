"""The sender takes up what waits: after a recovery, after a crash, and never what another worker holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import services as accounts
from accounts.models import Credential, Merchant
from contingency.management.commands.sender import Sender
from documents.models import Attempt, Document
from documents.services import queue
from tests.actors import HACIENDA_PASSWORD, Caller, Sandbox, SigningFile, eventually

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


def test_one_claim_wins(manager: Caller, sandbox: Sandbox) -> None:
    sandbox.fault("throttled", "recepciondte")
    manager.send()
    now = timezone.now() + timedelta(minutes=1)

    assert queue.claim(Document, Document.objects.get().pk, now=now)
    assert queue.claim(Document, Document.objects.get().pk, now=now) is None


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
