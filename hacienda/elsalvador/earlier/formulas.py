"""The formulas of every computed figure in documents of v1.x, by type. Source: the manual of 2022."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from hacienda.elsalvador.formula_table import (
    ALL_DISCOUNTS,
    CLASS_SUMS,
    CLASSES,
    INSIDE,
    NEWEST,
    NOT_TAXED,
    SALES_SUM,
    SUBTOTAL,
    WITH_TAXES,
    Formulas,
    of_line,
    of_sale,
    of_summary,
)

_SALES: Final = (*CLASS_SUMS, SALES_SUM, ALL_DISCOUNTS, SUBTOTAL)
_PERCEIVED: Final = of_summary("ivaPerci1", "(totalGravada - descuGravada) * ADVANCE", "ivaPerci1")
_WITHHELD: Final = of_summary("ivaRete1", "(totalGravada - descuGravada) * ADVANCE", "ivaRete1")
_PAYABLE: Final = "least(0, montoTotalOperacion{} - ivaRete1 - reteRenta + totalNoGravado)"
# An adjusting note has what was withheld and perceived inside its total.
_NOTE: Final = (
    of_sale(*CLASSES),
    (
        *_SALES,
        _PERCEIVED,
        _WITHHELD,
        of_summary("montoTotalOperacion", "subTotal + taxes() + ivaPerci1 - ivaRete1"),
    ),
)

EARLIER: Final[Formulas] = MappingProxyType(
    {
        ("01", 1): (
            (*of_sale(*CLASSES), INSIDE),
            (
                *_SALES,
                of_summary("ivaRete1", "(totalGravada - descuGravada) / WITH_VAT * ADVANCE", "ivaRete1"),
                WITH_TAXES,
                NOT_TAXED,
                of_summary("totalPagar", _PAYABLE.format("")),
                of_summary("totalIva", "least(0, total(ivaItem) - descuGravada / WITH_VAT * VAT)"),
            ),
        ),
        ("03", 3): (
            of_sale(*CLASSES),
            (
                *_SALES,
                _PERCEIVED,
                _WITHHELD,
                WITH_TAXES,
                NOT_TAXED,
                of_summary("totalPagar", _PAYABLE.format(" + ivaPerci1")),
            ),
        ),
        ("04", 3): NEWEST["04", 4],
        ("05", 3): _NOTE,
        ("06", 3): _NOTE,
        ("07", 1): (
            NEWEST["07", 2][0],
            (
                of_summary("totalSujetoRetencion", "total(montoSujetoGrav)"),
                of_summary("totalIVAretenido", "total(ivaRetenido)"),
            ),
        ),
        ("08", 1): (
            NEWEST["08", 2][0],
            (
                *CLASS_SUMS,
                of_summary("totalExportacion", "total(exportaciones)"),
                of_summary("subTotalVentas", "totalNoSuj + totalExenta + totalGravada + totalExportacion"),
                of_summary("montoTotalOperacion", "subTotalVentas + taxes()"),
                of_summary("total", "montoTotalOperacion + ivaPerci"),
            ),
        ),
        ("09", 1): NEWEST["09", 2],
        ("11", 1): (
            NEWEST["11", 3][0],
            (
                of_summary("totalGravada", "total(ventaGravada)"),
                of_summary("totalDescu", "total(montoDescu) + descuento"),
                of_summary("montoTotalOperacion", "totalGravada - descuento + seguro + flete"),
                NOT_TAXED,
                of_summary("totalPagar", "least(0, montoTotalOperacion + totalNoGravado)"),
            ),
        ),
        ("14", 1): (
            NEWEST["14", 2][0],
            (
                of_summary("totalCompra", "total(compra)"),
                of_summary("totalDescu", "total(montoDescu) + descu"),
                of_summary("subTotal", "totalCompra - descu"),
                of_summary("totalPagar", "subTotal - ivaRete1 - reteRenta"),
            ),
        ),
        ("15", 1): (
            (of_line("valor", "cantidad * valorUni - depreciacion"),),
            NEWEST["15", 2][1],
        ),
    }
)
