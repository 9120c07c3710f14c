"""An outage, documents that were issued in it, and senders that make up for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from accounts import vault
from accounts.models import Merchant
from contingency.management.commands.sender import Sender
from contingency.models import Batch, Event, Run
from contingency.services import tending
from documents import facts, mapping
from documents.drafting import parsed
from documents.models import Document, Sealing
from documents.serializers import DraftBody
from documents.services import evidence, exchange, moves
from documents.services.issue import issue
from documents.states import State
from hacienda.models import Outage
from hacienda.registry import authority
from hacienda.values import Envelope, Environment, Manner
from hacienda.verdicts import Accepted
from tests.actors import Sandbox, invoice
from tests.contingency import rows
from tests.contingency.rows import ago

LAW = authority("SV")
ROWS = (Event, Run, Batch)
TENDING = 0.2  # seconds between two looks; the product's own is a second
HURRYING = 0.1  # more often would only make the senders ask the database the same again


def outage(*, began: datetime | None = None, ended: datetime | None = None, tax_id: str = "") -> Outage:
    """An outage that is over since a minute ago, if nothing else is said."""
    return rows.outage(began=began, ended=ended or ago(minutes=1), tax_id=tax_id)


def going_on(*, began: datetime | None = None, tax_id: str = "") -> Outage:
    """An outage that is not over."""
    return rows.outage(began=began, tax_id=tax_id)


def contingency(
    merchant: Merchant,
    over: Outage | None,
    body: dict[str, Any] | None = None,
    *,
    reason: int = 1,
    note: str = "",
    issued_at: datetime | None = None,
    establishment: str | None = None,
    uncertain: bool = False,
    **columns: Any,
) -> Document:
    """A document that was issued normally, could not be sent, and was sealed again in contingency."""
    now = timezone.now()
    document = issue(
        merchant=merchant,
        environment="sandbox",
        draft=mapping.draft(parsed(DraftBody, body or invoice()), merchant=merchant, environment="sandbox"),
        establishment=establishment,
        issued_at=issued_at or ago(minutes=10),
        now=now,
    ).document
    if document.state == State.CONTINGENCY:  # the outage is open: it was issued so
        Document.objects.filter(pk=document.pk).update(uncertain=uncertain, **columns)
        document.refresh_from_db()
        return document
    for attempt in document.exchange.all():
        exchange.withdrawn(attempt)
    assert document.current_sealing is not None
    sealed = LAW.reseal(
        document.current_sealing.payload, vault.signing_key(merchant.pk, "sandbox"), Manner(reason, note or None)
    )
    sealing = Sealing.objects.create(
        document=document, payload=sealed.payload, signature=sealed.signature, reason=reason, created_at=now
    )
    evidence.tell(document, facts.sealed(sealing))
    assert moves.move(
        document,
        State.CONTINGENCY,
        at=now,
        outage=over,
        contingency_reason=reason,
        contingency_note=note,
        contingency_since=now,
        current_sealing=sealing,
        uncertain=uncertain,
        next_attempt_at=None,
        lease_owner="",
        lease_until=None,
        **columns,
    )
    return document


def send_earlier_copy(document: Document) -> str:
    """The normal copy reaches Hacienda after all; returns its stamp."""
    normal = document.sealings.get(reason__isnull=True)
    envelope = Envelope(
        environment=Environment.SANDBOX,
        type_code=document.type_code,
        version=document.version,
        generation_code=document.generation_code,
        tax_id=document.merchant.tax_id,
        signature=normal.signature,
    )
    verdict = LAW.submit(envelope, vault.login(document.merchant, "sandbox"))
    assert isinstance(verdict, Accepted)
    return verdict.stamp


def work(check: Callable[[], bool], *, seconds: float = 20, hurry: bool = True, threads: int = 4) -> bool:
    """Senders at work until `check` comes true; their pauses are cut short unless they matter."""
    sender = Sender(threads)
    sender._order = ROWS  # documents by themselves are another room's
    until = time.monotonic() + seconds
    tend_at = hurry_at = time.monotonic()
    try:
        while time.monotonic() < until:
            if time.monotonic() >= tend_at:
                tending.tend(timezone.now())
                tend_at = time.monotonic() + TENDING
            sender.turn()
            if check():
                return True
            time.sleep(0.03)
            if hurry and time.monotonic() >= hurry_at:
                hurry_at = time.monotonic() + HURRYING
                for model in ROWS:
                    model._default_manager.filter(model.ACTIVE, lease_until__isnull=True).update(
                        next_attempt_at=timezone.now()
                    )
        return False
    finally:
        sender._pool.shutdown(wait=True)


def all_in(model: type[Event] | type[Run] | type[Batch], *states: str) -> Callable[[], bool]:
    """Whether there are rows and all of them are in one of the states."""

    def check() -> bool:
        rows = model._default_manager
        return rows.exists() and not rows.exclude(state__in=states).exists()

    return check


def dead(row: Event | Run | Batch, **columns: Any) -> None:
    """Leave the row as a process that was killed at work would: held by nobody alive."""
    past = ago(seconds=1)
    type(row)._default_manager.filter(pk=row.pk).update(
        lease_owner="dead", lease_until=past, next_attempt_at=past, **columns
    )


def blind_resends(sandbox: Sandbox) -> list[str]:
    """Generation codes of documents that were sent again without a query in between that said no."""
    may_have_arrived: set[str] = set()
    blind = []
    for one in sandbox.received():
        codes = one.get("generation_codes") or [one["generation_code"]]
        match one["service"]:
            case "recepciondte" | "recepcionlote":
                blind += [code for code in codes if code in may_have_arrived]
                may_have_arrived.update(codes)
            case "consultadte":
                answer = one["answer"] or {}
                # A stored rejection is a no as well: it was judged and has no stamp.
                if answer.get("status") == 404 or answer.get("estado") == "RECHAZADO":
                    may_have_arrived.difference_update(codes)
    return blind


def lowered(monkeypatch: pytest.MonkeyPatch, **limits: Any) -> None:
    """The law with other figures."""
    rules = LAW.rules
    monkeypatch.setattr(type(LAW), "rules", replace(rules, contingency=replace(rules.contingency, **limits)))
