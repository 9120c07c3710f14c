"""What is compiled once finds what the queryset finds, in every thread, with values of every kind."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import ApiKey, Credential, Environment, Merchant, PointOfSale
from hacienda.compiled import Compiled

KEYS = Compiled(
    ApiKey,
    lambda keys, environment, merchant: keys.filter(environment=environment, merchant_id=merchant, revoked_at=None),
    related="merchant",
    environment="an environment",
    merchant=-1,
)


def made(merchant: Merchant, name: str, environment: str = "sandbox") -> ApiKey:
    return ApiKey.objects.create(
        merchant=merchant,
        environment=environment,
        role="manager",
        name=name,
        public_key=f"pk_{environment}_{name}",
        private_key_digest=b"\x00\xff digest",
        private_key_ending="abcd",
        last_used_at=timezone.now(),
    )


@pytest.mark.django_db
def test_rows_are_those_of_the_queryset(merchant: Merchant) -> None:
    wanted = [made(merchant, "one"), made(merchant, "two")]
    made(merchant, "other", "live")
    found = KEYS.rows(environment=Environment.SANDBOX, merchant=merchant.pk)
    assert {key.pk for key in found} >= {key.pk for key in wanted}
    one = next(key for key in found if key.pk == wanted[0].pk)
    again = ApiKey.objects.select_related("merchant").get(pk=one.pk)
    for field in ApiKey._meta.concrete_fields:
        assert getattr(one, field.attname) == getattr(again, field.attname), field.name
    for field in Merchant._meta.concrete_fields:
        assert getattr(one.merchant, field.attname) == getattr(again.merchant, field.attname), field.name


@pytest.mark.django_db
def test_each_use_has_its_own_values(merchant: Merchant, django_assert_num_queries: Callable[[int], object]) -> None:
    made(merchant, "one")
    assert KEYS.rows(environment="test", merchant=merchant.pk) == []
    with django_assert_num_queries(1):  # the merchant comes along
        found = KEYS.rows(environment="sandbox", merchant=merchant.pk)
        assert {key.merchant.name for key in found} == {merchant.name}
    assert KEYS.rows(environment="sandbox", merchant=merchant.pk + 1000) == []


@pytest.mark.django_db
def test_what_was_left_out_is_read_when_it_is_asked_for(merchant: Merchant) -> None:
    rows = Compiled(
        Credential,
        lambda rows, merchant: rows.filter(merchant_id=merchant, environment="sandbox"),
        without="certificate_encrypted",
        merchant=-1,
    )
    (row,) = rows.rows(merchant=merchant.pk)
    assert row.get_deferred_fields() == {"certificate_encrypted"}
    assert bytes(row.certificate_encrypted) == bytes(Credential.objects.get(pk=row.pk).certificate_encrypted)


@pytest.mark.django_db(transaction=True)
def test_threads_do_not_share_a_connection(merchant: Merchant) -> None:
    points = Compiled(
        PointOfSale,
        lambda points, merchant: points.filter(establishment__merchant=merchant).order_by("pk")[:1],
        related="establishment",
        merchant=-1,
    )
    found: list[str] = []

    def look() -> None:
        try:
            for _ in range(2):
                (point,) = points.rows(merchant=merchant.pk)
                found.append(point.establishment.code + point.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    look()
    assert found == ["M001P001"] * 10


def test_a_missing_value_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        KEYS.rows(environment="sandbox")
