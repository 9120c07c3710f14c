"""The forms of the contingency event: version 4, and version 3 that it replaces (DOCUMENTS.md 7.2 and 8).

Version 4 leaves catalogues, hours and codes to Hacienda's server; version 3 still writes some of them out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from .blocks import CODE, MERGED, TIME
from .catalogues import CONTINGENCY_REASONS, ESTABLISHMENTS, OTHER_REASON, RECEIVER_DOCUMENTS
from .parties import MAIL
from .schema import Node, Number, Record, Rows, Text

LISTED_LIMIT = 1000
# The types there were when version 3 was written.
OLDER_KINDS = re.compile(r"0[1-9]|1[0-5]")


def _identification(version: int) -> Record:
    return Record(
        fields={
            "version": Number(whole=True, choices=frozenset({version})),
            "ambiente": Text(choices=frozenset({"00", "01"})),
            "codigoGeneracion": Text(low=36, high=36, pattern=CODE),
            "fTransmision": Text(day=True),
            "hTransmision": Text(pattern=TIME),
        }
    )


def _wordless(reason: Mapping[str, Any]) -> str | None:
    wordless = reason["tipoContingencia"] == OTHER_REASON and not reason["motivoContingencia"]
    return "motivoContingencia" if wordless else None


def _listed(number: Number, kind: Text, code: Text) -> Rows:
    item = Record(fields={"noItem": number, "tipoDoc": kind, "codigoGeneracion": code})
    return Rows(low=1, high=LISTED_LIMIT, item=item)


def _reason(hour: Text, reason: Number, verify: Callable[[Mapping[str, Any]], str | None] | None = None) -> Record:
    fields: dict[str, Node] = {
        "fInicio": Text(day=True),
        "fFin": Text(day=True),
        "hInicio": hour,
        "hFin": hour,
        "tipoContingencia": reason,
        "motivoContingencia": Text(high=500, null=True),
    }
    return Record(fields=fields, verify=verify)


CONTINGENCY_V4 = Record(
    fields={
        "identificacion": _identification(4),
        "emisor": Record(
            fields={
                "nit": Text(),
                "nombre": Text(low=1, high=250),
                "nombreResponsable": Text(low=1, high=100),
                "tipoDocResponsable": Text(),
                "numeroDocResponsable": Text(low=1, high=25),
                "tipoEstablecimiento": Text(),
                "codEstableMH": Text(low=4, high=4, null=True),
                "codPuntoVentaMH": Text(low=4, high=4, null=True),
                "telefono": Text(low=8, high=30),
                "correo": Text(low=1, high=100),
            }
        ),
        "detalleDTE": _listed(Number(whole=True, least=1, most=LISTED_LIMIT), Text(), Text()),
        "motivo": _reason(Text(), Number(whole=True)),
    }
)
CONTINGENCY_V3 = Record(
    fields={
        "identificacion": _identification(3),
        "emisor": Record(
            optional=frozenset({"codEstableMH", "codPuntoVenta"}),
            fields={
                "nit": Text(pattern=MERGED),
                "nombre": Text(low=5, high=250),
                "nombreResponsable": Text(low=5, high=100),
                "tipoDocResponsable": Text(choices=RECEIVER_DOCUMENTS),
                "numeroDocResponsable": Text(low=5, high=25),
                "tipoEstablecimiento": Text(choices=ESTABLISHMENTS),
                "codEstableMH": Text(low=4, high=4, null=True),
                "codPuntoVenta": Text(low=1, high=15, null=True),
                "telefono": Text(low=8, high=30),
                "correo": Text(low=3, high=100, pattern=MAIL),
            },
        ),
        "detalleDTE": _listed(Number(whole=True), Text(pattern=OLDER_KINDS), Text(pattern=CODE)),
        "motivo": _reason(Text(pattern=TIME), Number(whole=True, choices=CONTINGENCY_REASONS), _wordless),
    }
)
CONTINGENCY_FORMS: dict[int, Record] = {3: CONTINGENCY_V3, 4: CONTINGENCY_V4}
