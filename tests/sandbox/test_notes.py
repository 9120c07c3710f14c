"""Credit and debit notes (05, 06) at the sandbox's reception, and what they leave of the document."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.merchant import CUSTOMER_NIT, UNKNOWN_CODE, Merchant, changed, new_code
from tests.sandbox.other_documents import IVA_ROW, all_changed, fresh, note, withholding, withholding_note
from tests.sandbox.test_rules import field_of, refusal

NOTES = ["05", "06"]


def sealed_sale(merchant: Merchant, **summary: Any) -> dict[str, Any]:
    sale = merchant.tax_credit()
    sale["resumen"] |= summary
    merchant.accepted(sale)
    return sale


@pytest.mark.parametrize("kind", NOTES)
def test_a_note_on_a_sealed_sale_is_sealed(merchant: Merchant, kind: str) -> None:
    assert merchant.send(note(merchant, kind, sealed_sale(merchant))).json()["codigoMsg"] == "001"


@pytest.mark.parametrize("kind", NOTES)
@pytest.mark.parametrize(
    ("path", "value", "code", "field"),
    [
        ("documentoRelacionado.0.tipoDocumento", "01", "007", "documentoRelacionado.tipoDocumento"),
        ("documentoRelacionado.0.numeroDocumento", UNKNOWN_CODE, "014", "cuerpoDocumento.1.numeroDocumento"),
        ("documentoRelacionado.0.fechaEmision", "2020-01-01", "018", "documentoRelacionado.fechaEmision"),
        ("receptor.tipoDocumento", "13", "006", "receptor.numDocumento"),
        ("receptor.tipoDocumento", "03", "007", "receptor.tipoDocumento"),
        ("receptor.numDocumento", "06140000000001", "026", "receptor"),
        ("resumen.totalIva", 1.3, "020", "resumen.totalIva"),
        ("cuerpoDocumento.0.totalIva", 1.3, "020", "cuerpoDocumento.1.totalIva"),
        ("resumen.codigoRetencionMH", "22", "024", "resumen.codigoRetencionMH"),
        ("resumen.condicionOperacion", 5, "003", "resumen.condicionOperacion"),
        ("cuerpoDocumento.0.montoDescu", 1, "020", "Cuerpodocumento.item.1"),
        ("cuerpoDocumento.0.tributos", None, "005", "cuerpoDocumento.1.tributos"),
        ("cuerpoDocumento.0.ivaRete", 0.2, "020", "cuerpoDocumento.1.ivaRete"),
        ("cuerpoDocumento.0.ivaPerci", 0.2, "020", "cuerpoDocumento.1.ivaPerci"),
        ("resumen.ivaRete", 0.1, "020", "resumen.ivaRete"),
        ("resumen.totalDescu", 1, "020", "resumen.totalDescu"),
        ("resumen.tributos.0.valor", 1.5, "020", "resumen.tributos"),
        ("resumen.tributos", [IVA_ROW | {"valor": 1.3}, IVA_ROW | {"codigo": "59"}], "024", "resumen.tributos"),
        ("resumen.montoTotalOperacion", 10, "020", "resumen.montoTotalOperacion"),
        ("resumen.totalPagar", 10, "020", "resumen.totalPagar"),
    ],
)
def test_a_note_that_breaks_a_rule_is_told_which(
    merchant: Merchant, kind: str, path: str, value: Any, code: str, field: str
) -> None:
    told, text = refusal(merchant, changed(note(merchant, kind, sealed_sale(merchant)), path, value))

    assert (told, field_of(text)) == (code, field)


def test_a_note_needs_its_sale_sealed_and_standing(merchant: Merchant) -> None:
    sale = merchant.tax_credit()
    credit = note(merchant, "05", sale)

    assert refusal(merchant, credit) == (
        "014",
        "[documentoRelacionado.numeroDocumento] NO EXISTE UN REGISTRO CON ESTE DATO",
    )
    stamp = merchant.accepted(sale)
    assert merchant.annul(merchant.invalidation(sale, stamp)).status_code == 200
    assert refusal(merchant, credit)[0] == "015"


def test_every_related_document_is_used_by_a_line(merchant: Merchant) -> None:
    credit = note(merchant, "05", sealed_sale(merchant), sealed_sale(merchant))
    first = credit["documentoRelacionado"][0]["numeroDocumento"]

    unused = changed(credit, "cuerpoDocumento.1.numeroDocumento", first)
    assert refusal(merchant, unused)[1] == "[documentoRelacionado.numeroDocumento] FALTAN DATOS PARA VALIDAR"
    assert merchant.send(credit).status_code == 200


def test_credits_do_not_exceed_what_was_sold(merchant: Merchant) -> None:
    sale = sealed_sale(merchant)
    first, second = (note(merchant, "05", sale, price=60) for _ in range(2))
    stamp = merchant.accepted(first)

    assert refusal(merchant, second) == (
        "016",
        "[cuerpoDocumento.ventaGravada] MONTO ES MAYOR AL DEL DOCUMENTO RELACIONADO",
    )
    assert merchant.send(note(merchant, "05", sale, price=40)).status_code == 200
    assert refusal(merchant, note(merchant, "05", sale, price=1))[0] == "016"
    # A debit adds; a credit that was invalidated takes nothing.
    assert merchant.send(note(merchant, "06", sale, price=500)).status_code == 200
    assert merchant.annul(merchant.invalidation(first, stamp)).status_code == 200
    assert merchant.send(second).status_code == 200


def test_a_global_discount_is_not_given_back(merchant: Merchant) -> None:
    sale = merchant.tax_credit()
    sale["resumen"] |= {"descuGravada": 10, "totalDescu": 10, "subTotal": 90, "montoTotalOperacion": 101.7}
    sale["resumen"] |= {"totalPagar": 101.7}
    sale["resumen"]["tributos"][0]["valor"] = 11.7
    sale["resumen"]["pagos"][0]["montoPago"] = 101.7
    merchant.accepted(sale)

    assert refusal(merchant, note(merchant, "05", sale, price=95))[0] == "016"
    assert merchant.send(note(merchant, "05", sale, price=90)).status_code == 200


def test_another_class_than_was_sold_is_not_given_back(merchant: Merchant) -> None:
    credit = all_changed(
        note(merchant, "05", sealed_sale(merchant)),
        {
            "cuerpoDocumento.0.ventaGravada": 0,
            "cuerpoDocumento.0.ventaExenta": 10,
            "cuerpoDocumento.0.tributos": None,
            "resumen.totalGravada": 0,
            "resumen.totalExenta": 10,
            "resumen.tributos": None,
            "resumen.montoTotalOperacion": 10,
            "resumen.totalPagar": 10,
        },
    )

    assert refusal(merchant, credit)[1].startswith("[cuerpoDocumento.ventaExenta] MONTO")


@pytest.mark.parametrize("kind", NOTES)
def test_what_the_buyer_withheld_is_adjusted_with_the_sale(merchant: Merchant, kind: str) -> None:
    sale = sealed_sale(merchant, ivaRete=1, totalPagar=112)
    plain = note(merchant, kind, sale)
    withheld = all_changed(
        plain, {"cuerpoDocumento.0.ivaRete": 0.1, "resumen.ivaRete": 0.1, "resumen.totalPagar": 11.2}
    )

    assert refusal(merchant, plain) == ("020", "[cuerpoDocumento.1.ivaRete] CALCULO INCORRECTO")
    assert merchant.send(withheld).status_code == 200
    code = sealed_sale(merchant)["identificacion"]["codigoGeneracion"]
    without = all_changed(
        fresh(withheld, 9),
        {"documentoRelacionado.0.numeroDocumento": code, "cuerpoDocumento.0.numeroDocumento": code},
    )
    assert refusal(merchant, without) == ("024", "[cuerpoDocumento.1.ivaRete] VALOR EN CAMPO NO APLICA")


def test_the_last_line_takes_the_cents_left_over_of_a_withholding(merchant: Merchant) -> None:
    sale = sealed_sale(merchant, ivaRete=1, totalPagar=112)
    one = note(merchant, "05", sale)["cuerpoDocumento"][0] | {
        "precioUni": 1.49,
        "ventaGravada": 1.49,
        "ivaRete": 0.01,
    }
    credit = note(merchant, "05", sale)
    credit["cuerpoDocumento"] = [one | {"numItem": position} for position in range(1, 11)]
    credit["resumen"] |= {"totalGravada": 14.9, "subTotalVentas": 14.9, "ivaRete": 0.15}
    credit["resumen"] |= {"montoTotalOperacion": 16.84, "totalPagar": 16.69}
    credit["resumen"]["tributos"][0]["valor"] = 1.94
    credit["cuerpoDocumento"][9]["ivaRete"] = 0.06

    assert refusal(merchant, changed(credit, "cuerpoDocumento.4.ivaRete", 0.04))[1].startswith(
        "[cuerpoDocumento.5.ivaRete]"
    )
    assert merchant.send(credit).status_code == 200


def test_a_note_on_paper_needs_no_seal_but_a_buyer_by_nit(merchant: Merchant) -> None:
    sale = merchant.tax_credit()
    printed = {"documentoRelacionado.0.tipoGeneracion": 1, "documentoRelacionado.0.numeroDocumento": "55"}
    printed |= {"cuerpoDocumento.0.numeroDocumento": "55"}

    assert merchant.send(all_changed(note(merchant, "05", sale), printed)).status_code == 200


def test_an_absorbed_company_is_spoken_for(merchant: Merchant) -> None:
    sale = sealed_sale(merchant)
    sandbox = merchant.sandbox.store
    document = sandbox.document("00", sale["identificacion"]["codigoGeneracion"])
    assert document is not None
    absorbed = new_code()
    moved = {"code": absorbed, "nit": "06149999999990", "number": "DTE-03-M001P001-" + "9" * 15}
    sandbox.accept(type(document)(**{name: getattr(document, name) for name in document.__slots__} | moved))
    credit = all_changed(
        note(merchant, "05", sale),
        {"documentoRelacionado.0.numeroDocumento": absorbed, "cuerpoDocumento.0.numeroDocumento": absorbed},
    )

    assert refusal(merchant, credit)[0] == "008"
    assert merchant.send(changed(credit, "identificacion.fusion", "0" * 14)).json()["codigoMsg"] == "096"
    assert merchant.send(changed(credit, "identificacion.fusion", "06149999999990")).status_code == 200


# Notes on a withholding


def sealed_withholding(merchant: Merchant) -> dict[str, Any]:
    document = withholding(merchant)
    merchant.accepted(document)
    return document


def test_a_withholding_is_adjusted_by_a_note_that_sells_nothing(merchant: Merchant) -> None:
    withheld = sealed_withholding(merchant)

    assert merchant.send(withholding_note(merchant, withheld)).json()["codigoMsg"] == "001"
    # By the formula for sales nothing is to be paid: the reference has both.
    assert (
        merchant.send(changed(withholding_note(merchant, withheld, 0.2), "resumen.totalPagar", 0)).status_code == 200
    )
    assert refusal(merchant, withholding_note(merchant, withheld, 0.4)) == (
        "016",
        "[cuerpoDocumento.ivaRete] MONTO ES MAYOR AL DEL DOCUMENTO RELACIONADO",
    )


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"resumen.codigoRetencionMH": None}, "005", "resumen.codigoRetencionMH"),
        ({"resumen.codigoRetencionMH": "99"}, "003", "resumen.codigoRetencionMH"),
        ({"resumen.codigoRetencionMH": "C4"}, "024", "cuerpoDocumento.1.ivaRete"),
        ({"cuerpoDocumento.0.ivaRete": 0}, "005", "cuerpoDocumento.1.ivaRete"),
        ({"cuerpoDocumento.0.cantidad": 2}, "003", "cuerpoDocumento.1.cantidad"),
        ({"cuerpoDocumento.0.precioUni": 2}, "020", "Cuerpodocumento.item.1"),
        ({"cuerpoDocumento.0.ventaExenta": 2}, "024", "cuerpoDocumento.1.ventaExenta"),
        ({"cuerpoDocumento.0.ivaPerci": 1}, "024", "cuerpoDocumento.1.ivaPerci"),
        ({"cuerpoDocumento.0.tributos": ["20"]}, "024", "cuerpoDocumento.1.tributos"),
        ({"resumen.totalPagar": 3}, "020", "resumen.totalPagar"),
    ],
)
def test_a_note_on_a_withholding_that_breaks_a_rule_is_told_which(
    merchant: Merchant, changes: dict[str, Any], code: str, field: str
) -> None:
    told, text = refusal(merchant, all_changed(withholding_note(merchant, sealed_withholding(merchant)), changes))

    assert (told, field_of(text)) == (code, field)


# Invalidation


@pytest.mark.parametrize("kind", NOTES)
def test_a_sale_with_a_living_note_is_not_invalidated(merchant: Merchant, kind: str) -> None:
    sale = merchant.tax_credit()
    stamp = merchant.accepted(sale)
    adjusting = note(merchant, kind, sale)
    other = merchant.accepted(adjusting)

    assert merchant.annul(merchant.invalidation(sale, stamp)).json()["codigoMsg"] == "028"
    event = merchant.invalidation(adjusting, other)
    assert event["documento"]["numDocumento"] == CUSTOMER_NIT
    assert merchant.annul(event).status_code == 200
    assert merchant.annul(merchant.invalidation(sale, stamp)).status_code == 200
