"""The event of return: it gives back a factura, an export or a purchase, each on its own basis."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from hacienda.drafts import (
    Draft,
    Export,
    ExtraTax,
    GlobalDiscount,
    Item,
    ItemKind,
    Party,
    Taxation,
    ThirdParty,
    ThirdPartyPurchase,
)
from hacienda.values import ExportDefaults, Invalid
from tests.hacienda.drafts import CONSUMER, INVOICE, ISSUER, item
from tests.hacienda.notes import (
    LATER,
    OTHER,
    SOLD,
    elsewhere,
    export_sale,
    made,
    note,
    part,
    purchase,
    related,
    signed,
    text,
)

SALE = signed(INVOICE)  # 2 at 3.50, to nobody in particular
GOODS = export_sale(("100", "7.25", "0"), ("20", "30", "20"), freight="150", insurance="25")
BOUGHT = purchase(("1", "280", 2), ("10", "5", 1), income_tax="28")


def back(*to: Any, items: tuple[Item, ...] = (), **more: Any) -> Draft:
    return note(*to, items=items, type_code="18", **more)


def rows(draft: Draft) -> list[dict[str, Any]]:
    return list(made(draft)["cuerpoDocumento"])


def summary(draft: Draft) -> dict[str, Any]:
    return dict(made(draft)["resumen"])


def found(draft: Draft, at: datetime = LATER, issuer: Any = ISSUER) -> set[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        made(draft, at=at, issuer=issuer)
    assert all("%(" not in fault.text for fault in refused.value.faults)
    return {(fault.pointer, fault.code) for fault in refused.value.faults}


class TestInvoices:
    def test_it_is_an_event_without_a_number_from_this_establishment(self) -> None:
        document = made(back(related(SALE)))

        assert document["identificacion"]["tipoEvento"] == "18"
        assert not {"tipoDte", "numeroControl"} & document["identificacion"].keys()
        assert document["documentoRelacionado"] == [
            {"tipoDocumento": "01", "codigoGeneracion": SOLD, "fechaEmision": "2026-11-20"}
        ]
        assert (document["emisor"]["codEstableMH"], document["emisor"]["codPuntoVentaMH"]) == ("M001", "P001")
        assert document["documento"] is None

    def test_amounts_have_their_vat_inside(self) -> None:
        (row,), sums = rows(back(related(SALE))), summary(back(related(SALE)))
        assert (row["ventaGravada"], row["ivaItem"], row["tributos"]) == (7, Decimal("0.80530973"), None)
        assert (sums["totalPagar"], sums["totalIva"], sums["subTotalVentas"]) == (7, Decimal("0.81"), 7)

    def test_the_receiver_is_copied(self) -> None:
        document = made(back(related(signed(replace(INVOICE, customer=CONSUMER)))))["documento"]
        assert document == {
            "tipoDocumento": "13",
            "numDocumento": "012345678",
            "nombre": CONSUMER.name,
            "codPais": None,
            "nombrePais": None,
            "telefono": CONSUMER.phone,
            "correo": CONSUMER.email,
        }

    def test_discounts_withholding_and_taxes_come_back_in_proportion(self) -> None:
        fuel = item("3.54", "50", unit=22, extra_taxes=(ExtraTax("D1"),))
        sold = signed(
            replace(
                INVOICE,
                items=(item("1130"), fuel),
                global_discount=GlobalDiscount(taxed=Decimal("130.70")),
                customer=CONSUMER,
                vat_withheld=True,
            )
        )
        draft = back(related(sold), items=(part(1), part(2, quantity="10")))
        first, second = rows(draft)

        # 10 % off 1307.00: 113.00 of the first line, 17.70 of the second.
        assert (first["montoDescu"], first["ventaGravada"], first["ivaRete"]) == (113, 1017, 9)
        assert (second["montoDescu"], second["ventaGravada"]) == (Decimal("3.54"), Decimal("31.86"))
        assert second["tributos"] == ["D1"]
        sums = summary(draft)
        assert sums["tributos"][0]["valor"] == 2
        assert sums["ivaRete"] == Decimal("9.28")  # 1 % of 1048.86 without its VAT
        assert sums["totalPagar"] == sums["montoTotalOperacion"] - sums["ivaRete"]

    def test_for_several_anonymous_invoices_at_once(self) -> None:
        draft = back(related(SALE), related(SALE, OTHER))
        assert [row["codigoGeneracion"] for row in rows(draft)] == [SOLD, OTHER]
        assert summary(draft)["totalPagar"] == 14

    def test_what_came_back_before_is_not_left(self) -> None:
        first = text(back(related(SALE), items=(part(1, quantity="1"),)))
        left = related(SALE, notes={"1": first})
        assert summary(back(left))["totalPagar"] == Decimal("3.5")
        assert found(back(left, items=(part(1, quantity="2"),))) == {("/items/0/quantity", "quantity_exceeds_left")}

    def test_elsewhere_lines_and_withholding_are_given(self) -> None:
        draft = back(elsewhere("01"), items=(item("113.00"),), vat_withheld=True)
        assert summary(draft)["ivaRete"] == 1
        net = back(elsewhere("01"), items=(item("100.00"),), prices_include_tax=False)
        assert summary(net)["totalPagar"] == 113


class TestExports:
    def test_everything_comes_back_with_freight_and_insurance(self) -> None:
        document = made(back(related(GOODS)))
        sums = document["resumen"]

        assert (sums["totalGravada"], sums["totalFlete"], sums["totalSeguro"]) == (1305, 150, 25)
        assert (sums["montoTotalOperacion"], sums["totalPagar"], sums["totalIva"]) == (1480, 1480, 0)
        assert sums["tributos"][0]["codigo"] == "C3"
        assert [row["tributos"] for row in document["cuerpoDocumento"]] == [["C3"], ["C3"]]
        assert sum(row["flete"] for row in document["cuerpoDocumento"]) == 150
        assert document["emisor"]["regimen"] == "1000.000"
        assert (document["documento"]["codPais"], document["documento"]["nombrePais"]) == ("US", "Estados Unidos")

    def test_of_a_part_freight_comes_back_only_as_said(self) -> None:
        draft = back(related(GOODS), items=(part(1, quantity="10"),))
        assert summary(draft)["totalPagar"] == Decimal("72.5")
        with_freight = replace(draft, export=Export(freight=Decimal("15.00")))
        assert summary(with_freight)["totalPagar"] == Decimal("87.5")
        assert found(replace(draft, export=Export(freight=Decimal("150.01")))) == {
            ("/export/freight", "carriage_exceeds_left")
        }

    def test_what_came_back_of_the_freight_is_not_left(self) -> None:
        first = text(back(related(GOODS), items=(part(1),), export=Export(freight=Decimal(100))))
        assert summary(back(related(GOODS, notes={"1": first})))["totalFlete"] == 50

    def test_a_free_amount_bears_the_export_tax(self) -> None:
        (row,) = rows(back(related(GOODS), items=(item("5", description="Rebaja"),)))
        assert (row["tributos"], row["ivaItem"], row["ventaGravada"]) == (["C3"], 0, 5)

    def test_elsewhere_the_regime_is_given_or_the_issuers(self) -> None:
        buyer = Party(name="FOREIGN BUYER", tax_id="X-1", id_type="37", country="US")
        draft = back(elsewhere("11"), items=(item("5"),), customer=buyer)
        exporter = replace(ISSUER, export=ExportDefaults(customs_post="01", regime_type="EX-1", regime="1000.000"))

        assert made(draft, issuer=exporter)["emisor"]["recintoFiscal"] == "01"
        assert found(draft) == {(f"/export/{name}", "required") for name in ("customs_post", "regime_type", "regime")}
        services = back(elsewhere("11"), items=(item("5", kind=ItemKind.SERVICE),), customer=buyer)
        assert made(services)["emisor"]["tipoItemExpor"] == 2

    def test_a_purchase_for_somebody_else_may_be_given(self) -> None:
        buyer = Party(name="FOREIGN BUYER", tax_id="X-1", id_type="37", country="US")
        draft = back(
            elsewhere("11"),
            items=(item("5", kind=ItemKind.SERVICE),),
            customer=buyer,
            third_party_purchase=ThirdPartyPurchase("COMPRADOR", "77"),
        )
        assert made(draft)["compraTercero"] == {"numDocumento": "77", "nombre": "COMPRADOR"}


class TestPurchases:
    def test_it_stands_in_its_own_column_with_its_income_tax(self) -> None:
        document = made(back(related(BOUGHT)))
        service, goods = document["cuerpoDocumento"]

        assert (service["compra"], service["ventaNoSuj"], service["reteRenta"]) == (280, 0, 28)
        assert (goods["compra"], goods["reteRenta"], goods["tributos"]) == (50, 0, None)
        sums = document["resumen"]
        assert (sums["totalCompraExcluidos"], sums["totalNoSuj"], sums["subTotalVentas"]) == (330, 0, 330)
        assert (sums["reteRenta"], sums["totalPagar"]) == (28, 302)
        assert document["documento"]["nombre"] == "PEDRO PROVEEDOR DE EJEMPLO"

    def test_the_rate_is_that_of_the_purchase(self) -> None:
        goods = purchase(("10", "5", 1), income_tax="5")
        assert summary(back(related(goods), items=(part(1, quantity="1"),)))["reteRenta"] == Decimal("0.5")
        odd = purchase(("10", "5", 1), income_tax="2.50")
        assert summary(back(related(odd), items=(part(1, quantity="2"),)))["reteRenta"] == Decimal("0.5")

    def test_its_global_discount_is_in_the_lines(self) -> None:
        sums = summary(back(related(purchase(("10", "5", 1), discount="10"))))
        assert (sums["totalCompraExcluidos"], sums["totalPagar"]) == (40, 40)

    @pytest.mark.parametrize(("withheld", "expected"), [(True, "10"), (None, "0")])
    def test_elsewhere_the_income_tax_is_said(self, withheld: bool | None, expected: str) -> None:
        seller = Party(name="PEDRO", tax_id="012345678")
        draft = back(
            elsewhere("14"),
            items=(item("100", kind=ItemKind.SERVICE),),
            customer=seller,
            income_tax_withheld=withheld,
        )
        assert summary(draft)["reteRenta"] == Decimal(expected)


class TestRefused:
    @pytest.mark.parametrize(
        ("draft", "expected"),
        [
            (back(items=(item("1"),)), {("/related", "required")}),
            (
                back(elsewhere("01", electronic=False), items=(item("1"),)),
                {("/related/0/number", "related_not_electronic")},
            ),
            (back(related(SALE), related(GOODS, OTHER)), {("/related", "related_types_differ")}),
            (back(related(SALE), notes="Hola"), {("/notes", "not_taken")}),
            (back(related(SALE), export=Export(freight=Decimal(1))), {("/export", "not_taken")}),
            (back(related(GOODS), prices_include_tax=True), {("/prices_include_tax", "not_taken")}),
            (back(related(GOODS), prices_include_tax=False), {("/prices_include_tax", "not_taken")}),
            (back(related(GOODS), export=Export(regime="1000.000")), {("/export/regime", "follows_from_original")}),
            (back(related(GOODS), export=Export(incoterm="09")), {("/export/incoterm", "follows_from_original")}),
            (back(related(SALE), vat_withheld=True), {("/vat_withheld", "follows_from_original")}),
            (back(related(SALE), customer=Party(name="ALGUIEN")), {("/customer", "follows_from_original")}),
            (
                back(elsewhere("01"), items=(item("1"),), customer=Party(activity="46900")),
                {("/customer/activity", "not_taken")},
            ),
            (back(elsewhere("14"), items=(item("1"),)), {("/customer", "required")}),
            (
                back(elsewhere("14"), items=(item("1", tax=Taxation.EXEMPT, extra_taxes=(ExtraTax("59"),)),)),
                {("/items/0/tax", "not_taken"), ("/items/0/extra_taxes", "not_taken")},
            ),
            (back(related(SALE), items=(item("7.01"),)), {("/items/0", "amount_exceeds_left")}),
            (back(related(BOUGHT), items=(item("331"),)), {("/items/0", "amount_exceeds_left")}),
            (
                back(related(SALE), third_party_sale=ThirdParty("X", "06143006991013")),
                {("/third_party_sale", "follows_from_original")},
            ),
            (
                back(related(GOODS), third_party_purchase=ThirdPartyPurchase("X", "1")),
                {("/third_party_purchase", "follows_from_original")},
            ),
            (
                back(related(GOODS), related(export_sale(("1", "1", "0"), post="02"), OTHER)),
                {("/related", "related_export_differs")},
            ),
            (back(related(GOODS), customer=Party(country="GT")), {("/customer/country", "customer_differs")}),
        ],
    )
    def test_with_the_place_of_the_fault(self, draft: Draft, expected: set[tuple[str, str]]) -> None:
        assert found(draft) >= expected

    def test_after_three_months_unless_it_is_medicine(self) -> None:
        late = datetime(2027, 2, 21, 15, 0, tzinfo=UTC)
        assert found(back(related(SALE)), at=late) == {("/related/0/issued_at", "related_out_of_term")}
        pharmacy = replace(ISSUER, activity="47721")
        assert made(back(related(SALE)), at=late, issuer=pharmacy)
        too_late = datetime(2028, 11, 21, 15, 0, tzinfo=UTC)
        assert found(back(related(SALE)), at=too_late, issuer=pharmacy) == {
            ("/related/0/issued_at", "related_out_of_term")
        }
