"""A received document as the API shows it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from documents.mapping import plain
from documents.models import Decision, ReceivedDocument
from documents.received import selectors
from hacienda.registry import authority


def represent(row: ReceivedDocument) -> dict[str, Any]:
    """In the contract's form. Reads its decisions: prefetch them for lists."""
    rules = authority(row.merchant.country).rules
    decision = selectors.latest(row)
    return {
        "id": row.public_id,
        "type": rules.type_name(row.type_code),
        "type_code": row.type_code,
        "environment": row.environment,
        "status": selectors.status(row),
        "generation_code": row.generation_code,
        "control_number": row.control_number,
        "issuer": {"name": row.issuer_name, "id_type": row.issuer_id_type, "tax_id": row.issuer_tax_id},
        "issued_at": _local(row.issued_at, row),
        "currency": row.currency,
        "total": plain(row.total, 2),
        "tax": _amount(row.tax),
        "due": _local(row.due, row),
        "is_late": decision is None and row.due < timezone.now(),
        "received_at": _local(row.created_at, row),
        "decision": None if decision is None else _decision(decision, row),
    }


def with_texts(row: ReceivedDocument) -> dict[str, Any]:
    """The same with every signed text, word for word."""
    decision = selectors.latest(row)
    return represent(row) | {
        "texts": {
            "document": row.xml,
            "message": None if decision is None else decision.signature,
            "answer": (decision.receipt or None) if decision is not None else None,
        }
    }


def _decision(decision: Decision, row: ReceivedDocument) -> dict[str, Any]:
    return {
        "kind": decision.kind,
        "status": decision.status,
        "reason": decision.reason or None,
        "condition": decision.condition or None,
        "tax_credit": _amount(decision.tax_credit),
        "expense": _amount(decision.expense),
        "activity": decision.activity or None,
        "control_number": decision.control_number,
        "at": _local(decision.at, row),
        "stamp": decision.stamp or None,
        "stamped_at": _local(decision.stamped_at, row),
        "observations": decision.observations,
        "rejection": _rejection(decision, row),
    }


def _rejection(decision: Decision, row: ReceivedDocument) -> dict[str, Any] | None:
    stored = decision.rejection
    if stored is None:
        return None
    return {
        "code": stored["code"],
        "message": stored["message"],
        "observations": stored["observations"],
        "at": _local(datetime.fromisoformat(stored["at"]), row),
    }


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount, 2)


def _local(moment: datetime | None, row: ReceivedDocument) -> str | None:
    """ISO 8601 in the country's own time, to the second."""
    if moment is None:
        return None
    return moment.astimezone(authority(row.merchant.country).rules.zone).isoformat(timespec="seconds")
