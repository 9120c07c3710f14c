"""Withholding (07): one line for each of the supplier's documents."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.drafts import AppendixEntry, Draft, Item, Original, Party, Payment, PaymentMethod, Related
from hacienda.elsalvador.rejections import origins, pointers
from tests.effort import examples
from tests.hacienda.accounts import CREDIT_CODE, OTHER_CODE, supplied, withholding
from tests.hacienda.drafts import CONSUMER, ISSUER, TAXPAYER, body, built, found, rows, summary


def test_one_percent_is_withheld_of_the_base() -> None:
    assert rows(withholding()) == [
        {
            "numItem": 1,
            "tipoDte": "03",
            "tipoGeneracion": 2,
            "numeroDocumento": CREDIT_CODE,
            "fechaEmision": "2026-11-20",
            "montoSujetoGrav": Decimal("1000.00"),
            "codigoRetencionMH": "22",
            "ivaRetenido": Decimal("10.00"),
            "descripcion": None,
        }
    ]
    assert summary(withholding(notes="Gracias")) == {
        "totalSujetoRetencion": Decimal("1000.00"),
        "totalIva": Decimal("130.00"),
        "totalIvaRetenido": Decimal("10.00"),
        "totalLetras": "DIEZ DÓLARES CON 00/100 USD",
        "observaciones": "Gracias",
    }


def test_the_amount_withheld_is_what_the_document_comes_to() -> None:
    prepared = built(withholding(supplied("697.50"), expected_total=Decimal("6.98")))
    totals = prepared.totals
    assert (totals.taxed, totals.tax, totals.total, totals.payable) == tuple(
        map(Decimal, ("697.50", "90.68", "6.98", "6.98"))
    )
    assert [(one.description, one.amount) for one in prepared.items] == [
        (f"Comprobante de crédito fiscal {CREDIT_CODE}", Decimal("6.98"))
    ]
    assert [(one.number, one.electronic, one.adjusts) for one in prepared.references] == [(CREDIT_CODE, True, False)]


@pytest.mark.parametrize(
    ("document", "code", "withheld"),
    [
        (supplied("697.50"), "22", "6.98"),
        (supplied("697.50", withholding="C4"), "C4", "90.68"),
        (supplied("697.50", withholding="C9", withheld=Decimal("31.07")), "C9", "31.07"),
    ],
)
def test_the_code_tells_the_rate(document: Related, code: str, withheld: str) -> None:
    [row] = rows(withholding(document))
    assert (row["codigoRetencionMH"], row["ivaRetenido"]) == (code, Decimal(withheld))


def test_paper_and_electronic_documents_stand_together() -> None:
    paper = supplied("50.00", number="0000123", electronic=False, description="Recibo")
    electronic, printed = rows(withholding(supplied(number=CREDIT_CODE.lower()), paper))
    assert (electronic["tipoGeneracion"], electronic["numeroDocumento"]) == (2, CREDIT_CODE)
    assert (printed["tipoGeneracion"], printed["numeroDocumento"], printed["descripcion"]) == (1, "0000123", "Recibo")


@pytest.mark.parametrize(
    ("party", "id_type", "nrc"),
    [
        (TAXPAYER, "36", "765432"),
        (replace(TAXPAYER, registration=None), "36", None),
        (replace(CONSUMER, activity="10001"), "13", None),
        (replace(CONSUMER, activity="10001", id_type="03", tax_id="A-1234"), "03", None),
    ],
)
def test_the_supplier_goes_by_any_identity_document(party: Party, id_type: str, nrc: str | None) -> None:
    receiver = body(withholding(customer=party))["receptor"]
    assert (receiver["tipoDocumento"], receiver["nrc"]) == (id_type, nrc)


def test_an_absorbed_company_is_named() -> None:
    assert built(withholding(merged_company="0614-010101-101-9")).head == {"fusion": "06140101011019"}
    assert built(withholding()).head == {"fusion": None}


def other(**more: Any) -> Related:
    return supplied(number=OTHER_CODE, **more)


@pytest.mark.parametrize(
    ("draft", "faults"),
    [
        (withholding(related=()), {("/related", "required")}),
        (withholding(supplied(None)), {("/related/0/taxable", "required")}),
        (withholding(supplied("0")), {("/related/0/taxable", "must_be_positive")}),
        (withholding(supplied("10.005")), {("/related/0/taxable", "too_many_decimals")}),
        (withholding(supplied("0.49")), {("/related/0/taxable", "withheld_too_small")}),
        (withholding(supplied(), supplied()), {("/related/1/generation_code", "duplicate")}),
        (withholding(supplied(), other(type_code="01")), {("/related", "related_types_differ")}),
        (withholding(supplied(type_code="05")), {("/related/0/type", "related_type_not_allowed")}),
        (withholding(supplied(number="123")), {("/related/0/generation_code", "generation_code_invalid")}),
        (withholding(supplied(issued_on=date(2026, 11, 21))), {("/related/0/issued_at", "related_after_document")}),
        (withholding(supplied(withholding="77")), {("/related/0/withholding", "unknown_code")}),
        (withholding(supplied(withholding="C9")), {("/related/0/withheld", "required")}),
        (withholding(supplied(withheld=Decimal(10))), {("/related/0/withheld", "withheld_computed")}),
        (
            withholding(supplied("10.00", withholding="C9", withheld=Decimal("10.01"))),
            {("/related/0/withheld", "withheld_exceeds_base")},
        ),
        (
            withholding(supplied(exempt=Decimal(1), invalidated=True)),
            {("/related/0/exempt", "not_taken"), ("/related/0/invalidated", "not_taken")},
        ),
        (withholding(supplied(description="x" * 1501)), {("/related/0/description", "too_long")}),
        (
            withholding(*(supplied(number=f"{n}", electronic=False) for n in range(501))),
            {("/related", "too_many")},
        ),
        (withholding(customer=None), {("/customer", "required")}),
        (withholding(customer=replace(TAXPAYER, tax_id=None)), {("/customer/tax_id", "required")}),
        (withholding(customer=replace(TAXPAYER, tax_id=ISSUER.tax_id)), {("/customer/tax_id", "customer_is_issuer")}),
        (withholding(customer=replace(TAXPAYER, address=None)), {("/customer/address", "required")}),
        (withholding(customer=replace(TAXPAYER, activity=None)), {("/customer/activity", "required")}),
        (withholding(customer=replace(TAXPAYER, id_type="13")), {("/customer/tax_id", "dui_invalid"),
            ("/customer/registration", "registration_needs_nit")}),
        (withholding(items=(Item("Café", Decimal(1)),)), {("/items", "not_taken")}),
        (withholding(payment=Payment(methods=(PaymentMethod("01"),))), {("/payment", "not_taken")}),
        (withholding(expected_total=Decimal("1000.00")), {("/expected_total", "expected_total_differs")}),
        (withholding(supplied("99999999999.99"), other(taxable=Decimal(1))), {("/related", "too_large")}),
        (withholding(appendix=(AppendixEntry("", "b", "c"),)), {("/appendix/0/field", "required")}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_where_it_stands(draft: Draft, faults: set[tuple[str, str]]) -> None:
    assert found(draft) == faults


def test_a_document_of_the_issuers_own_is_no_suppliers() -> None:
    own = supplied(original=Original("{}", is_stamped=True, is_invalidated=False))
    assert found(withholding(own)) == {("/related/0", "related_is_own")}


def purchase(seller: str = "012345678", **standing: Any) -> Related:
    """A purchase from an excluded subject, which the buyer himself has issued."""
    head = {"tipoDte": standing.pop("type_code", "14")}
    document = {"identificacion": head, "receptor": {"numDocumento": seller}, "resumen": {"subTotal": 250.5}}
    standing = {"is_stamped": True, "is_invalidated": False, **standing}
    return supplied(None, type_code="14", original=Original(json.dumps(document), **standing))


def test_the_base_of_an_own_purchase_is_read_from_it() -> None:
    seller = replace(CONSUMER, activity="10005")
    [row] = rows(withholding(purchase(), customer=seller))
    assert row["montoSujetoGrav"] == Decimal("250.50")
    [row] = rows(withholding(replace(purchase(), taxable=Decimal(200), withholding="C4"), customer=seller))
    assert (row["montoSujetoGrav"], row["ivaRetenido"]) == (Decimal(200), Decimal("26.00"))


def test_an_own_document_under_another_type_is_told() -> None:
    other = withholding(purchase(type_code="01"), customer=replace(CONSUMER, activity="10005"))
    assert found(other) == {("/related/0/type", "related_not_as_issued")}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (purchase("876543210"), "related_of_other_party"),
        (purchase(is_stamped=False), "related_not_stamped"),
        (purchase(is_invalidated=True), "related_invalidated"),
    ],
)
def test_an_own_purchase_must_stand_and_be_of_this_seller(document: Related, code: str) -> None:
    assert found(withholding(document, customer=replace(CONSUMER, activity="10005"))) == {("/related/0", code)}


def test_no_sum_is_judged_while_a_document_cannot_be_read() -> None:
    unread = withholding(unread=(("related", "*"),), expected_total=Decimal(7), notes="\x07")
    assert found(unread) == {("/notes", "control_characters")}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[cuerpoDocumento.2.montoSujetoGrav] X", ("related", 1, "taxable")),
        ("#/cuerpoDocumento/0/codigoRetencionMH X", ("related", 0, "withholding")),
        ("[resumen.totalIvaRetenido] X", ("related",)),
        ("[receptor.nrc] X", ("customer", "registration")),
    ],
)
def test_a_rejection_leads_to_the_callers_documents(text: str, path: tuple[str | int, ...]) -> None:
    [fault] = pointers.faults("020", [text], names=origins.of("07"))
    assert fault.path == path


CENTS = st.integers(100, 99_999_999).map(lambda units: Decimal(units).scaleb(-2))
KEPT = st.one_of(
    st.builds(dict, withholding=st.sampled_from([None, "22", "C4"])),
    st.builds(dict, withholding=st.just("C9"), withheld=st.integers(1, 100).map(lambda n: Decimal(n).scaleb(-2))),
)


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(CENTS, KEPT), min_size=1, max_size=8))
def test_the_figures_follow_from_the_lines(drawn: list[tuple[Decimal, dict[str, Any]]]) -> None:
    documents = [
        supplied(str(base), number=str(number), electronic=False, **kept) for number, (base, kept) in enumerate(drawn)
    ]
    cents = [int(base * 100) for base, _ in drawn]
    by_law = {"22": 1, "C4": 13}
    kept_cents = [
        int(kept["withheld"] * 100)
        if "withheld" in kept
        else (base * by_law[kept["withholding"] or "22"] + 50) // 100
        for base, (_, kept) in zip(cents, drawn, strict=True)
    ]
    found_summary = summary(withholding(*documents))
    assert found_summary["totalSujetoRetencion"] * 100 == sum(cents)
    assert found_summary["totalIvaRetenido"] * 100 == sum(kept_cents)
    vat = (Decimal(sum(cents) * 13) / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP)
    assert found_summary["totalIva"] * 100 == vat
