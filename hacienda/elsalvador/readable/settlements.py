"""What accounts for the documents of others, as it is read: retención (07), liquidación (08), contable (09)."""

from __future__ import annotations

from typing import Final

from hacienda.elsalvador import catalogs
from hacienda.elsalvador.readable import columns, parties, sections, sums
from hacienda.elsalvador.readable.wording import Block, fields, spoken_day, written
from hacienda.messages import gettext_noop
from hacienda.readable import Content, Role, Section, Table

_DOCUMENT = (columns.NUMBER, columns.DOCUMENT_TYPE, columns.DOCUMENT_NUMBER, columns.DOCUMENT_DATE)
_WITHHELD = (
    *_DOCUMENT,
    columns.coded(gettext_noop("Withholding"), Role.DETAIL, "codigoRetencionMH", catalogs.VAT_WITHHOLDINGS),
    columns.of(gettext_noop("Amount subject to withholding"), Role.FIGURE, "montoSujetoGrav"),
    columns.amount("ivaRetenido", label=gettext_noop("Value added tax withheld")),
    columns.of(gettext_noop("Description"), Role.REMARK, "descripcion"),
)
_SETTLED = (
    *_DOCUMENT,
    columns.of(gettext_noop("Sales not subject"), Role.FIGURE, "ventaNoSuj"),
    columns.of(gettext_noop("Exempt sales"), Role.FIGURE, "ventaExenta"),
    columns.of(gettext_noop("Taxed sales"), Role.FIGURE, "ventaGravada"),
    columns.of(gettext_noop("Exports"), Role.FIGURE, "exportaciones"),
    columns.of(gettext_noop("Value added tax"), Role.FIGURE, "ivaItem"),
    columns.of(gettext_noop("Notes"), Role.REMARK, "observaciones"),
)

_APART_AS: Final = gettext_noop("Amount without perception (%(what)s)")
_FEE_AT: Final = gettext_noop("Commission (%(rate)s%%)")


def withholding(document: Block) -> Content:
    """A comprobante de retención: the buyer tells the seller what VAT was withheld, document by document."""
    summary = document["resumen"]
    total = sums.total(summary, "totalIvaRetenido", gettext_noop("Total value added tax withheld"))
    return Content(
        issuer=parties.issuer(document, "Agente de retención"),
        customer=parties.customer(document["receptor"], "Sujeto retenido"),
        table=columns.table(document["cuerpoDocumento"], _WITHHELD),
        sums=(
            *sums.shown(
                summary,
                ("totalSujetoRetencion", gettext_noop("Total subject to withholding")),
                ("totalIva", gettext_noop("Value added tax of the operations (for information)")),
            ),
            total,
        ),
        payable=total.amount,
        in_words=summary["totalLetras"] or "",
        sections=tuple(sections.appendix(document)),
        notes=summary["observaciones"],
        issuer_sells=False,
    )


def settlement(document: Block) -> Content:
    """A comprobante de liquidación: the commission agent tells the principal what was sold on his behalf."""
    summary = document["resumen"]
    total = sums.total(summary, "total", gettext_noop("Total of the settlement"))
    return Content(
        issuer=parties.issuer(document, "Comisionista"),
        customer=parties.customer(document["receptor"], "Mandante"),
        table=columns.table(document["cuerpoDocumento"], _SETTLED),
        sums=(
            *sums.shown(
                summary, *sums.SALES, ("exportacion", gettext_noop("Exports")), sums.OPERATIONS, zeros=sums.STEPS
            ),
            *sums.added_taxes(summary),
            *sums.shown(summary, sums.OPERATION, sums.PERCEIVED),
            total,
        ),
        payable=total.amount,
        in_words=summary["totalLetras"] or "",
        sections=(*sections.payment(summary), *sections.appendix(document)),
        notes=summary["observaciones"],
        issuer_sells=False,
    )


def accounting(document: Block) -> Content:
    """A documento contable de liquidación: from what was paid by card to what the merchant is given of it.

    It has no lines, only sums over a period.
    """
    body, hand = document["cuerpoDocumento"], document["extension"]
    apart, rate = body["descripSinPercepcion"], body["porcentComision"]
    total = sums.total(body, "liquidoApagar", gettext_noop("Net amount to pay"))
    steps: tuple[tuple[str, str], ...] = (
        ("valorOperaciones", gettext_noop("Value of the operations")),
        ("montoSinPercepcion", _APART_AS if apart else gettext_noop("Amount without perception")),
        sums.SUBTOTAL,
        ("iva", gettext_noop("Value added tax, included")),
        ("montoSujetoPercepcion", gettext_noop("Amount subject to perception")),
        ("ivaPercibido", gettext_noop("Value added tax perceived, 2%")),
        ("comision", _FEE_AT if rate else gettext_noop("Commission")),
        ("ivaComision", gettext_noop("Value added tax of the commission")),
    )
    told = {
        "montoSinPercepcion": {"what": apart} if apart else {},
        "comision": {"rate": written(rate)} if rate else {},
    }
    first, last = (spoken_day(body[f"periodoLiquidacionFecha{end}"]) for end in ("Inicio", "Fin"))
    period = fields(
        ("Período", f"{first} al {last}"),
        ("Código de liquidación", body["codLiquidacion"]),
        ("Cantidad de documentos", body["cantidadDoc"]),
    )
    responsible = fields(
        ("Nombre", hand["nombEntrega"]),
        ("Documento", hand["docuEntrega"]),
        ("Código de empleado", hand["codEmpleado"]),
    )
    return Content(
        issuer=parties.issuer(document, "Liquidador"),
        customer=parties.customer(document["receptor"], "Afiliado"),
        table=Table(),
        sums=(*sums.shown(body, *steps, params=told), total),
        payable=total.amount,
        in_words=body["totalLetras"] or "",
        sections=(
            Section("Liquidación", (period,)),
            Section("Responsable de la emisión", (responsible,)),
            *sections.appendix(document),
        ),
        notes=body["observaciones"],
        issuer_sells=False,
    )
