from __future__ import annotations

from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa

from hacienda.sandbox.server import make_server
from hacienda.sandbox.store import Stamped
from tests.sandbox.merchant import ADDRESS, CUSTOMER_NIT, Merchant, changed, line, new_code
from tests.sandbox.test_schema import CONSUMER

NAMED = CONSUMER | {"tipoDocumento": "13", "numDocumento": "012345678"}
DOCTOR = {"nombre": "DRA. DE PRUEBA", "nit": "061401010", "docIdentificacion": None, "tipoServicio": 1}
PAPER = {"codDocAsociado": 1, "descDocumento": "Orden 7", "detalleDocumento": "De compra", "medico": None}

MEDICAL = {"codDocAsociado": 3, "descDocumento": None, "detalleDocumento": None, "medico": DOCTOR}
TIP = {"precioUni": 0, "ventaGravada": 0, "ivaItem": 0, "noGravado": 1}


def refusal(merchant: Merchant, document: dict[str, Any]) -> tuple[str, str]:
    """The code and text of a rejection: a data fault comes alone, without observations."""
    answer = merchant.send(document)
    body = answer.json()
    assert answer.status_code == 400, body
    assert body["estado"] == "RECHAZADO"
    assert not body["observaciones"], body
    return body["codigoMsg"], body["descripcionMsg"]


def field_of(text: str) -> str:
    return text[1:].partition("]")[0]


INVOICE_FAULTS: list[tuple[str, Any, str, str]] = [
    ("identificacion.tipoModelo", 2, "007", "identificacion.tipoModelo"),
    ("identificacion.tipoContingencia", 1, "024", "identificacion.tipoContingencia"),
    ("identificacion.motivoContin", "x", "024", "identificacion.motivoContin"),
    ("identificacion.numeroControl", f"DTE-01-M001P001-{0:015d}", "003", "identificacion.numeroControl"),
    ("emisor.nrc", "0123", "006", "emisor.nrc"),
    ("emisor.codActividad", "99999", "003", "emisor.codActividad"),
    ("emisor.correo", "no-es-correo", "006", "emisor.correo"),
    ("receptor", NAMED | {"tipoDocumento": "99"}, "003", "receptor.tipoDocumento"),
    ("receptor", NAMED | {"numDocumento": "01234567-8"}, "006", "receptor.numDocumento"),
    ("receptor", NAMED | {"tipoDocumento": "36", "numDocumento": "123"}, "006", "receptor.numDocumento"),
    ("receptor", NAMED | {"tipoDocumento": None}, "005", "receptor.tipoDocumento"),
    ("receptor", NAMED | {"numDocumento": None}, "005", "receptor.numDocumento"),
    ("receptor", NAMED | {"nrc": "765432"}, "024", "receptor.nrc"),
    ("receptor", NAMED | {"correo": "a b@c.de"}, "006", "receptor.correo"),
    ("receptor", NAMED | {"codActividad": "99999"}, "003", "receptor.codActividad"),
    ("otrosDocumentos", [PAPER | {"codDocAsociado": 4}], "007", "otrosDocumentos.codDocAsociado"),
    ("otrosDocumentos", [PAPER | {"codDocAsociado": None}], "005", "otrosDocumentos.codDocAsociado"),
    ("otrosDocumentos", [PAPER | {"descDocumento": None}], "005", "otrosDocumentos.descDocumento"),
    ("otrosDocumentos", [PAPER | {"medico": DOCTOR}], "024", "otrosDocumentos.medico"),
    ("otrosDocumentos", [PAPER | {"codDocAsociado": 3}], "024", "otrosDocumentos.descDocumento"),
    (
        "otrosDocumentos",
        [PAPER | {"codDocAsociado": 3, "descDocumento": None, "detalleDocumento": None}],
        "005",
        "otrosDocumentos.medico",
    ),
    (
        "otrosDocumentos",
        [MEDICAL | {"medico": DOCTOR | {"nit": None}}],
        "005",
        "otrosDocumentos.medico.docIdentificacion",
    ),
    ("otrosDocumentos", [MEDICAL | {"medico": DOCTOR | {"nit": "1-2"}}], "006", "otrosDocumentos.medico.nit"),
    ("cuerpoDocumento", [line(), line(2, **TIP, uniMedida=59)], "003", "cuerpoDocumento.2.uniMedida"),
    (
        "cuerpoDocumento",
        [line(tipoItem=4, codTributo="57", uniMedida=99, tributos=["59"])],
        "007",
        "cuerpoDocumento.1.tributos",
    ),
    ("ventaTercero", {"nit": None, "nombre": "X", "codDomiciliado": 3}, "003", "ventaTercero.codDomiciliado"),
    ("ventaTercero", {"nit": None, "nombre": "X", "codDomiciliado": 1}, "006", "ventaTercero.nit"),
    ("cuerpoDocumento.0.numItem", 2, "019", "Cuerpodocumento.numItem"),
    ("cuerpoDocumento.0.tipoItem", 9, "003", "cuerpoDocumento.1.tipoItem"),
    ("cuerpoDocumento.0.uniMedida", 3, "003", "cuerpoDocumento.1.uniMedida"),
    ("cuerpoDocumento.0.codTributo", "57", "024", "cuerpoDocumento.1.codTributo"),
    ("cuerpoDocumento.0.numeroDocumento", "1", "024", "cuerpoDocumento.1.numeroDocumento"),
    ("cuerpoDocumento.0.tributos", ["20"], "007", "cuerpoDocumento.1.tributos"),
    ("cuerpoDocumento.0.tributos", ["ZZ"], "003", "cuerpoDocumento.1.tributos"),
    ("cuerpoDocumento.0.tributos", ["59"], "005", "resumen.tributos"),
    ("cuerpoDocumento.0.ivaItem", 1.32, "020", "cuerpoDocumento.1.ivaItem"),
    ("cuerpoDocumento.0.ventaExenta", 1, "007", "cuerpoDocumento.1.ventaGravada"),
    ("resumen.condicionOperacion", 4, "003", "resumen.condicionOperacion"),
    ("resumen.condicionOperacion", 2, "005", "resumen.pagos.plazo"),
    ("resumen.pagos.0.codigo", "77", "003", "resumen.pagos.codigo"),
    ("resumen.pagos.0.codigo", None, "005", "resumen.pagos.codigo"),
    ("resumen.pagos.0.plazo", "01", "024", "resumen.pagos.plazo"),
    ("resumen.pagos.0.plazo", "09", "003", "resumen.pagos.plazo"),
    ("resumen.descuGravada", 12, "003", "resumen.descuGravada"),
]


