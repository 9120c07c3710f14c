from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.sandbox.merchant import OTHER_NIT, UNKNOWN_CODE, Merchant, changed, new_code, sign
from tests.sandbox.test_rules import NAMED, stamped_note

FIELDS = [
    "version",
    "ambiente",
    "versionApp",
    "estado",
    "codigoGeneracion",
    "selloRecibido",
    "fhProcesamiento",
    "codigoMsg",
    "descripcionMsg",
    "observaciones",
]


def refusal(merchant: Merchant, event: dict[str, Any]) -> str:
    answer = merchant.annul(event)
    body = answer.json()
    assert answer.status_code == 400, body
    assert list(body) == FIELDS
    assert body["fhProcesamiento"] is None
    assert body["observaciones"] == []
    assert body["selloRecibido"] is None
    return f"{body['codigoMsg']} {body['descripcionMsg']}"


def test_an_invalidation_gets_its_own_seal_and_flips_the_state(merchant: Merchant) -> None:
    document = merchant.invoice()
    stamp = merchant.accepted(document)
    event = merchant.invalidation(document, stamp)
    answer = merchant.annul(event)

    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == FIELDS
    assert (body["estado"], body["codigoMsg"], body["versionApp"]) == ("PROCESADO", "001", 1)
    assert body["descripcionMsg"] == "Invalidación Recibida y Procesada"
    assert body["observaciones"] is None
    assert body["codigoGeneracion"] == event["identificacion"]["codigoGeneracion"]
    assert len(body["selloRecibido"]) == 40
    assert body["selloRecibido"] != stamp
    assert merchant.ask(document).json()["selloRecibido"] == stamp
    again = merchant.invalidation(document, stamp)
    assert refusal(merchant, again) == "015 [documento.codigoGeneracion] DTE SE ENCUENTRA INVALIDADO"


def test_an_event_is_taken_once(merchant: Merchant) -> None:
    document = merchant.invoice()
    event = merchant.invalidation(document, merchant.accepted(document))
    merchant.annul(event)

    assert refusal(merchant, event).startswith("004 [identificacion.codigoGeneracion]")


def test_the_receiver_is_copied_as_it_stands(merchant: Merchant) -> None:
    named, taxpayer = merchant.invoice(receptor=NAMED), merchant.tax_credit()
    for document in (named, taxpayer):
        event = merchant.invalidation(document, merchant.accepted(document))
        assert refusal(merchant, changed(event, "documento.nombre", "OTRO")).startswith("027")
        assert refusal(merchant, changed(event, "documento.numDocumento", None)).startswith("027")
        assert merchant.annul(event).status_code == 200


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("documento.codigoGeneracion", UNKNOWN_CODE, "014 [documento.codigoGeneracion]"),
        ("documento.selloRecibido", "A" * 40, "027 [documento.selloRecibido]"),
        ("documento.numeroControl", "DTE-03-M001P001-" + "9" * 15, "027 [documento.numeroControl]"),
        ("documento.numeroControl", None, "027 [documento.numeroControl]"),
        ("documento.fecEmi", "2020-01-01", "027 [documento.fecEmi]"),
        ("documento.tipoDte", "01", "027 [documento.tipoDte]"),
        ("emisor.codEstableMH", "M002", "027 [emisor.codEstableMH]"),
        ("identificacion.fecEmi", "2020-01-01", "027 [identificacion.fecEmi] DATO NO COINCIDE CON DTE"),
        ("motivo.tipoAnulacion", 4, "003 [motivo.tipoAnulacion]"),
        ("motivo.tipoAnulacion", 1, "005 [documento.codigoGeneracionR]"),
        ("motivo.tipoAnulacion", 3, "005 [motivo.motivoAnulacion]"),
        ("documento.codigoGeneracionR", UNKNOWN_CODE, "024 [documento.codigoGeneracionR]"),
        ("motivo.nombreSolicita", "  ", "005 [motivo.nombreSolicita]"),
        ("motivo.tipDocResponsable", "99", "003 [motivo.tipDocResponsable]"),
        ("motivo.numDocSolicita", "12", "006 [motivo.numDocSolicita]"),
    ],
)
def test_an_event_that_breaks_a_rule_is_told_which(merchant: Merchant, path: str, value: Any, told: str) -> None:
    document = merchant.tax_credit()
    event = merchant.invalidation(document, merchant.accepted(document))

    assert refusal(merchant, changed(event, path, value)).startswith(told)
    assert merchant.annul(event).status_code == 200


