"""Bringing a document into contingency: sealed anew, with the same codes, valid at once and without a stamp."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import vault
from accounts.models import Merchant
from documents import facts
from documents.models import Document, Sealing
from documents.services import evidence, moves, queue
from documents.states import State
from hacienda import availability
from hacienda.drafts import Draft
from hacienda.messages import gettext_noop
from hacienda.models import Outage
from hacienda.policy import Outcome, Try
from hacienda.registry import authority
from hacienda.values import NORMAL, Manner, Sealed

WHY = gettext_noop("Hacienda could not be reached; issued in contingency.")
OWN_OUTAGE = gettext_noop("Issued in contingency during an outage of the issuer's own; reported afterwards.")
OWN_OUTAGE_UNREPORTED = gettext_noop("Issued in contingency during an outage of the issuer's own; sent afterwards.")


def authority_down(country: str) -> Manner:
    """The manner of what is issued because the authority cannot be reached."""
    return Manner(reason=authority(country).rules.contingency.reasons["authority_down"])


@dataclass(frozen=True, slots=True)
class Going:
    """How a new document goes: its manner, and what its row then begins with."""

    columns: Mapping[str, Any]
    manner: Manner = NORMAL
    is_trial: bool = False  # let through in an outage, to see whether it is over
    why: str = ""


def going(merchant: Merchant, environment: str, draft: Draft, version: int, *, now: datetime) -> Going:
    """In contingency where the caller reports an outage of its own, or the authority is known to be down.

    `version` is that of the schema the document is sealed in.
    """
    own = draft.contingency
    rules = authority(merchant.country).rules.contingency
    if own is not None:
        columns = {
            "state": State.CONTINGENCY.value,
            "contingency_reason": own.reason,
            "contingency_note": own.note or "",
            "contingency_since": own.began_at,
            "contingency_from": own.began_at,
            "contingency_to": own.ended_at,
            "event_due": own.ended_at + rules.event_term if rules.event_term is not None else None,
        }
        why = OWN_OUTAGE if rules.has_events else OWN_OUTAGE_UNREPORTED
        return Going(columns, Manner(own.reason, own.note), why=why)
    down = availability.current(merchant.country, environment, merchant.tax_id)
    is_trial = down is not None and availability.let_through(down, now=now)
    if down is None or is_trial or not rules.allow(draft.type_code, version):
        claim = {"next_attempt_at": now, "lease_owner": queue.new_owner(), "lease_until": now + settings.LEASE}
        return Going(claim, is_trial=is_trial)
    manner = authority_down(merchant.country)
    columns = {
        "state": State.CONTINGENCY.value,
        **entering(down, manner, now),
    }
    return Going(columns, manner, why=WHY)


def manner_of(document: Document) -> Manner | None:
    """The manner that an accepted event has reported this document in, which must never change; None without one."""
    if document.contingency_reason is None or document.event_accepted_at is None:
        return None
    return Manner(document.contingency_reason, document.contingency_note or None)


def entering(down: Outage, manner: Manner, at: datetime) -> dict[str, Any]:
    """What a document's row tells of an outage of the authority that it falls into."""
    return {"outage": down, "contingency_reason": manner.reason, "contingency_since": at}


def is_allowed(document: Document) -> bool:
    """Whether a document of this type and version may be issued in contingency."""
    rules = authority(document.merchant.country).rules.contingency
    return rules.allow(document.type_code, document.version)


def outage(document: Document) -> Outage | None:
    """The open outage that keeps this document's issuer from its authority."""
    merchant = document.merchant
    return availability.current(merchant.country, document.environment, merchant.tax_id)


def failed(document: Document, tries: tuple[Try, ...], *, at: datetime) -> Outage:
    """The tries of the law are used up on this document: an outage opens, or goes on."""
    merchant = document.merchant
    accepted = Document.objects.filter(
        merchant=merchant, environment=document.environment, state=State.ACCEPTED.value
    ).order_by("-id")
    return availability.failed(
        merchant.country,
        document.environment,
        merchant.tax_id,
        began_at=next((one.at for one in tries if one.outcome not in (Outcome.ABSENT, Outcome.REJECTED)), at),
        at=at,
        cause=tries[-1].outcome if tries else Outcome.NOT_WRITTEN,
        accepted_at=accepted.values_list("changed_at", flat=True).first(),
    )


def _sealed_anew(document: Document, normal: Sealing, manner: Manner) -> Sealed | None:
    """In its contingency form; None in a country where the same bytes go later."""
    law = authority(document.merchant.country)
    if not law.rules.contingency.seals_anew:
        return None
    return law.reseal(normal.payload, vault.signing_key(document.merchant_id, document.environment), manner)


def _kept(document: Document, sealed: Sealed, manner: Manner, at: datetime) -> Sealing:
    sealing = Sealing.objects.create(
        document=document,
        payload=sealed.payload,
        signature=sealed.signature,
        reason=manner.reason,
        created_at=at,
    )
    evidence.tell(document, facts.sealed(sealing))
    return sealing


def leave(document: Document, tries: tuple[Try, ...], *, uncertain: bool, at: datetime) -> None:
    """Seal the document in its contingency form and move it there; an outage opens with it.

    The number and the generation code stay; the normal copy stays as an earlier sealing, in case that it arrived.
    """
    merchant = document.merchant
    normal = document.current_sealing
    if normal is None:
        raise RuntimeError(f"{document.public_id} was never sealed")
    reported = manner_of(document)
    manner = reported or authority_down(merchant.country)
    sealed = _sealed_anew(document, normal, manner)
    with evidence.recording():
        down = failed(document, tries, at=at)
        sealing = normal if sealed is None else _kept(document, sealed, manner, at)
        moved = moves.move(
            document,
            State.CONTINGENCY,
            at=at,
            why=WHY,
            current_sealing=sealing,
            uncertain=uncertain,
            next_attempt_at=None,
            lease_until=None,
            lease_owner="",
            **({} if reported else entering(down, manner, at)),
        )
        if not moved:  # another worker was faster: nothing of this stays
            transaction.set_rollback(True)