@pytest.mark.parametrize(("path", "value", "code", "field"), INVOICE_FAULTS)
def test_an_invoice_that_breaks_a_rule_is_told_which(
    merchant: Merchant, path: str, value: Any, code: str, field: str
) -> None:
    told, text = refusal(merchant, changed(merchant.invoice(), path, value))

    assert (told, field_of(text)) == (code, field)


@pytest.mark.parametrize(
    ("path", "value", "code", "field"),
    [
        ("receptor.nit", "0614", "009", "receptor.nit"),
        ("receptor.nrc", None, "005", "receptor.nrc"),
        ("receptor.nrc", "0765432", "006", "receptor.nrc"),
        ("cuerpoDocumento.0.tributos", None, "005", "cuerpoDocumento.1.tributos"),
        ("cuerpoDocumento.0.tributos", ["59"], "005", "cuerpoDocumento.1.tributos"),
        ("cuerpoDocumento.0.tributos", ["20", "C3"], "007", "cuerpoDocumento.1.tributos"),
        ("resumen.tributos", None, "005", "resumen.tributos"),
        ("resumen.pagos", None, "005", "resumen.pagos"),
        ("resumen.ivaPerci", 2, "020", "resumen.ivaPerci"),
    ],
)
def test_a_tax_credit_that_breaks_a_rule_is_told_which(
    merchant: Merchant, path: str, value: Any, code: str, field: str
) -> None:
    told, text = refusal(merchant, changed(merchant.tax_credit(), path, value))

    assert (told, field_of(text)) == (code, field)


