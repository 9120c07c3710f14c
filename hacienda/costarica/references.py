"""The documents that one refers to (annex v4.4, notes 9 and 10; revision of 2026)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import Final

from hacienda.costarica import catalogs, clave, codes, fields
from hacienda.costarica.case import Block, Case
from hacienda.costarica.facts import MAX_REFERENCES, REFERENCE_AGE, ZONE
from hacienda.drafts import Related
from hacienda.values import Path, Reference

_SHORTEST_REASON: Final = 3
_SHORTEST_OTHER: Final = 5
_NEEDED: Final = codes.NOTES | {codes.PURCHASE_INVOICE, codes.PAYMENT_RECEIPT}


def rows(case: Case) -> list[object] | None:
    """The rows of the documents referred to; None for none."""
    related = case.draft.related
    if not related:
        if case.type_code in _NEEDED:
            case.faults.add(("related",), "reference_required")
        return None
    if len(related) > MAX_REFERENCES:
        case.faults.add(("related",), "too_many", maximum=MAX_REFERENCES)
    return [_row(case, one, ("related", index)) for index, one in enumerate(related)]


def referred(case: Case) -> tuple[Reference, ...]:
    """The same as the rest of the product knows them; a note adjusts its own issuer's documents."""
    adjusts = case.type_code in codes.NOTES
    return tuple(
        Reference(one.type_code, one.number, one.electronic, adjusts=adjusts and one.original is not None)
        for one in case.draft.related
    )


def document_type(related: Related, type_code: str) -> str:
    """The reference type of a document, as a document of `type_code` names it.

    An electronic document is named by its own type, anything else by a code of the list of reference types already.
    """
    if not related.electronic:
        return related.type_code
    if related.reference_code == codes.REPLACES_REJECTED:
        return codes.REJECTED_DOCUMENT
    if related.type_code == codes.PURCHASE_INVOICE:
        return codes.PURCHASE_REFERENCES.get(type_code, codes.OTHER)
    return codes.REFERENCE_TYPES.get(related.type_code, related.type_code)


def usual_code(related: Related, kind: str, type_code: str) -> str:
    """Why a document is referred to, if the caller does not say."""
    given = fields.text(related.reference_code)
    if given is not None:
        return given
    if type_code == codes.PAYMENT_RECEIPT:
        return codes.PAYS
    if type_code in codes.NOTES:
        return codes.CORRECTS_AMOUNT
    return codes.USUAL_CODES.get(kind, codes.REFERS)


def _row(case: Case, related: Related, path: Path) -> Block:
    faults = case.faults
    kind = document_type(related, case.type_code)
    code: str | None = usual_code(related, kind, case.type_code)
    reason = fields.text(related.reason)
    if kind == codes.MONTH_PASSED:
        code = fields.text(related.reference_code)
    elif reason is None:
        reason = codes.REASONS.get(code or "")
    if kind != codes.MONTH_PASSED and (reason is None or len(reason) < _SHORTEST_REASON):
        faults.add((*path, "reason"), "too_short" if reason else "required", minimum=_SHORTEST_REASON)
    _check_place(case, kind, code, path)
    number = _number(case, related, kind, path)
    return {
        "TipoDocIR": kind,
        "TipoDocRefOTRO": _other(case, kind, related.description, (*path, "description")),
        "Numero": number,
        "FechaEmisionIR": fields.moment(_issued_at(case, related, path)),
        "Codigo": code,
        "CodigoReferenciaOTRO": _other(
            case, code or "", related.reference_description, (*path, "reference_description")
        ),
        "Razon": reason,
    }


def _check_place(case: Case, kind: str, code: str | None, path: Path) -> None:
    """Where a code or a kind of document may not stand."""
    type_code = case.type_code
    if _is_foreign(catalogs.REFERENCE_DOCUMENT_TYPES, kind, type_code) or (
        type_code == codes.PAYMENT_RECEIPT and kind not in codes.PAID_DOCUMENTS
    ):
        case.faults.add((*path, "type"), "code_not_allowed", type=type_code, value=kind)
    if code is not None and _is_foreign(catalogs.REFERENCE_CODES, code, type_code):
        case.faults.add((*path, "reference_code"), "code_not_allowed", type=type_code, value=code)


def _is_foreign(catalog: str, code: str, type_code: str) -> bool:
    """Whether it is a code of other types of document."""
    return catalogs.has(catalog, code) and not catalogs.takes(type_code, catalog, code)


def _number(case: Case, related: Related, kind: str, path: Path) -> str | None:
    number = fields.text(related.number)
    needs_clave = kind in codes.WITH_CLAVE or related.electronic
    where = (*path, "generation_code" if related.electronic else "number")
    if number is not None and needs_clave and not clave.is_clave(number):
        case.faults.add(where, "clave_invalid", value=number)
    elif number is None and needs_clave:
        case.faults.add(where, "required")
    return number


def _issued_at(case: Case, related: Related, path: Path) -> datetime:
    at, where = related.issued_at, (*path, "issued_at")
    if at is None:
        at = datetime.combine(related.issued_on, time(), ZONE)
    elif at.tzinfo is None:
        case.faults.add(where, "time_zone_required")
        at = at.replace(tzinfo=ZONE)
    if at > case.issued_at:
        case.faults.add(where, "referenced_in_future")
    elif case.issued_at - at > REFERENCE_AGE:
        case.faults.add(where, "referenced_too_old")
    return at


def _other(case: Case, code: str, words: str | None, path: Path) -> str | None:
    given = fields.text(words)
    if code == codes.OTHER and given is None:
        case.faults.add(path, "description_required", minimum=_SHORTEST_OTHER)
    elif code != codes.OTHER and given is not None:
        case.faults.add(path, "not_allowed")
    return given


def named(related: Related, number: str, issued_at: datetime, code: str, reason: str | None = None) -> Related:
    """A reference to a document of the issuer's own, completed by what that document says."""
    return replace(
        related,
        number=number,
        electronic=True,
        issued_at=issued_at,
        reference_code=fields.text(related.reference_code) or code,
        reason=fields.text(related.reason) or reason,
    )
