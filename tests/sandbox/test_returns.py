"""Returns (18) and special operations (17): events that come to the sandbox's reception like documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa

from hacienda.sandbox.server import make_server
from tests.sandbox.merchant import UNKNOWN_CODE, Merchant, changed, line
from tests.sandbox.other_documents import (
    all_changed,
    export_invoice,
    fresh,
    note,
    purchase,
    related_to,
    returned,
    special_operations,
)
from tests.sandbox.test_rules import NAMED, field_of, refusal

EXPORTED = "11"


def sealed(merchant: Merchant, document: dict[str, Any]) -> dict[str, Any]:
    merchant.accepted(document)
    return document


def of_invoice(merchant: Merchant, **receiver: Any) -> dict[str, Any]:
    """A return of a whole invoice of 11.30."""
    return returned(merchant, sealed(merchant, merchant.invoice(**receiver)), price=11.3)


def of_export(merchant: Merchant, price: float = 100) -> dict[str, Any]:
    return returned(merchant, sealed(merchant, export_invoice(merchant)), price=price)


def of_purchase(merchant: Merchant) -> dict[str, Any]:
    """A return of half a service, whose income tax is given back."""
    event = returned(merchant, sealed(merchant, purchase(merchant)), compra=50)
    return all_changed(event, {"cuerpoDocumento.0.reteRenta": 5, "resumen.reteRenta": 5, "resumen.totalPagar": 45})


MADE = {"01": of_invoice, "11": of_export, "14": of_purchase}


@pytest.mark.parametrize("kind", list(MADE))
def test_a_return_is_sealed_and_asked_for_like_a_document(merchant: Merchant, kind: str) -> None:
    event = MADE[kind](merchant)
    answer = merchant.send(event).json()

    assert answer["codigoMsg"] == "001", answer
    assert merchant.ask(event).json()["selloRecibido"] == answer["selloRecibido"]
    assert merchant.send(event).json()["descripcionMsg"].startswith("[identificacion.codigoGeneracion] YA EXISTE")


def test_returns_have_no_number_to_be_told_apart_by(merchant: Merchant) -> None:
    for event in (of_invoice(merchant), of_invoice(merchant)):
        assert merchant.send(event).status_code == 200


def test_an_envelope_names_the_event_as_its_type(merchant: Merchant) -> None:
    answer = merchant.send(of_invoice(merchant), tipoDte="17").json()

    assert (answer["codigoMsg"], answer["descripcionMsg"][:24]) == ("007", "[identificacion.tipoDte]")


RETURN_FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("01", {"documentoRelacionado.0.tipoDocumento": "03"}, "007", "documentoRelacionado.tipoDocumento"),
    ("01", {"documentoRelacionado.0.fechaEmision": "2099-01-01"}, "017", "documentoRelacionado.fechaEmision"),
    ("01", {"documentoRelacionado.0.fechaEmision": "2020-01-01"}, "027", "documentoRelacionado.fechaEmision"),
    ("01", {"documentoRelacionado.0.codigoGeneracion": "x"}, "006", "documentoRelacionado.codigoGeneracion"),
    ("01", {"cuerpoDocumento.0.codigoGeneracion": UNKNOWN_CODE}, "014", "cuerpoDocumento.1.codigoGeneracion"),
    ("01", {"cuerpoDocumento.0.numItem": 2}, "019", "Cuerpodocumento.numItem"),
    ("01", {"cuerpoDocumento.0.ventaGravada": 10}, "003", "uerpoDocumento.item.1: El calculo de total por item"),
    ("01", {"cuerpoDocumento.0.ivaItem": 1}, "020", "cuerpoDocumento.1.ivaItem"),
    ("01", {"cuerpoDocumento.0.compra": 1}, "024", "cuerpoDocumento.1.compra"),
    ("01", {"cuerpoDocumento.0.seguro": 1}, "024", "cuerpoDocumento.1.seguro"),
    ("01", {"cuerpoDocumento.0.reteRenta": 1}, "024", "cuerpoDocumento.1.reteRenta"),
    ("01", {"cuerpoDocumento.0.tributos": ["20"]}, "007", "cuerpoDocumento.1.tributos"),
    ("01", {"cuerpoDocumento.0.ivaRete": 1}, "020", "cuerpoDocumento.1.ivaRete"),
    ("01", {"resumen.totalGravada": 10}, "020", "resumen.totalGravada"),
    ("01", {"resumen.subTotalVentas": 10}, "020", "resumen.subTotalVentas"),
    (
        "01",
        {"resumen.totalCompraExcluidos": 1, "resumen.subTotalVentas": 12.3},
        "020",
        "resumen.totalCompraExcluidos",
    ),
    ("01", {"resumen.totalSeguro": 1}, "020", "resumen.totalSeguro"),
    ("01", {"resumen.ivaRete": 1}, "020", "resumen.ivaRete"),
    ("01", {"resumen.montoTotalOperacion": 10}, "020", "resumen.montoTotalOperacion"),
    ("01", {"resumen.totalIva": 1}, "020", "resumen.totalIva"),
    ("01", {"resumen.totalPagar": 10}, "020", "resumen.totalPagar"),
    ("01", {"emisor.recintoFiscal": "02"}, "024", "emisor.recintoFiscal"),
    ("01", {"compraTercero": {"numDocumento": "1", "nombre": "X"}}, "024", "compraTercero"),
    ("11", {"emisor.regimen": "1040.000"}, "027", "emisor.regimen"),
    ("11", {"emisor.recintoFiscal": None}, "027", "emisor.recintoFiscal"),
    ("11", {"documento.codPais": "CA"}, "027", "documento.codPais"),
    ("11", {"documento.nombre": "OTRO"}, "027", "documento.nombre"),
    ("11", {"documento": None}, "027", "documento.tipoDocumento"),
    ("11", {"cuerpoDocumento.0.tributos": None}, "005", "cuerpoDocumento.1.tributos"),
    ("11", {"cuerpoDocumento.0.ventaExenta": 1}, "024", "cuerpoDocumento.1.ventaExenta"),
    ("11", {"cuerpoDocumento.0.ivaItem": 1}, "024", "cuerpoDocumento.1.ivaItem"),
    ("14", {"documento.codPais": "SV"}, "024", "documento.codPais"),
    ("14", {"documento.numDocumento": "111111111"}, "027", "documento.numDocumento"),
    ("14", {"cuerpoDocumento.0.reteRenta": 4}, "020", "cuerpoDocumento.1.reteRenta"),
    ("14", {"cuerpoDocumento.0.compra": 40}, "020", "Cuerpodocumento.item.1"),
    ("14", {"cuerpoDocumento.0.tipoItem": 4}, "003", "cuerpoDocumento.1.tipoItem"),
]


@pytest.mark.parametrize(("kind", "changes", "code", "field"), RETURN_FAULTS)
def test_a_return_that_breaks_a_rule_is_told_which(
    merchant: Merchant, kind: str, changes: dict[str, Any], code: str, field: str
) -> None:
    told, text = refusal(merchant, all_changed(MADE[kind](merchant), changes))

    assert told == code
    assert field_of(text).startswith(field)


def test_a_return_gives_back_documents_of_one_type_that_stand(merchant: Merchant) -> None:
    invoice = merchant.invoice()
    event = returned(merchant, invoice, price=11.3)

    assert refusal(merchant, event)[1].startswith("[documentoRelacionado.codigoGeneracion] NO EXISTE")
    stamp = merchant.accepted(invoice)
    another = of_invoice(merchant)
    second = of_export(merchant)["documentoRelacionado"][0]
    another["documentoRelacionado"].append(second)
    another["cuerpoDocumento"].append(
        another["cuerpoDocumento"][0] | {"numItem": 2, "codigoGeneracion": second["codigoGeneracion"]}
    )
    assert refusal(merchant, another)[0] == "026"
    assert merchant.annul(merchant.invalidation(invoice, stamp)).status_code == 200
    assert refusal(merchant, event)[0] == "015"


def test_every_document_of_a_return_is_used_and_named_once(merchant: Merchant) -> None:
    invoices = [sealed(merchant, merchant.invoice()) for _ in range(2)]
    event = returned(merchant, *invoices, price=11.3)
    first = event["documentoRelacionado"][0]

    unused = changed(event, "cuerpoDocumento.1.codigoGeneracion", first["codigoGeneracion"])
    assert refusal(merchant, unused)[0] == "023"
    assert refusal(merchant, changed(event, "documentoRelacionado.1", first))[0] == "025"
    assert merchant.send(event).status_code == 200


def test_a_return_copies_its_receiver(merchant: Merchant) -> None:
    event = of_invoice(merchant, receptor=NAMED)

    assert refusal(merchant, changed(event, "documento.tipoDocumento", "37"))[1].startswith("[documento.tipoDoc")
    assert merchant.send(event).status_code == 200


def test_no_more_is_given_back_than_was_sold(merchant: Merchant) -> None:
    invoice = merchant.invoice()
    stamp = merchant.accepted(invoice)
    whole, again = (returned(merchant, invoice, price=11.3) for _ in range(2))
    event_stamp = merchant.accepted(whole)

    assert refusal(merchant, again) == (
        "016",
        "[cuerpoDocumento.ventaGravada] MONTO ES MAYOR AL DEL DOCUMENTO RELACIONADO",
    )
    assert merchant.annul(merchant.invalidation(invoice, stamp)).json()["codigoMsg"] == "028"
    assert merchant.annul(merchant.invalidation(whole, event_stamp)).status_code == 200
    assert merchant.send(again).status_code == 200


@pytest.mark.parametrize(
    ("kind", "changes", "column"),
    [
        ("11", {"cuerpoDocumento.0.flete": 21, "resumen.totalFlete": 21}, "flete"),
        ("11", {"cuerpoDocumento.0.seguro": 21, "resumen.totalSeguro": 21}, "seguro"),
    ],
)
def test_what_carried_an_export_is_given_back_as_far_as_it_was_paid(
    merchant: Merchant, kind: str, changes: dict[str, Any], column: str
) -> None:
    total = {"resumen.montoTotalOperacion": 121, "resumen.totalPagar": 121}

    assert refusal(merchant, all_changed(MADE[kind](merchant), changes | total))[1].startswith(
        f"[cuerpoDocumento.{column}] MONTO"
    )


def test_more_of_a_purchase_than_was_bought_is_not_given_back(merchant: Merchant) -> None:
    event = of_purchase(merchant)
    merchant.accepted(event)
    merchant.accepted(fresh(event, 1))

    assert refusal(merchant, fresh(event, 2))[1].startswith("[cuerpoDocumento.compra] MONTO")


def test_a_withholding_of_an_invoice_is_given_back_without_the_iva(merchant: Merchant) -> None:
    invoice = merchant.invoice()
    invoice["cuerpoDocumento"] = [line(precioUni=226, ventaGravada=226, ivaItem=26)]
    names = ("totalGravada", "subTotalVentas", "subTotal", "montoTotalOperacion")
    invoice["resumen"] |= dict.fromkeys(names, 226) | {"totalIva": 26, "ivaRete": 2, "totalPagar": 224}
    invoice["resumen"]["pagos"][0]["montoPago"] = 224
    event = returned(merchant, sealed(merchant, invoice), price=113)

    withheld = {"cuerpoDocumento.0.ivaRete": 1, "resumen.ivaRete": 1, "resumen.totalPagar": 112}
    assert merchant.send(all_changed(event, withheld)).status_code == 200
    of_the_price = {"cuerpoDocumento.0.ivaRete": 1.13, "resumen.ivaRete": 1.13, "resumen.totalPagar": 111.87}
    assert refusal(merchant, all_changed(fresh(event, 1), of_the_price))[0] == "020"


@pytest.mark.parametrize(
    ("activity", "later", "taken"),
    [("47111", "2026-02-20", True), ("47111", "2026-02-21", False), ("21001", "2026-02-21", True)],
)
def test_a_return_comes_within_three_months_but_for_medicines(
    merchant: Merchant, activity: str, later: str, taken: bool
) -> None:
    with time_machine.travel("2025-11-20T12:00:00-06:00", tick=False):
        merchant.log_in()
        invoice = changed(merchant.invoice(), "emisor.codActividad", activity)
        merchant.accepted(invoice)
        merchant.forget_token()
    with time_machine.travel(f"{later}T12:00:00-06:00", tick=False):
        answer = merchant.send(returned(merchant, invoice, price=11.3))

    assert (answer.status_code == 200) is taken
    assert taken or answer.json()["descripcionMsg"].startswith("[documentoRelacionado.fechaEmision] FECHA FUERA")


def test_a_return_is_not_adjusted(merchant: Merchant) -> None:
    event = of_invoice(merchant)
    merchant.accepted(event)
    sale = sealed(merchant, merchant.tax_credit())
    credit = note(merchant, "05", sale)
    credit["documentoRelacionado"] = related_to(sale)
    code = event["identificacion"]["codigoGeneracion"]

    assert refusal(merchant, changed(credit, "documentoRelacionado.0.tipoDocumento", "18"))[0] == "007"
    assert (
        refusal(
            merchant,
            all_changed(
                credit,
                {"documentoRelacionado.0.numeroDocumento": code, "cuerpoDocumento.0.numeroDocumento": code},
            ),
        )[0]
        == "027"
    )


def test_the_manner_of_a_return_is_part_of_its_form(merchant: Merchant) -> None:
    document = of_invoice(merchant)
    for changes, field in (
        ({"tipoContingencia": 1}, "tipoContingencia"),
        ({"motivoContin": "x"}, "motivoContin"),
        ({"tipoOperacion": 2}, "tipoContingencia"),
        ({"tipoOperacion": 2, "tipoContingencia": 1}, "tipoModelo"),
        ({"tipoOperacion": 2, "tipoModelo": 2, "tipoContingencia": 5}, "motivoContin"),
        ({"tipoOperacion": 2, "tipoModelo": 2, "tipoContingencia": 1, "motivoContin": "x"}, "motivoContin"),
    ):
        answer = merchant.send(document | {"identificacion": document["identificacion"] | changes}).json()
        assert answer["observaciones"] == [f"Campo #/identificacion/{field} no cumple el formato requerido"]


def test_a_return_may_be_issued_in_contingency(merchant: Merchant) -> None:
    event = merchant.contingency(of_invoice(merchant))

    assert refusal(merchant, event)[0] == "012"
    assert merchant.report(merchant.outage(event)).json()["estado"] == "RECIBIDO"
    assert merchant.send(event).status_code == 200


def test_an_invalidated_return_is_told_by_its_event_without_a_number(merchant: Merchant) -> None:
    event = of_invoice(merchant)
    invalidation = merchant.invalidation(event, merchant.accepted(event))

    assert invalidation["documento"]["numeroControl"] is None
    numbered = changed(invalidation, "documento.numeroControl", "DTE-18-M001P001-" + "0" * 15)
    elsewhere = changed(invalidation, "emisor.codEstableMH", "S002")
    replaced = changed(invalidation, "documento.codigoGeneracionR", UNKNOWN_CODE)
    for wrong, code in ((numbered, "027"), (elsewhere, "027"), (replaced, "024")):
        assert merchant.annul(wrong).json()["codigoMsg"] == code
    assert merchant.annul(changed(invalidation, "motivo.tipoAnulacion", 1)).status_code == 200


# Special operations


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"cuerpoDocumento.0.tipoDocumento": "22"}, "003", "cuerpoDocumento.1.tipoDocumento"),
        ({"cuerpoDocumento.0.docDel": None}, "005", "cuerpoDocumento.1.docDel"),
        ({"cuerpoDocumento.0.docAl": "0"}, "003", "cuerpoDocumento.1.docAl"),
        ({"cuerpoDocumento.0.numDocumento": "1"}, "024", "cuerpoDocumento.1.numDocumento"),
        ({"cuerpoDocumento.0.tipoDocumento": "97"}, "024", "cuerpoDocumento.1.docDel"),
        ({"cuerpoDocumento.0.fechaEmision": "2099-01-01"}, "017", "cuerpoDocumento.1.fechaEmision"),
        ({"cuerpoDocumento.0.codigoGeneracionRef": UNKNOWN_CODE}, "014", "cuerpoDocumento.1.codigoGeneracionRef"),
        ({"cuerpoDocumento.0.numItem": 2}, "019", "Cuerpodocumento.numItem"),
        ({"cuerpoDocumento.0.cantidad": 90}, "020", "Cuerpodocumento.item.1"),
        ({"cuerpoDocumento.0.ventaExenta": 1}, "007", "cuerpoDocumento.1.ventaGravada"),
        ({"cuerpoDocumento.0.tributos": None}, "005", "cuerpoDocumento.1.tributos"),
        ({"cuerpoDocumento.0.tributos": ["59"]}, "007", "cuerpoDocumento.1.tributos"),
        ({"cuerpoDocumento.0.ventaGravada": 0}, "024", "cuerpoDocumento.1.tributos"),
        ({"resumen.totalGravada": 90}, "020", "resumen.totalGravada"),
        ({"resumen.subTotal": 90}, "020", "resumen.subTotal"),
        ({"resumen.tributos": None}, "005", "resumen.tributos"),
        ({"resumen.tributos.0.valor": 12}, "020", "resumen.tributos"),
        ({"resumen.total": 100}, "020", "resumen.total"),
    ],
)
def test_special_operations_that_break_a_rule_are_told_which(
    merchant: Merchant, changes: dict[str, Any], code: str, field: str
) -> None:
    told, text = refusal(merchant, all_changed(special_operations(merchant), changes))

    assert (told, field_of(text)) == (code, field)


def test_special_operations_are_sealed_corrected_and_invalidated(merchant: Merchant) -> None:
    first = special_operations(merchant)
    stamp = merchant.accepted(first)
    correction = changed(
        special_operations(merchant),
        "cuerpoDocumento.0.codigoGeneracionRef",
        first["identificacion"]["codigoGeneracion"],
    )

    assert merchant.send(correction).status_code == 200
    event = merchant.invalidation(first, stamp)
    assert (event["documento"]["numeroControl"], event["documento"]["numDocumento"]) == (None, None)
    assert merchant.annul(event).status_code == 200


def test_controls_stand_for_themselves_by_number(merchant: Merchant) -> None:
    controls = {"tipoDocumento": "97", "numDocumento": "C-7", "docDel": None, "docAl": None, "cantidad": 1}
    event = special_operations(merchant)
    event["cuerpoDocumento"][0] |= controls | {"precioUni": 100}

    assert merchant.send(event).status_code == 200


def test_only_designated_taxpayers_report_special_operations(merchant_key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    with make_server("127.0.0.1", 0, tmp_path) as sandbox:
        merchant = Merchant(sandbox, merchant_key)
        assert merchant.register(special_operations=False).status_code == 201
        assert refusal(merchant, special_operations(merchant)) == ("095", "[emisor.nit] CONTRIBUYENTE NO AUTORIZADO")
        assert merchant.send(merchant.invoice()).status_code == 200
        assert merchant.register(special_operations=True).status_code == 201
        assert merchant.send(special_operations(merchant)).status_code == 200
        assert merchant.register(special_operations="yes").status_code == 422