def test_an_error_needs_a_sealed_replacement_of_the_same_emitter_and_type(merchant: Merchant) -> None:
    wrong, right, credit = merchant.invoice(), merchant.invoice(), merchant.tax_credit()
    stamp = merchant.accepted(wrong)
    merchant.accepted(credit)
    event = merchant.invalidation(wrong, stamp, motivo={"tipoAnulacion": 1})

    def told(replacement: dict[str, Any]) -> str:
        code = replacement["identificacion"]["codigoGeneracion"]
        return refusal(merchant, changed(event, "documento.codigoGeneracionR", code))[:33]

    assert told(right) == "014 [documento.codigoGeneracionR]"
    assert told(wrong) == "007 [documento.codigoGeneracionR]"
    assert told(credit) == "027 [documento.codigoGeneracionR]"
    merchant.accepted(right)
    event["documento"]["codigoGeneracionR"] = right["identificacion"]["codigoGeneracion"]
    assert merchant.annul(event).status_code == 200


def test_an_invalidated_document_replaces_nothing(merchant: Merchant) -> None:
    first, second = merchant.invoice(), merchant.invoice()
    stamp = merchant.accepted(first)
    assert merchant.annul(merchant.invalidation(second, merchant.accepted(second))).status_code == 200
    event = merchant.invalidation(first, stamp, motivo={"tipoAnulacion": 3, "motivoAnulacion": "Cambio"})
    event["documento"]["codigoGeneracionR"] = second["identificacion"]["codigoGeneracion"]

    assert refusal(merchant, event).startswith("015 [documento.codigoGeneracionR]")


def test_a_credit_note_is_never_replaced(merchant: Merchant) -> None:
    note = stamped_note(merchant, kind="05", number=f"DTE-05-M001P001-{1:015d}")
    document = merchant.invoice()
    document["identificacion"] |= {
        "tipoDte": "05",
        "numeroControl": note.number,
        "codigoGeneracion": note.code,
    }
    event = merchant.invalidation(document, note.stamp, motivo={"tipoAnulacion": 1})
    event["documento"] |= {
        "tipoDocumento": "36",
        "numDocumento": "06149999999999",
        "nombre": "CLIENTE",
        "codigoGeneracionR": new_code(),
    }

    assert refusal(merchant, event).startswith("024 [documento.codigoGeneracionR]")
    event["documento"]["codigoGeneracionR"] = None
    assert merchant.annul(event).status_code == 200


def test_a_document_with_a_living_adjustment_stands(merchant: Merchant) -> None:
    document = merchant.tax_credit()
    stamp = merchant.accepted(document)
    note = stamped_note(merchant, kind="05", number=f"DTE-05-M001P001-{2:015d}")
    other = replace(note, code=new_code(), number=f"DTE-05-M001P001-{3:015d}")
    merchant.sandbox.store.accept(other, [document["identificacion"]["codigoGeneracion"]])
    event = merchant.invalidation(document, stamp)

    assert refusal(merchant, event) == ("028 [documento.codigoGeneracion] DTE SE ENCUENTRA RELACIONADO A OTRO DTE")


def test_an_invalidated_adjustment_holds_nothing_back(merchant: Merchant) -> None:
    document = merchant.tax_credit()
    stamp = merchant.accepted(document)
    gone = stamped_note(
        merchant, kind="05", number=f"DTE-05-M001P001-{4:015d}", invalidated_at=merchant.now().isoformat()
    )
    other = replace(gone, code=new_code(), number=f"DTE-05-M001P001-{5:015d}")
    merchant.sandbox.store.accept(other, [document["identificacion"]["codigoGeneracion"]])

    assert merchant.annul(merchant.invalidation(document, stamp)).status_code == 200


