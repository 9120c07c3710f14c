"""Stamped documents, and the wish to invalidate them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hacienda.certificates import SigningKey
from hacienda.drafts import Draft
from hacienda.elsalvador.authority import ElSalvador
from hacienda.elsalvador.rules import ZONE
from hacienda.values import Environment, Identity, InvalidationDraft, IssuedDocument, Person, Sealed
from tests.hacienda.drafts import INVOICE, ISSUER, TAX_CREDIT, VERSIONS
from tests.hacienda.signing import SIGNING_KEY

ISSUED_AT = datetime(2026, 11, 20, 10, 15, 30, tzinfo=ZONE)
NOW = datetime(2026, 11, 22, 9, 30, 5, 250_000, tzinfo=ZONE)
EVENT = "05F93C81-0000-4000-8000-000000000001"
ASKING = Person("PERSONA SOLICITANTE", "13", "00000000-1")
ANSWERING = Person("PERSONA RESPONSABLE", "36", "0614-010101-001-9")
LAW = ElSalvador()


def issued(draft: Draft, number: int = 1, environment: Environment = Environment.SANDBOX) -> IssuedDocument:
    """A document of the draft that Hacienda has stamped a minute after it was issued."""
    identity = Identity(
        environment=environment,
        generation_code=f"79C4121F-C608-47DF-BEFC-{number:012d}",
        control_number=LAW.control_number(draft.type_code, "M001", "P001", number),
        issued_at=ISSUED_AT,
    )
    prepared = LAW.prepare(draft, ISSUER, version=VERSIONS[draft.type_code], at=ISSUED_AT, now=ISSUED_AT)
    return IssuedDocument(
        type_code=draft.type_code,
        generation_code=identity.generation_code,
        control_number=identity.control_number,
        received_stamp="2026EFC8F4E4BA3042D682A7C5C4A7335488JCTV",
        stamped_at=ISSUED_AT + timedelta(minutes=1),
        issued_at=ISSUED_AT,
        payload=LAW.seal(prepared, identity, SIGNING_KEY).payload,
    )


FACTURA = issued(INVOICE)
CREDITO = issued(TAX_CREDIT, 2)
NEWER = issued(INVOICE, 3)


def wish(document: IssuedDocument = FACTURA, kind: str = "rescinded", **more: Any) -> InvalidationDraft:
    return replace(InvalidationDraft(document, kind, "Se rescinde la operación", ASKING, ANSWERING), **more)


def sealed(draft: InvalidationDraft, at: datetime = NOW, key: SigningKey = SIGNING_KEY) -> Sealed:
    return LAW.seal_invalidation(draft, environment=Environment.SANDBOX, generation_code=EVENT, at=at, key=key)