def test_the_texts_are_the_recorded_ones(merchant: Merchant) -> None:
    order = changed(merchant.invoice(), "cuerpoDocumento.0.numItem", 2)
    total = changed(merchant.invoice(), "resumen.totalPagar", 12)
    taxes = changed(merchant.tax_credit(), "cuerpoDocumento.0.tributos", None)
    unknown = changed(merchant.tax_credit(), "receptor.nit", "123")

    assert refusal(merchant, order)[1] == "[Cuerpodocumento.numItem] ERROR EN CORRELATIVO"
    assert refusal(merchant, total)[1] == "[resumen.totalPagar] CALCULO INCORRECTO"
    assert refusal(merchant, taxes)[1] == "[cuerpoDocumento.1.tributos] DEBE PROPORCIONAR UN VALOR"
    assert refusal(merchant, unknown)[1] == "[receptor.nit] NIT CONTRIBUYENTE NO EXISTE"
    assert merchant.ask(order).json()["clasificaMsg"] == "16"
    assert merchant.ask(unknown).json()["clasificaMsg"] == "13"
    assert merchant.ask(unknown).json()["observaciones"] is None


def test_faults_are_told_one_a_try(merchant: Merchant) -> None:
    document = changed(merchant.invoice(), "cuerpoDocumento.0.numItem", 2)
    document = changed(document, "resumen.totalPagar", 99)

    assert refusal(merchant, document)[0] == "019"
    assert refusal(merchant, changed(document, "cuerpoDocumento.0.numItem", 1))[0] == "020"


def test_a_net_line_in_an_invoice_is_003_and_a_wrong_line_elsewhere_020(merchant: Merchant) -> None:
    net = changed(merchant.invoice(), "cuerpoDocumento.0.ventaGravada", 10)
    wrong = changed(merchant.tax_credit(), "cuerpoDocumento.0.cantidad", 5)

    assert refusal(merchant, changed(net, "cuerpoDocumento.0.ivaItem", 1.15)) == (
        "003",
        "cuerpoDocumento.item.1: El calculo de total por item es erroneo",
    )
    assert refusal(merchant, wrong) == ("020", "[Cuerpodocumento.item.1] CALCULO INCORRECTO")


def test_payments_that_do_not_add_up_are_a_warning(merchant: Merchant) -> None:
    document = changed(merchant.invoice(), "resumen.pagos.0.montoPago", 10)
    answer = merchant.send(document)

    body = answer.json()
    assert answer.status_code == 200
    assert (body["estado"], body["codigoMsg"]) == ("PROCESADO", "002")
    assert body["selloRecibido"]
    assert body["descripcionMsg"] == "RECIBIDO CON OBSERVACIONES"
    assert body["observaciones"] == ["resumen.pagos.montoPago Forma de pago difiere del Total a Pagar."]
    assert merchant.ask(document).json()["observaciones"] == body["observaciones"]


def large_invoice(merchant: Merchant, price: float, **changes: Any) -> dict[str, Any]:
    document = merchant.invoice(**changes)
    iva = round(price / 1.13 * 0.13, 8)
    document["cuerpoDocumento"] = [line(precioUni=price, ventaGravada=price, ivaItem=iva)]
    names = ("totalGravada", "subTotalVentas", "subTotal", "montoTotalOperacion", "totalPagar")
    document["resumen"] |= dict.fromkeys(names, price) | {"totalIva": round(iva, 2)}
    document["resumen"]["pagos"][0]["montoPago"] = price
    return document


