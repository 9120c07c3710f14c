from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from hacienda.sandbox.elsalvador.schema import Number, Record, Rows, Text, schema_faults
from tests.sandbox.merchant import Merchant, changed

CONSUMER = {
    "tipoDocumento": None,
    "numDocumento": None,
    "nrc": None,
    "nombre": "CLIENTE",
    "codActividad": None,
    "descActividad": None,
    "direccion": {"departamento": "06", "municipio": "23", "distrito": "14", "complemento": "Calle 1"},
    "telefono": None,
    "correo": None,
}


def observations(merchant: Merchant, document: dict[str, Any]) -> list[str]:
    answer = merchant.send(document)
    body = answer.json()
    assert answer.status_code == 400
    assert (body["codigoMsg"], body["clasificaMsg"]) == ("096", "98"), body
    assert body["descripcionMsg"] == "DOCUMENTO NO CUMPLE ESQUEMA JSON"
    return list(body["observaciones"])


def test_a_wrong_place_is_repeated_for_every_part_that_may_be_null(merchant: Merchant) -> None:
    document = merchant.invoice(receptor=CONSUMER)
    document = changed(document, "receptor.direccion.departamento", "99")

    assert observations(merchant, document) == [
        "Campo #/receptor/direccion/departamento no cumple el formato requerido",
        "Campo #/receptor/direccion contiene un valor inválido",
        "Campo #/receptor contiene un valor inválido",
    ]


def test_all_faults_come_at_once_in_haciendas_wording(merchant: Merchant) -> None:
    document = changed(merchant.invoice(), "resumen.pagos.0.periodo", 0)
    document = changed(document, "cuerpoDocumento", [])

    assert observations(merchant, document) == [
        "Campo #/Cuerpodocumento no cumple el mínimo requerido de cantidad de ítems",
        "Campo #/resumen/pagos/0/periodo no cumple el mínimo  exclusivo",
        "Campo #/resumen/pagos/0/periodo contiene un valor inválido",
        "Campo #/resumen/pagos contiene un valor inválido",
    ]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("emisor.direccion.distrito", "", "#/emisor/direccion/distrito no cumple el formato requerido"),
        ("emisor.direccion.municipio", "14", "#/emisor/direccion/municipio no cumple el formato requerido"),
        ("emisor.direccion.departamento", "00", "#/emisor/direccion/departamento no cumple el formato"),
        ("emisor.correo", "a@b.c", "#/emisor/correo no cumple el formato requerido"),
        ("emisor.nit", 6140101010019, "#/emisor/nit contiene un valor inválido"),
        ("emisor.apodo", "x", "#/emisor/apodo contiene un valor inválido"),
        ("identificacion.fecEmi", "2026-02-30", "#/identificacion/fecEmi no cumple el formato requerido"),
        ("identificacion.horEmi", "24:00:00", "#/identificacion/horEmi no cumple el formato requerido"),
        ("identificacion.tipoMoneda", "EUR", "#/identificacion/tipoMoneda contiene un valor inválido"),
        ("identificacion.tipoModelo", 3, "#/identificacion/tipoModelo contiene un valor inválido"),
        ("identificacion.tipoOperacion", True, "#/identificacion/tipoOperacion contiene un valor inválido"),
        (
            "identificacion.numeroControl",
            "DTE-01-X001P001-000000000000001",
            "#/identificacion/numeroControl no cumple el formato requerido",
        ),
        ("cuerpoDocumento.0.cantidad", 0, "#/Cuerpodocumento/0/cantidad no cumple el mínimo  exclusivo"),
        ("cuerpoDocumento.0.montoDescu", -1, "0/montoDescu no cumple el valor mínimo  requerido"),
        ("cuerpoDocumento.0.precioUni", 0.123456789, "#/Cuerpodocumento/0/precioUni contiene un valor"),
        ("cuerpoDocumento.0.tributos", [], "0/tributos no cumple el mínimo requerido de cantidad de ítems"),
        ("cuerpoDocumento.0.tributos", ["D1", "D1"], "#/Cuerpodocumento/0/tributos contiene un valor"),
        ("resumen.totalPagar", 11.301, "#/resumen/totalPagar contiene un valor inválido"),
        ("resumen.totalPagar", "11.30", "#/resumen/totalPagar contiene un valor inválido"),
        ("resumen.observaciones", "x" * 3001, "#/resumen/observaciones no cumple el formato requerido"),
        ("apendice", [{"campo": "a"}], "#/apendice/0/etiqueta contiene un valor inválido"),
    ],
)
def test_a_value_outside_the_form_is_named(merchant: Merchant, path: str, value: Any, fault: str) -> None:
    found = observations(merchant, changed(merchant.invoice(), path, value))

    assert any(fault in one for one in found), found


def test_a_key_left_out_is_a_fault_even_where_null_is_allowed(merchant: Merchant) -> None:
    document = merchant.invoice()
    del document["apendice"]

    assert observations(merchant, document) == ["Campo #/apendice contiene un valor inválido"]


def test_an_emitter_without_nit_is_told_by_the_schema(merchant: Merchant) -> None:
    document = merchant.invoice()
    del document["emisor"]["nit"]

    assert observations(merchant, document) == ["Campo #/emisor/nit contiene un valor inválido"]


def test_a_district_is_taken_under_either_half_of_cabanas(merchant: Merchant) -> None:
    for municipality in ("10", "11"):
        document = merchant.invoice(receptor=changed(CONSUMER, "direccion.departamento", "09"))
        document["receptor"]["direccion"] |= {"municipio": municipality, "distrito": "03"}
        assert merchant.send(document).status_code == 200


def test_decimal_places_do_not_count_trailing_zeros() -> None:
    cents = Number(places=2)

    for fine in ("4", "4.00", "4.000000000", "1E+3", "0.000000", "-1.10"):
        assert schema_faults(cents, Decimal(fine)) == []
    for refused in ("0.001", "1.005", "1E-9", "1E-999999"):
        assert schema_faults(cents, Decimal(refused)) == ["Campo # contiene un valor inválido"]


def test_an_optional_key_may_be_left_out_and_no_other() -> None:
    form = Record(fields={"a": Text(), "b": Rows(item=Text(), high=1)}, optional=frozenset({"a"}))

    assert schema_faults(form, {"b": ["x"]}) == []
    assert schema_faults(form, {"a": "x"}) == ["Campo #/b contiene un valor inválido"]
    assert schema_faults(form, {"b": ["x", "y"]}) == ["Campo #/b contiene un valor inválido"]
    assert schema_faults(form, []) == ["Campo # contiene un valor inválido"]
