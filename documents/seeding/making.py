"""Documents as rows: each computed, numbered and sealed like any other, with what has become of it since.

Runs in processes of its own and never touches the database.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from accounts.models import Merchant
from documents import mapping, selectors
from documents.models import (
    Attempt,
    Document,
    HistoryEntry,
    IdempotencyKey,
    Invalidation,
    Notice,
    Reference,
    Sealing,
    new_public_id,
    new_token,
)
from documents.seeding.bodies import body
from documents.seeding.companies import Company
from documents.seeding.plot import NOTE, Planned
from documents.services import contingency
from documents.services.invalidable import issued
from documents.services.issue import Ready, contents
from documents.states import State
from hacienda import drafts, values
from hacienda.registry import authority
from hacienda.values import NORMAL, Identity, InvalidationDraft, Sealed

LAW = authority("SV")
ENVIRONMENT = values.Environment.SANDBOX
SENDING = timedelta(milliseconds=700)
KEPT = timedelta(days=2)  # how old the Idempotency-Keys are that are still there
REFUSAL = "DOCUMENTO INVENTADO, RECHAZADO PARA EJEMPLO"
REFUSED = {"code": "098", "message": REFUSAL, "observations": [], "errors": []}
ANSWER = '{"estado": "PROCESADO", "descripcionMsg": "RECIBIDO", "observaciones": []}'


@dataclass(slots=True)
class Rows:
    """Rows to be brought in together, by table; and whose names are on them (merchant, environment, name)."""

    by_model: dict[type[models.Model], list[models.Model]] = field(default_factory=dict)
    customers: set[tuple[int, str, str]] = field(default_factory=set)

    def add(self, row: models.Model) -> None:
        self.by_model.setdefault(type(row), []).append(row)


@dataclass(frozen=True, slots=True)
class Original:
    """A tax credit document that a note may adjust."""

    public_id: str
    generation_code: str
    issued_at: datetime
    payload: str


class Maker:
    """Makes the rows of documents, in the order in which they are planned."""

    def __init__(self, companies: Sequence[Company], outage: int, now: datetime) -> None:
        self._companies = companies
        self._merchants = [Merchant(pk=one.key, tax_id=one.issuer.tax_id, name=one.issuer.name) for one in companies]
        self._outage = outage
        self._now = now
        self._versions = LAW.rules.versions

    def rows(self, planned: Iterable[Planned], first_document: int, first_sealing: int) -> Rows:
        """`first_document` and `first_sealing` are the keys of what stands at position 0."""
        made = Rows()
        originals: dict[int, Original] = {}
        for one in planned:
            # A note without an original in these rows becomes what it would have adjusted.
            plan = one if one.type_code != NOTE or one.company in originals else replace(one, type_code="03")
            original = originals.pop(plan.company) if plan.type_code == NOTE else None
            document, sealed = self._document(plan, original, made)
            document.pk = first_document + plan.position
            sealing = Sealing(
                pk=first_sealing + plan.position,
                document_id=document.pk,
                payload=sealed.payload,
                signature=sealed.signature,
                reason=document.contingency_reason,
                created_at=plan.issued_at,
            )
            document.current_sealing_id = sealing.pk
            made.add(document)
            made.add(sealing)
            made.customers.add((document.merchant_id, ENVIRONMENT.value, document.customer_name))
            if original is not None:
                made.add(
                    Reference(document_id=document.pk, type_code="03", number=original.generation_code, adjusts=True)
                )
            elif plan.type_code == "03" and plan.state == State.ACCEPTED:
                originals[plan.company] = Original(
                    document.public_id, document.generation_code, plan.issued_at, sealed.payload
                )
            self._story(plan, document, sealed, made)
        return made

    def _document(self, plan: Planned, original: Original | None, made: Rows) -> tuple[Document, Sealed]:
        company = self._companies[plan.company]
        asked = body(plan)
        if original is not None:
            asked = {"type": asked["type"], "items": [{"line": 1, "quantity": Decimal(1)}]}
        draft = mapping.draft(asked, merchant=self._merchants[plan.company], environment=ENVIRONMENT)
        if original is not None:
            draft = replace(draft, related=(_related(original),))
            asked["related"] = [{"id": original.public_id}]
        prepared = LAW.prepare(
            draft,
            company.issuer,
            version=max(self._versions[plan.type_code]),
            at=plan.issued_at.astimezone(LAW.rules.zone),
            now=plan.issued_at,
        )
        manner = contingency.authority_down("SV") if plan.state == State.CONTINGENCY else NORMAL
        identity = Identity(
            ENVIRONMENT,
            LAW.new_code(),
            LAW.control_number(
                plan.type_code, company.issuer.establishment, company.issuer.point_of_sale, plan.number
            ),
            plan.issued_at.astimezone(LAW.rules.zone),
        )
        sealed = LAW.seal(prepared, identity, company.signing_key, manner)
        place = company.issuer.establishment, company.issuer.point_of_sale
        document = Document(
            public_id=new_public_id(),
            token=new_token(),
            merchant=self._merchants[plan.company],
            environment=ENVIRONMENT,
            type_code=plan.type_code,
            generation_code=identity.generation_code,
            control_number=identity.control_number,
            establishment=place[0],
            point_of_sale=place[1],
            series=place[0],
            year=plan.year,
            number=plan.number,
            external_id=asked.get("external_id"),
            request=asked,
            created_at=plan.issued_at,
            changed_at=plan.issued_at + SENDING,
            **contents(Ready(draft, prepared, *place, plan.issued_at)),
            **self._columns(plan, manner),
        )
        return document, sealed

    def _columns(self, plan: Planned, manner: values.Manner) -> dict[str, Any]:
        """What a document's state brings with it."""
        columns: dict[str, Any] = {"state": plan.state.value}
        match plan.state:
            case State.ACCEPTED | State.INVALIDATED:
                stamp = f"{plan.year}{secrets.token_hex(18).upper()}"
                columns |= {"received_stamp": stamp, "stamped_at": plan.issued_at + SENDING}
            case State.REJECTED:
                columns["rejection"] = REFUSED | {"at": (plan.issued_at + SENDING).isoformat()}
            case State.TRANSMITTING:
                columns["next_attempt_at"] = self._now
            case State.CONTINGENCY:
                columns |= {
                    "outage_id": self._outage,
                    "contingency_reason": manner.reason,
                    "contingency_since": plan.issued_at,
                }
        return columns

    def _story(self, plan: Planned, document: Document, sealed: Sealed, made: Rows) -> None:
        """History, exchange, notices, and the key that it was sent with."""
        at = plan.issued_at
        if plan.state == State.CONTINGENCY:
            _tell(document, State.CONTINGENCY, at, contingency.WHY, made)
            return
        _tell(document, State.TRANSMITTING, at, "", made)
        if plan.state == State.TRANSMITTING:
            return
        then = State.REJECTED if plan.state == State.REJECTED else State.ACCEPTED
        _tell(document, then, at + SENDING, REFUSAL if then == State.REJECTED else "RECIBIDO", made)
        made.add(_attempt(document, at, then))
        if plan.state == State.INVALIDATED:
            self._revoke(plan, document, sealed, made)
        if plan.position % 10 == 0 and self._now - at < KEPT:
            made.add(
                IdempotencyKey(
                    merchant_id=document.merchant_id,
                    environment=ENVIRONMENT,
                    key=f"made-up-{document.pk}",
                    fingerprint="0" * 64,
                    document_id=document.pk,
                    created_at=at,
                )
            )

    def _revoke(self, plan: Planned, document: Document, sealed: Sealed, made: Rows) -> None:
        at = plan.issued_at + timedelta(seconds=30)
        stamped = issued(document, payload=sealed.payload)
        company = self._companies[plan.company]
        person = company.issuer.responsible
        if stamped is None or person is None:
            raise RuntimeError("only what was stamped, by a company with a responsible person, is invalidated")
        code = LAW.new_code()
        event = LAW.seal_invalidation(
            InvalidationDraft(
                document=stamped,
                kind="rescinded",
                reason=None,
                requested_by=person,
                responsible=person,
                issuer=company.issuer,
            ),
            environment=ENVIRONMENT,
            generation_code=code,
            at=at.astimezone(LAW.rules.zone),
            key=company.signing_key,
        )
        named = {"name": person.name, "id_type": person.id_type, "id_number": person.id_number}
        made.add(
            Invalidation(
                document_id=document.pk,
                kind="rescinded",
                requested_by=named,
                responsible=named,
                status="accepted",
                generation_code=code,
                payload=event.payload,
                signature=event.signature,
                stamp=f"{plan.year}{secrets.token_hex(18).upper()}",
                at=at,
                stamped_at=at,
                created_at=at,
            )
        )
        _tell(document, State.INVALIDATED, at, "RECIBIDO", made)


