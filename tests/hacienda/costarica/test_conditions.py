"""Each rule that the schemas do not express, and each that they do: what is refused, and where it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hacienda.costarica.build import VERSION, prepare
from hacienda.costarica.facts import ZONE
from hacienda.drafts import (
    Address,
    AppendixEntry,
    CommercialCode,
    Condition,
    Discount,
    Draft,
    Exemption,
    ExtraTax,
    Item,
    ItemKind,
    Medicine,
    OtherCharge,
    OwnOutage,
    Party,
    Payment,
    PaymentMethod,
    Related,
    Taxation,
)
from hacienda.values import Invalid
from tests.hacienda.costarica.made import (
    ABROAD,
    AT,
    BOOK,
    BOUGHT,
    CUSTOMER,
    EXPORT,
    INVOICE,
    ISSUER,
    LEAST,
    PURCHASE,
    SERVICE,
    SUPPLIER,
    TICKET,
    faults,
    prepared,
)

D = Decimal
FREED = Exemption("04", "AL-0001", "01", AT)


def line(**changes: Any) -> Draft:
    return replace(INVOICE, items=(replace(SERVICE, **changes),))


def goods(**changes: Any) -> Draft:
    return replace(INVOICE, items=(Item("Libro", D(10), cabys=BOOK, **changes),))


def customer(**changes: Any) -> Draft:
    return replace(INVOICE, customer=replace(CUSTOMER, **changes))


def paid(*methods: PaymentMethod, **changes: Any) -> Draft:
    return replace(INVOICE, payment=Payment(methods=methods, **changes))


def referring(draft: Draft = INVOICE, **changes: Any) -> Draft:
    usual = Related("08", "P-1", electronic=False, issued_on=date(2026, 11, 19))
    return replace(draft, related=(replace(usual, **changes),))


def outage(reason: int) -> OwnOutage:
    """One that is over and holds the time of issue."""
    return OwnOutage(reason, AT - timedelta(hours=1), AT)


def charge(*args: Any, **changes: Any) -> Draft:
    return replace(INVOICE, other_charges=(OtherCharge(*args, **changes),))


@pytest.mark.parametrize("type_code", LEAST)
def test_the_least_that_a_caller_says_is_enough(type_code: str) -> None:
    assert faults(LEAST[type_code]) == set()


REFUSED = {
    # The document
    "no lines": (replace(INVOICE, items=()), {("/items", "lines_required")}),
    "purchase without lines": (replace(PURCHASE, items=()), {("/items", "required")}),
    "foreign field": (replace(INVOICE, vat_withheld=True), {("/vat_withheld", "not_taken")}),
    "foreign field of a line": (line(unit=59), {("/items/0/unit", "unit_in_letters")}),
    "foreign field of a reference": (referring(taxable=D(1)), {("/related/0/taxable", "not_taken")}),
    "activity": (replace(INVOICE, activity="6201"), {("/activity", "activity_invalid")}),
    "unknown currency": (
        replace(INVOICE, currency="XXX1", exchange_rate=D(2)),
        {("/currency", "unknown_code")},
    ),
    "dollars without rate": (replace(INVOICE, currency="USD"), {("/exchange_rate", "exchange_rate_required")}),
    "colones with a rate": (replace(INVOICE, exchange_rate=D(2)), {("/exchange_rate", "exchange_rate_of_colones")}),
    "no rate": (replace(INVOICE, currency="USD", exchange_rate=D(0)), {("/exchange_rate", "must_be_positive")}),
    "expected total": (replace(INVOICE, expected_total=D(1)), {("/expected_total", "expected_total_differs")}),
    "long notes": (replace(INVOICE, notes="x" * 501), {("/notes", "too_long")}),
    "empty appendix": (
        replace(INVOICE, appendix=(AppendixEntry("a", "b", " "),)),
        {("/appendix/0/value", "required")},
    ),
    "unknown outage": (
        replace(INVOICE, contingency=outage(5)),
        {("/contingency/reason", "contingency_reason_unknown")},
    ),
    "outage without paper": (
        replace(INVOICE, contingency=outage(2)),
        {("/related", "paper_required")},
    ),
    # Parties
    "no customer": (replace(INVOICE, customer=None), {("/customer", "required")}),
    "customer without identification": (customer(tax_id=None), {("/customer/tax_id", "identification_required")}),
    "customer without name": (customer(name=None), {("/customer/name", "required")}),
    "short name": (customer(name="ab"), {("/customer/name", "too_short")}),
    "unclear identification": (customer(tax_id="12345"), {("/customer/id_type", "identification_type_unclear")}),
    "wrong identification": (customer(id_type="01"), {("/customer/tax_id", "identification_invalid")}),
    "unknown identification": (customer(id_type="77"), {("/customer/id_type", "unknown_code")}),
    "natural person with zero": (
        customer(tax_id="012345678", id_type="01"),
        {("/customer/tax_id", "identification_invalid")},
    ),
    "two e-mails": (customer(email="a@b.example,c@d.example"), {("/customer/email", "too_many")}),
    "e-mail": (customer(email="a b"), {("/customer/email", "email_invalid")}),
    "telephone": (customer(phone="12"), {("/customer/phone", "phone_invalid")}),
    "unknown place": (
        customer(address=Address("1", "01", "99", "100 metros norte")),
        {("/customer/address/district", "place_unknown")},
    ),
    "place of several": (
        customer(address=Address(district="Carmen", line="100 metros norte")),
        {("/customer/address/district", "district_ambiguous")},
    ),
    "names of no place": (
        customer(address=Address("Herédia", "Barba", "", "100 metros norte")),
        {
            ("/customer/address/municipality", "canton_unknown"),
            ("/customer/address/district", "required"),
        },
    ),
    "address without place": (
        customer(address=Address(line="100 metros norte")),
        {("/customer/address/district", "required")},
    ),
    "foreigner in an invoice": (
        replace(INVOICE, customer=ABROAD),
        {("/customer/id_type", "identification_type_not_allowed")},
    ),
    "foreigner without reference": (
        replace(INVOICE, customer=ABROAD, payment=Payment(code="12")),
        {("/related", "reference_required")},
    ),
    "no taxpayer": (
        replace(PURCHASE, customer=replace(SUPPLIER, id_type="06")),
        {("/customer/id_type", "identification_type_not_allowed")},
    ),
    "foreign supplier without his document": (
        replace(PURCHASE, customer=ABROAD),
        {("/customer/id_type", "identification_type_not_allowed")},
    ),
    # Lines
    "no price": (line(price=None), {("/items/0/price", "required")}),
    "no price and no words": (
        line(price=None, description=" "),
        {("/items/0/price", "required"), ("/items/0/description", "required")},
    ),
    "price of nothing": (line(price=D(0)), {("/items/0/price", "must_be_positive")}),
    "six decimals": (line(price=D("1.000001")), {("/items/0/price", "too_many_decimals")}),
    "large price": (line(price=D(10) ** 13), {("/items/0/price", "too_large")}),
    "no number": (line(price=D("NaN")), {("/items/0/price", "not_a_number")}),
    "large line": (line(price=D(10) ** 12, quantity=D(100)), {("/items/0/price", "too_large")}),
    "four decimals": (line(quantity=D("0.0001")), {("/items/0/quantity", "too_many_decimals")}),
    "short description": (line(description="ab"), {("/items/0/description", "too_short")}),
    "long description": (line(description="x" * 201), {("/items/0/description", "too_long")}),
    "control characters": (line(description="abc\x07"), {("/items/0/description", "control_characters")}),
    "no CABYS": (line(cabys=None), {("/items/0/cabys", "required")}),
    "unknown CABYS": (line(cabys="9999999999999"), {("/items/0/cabys", "cabys_unknown")}),
    "goods as a service": (goods(kind=ItemKind.SERVICE), {("/items/0/kind", "kind_against_cabys")}),
    "unknown unit": (line(measure="sp"), {("/items/0/unit", "unknown_code")}),
    "unknown rate": (line(tax_rate="77"), {("/items/0/tax_rate", "unknown_code")}),
    "rate of notes": (line(tax_rate="05"), {("/items/0/tax_rate", "code_not_allowed")}),
    "not subject abroad": (
        replace(EXPORT, items=(replace(SERVICE, tax=Taxation.NOT_SUBJECT),)),
        {("/items/0/tax", "code_not_allowed")},
    ),
    "not taxed": (line(tax=Taxation.NOT_TAXED), {("/items/0/tax", "class_not_allowed")}),
    "discount above the line": (line(discount=D(25001)), {("/items/0/discount", "discount_exceeds_line")}),
    "two ways of discount": (
        line(discount=D(1), discounts=(Discount(D(1)),)),
        {("/items/0/discounts", "discount_given_twice")},
    ),
    "six discounts": (line(discounts=(Discount(D(1)),) * 6), {("/items/0/discounts", "too_many")}),
    "other discount": (
        line(discounts=(Discount(D(1), "99"),)),
        {("/items/0/discounts/0/description", "description_required")},
    ),
    "gift in a purchase": (
        replace(PURCHASE, items=(replace(SERVICE, discounts=(Discount(D(1)), Discount(D(1), "01"))),)),
        {("/items/0/discounts/1/code", "code_not_allowed")},
    ),
    "unknown discount": (line(discounts=(Discount(D(1), "77"),)), {("/items/0/discounts/0/code", "unknown_code")}),
    "six codes": (
        line(commercial_codes=(CommercialCode("01", "A"),) * 6),
        {("/items/0/commercial_codes", "too_many")},
    ),
    "long serial": (goods(serials=("1" * 18,)), {("/items/0/serials/0", "too_long")}),
    "unknown form": (goods(medicine=Medicine("M-1", "zz")), {("/items/0/medicine/form", "unknown_code")}),
    "exported goods": (
        replace(EXPORT, items=(Item("Libro", D(10), cabys=BOOK),)),
        {("/items/0/tariff_heading", "tariff_heading_required")},
    ),
    "tariff heading at home": (goods(tariff_heading="490199000000"), {("/items/0/tariff_heading", "not_taken")}),
    "short tariff heading": (
        replace(EXPORT, items=(Item("Libro", D(10), cabys=BOOK, tariff_heading="4901"),)),
        {("/items/0/tariff_heading", "too_short")},
    ),
    "too many lines": (replace(INVOICE, items=(SERVICE,) * 1001), {("/items", "too_many")}),
    # Taxes
    "special base": (line(vat_code="07"), {("/items/0/taxable_base", "taxable_base_required")}),
    "base computed": (line(taxable_base=D(1)), {("/items/0/taxable_base", "taxable_base_computed")}),
    "factor": (line(vat_code="08"), {("/items/0/vat_factor", "vat_factor_required")}),
    "extra value added tax": (
        line(extra_taxes=(ExtraTax("01"),)),
        {("/items/0/extra_taxes/0/code", "vat_not_among_extra")},
    ),
    "tax without amount": (
        line(extra_taxes=(ExtraTax("06"),)),
        {("/items/0/extra_taxes/0/amount", "tax_amount_required")},
    ),
    "tax computed": (
        line(extra_taxes=(ExtraTax("12", D(1)),)),
        {("/items/0/extra_taxes/0/amount", "tax_amount_computed")},
    ),
    "half of a tax": (
        line(extra_taxes=(ExtraTax("06", quantity=D(1)),)),
        {("/items/0/extra_taxes/0/unit_amount", "required")},
    ),
    "data of another tax": (
        line(extra_taxes=(ExtraTax("06", quantity=D(1), unit_amount=D(1), volume=D(1)),)),
        {("/items/0/extra_taxes/0/volume", "not_allowed")},
    ),
    "tax of no name": (
        line(extra_taxes=(ExtraTax("99", D(1)),)),
        {("/items/0/extra_taxes/0/description", "description_required")},
    ),
    "units in a purchase": (
        replace(
            PURCHASE, items=(Item("Cigarros", D(1), cabys=BOOK, extra_taxes=(ExtraTax("06", unit_amount=D(1)),)),)
        ),
        {("/items/0/extra_taxes/0/unit_amount", "not_taken")},
    ),
    "included with a specific tax": (
        replace(line(extra_taxes=(ExtraTax("12"),)), prices_include_tax=True),
        {("/items/0/price", "price_with_extra_taxes")},
    ),
    "nothing to exempt": (line(exemption=FREED, tax_rate="10"), {("/items/0/exemption", "nothing_to_exempt")}),
    "exempted too much": (
        line(exemption=replace(FREED, rate=D(14))),
        {("/items/0/exemption/rate", "exemption_exceeds_rate")},
    ),
    "exemption of notes": (
        line(exemption=replace(FREED, type="05")),
        {("/items/0/exemption/type", "code_not_allowed")},
    ),
    "concrete exemption": (line(exemption=replace(FREED, type="11")), {("/related", "reference_required")}),
    "other exemption": (
        line(exemption=replace(FREED, type="99")),
        {("/items/0/exemption/description", "description_required")},
    ),
    "short number of an exemption": (
        line(exemption=replace(FREED, number="1")),
        {("/items/0/exemption/number", "too_short")},
    ),
    "gift exempted": (
        line(exemption=FREED, discounts=(Discount(D(1), "01"),)),
        {("/items/0/exemption", "exemption_exceeds_tax")},
    ),
    # Charges
    "charge without amount": (charge("06", "Servicio"), {("/other_charges/0/amount", "charge_amount_required")}),
    "charge of nothing": (charge("06", "Servicio", D(0)), {("/other_charges/0/amount", "must_be_positive")}),
    "charge for nobody": (charge("04", "Flete", D(1)), {("/other_charges/0/third_party", "third_party_required")}),
    "other charge": (charge("99", "Cargo", D(1)), {("/other_charges/0/type_description", "description_required")}),
    "sixteen charges": (
        replace(INVOICE, other_charges=(OtherCharge("06", "Servicio", D(1)),) * 16),
        {("/other_charges", "too_many")},
    ),
    "charges that need lines": (
        replace(charge("06", "Servicio", D(1)), items=()),
        {("/items", "lines_required")},
    ),
    # Payment
    "credit without days": (paid(condition=Condition.CREDIT), {("/payment/days", "days_required")}),
    "cash with days": (paid(days=30), {("/payment/days", "days_not_allowed")}),
    "other condition": (paid(condition=Condition.OTHER), {("/payment/description", "description_required")}),
    "condition of receipts": (paid(code="09"), {("/payment/code", "code_not_allowed")}),
    "used goods sold": (paid(code="13"), {("/payment/code", "code_not_allowed")}),
    "unknown condition": (paid(code="77"), {("/payment/code", "unknown_code")}),
    "unknown means": (paid(PaymentMethod("77")), {("/payment/methods/0/code", "unknown_code")}),
    "means of no name": (paid(PaymentMethod("99")), {("/payment/methods/0/reference", "description_required")}),
    "five means": (paid(*(PaymentMethod("01", D(5650)),) * 5), {("/payment/methods", "too_many")}),
    "means without amounts": (
        paid(PaymentMethod("01"), PaymentMethod("02")),
        {("/payment/methods/0/amount", "amounts_required"), ("/payment/methods/1/amount", "amounts_required")},
    ),
    "nothing left for a means": (
        paid(PaymentMethod("01", D(28250)), PaymentMethod("06")),
        {("/payment/methods", "payments_do_not_add_up")},
    ),
    "wrong sum": (paid(PaymentMethod("01", D(1))), {("/payment/methods", "payments_do_not_add_up")}),
    # References
    "no reference": (replace(PURCHASE, related=()), {("/related", "reference_required")}),
    "no clave": (referring(type_code="01"), {("/related/0/number", "clave_invalid")}),
    "old reference": (referring(issued_on=date(2016, 11, 1)), {("/related/0/issued_at", "referenced_too_old")}),
    "reference to tomorrow": (
        referring(issued_on=date(2026, 11, 21)),
        {("/related/0/issued_at", "referenced_in_future")},
    ),
    "reference of no name": (referring(type_code="99"), {("/related/0/description", "description_required")}),
    "reason of no name": (
        referring(reference_code="99", reason="Otra cosa"),
        {("/related/0/reference_description", "description_required")},
    ),
    "foreign document in an invoice": (referring(type_code="16"), {("/related/0/type", "code_not_allowed")}),
    "returned goods in an invoice": (
        referring(type_code="09", number="x" * 50),
        {("/related/0/type", "code_not_allowed"), ("/related/0/number", "clave_invalid")},
    ),
    "unknown document": (referring(type_code="77"), {("/related/0/type", "unknown_code")}),
    "code of receipts": (referring(reference_code="17"), {("/related/0/reference_code", "code_not_allowed")}),
    "code of credit notes": (referring(reference_code="12"), {("/related/0/reference_code", "code_not_allowed")}),
    "eleven references": (
        replace(INVOICE, related=referring().related * 11),
        {("/related", "too_many")},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_where_it_was_said(name: str) -> None:
    draft, expected = REFUSED[name]
    assert faults(draft) == expected


TAKEN = {
    "alphanumeric company": customer(tax_id="3101A00001"),
    "natural person": customer(tax_id="1-1234-5678"),
    "DIMEX": customer(tax_id="155812345678"),
    "NITE": customer(tax_id="1234567890"),
    "not nationalised": referring(
        replace(INVOICE, customer=ABROAD, payment=Payment(code="12")),
        type_code="04",
        number="50620112600310100000000100001040000000001112345678",
    ),
    "foreign supplier": replace(
        PURCHASE, customer=ABROAD, related=(Related("16", "INV-1", False, date(2026, 11, 19)),)
    ),
    "used goods bought": replace(PURCHASE, customer=replace(SUPPLIER, id_type="06"), payment=Payment(code="13")),
    "charges that stand alone": replace(charge("09", "Multa por atraso", D(1)), items=()),
    "month passed": referring(type_code="13"),
    "ticket for a foreigner": replace(TICKET, customer=ABROAD),
    "customer by name alone": replace(TICKET, customer=Party(name="Ana")),
    "without internet": replace(INVOICE, contingency=outage(3)),
    "paper given": referring(replace(INVOICE, contingency=outage(2))),
    "expected in cents": replace(line(price=D("0.33333")), expected_total=D("0.38")),
    "paid in cents": replace(
        line(price=D("0.33333")),
        payment=Payment(methods=(PaymentMethod("01", D("0.30")), PaymentMethod("02", D("0.08")))),
    ),
    "factory": goods(factory_vat="01", taxable_base=D(5)),
    "factory exempt": goods(factory_vat="02"),
    "everything": replace(
        goods(
            kind=ItemKind.GOODS,
            code="L-1",
            measure="Unid",
            commercial_unit="tomo",
            transaction="08",
            serials=("1HGCM82633A004352",),
            medicine=Medicine("M-1"),
        ),
        notes="Gracias <por> su & compra",
        activity="4711.0",
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_it_is_taken(name: str) -> None:
    assert faults(TAKEN[name]) == set()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"tax_id": "12"}, {("/issuer/id_type", "identification_type_unclear")}),
        ({"id_type": "05"}, {("/issuer/id_type", "identification_type_not_allowed")}),
        ({"name": "abc"}, {("/issuer/name", "too_short")}),
        ({"activity": "62"}, {("/issuer/activity", "activity_invalid")}),
        ({"activity": ""}, {("/issuer/activity", "required")}),
        ({"email": ""}, {("/issuer/email", "required")}),
        ({"email": ",".join(f"a{n}@b.example" for n in range(5))}, {("/issuer/email", "too_many")}),
        ({"phone": "1"}, {("/issuer/phone", "phone_invalid")}),
        ({"address": Address()}, {("/issuer/address", "required")}),
        ({"establishment": "M001"}, {("/issuer/establishment", "establishment_invalid")}),
        ({"point_of_sale": "1"}, {("/issuer/point_of_sale", "terminal_invalid")}),
        ({"system_provider": "1" * 21}, {("/issuer/system_provider", "too_long")}),
    ],
)
def test_what_is_wrong_with_the_merchant_stands_under_issuer(
    changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    assert faults(INVOICE, replace(ISSUER, **changes)) == expected


@pytest.mark.parametrize(
    ("offset", "code"), [(timedelta(minutes=10), "issued_ahead"), (-timedelta(days=2), "issued_too_long_ago")]
)
def test_a_document_is_dated_when_it_is_made(offset: timedelta, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        prepare(INVOICE, ISSUER, version=VERSION, at=AT + offset, now=AT)
    assert [(fault.pointer, fault.code) for fault in caught.value.faults] == [("/issued_at", code)]


def test_the_time_of_issue_needs_a_zone() -> None:
    with pytest.raises(Invalid, match="time zone"):
        prepare(INVOICE, ISSUER, version=VERSION, at=AT.replace(tzinfo=None), now=AT)


@pytest.mark.parametrize(("type_code", "version"), [("05", VERSION), ("01", 43)])
def test_other_types_and_versions_are_refused(type_code: str, version: int) -> None:
    with pytest.raises(Invalid):
        prepare(replace(INVOICE, type_code=type_code), ISSUER, version=version, at=AT, now=AT)


def test_every_fault_is_told_at_once() -> None:
    draft = replace(INVOICE, items=(replace(SERVICE, price=None), replace(SERVICE, cabys=None)), currency="USD")
    assert faults(draft) == {
        ("/items/0/price", "required"),
        ("/items/1/cabys", "required"),
        ("/exchange_rate", "exchange_rate_required"),
    }


def test_what_could_not_be_read_is_not_told_twice() -> None:
    draft = replace(line(price=None), unread=(("items", 0, "price"),))
    with pytest.raises(Invalid) as caught:
        prepared(draft)
    assert caught.value.faults == ()


def test_the_customer_is_told_with_the_kind_of_his_identification() -> None:
    made = prepared(INVOICE)
    assert made.customer is not None
    assert (made.customer.id_type, made.customer.tax_id) == ("02", "3102000000")


def test_a_moment_is_that_of_costa_rica() -> None:
    night = AT.astimezone(UTC)
    assert prepare(INVOICE, ISSUER, version=VERSION, at=night, now=night).body == prepared(INVOICE).body
    assert night.astimezone(ZONE) == AT


def test_a_purchase_turns_the_parties_round() -> None:
    body = prepared(PURCHASE).body
    assert body["Emisor"]["Nombre"] == SUPPLIER.name
    assert body["Receptor"]["Nombre"] == ISSUER.name
    assert (body["CodigoActividadReceptor"], body.get("CodigoActividadEmisor")) == (ISSUER.activity, None)
    assert prepared(PURCHASE).references[0].number == BOUGHT.number
