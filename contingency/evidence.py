"""The whole file of evidence of a document, and that of an event: with what contingency knows of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from contingency import facts
from contingency.models import Batch, Event, Exchange
from documents import chain, evidence_file
from documents import facts as document_facts
from documents.chain import moment
from documents.evidence_file import File
from documents.models import Document, EvidenceLink


def of_document(document: Document, *, now: datetime) -> str:
    """The file of a document: of events everything, of batches what concerns this document."""
    file = evidence_file.of_document(document)
    events = Event.objects.filter(entries__document=document).distinct().order_by("pk")
    file.body["events"] = [_event(file, one) for one in events]
    told = chain.facts(
        chain.Link(*row)
        for row in EvidenceLink.objects.filter(chain=document_facts.chain_of(document))
        .order_by("position")
        .values_list("chain", "position", "body", "digest")
    )
    batches = Batch.objects.filter(run__merchant=document.merchant_id, sending_id__in=evidence_file.batch_codes(told))
    file.body["batches"] = [_batch(file, one, told) for one in batches.order_by("pk")]
    return file.text(now)


def of_event(event: Event, *, now: datetime) -> str:
    """The file of an event: what was signed and answered, and every document listed with the end of its chain."""
    file = File({"event": None})
    documents = Document.objects.filter(event_entries__event=event).order_by("pk")
    names = {document_facts.chain_of(one): one for one in documents.defer("content", "request")}
    ends: dict[str, str] = {}
    rows = EvidenceLink.objects.filter(chain__in=names).order_by("chain", "position")
    ends.update(rows.values_list("chain", "digest"))  # the last one of each stays
    file.body = {
        "event": _event(file, event),
        "outage": None if event.outage is None else evidence_file.outage(event.outage),
        "documents": [
            {
                "id": one.public_id,
                "type_code": one.type_code,
                "generation_code": one.generation_code,
                "control_number": one.control_number,
                "issued_at": moment(one.issued_at),
                "status": one.state,
                "received_stamp": one.received_stamp or None,
                "stamped_at": moment(one.stamped_at),
                "chain_end": ends.get(name),
            }
            for name, one in names.items()
        ],
    }
    return file.text(now)


def _event(file: File, event: Event) -> dict[str, Any]:
    file.add_chain(facts.chain_of(event))
    return {
        "generation_code": event.generation_code,
        "state": event.state,
        "reason": event.reason,
        "note": event.note or None,
        "began_at": moment(event.began_at),
        "ended_at": moment(event.ended_at),
        "due_at": moment(event.due_at),
        "stamp": event.stamp or None,
        "stamped_at": moment(event.stamped_at),
        "refusal": event.refusal,
        "payload": file.keep(event.payload),
        "signature": file.keep(event.signature),
        "exchanges": [{**_exchange(row), "answer": file.keep(row.answer)} for row in event.exchange.order_by("pk")],
    }


def _batch(file: File, batch: Batch, told: list[dict[str, Any]]) -> dict[str, Any]:
    """Its answers speak of other documents, too: of them only the digests, and this document's part."""
    file.add_chain(facts.chain_of(batch))
    return {
        "sending_id": batch.sending_id,
        "code": batch.code or None,
        "state": batch.state,
        "documents": batch.size,
        "sent_at": moment(batch.sent_at),
        "finished_at": moment(batch.finished_at),
        "exchanges": [
            {**_exchange(row), "answer_digest": chain.digest(row.answer)} for row in batch.exchange.order_by("pk")
        ],
        "answers_about_this_document": [
            fact["answer"]
            for fact in told
            if fact.get("fact") == "batch_answer" and fact.get("batch") == batch.sending_id
        ],
    }


def _exchange(row: Exchange) -> dict[str, Any]:
    return {
        "at": moment(row.started_at),
        "what": row.action,
        "outcome": row.outcome,
        "http_status": row.http_status,
        "milliseconds": row.milliseconds,
    }
