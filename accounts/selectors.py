"""Reads of accounts. Everything but `merchants_of` is asked of one merchant, so that nothing leaks across."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from accounts.models import (
    ApiKey,
    Establishment,
    Merchant,
    PointOfSale,
    User,
)
from hacienda.compiled import Compiled
from hacienda.registry import authority
from hacienda.values import Fault, Invalid

NO_PLACE = gettext_noop("The merchant has no such place to issue from.")


def merchants_of(user: User) -> QuerySet[Merchant]:
    """The merchants that a person may work for, by name; none for somebody who was deactivated."""
    if not user.is_active:
        return Merchant.objects.none()
    return Merchant.objects.filter(memberships__user=user).order_by("name", "pk")


def keys_of(merchant: Merchant) -> QuerySet[ApiKey]:
    """A merchant's keys, newest first, revoked ones too."""
    return merchant.api_keys.select_related("created_by", "establishment", "point_of_sale").order_by("-pk")


_FIRST_POINT = Compiled(
    PointOfSale,
    lambda points, merchant: points.filter(establishment__merchant=merchant).order_by("establishment_id", "pk")[:1],
    related="establishment",
    merchant=-1,
)


def place(
    merchant: Merchant,
    *,
    api_key: ApiKey | None = None,
    establishment: str | None = None,
    point_of_sale: str | None = None,
) -> tuple[Establishment, PointOfSale]:
    """Where a document is issued: by the codes given, else the key's own place, else the merchant's first.

    Raises `Invalid` for codes that are not this merchant's, and for a merchant without a point of sale.
    """
    if not establishment and not point_of_sale and (api_key is None or api_key.establishment_id is None):
        for first in _FIRST_POINT.rows(merchant=merchant.pk):
            return first.establishment, first
    points = PointOfSale.objects.select_related("establishment").filter(establishment__merchant=merchant)
    if establishment:
        points = points.filter(establishment__code=establishment)
    elif api_key is not None and api_key.establishment_id is not None:
        points = points.filter(establishment_id=api_key.establishment_id)
    if point_of_sale:
        points = points.filter(code=point_of_sale)
    elif api_key is not None and api_key.point_of_sale_id is not None and not establishment:
        points = points.filter(pk=api_key.point_of_sale_id)
    point = points.order_by("establishment_id", "pk").first()
    if point is None:
        known = merchant.establishments.filter(code=establishment).exists() if establishment else True
        wrong = "point_of_sale" if known else "establishment"
        raise Invalid((Fault((wrong,), "unknown_place", NO_PLACE),))
    return point.establishment, point


def schema_version(merchant: Merchant, environment: str, type_code: str, supported: Sequence[int]) -> int:
    """The version of a type's schema that the merchant sends: its own setting, else the newest.

    `supported` is newest first and not empty; a setting that is not in it counts as none.
    """
    version: int | None = merchant.schema_versions.get(environment, {}).get(type_code)
    return supported[0] if version is None or version not in supported else version


def versions(country: str) -> dict[str, tuple[int, ...]]:
    """Every version that can be sent, newest first: of types by their code, of events by their name."""
    rules = authority(country).rules
    return rules.versions | rules.event_versions


def has_choice_of_versions(country: str) -> bool:
    """Whether any schema can be sent in more than one version."""
    return any(len(known) > 1 for known in versions(country).values())


def event_version(merchant: Merchant, environment: str, event: str) -> int:
    """The version of an event that the merchant sends."""
    return schema_version(merchant, environment, event, authority(merchant.country).rules.event_versions[event])
