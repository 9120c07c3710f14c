"""The forms before Normativa 2.0 of the notes that adjust another document: 05 v3 and 06 v3."""

from __future__ import annotations

from dataclasses import replace

from .blocks import DISCOUNTED, SUMMARY_PLACES, SUMMED, amounts, appendix, positive, signed, text, without
from .catalogues import IVA
from .earlier_blocks import (
    BUYER,
    CONDITION,
    SELLER,
    extension,
    identification,
    line,
    lines,
    related,
    tax_rows,
    taxed,
    third_party,
    withheld_of_nothing,
)
from .schema import Node, Record

NOTES_EMITTER = without(SELLER, "codEstableMH", "codEstable", "codPuntoVentaMH", "codPuntoVenta")
SUMMARY: dict[str, Node] = {
    **amounts(*SUMMED, *DISCOUNTED, "totalDescu", "subTotal", "ivaPerci1", "ivaRete1", "reteRenta"),
    # The word for its bound is misspelt in the file, and so has no effect.
    "subTotalVentas": signed(SUMMARY_PLACES),
    "tributos": tax_rows(),
    "montoTotalOperacion": positive(SUMMARY_PLACES),
    "totalLetras": text(200, 0),
    "condicionOperacion": CONDITION,
}


def _note(kind: str, emitter: Record, **more: Node) -> Record:
    return Record(
        fields={
            "identificacion": identification(kind, 3),
            "documentoRelacionado": related("03", "07", null=False),
            "emisor": emitter,
            "receptor": BUYER,
            "ventaTercero": third_party(),
            "cuerpoDocumento": lines(
                line(numeroDocumento=text(36), descripcion=text(1000, 0, null=True)), taxed(of_tax_item=[IVA])
            ),
            "resumen": Record(fields=SUMMARY | more, verify=withheld_of_nothing("ivaPerci1", "ivaRete1")),
            "extension": extension(1),
            "apendice": appendix(2, 3, 1),
        }
    )


CREDIT_NOTE_V3 = _note("05", NOTES_EMITTER)
DEBIT_NOTE_V3 = _note(
    "06",
    replace(NOTES_EMITTER, fields={**NOTES_EMITTER.fields, "telefono": text(30, 8, null=True)}),
    numPagoElectronico=text(100, 0, null=True),
)
