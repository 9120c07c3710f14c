"""Documents of before Normativa 2.0 at the sandbox: taken, refused, invalidated, together with those of today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox import earlier_documents as earlier
from tests.sandbox import other_documents as today
from tests.sandbox.merchant import CUSTOMER_NIT, Merchant, changed, new_code
from tests.sandbox.other_documents import all_changed
from tests.sandbox.test_rules import field_of, refusal
from tests.sandbox.test_schema import observations

RECEIVER = {
    "tipoDocumento": "13",
    "numDocumento": "000000000",
    "nrc": None,
    "nombre": "PERSONA DE PRUEBA",
    "codActividad": None,
    "descActividad": None,
    "direccion": None,
    "telefono": None,
    "correo": None,
}


def test_a_document_of_each_type_is_sealed_and_found(merchant: Merchant) -> None:
    # A note needs its sale; the others stand alone.
    for kind, document in earlier.every_one(merchant).items():
        answer = merchant.send(document).json()
        assert (kind, answer["codigoMsg"], answer["descripcionMsg"]) == (kind, "001", "RECIBIDO")
        assert merchant.ask(document).json()["selloRecibido"] == answer["selloRecibido"]


def test_documents_of_both_generations_are_judged_in_one_batch(merchant: Merchant) -> None:
    good = [earlier.invoice(merchant), merchant.invoice(), earlier.purchase(merchant)]
    wrong = changed(earlier.tax_credit(merchant), "resumen.ivaRete1", 2)
    batch = merchant.batch(*good, wrong).json()["codigoLote"]
    merchant.sandbox.clock.offset += timedelta(seconds=5)
    results = merchant.results(batch).json()

    assert len(results["procesados"]) == 3
    assert results["rechazados"][0]["descripcionMsg"] == "[resumen.ivaRete1] CALCULO INCORRECTO"


@pytest.mark.parametrize(
    ("kind", "changes", "fault"),
    [
        ("01", {"identificacion.tipoModelo": 2}, "#/identificacion/tipoModelo"),
        ("01", {"identificacion.tipoContingencia": 1}, "#/identificacion/tipoContingencia"),
        ("01", {"identificacion.motivoContin": "Sin motivo"}, "#/identificacion/motivoContin"),
        ("03", {"identificacion.tipoModelo": 2, "identificacion.tipoOperacion": 2}, "#/identificacion/tipoCon"),
        (
            "14",
            {
                "identificacion.tipoModelo": 2,
                "identificacion.tipoOperacion": 2,
                "identificacion.tipoContingencia": 5,
            },
            "#/identificacion/motivoContin",
        ),
        ("05", {"documentoRelacionado.0.numeroDocumento": "123"}, "#/documentoRelacionado/0/numeroDocumento"),
        ("01", {"cuerpoDocumento.0.ventaGravada": 0, "cuerpoDocumento.0.ventaExenta": 11.3}, "0/ivaItem"),
        ("01", {"cuerpoDocumento.0.tributos": ["20"]}, "#/Cuerpodocumento/0/tributos"),
        ("01", {"cuerpoDocumento.0.tipoItem": 4}, "#/Cuerpodocumento/0/codTributo"),
        ("03", {"cuerpoDocumento.0.codTributo": "A8"}, "#/Cuerpodocumento/0/codTributo"),
        ("03", {"cuerpoDocumento.0.tipoItem": 4, "cuerpoDocumento.0.codTributo": "A8"}, "0/uniMedida"),
        ("03", {"cuerpoDocumento.0.tributos": None}, "#/Cuerpodocumento/0/tributos"),
        ("04", {"cuerpoDocumento.0.tributos": ["C5"]}, "#/Cuerpodocumento/0/tributos"),
        ("06", {"cuerpoDocumento.0.ventaGravada": 0}, "#/Cuerpodocumento/0/tributos"),
        ("03", {"resumen.condicionOperacion": 2}, "#/resumen/pagos"),
        ("14", {"resumen.condicionOperacion": 2}, "#/resumen/pagos"),
        ("03", {"resumen.totalPagar": 0, "resumen.condicionOperacion": 3}, "#/resumen/condicionOperacion"),
        ("03", {"resumen.totalGravada": 0, "resumen.ivaPerci1": 1}, "#/resumen/ivaPerci1"),
        ("01", {"resumen.totalGravada": 0, "resumen.ivaRete1": 1}, "#/resumen/ivaRete1"),
        ("05", {"resumen.totalGravada": 0, "resumen.ivaRete1": 1}, "#/resumen/ivaRete1"),
        ("01", {"resumen.montoTotalOperacion": 1095}, "#/receptor"),
        ("11", {"resumen.montoTotalOperacion": 10000}, "#/receptor/correo"),
        ("01", {"receptor": RECEIVER}, "#/receptor/numDocumento"),
        ("01", {"receptor": RECEIVER | {"tipoDocumento": "37", "nrc": "123456"}}, "#/receptor/nrc"),
        ("04", {"receptor.tipoDocumento": "13"}, "#/receptor/numDocumento"),
        ("04", {"receptor.tipoDocumento": "03"}, "#/receptor/nrc"),
        ("07", {"receptor.tipoDocumento": "13"}, "#/receptor/numDocumento"),
        ("11", {"receptor.tipoDocumento": "13"}, "#/receptor/numDocumento"),
        ("14", {"sujetoExcluido.numDocumento": "00000000-0"}, "#/sujetoExcluido/numDocumento"),
        ("03", {"emisor.direccion.municipio": "50"}, "#/emisor/direccion/municipio"),
        ("07", {"identificacion.tipoContingencia": 1}, "#/identificacion/tipoContingencia"),
        ("08", {"cuerpoDocumento.0.tipoGeneracion": 2}, "#/Cuerpodocumento/0/numeroDocumento"),
        ("08", {"resumen.total": 0, "resumen.condicionOperacion": 2}, "#/resumen/condicionOperacion"),
        ("09", {"extension.nombEntrega": "X"}, "#/extension/nombEntrega"),
        ("11", {"emisor.tipoItemExpor": 2}, "#/emisor/recintoFiscal"),
        ("11", {"cuerpoDocumento.0.tributos": ["D1"]}, "#/Cuerpodocumento/0/tributos"),
        ("11", {"otrosDocumentos.0.placaTrans": None}, "#/otrosDocumentos/0/placaTrans"),
        ("11", {"otrosDocumentos.0.codDocAsociado": 1}, "#/otrosDocumentos/0/modoTransp"),
        ("11", {"receptor.codPais": "US"}, "#/receptor/codPais"),
        ("15", {"donante.direccion": None}, "#/donante/direccion"),
        ("15", {"donante.codDomiciliado": 2}, "#/donante/direccion"),
        ("15", {"cuerpoDocumento.0.depreciacion": 1}, "#/Cuerpodocumento/0/depreciacion"),
        ("15", {"cuerpoDocumento.0.uniMedida": 59}, "#/Cuerpodocumento/0/uniMedida"),
    ],
)
def test_what_the_form_asks_for_is_096(merchant: Merchant, kind: str, changes: dict[str, Any], fault: str) -> None:
    found = observations(merchant, all_changed(earlier.every_one(merchant)[kind], changes))

    assert any(fault in one for one in found), found


DOCTOR = {"nombre": "DRA. DE PRUEBA", "nit": None, "docIdentificacion": "A-1", "tipoServicio": 1}
PAPER = {"codDocAsociado": 1, "descDocumento": "Uno", "detalleDocumento": "Dos", "medico": None}


@pytest.mark.parametrize(
    ("paper", "fault"),
    [
        (PAPER | {"medico": DOCTOR}, "0/medico "),
        (PAPER | {"codDocAsociado": 3}, "0/medico "),
        (PAPER | {"codDocAsociado": 3, "medico": DOCTOR}, "0/descDocumento "),
        (PAPER | {"detalleDocumento": None}, "0/detalleDocumento "),
        (
            PAPER
            | {"codDocAsociado": 3, "descDocumento": None, "detalleDocumento": None}
            | {"medico": DOCTOR | {"docIdentificacion": None}},
            "0/medico/docIdentificacion ",
        ),
    ],
)
def test_a_doctor_goes_with_his_own_paper_alone(merchant: Merchant, paper: dict[str, Any], fault: str) -> None:
    found = observations(merchant, earlier.invoice(merchant) | {"otrosDocumentos": [paper]})

    assert any(fault in one for one in found), found


@pytest.mark.parametrize(
    ("kind", "path", "value", "code", "field"),
    [
        ("01", "resumen.ivaRete1", 3, "020", "resumen.ivaRete1"),
        ("01", "resumen.reteRenta", 1, "020", "resumen.totalPagar"),
        ("01", "cuerpoDocumento.0.ventaGravada", 10, "003", ""),
        ("03", "resumen.ivaPerci1", 3, "020", "resumen.ivaPerci1"),
        ("03", "resumen.totalPagar", 100, "020", "resumen.totalPagar"),
        ("04", "resumen.montoTotalOperacion", 100, "020", "resumen.montoTotalOperacion"),
        ("05", "resumen.montoTotalOperacion", 11, "020", "resumen.montoTotalOperacion"),
        ("05", "resumen.ivaRete1", 3, "020", "resumen.ivaRete1"),
        ("06", "resumen.descuGravada", 5, "020", "resumen.totalDescu"),
        ("07", "cuerpoDocumento.0.ivaRetenido", 2, "020", "cuerpoDocumento.1.ivaRetenido"),
        ("07", "resumen.totalIVAretenido", 2, "020", "resumen.totalIVAretenido"),
        ("07", "cuerpoDocumento.0.numDocumento", "A" * 21, "006", "cuerpoDocumento.1.numDocumento"),
        ("08", "resumen.totalExportacion", 2, "020", "resumen.totalExportacion"),
        ("08", "resumen.total", 2, "020", "resumen.total"),
        ("09", "cuerpoDocumento.ivaComision", 1, "020", "cuerpoDocumento.ivaComision"),
        ("11", "resumen.montoTotalOperacion", 100, "020", "resumen.montoTotalOperacion"),
        ("11", "resumen.descuento", 101, "003", "resumen.descuento"),
        ("11", "emisor.regimen", "EX-9.1000.000", "003", "emisor.regimen"),
        ("11", "emisor.recintoFiscal", "ZZ", "003", "emisor.recintoFiscal"),
        ("11", "resumen.codIncoterms", "77", "003", "resumen.codIncoterms"),
        ("14", "resumen.ivaRete1", 1, "020", "resumen.totalPagar"),
        ("14", "sujetoExcluido.codActividad", "99999", "003", "sujetoExcluido.codActividad"),
        ("15", "cuerpoDocumento.0.valor", 49, "020", "Cuerpodocumento.item.1"),
        ("15", "donatario.codActividad", "99998", "003", "donatario.codActividad"),
    ],
)
def test_a_wrong_figure_or_code_is_told_by_its_own_name(
    merchant: Merchant, kind: str, path: str, value: Any, code: str, field: str
) -> None:
    told, text = refusal(merchant, changed(earlier.every_one(merchant)[kind], path, value))

    assert told == code
    assert not field or field_of(text) == field


def test_a_section_of_before_is_classified_like_todays(merchant: Merchant) -> None:
    wrong = changed(earlier.purchase(merchant), "sujetoExcluido.codActividad", "99999")

    assert merchant.send(wrong).json()["clasificaMsg"] == "13"


def test_a_delivery_note_may_keep_its_taxes_out_of_the_total(merchant: Merchant) -> None:
    untaxed = all_changed(
        earlier.delivery_note(merchant), {"resumen.tributos": None, "resumen.montoTotalOperacion": 100}
    )

    assert refusal(merchant, changed(untaxed, "resumen.montoTotalOperacion", 113))[0] == "020"
    assert merchant.send(untaxed).status_code == 200


def test_withholding_is_inside_the_total_of_a_note(merchant: Merchant) -> None:
    sale = all_changed(
        earlier.tax_credit(merchant), {"resumen.ivaRete1": 1, "resumen.totalPagar": 112, "resumen.pagos": None}
    )
    merchant.accepted(sale)
    note = earlier.note(merchant, "05", sale)

    outside = all_changed(note, {"resumen.ivaRete1": 0.1})
    assert refusal(merchant, outside) == ("020", "[resumen.montoTotalOperacion] CALCULO INCORRECTO")
    assert merchant.send(changed(outside, "resumen.montoTotalOperacion", 11.2)).status_code == 200


def test_a_note_takes_back_no_more_than_was_withheld(merchant: Merchant) -> None:
    sale = earlier.tax_credit(merchant)
    merchant.accepted(sale)
    withheld = {"resumen.ivaRete1": 0.1, "resumen.montoTotalOperacion": 11.2}

    told = refusal(merchant, all_changed(earlier.note(merchant, "05", sale), withheld))
    assert told == ("016", "[resumen.ivaRete1] MONTO ES MAYOR AL DEL DOCUMENTO RELACIONADO")


def test_a_note_takes_its_discount_off_what_it_gives_back(merchant: Merchant) -> None:
    discounted = {
        "resumen.descuGravada": 10,
        "resumen.totalDescu": 10,
        "resumen.subTotal": 90,
        "resumen.tributos.0.valor": 11.7,
        "resumen.montoTotalOperacion": 101.7,
    }
    sale = all_changed(
        earlier.tax_credit(merchant), discounted | {"resumen.totalPagar": 101.7, "resumen.pagos": None}
    )
    merchant.accepted(sale)
    everything = earlier.note(merchant, "05", sale, price=100)

    assert refusal(merchant, everything) == (
        "016",
        "[cuerpoDocumento.ventaGravada] MONTO ES MAYOR AL DEL DOCUMENTO RELACIONADO",
    )
    assert merchant.send(all_changed(everything, discounted)).status_code == 200
    more = refusal(merchant, earlier.note(merchant, "05", sale, price=1))
    assert more[0] == "016"


def test_notes_of_both_generations_adjust_sales_of_both(merchant: Merchant) -> None:
    older, newer = earlier.tax_credit(merchant), merchant.tax_credit()
    for sale in (older, newer):
        merchant.accepted(sale)
        merchant.accepted(today.note(merchant, "05", sale, price=60))
        assert refusal(merchant, earlier.note(merchant, "05", sale, price=60))[0] == "016"
        merchant.accepted(earlier.note(merchant, "05", sale, price=40))
        assert refusal(merchant, today.note(merchant, "05", sale, price=1))[0] == "016"


def test_a_sale_of_today_refers_to_a_delivery_of_before_whose_dui_has_a_dash(merchant: Merchant) -> None:
    person = today.BUYER | {"tipoDocumento": "13", "numDocumento": "000000000", "nrc": None, "nombre": "PERSONA"}
    delivered = earlier.delivery_note(merchant, receptor=person | {"bienTitulo": "03"})
    assert delivered["receptor"]["numDocumento"] == "00000000-0"
    merchant.accepted(delivered)
    sold = merchant.invoice(
        documentoRelacionado=today.related_to(delivered),
        receptor={name: person[name] for name in person if name != "nombreComercial"},
    )
    sold["cuerpoDocumento"][0]["numeroDocumento"] = delivered["identificacion"]["codigoGeneracion"]

    assert merchant.send(changed(sold, "receptor.numDocumento", "111111111")).json()["codigoMsg"] == "026"
    assert merchant.send(sold).status_code == 200


def test_what_was_sold_before_is_returned_and_settled_today(merchant: Merchant) -> None:
    sale = earlier.invoice(merchant)
    merchant.accepted(sale)
    returned = today.returned(merchant, sale, price=11.3)
    assert merchant.send(returned).json()["codigoMsg"] == "001"

    for_another = earlier.tax_credit(merchant, ventaTercero=dict(today.MANDANTE))
    merchant.accepted(for_another)
    settled = today.settlement(merchant, (today.as_row(for_another), 100))
    assert merchant.send(settled).json()["codigoMsg"] == "001"
    again = earlier.settlement(merchant, (today.as_row(for_another), 100))
    assert refusal(merchant, again)[0] == "028"


def test_a_document_of_before_is_taken_in_contingency(merchant: Merchant) -> None:
    waiting = merchant.contingency(earlier.tax_credit(merchant))
    exported = earlier.export_invoice(merchant)
    manner = {"tipoModelo": 2, "tipoOperacion": 2, "tipoContingencia": 5, "motivoContigencia": "Inundación"}
    exported["identificacion"] |= manner
    assert refusal(merchant, waiting)[0] == "012"

    assert merchant.report(merchant.outage(waiting)).json()["estado"] == "RECIBIDO"
    of_flood = {"tipoContingencia": 5, "motivoContingencia": "Inundación"}
    assert merchant.report(merchant.outage(exported, **of_flood)).json()["estado"] == "RECIBIDO"
    assert merchant.send(waiting).status_code == 200
    other_words = changed(exported, "identificacion.motivoContigencia", "Otra cosa")
    assert refusal(merchant, other_words) == (
        "027",
        "[identificacion.motivoContigencia] DATO NO COINCIDE CON DTE",
    )
    assert merchant.send(exported).status_code == 200


def test_documents_of_before_are_invalidated_by_both_versions_of_the_event(merchant: Merchant) -> None:
    documents = earlier.every_one(merchant)
    for kind, document in documents.items():
        if kind in ("05", "06"):
            continue
        event = merchant.invalidation(document, merchant.accepted(document))
        receiver = document.get("sujetoExcluido") or document.get("donante") or document.get("receptor") or {}
        number = receiver.get("nit") or receiver.get("numDocumento")
        event["documento"] |= {"numDocumento": number, "nombre": receiver.get("nombre")}
        event["documento"]["tipoDocumento"] = "36" if "nit" in receiver else receiver.get("tipoDocumento")
        assert merchant.annul(event).json()["estado"] == "PROCESADO", kind
    sale = earlier.tax_credit(merchant)
    stamp = merchant.accepted(sale)
    event = earlier.invalidation(merchant, sale, stamp)
    assert merchant.annul(event, version=2).json()["estado"] == "PROCESADO"
    again = changed(event, "identificacion.codigoGeneracion", new_code())
    assert merchant.annul(again, version=2).json()["codigoMsg"] == "015"


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"motivo.tipoAnulacion": 1}, "096", "#/documento/codigoGeneracionR"),
        ({"documento.codigoGeneracionR": new_code}, "096", "#/documento/codigoGeneracionR"),
        (
            {"motivo.tipoAnulacion": 3, "documento.codigoGeneracionR": new_code},
            "096",
            "#/motivo/motivoAnulacion",
        ),
        ({"documento.numeroControl": "DTE-14-M001P001-000000000000001"}, "096", "#/documento/numeroControl"),
        ({"documento.nombre": "OTRO NOMBRE"}, "027", "[documento.nombre]"),
        ({"emisor.codEstableMH": "M002"}, "027", "[emisor.codEstableMH]"),
        ({"identificacion.fecAnula": "2020-01-01"}, "027", "[identificacion.fecAnula]"),
    ],
)
def test_an_invalidation_of_before_that_is_wrong_is_told_where(
    merchant: Merchant, changes: dict[str, Any], code: str, text: str
) -> None:
    sale = earlier.tax_credit(merchant)
    event = earlier.invalidation(merchant, sale, merchant.accepted(sale))
    values = {path: value() if callable(value) else value for path, value in changes.items()}
    answer = merchant.annul(all_changed(event, values), version=2).json()

    assert answer["codigoMsg"] == code
    assert text in answer["descripcionMsg"] + " ".join(answer["observaciones"])


def test_an_invalidation_of_before_may_leave_out_where_and_to_whom(merchant: Merchant) -> None:
    sale = earlier.invoice(merchant)
    event = earlier.invalidation(merchant, sale, merchant.accepted(sale))
    event["documento"] |= {"tipoDocumento": "36", "numDocumento": CUSTOMER_NIT, "nombre": "CLIENTE"}
    for name in ("codEstableMH", "codPuntoVentaMH"):
        del event["emisor"][name]
    for name in ("telefono", "correo"):
        del event["documento"][name]

    assert merchant.annul(event, version=2).json()["estado"] == "PROCESADO"


def test_a_number_that_names_no_establishment_asks_for_none_in_the_event(merchant: Merchant) -> None:
    sale = changed(earlier.tax_credit(merchant), "identificacion.numeroControl", "DTE-03-A1B2C3D4-000000000000007")
    event = earlier.invalidation(merchant, sale, merchant.accepted(sale))

    assert merchant.annul(event, version=2).json()["estado"] == "PROCESADO"
