from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.hacienda.sandbox.costarica.taxpayer import Document, Taxpayer, changed, codes, line, summary

REFERENCE = "InformacionReferencia.0"
EXCEEDED, UNKNOWN, DIFFERENT, INCOMPLETE = ["-454"], ["-451"], "-488", ["-509"]


def over(note: Document, *lines: Document) -> Document:
    """The note over other lines."""
    return note | {"DetalleServicio": {"LineaDetalle": list(lines)}, "ResumenFactura": summary(lines)}


@pytest.fixture
def sold(taxpayer: Taxpayer) -> Document:
    """An accepted invoice of 2 x 500.5."""
    return taxpayer.accepted(taxpayer.document())


@pytest.mark.parametrize("why", ["01", "13"])
def test_a_note_voids_a_document_once(taxpayer: Taxpayer, sold: Document, why: str) -> None:
    taxpayer.accepted(taxpayer.note(sold, why=why))

    assert codes(taxpayer.refused(taxpayer.note(sold, why=why))) == EXCEEDED


def test_what_voids_is_over_everything(taxpayer: Taxpayer, sold: Document) -> None:
    half = over(taxpayer.note(sold), line(quantity="1"))

    assert codes(taxpayer.refused(half)) == EXCEEDED


def test_notes_together_do_not_exceed_the_document(taxpayer: Taxpayer, sold: Document) -> None:
    taxpayer.accepted(over(taxpayer.note(sold, why="02"), line(quantity="1.5")))
    assert codes(taxpayer.refused(over(taxpayer.note(sold, why="02"), line(quantity="0.6")))) == EXCEEDED
    taxpayer.accepted(over(taxpayer.note(sold, why="01"), line(quantity="0.5")))


def test_a_debit_note_adds_to_what_can_be_credited(taxpayer: Taxpayer, sold: Document) -> None:
    taxpayer.accepted(over(taxpayer.note(sold, "02", "02"), line(quantity="1")))

    taxpayer.accepted(over(taxpayer.note(sold, why="01"), line(quantity="3")))


def test_a_voided_credit_note_gives_the_document_back(taxpayer: Taxpayer, sold: Document) -> None:
    credit = taxpayer.accepted(taxpayer.note(sold))
    part = over(taxpayer.note(credit, "02", "01", of="03"), line(quantity="1"))
    assert codes(taxpayer.refused(part)) == EXCEEDED
    taxpayer.accepted(taxpayer.note(credit, "02", "01", of="03"))
    assert codes(taxpayer.refused(taxpayer.note(credit, "02", "01", of="03"))) == EXCEEDED

    taxpayer.accepted(taxpayer.note(sold))


def test_a_rejected_note_leaves_the_document_as_it_was(taxpayer: Taxpayer, sold: Document) -> None:
    taxpayer.refused(changed(taxpayer.note(sold), "ResumenFactura.TotalVenta", "1"))

    taxpayer.accepted(taxpayer.note(sold))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Receptor.Identificacion.Numero", "3102999999"),
        ("ResumenFactura.CodigoTipoMoneda", {"CodigoMoneda": "USD", "TipoCambio": "500"}),
        ("DetalleServicio.LineaDetalle.0.CodigoCABYS", "8314100000000"),
    ],
)
def test_a_note_is_like_the_document(taxpayer: Taxpayer, sold: Document, path: str, value: Any) -> None:
    assert DIFFERENT in codes(taxpayer.refused(changed(taxpayer.note(sold), path, value)))


def test_a_financial_note_needs_no_goods(taxpayer: Taxpayer, sold: Document) -> None:
    note = changed(taxpayer.note(sold, why="09"), "DetalleServicio.LineaDetalle.0.CodigoCABYS", None)

    taxpayer.accepted(note)
    other = changed(taxpayer.note(sold, why="02"), "DetalleServicio.LineaDetalle.0.CodigoCABYS", None)
    assert codes(taxpayer.refused(other)) == ["-400"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{REFERENCE}.Numero", "FACTURA-1"),
        (f"{REFERENCE}.Codigo", None),
        (f"{REFERENCE}.Razon", "no"),
        (f"{REFERENCE}.TipoDocIR", "16"),
        (f"{REFERENCE}.FechaEmisionIR", "2999-01-01T00:00:00-06:00"),
        (f"{REFERENCE}.FechaEmisionIR", "2010-01-01T00:00:00-06:00"),
    ],
)
def test_a_reference_is_complete(taxpayer: Taxpayer, sold: Document, path: str, value: str | None) -> None:
    assert codes(taxpayer.refused(changed(taxpayer.note(sold), path, value))) == INCOMPLETE


def test_a_note_is_about_what_was_accepted(taxpayer: Taxpayer) -> None:
    rejected = changed(taxpayer.document(), "ResumenFactura.TotalVenta", "1")
    taxpayer.refused(rejected)

    assert codes(taxpayer.refused(taxpayer.note(rejected | {"ResumenFactura": summary([line()])}))) == UNKNOWN