def _related(original: Original) -> drafts.Related:
    return drafts.Related(
        type_code="03",
        number=original.generation_code,
        electronic=True,
        issued_on=original.issued_at.astimezone(LAW.rules.zone).date(),
        original=drafts.Original(payload=original.payload, is_stamped=True, is_invalidated=False),
    )


_KINDS = {
    State.ACCEPTED: Notice.Type.ACCEPTED,
    State.REJECTED: Notice.Type.REJECTED,
    State.CONTINGENCY: Notice.Type.CONTINGENCY,
    State.INVALIDATED: Notice.Type.INVALIDATED,
}


def _tell(document: Document, state: State, at: datetime, why: str, made: Rows) -> None:
    made.add(HistoryEntry(document_id=document.pk, status=state.value, at=at, detail=why))
    if state not in _KINDS:
        return
    made.add(
        Notice(
            merchant_id=document.merchant_id,
            environment=ENVIRONMENT,
            type=_KINDS[state],
            document_id=document.pk,
            at=at,
            data={
                "id": document.public_id,
                "status": state.value,
                "generation_code": document.generation_code,
                "control_number": document.control_number,
                "external_id": document.external_id,
                "received_stamp": document.received_stamp or None,
                "url": selectors.page_url(document),
            },
        )
    )


def _attempt(document: Document, at: datetime, then: State) -> Attempt:
    rejected = then == State.REJECTED
    return Attempt(
        document_id=document.pk,
        action=Attempt.Action.SUBMIT,
        started_at=at,
        milliseconds=int(SENDING.total_seconds() * 1000),
        outcome=then.value,
        http_status=400 if rejected else 200,
        answer=json.dumps(REFUSED, ensure_ascii=False) if rejected else ANSWER,
    )


def text_of(value: Any) -> str:
    """A JSON column as text; a body's numbers become strings, as they are kept."""
    return json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
