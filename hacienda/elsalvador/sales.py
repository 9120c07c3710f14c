"""Sales as documents: lines with prices and taxes, totals, payments (functional manual 2.0, schemas v2.0)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hacienda.drafts import Draft
from hacienda.elsalvador import fields, parties, payments, references, totals
from hacienda.elsalvador import lines as document_lines
from hacienda.elsalvador.case import Block, Case, Composed
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import Kind
from hacienda.elsalvador.payments import Settlement
from hacienda.elsalvador.rules import TOTAL_PLACES
from hacienda.elsalvador.totals import Summary
from hacienda.elsalvador.words import in_words
from hacienda.money import ZERO

# What the amount to pay comes from.
_COUNTED: Final = frozenset(
    {"items", "global_discount", "prices_include_tax", "vat_withheld", "vat_perceived", "credit_balance"}
)


def compose(case: Case) -> Composed | None:
    """The document without its identification; None where its amounts cannot be computed.

    What depends on amounts (payments, thresholds, the expected total) is checked unless the lines themselves cannot
    be computed.
    """
    draft, kind, faults = case.draft, case.kind, case.faults
    related = references.related_documents(draft.related, kind, case.day, faults)
    body: Block = {
        "documentoRelacionado": related.rows,
        "emisor": parties.issuer_block(case.issuer, faults),
        "receptor": parties.customer_block(draft.customer, kind, faults),
        "otrosDocumentos": references.associated_documents(draft.associated_documents, faults),
        "ventaTercero": references.third_party_block(
            draft.third_party_sale, case.issuer.tax_id, draft.related, faults
        ),
    }
    lines = document_lines.build(draft, kind, related, faults)
    countable = lines is not None and not any(place[0] in _COUNTED for place in draft.unread)
    summary = totals.compute(lines, draft, kind, faults) if lines is not None and countable else None
    fields.amount(draft.credit_balance, ("credit_balance",), faults, places=TOTAL_PLACES)
    payable = None if summary is None else summary.payable
    settlement = payments.settle(draft.payment, payable, draft.credit_balance, faults)
    texts = _texts(draft, faults)
    appendix = references.appendix_rows(draft.appendix, faults)
    if summary is not None:
        totals.check_expected(draft.expected_total, summary.payable, faults, tuple(line.item for line in lines or ()))
        parties.check_identification(draft.customer, kind, summary.total, case.day, faults)
    if lines is None or summary is None:
        return None
    body["cuerpoDocumento"] = [document_lines.line_block(line, number, kind) for number, line in enumerate(lines, 1)]
    body["resumen"] = _summary_block(summary, settlement, texts, draft, kind)
    body["apendice"] = appendix
    return Composed(
        body=body,
        totals=summary.totals(),
        items=tuple(line.item for line in lines),
        customer=draft.customer,
        references=references.referred(draft.related),
    )


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


def _summary_block(
    summary: Summary, settlement: Settlement, texts: Mapping[str, str | None], draft: Draft, kind: Kind
) -> Block:
    """`resumen`, in the key order of the kind's schema."""
    rows = [{"codigo": row.code, "descripcion": row.name, "valor": row.amount} for row in summary.rows]
    values: Block = {
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
        "saldoFavor": ZERO - draft.credit_balance,
        "condicionOperacion": settlement.condition,
        "pagos": settlement.rows,
        **texts,
    }
    return {key: values[key] for key in kind.summary_keys}
