"""The names on a merchant's documents, kept apart so that a list can be searched by a part of one."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from documents.models import CustomerName, Document
from hacienda.catalogs import folded

LONGEST = 500  # some signs become several when they are folded


def remember(document: Document) -> None:
    """Keep the name on this document; part of the transaction that seals it."""
    if not document.customer_name:
        return
    name = document.customer_name
    with connection.cursor() as cursor:  # by hand, for speed: mostly it is there already
        cursor.execute(
            "INSERT INTO documents_customername (merchant_id, environment, name, folded) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (merchant_id, environment, name) DO NOTHING",
            [document.merchant_id, document.environment, name, folded(name)[:LONGEST]],
        )


def remember_all(names: Iterable[tuple[int, str, str]]) -> None:
    """The same for many at once: keys of merchants, environments, names."""
    CustomerName.objects.bulk_create(
        [
            CustomerName(merchant_id=merchant, environment=environment, name=name, folded=folded(name)[:LONGEST])
            for merchant, environment, name in sorted(set(names))
            if name
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
