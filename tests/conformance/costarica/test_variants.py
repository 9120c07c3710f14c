"""Whatever a merchant may say, the official schemas of 2026 take the document that it becomes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings

from hacienda.drafts import Draft, Item, OtherCharge
from tests.conformance.costarica.official import errors
from tests.effort import examples
from tests.hacienda.costarica.made import CREDIT_OF_STATE, INVOICE, LEAST, element, issued, own
from tests.hacienda.costarica.strategies import drafts

FEW = settings(max_examples=examples(30), suppress_health_check=list(HealthCheck))


@FEW
@given(draft=drafts())
def test_every_document_is_valid(draft: Draft, reference: Path) -> None:
    assert errors(reference, draft.type_code, issued(draft)) == []


@settings(FEW, max_examples=examples(10))
@given(draft=drafts())
def test_every_note_is_valid(draft: Draft, reference: Path) -> None:
    original = own(issued(draft))
    assert errors(reference, "03", issued(Draft("03", related=(original,)))) == []
    more = Draft("02", (Item(line=1, quantity=Decimal(1)),), related=(original,))
    assert errors(reference, "02", issued(more)) == []


@settings(FEW, max_examples=examples(10))
@given(draft=drafts().filter(lambda draft: draft.type_code == "01"))
def test_every_receipt_is_valid(draft: Draft, reference: Path) -> None:
    original = issued(replace(draft, payment=CREDIT_OF_STATE))
    total = Decimal(element(original, "ResumenFactura/TotalComprobante") or 0)
    assume(total)
    receipt = issued(Draft("10", related=(own(original),)))
    assert errors(reference, "10", receipt) == []
    paid = Decimal(element(receipt, "ResumenFactura/TotalComprobante") or 0)
    assert abs(paid - total) <= Decimal("0.00001") * (len(draft.items) + 1)


def test_the_longest_document_is_valid(reference: Path) -> None:
    assert errors(reference, "01", issued(replace(INVOICE, items=INVOICE.items * 1000))) == []


def test_a_document_of_charges_alone_is_valid(reference: Path) -> None:
    charges = (OtherCharge("09", "Multa por atraso", Decimal(10)),)
    for type_code in ("01", "04"):
        draft = replace(LEAST[type_code], items=(), other_charges=charges)
        original = issued(draft)
        assert errors(reference, type_code, original) == []
        assert errors(reference, "03", issued(Draft("03", related=(own(original),)))) == []
