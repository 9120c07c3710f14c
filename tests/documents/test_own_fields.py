"""Fields that only some countries have."""

from __future__ import annotations

from dataclasses import fields

import pytest

from documents.line_bodies import ItemBody
from documents.own_fields import foreign
from documents.serializers import CustomerBody, DraftBody, PaymentBody, RelatedBody
from hacienda import drafts
from hacienda.registry import authority, countries

BODIES = {
    (): DraftBody,
    ("items",): ItemBody,
    ("customer",): CustomerBody,
    ("payment",): PaymentBody,
    ("related",): RelatedBody,
}
EVERYWHERE = {
    *("description", "price", "quantity", "code", "unit", "kind", "discount", "tax", "extra_taxes", "related", "line")
}


def test_each_names_a_field_that_there_is() -> None:
    for country in countries():
        for name in authority(country).rules.own_fields:
            *place, last = name.split(".")
            if tuple(place) in BODIES:
                assert last in BODIES[tuple(place)]().fields, name


@pytest.mark.parametrize(
    ("country", "body", "pointers"),
    [
        ("SV", {"items": [{"price": 1}, {"price": 1, "cabys": "1"}]}, ["/items/1/cabys"]),
        ("CR", {"items": [{"price": 1}, {"price": 1, "cabys": "1"}]}, []),
        ("CR", {"items": [{"donation": "cash"}], "export": {}}, ["/export", "/items/0/donation"]),
        ("SV", {"items": [{"donation": "cash"}], "export": {}}, []),
        (
            "SV",
            {"currency": "USD", "items": [{"extra_taxes": [{"code": "1", "rate": 1}]}]},
            ["/currency", "/items/0/extra_taxes/0/rate"],
        ),
        ("CR", {"items": "nothing", "customer": [1, None], "related": [[{"taxable": 1}]]}, ["/related/0/0/taxable"]),
        ("CR", [1], []),
    ],
)
def test_what_another_country_has_alone_is_unknown(country: str, body: object, pointers: list[str]) -> None:
    found = list(foreign(body, country))

    assert sorted(fault.pointer for fault in found) == pointers
    assert {fault.code for fault in found} <= {"unknown_field"}


def test_nothing_of_a_line_is_without_a_country() -> None:
    """A field of one country that it forgot to claim would be refused by none."""
    claimed = {
        name.split(".")[1]
        for country in countries()
        for name in authority(country).rules.own_fields
        if name.startswith("items.") and name.count(".") == 1
    }

    assert set(ItemBody().fields) - claimed == EVERYWHERE
    assert {one.name for one in fields(drafts.Item)} - claimed - EVERYWHERE == {"measure"}  # a unit in letters
