"""Notes of credit and debit follow from the document that they adjust, and never exceed it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from hacienda.drafts import Discount, Draft, Item, OtherCharge, Party, Payment, Related
from tests.effort import examples
from tests.hacienda.costarica.made import (
    BOOK,
    CUSTOMER,
    EXPORT,
    GOODS,
    INVOICE,
    PURCHASE,
    SERVICE,
    SOFTWARE,
    TICKET,
    element,
    faults,
    issued,
    own,
    prepared,
)
from tests.hacienda.costarica.strategies import drafts

D = Decimal
MIXED = replace(INVOICE, items=(SERVICE, replace(GOODS, quantity=D(4), discount=D(2))))
KEPT = ("Receptor", "DetalleServicio", "OtrosCargos", "CondicionVenta")


def credit(*related: Related, items: tuple[Item, ...] = (), **changes: Any) -> Draft:
    return Draft("03", items, related=related, **changes)


def debit(*related: Related, items: tuple[Item, ...] = (), **changes: Any) -> Draft:
    return Draft("02", items, related=related, **changes)


def parts(text: str) -> dict[str, list[str]]:
    """What a note keeps of its original, as text."""
    root = etree.fromstring(text.encode())
    found: dict[str, list[str]] = {}
    for child in root:
        name = etree.QName(child).localname
        if name in KEPT:
            found.setdefault(name, []).append(
                etree.tostring(child, encoding="unicode").replace(etree.QName(child).namespace or "", "")
            )
    return found


@pytest.mark.parametrize("draft", [INVOICE, MIXED, TICKET, replace(TICKET, customer=Party(name="Doña Ana"))])
def test_a_reference_alone_voids_the_whole_document(draft: Draft) -> None:
    original = issued(draft)
    note = issued(credit(own(original)))
    assert element(note, "ResumenFactura/TotalComprobante") == element(original, "ResumenFactura/TotalComprobante")
    assert element(note, "InformacionReferencia/Codigo") == "01"
    assert element(note, "InformacionReferencia/Numero") == element(original, "Clave")
    assert element(note, "InformacionReferencia/FechaEmisionIR") == element(original, "FechaEmision")
    assert element(note, "Receptor/Nombre") == element(original, "Receptor/Nombre")


@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.too_slow])
@given(draft=drafts().filter(lambda draft: draft.type_code == "01"))
def test_whatever_was_sold_comes_back_to_the_last_decimal(draft: Draft) -> None:
    original = issued(draft)
    note = issued(credit(own(original)))
    before, after = parts(original), parts(note)
    assert before == after
    for place in ("TotalComprobante", "TotalImpuesto", "TotalVenta", "TotalExonerado"):
        assert element(note, f"ResumenFactura/{place}") == element(original, f"ResumenFactura/{place}")


@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), draft=drafts().filter(lambda draft: draft.type_code in ("01", "04")))
def test_parts_never_exceed_the_whole(data: st.DataObject, draft: Draft) -> None:
    """Some units of one line, then all that is left: together they are the document, but for a last decimal."""
    original = issued(draft)
    number = data.draw(st.integers(1, len(draft.items)))
    whole = draft.items[number - 1].quantity or D(1)
    quantity = data.draw(st.decimals("0.001", whole, places=3))
    first_draft = credit(own(original), items=(Item(line=number, quantity=quantity),))
    if faults(first_draft):  # a part so small that nothing of a price or a tax is left of it
        return
    first = issued(first_draft, 1)
    rest_draft = credit(own(original, first))
    if quantity == whole and len(draft.items) == 1:
        assert ("/related/0", "nothing_left") in faults(rest_draft)
        return
    if faults(rest_draft):
        return
    rest = issued(rest_draft, 2)
    total = sum(D(element(text, "ResumenFactura/TotalVentaNeta") or 0) for text in (first, rest))
    assert abs(total - D(element(original, "ResumenFactura/TotalVentaNeta") or 0)) <= D("0.00002")


def test_a_line_is_credited_by_its_number() -> None:
    note = prepared(credit(own(issued(MIXED)), items=(Item(line=2, quantity=D(1)),)))
    row = note.items[0]
    assert (row.description, row.quantity, row.price, row.discount) == (
        GOODS.description,
        D(1),
        GOODS.price,
        D("0.5"),
    )
    assert note.body["InformacionReferencia"][0]["Codigo"] == "02"
    assert note.references[0].adjusts


def test_what_the_caller_says_of_a_line_counts() -> None:
    item = Item("Descuento tardío", D(10), line=1, quantity=D(1))
    note = prepared(credit(own(issued(INVOICE)), items=(item,), payment=Payment(code="02", days=8)))
    assert (note.items[0].description, note.items[0].price) == ("Descuento tardío", D(10))
    assert (note.body["CondicionVenta"], note.body["PlazoCredito"]) == ("02", "8")


def test_the_currency_is_that_of_the_original() -> None:
    original = issued(replace(INVOICE, currency="USD", exchange_rate=D("505.12")))
    currency = prepared(credit(own(original))).body["ResumenFactura"]["CodigoTipoMoneda"]
    assert currency == {"CodigoMoneda": "USD", "TipoCambio": D("505.12")}
    assert faults(credit(own(original), currency="CRC")) == {("/currency", "currency_differs")}


def test_an_export_is_credited_as_what_it_was() -> None:
    note = prepared(credit(own(issued(EXPORT))))
    assert note.body["InformacionReferencia"][0]["TipoDocIR"] == "19"
    assert note.totals.payable == D(25000)


def test_a_purchase_is_named_by_its_own_type_of_reference() -> None:
    note = credit(own(issued(PURCHASE)), items=(Item(line=1, quantity=D(1)),))
    assert prepared(note).body["InformacionReferencia"][0]["TipoDocIR"] == "17"


def test_a_credit_note_is_voided_by_a_debit_of_all_of_it() -> None:
    original = issued(INVOICE)
    note = issued(credit(own(original)))
    back = prepared(debit(own(note)))
    assert back.totals.payable == D(28250)
    assert back.body["InformacionReferencia"][0]["TipoDocIR"] == "03"
    assert back.body["InformacionReferencia"][0]["Codigo"] == "01"


def test_what_a_debit_added_can_be_credited() -> None:
    original = issued(INVOICE)
    more = issued(debit(own(original), items=(Item("Una hora más", D(100), cabys=SOFTWARE),)))
    item = Item("Todo", D(25100), cabys=SOFTWARE)
    assert faults(credit(own(original), items=(item,))) == {("/items", "exceeds_original")}
    assert faults(credit(own(original, more), items=(item,))) == set()


def test_a_document_issued_elsewhere_is_named_by_its_clave() -> None:
    key = "50620112600310100000000100001010000000001112345678"
    related = Related("01", key, True, date(2026, 11, 19))
    note = prepared(credit(related, items=(SERVICE,), customer=CUSTOMER))
    assert note.body["InformacionReferencia"][0]["Razon"] == "Corrige monto"


ORIGINAL = issued(INVOICE)
HALF = issued(credit(own(ORIGINAL), items=(Item("Mitad", D(12500), cabys=SOFTWARE),)))
REFUSED = {
    "no reference": (credit(items=(SERVICE,)), {("/related", "reference_required")}),
    "invalidated": (credit(own(ORIGINAL, is_invalidated=True)), {("/related/0", "related_invalidated")}),
    "not stamped": (credit(own(ORIGINAL, is_stamped=False)), {("/related/0", "related_not_stamped")}),
    "two of our own": (credit(own(ORIGINAL), own(ORIGINAL)), {("/related/1", "one_original")}),
    "another customer": (
        credit(own(ORIGINAL), customer=replace(CUSTOMER, tax_id="3102000001")),
        {("/customer/tax_id", "customer_differs")},
    ),
    "no such line": (
        credit(own(ORIGINAL), items=(Item(line=2),)),
        {
            ("/items/0/line", "line_unknown"),
            ("/items/0/price", "required"),
            ("/items/0/description", "required"),
        },
    ),
    "more than the line": (
        credit(own(ORIGINAL), items=(Item(line=1, quantity=D(2)),)),
        {("/items/0/quantity", "line_exceeds_original"), ("/items", "exceeds_original")},
    ),
    "more than is left": (
        credit(own(ORIGINAL, HALF), items=(Item("Más", D("12500.01"), cabys=SOFTWARE),)),
        {("/items", "exceeds_original")},
    ),
    "other goods": (
        credit(own(ORIGINAL), items=(Item("Libro", D(1), cabys=BOOK),)),
        {("/items/0/cabys", "cabys_not_in_original")},
    ),
    "another rate": (
        credit(own(ORIGINAL), items=(Item("Hora", D(1), cabys=SOFTWARE, tax_rate="04"),)),
        {("/items/0/cabys", "cabys_not_in_original")},
    ),
    "no CABYS": (
        credit(own(ORIGINAL), items=(Item("Hora", D(1)),)),
        {("/items/0/cabys", "cabys_required")},
    ),
    "void of a part": (
        credit(own(ORIGINAL, reference_code="13"), items=(Item("Hora", D(1), cabys=SOFTWARE),)),
        {("/related/0/reference_code", "void_not_whole")},
    ),
    "debit of nothing": (debit(own(ORIGINAL)), {("/items", "lines_required")}),
    "line of a document elsewhere": (
        credit(
            Related("01", "50620112600310100000000100001010000000001112345678", True, date(2026, 11, 19)),
            items=(replace(SERVICE, line=1),),
        ),
        {("/items/0/line", "line_without_original")},
    ),
    "original price with tax": (
        credit(own(ORIGINAL), items=(Item(line=1),), prices_include_tax=True),
        {("/prices_include_tax", "follows_from_original")},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_where_it_was_said(name: str) -> None:
    draft, expected = REFUSED[name]
    assert faults(draft) == expected


def test_a_financial_note_needs_no_goods() -> None:
    draft = credit(own(ORIGINAL, reference_code="09"), items=(Item("Ajuste financiero", D(1), discounts=()),))
    assert faults(draft) == set()


def test_what_nothing_is_left_of_cannot_be_credited_again() -> None:
    whole = issued(credit(own(ORIGINAL)))
    found = faults(credit(own(ORIGINAL, whole)))
    assert ("/related/0", "nothing_left") in found


def test_charges_come_back_with_the_whole() -> None:
    original = issued(replace(INVOICE, other_charges=(OtherCharge("06", "Servicio", percentage=D(10)),)))
    note = prepared(credit(own(original)))
    assert note.totals.not_taxed == D(2500)
    assert note.body["OtrosCargos"][0]["PorcentajeOC"] == D(10)


def test_a_discount_of_several_is_shared_by_quantity() -> None:
    item = Item("Libro", D(10), D(4), cabys=BOOK, discounts=(Discount(D("0.1"), "04"), Discount(D("0.2"), "07")))
    original = issued(replace(INVOICE, items=(item,)))
    first = issued(credit(own(original), items=(Item(line=1, quantity=D(3)),)))
    rest = prepared(credit(own(original, first)))
    assert element(first, "ResumenFactura/TotalDescuentos") == "0.22500"
    assert rest.totals.discount == D("0.075")
