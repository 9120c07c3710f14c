"""Sales as documents: lines with prices and taxes, totals, payments (functional manual 2.0, schemas v2.0)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.drafts import Draft, Party
from hacienda.elsalvador.blocks import fields, parties, payments, references, totals
from hacienda.elsalvador.blocks import lines as document_lines
from hacienda.elsalvador.blocks.references import RelatedDocuments
from hacienda.elsalvador.blocks.totals import Summary
from hacienda.elsalvador.blocks.words import in_words
from hacienda.elsalvador.case import Block, Case, Composed
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.rules import TOTAL_PLACES
from hacienda.money import ZERO

# What the amount to pay comes from.
_COUNTED: Final = frozenset(
    {
        "items",
        "global_discount",
        "prices_include_tax",
        "taxes_shown",
        "vat_withheld",
        "vat_perceived",
        "credit_balance",
        "export",
    }
)
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


def compose(case: Case) -> Composed | None:
    """A factura or a crédito fiscal without its identification; None where its amounts cannot be computed."""
    draft, kind, faults = case.draft, case.kind, case.faults
    related = references.related_documents(draft.related, kind, case.day, faults)
    head: Block = {
        "documentoRelacionado": related.rows,
        "emisor": parties.issuer_block(case.issuer, faults),
        "receptor": parties.customer_block(draft.customer, kind, faults),
        "otrosDocumentos": references.associated_documents(draft.associated_documents, faults),
        "ventaTercero": references.third_party_block(
            draft.third_party_sale, case.issuer.tax_id, draft.related, faults
        ),
    }
    composed = conclude(case, head, related, customer=draft.customer)
    if composed is not None:
        parties.check_identification(draft.customer, kind, composed.totals.total, case.day, faults)
    return composed


def conclude(
    case: Case,
    head: Block,
    related: RelatedDocuments,
    *,
    customer: Party | None,
    more: Mapping[str, object] = _NOTHING,
    carriage: Decimal | None = ZERO,
) -> Composed | None:
    """The blocks of `head` followed by lines, summary and appendix; None where the amounts cannot be computed.

    What depends on amounts (payments, thresholds, the expected total) is checked unless the lines themselves cannot
    be computed. `more` are members of the summary that do not follow from the lines; `carriage` is what the total
    has beside them, None where it is not known.
    """
    draft, kind, faults = case.draft, case.kind, case.faults
    references.check_receiver(draft.related, head["receptor"], faults)
    lines = document_lines.build(draft, kind, related, faults)
    countable = carriage is not None and not any(place[0] in _COUNTED for place in draft.unread)
    summary: Summary | None = None
    if lines is not None and carriage is not None and countable:
        summary = totals.compute(lines, draft, kind, faults, carriage=carriage)
    values: Block = {**more, **_texts(draft, faults)}
    if "pagos" in kind.summary_keys:
        values |= _settled(draft, summary, faults)
    appendix = references.appendix_rows(draft.appendix, faults)
    if lines is None or summary is None:
        return None
    values |= _sums(summary)
    body: Block = {
        **head,
        "cuerpoDocumento": [document_lines.line_block(line, number, kind) for number, line in enumerate(lines, 1)],
        "resumen": {key: values[key] for key in kind.summary_keys},
        "apendice": appendix,
    }
    return Composed(
        body=body,
        totals=summary.totals(),
        items=tuple(line.item for line in lines),
        customer=customer,
        references=references.referred(draft.related),
        third_party=draft.third_party_sale,
    )


def _settled(draft: Draft, summary: Summary | None, faults: Faults) -> Block:
    """How the document is paid; without a summary the forms alone are checked."""
    fields.amount(draft.credit_balance, ("credit_balance",), faults, places=TOTAL_PLACES)
    payable = None if summary is None else summary.payable
    settlement = payments.settle(draft.payment, payable, draft.credit_balance, faults)
    return {
        "saldoFavor": ZERO - draft.credit_balance,
        "condicionOperacion": settlement.condition,
        "pagos": settlement.rows,
    }


def _texts(draft: Draft, faults: Faults) -> Mapping[str, str | None]:
    return {
        "numPagoElectronico": fields.text(
            draft.electronic_payment_number,
            ("electronic_payment_number",),
            faults,
            longest=100,
            required=False,
        ),
        "observaciones": fields.text(draft.notes, ("notes",), faults, longest=3000, required=False),
    }


def _sums(summary: Summary) -> Block:
    """The members of `resumen` that follow from the lines, of every type."""
    rows = [{"codigo": row.code, "descripcion": row.name, "valor": row.amount} for row in summary.rows]
    return {
        "totalNoSuj": summary.not_subject,
        "totalExenta": summary.exempt,
        "totalGravada": summary.taxed,
        "subTotalVentas": summary.sales,
        "descuNoSuj": summary.discounts.not_subject,
        "descuExenta": summary.discounts.exempt,
        "descuGravada": summary.discounts.taxed,
        "porcentajeDescuento": summary.discounts.percentage,
        "totalDescu": summary.discount,
        "tributos": rows or None,
        "subTotal": summary.subtotal,
        "ivaPerci": summary.perceived,
        "ivaRete": summary.withheld,
        "montoTotalOperacion": summary.total,
        "totalNoGravado": summary.not_taxed,
        "totalPagar": summary.payable,
        "totalLetras": in_words(summary.payable),
        "totalIva": summary.vat,
    }
