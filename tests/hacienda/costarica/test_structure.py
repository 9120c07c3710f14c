from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from hacienda.costarica.structure import CODE, TEXT, TREES, has, problem, problems
from tests.hacienda.costarica.made import INVOICE, PURCHASE, prepared

D = Decimal
LINE = "DetalleServicio/LineaDetalle"


def changed(body: Mapping[str, Any], path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of a body with another value at one place; None takes it away."""
    first, *rest = path
    if isinstance(body, list):
        return [changed(one, tuple(rest), value) if place == first else one for place, one in enumerate(body)]
    return {**body, str(first): changed(body.get(str(first), {}), tuple(rest), value) if rest else value}


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (("ProveedorSistemas",), "1" * 21, "too_long"),
        (("CodigoActividadEmisor",), "62010", "too_short"),
        (("Emisor",), None, "required"),
        (("Emisor", "Ubicacion", "Canton"), "1", "digits_needed"),
        (("Emisor", "Ubicacion", "Canton"), "00", "digits_needed"),
        (("Emisor", "Telefono", "NumTelefono"), "99", "out_of_range"),
        (("Emisor", "CorreoElectronico"), [], "required"),
        (("Receptor", "Identificacion", "Tipo"), "07", "unknown_code"),
        (("Receptor", "Apodo"), "x", "not_allowed"),
        (("PlazoCredito",), "-1", "out_of_range"),
        (("PlazoCredito",), "100000", "out_of_range"),
        (("DetalleServicio", "LineaDetalle", 0, "NumeroLinea"), "0", "out_of_range"),
        (("DetalleServicio", "LineaDetalle", 0, "Cantidad"), D("0.0001"), "too_many_decimals"),
        (("DetalleServicio", "LineaDetalle", 0, "MontoTotal"), D(-1), "must_not_be_negative"),
        (("DetalleServicio", "LineaDetalle", 0, "MontoTotal"), D(10) ** 13, "too_large"),
        (("DetalleServicio", "LineaDetalle", 0, "MontoTotal"), D("NaN"), "not_a_number"),
        (("DetalleServicio", "LineaDetalle", 0, "UnidadMedida"), "unid", "unknown_code"),
        (("DetalleServicio", "LineaDetalle", 0, "Detalle"), "abc\x00", "control_characters"),
        (("ResumenFactura", "MedioPago"), [{}] * 5, "too_many"),
        (("Otros",), {"OtroTexto": [{CODE: "a", TEXT: "x" * 501}]}, "too_long"),
    ],
)
def test_what_breaks_the_structure_is_told_at_its_place(path: tuple[str | int, ...], value: Any, code: str) -> None:
    body = prepared(INVOICE).body
    assert list(problems("01", body)) == []
    found = {(where[: len(path)], problem[0]) for where, problem in problems("01", changed(body, path, value))}
    assert found == {(path, code)}


def test_the_identification_is_judged_once_it_is_there() -> None:
    body = {**prepared(INVOICE).body, "Clave": "x", "NumeroConsecutivo": "1", "FechaEmision": "ayer"}
    assert list(problems("01", body)) == []
    assert {(where[0], problem[0]) for where, problem in problems("01", body, identified=True)} == {
        ("Clave", "clave_invalid"),
        ("NumeroConsecutivo", "digits_needed"),
        ("FechaEmision", "time_zone_required"),
    }


def test_types_differ_in_what_they_have() -> None:
    assert has("01", f"{LINE}/TipoTransaccion")
    assert not has("04", f"{LINE}/TipoTransaccion")
    assert not has("10", "Otros")
    assert problem("09", f"{LINE}/BaseImponible", None) is None
    assert problem("01", f"{LINE}/BaseImponible", None) == ("required", {})
    assert set(TREES) == {"01", "02", "03", "04", "08", "09", "10"}


def test_a_body_of_another_type_does_not_fit() -> None:
    assert {where[0] for where, _problem in problems("01", prepared(PURCHASE).body)} == {
        "CodigoActividadEmisor",
        "Emisor",
        "DetalleServicio",
    }
