"""Whether the rows of contingency are as the chains of evidence tell; see `documents.verification`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from accounts.models import Merchant
from contingency import facts
from contingency.models import Batch, Event
from documents import chain
from documents import facts as document_facts
from documents.chain import Link
from documents.models import EvidenceLink
from documents.received import facts as received_facts


def events(merchant: Merchant, environment: str) -> Iterator[str]:
    """Every event and batch that has a chain, and the chains of those that are not there any more."""
    told = EvidenceLink.objects.filter(merchant=merchant, environment=environment)
    rows: dict[str, Event | Batch] = {}
    for event in Event.objects.filter(merchant=merchant, environment=environment).select_related("merchant"):
        rows[facts.chain_of(event)] = event
    for batch in Batch.objects.filter(run__merchant=merchant, run__environment=environment).select_related("run"):
        rows[facts.chain_of(batch)] = batch
    names = told.filter(position=0).exclude(chain__startswith=document_facts.DOCUMENT)
    names = names.exclude(chain__startswith=received_facts.DECISION)
    for name in names.order_by("chain").values_list("chain", flat=True):
        links = told.filter(chain=name).order_by("position").values_list("chain", "position", "body", "digest")
        written = chain.facts(Link(*one) for one in links)
        if name in rows:
            yield from _compared(name, rows[name], written)
        elif not any(fact.get("fact") == "given_up" for fact in written):
            yield f"{name}: it was removed"


def _compared(name: str, row: Event | Batch, written: list[dict[str, Any]]) -> Iterator[str]:
    yield from document_facts.differences(name, written, _since(row, written))
    if isinstance(row, Event):
        yield from _event(name, row, written)


def _since(row: Event | Batch, written: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What the rows tell of what happened since the chain began: an older event's chain begins late."""
    eldest = min((fact["exchange"] for fact in written if isinstance(fact.get("exchange"), int)), default=None)
    began = [fact for fact in written if fact.get("fact") == "made"]
    yield from began
    yield from (fact for fact in written if fact.get("fact") == "sealed")
    for fact in facts.stored(row):
        if began or (eldest is not None and fact["exchange"] >= eldest):
            yield fact


def _event(name: str, event: Event, written: list[dict[str, Any]]) -> Iterator[str]:
    """What was signed last, and what became of it."""
    for kind, present, is_there in (
        ("sealed", facts.sealed(event), bool(event.payload)),
        ("settled", facts.settled(event), event.state in (Event.State.ACCEPTED, Event.State.REJECTED)),
    ):
        last = next((fact for fact in reversed(written) if fact.get("fact") == kind), None)
        if is_there and last is not None and chain.canonical(last) != chain.canonical(present):
            yield f"{name}: {kind} is not as it was written down"
