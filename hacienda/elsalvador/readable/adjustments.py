"""Notas de crédito (05) and de débito (06) as they are read: of a crédito fiscal, or of a retention."""

from __future__ import annotations

from hacienda.elsalvador.readable import columns, parties, sections, sums
from hacienda.elsalvador.readable.wording import Block
from hacienda.messages import gettext_noop
from hacienda.readable import Content, Sum

_SALE = (
    *columns.GOODS,
    columns.PRICE,
    columns.DISCOUNT,
    columns.NOT_TAXED,
    columns.NOT_SUBJECT,
    columns.EXEMPT,
    columns.TAXED,
)
_AMOUNT = columns.amount("ventaNoSuj", "ventaExenta", "ventaGravada", "noGravado")
_SALE_TAX = (columns.PERCEIVED, columns.WITHHELD, columns.TAX)
# Of a retention a line adjusts neither price nor sale, only the tax that was withheld too much or too little.
_RETENTION = (columns.NUMBER, columns.DESCRIPTION)
_RETAINED = (columns.TAX, columns.WITHHELD)


def credit(document: Block) -> Content:
    """A nota de crédito: what it takes from the document that it adjusts."""
    return _note(document, gettext_noop("Total of the credit note"))


def debit(document: Block) -> Content:
    """A nota de débito: what it adds to the document that it adjusts."""
    return _note(document, gettext_noop("Total to pay"))


def _note(document: Block, label: str) -> Content:
    summary, rows = document["resumen"], document["cuerpoDocumento"]
    lines: tuple[columns.Source, ...]
    operations: tuple[Sum, ...] = ()
    if summary["codigoRetencionMH"]:
        lines = (*_RETENTION, *(columns.telling(rows, *_RETAINED) or _RETAINED[-1:]))
    else:
        lines = (*_SALE, *columns.telling(rows, *_SALE_TAX), _AMOUNT)
        operations = (
            *sums.shown(summary, *sums.SALES, sums.OPERATIONS),
            *sums.added_taxes(summary),
            *sums.shown(summary, sums.OPERATION),
        )
    total = sums.total(summary, "totalPagar", label)
    return Content(
        issuer=parties.issuer(document),
        customer=parties.customer(document["receptor"]),
        table=columns.table(rows, (*lines, *columns.belonging(document))),
        sums=(
            *operations,
            *sums.shown(
                summary, sums.PERCEIVED, ("totalIva", gettext_noop("Value added tax")), sums.WITHHELD, sums.NOT_TAXED
            ),
            total,
        ),
        payable=total.amount,
        in_words=summary["totalLetras"] or "",
        sections=(
            *sections.leading(document),
            *sections.withholding(summary),
            *sections.payment(summary),
            *sections.appendix(document),
        ),
        notes=summary["observaciones"],
    )