def test_an_invoice_may_be_invalidated_for_three_months(merchant: Merchant) -> None:
    with time_machine.travel("2025-11-30T10:00:00-06:00", tick=False) as clock:
        document = merchant.invoice()
        stamp = merchant.accepted(document)
        early = merchant.invalidation(document, stamp)
        early["identificacion"]["fecEmi"] = "2025-11-29"
        assert refusal(merchant, early).startswith("017 [identificacion.fecEmi]")
        ahead = changed(early, "identificacion.fecEmi", "2025-12-01")
        assert refusal(merchant, ahead).startswith("017 [identificacion.fecEmi]")
        clock.move_to("2026-03-01T00:00:00-06:00")
        merchant._token = ""
        event = merchant.invalidation(document, stamp)
        assert refusal(merchant, event).startswith("018 [identificacion.fecEmi]")
        late = changed(event, "identificacion.fecEmi", "2026-03-01")
        assert refusal(merchant, late).startswith("017 [identificacion.fecEmi]")
        clock.move_to("2026-02-28T23:59:59-06:00")
        assert merchant.annul(changed(event, "identificacion.fecEmi", "2026-02-28")).status_code == 200


@pytest.mark.parametrize(
    ("sealed", "last_second"),
    [
        ("2026-03-19", "2026-04-20T23:59:59"),
        ("2026-04-25", "2026-05-15T23:59:59"),
        ("2025-10-31", "2025-11-14T23:59:59"),
    ],
)
def test_a_tax_credit_may_be_invalidated_until_the_tenth_working_day(
    merchant: Merchant, sealed: str, last_second: str
) -> None:
    with time_machine.travel(f"{sealed}T10:00:00-06:00", tick=False) as clock:
        document = merchant.tax_credit()
        event = merchant.invalidation(document, merchant.accepted(document))
        clock.move_to(f"{last_second}-06:00")
        clock.shift(1)
        merchant._token = ""
        assert refusal(merchant, event).startswith("018 [identificacion.fecEmi]")
        clock.shift(-1)
        merchant._token = ""
        assert merchant.annul(event).status_code == 200


def test_another_taxpayers_document_is_not_invalidated(merchant: Merchant, other_key: rsa.RSAPrivateKey) -> None:
    document = merchant.invoice()
    stamp = merchant.accepted(document)
    other = Merchant(merchant.sandbox, other_key, OTHER_NIT)
    other.register()

    assert refusal(other, other.invalidation(document, stamp)).startswith("008 [documento.codigoGeneracion]")
    own = merchant.invalidation(document, stamp)
    body = {"ambiente": "00", "idEnvio": 1, "version": 3, "documento": sign(merchant.key, own)}
    told = other.post("/fesv/anulardte", body).json()
    assert told["descripcionMsg"] == "[emisor.nit] NO PERTENECE AL CONTRIBUYENTE"


def test_an_event_is_checked_in_haciendas_order(merchant: Merchant, other_key: rsa.RSAPrivateKey) -> None:
    document = merchant.invoice()
    event = merchant.invalidation(document, merchant.accepted(document))

    assert merchant.annul(event, idEnvio="1").json()["codigoMsg"] == "094"
    forged = merchant.annul(event, documento=sign(other_key, event)).json()
    assert (forged["codigoMsg"], forged["descripcionMsg"]) == ("802", "No valido")
    assert "clasificaMsg" not in forged
    assert merchant.annul(event, ambiente="01").json()["codigoMsg"] == "007"
    assert merchant.annul(event, documento=sign(merchant.key, b"[1]")).json()["codigoMsg"] == "098"
    unknown = changed(event, "identificacion.version", 1)
    assert merchant.annul(unknown, version=1).json()["observaciones"] == [
        "Campo #/identificacion/version contiene un valor inválido"
    ]
    bad = changed(event, "motivo.numDocSolicita", "")
    assert merchant.annul(bad).json()["observaciones"] == [
        "Campo #/motivo/numDocSolicita no cumple el formato requerido"
    ]