def test_a_note_without_reference_is_not_built_right(taxpayer: Taxpayer, sold: Document) -> None:
    note = taxpayer.note(sold)
    del note["InformacionReferencia"]

    assert codes(taxpayer.refused(note)) == ["-1"]


def replacing(taxpayer: Taxpayer, rejected: Document) -> Document:
    reference = taxpayer.note(rejected, "01", "16", of="10")["InformacionReferencia"]
    return taxpayer.document() | {"InformacionReferencia": reference}


def test_a_rejected_document_is_replaced_by_another(taxpayer: Taxpayer, sold: Document) -> None:
    rejected = changed(taxpayer.document(), "ResumenFactura.TotalVenta", "1")
    taxpayer.refused(rejected)

    taxpayer.accepted(replacing(taxpayer, rejected))
    assert codes(taxpayer.refused(replacing(taxpayer, sold))) == UNKNOWN


# Payment receipts


def receipt(taxpayer: Taxpayer, about: Document, quantity: str) -> Document:
    whole = line(quantity=quantity)
    number = taxpayer.number("10")
    kept = ("NumeroLinea", "Detalle", "MontoTotal", "SubTotal", "Impuesto", "ImpuestoNeto", "MontoTotalLinea")
    total = summary([whole])
    totals = ("CodigoTipoMoneda", "TotalVenta", "TotalVentaNeta", "TotalDesgloseImpuesto", "TotalImpuesto")
    return {
        "Clave": taxpayer.clave(number),
        "ProveedorSistemas": "3101999909",
        "NumeroConsecutivo": number,
        "FechaEmision": taxpayer.now().isoformat(timespec="seconds"),
        "Emisor": {name: about["Emisor"][name] for name in ("Nombre", "Identificacion", "CorreoElectronico")},
        "Receptor": about["Receptor"],
        "CondicionVenta": "09",
        "DetalleServicio": {"LineaDetalle": [{name: whole[name] for name in kept}]},
        "ResumenFactura": {name: total[name] for name in (*totals, "MedioPago", "TotalComprobante")},
        "InformacionReferencia": taxpayer.note(about, "03", "17")["InformacionReferencia"],
    }


def test_payments_together_do_not_exceed_the_document(taxpayer: Taxpayer) -> None:
    owed = taxpayer.document() | {"CondicionVenta": "08"}
    del owed["ResumenFactura"]["MedioPago"]
    taxpayer.accepted(owed)

    taxpayer.accepted(receipt(taxpayer, owed, "1.5"))
    assert codes(taxpayer.refused(receipt(taxpayer, owed, "0.6"))) == EXCEEDED
    taxpayer.accepted(receipt(taxpayer, owed, "0.5"))


def test_a_receipt_is_for_what_is_paid_later(taxpayer: Taxpayer, sold: Document) -> None:
    assert codes(taxpayer.refused(receipt(taxpayer, sold, "1"))) == ["-131"]


def test_a_receipts_total_may_be_without_the_tax(taxpayer: Taxpayer) -> None:
    owed = taxpayer.document() | {"CondicionVenta": "10"}
    del owed["ResumenFactura"]["MedioPago"]
    made = {}
    for name, value in owed.items():
        made[name] = value
        if name == "CondicionVenta":
            made["PlazoCredito"] = "90"
    taxpayer.accepted(made)
    paid = receipt(taxpayer, made, "2")
    sale: Decimal = paid["ResumenFactura"]["TotalVentaNeta"]
    paid["ResumenFactura"] |= {"TotalComprobante": sale, "MedioPago": [{"TipoMedioPago": "04"}]}

    taxpayer.accepted(changed(paid, "CondicionVenta", "11"))


def test_a_payment_s_tax_is_rounded_by_itself(taxpayer: Taxpayer) -> None:
    """Three lines of 0.00003 have no tax to speak of, one payment over them all has 0.00001."""
    owed = taxpayer.with_lines(taxpayer.document(), [line(number, "1", "0.00003") for number in (1, 2, 3)])
    owed = owed | {"CondicionVenta": "08"}
    del owed["ResumenFactura"]["MedioPago"]
    taxpayer.accepted(owed)
    paid = receipt(taxpayer, owed, "1")
    (kept,), totals = paid["DetalleServicio"]["LineaDetalle"], paid["ResumenFactura"]
    whole = line(quantity="1", price="0.00009")
    paid["DetalleServicio"] = {"LineaDetalle": [{name: whole[name] for name in kept}]}
    paid["ResumenFactura"] = {name: summary([whole])[name] for name in totals}

    assert paid["ResumenFactura"]["TotalComprobante"] > owed["ResumenFactura"]["TotalComprobante"]
    taxpayer.accepted(paid)
