"""Issuing: from a draft to a sealed document with its number, in one transaction that either all happens or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection

from accounts import selectors as accounts
from accounts import vault
from accounts.models import ApiKey, Merchant
from documents import facts, mapping
from documents.errors import Conflict, NotReady
from documents.models import Attempt, Document, IdempotencyKey, Sealing
from documents.services import contingency, customers, evidence, exchange, moves, numbering, originals, settling
from documents.services.exchange import First
from documents.services.idempotency import keep
from hacienda.certificates import SigningKey
from hacienda.compiled import insert
from hacienda.drafts import Draft, Party
from hacienda.messages import gettext_noop
from hacienda.money import quantise
from hacienda.registry import authority
from hacienda.values import Environment, Fault, Invalid, Login, Manner, Prepared, Sealed

Along = Callable[[Document], None]


@dataclass(frozen=True, slots=True)
class Issued:
    """A document that exists from now on, whatever happens; claimed by `owner` for its first sending.

    `first` is None for a document that was issued in contingency: nothing of it is to be sent yet. `is_new` is False
    for one that existed before and was corrected.
    """

    document: Document
    owner: str
    first: First | None
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Ready:
    """A draft that may be sealed, with where and when. `draft` knows the originals that it refers to."""

    draft: Draft
    prepared: Prepared
    establishment: str
    point_of_sale: str
    issued_at: datetime


def prepare(
    *,
    merchant: Merchant,
    environment: str,
    draft: Draft,
    api_key: ApiKey | None = None,
    establishment: str | None = None,
    point_of_sale: str | None = None,
    issued_at: datetime | None = None,
    now: datetime,
) -> Ready:
    """Complete, check and compute a draft without leaving a trace. Raises `Invalid`."""
    law = authority(merchant.country)
    draft = settling.with_period(draft, merchant=merchant, environment=environment)
    draft = originals.attached(draft, merchant=merchant, environment=environment)
    nowhere: tuple[Fault, ...] = ()
    try:
        shop, till = accounts.place(
            merchant, establishment=establishment, point_of_sale=point_of_sale, api_key=api_key
        )
    except Invalid as error:
        # Judged as if issued from the usual place, so that the other faults come with this one.
        nowhere = error.faults
        shop, till = accounts.place(merchant)
    versions = law.rules.versions.get(draft.type_code, ())
    version = accounts.schema_version(merchant, environment, draft.type_code, versions) if versions else 0
    at = (issued_at or now).astimezone(law.rules.zone).replace(microsecond=0)
    try:
        prepared = law.prepare(draft, mapping.issuer(merchant, shop, till), version=version, at=at, now=now)
    except Invalid as error:
        raise Invalid(nowhere + error.faults) from None
    if nowhere:
        raise Invalid(nowhere)
    return Ready(draft, prepared, shop.code, till.code, at)


def issue(
    *,
    merchant: Merchant,
    environment: str,
    draft: Draft,
    api_key: ApiKey | None = None,
    external_id: str | None = None,
    establishment: str | None = None,
    point_of_sale: str | None = None,
    issued_at: datetime | None = None,
    request: Any = None,
    idempotency: IdempotencyKey | None = None,
    along: Along | None = None,
    now: datetime,
) -> Issued:
    """Issue a document: number, sign and store it. Nothing is sent yet. `request` is the body it was asked for with.

    `along` is done with the new document in the transaction that makes it; what it raises leaves nothing behind.

    Raises `Invalid` with every fault, `NotReady` if the merchant has no certificate here, `Conflict` for an
    `external_id` that exists. A refusal uses no number and leaves nothing behind.
    """
    while True:
        ready = prepare(
            merchant=merchant,
            environment=environment,
            draft=draft,
            api_key=api_key,
            establishment=establishment,
            point_of_sale=point_of_sale,
            issued_at=issued_at,
            now=now,
        )
        try:
            return _issued(merchant, environment, ready, api_key, external_id, request, idempotency, along, now)
        except originals.Changed:
            continue  # what it adjusts was adjusted meanwhile, or its number was taken: judged anew


def _issued(
    merchant: Merchant,
    environment: str,
    ready: Ready,
    api_key: ApiKey | None,
    external_id: str | None,
    request: Any,
    idempotency: IdempotencyKey | None,
    along: Along | None,
    now: datetime,
) -> Issued:
    refuse_taken(merchant, environment, external_id)
    key, login = credentials(merchant, environment)
    going = contingency.going(merchant, environment, ready.draft, ready.prepared.version, now=now)
    first: First | None = None
    try:
        with evidence.recording(savepoint=True):
            originals.hold(ready.draft, ready.prepared, merchant=merchant, environment=environment)
            document, sealing = _seal(merchant, environment, ready, going, key, api_key, external_id, request, now)
            moves.opening(document, at=now, why=going.why)
            if not going.manner.is_contingency:
                first = First(exchange.started(document, Attempt.Action.SUBMIT, at=now), login, going.is_trial)
            if idempotency is not None:
                keep(idempotency, document)
            if along is not None:
                along(document)
    except IntegrityError:
        # Two callers with one external_id: the constraint let one of them through.
        refuse_taken(merchant, environment, external_id)
        if _renumbered(merchant, environment, ready, now):
            raise originals.Changed from None
        raise
    document.current_sealing = sealing
    return Issued(document, document.lease_owner, first)


def _renumbered(merchant: Merchant, environment: str, ready: Ready, now: datetime) -> bool:
    """Whether the number was taken by another series, over which this one has now stepped.

    It happens where the merchant's way of numbering was changed while documents were being issued.
    """
    series = numbering.scope(
        merchant,
        type_code=ready.prepared.type_code,
        establishment=ready.establishment,
        point_of_sale=ready.point_of_sale,
    )
    year = authority(merchant.country).rules.numbering.year(ready.issued_at)
    return numbering.step_over(merchant=merchant, environment=environment, series=series, year=year, now=now)


def signing_key(merchant: Merchant, environment: str) -> SigningKey:
    """What the merchant signs with; raises `NotReady` where nothing is stored."""
    return credentials(merchant, environment)[0]


def credentials(merchant: Merchant, environment: str) -> tuple[SigningKey, Login | None]:
    """What the merchant signs with, and logs in with if it can; raises `NotReady` where it cannot sign."""
    try:
        return vault.credentials(merchant, environment)
    except vault.NoCredential as error:
        message = gettext_noop("No certificate and Hacienda login are stored for this environment.")
        raise NotReady("merchant_not_ready", message) from error
    except vault.Ended as error:
        raise NotReady("certificate_ended", str(error)) from error


def refuse_taken(merchant: Merchant, environment: str, external_id: str | None) -> None:
    """Raise `Conflict` with the document that carries this `external_id` already."""
    if external_id is None:
        return
    taken = Document.objects.filter(merchant=merchant, environment=environment, external_id=external_id).first()
    if taken is not None:
        message = gettext_noop("A document with external_id %(external_id)s exists already.")
        raise Conflict("external_id_taken", message, {"external_id": external_id}, taken)


def _seal(
    merchant: Merchant,
    environment: str,
    ready: Ready,
    going: contingency.Going,
    key: SigningKey,
    api_key: ApiKey | None,
    external_id: str | None,
    request: Any,
    now: datetime,
) -> tuple[Document, Sealing]:
    """Take a number, sign, insert. Runs inside the transaction and nothing in it waits for anybody."""
    law = authority(merchant.country)
    prepared = ready.prepared
    year = law.rules.numbering.year(ready.issued_at)
    series, number = "", None
    if prepared.type_code not in law.rules.unnumbered:
        series = numbering.scope(
            merchant,
            type_code=prepared.type_code,
            establishment=ready.establishment,
            point_of_sale=ready.point_of_sale,
        )
        number = numbering.take(merchant=merchant, environment=environment, series=series, year=year)
    identity = law.identify(
        prepared,
        environment=Environment(environment),
        tax_id=merchant.tax_id,
        establishment=ready.establishment,
        point_of_sale=ready.point_of_sale,
        number=number,
        issued_at=ready.issued_at,
        manner=going.manner,
    )
    sealed = law.seal(prepared, identity, key, going.manner)
    document = Document(
        merchant=merchant,
        environment=environment,
        api_key=api_key,
        type_code=prepared.type_code,
        generation_code=identity.generation_code,
        control_number=identity.control_number,
        establishment=ready.establishment,
        point_of_sale=ready.point_of_sale,
        series=series,
        year=year,
        number=number,
        external_id=external_id,
        request=request,
        created_at=now,
        changed_at=now,
        **contents(ready),
        **going.columns,
    )
    insert(document)
    evidence.tell(document, facts.issued(document))
    originals.record(document, prepared)
    customers.remember(document)
    return document, keep_sealing(sealed, document, going.manner, now)


def contents(ready: Ready) -> dict[str, Any]:
    """The columns that follow from what the document says, whoever numbers it."""
    prepared = ready.prepared
    customer = prepared.customer or Party()
    third_party = prepared.third_party
    return {
        "version": prepared.version,
        "issued_at": ready.issued_at,
        "customer_name": customer.name or "",
        "customer_tax_id": mapping.bare(customer.tax_id),
        "customer_email": customer.email or "",
        "third_party_tax_id": mapping.bare(third_party.tax_id if third_party is not None else None),
        "total": quantise(prepared.totals.payable, 2),  # in lists; to the last decimal it stands in `content`
        "currency": prepared.currency,
        "content": mapping.shown(prepared),
    }


def keep_sealing(sealed: Sealed, document: Document, manner: Manner, now: datetime) -> Sealing:
    """What was signed, as the document's current sealing."""
    sealing = insert(
        Sealing(
            document=document,
            payload=sealed.payload,
            signature=sealed.signature,
            reason=manner.reason,
            created_at=now,
        )
    )
    with connection.cursor() as cursor:  # by hand, for speed: nothing of it depends on the database or the draft
        cursor.execute(
            "UPDATE documents_document SET current_sealing_id = %s WHERE id = %s", [sealing.pk, document.pk]
        )
    evidence.tell(document, facts.sealed(sealing))
    return sealing
