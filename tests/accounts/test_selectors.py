"""Reads of accounts: each of one person or one merchant, and never across."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from accounts import selectors, services
from accounts.models import ApiKey, Environment, Establishment, Merchant, PointOfSale, Role
from accounts.services import NewKey
from hacienda.values import Invalid


def test_a_person_sees_the_merchants_they_belong_to(shop: Merchant, neighbour: Merchant) -> None:
    ana = services.add_member(merchant=shop, email="ana@example.com", password=None, role=Role.MANAGER)
    eva = services.add_member(merchant=neighbour, email="eva@example.com", password=None, role=Role.MANAGER)
    services.add_member(merchant=shop, email="eva@example.com", password=None, role=Role.TRANSMITTER)
    assert list(selectors.merchants_of(ana)) == [shop]
    assert list(selectors.merchants_of(eva)) == [shop, neighbour]  # by name
    ana.is_active = False
    assert not selectors.merchants_of(ana).exists()


def test_keys_are_the_merchants_own_newest_first_revoked_too(
    shop: Merchant, neighbour: Merchant, shop_key: NewKey, now: datetime
) -> None:
    def key(merchant: Merchant) -> ApiKey:
        return services.create_api_key(
            merchant=merchant, environment=Environment.LIVE, role=Role.MANAGER, name="otra", now=now
        ).key

    theirs, ours = key(neighbour), key(shop)
    services.revoke_api_key(key=ours, now=now)
    assert list(selectors.keys_of(shop)) == [ours, shop_key.key]
    assert list(selectors.keys_of(neighbour)) == [theirs]


@pytest.fixture
def branch(shop: Merchant) -> Establishment:
    """A second establishment with two points of sale."""
    branch = Establishment.objects.create(
        merchant=shop, code="S002", department="06", municipality="23", district="14", address_line="Calle 2"
    )
    for code in ("P001", "P002"):
        PointOfSale.objects.create(establishment=branch, code=code)
    return branch


def place(api_key: ApiKey | None, merchant: Merchant) -> tuple[str, str]:
    establishment, point_of_sale = selectors.place(merchant, api_key=api_key)
    assert point_of_sale.establishment == establishment
    return establishment.code, point_of_sale.code


def test_a_key_issues_from_its_own_place_else_from_the_first(
    shop: Merchant, branch: Establishment, shop_key: NewKey, now: datetime, django_assert_num_queries: Any
) -> None:
    usual: dict[str, Any] = {"merchant": shop, "environment": "sandbox", "role": "manager", "name": "caja"}
    second = branch.points_of_sale.get(code="P002")
    at_branch = services.create_api_key(**usual, establishment=branch, now=now).key
    at_till = services.create_api_key(**usual, point_of_sale=second, now=now).key
    assert place(None, shop) == ("M001", "P001")
    assert place(shop_key.key, shop) == ("M001", "P001")
    assert place(at_branch, shop) == ("S002", "P001")
    with django_assert_num_queries(1):
        assert place(at_till, shop) == ("S002", "P002")


def test_a_key_of_another_merchant_gives_no_place(shop: Merchant, neighbour: Merchant, now: datetime) -> None:
    theirs = services.create_api_key(
        merchant=neighbour,
        environment="sandbox",
        role="manager",
        name="caja",
        establishment=neighbour.establishments.get(),
        now=now,
    ).key
    with pytest.raises(Invalid):
        selectors.place(shop, api_key=theirs)


def test_a_merchant_without_a_point_of_sale_cannot_issue(shop: Merchant) -> None:
    PointOfSale.objects.all().delete()
    with pytest.raises(Invalid) as refused:
        selectors.place(shop)
    assert refused.value.faults[0].code == "unknown_place"


def test_the_newest_schema_is_sent_unless_the_merchant_chose_another(shop: Merchant, neighbour: Merchant) -> None:
    shop.schema_versions = {"live": {"01": 1}}
    shop.save()

    def version(merchant: Merchant, environment: str, type_code: str, *supported: int) -> int:
        return selectors.schema_version(merchant, environment, type_code, supported)

    assert version(shop, "live", "01", 2, 1) == 1
    assert version(shop, "live", "01", 3, 2) == 3  # what cannot be sent any more counts as no choice
    assert version(shop, "test", "01", 2, 1) == 2
    assert version(shop, "live", "03", 4, 3) == 4
    assert version(neighbour, "live", "01", 2, 1) == 2
