"""Notes of credit and debit: what they take from the documents that they adjust, and what they refuse."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import (
    AppendixEntry,
    Draft,
    ExtraTax,
    GlobalDiscount,
    Item,
    ItemKind,
    Party,
    Related,
    Taxation,
    ThirdParty,
)
from hacienda.elsalvador.explain import explain
from hacienda.values import Fault, Invalid, Reference
from tests.hacienda.drafts import AT, TAX_CREDIT, TAXPAYER, built, item
from tests.hacienda.notes import (
    CR_ONE,
    CR_THIRTEEN,
    LATER,
    OTHER,
    SOLD,
    elsewhere,
    made,
    note,
    part,
    related,
    signed,
    text,
    withholding,
)

# The manual's own sale: 10 % off everything, the customer withholds.
JEANS = Draft(
    "03",
    (
        item("11", "10", description="Camisas", discount=Decimal(10)),
        item("5", "15", description="Centros"),
        item("21", "25", description="Jeans", code="0056D", discount=Decimal(25)),
        item("20", "5", description="Cinturones"),
        item("-20", description="Saldo aplicado", tax=Taxation.NOT_TAXED),
    ),
    customer=TAXPAYER,
    global_discount=GlobalDiscount(taxed=Decimal("77.50")),
    vat_withheld=True,
)
SALE = signed(TAX_CREDIT)  # 10 at 100.00


def vat(document: dict[str, Any]) -> str:
    (row,) = [row for row in document["resumen"]["tributos"] if row["codigo"] == "20"]
    return str(row["valor"])


def rows(draft: Draft) -> list[dict[str, Any]]:
    return list(made(draft)["cuerpoDocumento"])


def summary(draft: Draft) -> dict[str, Any]:
    return dict(made(draft)["resumen"])


def faults(draft: Draft, at: datetime = LATER) -> list[Fault]:
    with pytest.raises(Invalid) as refused:
        made(draft, at=at)
    assert all("%(" not in fault.text for fault in refused.value.faults)
    return list(refused.value.faults)


def found(draft: Draft, at: datetime = LATER) -> set[tuple[str, str]]:
    return {(fault.pointer, fault.code) for fault in faults(draft, at)}


class TestFromTheOriginal:
    def test_part_of_a_line_has_its_share_of_every_discount(self) -> None:
        (row,) = rows(note(related(signed(JEANS)), items=(part(3, quantity="5"),)))

        assert (row["precioUni"], row["montoDescu"], row["ventaGravada"]) == (21, 15, 90)
        assert (row["codigo"], row["descripcion"], row["tributos"]) == ("0056D", "Jeans", ["20"])
        assert (row["ivaRete"], row["totalIva"]) == (Decimal("0.9"), 0)

    def test_everything_comes_to_what_was_sold(self) -> None:
        sums = summary(note(related(signed(JEANS))))

        assert (sums["totalGravada"], sums["totalDescu"]) == (Decimal("697.5"), Decimal("112.5"))
        assert sums["tributos"][0]["valor"] == Decimal("90.68")
        assert (sums["ivaRete"], sums["totalNoGravado"]) == (Decimal("6.98"), -20)
        assert (sums["montoTotalOperacion"], sums["totalPagar"]) == (Decimal("788.18"), Decimal("761.2"))

    def test_the_last_note_takes_the_cents_of_the_withholding(self) -> None:
        sold = signed(JEANS)
        first = text(note(related(sold), items=(part(3, quantity="5"),)))
        last = summary(note(related(sold, notes={"1": first})))

        assert last["ivaRete"] == Decimal("6.08")

    def test_halves_of_a_cent_are_not_credited_twice(self) -> None:
        draft = replace(TAX_CREDIT, items=(item("16.66500001"), item("16.66500001")))
        sold = signed(draft)  # 33.33, each line by itself 16.67
        first = text(note(related(sold), items=(part(1),)))
        last = made(note(related(sold, notes={"1": first})))

        assert last["resumen"]["totalGravada"] == Decimal("16.66")
        (row,) = last["cuerpoDocumento"]
        assert row["precioUni"] - row["montoDescu"] == row["ventaGravada"] == Decimal("16.66")

    def test_the_last_note_takes_the_cents_of_the_vat(self) -> None:
        # 3 at 0.35: VAT of 0.1365 in all and of 0.0455, printed as 0.05, in each.
        sold = signed(replace(TAX_CREDIT, items=(item("0.35", "3"),)))
        notes: dict[str, str] = {}
        for code in ("1", "2"):
            notes[code] = text(note(related(sold, notes=notes), items=(part(1, quantity="1"),)))
        last = note(related(sold, notes=notes))
        assert [vat(json.loads(one)) for one in (sold, *notes.values())] == ["0.14", "0.05", "0.05"]
        assert (vat(made(last)), made(last)["resumen"]["montoTotalOperacion"]) == ("0.04", Decimal("0.39"))
        assert built(last, at=LATER).totals.payable == Decimal("0.39")
        told = {one.place[1:]: one for one in explain(last, text(last)).steps}["tributos", 0, "valor"]
        assert (told.formula, told.value) == (
            "(total(ventaGravada) - descuGravada) * VAT + RESIDUE",
            Decimal("0.04"),
        )
        assert told.numbers == "(0.35 - 0) * 0.13 - 0.01"

    def test_vat_beyond_what_hacienda_finds_is_left_over(self) -> None:
        # Ten credits of 0.05 print a VAT of 0.01 each, and the sale one of 0.07: the last can say no less than 0.00.
        sold = signed(replace(TAX_CREDIT, items=(item("0.05", "10"),)))
        notes: dict[str, str] = {}
        for turn in range(9):
            notes[str(turn)] = text(note(related(sold, notes=notes), items=(part(1, quantity="1"),)))
        assert vat(json.loads(sold)) == "0.07"
        assert {vat(json.loads(one)) for one in notes.values()} == {"0.01"}
        assert vat(made(note(related(sold, notes=notes)))) == "0"

    def test_a_note_of_two_sales_takes_the_cents_of_the_one_that_it_closes(self) -> None:
        three, whole = (
            replace(TAX_CREDIT, items=(item("0.35", "3"),)),
            replace(TAX_CREDIT, items=(item("0.50", "2"),)),
        )
        one, other = signed(three), signed(whole, OTHER)
        before = text(note(related(one), items=(part(1, quantity="2"),)))  # 0.091, printed as 0.09
        draft = note(
            related(one, notes={"1": before}),
            related(other, OTHER),
            items=(part(1, related=SOLD), part(1, quantity="1", related=OTHER)),
        )
        # 0.05 are left of the first; half of the second bears 0.065.
        assert (vat(json.loads(before)), vat(made(draft))) == ("0.09", "0.12")
        # What that note took of each is what its lines bear: 0.0455 and 0.065.
        rest = note(related(other, OTHER, notes={"2": text(draft)}))
        assert vat(made(rest)) == "0.06"

    def test_a_cent_too_little_is_in_the_price_of_the_last(self) -> None:
        draft = replace(TAX_CREDIT, items=(item("16.664"), item("16.664")))
        sold = signed(draft)  # 33.33, each line by itself 16.66
        first = text(note(related(sold), items=(part(1),)))
        last = made(note(related(sold, notes={"1": first})))

        assert last["resumen"]["totalGravada"] == Decimal("16.67")
        (row,) = last["cuerpoDocumento"]
        assert row["precioUni"] - row["montoDescu"] == row["ventaGravada"] == Decimal("16.67")

    def test_a_line_at_another_price_takes_no_units(self) -> None:
        sold = signed(TAX_CREDIT)
        cheaper = text(note(related(sold), items=(part(1, price="4.00", description="Rebaja"),)))
        (row,) = rows(note(related(sold, notes={"1": cheaper})))

        assert row["cantidad"] == 10
        assert row["ventaGravada"] == 960

    def test_two_items_share_what_is_left_of_a_line(self) -> None:
        items = (part(1, quantity="6"), part(1, quantity="5"))
        assert found(note(related(SALE), items=items)) == {("/items/1/quantity", "quantity_exceeds_left")}
        assert [row["cantidad"] for row in rows(note(related(SALE), items=(items[0], part(1))))] == [6, 4]

    def test_what_an_earlier_note_took_is_told_by_code_price_and_text(self) -> None:
        draft = replace(TAX_CREDIT, items=(item("5", "3", description="Uno"), item("5", "3", description="Dos")))
        sold = signed(draft)
        first = text(note(related(sold), items=(part(2, quantity="3"),)))

        assert [row["descripcion"] for row in rows(note(related(sold, notes={"1": first})))] == ["Uno"]

    def test_a_debit_note_does_not_count_against_the_balance(self) -> None:
        debit = text(note(related(SALE), items=(item("50"),), type_code="06"))
        assert summary(note(related(SALE, notes={"1": debit})))["totalGravada"] == 1000

    def test_a_note_for_other_documents_too_counts_with_its_own_lines_only(self) -> None:
        both = note(
            related(SALE), related(SALE, OTHER), items=(part(1, related=OTHER), part(1, quantity="1", related=SOLD))
        )
        assert summary(note(related(SALE, notes={"1": text(both)})))["totalGravada"] == 900

    def test_specific_taxes_come_back_in_proportion(self) -> None:
        lodging = item("60", "2", kind=ItemKind.SERVICE, extra_taxes=(ExtraTax("59"),))
        fee = item("10", "4", extra_taxes=(ExtraTax("D5", Decimal("2.00")),))
        sold = signed(replace(TAX_CREDIT, items=(lodging, fee)))

        values = {
            row["codigo"]: row["valor"]
            for row in summary(note(related(sold), items=(part(1, quantity="1"), part(2, quantity="1"))))["tributos"]
        }
        assert values == {"20": Decimal("9.1"), "59": 3, "D5": Decimal("0.5")}

    def test_a_tax_that_is_a_line_stays_one(self) -> None:
        cement = item("8", "100", extra_taxes=(ExtraTax("57", Decimal(32)),))
        row = rows(note(related(signed(replace(TAX_CREDIT, items=(cement,))))))[1]

        assert (row["tipoItem"], row["codTributo"], row["ventaGravada"]) == (4, "57", 32)
        draft = note(related(signed(replace(TAX_CREDIT, items=(cement,)))), items=(part(2, quantity="0.5"),))
        assert found(draft) == {("/items/0/quantity", "quantity_must_be_one")}

    def test_perception_comes_back_like_withholding(self) -> None:
        sold = signed(replace(TAX_CREDIT, vat_perceived=True))
        sums = summary(note(related(sold), items=(part(1, quantity="1"),)))

        assert (sums["ivaPerci"], sums["ivaRete"], sums["totalPagar"]) == (1, 0, 114)

    def test_prices_may_be_given_with_vat(self) -> None:
        draft = note(related(SALE), items=(part(1, quantity="1", price="11.30"),), prices_include_tax=True)
        assert rows(draft)[0]["ventaGravada"] == 10

    def test_the_customer_and_the_third_party_are_the_originals(self) -> None:
        third = ThirdParty("MANDANTE", "06143006991013")
        document = made(note(related(signed(replace(TAX_CREDIT, third_party_sale=third)))))

        receiver = document["receptor"]
        assert (receiver["tipoDocumento"], receiver["numDocumento"], receiver["nrc"]) == (
            "36",
            "06142203051028",
            "765432",
        )
        assert receiver["nombre"] == TAXPAYER.name
        assert document["ventaTercero"] == {"nit": "06143006991013", "nombre": "MANDANTE", "codDomiciliado": 1}

    def test_the_customer_may_be_reached_elsewhere_but_not_be_another(self) -> None:
        draft = note(related(SALE), customer=Party(email="otro@example.com", tax_id="0614-220305-102-8"))
        assert made(draft)["receptor"]["correo"] == "otro@example.com"
        assert found(note(related(SALE), customer=Party(name="OTRO", tax_id="06140101010019"))) == {
            ("/customer/name", "customer_differs"),
            ("/customer/tax_id", "customer_differs"),
        }

    def test_it_says_what_it_adjusts(self) -> None:
        prepared = built(note(related(SALE)), at=AT)
        assert prepared.references == (Reference("03", SOLD, True, adjusts=True),)
        assert prepared.customer is not None
        assert prepared.customer.email == TAXPAYER.email

    def test_it_names_no_place_and_perhaps_an_absorbed_company(self) -> None:
        document = made(note(related(SALE), merged_company="0614-010101-001-9"))
        assert not {"codEstable", "codPuntoVenta"} & document["emisor"].keys()
        assert document["identificacion"]["fusion"] == "06140101010019"


class TestDebit:
    def test_a_charge_needs_a_text_and_a_price(self) -> None:
        sums = summary(note(related(SALE), items=(item("35"),), type_code="06", electronic_payment_number="NPE-1"))
        assert (sums["totalGravada"], sums["totalPagar"], sums["numPagoElectronico"]) == (
            35,
            Decimal("39.55"),
            "NPE-1",
        )

    def test_it_is_not_limited_by_the_balance(self) -> None:
        assert summary(note(related(SALE), items=(item("35000"),), type_code="06"))["totalGravada"] == 35000
        (row,) = rows(note(related(SALE), items=(part(1, quantity="20", price="3"),), type_code="06"))
        assert (row["cantidad"], row["descripcion"]) == (20, TAX_CREDIT.items[0].description)

    def test_nothing_follows_by_itself(self) -> None:
        assert found(note(related(SALE), type_code="06")) == {("/items", "required")}
        assert found(note(related(SALE), items=(part(1),), type_code="06")) == {("/items/0/price", "required")}

    def test_the_withholding_of_the_sale_goes_with_it(self) -> None:
        sums = summary(note(related(signed(JEANS)), items=(item("100"),), type_code="06"))
        assert (sums["ivaRete"], sums["totalPagar"]) == (1, 112)


class TestElsewhere:
    def test_customer_and_priced_lines_are_given(self) -> None:
        draft = note(elsewhere(), items=(item("10", "2"),), customer=TAXPAYER, vat_withheld=True)
        document = made(draft)
        assert document["documentoRelacionado"][0]["numeroDocumento"] == OTHER
        assert document["resumen"]["totalGravada"] == 20
        assert document["resumen"]["ivaRete"] == Decimal("0.2")

    def test_paper_may_be_mixed_with_electronic(self) -> None:
        items = (item("10", related="77"), part(1, quantity="1", related=SOLD))
        draft = note(elsewhere(number="77", electronic=False), related(SALE), items=items)
        assert [row["tipoGeneracion"] for row in made(draft)["documentoRelacionado"]] == [1, 2]

    @pytest.mark.parametrize(
        ("draft", "expected"),
        [
            (note(elsewhere(), customer=TAXPAYER), {("/items", "required")}),
            (note(elsewhere(), items=(item("1"),)), {("/customer", "required")}),
            (note(elsewhere(), items=(part(1),), customer=TAXPAYER), {("/items/0/line", "line_needs_original")}),
            (note(elsewhere(), items=(Item("Sin precio"),), customer=TAXPAYER), {("/items/0/price", "required")}),
            (
                note(elsewhere(), items=(item("1"),), customer=Party(name="X")),
                {
                    ("/customer/tax_id", "required"),
                    ("/customer/activity", "required"),
                    ("/customer/address", "required"),
                },
            ),
        ],
    )
    def test_what_is_missing_is_told(self, draft: Draft, expected: set[tuple[str, str]]) -> None:
        assert found(draft) == expected


CR = CR_ONE


class TestWithholdings:
    def test_part_of_a_line_is_carried_as_withholding(self) -> None:
        document = made(note(related(CR), items=(part(1, price="1.50", description="Ajuste"),)))
        (row,), sums = document["cuerpoDocumento"], document["resumen"]

        assert (row["cantidad"], row["precioUni"], row["ventaGravada"], row["ivaRete"]) == (1, 0, 0, Decimal("1.5"))
        assert (row["tipoItem"], row["uniMedida"], row["tributos"], row["totalIva"]) == (2, 99, None, 0)
        assert (sums["ivaRete"], sums["montoTotalOperacion"], sums["totalPagar"]) == (
            Decimal("1.5"),
            0,
            Decimal("1.5"),
        )
        assert sums["codigoRetencionMH"] == "22"

    def test_everything_is_every_line(self) -> None:
        assert [row["ivaRete"] for row in rows(note(related(CR)))] == [10, Decimal("6.98")]

    def test_what_is_left_shrinks_by_line_and_in_all(self) -> None:
        first = text(note(related(CR), items=(part(1, price="4.00"),)))
        left = related(CR, notes={"1": first})

        assert [row["ivaRete"] for row in rows(note(left))] == [6, Decimal("6.98")]
        assert found(note(left, items=(part(1, price="6.01"),))) == {("/items/0/price", "line_amount_exceeds_left")}
        assert found(note(left, items=(item("13.00"),))) == {("/items/0", "amount_exceeds_left")}
        free = text(note(left, items=(item("2.98", description="Diferencia"),)))
        assert summary(note(related(CR, notes={"1": first, "2": free})))["totalPagar"] == 10

    def test_thirteen_percent_stands_in_its_own_column(self) -> None:
        sums = summary(note(related(CR_THIRTEEN)))
        assert (sums["totalIva"], sums["ivaRete"], sums["codigoRetencionMH"]) == (13, 0, "C4")

    def test_a_debit_note_adds_to_it(self) -> None:
        draft = note(related(CR), items=(item("99.00"),), type_code="06")
        assert summary(draft)["ivaRete"] == 99

    @pytest.mark.parametrize(("given", "code"), [(None, "22"), ("C9", "C9")])
    def test_elsewhere_the_code_is_given_or_usual(self, given: str | None, code: str) -> None:
        draft = note(elsewhere("07", withholding=given), items=(item("1.50"),), customer=TAXPAYER)
        assert summary(draft)["codigoRetencionMH"] == code

    @pytest.mark.parametrize(
        ("draft", "expected"),
        [
            (note(related(withholding(("22", "1"), ("C4", "13")))), {("/items", "withholding_codes_differ")}),
            (
                note(elsewhere("07", withholding="99"), items=(item("1"),), customer=TAXPAYER),
                {("/related/0/withholding", "unknown_code")},
            ),
            (
                note(replace(related(CR), withholding="22")),
                {("/related/0/withholding", "follows_from_original")},
            ),
            (
                note(related(CR), items=(item("1", "2", tax=Taxation.TAXED),)),
                {("/items/0/tax", "not_allowed"), ("/items/0/quantity", "quantity_must_be_one")},
            ),
            (note(related(CR), items=(item("1.005"),)), {("/items/0/price", "too_many_decimals")}),
            (note(related(CR), items=(item("-1"),)), {("/items/0/price", "must_be_positive")}),
            (note(related(CR), items=(part(1, price="-1"),)), {("/items/0/price", "must_not_be_negative")}),
            (note(related(CR), items=(part(1, price="0"),)), {("/items/0/price", "line_without_amount")}),
            (note(related(CR), items=(part(1, quantity="2"),)), {("/items/0/quantity", "quantity_must_be_one")}),
            (note(related(CR), items=(part(1, discount="1"),)), {("/items/0/discount", "not_allowed")}),
        ],
    )
    def test_what_does_not_go_together(self, draft: Draft, expected: set[tuple[str, str]]) -> None:
        assert found(draft) >= expected


def _on(day: date) -> Related:
    return replace(related(SALE), issued_on=day)


class TestRefused:
    @pytest.mark.parametrize(
        ("draft", "expected"),
        [
            (note(customer=TAXPAYER, items=(item("1"),)), {("/related", "required")}),
            (note(related(SALE, stamped=False)), {("/related/0", "related_not_stamped")}),
            (note(related(SALE, invalidated=True)), {("/related/0", "related_invalidated")}),
            (note(_on(date(2026, 8, 20))), {("/related/0/issued_at", "related_out_of_term")}),
            (note(_on(date(2026, 11, 22))), {("/related/0/issued_at", "related_after_document")}),
            (note(related(SALE), items=(part(2),)), {("/items/0/line", "line_unknown")}),
            (note(related(SALE), items=(Item(),)), {("/items/0", "line_or_price_required")}),
            (
                note(related(SALE), items=(part(1, quantity="10.5"),)),
                {("/items/0/quantity", "quantity_exceeds_left")},
            ),
            (
                note(related(SALE), items=(part(1, price="100.01"),)),
                {("/items/0", "amount_exceeds_left")},
            ),
            (
                note(related(SALE), items=(part(1, quantity="9"), item("100.01"))),
                {("/items", "amount_exceeds_left")},
            ),
            (note(related(SALE), items=(item("1", tax=Taxation.EXEMPT),)), {("/items/0", "amount_exceeds_left")}),
            (
                note(related(SALE), items=(item("5", tax=Taxation.NOT_TAXED), part(1))),
                {("/items/0", "amount_exceeds_left")},
            ),
            (
                note(related(SALE), items=(part(1, discount="1001"),)),
                {("/items/0/discount", "discount_exceeds_line")},
            ),
            (
                note(related(SALE), items=(part(1, tax=Taxation.TAXED, code="X", kind=ItemKind.GOODS, unit=59),)),
                {(f"/items/0/{name}", "follows_from_original") for name in ("tax", "code", "kind", "unit")},
            ),
            (note(related(SALE), vat_withheld=True), {("/vat_withheld", "follows_from_original")}),
            (
                note(related(SALE), third_party_sale=ThirdParty("X", "06143006991013")),
                {("/third_party_sale", "follows_from_original")},
            ),
            (note(related(SALE), expected_total=Decimal(1)), {("/expected_total", "expected_total_differs")}),
            (
                note(related(SALE), related(SALE, OTHER), items=(part(1, related=SOLD),)),
                {("/related/1", "related_unused")},
            ),
            (
                note(related(SALE), related(SALE, OTHER), items=(part(1),)),
                {("/items/0/related", "related_required")},
            ),
            (note(related(SALE), related(CR, OTHER)), {("/related", "related_types_differ")}),
            (
                note(related(SALE), appendix=(AppendixEntry("x", "xx", "1"),)),
                {("/appendix/0/field", "too_short"), ("/appendix/0/label", "too_short")},
            ),
            (
                note(related(SALE), global_discount=GlobalDiscount(taxed=Decimal(1))),
                {("/global_discount", "not_taken")},
            ),
            (note(related(SALE), electronic_payment_number="1"), {("/electronic_payment_number", "not_taken")}),
            (
                note(related(signed(JEANS)), items=(part(5, price="-20.01"), part(1))),
                {("/items/0/price", "line_amount_exceeds_left")},
            ),
            (
                note(related(signed(JEANS)), items=(part(5, price="5"), part(1))),
                {("/items/0/price", "line_amount_exceeds_left")},
            ),
            (note(related(signed(JEANS)), items=(part(5),)), {("/items", "no_sale")}),
        ],
    )
    def test_with_the_place_of_the_fault(self, draft: Draft, expected: set[tuple[str, str]]) -> None:
        assert found(draft) >= expected

    def test_the_term_ends_after_three_months_to_the_day(self) -> None:
        at = datetime(2027, 2, 20, 15, 0, tzinfo=UTC)
        assert made(note(related(SALE)), at=at)
        assert found(note(related(SALE)), at=at.replace(day=21)) == {("/related/0/issued_at", "related_out_of_term")}

    def test_customers_or_third_parties_that_differ(self) -> None:
        other = signed(replace(TAX_CREDIT, customer=replace(TAXPAYER, name="OTRO CLIENTE")))
        third = signed(replace(TAX_CREDIT, third_party_sale=ThirdParty("MANDANTE", "06143006991013")))
        assert found(note(related(SALE), related(other, OTHER))) == {("/related", "related_customer_differs")}
        assert found(note(related(SALE), related(third, OTHER))) == {("/related", "related_third_party_differs")}

    def test_more_than_fifty_documents(self) -> None:
        many = tuple(elsewhere(number=f"79CF13C4-470E-4D98-9A1A-{place:012d}") for place in range(51))
        assert ("/related", "too_many") in found(note(*many, customer=TAXPAYER))

    def test_the_balance_is_told(self) -> None:
        first = text(note(related(SALE), items=(part(1, quantity="9"),)))
        (fault,) = faults(note(related(SALE, notes={"1": first}), items=(item("100.01"),)))
        assert fault.text == "100.01 are credited, but only 100 are left of this document's taxed amount."

    def test_nothing_is_judged_by_amounts_that_could_not_be_read(self) -> None:
        draft = note(related(SALE), items=(part(1), item("9999")), unread=(("items", 0, "quantity"),))
        with pytest.raises(Invalid) as refused:
            made(draft)
        assert refused.value.faults == ()
