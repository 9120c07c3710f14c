"""Random purchases and donations, computed a second time and judged by the sandbox's own rules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, event, given, settings

from hacienda.drafts import Draft
from hacienda.values import Prepared
from tests.effort import examples
from tests.hacienda.receipts import donations, purchases
from tests.hacienda.test_random_drafts import objection, payload, prepared_or_none


def document_of(draft: Draft) -> tuple[Prepared, dict[str, Any]] | None:
    """What the draft becomes, as plain data with exact numbers; None where it is refused with reasons."""
    prepared = prepared_or_none(draft)
    event("refused" if prepared is None else "prepared")
    if prepared is None:
        return None
    text = payload(prepared)
    assert objection(text) is None
    return prepared, json.loads(text, parse_float=Decimal)


def cents(amount: Fraction) -> Fraction:
    """Half up, in whole numbers alone."""
    return Fraction((amount * 200 + 1) // 2, 100)


def part(row: Mapping[str, Any], *names: str) -> list[Fraction]:
    return [Fraction(row[name]) for name in names]


@settings(max_examples=examples(120), suppress_health_check=[HealthCheck.too_slow])
@given(purchases())
def test_a_purchase_is_refused_with_reasons_or_adds_up(draft: Draft) -> None:
    made = document_of(draft)
    if made is None:
        return
    prepared, document = made
    lines, summary = document["cuerpoDocumento"], document["resumen"]
    for line in lines:
        quantity, price, discount, bought = part(line, "cantidad", "precioUni", "montoDescu", "compra")
        assert abs(quantity * price - discount - bought) <= Fraction(1, 2 * 10**8)
    bought = sum((Fraction(line["compra"]) for line in lines), Fraction(0))
    services = sum((Fraction(line["compra"]) for line in lines if line["tipoItem"] != 1), Fraction(0))
    total, discount, discounts, subtotal, withheld, payable = part(
        summary, "totalCompra", "descu", "totalDescu", "subTotal", "reteRenta", "totalPagar"
    )
    assert total == cents(bought)
    assert discounts == cents(sum((Fraction(line["montoDescu"]) for line in lines), discount))
    assert subtotal == total - discount
    is_withheld = draft.income_tax_withheld
    if is_withheld is None:
        is_withheld = draft.customer is not None and draft.customer.person != "company"
    assert withheld == (cents(subtotal * services / bought / 10) if is_withheld else 0)
    assert payable == subtotal - withheld
    assert sum(Fraction(row["montoPago"]) for row in summary["pagos"]) == payable
    assert Fraction(prepared.totals.payable) == payable
    assert Fraction(prepared.totals.withheld) == withheld


@settings(max_examples=examples(120), suppress_health_check=[HealthCheck.too_slow])
@given(donations())
def test_a_donation_is_refused_with_reasons_or_adds_up(draft: Draft) -> None:
    made = document_of(draft)
    if made is None:
        return
    prepared, document = made
    lines, summary = document["cuerpoDocumento"], document["resumen"]
    for line in lines:
        quantity, price, worn, value = part(line, "cantidad", "valorUni", "tipoDepreciacion", "valor")
        assert abs(quantity * price - worn - value) <= Fraction(1, 2 * 10**8)
        assert line["tipoDonacion"] == 2 or (line["uniMedida"], worn) == (99, 0)
    total = Fraction(summary["valorTotal"])
    assert total == cents(sum((Fraction(line["valor"]) for line in lines), Fraction(0)))
    assert Fraction(prepared.totals.payable) == total
    kinds = {line["tipoDonacion"] for line in lines}
    assert (summary["pagos"] is not None) == (kinds == {1})
    if summary["pagos"] is not None:
        assert sum(Fraction(row["montoPago"]) for row in summary["pagos"]) == total
    donor = document["receptor"]
    assert (donor["direccion"] is None) == (donor["codDomiciliado"] == 2)
    assert document["otrosDocumentos"][0]["codDocAsociado"] in (1, 2)
    assert 1 in [row["codDocAsociado"] for row in document["otrosDocumentos"]]
