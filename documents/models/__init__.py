"""Documents and everything that happened to them. Rows only: what may be done with them is in services."""

from __future__ import annotations

from documents.models.document import (
    CustomerName,
    Document,
    HistoryEntry,
    Receipt,
    Reference,
    Sealing,
    Status,
    new_public_id,
    new_token,
)
from documents.models.evidence import EvidenceAnchor, EvidenceLink
from documents.models.exchange import Attempt, IdempotencyKey, Said
from documents.models.invalidation import Invalidation
from documents.models.notices import Announcement, Notice
from documents.models.numbers import NumberStart, Restoration, Sequence
from documents.models.queued import Queued
from documents.models.received import Decision, DecisionAttempt, ReceivedDocument
from documents.models.work import Heartbeat

__all__ = (
    "Announcement",
    "Attempt",
    "CustomerName",
    "Decision",
    "DecisionAttempt",
    "Document",
    "EvidenceAnchor",
    "EvidenceLink",
    "Heartbeat",
    "HistoryEntry",
    "IdempotencyKey",
    "Invalidation",
    "Notice",
    "NumberStart",
    "Queued",
    "Receipt",
    "ReceivedDocument",
    "Reference",
    "Restoration",
    "Said",
    "Sealing",
    "Sequence",
    "Status",
    "new_public_id",
    "new_token",
)
