"""Runs as a test starts and reads them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.models import Merchant
from contingency import selectors
from contingency.models import Run
from contingency.services import runs
from documents.models import Document
from tests.actors import Sandbox, invoice
from tests.contingency.outages import (
    all_in,
)

done = all_in(Run, "done")
over = all_in(Run, "done", "failed")


def press(merchant: Merchant) -> Run:
    run, _made = runs.start(merchant=merchant, environment="sandbox", trigger=Run.Trigger.BUTTON, now=timezone.now())
    return run


def referring_to(document: Document) -> dict[str, Any]:
    """An invoice that names another document."""
    return invoice(notes=f"Completa la factura {document.generation_code}")


def counts(run: Run) -> tuple[int, int, int]:
    """Accepted, rejected, remaining."""
    told = selectors.progress(run)
    return told.accepted, told.rejected, told.remaining


def states() -> list[str]:
    return list(Document.objects.order_by("id").values_list("state", flat=True))


def sent_in_batches(sandbox: Sandbox) -> list[str]:
    return [code for one in sandbox.received("recepcionlote") for code in one["generation_codes"]]
