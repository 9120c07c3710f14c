"""From the body of a request to a draft, or to everything that is wrong with it: shape and rules in one answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from accounts.models import ApiKey
from documents import mapping
from documents.salvage import faults_of_shape, remains
from documents.serializers import DraftBody
from documents.services.issue import prepare
from hacienda.drafts import Draft
from hacienda.values import Fault, Invalid


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller wants issued, and the words of the body that are ours and not the law's."""

    draft: Draft
    external_id: str | None
    establishment: str | None
    point_of_sale: str | None
    issued_at: datetime | None


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


def read(data: Any, *, api_key: ApiKey, now: datetime) -> Wanted:
    """The body of a document to issue. Raises `Invalid` with every fault of its shape and of the rest's rules."""
    try:
        return _wanted(data, api_key)
    except (ValidationError, Invalid) as error:
        raise Invalid(_every_fault(data, _faults(error), api_key, now)) from None


def _wanted(data: Any, api_key: ApiKey) -> Wanted:
    body = parsed(DraftBody, data)
    return Wanted(
        draft=mapping.draft(body, merchant=api_key.merchant, environment=api_key.environment),
        external_id=body.get("external_id"),
        establishment=body.get("establishment"),
        point_of_sale=body.get("point_of_sale"),
        issued_at=body.get("issued_at"),
    )


def _faults(error: ValidationError | Invalid) -> tuple[Fault, ...]:
    return error.faults if isinstance(error, Invalid) else tuple(faults_of_shape(error.detail))


def _every_fault(data: Any, found: tuple[Fault, ...], api_key: ApiKey, now: datetime) -> tuple[Fault, ...]:
    """`found`, and what is wrong with the part of the body that can be read."""
    left = remains(data, [fault.path for fault in found])
    if left is None:
        return found
    try:
        wanted = _wanted(left.body, api_key)
    except Invalid as error:
        # Documents referred to that do not exist: they too are left out, and the rest is judged.
        more = tuple(left.original(fault) for fault in error.faults)
        known = {fault.path for fault in found}
        return found if known.issuperset(one.path for one in more) else _every_fault(data, found + more, api_key, now)
    except ValidationError:
        return found
    try:
        prepare(
            merchant=api_key.merchant,
            environment=api_key.environment,
            draft=replace(wanted.draft, unread=left.unread),
            api_key=api_key,
            establishment=wanted.establishment,
            point_of_sale=wanted.point_of_sale,
            issued_at=wanted.issued_at,
            now=now,
        )
    except Invalid as error:
        return found + tuple(left.original(fault) for fault in error.faults)
    return found
