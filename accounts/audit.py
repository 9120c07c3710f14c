"""The audit log: who did what, on which thing, when and from where. Only ever added to.

`record` is called by the service that does the deed, inside its transaction: neither is there without the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.correlation import NONE, request_id
from accounts.models import ApiKey, AuditEntry, Merchant, User

Action = AuditEntry.Action

_LONGEST = 254
# A name like these in `details` is a mistake of ours, whatever stands behind it.
_SECRET = re.compile(r"password|private|secret|token|certificate$|digest|pepper|vault", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person or an API key, and from which address. Neither is SmartBill itself."""

    user: User | None = None
    api_key: ApiKey | None = None
    address: str = ""

    @property
    def name(self) -> str:
        if self.user is not None:
            return self.user.email
        return self.api_key.public_key if self.api_key is not None else ""


SMARTBILL = Actor()  # what a command, a schedule or the demo does


def record(
    action: AuditEntry.Action,
    *,
    by: Actor,
    merchant: Merchant | None,
    environment: str = "",
    subject: str = "",
    **details: object,
) -> AuditEntry:
    """Write down a deed of `by`. `details` are plain values, none of them secret.

    Raises `RuntimeError` outside a transaction, and `ValueError` for a detail that is named like a secret.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{action} must be recorded in the transaction of the deed")
    for name in _names(details):
        if _SECRET.search(name):
            raise ValueError(f"a detail of the audit log may not be called {name}")
    current = request_id.get()
    return AuditEntry.objects.create(
        merchant=merchant,
        environment=environment,
        action=action.value,
        user=by.user,
        api_key=by.api_key,
        actor=by.name[:_LONGEST],
        address=by.address or None,
        subject=subject[:_LONGEST],
        details=details,
        request_id="" if current == NONE else current,
        at=timezone.now(),
    )


def record_of_person(action: AuditEntry.Action, person: User, *, by: Actor) -> None:
    """Write down what happened to a person's login, in the log of each merchant that the person works for."""
    merchants: list[Merchant | None] = list(Merchant.objects.filter(memberships__user=person).order_by("pk"))
    for merchant in merchants or [None]:
        record(action, by=by, merchant=merchant, subject=person.email)


def record_unknown(action: AuditEntry.Action, *, by: Actor) -> None:
    """Write down what belongs to no merchant; only whoever runs the installation can see it."""
    record(action, by=by, merchant=None)


def record_of_key(action: AuditEntry.Action, key: ApiKey, *, by: Actor) -> None:
    """Write down what happened to a key pair, which is named by its public half."""
    record(
        action,
        by=by,
        merchant=key.merchant,
        environment=key.environment,
        subject=key.public_key,
        name=key.name,
        role=str(key.role),
        place=str(key.point_of_sale or key.establishment or ""),
    )


def record_change(
    action: AuditEntry.Action,
    *,
    by: Actor,
    merchant: Merchant,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    environment: str = "",
    subject: str = "",
) -> AuditEntry | None:
    """Write down what differs between the values before and after; None where nothing does."""
    changed = {
        name: {"from": before.get(name), "to": after.get(name)}
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }
    if not changed:
        return None
    return record(action, by=by, merchant=merchant, environment=environment, subject=subject, changed=changed)


def entries(merchant: Merchant, *, action: str | None = None, before: int | None = None) -> QuerySet[AuditEntry]:
    """A merchant's log, newest first; of one kind of deed, and what is older than the entry `before`, where asked."""
    rows = AuditEntry.objects.filter(merchant=merchant).select_related("user", "api_key").order_by("-pk")
    if action is not None:
        rows = rows.filter(action=action)
    return rows if before is None else rows.filter(pk__lt=before)


def kind_of_actor(entry: AuditEntry) -> str:
    """person, key, smartbill, or unknown: somebody on the network who did not say or prove who they are."""
    if entry.user_id is not None:
        return "person"
    if entry.api_key_id is not None:
        return "key"
    return "unknown" if entry.address else "smartbill"


def public_id(entry: AuditEntry) -> str:
    return f"aud_{entry.pk:012x}"


def key_in(reference: str) -> int | None:
    """The row's key in the public id of an entry; None for anything else."""
    match = re.fullmatch(r"aud_([0-9a-f]{12})", reference, re.ASCII)
    return int(match[1], 16) if match else None


def _names(details: Mapping[str, Any]) -> Iterator[str]:
    """Every name in `details`, at any depth."""
    for name, value in details.items():
        yield name
        if isinstance(value, Mapping):
            yield from _names(value)
