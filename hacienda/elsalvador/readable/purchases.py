"""What the one who receives issues, as it is read: factura de sujeto excluido (14), comprobante de donación (15)."""

from __future__ import annotations

from hacienda.elsalvador import catalogs
from hacienda.elsalvador.readable import columns, parties, sections, sums
from hacienda.elsalvador.readable.wording import Block
from hacienda.messages import gettext_noop
from hacienda.readable import Content, Role

_PURCHASE = (
    *columns.GOODS,
    columns.PRICE,
    columns.DISCOUNT,
    columns.amount("compra", label=gettext_noop("Purchases")),
)
_DONATION = (
    columns.NUMBER,
    columns.coded(gettext_noop("Type of donation"), Role.DETAIL, "tipoDonacion", catalogs.DONATIONS),
    *columns.GOODS[1:],
    columns.of(gettext_noop("Unit value"), Role.PRICE, "valorUni"),
    # The key says type; what Hacienda wants under it is the amount.
    columns.of(gettext_noop("Depreciation"), Role.DISCOUNT, "tipoDepreciacion"),
    columns.amount("valor", label=gettext_noop("Value")),
)


def purchase(document: Block) -> Content:
    """A factura de sujeto excluido: the buyer issues it to a seller who is not registered for VAT."""
    summary = document["resumen"]
    total = sums.total(summary, "totalPagar", gettext_noop("Total to pay"))
    return Content(
        issuer=parties.issuer(document, "Comprador"),
        customer=parties.customer(document["receptor"], "Sujeto excluido"),
        table=columns.table(document["cuerpoDocumento"], _PURCHASE),
        sums=(
            *sums.shown(
                summary,
                ("totalCompra", gettext_noop("Total of purchases")),
                ("descu", gettext_noop("Global discount")),
                sums.SUBTOTAL,
                ("reteRenta", gettext_noop("Income tax withheld")),
            ),
            total,
        ),
        payable=total.amount,
        in_words=summary["totalLetras"] or "",
        sections=(*sections.payment(summary), *sections.appendix(document)),
        notes=summary["observaciones"],
        issuer_sells=False,
    )


def donation(document: Block) -> Content:
    """A comprobante de donación: the entity that receives a gift issues it to the giver."""
    summary = document["resumen"]
    total = sums.total(summary, "valorTotal", gettext_noop("Total value of the donation"))
    return Content(
        issuer=parties.issuer(document, "Donatario"),
        customer=parties.customer(document["receptor"], "Donante"),
        table=columns.table(document["cuerpoDocumento"], _DONATION),
        sums=(total,),
        payable=total.amount,
        in_words=summary["totalLetras"] or "",
        sections=(*sections.leading(document), *sections.payment(summary), *sections.appendix(document)),
        notes=None,
        issuer_sells=False,
    )
