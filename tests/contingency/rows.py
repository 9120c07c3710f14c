"""Rows as contingency leaves them: outages, documents that wait, events, and runs at any point of their way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.models import Establishment, Merchant, PointOfSale
from contingency.models import Batch, Event, EventDocument, Run, RunDocument
from documents import mapping
from documents.drafting import parsed
from documents.models import Document
from documents.serializers import DraftBody
from documents.services import moves
from documents.services.issue import issue
from documents.states import State
from hacienda.models import Outage
from tests.actors import ADDRESS, invoice


def ago(**time: float) -> datetime:
    return timezone.now() - timedelta(**time)


def ahead(**time: float) -> datetime:
    return timezone.now() + timedelta(**time)


def outage(*, began: datetime | None = None, ended: datetime | None = None, tax_id: str = "") -> Outage:
    """An outage of the sandbox; open unless its end is given."""
    began = began or ago(minutes=30)
    return Outage.objects.create(
        country="SV",
        environment="sandbox",
        tax_id=tax_id,
        cause="closed",
        began_at=began,
        last_failure_at=began,
        ended_at=ended,
        next_probe_at=began,
    )


def branch(merchant: Merchant, code: str = "S002") -> Establishment:
    """A second establishment that can issue."""
    shop = Establishment.objects.create(
        merchant=merchant,
        code=code,
        name="Sucursal",
        department=ADDRESS.department,
        municipality=ADDRESS.municipality,
        district=ADDRESS.district,
        address_line=ADDRESS.line,
    )
    PointOfSale.objects.create(establishment=shop, code="P001")
    return shop


def waiting(
    merchant: Merchant,
    during: Outage | None,
    body: dict[str, Any] | None = None,
    *,
    establishment: str | None = None,
    **columns: Any,
) -> Document:
    """A document in contingency."""
    now = timezone.now()
    document = issue(
        merchant=merchant,
        environment="sandbox",
        draft=mapping.draft(parsed(DraftBody, body or invoice()), merchant=merchant, environment="sandbox"),
        establishment=establishment,
        now=now,
    ).document
    settled: dict[str, Any] = {"next_attempt_at": None, "lease_owner": "", "lease_until": None}
    own: dict[str, Any] = {"contingency_reason": 1, "contingency_since": now, "outage": during}
    if document.state == State.CONTINGENCY:  # the outage is open: it was issued so
        Document.objects.filter(pk=document.pk).update(**(own | columns))
        document.refresh_from_db()
    else:
        assert moves.move(document, State.CONTINGENCY, at=now, **(settled | own | columns))
    return document


def many(pattern: Document, count: int) -> None:
    """So many more documents like `pattern`, without the work of issuing them."""
    pattern.refresh_from_db()
    rows = []
    for number in range(1, count + 1):
        copy = Document(
            **{field.attname: getattr(pattern, field.attname) for field in Document._meta.concrete_fields}
        )
        copy.pk = None
        copy.public_id = f"doc_{number:024x}"
        copy.token = f"token-{number}"
        copy.number = pattern.number + number
        copy.control_number = f"{pattern.control_number[:-15]}{copy.number:015d}"
        copy.generation_code = str(uuid4()).upper()
        copy.current_sealing_id = None
        rows.append(copy)
    Document.objects.bulk_create(rows, batch_size=200)


def event(merchant: Merchant, documents: list[Document], over: Outage | None = None, **columns: Any) -> Event:
    """An event that waits to be sent, with these documents in it."""
    usual: dict[str, Any] = {
        "environment": "sandbox",
        "establishment": "M001",
        "point_of_sale": "P001",
        "outage": over,
        "reason": 1,
        "began_at": ago(minutes=30),
        "ended_at": ago(minutes=1),
        "due_at": ahead(hours=23),
        "generation_code": str(uuid4()).upper(),
    }
    made = Event.objects.create(merchant=merchant, **(usual | columns))
    EventDocument.objects.bulk_create([EventDocument(event=made, document=one) for one in documents])
    return made


def batch(run: Run, entries: list[RunDocument], **columns: Any) -> Batch:
    """A batch of the run with these of its documents in it."""
    made = Batch.objects.create(run=run, sending_id=str(uuid4()).upper(), size=len(entries), **columns)
    RunDocument.objects.filter(pk__in=[one.pk for one in entries]).update(batch=made)
    return made


def settle(run: Run, outcome: str, count: int) -> None:
    """So many of the run's open documents come out like this."""
    keys = run.entries.filter(outcome="").order_by("pk").values_list("pk", flat=True)[:count]
    RunDocument.objects.filter(pk__in=list(keys)).update(outcome=outcome)


def go(run: Run, state: str, **columns: Any) -> None:
    """The run is in this state now."""
    Run.objects.filter(pk=run.pk).update(state=state, **columns)
