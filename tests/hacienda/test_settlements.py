"""Settlement (08): what was sold on behalf of a principal, document by document."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hacienda.drafts import (
    Condition,
    Draft,
    ExtraTax,
    GlobalDiscount,
    Item,
    Original,
    Payment,
    PaymentMethod,
    Period,
    Related,
    Taxation,
    ThirdParty,
)
from hacienda.elsalvador.rejections import origins, pointers
from tests.effort import examples
from tests.hacienda.accounts import (
    CREDIT_CODE,
    MONTH,
    OTHER_CODE,
    PRINCIPAL,
    THIRD_PARTY,
    as_signed,
    listed,
    settlement,
    signed,
    sold,
    sold_on_credit,
    withholding,
)
from tests.hacienda.drafts import INVOICE, ISSUER, TAX_CREDIT, TAXPAYER, body, built, found, item, rows, summary

CLASSES = ("ventaNoSuj", "ventaExenta", "ventaGravada", "exportaciones")


def elsewhere(type_code: str = "03", **amounts: Any) -> Related:
    """A document that was issued elsewhere."""
    more = {name: Decimal(value) if isinstance(value, str) else value for name, value in amounts.items()}
    return replace(Related(type_code, OTHER_CODE, True, date(2026, 11, 12)), **more)


def classes(row: dict[str, Any]) -> dict[str, Decimal]:
    return {name: row[name] for name in CLASSES if row[name]}


def test_a_sale_is_settled_without_vat() -> None:
    invoice, credit = sold("113.00"), sold_on_credit("200.00")
    first, second = rows(settlement(invoice, credit))
    assert first == {
        "numItem": 1,
        "tipoDte": "01",
        "tipoGeneracion": 2,
        "numeroDocumento": invoice.number,
        "fechaEmision": "2026-11-20",
        "ventaNoSuj": 0,
        "ventaExenta": 0,
        "ventaGravada": Decimal(100),
        "exportaciones": 0,
        "tributos": ["20"],
        "ivaItem": Decimal(13),
        "observaciones": None,
    }
    assert (second["ventaGravada"], second["ivaItem"]) == (Decimal(200), Decimal(26))
    assert summary(settlement(invoice, credit)) == {
        "totalNoSuj": 0,
        "totalExenta": 0,
        "totalGravada": Decimal("300.00"),
        "exportacion": 0,
        "subTotalVentas": Decimal("300.00"),
        "tributos": [{"codigo": "20", "descripcion": "Impuesto al Valor Agregado 13%", "valor": Decimal("39.00")}],
        "montoTotalOperacion": Decimal("339.00"),
        "ivaPerci": 0,
        "total": Decimal("339.00"),
        "totalLetras": "TRESCIENTOS TREINTA Y NUEVE DÓLARES CON 00/100",
        "condicionOperacion": 1,
        "observaciones": None,
    }


def test_the_global_discount_is_taken_off_and_every_class_kept_apart() -> None:
    sale = sold(
        items=(item("113"), item("50", tax=Taxation.EXEMPT), item("7", tax=Taxation.NOT_SUBJECT), item("3")),
        global_discount=GlobalDiscount(taxed=Decimal(3), exempt=Decimal(5), not_subject=Decimal(2)),
    )
    [row] = rows(settlement(sale))
    assert classes(row) == {"ventaNoSuj": Decimal(5), "ventaExenta": Decimal(45), "ventaGravada": Decimal(100)}


def test_what_is_outside_the_tax_base_stays_outside() -> None:
    tip = sold_on_credit(items=(item("100"), item("8", tax=Taxation.NOT_TAXED)))
    assert summary(settlement(tip))["total"] == Decimal("113.00")


def test_the_taxes_that_add_to_a_total_are_passed_on() -> None:
    fuel = sold_on_credit(items=(item("3", "50", unit=22, extra_taxes=(ExtraTax("D1"), ExtraTax("C5", Decimal(4)))),))
    [row] = rows(settlement(fuel))
    assert row["tributos"] == ["20", "D1"]
    figures = summary(settlement(fuel))
    assert [(one["codigo"], one["valor"]) for one in figures["tributos"]] == [("20", Decimal("19.50")), ("D1", 10)]
    assert figures["montoTotalOperacion"] == Decimal("179.50")


def test_perceptions_of_the_documents_are_passed_on() -> None:
    perceived = sold_on_credit("1000.00", vat_perceived=True)
    totals = built(settlement(perceived)).totals
    assert (totals.perceived, totals.total, totals.payable) == tuple(map(Decimal, ("10.00", "1130.00", "1140.00")))


EXPORT = {"totalGravada": 500, "descuGravada": 50, "seguro": 10.5, "flete": 20, "totalNoGravado": 3}
NOTE = {"totalNoSuj": 0, "totalExenta": 20, "totalGravada": 40, "ivaPerci": 0.4}
NOTE["tributos"] = [{"codigo": "20", "descripcion": "IVA", "valor": 5.2}]  # type: ignore[assignment]
BACK = {"totalNoSuj": 1, "totalExenta": 0, "totalGravada": 11.3, "totalSeguro": None, "totalFlete": None}


def test_an_export_stands_in_its_own_column_and_reaches_the_principal() -> None:
    export = listed(*as_signed("11", EXPORT))
    [row] = rows(settlement(export))
    assert classes(row) == {"exportaciones": Decimal("480.5")}
    assert (row["tributos"], row["ivaItem"]) == (None, 0)
    figures = summary(settlement(export))
    assert (figures["exportacion"], figures["tributos"], figures["total"]) == (
        Decimal("480.50"),
        None,
        Decimal("480.50"),
    )


@pytest.mark.parametrize(
    ("type_code", "text", "expected"),
    [
        ("05", as_signed("05", NOTE), {"ventaExenta": Decimal(-20), "ventaGravada": Decimal(-40)}),
        ("06", as_signed("06", NOTE), {"ventaExenta": Decimal(20), "ventaGravada": Decimal(40)}),
        ("18", as_signed("18", BACK, of="01"), {"ventaNoSuj": Decimal(-1), "ventaGravada": Decimal(-10)}),
        (
            "18",
            as_signed("18", {**BACK, "totalNoSuj": 0, "totalFlete": 2}, of="11"),
            {"exportaciones": Decimal("-13.3")},
        ),
    ],
)
def test_what_takes_back_is_negative(type_code: str, text: tuple[str, str], expected: dict[str, Decimal]) -> None:
    [row] = rows(settlement(listed(*text)))
    assert (row["tipoDte"], classes(row)) == (type_code, expected)
    assert row["ivaItem"] == expected.get("ventaGravada", Decimal(0)) * Decimal("0.13")


def test_more_taken_back_than_sold_leaves_nothing_to_pay() -> None:
    totals = built(settlement(listed(*as_signed("05", NOTE)))).totals
    assert (totals.total, totals.perceived, totals.payable) == (Decimal("-65.20"), Decimal("-0.40"), Decimal(0))
    assert totals.in_words == "CERO DÓLARES CON 00/100"


class TestInvalidatedDocuments:
    def test_one_never_settled_is_sold_and_taken_back(self) -> None:
        sale = sold("113.00", is_invalidated=True)
        first, second = rows(settlement(sale, sold_on_credit("5.00")))[:2]
        assert (first["numeroDocumento"], second["numeroDocumento"]) == (sale.number, sale.number)
        assert (first["ventaGravada"], second["ventaGravada"]) == (Decimal(100), Decimal(-100))
        assert (first["observaciones"], second["observaciones"]) == (None, "Documento invalidado")

    def test_one_that_was_settled_is_taken_back_once(self) -> None:
        sale = sold("113.00")
        settled = dict([signed(settlement(sale))])
        assert sale.original is not None
        again = replace(sale, original=replace(sale.original, is_invalidated=True, settlements=settled))
        [row] = rows(settlement(again))
        assert row["ventaGravada"] == Decimal(-100)

        settled |= dict([signed(settlement(again))])
        over = replace(again, original=replace(sale.original, is_invalidated=True, settlements=settled))
        assert found(settlement(over)) == {("/related/0", "related_settled")}

    def test_what_is_taken_back_is_not_sold_again_when_its_first_settlement_is_void(self) -> None:
        sale = sold("113.00", is_invalidated=True)
        assert sale.original is not None
        settled = dict([signed(settlement(sale))])
        first = replace(sale.original, is_invalidated=False)
        back = dict([signed(settlement(replace(sale, original=replace(first, settlements={}))))])
        # In force is only the one that took it back.
        only_back = {code: text.replace('"ventaGravada":100,', '"ventaGravada":-100,') for code, text in back.items()}
        assert only_back != back
        again = replace(sale, original=replace(sale.original, settlements=only_back))
        assert found(settlement(again)) == {("/related/0", "related_settled")}  # Hacienda takes no such line
        assert found(settlement(replace(sale, original=replace(sale.original, settlements=settled)))) == {
            ("/related/0", "related_settled")
        }

    def test_a_note_that_was_invalidated_counts_the_other_way_round(self) -> None:
        first, second = rows(settlement(listed(*as_signed("05", NOTE), is_invalidated=True)))
        assert (first["ventaGravada"], second["ventaGravada"]) == (Decimal(-40), Decimal(40))

    def test_one_issued_elsewhere_is_said_to_be(self) -> None:
        [row] = rows(settlement(elsewhere(taxable="50", invalidated=True)))
        assert (row["ventaGravada"], row["ivaItem"]) == (Decimal(-50), Decimal("-6.5"))


def test_a_document_settled_before_is_refused_by_name() -> None:
    sale = sold()
    code, text = signed(settlement(sale))
    assert sale.original is not None
    again = replace(sale, original=replace(sale.original, settlements={code: text}))
    assert found(settlement(again)) == {("/related/0", "related_settled")}


def test_documents_issued_elsewhere_are_settled_by_their_amounts() -> None:
    paper = replace(
        elsewhere("01", exempt="5", not_subject="2", taxable="10.12345678"), number="77", electronic=False
    )
    export = replace(elsewhere("11", exported="40"), number=CREDIT_CODE, description="Embarque")
    first, second = rows(settlement(paper, export))
    assert (first["tipoGeneracion"], first["numeroDocumento"], first["ventaGravada"]) == (
        1,
        "77",
        Decimal("10.12345678"),
    )
    assert first["ivaItem"] == Decimal("1.31604938")
    assert (second["exportaciones"], second["observaciones"]) == (Decimal(40), "Embarque")
    assert summary(settlement(elsewhere(taxable="100", perceived="1.00")))["ivaPerci"] == Decimal("1.00")


def test_the_principal_takes_name_and_domicile_from_the_documents() -> None:
    prepared = built(settlement(sold(), customer=replace(PRINCIPAL, name=None)))
    receiver = dict(prepared.body["receptor"])  # type: ignore[call-overload]
    assert (receiver["nombre"], receiver["codDomiciliado"]) == (PRINCIPAL.name, 1)
    assert list(receiver)[:4] == ["tipoDocumento", "numDocumento", "codDomiciliado", "nrc"]
    assert prepared.customer is not None
    assert prepared.customer.name == PRINCIPAL.name


def test_a_foreign_principal_goes_by_name_where_it_has_no_number() -> None:
    abroad = ThirdParty("FOREIGN  Principal", None, domiciled=False)
    sale = listed(*signed(replace(INVOICE, third_party_sale=abroad)))
    customer = replace(PRINCIPAL, name="Foreign Principal", id_type="37", tax_id="X-1", registration=None)
    assert body(settlement(sale, customer=customer))["receptor"]["codDomiciliado"] == 2
    other = replace(customer, name="Somebody Else")
    assert found(settlement(sale, customer=other)) == {("/related/0", "related_of_other_third_party")}


def test_without_documents_of_ones_own_the_identity_document_tells_the_domicile() -> None:
    row = elsewhere(taxable="10")
    assert body(settlement(row))["receptor"]["codDomiciliado"] == 1
    passport = replace(PRINCIPAL, id_type="03", tax_id="A-1234", registration=None)
    assert body(settlement(row, customer=passport))["receptor"]["codDomiciliado"] == 2
    resident = replace(passport, domiciled=True)
    assert body(settlement(row, customer=resident))["receptor"]["codDomiciliado"] == 1


def test_each_line_is_kept_as_a_reference_that_adjusts_nothing() -> None:
    sale = sold(is_invalidated=True)
    references = built(settlement(sale, elsewhere(taxable="1"))).references
    assert [(one.number, one.adjusts) for one in references] == [
        (sale.number, False),
        (sale.number, False),
        (OTHER_CODE, False),
    ]


def test_a_settlement_may_be_on_credit() -> None:
    on_credit = settlement(sold(), payment=Payment(Condition.CREDIT))
    assert summary(on_credit)["condicionOperacion"] == 2


NOT_STAMPED = {"is_stamped": False}


@pytest.mark.parametrize(
    ("draft", "faults"),
    [
        (settlement(), {("/period", "period_or_related_required")}),
        (settlement(period=MONTH), {("/period", "nothing_to_settle")}),
        (
            settlement(period=Period(date(2026, 11, 30), date(2026, 11, 1))),
            {("/period/to", "period_reversed")},
        ),
        (settlement(sold(**NOT_STAMPED)), {("/related/0", "related_not_stamped")}),
        (settlement(sold(selected=True, **NOT_STAMPED), period=MONTH), {("/period", "period_not_stamped")}),
        (settlement(listed(*signed(INVOICE))), {("/related/0", "related_without_third_party")}),
        (
            settlement(listed(*signed(INVOICE), selected=True), period=MONTH),
            {("/period", "period_document_not_settled")},
        ),
        (
            settlement(sold(third_party_sale=ThirdParty("OTRO", "06142203051028"))),
            {("/related/0", "related_of_other_third_party")},
        ),
        (
            settlement(replace(sold(), taxable=Decimal(1), invalidated=True)),
            {
                ("/related/0/taxable", "related_amount_from_document"),
                ("/related/0/invalidated", "related_amount_from_document"),
            },
        ),
        (
            settlement(replace(sold(), type_code="03", issued_on=date(2026, 11, 19))),
            {("/related/0/type", "related_not_as_issued"), ("/related/0/issued_at", "related_not_as_issued")},
        ),
        (settlement(elsewhere()), {("/related/0/taxable", "settled_amount_required")}),
        (settlement(elsewhere("11", taxable="1")), {("/related/0/taxable", "settled_amount_not_of_type")}),
        (
            settlement(elsewhere("11", taxable="0")),
            {
                ("/related/0/taxable", "settled_amount_not_of_type"),
                ("/related/0/exported", "settled_amount_required"),
            },
        ),
        (settlement(elsewhere(exported="1", taxable="1")), {("/related/0/exported", "settled_amount_not_of_type")}),
        (settlement(elsewhere(taxable="-1")), {("/related/0/taxable", "must_not_be_negative")}),
        (settlement(elsewhere(taxable="1", perceived="0.001")), {("/related/0/perceived", "too_many_decimals")}),
        (settlement(elsewhere("04", taxable="1")), {("/related/0/type", "related_type_not_allowed")}),
        (settlement(elsewhere(taxable="1", withheld="1")), {("/related/0/withheld", "not_taken")}),
        (
            settlement(elsewhere(taxable="1"), elsewhere(taxable="1")),
            {("/related/1/generation_code", "duplicate")},
        ),
        (
            settlement(*(replace(elsewhere(taxable="1"), number=f"{n}", electronic=False) for n in range(501))),
            {("/related", "too_many")},
        ),
        (
            settlement(*(replace(elsewhere(taxable="99999999999"), number=f"{n}", electronic=False) for n in (1, 2))),
            {("/related", "too_large")},
        ),
        (settlement(sold(), customer=None), {("/customer", "required")}),
        (settlement(sold(), customer=replace(PRINCIPAL, tax_id=ISSUER.tax_id)), {
            ("/customer/tax_id", "customer_is_issuer"), ("/related/0", "related_of_other_third_party")}),
        (
            settlement(sold(), customer=replace(PRINCIPAL, domiciled=False)),
            {("/customer/domiciled", "domicile_differs")},
        ),
        (
            settlement(sold(), payment=Payment(methods=(PaymentMethod("01"),))),
            {("/payment/methods", "not_taken")},
        ),
        (settlement(sold(), items=(Item("Café", Decimal(1)),)), {("/items", "not_taken")}),
        (settlement(sold(), expected_total=Decimal(1)), {("/expected_total", "expected_total_differs")}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_where_it_stands(draft: Draft, faults: set[tuple[str, str]]) -> None:
    assert found(draft) == faults


def test_a_document_of_ones_own_of_quite_another_type_is_told() -> None:
    code, text = signed(withholding())
    disguised = replace(listed(code, text), type_code="03")
    assert found(settlement(disguised)) == {
        ("/related/0/type", "related_not_as_issued"),
        ("/related/0", "related_without_third_party"),
    }


def test_no_sum_is_judged_while_a_document_cannot_be_read() -> None:
    unread = settlement(sold(), unread=(("related", "*"),), expected_total=Decimal(7), notes="\x07")
    assert found(unread) == {("/notes", "control_characters")}
    assert found(settlement(unread=(("period",),), notes="\x07")) == {("/notes", "control_characters")}


def test_a_rejection_of_a_line_is_about_the_whole_body() -> None:
    for text, path in (
        ("[cuerpoDocumento.3.ventaGravada] X", ()),
        ("[resumen.total] X", ()),
        ("[resumen.condicionOperacion] X", ("payment", "condition")),
        ("[receptor.codDomiciliado] X", ("customer", "domiciled")),
    ):
        [fault] = pointers.faults("020", [text], names=origins.of("08"))
        assert fault.path == path


PRICES = st.integers(1, 9_999_999).map(lambda units: Decimal(units).scaleb(-2))
LINES = st.lists(
    st.builds(
        lambda price, tax: replace(Item("Producto", price, Decimal(1)), tax=tax),
        PRICES,
        st.sampled_from([Taxation.TAXED, Taxation.TAXED, Taxation.EXEMPT, Taxation.NOT_SUBJECT]),
    ),
    min_size=1,
    max_size=3,
)
SALES = st.tuples(st.sampled_from([INVOICE, TAX_CREDIT]), LINES, st.booleans())


@settings(max_examples=examples(40))
@given(st.lists(SALES, min_size=1, max_size=4))
def test_the_principal_gets_what_the_customers_paid(drawn: list[tuple[Draft, list[Item], bool]]) -> None:
    """Whatever the columns: an invoice's price, a tax credit's with VAT; nothing for what was invalidated."""
    documents, paid = [], Decimal(0)
    for base, lines, is_invalidated in drawn:
        draft = replace(base, items=tuple(lines), customer=TAXPAYER, third_party_sale=THIRD_PARTY)
        documents.append(listed(*signed(draft), is_invalidated=is_invalidated))
        if not is_invalidated:
            paid += built(draft).totals.payable
    totals = built(settlement(*documents)).totals
    assert abs(totals.payable - paid) <= Decimal("0.01") * len(documents)
    assert len(rows(settlement(*documents))) == len(drawn) + sum(one[2] for one in drawn)


def test_the_original_of_a_settled_document_stays_out_of_its_representation() -> None:
    assert "secret" not in repr(Original("secret", True, False, settlements={"A": "secret"}))