def test_the_consumer_is_named_from_twenty_five_thousand_dollars(
    merchant: Merchant, merchant_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    assert merchant.send(large_invoice(merchant, 24_999.99)).status_code == 200
    assert refusal(merchant, large_invoice(merchant, 25_000))[1] == (
        "[receptor.tipoDocumento] DEBE PROPORCIONAR UN VALOR"
    )
    assert refusal(merchant, large_invoice(merchant, 25_000, receptor=NAMED | {"nombre": None}))[1] == (
        "[receptor.nombre] DEBE PROPORCIONAR UN VALOR"
    )
    assert merchant.send(large_invoice(merchant, 25_000, receptor=NAMED)).status_code == 200
    with make_server("127.0.0.1", 0, tmp_path / "other", receiver_threshold=1095) as sandbox:
        old = Merchant(sandbox, merchant_key)
        old.register()
        assert refusal(old, large_invoice(old, 1095))[0] == "005"


def test_a_receiver_with_only_some_fields_is_taken(merchant: Merchant) -> None:
    some = CONSUMER | {"direccion": None, "telefono": "70001122"}

    assert merchant.send(merchant.invoice(receptor=some)).status_code == 200


def test_a_contingency_document_without_its_event_is_012(merchant: Merchant) -> None:
    document = merchant.invoice()
    document["identificacion"] |= {"tipoModelo": 2, "tipoOperacion": 2}

    assert refusal(merchant, document)[1] == "[identificacion.tipoContingencia] DEBE PROPORCIONAR UN VALOR"
    document["identificacion"]["tipoContingencia"] = 5
    assert refusal(merchant, document)[1] == "[identificacion.motivoContin] DEBE PROPORCIONAR UN VALOR"
    document["identificacion"] |= {"tipoContingencia": 3}
    assert refusal(merchant, document)[0] == "012"


@pytest.mark.parametrize(
    ("now", "issued", "taken"),
    [
        ("2026-11-10T12:00:00", "2026-11-15 23:59:59", True),
        ("2026-11-10T12:00:00", "2026-11-16 00:00:00", False),
        ("2026-11-10T12:00:00", "2026-11-10 23:00:00", True),
        ("2026-11-28T12:00:00", "2026-12-01 00:00:00", False),
        ("2026-11-30T12:00:00", "2026-11-30 12:29:00", True),
        ("2026-11-30T12:00:00", "2026-11-30 12:31:00", False),
        ("2026-11-30T23:50:00", "2026-12-01 00:10:00", False),
        ("2026-11-10T12:00:00", "2026-10-01 00:00:00", True),
    ],
)
def test_a_date_ahead_is_taken_for_five_days_inside_the_month(
    merchant: Merchant, now: str, issued: str, taken: bool
) -> None:
    with time_machine.travel(f"{now}-06:00", tick=False):
        merchant.log_in()
        document = merchant.invoice()
        day, hour = issued.split()
        document["identificacion"] |= {"fecEmi": day, "horEmi": hour}
        answer = merchant.send(document)

    assert (answer.status_code == 200) is taken
    assert taken or answer.json()["descripcionMsg"] == "[identificacion.fecEmi] FECHA NO ES CORRECTA"


def stamped_note(merchant: Merchant, **changes: Any) -> Stamped:
    """A sealed delivery note, put into the sandbox's memory as a test wants it."""
    values: dict[str, Any] = {
        "ambiente": "00",
        "code": new_code(),
        "nit": merchant.nit,
        "kind": "04",
        "number": f"DTE-04-M001P001-{1:015d}",
        "issued_on": merchant.now().date().isoformat(),
        "stamp": "X" * 40,
        "stamped_on": merchant.now().date().isoformat(),
        "receiver": f'["36","{CUSTOMER_NIT}","CLIENTE"]',
        "payload": "{}",
        "answer": "{}",
    }
    note = Stamped(**(values | changes))
    merchant.sandbox.store.accept(note)
    return note


def about(merchant: Merchant, note: Stamped, **changes: Any) -> dict[str, Any]:
    related = {
        "tipoDocumento": "04",
        "tipoGeneracion": 2,
        "numeroDocumento": note.code,
        "fechaEmision": note.issued_on,
    } | changes
    document = merchant.tax_credit(documentoRelacionado=[related])
    return changed(document, "cuerpoDocumento.0.numeroDocumento", related["numeroDocumento"])


def test_a_sealed_delivery_note_may_be_referred_to(merchant: Merchant) -> None:
    assert merchant.send(about(merchant, stamped_note(merchant))).status_code == 200


@pytest.mark.parametrize(
    ("note", "changes", "code"),
    [
        ({}, {"numeroDocumento": "0" * 8 + "-0000-4000-8000-" + "0" * 12}, "014"),
        ({"invalidated_at": "2026-11-22"}, {}, "015"),
        ({"kind": "09"}, {}, "027"),
        ({"issued_on": "2026-01-01"}, {}, "018"),
        ({"nit": "06149999999990"}, {}, "008"),
        ({"receiver": '["36","06140000000000","OTRO"]'}, {}, "026"),
        ({}, {"fechaEmision": "2099-01-01"}, "017"),
        ({}, {"tipoDocumento": "03"}, "007"),
        ({}, {"tipoGeneracion": 3}, "003"),
        ({}, {"numeroDocumento": "123"}, "006"),
        ({}, {"tipoGeneracion": 1}, "006"),
    ],
)
def test_a_wrong_reference_is_refused(
    merchant: Merchant, note: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    told, _ = refusal(merchant, about(merchant, stamped_note(merchant, **note), **changes))

    assert told == code


def test_a_date_that_is_not_the_related_documents_is_027(merchant: Merchant) -> None:
    note = stamped_note(merchant)
    day = date.fromisoformat(note.issued_on) - timedelta(days=1)
    document = about(merchant, note, fechaEmision=day.isoformat())
    if day.month != date.fromisoformat(note.issued_on).month:
        document["identificacion"]["fecEmi"] = note.issued_on

    assert refusal(merchant, document) == (
        "027",
        "[documentoRelacionado.fechaEmision] DATO NO COINCIDE CON DTE",
    )


def test_every_line_names_one_of_the_related_documents(merchant: Merchant) -> None:
    document = about(merchant, stamped_note(merchant))

    assert refusal(merchant, changed(document, "cuerpoDocumento.0.numeroDocumento", None))[0] == "005"
    assert refusal(merchant, changed(document, "cuerpoDocumento.0.numeroDocumento", "otro"))[0] == "014"
    twice = deepcopy(document)
    twice["documentoRelacionado"] *= 2
    assert refusal(merchant, twice)[0] == "025"


def test_a_paper_document_needs_no_seal(merchant: Merchant) -> None:
    note = stamped_note(merchant)

    assert merchant.send(about(merchant, note, tipoGeneracion=1, numeroDocumento="123")).status_code == 200


def test_a_third_party_and_a_doctor_are_taken(merchant: Merchant) -> None:
    third = {"nit": CUSTOMER_NIT, "nombre": "MANDANTE", "codDomiciliado": 1}

    assert merchant.send(merchant.invoice(ventaTercero=third)).status_code == 200
    assert merchant.send(merchant.invoice(otrosDocumentos=[MEDICAL, PAPER])).status_code == 200
    own = third | {"nit": merchant.nit}
    assert refusal(merchant, merchant.invoice(ventaTercero=own))[1] == "[ventaTercero.nit] VALOR NO PERMITIDO"


def test_credit_terms_are_taken_whole(merchant: Merchant) -> None:
    document = changed(merchant.invoice(), "resumen.condicionOperacion", 2)
    document["resumen"]["pagos"][0] |= {"codigo": "13", "plazo": "01", "periodo": 30}

    assert merchant.send(document).status_code == 200
    mixed = changed(merchant.invoice(), "resumen.condicionOperacion", 3)
    mixed["resumen"]["pagos"][0]["plazo"] = "01"
    assert refusal(merchant, mixed)[1] == "[resumen.pagos.periodo] DEBE PROPORCIONAR UN VALOR"


def test_an_invoice_may_leave_its_payments_out(merchant: Merchant) -> None:
    assert merchant.send(changed(merchant.invoice(), "resumen.pagos", None)).status_code == 200


def test_foreign_receivers_have_the_foreign_place(merchant: Merchant) -> None:
    abroad = ADDRESS | {"departamento": "00", "municipio": "00", "distrito": "00"}
    receiver = CONSUMER | {"tipoDocumento": "03", "numDocumento": "A-123", "direccion": abroad}

    assert merchant.send(merchant.invoice(receptor=receiver)).status_code == 200
