"""The formulas of every computed figure of a document, by type: what `formulas` evaluates.

Sources: functional manual 2.0, Normativa 2.0 Annex IV.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hacienda.elsalvador.rules import ITEM_PLACES, TOTAL_PLACES


@dataclass(frozen=True, slots=True)
class Formula:
    """One figure, at so many decimals.

    `only` names a field without which (absent, null or 0) it is not computed so, `unless` one with which it is not.
    """

    field: str
    text: str
    places: int
    only: str = ""
    unless: str = ""


# (type, version) -> formulas of a line, formulas of the summary.
Formulas = Mapping[tuple[str, int], tuple[tuple[Formula, ...], tuple[Formula, ...]]]


def of_line(field: str, text: str, only: str = "", places: int = ITEM_PLACES) -> Formula:
    """A figure of a line, at 8 decimals where nothing else is said."""
    return Formula(field, text, places, only)


def of_summary(field: str, text: str, only: str = "", unless: str = "") -> Formula:
    """A figure of the summary, at 2 decimals."""
    return Formula(field, text, TOTAL_PLACES, only, unless)


def of_sale(*fields: str, price: str = "precioUni") -> tuple[Formula, ...]:
    """The amount of a line in the class that it is sold in."""
    return tuple(of_line(field, f"cantidad * {price} - montoDescu", field) for field in fields)


CLASSES: Final = ("ventaNoSuj", "ventaExenta", "ventaGravada")
CLASS_SUMS: Final = tuple(
    of_summary(name, f"total({field})")
    for name, field in zip(("totalNoSuj", "totalExenta", "totalGravada"), CLASSES, strict=True)
)
SALES_SUM: Final = of_summary("subTotalVentas", "totalNoSuj + totalExenta + totalGravada")
ALL_DISCOUNTS: Final = of_summary("totalDescu", "total(montoDescu) + descuNoSuj + descuExenta + descuGravada")
SUBTOTAL: Final = of_summary("subTotal", "subTotalVentas - descuNoSuj - descuExenta - descuGravada")
NOT_TAXED: Final = of_summary("totalNoGravado", "total(noGravado)")
WITH_TAXES: Final = of_summary("montoTotalOperacion", "subTotal + taxes()")
_PAYABLE: Final = "least(0, montoTotalOperacion{} - ivaRete + totalNoGravado)"
INSIDE: Final = of_line("ivaItem", "ventaGravada / WITH_VAT * VAT", "ventaGravada")
_ADVANCES: Final = (
    of_summary("ivaPerci", "(totalGravada - descuGravada) * ADVANCE", "ivaPerci"),
    of_summary("ivaRete", "(totalGravada - descuGravada) * ADVANCE", "ivaRete"),
)
_ADJUSTED: Final = "codigoRetencionMH"  # filled where a withholding is adjusted and not a sale
_ADJUSTMENT: Final = (
    *CLASS_SUMS,
    SALES_SUM,
    of_summary("totalDescu", "total(montoDescu)"),
    of_summary("ivaPerci", "total(ivaPerci)"),
    of_summary("totalIva", "total(totalIva)"),
    of_summary("ivaRete", "total(ivaRete)"),
    NOT_TAXED,
    of_summary("montoTotalOperacion", "subTotalVentas + taxes()"),
    of_summary("totalPagar", _PAYABLE.format(" + ivaPerci"), unless=_ADJUSTED),
    of_summary("totalPagar", "ivaRete + totalIva", only=_ADJUSTED),
)

# The rows of `tributos`, by code; of prices that include VAT first, which is taken out of what they are a share of.
# Beside these the issuer says what a tax comes to.
TAX_ROWS: Final[Mapping[str, tuple[Formula, ...]]] = MappingProxyType(
    {
        "20": (of_summary("valor", "(total(ventaGravada) - descuGravada) * VAT"),),
        "C3": (of_summary("valor", "bearing(C3, ventaGravada) * EXPORT_VAT"),),
        "59": (
            of_summary("valor", "bearing(59, ventaGravada) / WITH_VAT * TOURISM", only="totalIva"),
            of_summary("valor", "bearing(59, ventaGravada) * TOURISM", unless="totalIva"),
        ),
        "71": (of_summary("valor", "bearing(71, cantidad) * AIR_DEPARTURE"),),
        "D1": (of_summary("valor", "bearing(D1, cantidad) * FOVIAL"),),
        "C8": (of_summary("valor", "bearing(C8, cantidad) * COTRANS"),),
    }
)

NEWEST: Final[Formulas] = MappingProxyType(
    {
        ("01", 2): (
            (*of_sale(*CLASSES), INSIDE),
            (
                *CLASS_SUMS,
                SALES_SUM,
                ALL_DISCOUNTS,
                SUBTOTAL,
                of_summary("ivaRete", "(totalGravada - descuGravada) / WITH_VAT * ADVANCE", "ivaRete"),
                WITH_TAXES,
                NOT_TAXED,
                of_summary("totalPagar", _PAYABLE.format("")),
                of_summary("totalIva", "least(0, total(ivaItem) - descuGravada / WITH_VAT * VAT)"),
            ),
        ),
        ("03", 4): (
            of_sale(*CLASSES),
            (
                *CLASS_SUMS,
                SALES_SUM,
                ALL_DISCOUNTS,
                SUBTOTAL,
                *_ADVANCES,
                WITH_TAXES,
                NOT_TAXED,
                of_summary("totalPagar", _PAYABLE.format(" + ivaPerci")),
            ),
        ),
        ("04", 4): (
            of_sale(*CLASSES),
            (*CLASS_SUMS, SALES_SUM, ALL_DISCOUNTS, SUBTOTAL, WITH_TAXES),
        ),
        ("05", 4): (
            of_sale(*CLASSES),
            _ADJUSTMENT,
        ),
        ("06", 4): (
            of_sale(*CLASSES),
            _ADJUSTMENT,
        ),
        ("07", 2): (
            (of_line("ivaRetenido", "montoSujetoGrav * withheld(codigoRetencionMH)", "", TOTAL_PLACES),),
            (
                of_summary("totalSujetoRetencion", "total(montoSujetoGrav)"),
                of_summary("totalIva", "totalSujetoRetencion * VAT"),
                of_summary("totalIvaRetenido", "total(ivaRetenido)"),
            ),
        ),
        ("08", 2): (
            (of_line("ivaItem", "ventaGravada * VAT", "ventaGravada"),),
            (
                *CLASS_SUMS,
                of_summary("exportacion", "total(exportaciones)"),
                of_summary("subTotalVentas", "totalNoSuj + totalExenta + totalGravada + exportacion"),
                of_summary("montoTotalOperacion", "subTotalVentas + taxes()"),
                of_summary("total", "least(0, montoTotalOperacion + ivaPerci)"),
            ),
        ),
        ("09", 2): (
            (
                of_line("subTotal", "valorOperaciones - montoSinPercepcion", "", TOTAL_PLACES),
                of_line("montoSujetoPercepcion", "subTotal / WITH_VAT", "", TOTAL_PLACES),
                of_line("iva", "subTotal / WITH_VAT * VAT", "", TOTAL_PLACES),
                of_line("ivaPercibido", "subTotal / WITH_VAT * CARD_ADVANCE", "", TOTAL_PLACES),
                of_line("ivaComision", "comision * VAT", "", TOTAL_PLACES),
                of_line(
                    "liquidoApagar", "valorOperaciones - comision - ivaPercibido - ivaComision", "", TOTAL_PLACES
                ),
            ),
            (),
        ),
        ("11", 3): (
            of_sale("ventaGravada"),
            (
                of_summary("totalGravada", "total(ventaGravada)"),
                of_summary("totalDescu", "total(montoDescu) + descuGravada"),
                of_summary("montoTotalOperacion", "totalGravada - descuGravada + taxes() + seguro + flete"),
                NOT_TAXED,
                of_summary("totalPagar", "least(0, montoTotalOperacion + totalNoGravado)"),
            ),
        ),
        ("14", 2): (
            of_sale("compra"),
            (
                of_summary("totalCompra", "total(compra)"),
                of_summary("totalDescu", "total(montoDescu) + descu"),
                of_summary("subTotal", "totalCompra - descu"),
                of_summary("reteRenta", "subTotal * services(compra) / total(compra) * INCOME_TAX", "reteRenta"),
                of_summary("totalPagar", "subTotal - reteRenta"),
            ),
        ),
        ("15", 2): (
            (of_line("valor", "cantidad * valorUni - tipoDepreciacion"),),
            (of_summary("valorTotal", "total(valor)"),),
        ),
        ("17", 1): (
            tuple(of_line(field, "cantidad * precioUni", field) for field in CLASSES),
            (
                *CLASS_SUMS,
                of_summary("subTotal", "totalNoSuj + totalExenta + totalGravada"),
                of_summary("total", "subTotal + taxes()"),
            ),
        ),
        ("18", 1): (
            (*of_sale(*CLASSES, "compra"),),
            (
                *CLASS_SUMS,
                of_summary("totalCompraExcluidos", "total(compra)"),
                of_summary("subTotalVentas", "totalNoSuj + totalExenta + totalGravada + totalCompraExcluidos"),
                of_summary("totalSeguro", "total(seguro)"),
                of_summary("totalFlete", "total(flete)"),
                of_summary("montoTotalOperacion", "subTotalVentas + taxes() + totalSeguro + totalFlete"),
                of_summary("ivaRete", "total(ivaRete)"),
                of_summary("reteRenta", "total(reteRenta)"),
                NOT_TAXED,
                of_summary("totalPagar", "least(0, montoTotalOperacion - ivaRete - reteRenta + totalNoGravado)"),
                of_summary("totalIva", "total(ivaItem)"),
            ),
        ),
    }
)
