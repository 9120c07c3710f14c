"""Which field of a caller's body a place in Hacienda's document comes from, type by type.

Most types share one table (`pointers.DOCUMENT`). The lines of some are not made from the caller's items: those of a
withholding or a settlement are the documents that it refers to, the accounting settlement has a single one, and the
special operations report paper. Sources: schemas v2.0, `hacienda.drafts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hacienda.elsalvador import kinds
from hacienda.elsalvador.rejections.pointers import DOCUMENT
from hacienda.values import Path

_INDEX: Final = "*"
_RELATED: Final[Path] = ("related", _INDEX)
_LINE: Final[Path] = ("items", _INDEX)
_PAPER: Final[Path] = (*_LINE, "paper")
_LINES: Final = "cuerpodocumento"

_WITHHOLDING: Final[Mapping[str, Path]] = {
    "cuerpodocumento": ("related",),
    "cuerpodocumento.*": _RELATED,
    "cuerpodocumento.*.tipodte": (*_RELATED, "type"),
    "cuerpodocumento.*.numerodocumento": (*_RELATED, "generation_code"),
    "cuerpodocumento.*.fechaemision": (*_RELATED, "issued_at"),
    "cuerpodocumento.*.descripcion": (*_RELATED, "description"),
    "cuerpodocumento.*.montosujetograv": (*_RELATED, "taxable"),
    "cuerpodocumento.*.codigoretencionmh": (*_RELATED, "withholding"),
    "cuerpodocumento.*.ivaretenido": (*_RELATED, "withheld"),
    "resumen": ("related",),
}
# Lines of a settlement come from its period too, and one document may have two of them: none is the caller's own.
_SETTLEMENT: Final[Mapping[str, Path]] = {
    place: path
    for place, path in DOCUMENT.items()
    if place.partition(".")[0] not in (_LINES, "resumen")
    or place in ("resumen.condicionoperacion", "resumen.observaciones")
}
_ACCOUNTING_SETTLEMENT: Final[Mapping[str, Path]] = {
    "cuerpodocumento": ("liquidation",),
    "cuerpodocumento.periodoliquidacionfechainicio": ("liquidation", "from"),
    "cuerpodocumento.periodoliquidacionfechafin": ("liquidation", "to"),
    "cuerpodocumento.codliquidacion": ("liquidation", "code"),
    "cuerpodocumento.cantidaddoc": ("liquidation", "count"),
    "cuerpodocumento.valoroperaciones": ("liquidation", "gross"),
    "cuerpodocumento.montosinpercepcion": ("liquidation", "not_perceived"),
    "cuerpodocumento.descripsinpercepcion": ("liquidation", "not_perceived_description"),
    "cuerpodocumento.comision": ("liquidation", "fee"),
    "cuerpodocumento.porcentcomision": ("liquidation", "fee_percentage"),
    "cuerpodocumento.observaciones": ("notes",),
}
_SPECIAL_OPERATIONS: Final[Mapping[str, Path]] = {
    "cuerpodocumento.*.codigogeneracionref": (*_PAPER, "corrects"),
    "cuerpodocumento.*.tipodocumento": (*_PAPER, "type"),
    "cuerpodocumento.*.numdocumento": (*_PAPER, "number"),
    "cuerpodocumento.*.fechaemision": (*_PAPER, "issued_on"),
    "cuerpodocumento.*.docdel": (*_PAPER, "first"),
    "cuerpodocumento.*.docal": (*_PAPER, "last"),
}
_RETURN: Final[Mapping[str, Path]] = {
    "documento": ("related",),  # the customer is copied from what is given back
    "cuerpodocumento.*.codigogeneracion": (*_LINE, "related"),
}


def _without_lines() -> dict[str, Path]:
    """The common table for types whose lines are none of the caller's items."""
    return {place: path for place, path in DOCUMENT.items() if place.partition(".")[0] != _LINES}


_BY_TYPE: Final[Mapping[str, Mapping[str, Path]]] = MappingProxyType(
    {
        kinds.WITHHOLDING: {**_without_lines(), **_WITHHOLDING},
        kinds.SETTLEMENT: _SETTLEMENT,
        kinds.ACCOUNTING_SETTLEMENT: {**_without_lines(), **_ACCOUNTING_SETTLEMENT},
        kinds.SPECIAL_OPERATIONS: {**DOCUMENT, **_SPECIAL_OPERATIONS},
        kinds.RETURN: {**DOCUMENT, **_RETURN},
    }
)


def of(type_code: str) -> Mapping[str, Path]:
    """The table of a type: names of places in lower case, with `*` for a number, to paths with `*` likewise."""
    return _BY_TYPE.get(type_code, DOCUMENT)
