"""The rules that need other documents: what a document refers to must be sealed and stand (014, 015)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from hacienda.sandbox.store import Store

from .answers import Refusal
from .catalogues import ELECTRONIC
from .contingency import unreported_fault
from .rules import CONTINGENCY, DELIVERY_NOTE, NIT_DOCUMENT

Part = Mapping[str, Any]


def receiver_identity(document: Part) -> str:
    """Return who receives a document as JSON text: identity document, number and name, nulls included."""
    receiver = document["receptor"] or {}
    by_nit = receiver.get("nit") is not None
    identity = (
        NIT_DOCUMENT if by_nit else receiver.get("tipoDocumento"),
        receiver["nit"] if by_nit else receiver.get("numDocumento"),
        receiver.get("nombre"),
    )
    return json.dumps(identity, ensure_ascii=False)


def electronic_parents(document: Part) -> list[str]:
    """Return the codes of the electronic documents that this one refers to."""
    return [
        one["numeroDocumento"]
        for one in document["documentoRelacionado"] or ()
        if one["tipoGeneracion"] == ELECTRONIC
    ]


def reference_fault(document: Part, store: Store, *, at: datetime) -> Refusal | None:
    """Return what is wrong with the documents and events this document depends on, or None.

    `at` is when it arrived, by Hacienda's time.
    """
    if document["identificacion"]["tipoOperacion"] == CONTINGENCY:
        unreported = unreported_fault(document, store, at=at)
        if unreported is not None:
            return unreported
    for one in document["documentoRelacionado"] or ():
        if one["tipoGeneracion"] == ELECTRONIC:
            for refusal in _parent_faults(one, document, store):
                return refusal
    return None


def _parent_faults(one: Part, document: Part, store: Store) -> Iterator[Refusal]:
    parent = store.document(document["identificacion"]["ambiente"], one["numeroDocumento"])
    if parent is None:
        yield Refusal("014", "documentoRelacionado.numeroDocumento")
        return
    if parent.invalidated_at is not None:
        yield Refusal("015", "documentoRelacionado.numeroDocumento")
    if parent.kind != one["tipoDocumento"]:
        yield Refusal("027", "documentoRelacionado.tipoDocumento")
    if parent.issued_on != one["fechaEmision"]:
        yield Refusal("027", "documentoRelacionado.fechaEmision")
    # A settlement (08, 09) is issued by the agent or the acquirer, not by the seller.
    if parent.kind == DELIVERY_NOTE:
        if parent.nit != document["emisor"]["nit"]:
            yield Refusal("008", "documentoRelacionado.numeroDocumento")
        if json.loads(parent.receiver)[1] != json.loads(receiver_identity(document))[1]:
            yield Refusal("026", "receptor")
