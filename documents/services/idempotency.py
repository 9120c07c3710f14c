"""Idempotency-Key: the same request sent twice makes one document."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import Merchant
from documents.errors import Conflict, ReusedKey
from documents.models import Document, IdempotencyKey
from documents.states import State
from hacienda.messages import gettext_noop

IN_FLIGHT = timedelta(seconds=60)  # after this a request that left no document is taken for dead
KEPT = timedelta(hours=48)  # callers are promised 24

IN_USE = gettext_noop("The first request with this key is not over yet.")


def fingerprint(body: bytes) -> str:
    """What tells one body from another: SHA-256 of its bytes, in hex."""
    return hashlib.sha256(body).hexdigest()


def begin(*, merchant: Merchant, environment: str, key: str, body: bytes, now: datetime) -> IdempotencyKey | Document:
    """Open a request under its key: the record to issue with, or the document that it made before.

    Raises `ReusedKey` for another body under the same key, `Conflict` while the first request is in flight.
    """
    mark = fingerprint(body)
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(
                merchant=merchant,
                environment=environment,
                key=key,
                fingerprint=mark,
                lease_until=now + IN_FLIGHT,
                created_at=now,
            )
    except IntegrityError:
        record = IdempotencyKey.objects.select_related("document").filter(
            merchant=merchant, environment=environment, key=key
        )
        return _again(record.first(), mark, now)


def _again(record: IdempotencyKey | None, mark: str, now: datetime) -> IdempotencyKey | Document:
    in_use = Conflict("idempotency_key_in_use", IN_USE)
    if record is None:  # the first request was refused just now and left nothing behind
        raise in_use
    if record.fingerprint != mark:
        raise ReusedKey
    if record.document is not None and record.document.state != State.TRANSMITTING:
        return record.document  # settled, whether its request lived to tell or not
    if record.lease_until is not None and record.lease_until >= now:
        raise in_use
    if record.document is not None:
        return record.document
    mine = IdempotencyKey.objects.filter(pk=record.pk, document__isnull=True, lease_until=record.lease_until)
    if not mine.update(lease_until=now + IN_FLIGHT):
        raise in_use
    record.lease_until = now + IN_FLIGHT
    return record


def keep(record: IdempotencyKey, document: Document) -> None:
    """Bind the key to the document, in the transaction that seals it.

    Raises `Conflict`, which undoes the sealing, if another request has taken the key over meanwhile.
    """
    if not _held(record).update(document=document):
        raise Conflict("idempotency_key_in_use", IN_USE)


def close(record: IdempotencyKey) -> None:
    """The request is over: a repeat gets its document.

    A request that was refused before anything was sealed leaves no trace; it may be mended and sent again.
    """
    if not _held(record).filter(document__isnull=False).update(lease_until=None):
        _held(record).filter(document__isnull=True).delete()


def _held(record: IdempotencyKey) -> QuerySet[IdempotencyKey]:
    """The row while it is this request's: whoever takes it over gives it another lease."""
    return IdempotencyKey.objects.filter(pk=record.pk, lease_until=record.lease_until)


def outlived(now: datetime) -> QuerySet[IdempotencyKey]:
    """The keys that nobody can rely on any more; of documents that are still on their way they stay."""
    old = IdempotencyKey.objects.filter(created_at__lt=now - KEPT)
    return old.exclude(document__state=State.TRANSMITTING.value)
