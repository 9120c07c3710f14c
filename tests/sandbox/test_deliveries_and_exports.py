"""Delivery notes (04) and export invoices (11) at the sandbox's reception."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from hacienda.sandbox.server import make_server
from tests.sandbox.merchant import Merchant, changed
from tests.sandbox.other_documents import (
    CARRIER,
    all_changed,
    delivery_note,
    export_invoice,
    fresh,
    related_to,
    services_abroad,
)
from tests.sandbox.test_rules import field_of, refusal


def test_deliveries_and_exports_are_sealed(merchant: Merchant) -> None:
    for document in (delivery_note(merchant), export_invoice(merchant), services_abroad(merchant)):
        assert merchant.send(document).json()["codigoMsg"] == "001"


@pytest.mark.parametrize(
    ("path", "value", "code", "field"),
    [
        ("receptor.bienTitulo", "09", "003", "receptor.bienTitulo"),
        ("receptor.tipoDocumento", "99", "003", "receptor.tipoDocumento"),
        ("receptor.tipoDocumento", "03", "024", "receptor.nrc"),
        ("receptor.numDocumento", "1-2", "006", "receptor.numDocumento"),
        ("receptor.codActividad", "99999", "003", "receptor.codActividad"),
        ("receptor.correo", "sin arroba", "006", "receptor.correo"),
        ("cuerpoDocumento.0.cantidad", 5, "020", "Cuerpodocumento.item.1"),
        ("cuerpoDocumento.0.numItem", 2, "019", "Cuerpodocumento.numItem"),
        ("resumen.tributos.0.valor", 14, "020", "resumen.tributos"),
        ("resumen.montoTotalOperacion", 100, "020", "resumen.montoTotalOperacion"),
        ("resumen.subTotal", 99, "020", "resumen.subTotal"),
    ],
)
def test_a_delivery_note_that_breaks_a_rule_is_told_which(
    merchant: Merchant, path: str, value: Any, code: str, field: str
) -> None:
    told, text = refusal(merchant, changed(delivery_note(merchant), path, value))

    assert (told, field_of(text)) == (code, field)


def test_a_delivery_note_shows_its_taxes_or_none(merchant: Merchant) -> None:
    untaxed = all_changed(delivery_note(merchant), {"cuerpoDocumento.0.tributos": None, "resumen.tributos": None})

    assert refusal(merchant, untaxed) == ("020", "[resumen.montoTotalOperacion] CALCULO INCORRECTO")
    assert merchant.send(changed(untaxed, "resumen.montoTotalOperacion", 100)).status_code == 200
    half = delivery_note(merchant)
    half["cuerpoDocumento"].append(half["cuerpoDocumento"][0] | {"numItem": 2, "tributos": None})
    assert refusal(merchant, half) == ("005", "[cuerpoDocumento.2.tributos] DEBE PROPORCIONAR UN VALOR")


def test_a_delivery_note_accompanies_a_sale(merchant: Merchant) -> None:
    sale = merchant.tax_credit()
    merchant.accepted(sale)
    follows = delivery_note(merchant, documentoRelacionado=related_to(sale))
    follows["cuerpoDocumento"][0]["numeroDocumento"] = sale["identificacion"]["codigoGeneracion"]

    assert refusal(merchant, changed(follows, "receptor.numDocumento", "06140000000001"))[0] == "026"
    assert merchant.send(follows).status_code == 200
    note = delivery_note(merchant)
    merchant.accepted(note)
    wrong = fresh(follows, 9) | {"documentoRelacionado": related_to(note)}
    assert refusal(merchant, wrong)[0] == "007"


def test_a_sealed_delivery_note_comes_before_a_sale(merchant: Merchant) -> None:
    note = delivery_note(merchant)
    merchant.accepted(note)
    for sale in (merchant.tax_credit(), export_invoice(merchant)):
        sale["documentoRelacionado"] = related_to(note)
        sale["cuerpoDocumento"][0]["numeroDocumento"] = note["identificacion"]["codigoGeneracion"]
        if "nit" in sale["receptor"]:
            assert merchant.send(sale).status_code == 200
        else:
            assert refusal(merchant, sale)[0] == "026"


@pytest.mark.parametrize(
    ("path", "value", "code", "field"),
    [
        ("emisor.tipoItemExpor", 3, "003", "emisor.tipoItemExpor"),
        ("emisor.recintoFiscal", None, "005", "emisor.recintoFiscal"),
        ("emisor.recintoFiscal", "98", "003", "emisor.recintoFiscal"),
        ("emisor.tipoRegimen", "EX-9", "003", "emisor.tipoRegimen"),
        ("emisor.regimen", "9999.999", "003", "emisor.regimen"),
        ("resumen.codIncoterms", None, "005", "resumen.codIncoterms"),
        ("resumen.codIncoterms", "77", "003", "resumen.codIncoterms"),
        ("resumen.descIncoterms", None, "005", "resumen.descIncoterms"),
        ("receptor.codPais", "XX", "003", "receptor.codPais"),
        ("receptor.tipoPersona", 3, "003", "receptor.tipoPersona"),
        ("receptor.tipoDocumento", "01", "003", "receptor.tipoDocumento"),
        ("otrosDocumentos", [CARRIER | {"codDocAsociado": 3}], "007", "otrosDocumentos.codDocAsociado"),
        ("otrosDocumentos", [CARRIER | {"placaTrans": None}], "005", "otrosDocumentos.placaTrans"),
        ("otrosDocumentos", [CARRIER | {"modoTransp": 7}], "003", "otrosDocumentos.modoTransp"),
        ("otrosDocumentos", [CARRIER | {"descDocumento": "Uno"}], "024", "otrosDocumentos.descDocumento"),
        ("otrosDocumentos", [CARRIER | {"codDocAsociado": 1}], "005", "otrosDocumentos.descDocumento"),
        (
            "otrosDocumentos",
            [CARRIER | {"codDocAsociado": 1, "descDocumento": "Uno", "detalleDocumento": "Dos"}],
            "024",
            "otrosDocumentos.placaTrans",
        ),
        ("compraTercero", {"numDocumento": "06140101010019", "nombre": "X"}, "007", "compraTercero.numDocumento"),
        ("cuerpoDocumento.0.tipoItem", 3, "003", "cuerpoDocumento.1.tipoItem"),
        ("cuerpoDocumento.0.tributos", None, "005", "cuerpoDocumento.1.tributos"),
        ("cuerpoDocumento.0.tributos", ["C3", "20"], "007", "cuerpoDocumento.1.tributos"),
        ("cuerpoDocumento.0.codTributo", "57", "024", "cuerpoDocumento.1.codTributo"),
        ("cuerpoDocumento.0.ventaGravada", 101, "020", "Cuerpodocumento.item.1"),
        ("resumen.tributos", None, "005", "resumen.tributos"),
        ("resumen.tributos.0.valor", 1, "020", "resumen.tributos"),
        ("resumen.seguro", 0, "020", "resumen.montoTotalOperacion"),
        ("resumen.flete", None, "020", "resumen.montoTotalOperacion"),
        ("resumen.totalPagar", 100, "020", "resumen.totalPagar"),
        ("resumen.descuGravada", 101, "003", "resumen.descuGravada"),
        ("resumen.condicionOperacion", 2, "005", "resumen.pagos.plazo"),
    ],
)
def test_an_export_that_breaks_a_rule_is_told_which(
    merchant: Merchant, path: str, value: Any, code: str, field: str
) -> None:
    told, text = refusal(merchant, changed(export_invoice(merchant), path, value))

    assert (told, field_of(text)) == (code, field)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("emisor.recintoFiscal", "02"),
        ("emisor.tipoRegimen", "EX-1"),
        ("emisor.regimen", "1000.000"),
        ("resumen.codIncoterms", "09"),
        ("resumen.descIncoterms", "FOB-Libre a bordo"),
    ],
)
def test_services_abroad_say_nothing_of_customs(merchant: Merchant, path: str, value: str) -> None:
    assert refusal(merchant, changed(services_abroad(merchant), path, value)) == (
        "024",
        f"[{path}] VALOR EN CAMPO NO APLICA",
    )


def test_goods_that_cost_nothing_bear_no_tax(merchant: Merchant) -> None:
    document = export_invoice(merchant)
    free = document["cuerpoDocumento"][0] | {"numItem": 2, "precioUni": 0, "ventaGravada": 0, "tributos": None}
    document["cuerpoDocumento"].append(free)

    told, text = refusal(merchant, document)
    assert (told, field_of(text)) == ("005", "resumen.totalNoOnerosas")
    document["resumen"]["totalNoOnerosas"] = 40
    assert merchant.send(document).status_code == 200


def test_services_are_not_sent_along_for_nothing(merchant: Merchant) -> None:
    told, text = refusal(merchant, changed(services_abroad(merchant), "resumen.totalNoOnerosas", 5))
    assert (told, field_of(text)) == ("024", "resumen.totalNoOnerosas")


def of_fuel(merchant: Merchant) -> dict[str, Any]:
    """Fifty gallons at 2.00, with FOVIAL and a tax that is a line."""
    document = export_invoice(merchant)
    fuel = document["cuerpoDocumento"][0]
    fuel |= {"cantidad": 50, "precioUni": 2, "uniMedida": 22, "tributos": ["C3", "D1"]}
    tax = {"numItem": 2, "tipoItem": 4, "codTributo": "57", "uniMedida": 99, "cantidad": 1, "tributos": None}
    document["cuerpoDocumento"].append(fuel | tax | {"precioUni": 3, "ventaGravada": 3})
    summary = document["resumen"]
    summary["tributos"].append({"codigo": "D1", "descripcion": "FOVIAL", "valor": 10})
    summary |= {"totalGravada": 103, "montoTotalOperacion": 138, "totalPagar": 138}
    summary["pagos"][0]["montoPago"] = 138
    return document


def test_taxes_in_exports_are_added_up(merchant: Merchant) -> None:
    for path, value, code, field in (
        ("cuerpoDocumento.0.tributos", ["D1"], "005", "cuerpoDocumento.1.tributos"),
        ("cuerpoDocumento.1.tributos", ["C3"], "007", "cuerpoDocumento.2.tributos"),
        ("cuerpoDocumento.1.cantidad", 3, "003", "cuerpoDocumento.2.cantidad"),
        ("resumen.tributos.1.valor", 9, "020", "resumen.tributos"),
        ("resumen.montoTotalOperacion", 128, "020", "resumen.montoTotalOperacion"),
    ):
        told, text = refusal(merchant, changed(of_fuel(merchant), path, value))
        assert (told, field_of(text)) == (code, field)
    assert merchant.send(of_fuel(merchant)).status_code == 200


def test_taxes_in_exports_need_a_permit(merchant_key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    with make_server("127.0.0.1", 0, tmp_path) as sandbox:
        merchant = Merchant(sandbox, merchant_key)
        assert merchant.register(export_taxes=False).status_code == 201
        told, text = refusal(merchant, of_fuel(merchant))
        assert (told, field_of(text)) == ("095", "cuerpoDocumento.1.tributos")
        as_line = changed(of_fuel(merchant), "cuerpoDocumento.0.tributos", ["C3"])
        told, text = refusal(merchant, as_line)
        assert (told, field_of(text)) == ("095", "cuerpoDocumento.2.codTributo")
        assert merchant.send(export_invoice(merchant)).status_code == 200
        assert merchant.register(export_taxes=True).status_code == 201
        assert merchant.send(of_fuel(merchant)).status_code == 200
        assert merchant.register(export_taxes="yes").status_code == 422


def test_an_export_is_for_one_third_party_at_most(merchant: Merchant) -> None:
    document = export_invoice(merchant)
    document["ventaTercero"] = {"nit": None, "nombre": "X", "codDomiciliado": 2}
    assert merchant.send(document).status_code == 200
    both = fresh(document, 8) | {"compraTercero": {"numDocumento": "1", "nombre": "X"}}
    answer = merchant.send(both).json()

    assert answer["codigoMsg"] == "096"
    assert answer["observaciones"] == ["Campo #/compraTercero no cumple el formato requerido"]
