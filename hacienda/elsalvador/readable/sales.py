"""Sales as they are read: factura (01), crédito fiscal (03), factura de exportación (11); and remisiones (04)."""

from __future__ import annotations

from collections.abc import Iterator

from hacienda.elsalvador.readable import columns, parties, sections, sums
from hacienda.elsalvador.readable.wording import Block
from hacienda.messages import gettext_noop
from hacienda.readable import Content, Section, Sum

_LINE = (*columns.GOODS, columns.PRICE, columns.DISCOUNT)
_SALE = (
    *_LINE,
    columns.NOT_TAXED,
    columns.NOT_SUBJECT,
    columns.EXEMPT,
    columns.TAXED,
    columns.amount("ventaNoSuj", "ventaExenta", "ventaGravada", "noGravado"),
)
_DELIVERY = (
    *_LINE,
    columns.NOT_SUBJECT,
    columns.EXEMPT,
    columns.TAXED,
    columns.amount("ventaNoSuj", "ventaExenta", "ventaGravada"),
)
_EXPORT = (
    *_LINE,
    columns.FREE_OF_CHARGE,
    columns.NOT_TAXED,
    columns.TAXED,
    columns.amount("ventaGravada", "noGravado"),
)


def sale(document: Block) -> Content:
    """A factura or a crédito fiscal."""
    summary = document["resumen"]
    return _content(
        document,
        lines=_SALE,
        total=sums.total(summary, "totalPagar", gettext_noop("Total to pay")),
        above=(
            *_operations(summary),
            *sums.shown(summary, sums.INCLUDED_TAX),
            *sums.added_taxes(summary),
            *sums.shown(summary, sums.OPERATION, sums.PERCEIVED, sums.WITHHELD, sums.NOT_TAXED, sums.BALANCE),
        ),
        beside=sections.payment(summary),
    )


def delivery(document: Block) -> Content:
    """A nota de remisión; nobody pays on it, so it ends with the total of the operation."""
    summary = document["resumen"]
    return _content(
        document,
        lines=_DELIVERY,
        total=sums.total(summary, *sums.OPERATION),
        above=(*_operations(summary), *sums.added_taxes(summary)),
    )


def export(document: Block) -> Content:
    """A factura de exportación."""
    summary = document["resumen"]
    return _content(
        document,
        lines=_EXPORT,
        total=sums.total(summary, "totalPagar", gettext_noop("Total to pay")),
        above=(
            *sums.shown(
                summary,
                *sums.SALES[-1:],
                *sums.GLOBAL_DISCOUNTS[-1:],
                ("seguro", gettext_noop("Insurance")),
                ("flete", gettext_noop("Freight")),
            ),
            *sums.added_taxes(summary),
            *sums.shown(
                summary,
                sums.OPERATION,
                sums.NOT_TAXED,
                sums.BALANCE,
                sums.FREE_OF_CHARGE,
            ),
        ),
        beside=(*sections.export(document["emisor"], summary), *sections.payment(summary)),
    )


def _operations(summary: Block) -> Iterator[Sum]:
    return sums.shown(summary, *sums.SALES, sums.OPERATIONS, *sums.GLOBAL_DISCOUNTS, sums.SUBTOTAL)


def _content(
    document: Block,
    *,
    lines: tuple[columns.Source, ...],
    total: Sum,
    above: tuple[Sum, ...],
    beside: Iterator[Section] | tuple[Section, ...] = (),
) -> Content:
    """What the three have alike; `above` are the sums that lead to `total`."""
    summary = document["resumen"]
    return Content(
        issuer=parties.issuer(document),
        customer=parties.customer(document["receptor"]),
        table=columns.table(document["cuerpoDocumento"], (*lines, *columns.belonging(document))),
        sums=(*above, total),
        payable=total.amount,
        in_words=summary["totalLetras"] or "",
        sections=(*sections.leading(document), *beside, *sections.appendix(document)),
        notes=summary["observaciones"],
    )
