"""Events that tell of goods or sales, as they are read: retorno (18) and operaciones especiales (17)."""

from __future__ import annotations

from hacienda.elsalvador import catalogs
from hacienda.elsalvador.readable import columns, parties, sections, sums
from hacienda.elsalvador.readable.wording import Block
from hacienda.messages import gettext_noop
from hacienda.readable import Content, Role

_PURCHASE = columns.of(gettext_noop("Purchases"), Role.TREATMENT, "compra")
# What only some of the documents that can be returned have: shown where there is any.
_TREATMENTS = (columns.NOT_TAXED, columns.NOT_SUBJECT, columns.EXEMPT, columns.TAXED, _PURCHASE)
_BESIDE = (
    columns.of(gettext_noop("Insurance"), Role.FIGURE, "seguro"),
    columns.of(gettext_noop("Freight"), Role.FIGURE, "flete"),
    columns.WITHHELD,
    columns.of(gettext_noop("Income tax withheld"), Role.FIGURE, "reteRenta"),
)
_RETURNED = columns.amount("ventaNoSuj", "ventaExenta", "ventaGravada", "compra", "noGravado")

_SPECIAL = (
    columns.NUMBER,
    columns.coded(gettext_noop("Type of document"), Role.DETAIL, "tipoDocumento", catalogs.SPECIAL_OPERATIONS),
    columns.dated(gettext_noop("Date of issue"), "fechaEmision"),
    columns.of(gettext_noop("From"), Role.DETAIL, "docDel"),
    columns.of(gettext_noop("To"), Role.DETAIL, "docAl"),
    columns.QUANTITY,
    columns.DESCRIPTION,
    columns.PRICE,
    columns.NOT_SUBJECT,
    columns.EXEMPT,
    columns.TAXED,
    columns.amount("ventaNoSuj", "ventaExenta", "ventaGravada"),
    columns.of(gettext_noop("Document number"), Role.REMARK, "numDocumento"),
    columns.of(gettext_noop("Event that is corrected"), Role.REMARK, "codigoGeneracionRef"),
)


def returned(document: Block) -> Content:
    """An evento de retorno: what goes back of a factura, an export or a purchase, line by line."""
    summary, rows = document["resumen"], document["cuerpoDocumento"]
    total = sums.total(summary, "totalPagar", gettext_noop("Total of the return"))
    return Content(
        issuer=parties.issuer(document),
        customer=parties.customer(document["documento"]),
        table=columns.table(
            rows,
            (
                *columns.GOODS,
                columns.PRICE,
                columns.DISCOUNT,
                *(columns.telling(rows, *_TREATMENTS) or (columns.TAXED,)),
                *columns.telling(rows, *_BESIDE),
                _RETURNED,
                *columns.belonging(document, "codigoGeneracion"),
            ),
        ),
        sums=(
            *sums.shown(
                summary,
                *sums.SALES,
                ("totalCompraExcluidos", gettext_noop("Purchases from excluded subjects")),
                sums.OPERATIONS,
                sums.INCLUDED_TAX,
                zeros=sums.STEPS,
            ),
            *sums.added_taxes(summary),
            *sums.shown(
                summary,
                ("totalSeguro", gettext_noop("Insurance")),
                ("totalFlete", gettext_noop("Freight")),
                sums.OPERATION,
                sums.WITHHELD,
                ("reteRenta", gettext_noop("Income tax withheld")),
                sums.NOT_TAXED,
                sums.BALANCE,
                sums.FREE_OF_CHARGE,
            ),
            total,
        ),
        payable=total.amount,
        in_words=summary["totalLetras"] or "",
        sections=(
            *sections.leading(document),
            *sections.export(document["emisor"]),
            *sections.appendix(document),
        ),
        notes=None,
    )


def special_operations(document: Block) -> Content:
    """An evento de operaciones especiales: the paper that a taxpayer reports, to nobody but Hacienda."""
    summary = document["resumen"]
    total = sums.total(summary, "total", gettext_noop("Total"))
    return Content(
        issuer=parties.issuer(document),
        customer=None,
        table=columns.table(document["cuerpoDocumento"], _SPECIAL),
        sums=(
            *sums.shown(summary, *sums.SALES, sums.SUBTOTAL, zeros=sums.STEPS),
            *sums.added_taxes(summary),
            total,
        ),
        payable=total.amount,
        in_words=summary["totalLetras"] or "",
        sections=tuple(sections.appendix(document)),
        notes=None,
        is_addressed=False,
    )
