"""What a document sold on behalf of a third party comes to for the one it was sold for, read from what was signed.

Amounts as a settlement (08 v2) lists them: from the document's summary, less its global discount and without VAT.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from hacienda.elsalvador.blocks import taxes
from hacienda.elsalvador.earlier.conversion import as_newest
from hacienda.elsalvador.kinds import CREDIT_NOTE, EXPORT_INVOICE, INVOICE, RETURN, VAT
from hacienda.elsalvador.rules import ITEM_PLACES, VAT_FACTOR
from hacienda.money import ZERO, quantise

# What takes back counts the other way round.
TAKING_BACK: Final = frozenset({CREDIT_NOTE, RETURN})

_EXPORT_VAT: Final = "C3"  # at 0 %: nothing to pass on
_CARRIAGE: Final = ("seguro", "flete", "totalSeguro", "totalFlete")  # of an export (11) and of its return (18)


@dataclass(frozen=True, slots=True)
class Principal:
    """For whom a document says that it was issued. `tax_id` as it stands there, None for a foreigner without one."""

    tax_id: str | None
    name: str
    domicile: int | None  # CAT-032


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts without VAT. `taxes` are those beside VAT that are added to a total, by code of CAT-015."""

    not_subject: Decimal = ZERO
    exempt: Decimal = ZERO
    taxed: Decimal = ZERO
    exported: Decimal = ZERO
    perceived: Decimal = ZERO
    taxes: tuple[tuple[str, Decimal], ...] = ()

    @property
    def sales(self) -> Decimal:
        return self.not_subject + self.exempt + self.taxed + self.exported

    def times(self, sign: int) -> Amounts:
        """The same, or its opposite for -1."""
        return Amounts(
            self.not_subject * sign,
            self.exempt * sign,
            self.taxed * sign,
            self.exported * sign,
            self.perceived * sign,
            tuple((code, amount * sign) for code, amount in self.taxes),
        )


@dataclass(frozen=True, slots=True)
class Sold:
    """`amounts` as printed; `sign` is -1 for what takes back."""

    type_code: str
    issued_on: str  # ISO 8601
    principal: Principal | None
    amounts: Amounts
    sign: int


def read(payload: str) -> Sold:
    """The document in `payload`, as it was signed. One of a type that is sold for nobody has no principal."""
    document = _parsed(payload)
    head = document["identificacion"]
    type_code = head.get("tipoDte") or head["tipoEvento"]
    third = document.get("ventaTercero")
    return Sold(
        type_code=type_code,
        issued_on=head["fecEmi"],
        principal=None if third is None else _principal(third),
        amounts=_amounts(document.get("resumen") or {}, _basis(type_code, document)),
        sign=-1 if type_code in TAKING_BACK else 1,
    )


def signs(settlement: str, numbers: frozenset[str]) -> Mapping[str, set[int]]:
    """How a signed settlement (08) has settled each of these documents: 1 for sold, -1 for taken back, or both.

    A document that comes to nothing counts as listed the usual way first and the other way next.
    """
    found: dict[str, set[int]] = {}
    for row in _parsed(settlement)["cuerpoDocumento"]:
        number = row["numeroDocumento"]
        if number not in numbers:
            continue
        listed = found.setdefault(number, set())
        amount = row["ventaNoSuj"] + row["ventaExenta"] + row["ventaGravada"] + row["exportaciones"]
        usual = -1 if row["tipoDte"] in TAKING_BACK else 1
        listed.add((-usual if usual in listed else usual) if not amount else (1 if amount > 0 else -1))
    return found


def _parsed(payload: str) -> dict[str, Any]:
    return as_newest(json.loads(payload, parse_float=Decimal, parse_int=Decimal))


def _principal(block: Mapping[str, Any]) -> Principal:
    domicile = block["codDomiciliado"]
    return Principal(block["nit"], block["nombre"] or "", None if domicile is None else int(domicile))


def _basis(type_code: str, document: Mapping[str, Any]) -> str:
    """Whose way of counting the amounts follow: a return has them as the documents that it gives back."""
    return str(document["documentoRelacionado"][0]["tipoDocumento"]) if type_code == RETURN else type_code


def _amounts(summary: Mapping[str, Any], basis: str) -> Amounts:
    def figure(name: str) -> Decimal:
        return Decimal(summary.get(name) or 0)

    taxed, exported = figure("totalGravada") - figure("descuGravada"), ZERO
    if basis == EXPORT_INVOICE:
        exported, taxed = taxed + sum(map(figure, _CARRIAGE), ZERO), ZERO
    elif basis == INVOICE:
        taxed = quantise(taxed / VAT_FACTOR, ITEM_PLACES)
    return Amounts(
        not_subject=figure("totalNoSuj") - figure("descuNoSuj"),
        exempt=figure("totalExenta") - figure("descuExenta"),
        taxed=taxed,
        exported=exported,
        perceived=figure("ivaPerci"),
        taxes=tuple(
            (row["codigo"], Decimal(row["valor"]))
            for row in summary.get("tributos") or ()
            if row["codigo"] not in (VAT, _EXPORT_VAT) and taxes.section(row["codigo"]) == taxes.ADDED
        ),
    )
