"""The forms of the notes that adjust another document: 05 and 06 (DOCUMENTS.md 6.4 and 6.5)."""

from __future__ import annotations

import re

from .blocks import (
    CLASS_AMOUNTS,
    FUSION,
    LINE,
    LINE_AMOUNT,
    LINE_PLACES,
    REGISTRATION_IF_ANY,
    SUMMARY_PLACES,
    SUMMED,
    THIRD_PARTY,
    amounts,
    appendix,
    emitter,
    identification,
    identified,
    lines,
    related,
    signed,
    tax_rows,
    text,
    without,
)
from .schema import Node, Number, Record, Text

# Hacienda's file for the credit note refuses a number of one repeated digit, or that begins with seven zeros.
REAL_NUMBER = re.compile(r"(?!([0-9])\1+$)(?!0{7})([0-9]{14}|[0-9]{9})")
ADJUSTED_LINE: dict[str, Node] = {
    **LINE,
    **CLASS_AMOUNTS,
    "numeroDocumento": text(36),
    "noGravado": signed(LINE_PLACES),
    "ivaPerci": LINE_AMOUNT,
    "totalIva": LINE_AMOUNT,
    "ivaRete": LINE_AMOUNT,
}
SUMMARY: dict[str, Node] = {
    **amounts(*SUMMED, "totalDescu", "ivaPerci", "totalIva", "ivaRete", "montoTotalOperacion", "totalPagar"),
    "tributos": tax_rows(),
    "totalNoGravado": signed(SUMMARY_PLACES),
    "totalLetras": text(200, 8, null=True),
    "condicionOperacion": Number(),
    "observaciones": text(3000, 0, null=True),
    "codigoRetencionMH": text(2, 0, null=True),
}
NOTES_EMITTER = without(
    emitter(nrc=REGISTRATION_IF_ANY, correo=text(100)),
    "codEstable",
    "codPuntoVenta",
)


def _note(kind: str, fusion: Text, activity: Text, **more: Node) -> Record:
    return Record(
        fields={
            "identificacion": identification(kind, 4, fusion=fusion),
            "documentoRelacionado": related(null=False),
            "emisor": NOTES_EMITTER,
            "receptor": identified(codActividad=activity, correo=text(100, null=True)),
            "ventaTercero": THIRD_PARTY,
            "cuerpoDocumento": lines(ADJUSTED_LINE),
            "resumen": Record(fields=SUMMARY | more),
            "apendice": appendix(2, 3, 1),
        }
    )


CREDIT_NOTE_V4 = _note("05", Text(null=True, pattern=REAL_NUMBER), text(6, 5))
DEBIT_NOTE_V4 = _note("06", FUSION, Text(), numPagoElectronico=text(100, 0, null=True))
