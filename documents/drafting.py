"""From the body of a request to a draft, or to everything that is wrong with it: shape and rules in one answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from accounts.models import ApiKey, Merchant
from documents import mapping
from documents.own_fields import foreign
from documents.salvage import faults_of_shape, remains
from documents.serializers import DraftBody
from documents.services.correct import Wanted
from documents.services.issue import prepare
from hacienda.values import Fault, Invalid

# Beyond this nobody mends by hand: it is a program's mistake, told as well by its beginning, or it is made to hurt.
MOST_FAULTS = 200


@cache
def _shape(serializer: type[Serializer[Any]]) -> Any:
    """One serializer of each kind for the whole process: making its fields costs more than using them.

    `run_validation` keeps nothing of what it judges, so all threads may use the same one.
    """
    return serializer()


def parsed(serializer: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """The body as the serializer understands it; raises `ValidationError` with every fault of its shape."""
    values: dict[str, Any] = _shape(serializer).run_validation(data)
    return values


@dataclass(frozen=True, slots=True)
class Sender:
    """On whose behalf a body is read: a merchant in one environment, and the key that it came with, if any."""

    merchant: Merchant
    environment: str
    api_key: ApiKey | None = None


def read(data: Any, *, api_key: ApiKey, now: datetime) -> Wanted:
    """The body of a document to issue. Raises `Invalid` with every fault of its shape and of the rest's rules."""
    return read_from(data, Sender(api_key.merchant, api_key.environment, api_key), now=now)


def read_from(data: Any, sender: Sender, *, now: datetime) -> Wanted:
    """The same for a body that came without a key."""
    try:
        return _wanted(data, sender)
    except (ValidationError, Invalid) as error:
        raise Invalid(_every_fault(data, _faults(error), sender, now)) from None


def _wanted(data: Any, sender: Sender) -> Wanted:
    body = parsed(DraftBody, data)
    unknown = tuple(foreign(data, sender.merchant.country))
    if unknown:
        raise Invalid(unknown)
    return Wanted(
        draft=mapping.draft(body, merchant=sender.merchant, environment=sender.environment),
        external_id=body.get("external_id"),
        establishment=body.get("establishment"),
        point_of_sale=body.get("point_of_sale"),
        issued_at=body.get("issued_at"),
        request=data,
    )


def _faults(error: ValidationError | Invalid) -> tuple[Fault, ...]:
    return error.faults if isinstance(error, Invalid) else tuple(faults_of_shape(error.detail))


def _every_fault(data: Any, found: tuple[Fault, ...], sender: Sender, now: datetime) -> tuple[Fault, ...]:
    """`found`, and what is wrong with the part of the body that can be read."""
    if len(found) > MOST_FAULTS:
        return found[:MOST_FAULTS]
    left = remains(data, [fault.path for fault in found])
    if left is None:
        return found
    try:
        wanted = _wanted(left.body, sender)
    except Invalid as error:
        # Documents referred to that do not exist: they too are left out, and the rest is judged.
        more = tuple(left.original(fault) for fault in error.faults)
        known = {fault.path for fault in found}
        return found if known.issuperset(one.path for one in more) else _every_fault(data, found + more, sender, now)
    except ValidationError:
        return found
    try:
        prepare(
            merchant=sender.merchant,
            environment=sender.environment,
            draft=replace(wanted.draft, unread=left.unread),
            api_key=sender.api_key,
            establishment=wanted.establishment,
            point_of_sale=wanted.point_of_sale,
            issued_at=wanted.issued_at,
            now=now,
        )
    except Invalid as error:
        return found + tuple(left.original(fault) for fault in error.faults)
    return found
