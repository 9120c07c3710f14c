"""The form of the invalidation before Normativa 2.0, version 2; the contingency's is in contingency_forms.py."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .blocks import CODE, STAMPED, SUMMARY_AMOUNT, text, version
from .catalogues import INVALIDATION_REASONS
from .earlier_blocks import ESTABLISHMENT, FOUR_IF_ANY, IDENTITY_DOCUMENT, POINT_OF_SALE, chosen, mail, nit
from .schema import Number, Record, Text

RESCINDED, OTHER = 2, 3
# The types that no document replaces, not even in this form (DOCUMENTS.md section 8).
UNREPLACED = frozenset({"05", "08"})
TELEPHONES = re.compile(r"[0-9+;]*")
# As the file has it: its alternatives are not bracketed, and no number of 14 or 15 fits either of them. Those types
# can only be invalidated by version 3.
NUMBER = re.compile(r"DTE-0[0-9].*|.*1[0-2]-[A-Z0-9]{8}-[0-9]{15}")


def _unlike_reason(event: Mapping[str, Any]) -> str | None:
    document = event["documento"]
    unreplaced = event["motivo"]["tipoAnulacion"] == RESCINDED or document["tipoDte"] in UNREPLACED
    misfit = (document["codigoGeneracionR"] is None) != unreplaced
    return "documento/codigoGeneracionR" if misfit else None


def _wordless(motive: Mapping[str, Any]) -> str | None:
    wordless = motive["tipoAnulacion"] == OTHER and motive["motivoAnulacion"] is None
    return "motivoAnulacion" if wordless else None


INVALIDATION_V2 = Record(
    fields={
        "identificacion": Record(
            fields={
                "version": version(2),
                "ambiente": STAMPED["ambiente"],
                "codigoGeneracion": STAMPED["codigoGeneracion"],
                "fecAnula": STAMPED["fecEmi"],
                "horAnula": STAMPED["horEmi"],
            }
        ),
        "emisor": Record(
            optional=frozenset({"codEstableMH", "codPuntoVentaMH"}),
            fields={
                "nit": nit(),
                "nombre": text(250, 3),
                "tipoEstablecimiento": ESTABLISHMENT,
                "nomEstablecimiento": text(150, 3, null=True),
                "codEstableMH": FOUR_IF_ANY,
                "codEstable": text(10, null=True),
                "codPuntoVentaMH": FOUR_IF_ANY,
                "codPuntoVenta": POINT_OF_SALE,
                "telefono": Text(low=8, high=26, pattern=TELEPHONES, null=True),
                "correo": mail(3),
            },
        ),
        "documento": Record(
            optional=frozenset({"telefono", "correo"}),
            fields={
                "tipoDte": chosen({"01", "03", "04", "05", "06", "07", "08", "09", "10", "11", "14", "15"}),
                "codigoGeneracion": STAMPED["codigoGeneracion"],
                "selloRecibido": Text(pattern=re.compile(r"[A-Z0-9]{40}")),
                "numeroControl": Text(low=31, high=31, pattern=NUMBER),
                "fecEmi": Text(day=True),
                "montoIva": replace(SUMMARY_AMOUNT, null=True),
                "codigoGeneracionR": Text(low=36, high=36, pattern=CODE, null=True),
                "tipoDocumento": IDENTITY_DOCUMENT,
                "numDocumento": text(20, 3),
                "nombre": text(200, 5),
                "telefono": Text(low=8, high=50, pattern=TELEPHONES, null=True),
                "correo": mail(),
            },
        ),
        "motivo": Record(
            fields={
                "tipoAnulacion": Number(whole=True, choices=INVALIDATION_REASONS),
                "motivoAnulacion": text(250, 5, null=True),
                "nombreResponsable": text(100, 5),
                "tipDocResponsable": IDENTITY_DOCUMENT,
                "numDocResponsable": text(20, 3),
                "nombreSolicita": text(100, 5),
                "tipDocSolicita": IDENTITY_DOCUMENT,
                "numDocSolicita": text(20, 3),
            },
            verify=_wordless,
        ),
    },
    verify=_unlike_reason,
)
