"""Purchases from people without registration (14) and donations (15) at the sandbox's reception."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.merchant import ADDRESS, Merchant, changed
from tests.sandbox.other_documents import all_changed, donated_goods, donation, purchase
from tests.sandbox.test_rules import field_of, refusal


def test_purchases_and_donations_are_sealed(merchant: Merchant) -> None:
    for document in (purchase(merchant), donation(merchant), donated_goods(merchant)):
        assert merchant.send(document).json()["codigoMsg"] == "001"
        assert merchant.ask(document).json()["estado"] == "PROCESADO"


@pytest.mark.parametrize(
    ("path", "value", "code", "field"),
    [
        ("receptor.tipoDocumento", "99", "003", "receptor.tipoDocumento"),
        ("receptor.numDocumento", "0000-0", "006", "receptor.numDocumento"),
        ("receptor.codActividad", "99999", "003", "receptor.codActividad"),
        ("cuerpoDocumento.0.tipoItem", 4, "003", "cuerpoDocumento.1.tipoItem"),
        ("cuerpoDocumento.0.uniMedida", 3, "003", "cuerpoDocumento.1.uniMedida"),
        ("cuerpoDocumento.0.compra", 99, "020", "Cuerpodocumento.item.1"),
        ("resumen.totalCompra", 99, "020", "resumen.totalCompra"),
        ("resumen.descu", 101, "003", "resumen.descu"),
        ("resumen.totalDescu", 1, "020", "resumen.totalDescu"),
        ("resumen.subTotal", 99, "020", "resumen.subTotal"),
        ("resumen.reteRenta", 11, "020", "resumen.reteRenta"),
        ("resumen.reteRenta", 9, "020", "resumen.reteRenta"),
        ("resumen.totalPagar", 100, "020", "resumen.totalPagar"),
        ("resumen.condicionOperacion", 2, "005", "resumen.pagos.plazo"),
    ],
)
def test_a_purchase_that_breaks_a_rule_is_told_which(
    merchant: Merchant, path: str, value: Any, code: str, field: str
) -> None:
    told, text = refusal(merchant, changed(purchase(merchant), path, value))

    assert (told, field_of(text)) == (code, field)


def test_a_period_of_credit_is_positive_where_the_form_does_not_say_so(merchant: Merchant) -> None:
    on_credit = {"resumen.condicionOperacion": 2, "resumen.pagos.0.plazo": "01", "resumen.pagos.0.periodo": 0}

    assert refusal(merchant, all_changed(purchase(merchant), on_credit))[1].startswith("[resumen.pagos.periodo]")


def test_income_tax_is_withheld_on_services_or_not_at_all(merchant: Merchant) -> None:
    of_a_company = all_changed(
        purchase(merchant), {"resumen.reteRenta": 0, "resumen.totalPagar": 100, "resumen.pagos.0.montoPago": 100}
    )
    goods = changed(purchase(merchant), "cuerpoDocumento.0.tipoItem", 1)

    assert merchant.send(of_a_company).json()["codigoMsg"] == "001"
    assert refusal(merchant, goods) == ("020", "[resumen.reteRenta] CALCULO INCORRECTO")


def test_payments_that_do_not_add_up_are_a_warning_for_a_purchase_and_a_donation(merchant: Merchant) -> None:
    bought = changed(purchase(merchant), "resumen.pagos.0.montoPago", 80)
    given = changed(donation(merchant), "resumen.pagos.0.montoPago", 40)

    assert merchant.send(bought).json()["codigoMsg"] == "002"
    assert merchant.send(given).json()["codigoMsg"] == "002"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"identificacion.tipoModelo": 2}, "007", "identificacion.tipoModelo"),
        ({"emisor.tipoDocumento": "13"}, "003", "emisor.tipoDocumento"),
        ({"emisor.codActividad": "99999"}, "003", "emisor.codActividad"),
        ({"receptor.codDomiciliado": 3, "receptor.direccion": None}, "003", "receptor.codDomiciliado"),
        ({"receptor.codPais": "XX"}, "003", "receptor.codPais"),
        ({"receptor.codDomiciliado": 2, "receptor.direccion": None}, "024", "receptor.codActividad"),
        (
            {"receptor.codDomiciliado": 2, "receptor.direccion": None, "receptor.codActividad": None},
            "024",
            "receptor.descActividad",
        ),
        ({"otrosDocumentos.0.codDocAsociado": 2}, "005", "otrosDocumentos"),
        ({"otrosDocumentos.0.codDocAsociado": 3}, "007", "otrosDocumentos.codDocAsociado"),
        ({"otrosDocumentos.0.descDocumento": None}, "005", "otrosDocumentos.descDocumento"),
        ({"cuerpoDocumento.0.tipoDonacion": 4}, "003", "cuerpoDocumento.1.tipoDonacion"),
        ({"cuerpoDocumento.0.cantidad": 2}, "003", "cuerpoDocumento.1.cantidad"),
        ({"cuerpoDocumento.0.uniMedida": 59}, "003", "cuerpoDocumento.1.uniMedida"),
        ({"cuerpoDocumento.0.uniMedida": 0}, "003", "cuerpoDocumento.1.uniMedida"),
        ({"cuerpoDocumento.0.tipoDepreciacion": 1}, "024", "cuerpoDocumento.1.tipoDepreciacion"),
        ({"cuerpoDocumento.0.valor": 49}, "020", "Cuerpodocumento.item.1"),
        ({"resumen.valorTotal": 49}, "020", "resumen.valorTotal"),
        ({"resumen.pagos": None}, "005", "resumen.pagos"),
        ({"resumen.pagos.0.codigo": "77"}, "003", "resumen.pagos.codigo"),
        ({"cuerpoDocumento.0.tipoDonacion": 3}, "024", "resumen.pagos"),
    ],
)
def test_a_donation_that_breaks_a_rule_is_told_which(
    merchant: Merchant, changes: dict[str, Any], code: str, field: str
) -> None:
    told, text = refusal(merchant, all_changed(donation(merchant), changes))

    assert (told, field_of(text)) == (code, field)


def test_goods_are_given_without_payments_and_worn(merchant: Merchant) -> None:
    goods = donated_goods(merchant)

    assert refusal(merchant, changed(goods, "cuerpoDocumento.0.tipoDepreciacion", 0))[0] == "020"
    paid = donation(merchant)["resumen"]["pagos"]
    assert refusal(merchant, changed(goods, "resumen.pagos", paid))[0] == "024"


@pytest.mark.parametrize(("domicile", "address"), [(1, None), (2, dict(ADDRESS))])
def test_the_address_of_a_donor_follows_where_he_lives(
    merchant: Merchant, domicile: int, address: dict[str, str] | None
) -> None:
    document = all_changed(donation(merchant), {"receptor.codDomiciliado": domicile, "receptor.direccion": address})
    answer = merchant.send(document).json()

    assert answer["codigoMsg"] == "096"
    assert answer["observaciones"] == ["Campo #/receptor/direccion no cumple el formato requerido"]


def test_a_donor_from_abroad_is_taken(merchant: Merchant) -> None:
    abroad = {"codDomiciliado": 2, "direccion": None, "codActividad": None, "descActividad": None, "codPais": "US"}
    document = donation(merchant)
    document["receptor"] |= abroad | {"tipoDocumento": "03", "numDocumento": "A-1", "nrc": None}

    assert merchant.send(document).status_code == 200


def test_a_donation_of_another_taxpayer_is_not_taken(merchant: Merchant) -> None:
    document = changed(donation(merchant), "emisor.numDocumento", "06140000000009")

    assert merchant.send(document).json()["codigoMsg"] == "802"


def test_purchases_and_donations_are_invalidated(merchant: Merchant) -> None:
    for document in (purchase(merchant), donation(merchant)):
        event = merchant.invalidation(document, merchant.accepted(document))
        assert merchant.annul(changed(event, "documento.numDocumento", "1")).json()["codigoMsg"] == "027"
        assert merchant.annul(event).status_code == 200
