"""A draft becomes a document of El Salvador: completed, checked, computed, printed. All of it pure.

`prepare` finds every fault at once; `finish` adds the identification and gives the text that is signed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import localcontext
from typing import Final

from hacienda.elsalvador import dates, fields, kinds, manners, outages, parties, payments, references, totals, writer
from hacienda.elsalvador import lines as document_lines
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import Kind
from hacienda.elsalvador.lines import Line
from hacienda.elsalvador.payments import Settlement
from hacienda.elsalvador.rules import CURRENCY, TOTAL_PLACES, ZONE
from hacienda.elsalvador.totals import Summary
from hacienda.elsalvador.wire import environment_code
from hacienda.elsalvador.words import in_words
from hacienda.money import CONTEXT, ZERO
from hacienda.values import (
    NORMAL,
    Draft,
    Environment,
    Identity,
    Issuer,
    Manner,
    Prepared,
    Sealed,
)

_SEQUENCE_DIGITS: Final = 15
# What the amount to pay comes from.
_COUNTED: Final = frozenset(
    {"items", "global_discount", "prices_include_tax", "vat_withheld", "vat_perceived", "credit_balance"}
)

Block = dict[str, object]


def prepare(draft: Draft, issuer: Issuer, *, version: int, at: datetime, now: datetime) -> Prepared:
    """`draft` as a document that lacks only its identification; `at` is the time of issue.

    Raises `Invalid` with every fault found. What depends on amounts (payments, thresholds, the expected
    total) is checked unless the lines themselves cannot be computed. Faults of the merchant's own data
    stand under `issuer`.
    """
    kind = kinds.find(draft.type_code, version)
    faults = Faults(draft.unread)
    with localcontext(CONTEXT):
        issued_at = dates.check_issue(at, now, faults)
        if draft.contingency is not None:
            outages.check_own(draft.contingency, draft.type_code, issued_at, now, faults)
        related = references.related_documents(draft.related, kind, issued_at.date(), faults)
        body: Block = {
            "documentoRelacionado": related.rows,
            "emisor": parties.issuer_block(issuer, faults),
            "receptor": parties.customer_block(draft.customer, kind, faults),
            "otrosDocumentos": references.associated_documents(draft.associated_documents, faults),
            "ventaTercero": references.third_party_block(
                draft.third_party_sale, issuer.tax_id, draft.related, faults
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
            totals.check_expected(draft.expected_total, summary.payable, faults)
            parties.check_identification(draft.customer, kind, summary.total, issued_at.date(), faults)
        faults.refuse()
        assert lines is not None
        assert summary is not None
        body["cuerpoDocumento"] = [
            document_lines.line_block(line, number, kind) for number, line in enumerate(lines, 1)
        ]
        body["resumen"] = _summary_block(summary, settlement, texts, draft, kind)
        body["apendice"] = appendix
        return _prepared(kind, summary, lines, body)


def finish(prepared: Prepared, identity: Identity, manner: Manner = NORMAL) -> str:
    """The text that is signed: compact JSON, identification first, times in El Salvador.

    Raises `Invalid` for a contingency without a reason that Hacienda knows, reason 5 without a note, or a type that
    cannot be issued in contingency.
    """
    return _print(
        prepared,
        environment=identity.environment,
        control_number=identity.control_number,
        generation_code=identity.generation_code,
        at=identity.issued_at,
        manner=manner,
    )


def preview(prepared: Prepared, environment: Environment, at: datetime) -> str:
    """The same text with its control number and generation code null: it cannot be taken for a document."""
    return _print(prepared, environment=environment, control_number=None, generation_code=None, at=at, manner=NORMAL)


def delivered(sealed: Sealed, stamp: str | None) -> str:
    """The customer's file: the signed members untouched, then the signature and, once there is one, the stamp."""
    added = [f'"firmaElectronica":{writer.dumps(sealed.signature)}']
    if stamp is not None:
        added.append(f'"selloRecibido":{writer.dumps(stamp)}')
    return f"{sealed.payload[:-1]},{','.join(added)}}}"


def control_number(type_code: str, establishment: str, point_of_sale: str, sequence: int) -> str:
    """`numeroControl`, such as DTE-01-M001P001-000000000000001. Raises `ValueError` for ill-formed parts."""
    if not (
        re.fullmatch(r"[0-9]{2}", type_code)
        and parties.ESTABLISHMENT.fullmatch(establishment)
        and parties.POINT_OF_SALE.fullmatch(point_of_sale)
        and 1 <= sequence < 10**_SEQUENCE_DIGITS
    ):
        raise ValueError(f"no control number for {type_code} {establishment} {point_of_sale} {sequence}")
    return f"DTE-{type_code}-{establishment}{point_of_sale}-{sequence:0{_SEQUENCE_DIGITS}d}"


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


def _prepared(kind: Kind, summary: Summary, lines: tuple[Line, ...], body: Block) -> Prepared:
    return Prepared(
        type_code=kind.code,
        version=kind.version,
        totals=summary.totals(),
        items=tuple(line.item for line in lines),
        body=body,
    )


def _print(
    prepared: Prepared,
    *,
    environment: Environment,
    control_number: str | None,
    generation_code: str | None,
    at: datetime,
    manner: Manner,
) -> str:
    local = at.astimezone(ZONE)
    identification: Block = {
        "version": prepared.version,
        "ambiente": environment_code(environment),
        "tipoDte": prepared.type_code,
        "numeroControl": control_number,
        "codigoGeneracion": generation_code,
        **manners.members(manner, prepared.type_code),
        "fecEmi": f"{local:%Y-%m-%d}",
        "horEmi": f"{local:%H:%M:%S}",
        "tipoMoneda": CURRENCY,
    }
    return writer.dumps({"identificacion": identification, **prepared.body})
