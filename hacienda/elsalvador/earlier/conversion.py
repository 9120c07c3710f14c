"""From a document of version 2.0 to the one before, and back for reading. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

from hacienda.elsalvador.earlier.differences import DIFFERENCES
from hacienda.elsalvador.earlier.operations import Block, Place
from hacienda.elsalvador.earlier.versions import is_earlier
from hacienda.elsalvador.kinds import INVOICE, VAT

_NOWHERE = Place("", "")


def older(document: Mapping[str, Any], code: str, place: Place) -> Block:
    """A document or event of the newest version as the one before has it; `document` itself stays as it is.

    `code` is the type's, or the name of the event. A document may still lack its identification.
    """
    made = deepcopy(dict(document))
    for difference in DIFFERENCES[code]:
        difference.apply(made, place)
    return made


def identification(members: Mapping[str, Any], code: str, version: int) -> Block:
    """Members of `identificacion` under the names that they have in that version."""
    if not is_earlier(code, version):
        return dict(members)
    turned: Block = {"identificacion": dict(members)}
    for difference in DIFFERENCES[code]:
        if getattr(difference, "path", "").startswith("identificacion."):
            difference.apply(turned, _NOWHERE)
    return dict(turned["identificacion"])


def vat(document: Mapping[str, Any]) -> Decimal | None:
    """The VAT of a document of the newest version, which its invalidation repeats; None for one that names none."""
    summary = document.get("resumen") or {}
    if document["identificacion"].get("tipoDte") == INVOICE:
        return Decimal(summary["totalIva"])
    rows = summary.get("tributos") or ()
    return next((Decimal(row["valor"]) for row in rows if row["codigo"] == VAT), None)


def as_newest(document: Mapping[str, Any]) -> Block:
    """A document under the names of its newest version, for reading; one of the newest version as it is.

    `identificacion.version` stays, and so does everything that the newest version has no place for, under its own
    name. What was not said before is null, or 0 where an amount is meant. Amounts must be `Decimal`. The document
    that was given stays as it is.
    """
    head = document.get("identificacion") or {}
    code, version = head.get("tipoDte"), head.get("version")
    if not isinstance(code, str) or version is None or not is_earlier(code, int(version)):
        return dict(document)
    read = deepcopy(dict(document))
    for difference in reversed(DIFFERENCES[code]):
        difference.take_back(read)
    return read
