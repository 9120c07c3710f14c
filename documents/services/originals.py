"""The merchant's own documents that another one refers to, as they stand when it is judged and when it is sealed."""

from __future__ import annotations

from dataclasses import replace

from django.db.models import QuerySet

from accounts.models import Merchant
from documents import mapping
from documents.models import Document, Reference
from documents.states import State
from hacienda.drafts import Draft, Original, Related
from hacienda.registry import authority
from hacienda.values import Prepared

# An adjustment or a settlement counts while it may become valid, and as long as it is.
COUNTING = (State.TRANSMITTING.value, State.CONTINGENCY.value, State.ACCEPTED.value)
_STAMPED = (State.ACCEPTED.value, State.INVALIDATED.value)


class Changed(Exception):
    """What the document refers to is not as it was when the document was judged."""


def attached(draft: Draft, *, merchant: Merchant, environment: str) -> Draft:
    """The draft with the originals among the documents that it refers to; those of others stay as they are."""
    codes = _codes(draft)
    if not codes:
        return draft
    found = _originals(codes, merchant, environment, _settling(draft, merchant))
    return replace(draft, related=tuple(_with(one, found.get(one.number.strip().upper())) for one in draft.related))


def hold(draft: Draft, prepared: Prepared, *, merchant: Merchant, environment: str) -> None:
    """Lock what the document adjusts or settles, so that two of them cannot share what is left of it.

    Part of the transaction that seals; raises `Changed` where the draft was judged on what is not true any more.
    """
    settling = _settling(draft, merchant)
    codes = sorted({one.number for one in prepared.references if one.electronic and (one.adjusts or settling)})
    if not codes:
        return
    rows = Document.objects.select_for_update().filter(
        merchant=merchant, environment=environment, generation_code__in=codes
    )
    list(rows.order_by("pk").values_list("pk", flat=True))
    now = _originals(codes, merchant, environment, settling)
    seen = {one.number.strip().upper(): one.original for one in draft.related}
    if any(seen.get(code) != now.get(code) for code in codes):
        raise Changed


def record(document: Document, prepared: Prepared) -> None:
    """Keep to which documents this one refers; part of the transaction that seals it."""
    if prepared.references:
        Reference.objects.bulk_create(
            [
                Reference(document=document, type_code=one.type_code, number=one.number, adjusts=one.adjusts)
                for one in prepared.references
            ],
            batch_size=500,
        )


def adjusting(document: Document) -> QuerySet[Document]:
    """The merchant's documents that adjust this one and are in force or may come to be."""
    return Document.objects.filter(
        merchant=document.merchant,
        environment=document.environment,
        state__in=COUNTING,
        references__number=document.generation_code,
        references__adjusts=True,
    )


def _codes(draft: Draft) -> list[str]:
    return sorted({one.number.strip().upper() for one in draft.related if one.electronic and one.number.strip()})


def _with(related: Related, original: Original | None) -> Related:
    return related if original is None or not related.electronic else replace(related, original=original)


def _settling(draft: Draft, merchant: Merchant) -> str:
    """The type of a draft that settles sales made for a third party; empty for any other."""
    return draft.type_code if draft.type_code in authority(merchant.country).rules.settles else ""


def _originals(codes: list[str], merchant: Merchant, environment: str, settling: str) -> dict[str, Original]:
    """By generation code, those of the codes that are this merchant's documents.

    With the settlements of type `settling` that list them, where such a document asks.
    """
    mine = Document.objects.filter(merchant=merchant, environment=environment, generation_code__in=codes)
    rows = list(
        mine.values_list("generation_code", "state", "current_sealing__payload", "content__customer__address")
    )
    if not rows:
        return {}
    references = Reference.objects.filter(
        number__in=[code for code, _state, _payload, _address in rows],
        document__merchant=merchant,
        document__environment=environment,
        document__state__in=COUNTING,
    )
    adjustments = _payloads(references.filter(adjusts=True))
    settlements = _payloads(references.filter(document__type_code=settling)) if settling else {}
    return {
        code: Original(
            payload=payload or "",
            is_stamped=state in _STAMPED,
            is_invalidated=state == State.INVALIDATED.value,
            customer_address=mapping.address(address),
            adjustments=adjustments.get(code, {}),
            settlements=settlements.get(code, {}),
        )
        for code, state, payload, address in rows
    }


def _payloads(references: QuerySet[Reference]) -> dict[str, dict[str, str]]:
    """What the referring documents say, by the number that they refer to and by their own code.

    One that refers to many is read once: a settlement may list hundreds, in a text that is long accordingly.
    """
    pairs = list(references.order_by("pk").values_list("number", "document__generation_code", "document_id"))
    documents = Document.objects.filter(pk__in={pk for _number, _code, pk in pairs})
    texts = dict(documents.values_list("pk", "current_sealing__payload"))
    found: dict[str, dict[str, str]] = {}
    for number, code, pk in pairs:
        found.setdefault(number, {})[code] = texts[pk] or ""
    return found
