"""What a document refers to: related and associated documents, a third party, the appendix (DTE v2.0)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from hacienda.drafts import AppendixEntry, AssociatedDocument, Doctor, Related, ThirdParty
from hacienda.elsalvador import catalogs
from hacienda.elsalvador.blocks import fields
from hacienda.elsalvador.calendar import add_months
from hacienda.elsalvador.faults import Faults
from hacienda.elsalvador.kinds import ACCOUNTING_SETTLEMENT, DELIVERY_NOTE, SETTLEMENT, Kind
from hacienda.elsalvador.rules import MAX_APPENDIX, MAX_ASSOCIATED, MAX_RELATED
from hacienda.values import Path, Reference

_UUID: Final = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")

# A delivery note may be related in the first days of the month after its own; an accounting settlement not.
_DAYS_INTO_NEXT_MONTH: Final[Mapping[str, int]] = MappingProxyType({DELIVERY_NOTE: 3, ACCOUNTING_SETTLEMENT: 0})

# Sales on behalf of others reach Hacienda through these, so a document that relates one has no third party.
_WITHOUT_THIRD_PARTY: Final = frozenset({"07", SETTLEMENT, ACCOUNTING_SETTLEMENT})

# These go to whoever issues the sale that refers to them, and not to its customer.
_ISSUED_TO_SELLERS: Final = frozenset({SETTLEMENT, ACCOUNTING_SETTLEMENT})

BY_ISSUER_OR_CUSTOMER: Final = frozenset({1, 2})
_BY_DOCTOR: Final = 3

Block = dict[str, object]


@dataclass(frozen=True, slots=True)
class RelatedDocuments:
    """`rows` is `documentoRelacionado`, None for none; `numbers` are theirs as written."""

    rows: list[Block] | None
    numbers: frozenset[str]

    def of_line(self, number: str | None, path: Path, faults: Faults) -> str | None:
        """The number that a line carries: its own, or the only one there is."""
        if number is None or fields.blank(number):
            if len(self.numbers) > 1:
                faults.add(path, "related_required")
            return next(iter(self.numbers), None)
        for candidate in (number.strip(), number.strip().upper()):
            if candidate in self.numbers:
                return candidate
        faults.add(path, "related_unknown", value=number.strip())
        return None


def related_documents(
    related: tuple[Related, ...], kind: Kind, issued_on: date, faults: Faults, *, months: int | None = None
) -> RelatedDocuments:
    """Checks the documents referred to: one type, known numbers, none twice, none too old, ours in force.

    `months` in place of the kind's own, for issuers who have longer.
    """
    if len(related) > MAX_RELATED:
        faults.add(("related",), "too_many", maximum=MAX_RELATED)
    if len({document.type_code for document in related}) > 1:
        faults.add(("related",), "related_types_differ")
    rows: list[Block] = []
    numbers: set[str] = set()
    for index, document in enumerate(related):
        path: Path = ("related", index)
        if document.type_code not in kind.related_types:
            faults.add((*path, "type"), "related_type_not_allowed", value=document.type_code)
        # The caller names an electronic document by its code, a paper one by its number.
        named: Path = (*path, "generation_code" if document.electronic else "number")
        number = written_number(document, named, faults)
        if number is not None and number in numbers:
            faults.add(named, "duplicate", value=number)
        elif number is not None:
            numbers.add(number)
        _check_standing(document, path, faults)
        _check_age(document, kind, issued_on, (*path, "issued_at"), months, faults)
        rows.append(
            {
                "tipoDocumento": document.type_code,
                "tipoGeneracion": 2 if document.electronic else 1,
                "numeroDocumento": number,
                "fechaEmision": document.issued_on.isoformat(),
            }
        )
    return RelatedDocuments(rows or None, frozenset(numbers))


def referred(related: tuple[Related, ...], *, adjusts: bool = False) -> tuple[Reference, ...]:
    """The documents referred to, as other floors keep them."""
    return tuple(
        Reference(
            one.type_code, one.number.strip().upper() if one.electronic else one.number, one.electronic, adjusts
        )
        for one in related
    )


def written_number(document: Related, path: Path, faults: Faults) -> str | None:
    """The number of a document referred to as it is sent: a generation code in capitals, or up to 20 characters."""
    if not document.electronic:
        return fields.text(document.number, path, faults, longest=20)
    return generation_code(document.number, path, faults)


def generation_code(value: str | None, path: Path, faults: Faults) -> str | None:
    """A generation code as Hacienda writes it, in capitals."""
    code = fields.text(value, path, faults, longest=36)
    if code is not None and not _UUID.fullmatch(code.upper()):
        faults.add(path, "generation_code_invalid")
        return None
    return code and code.upper()


def _check_standing(document: Related, path: Path, faults: Faults) -> None:
    """Hacienda takes only documents that it has stamped and that are still in force (functional manual 2.0)."""
    original = document.original
    if original is None:
        return
    if original.is_invalidated:
        faults.add(path, "related_invalidated")
    elif not original.is_stamped:
        faults.add(path, "related_not_stamped")


def check_receiver(related: tuple[Related, ...], receiver: object, faults: Faults) -> None:
    """Documents of ours went to whom this one, with `receiver` as its `receptor`, goes (functional manual 2.0)."""
    number = _receiver_number(receiver)
    if receiver is not None and number is None:
        return  # told as a fault of the customer
    for index, document in enumerate(related):
        original = document.original
        if original is None or document.type_code in _ISSUED_TO_SELLERS:
            continue
        theirs = json.loads(original.payload or "{}", parse_float=Decimal).get("receptor")
        if _receiver_number(theirs) != number:
            faults.add(("related", index), "related_receiver_differs")


def _receiver_number(receiver: object) -> str | None:
    """The number that somebody is known by; of a taxpayer it is the NIT alone, which has no type beside it."""
    if not isinstance(receiver, Mapping):
        return None
    return receiver.get("nit") or receiver.get("numDocumento")


def _check_age(
    document: Related, kind: Kind, issued_on: date, path: Path, months: int | None, faults: Faults
) -> None:
    if document.issued_on > issued_on:
        faults.add(path, "related_after_document")
        return
    if kind.related_months is not None:
        term = months or kind.related_months
        until = add_months(document.issued_on, term)
        if issued_on > until:
            faults.add(path, "related_out_of_term", months=term, until=until.isoformat())
        return
    days = _DAYS_INTO_NEXT_MONTH.get(document.type_code)
    month = (document.issued_on.year, document.issued_on.month)
    if days is None or month == (issued_on.year, issued_on.month):
        return
    end_of_previous = issued_on.replace(day=1) - timedelta(days=1)
    if month == (end_of_previous.year, end_of_previous.month) and issued_on.day <= days:
        return
    if days:
        faults.add(path, "related_too_old", type=document.type_code, days=days)
    else:
        faults.add(path, "related_in_other_month", type=document.type_code)


def _at_home(document: AssociatedDocument, path: Path, faults: Faults) -> Block:
    row: Block = {
        "codDocAsociado": document.code,
        "descDocumento": None,
        "detalleDocumento": None,
        "medico": None,
    }
    if document.transport is not None:
        faults.add((*path, "transport"), "not_allowed")
    if document.code in BY_ISSUER_OR_CUSTOMER:
        row["descDocumento"], row["detalleDocumento"] = described(document, path, faults)
        if document.doctor is not None:
            faults.add((*path, "doctor"), "not_allowed")
    elif document.code == _BY_DOCTOR:
        refuse_description(document, path, faults)
        if document.doctor is None:
            faults.add((*path, "doctor"), "required")
        else:
            row["medico"] = _doctor(document.doctor, (*path, "doctor"), faults)
    else:  # 4, transport, belongs to exports alone
        faults.add((*path, "code"), "unknown_code", value=document.code, catalog=catalogs.ASSOCIATED_DOCUMENTS)
    return row


def associated_documents(
    documents: tuple[AssociatedDocument, ...],
    faults: Faults,
    *,
    row: Callable[[AssociatedDocument, Path, Faults], Block] = _at_home,
    most: int = MAX_ASSOCIATED,
) -> list[Block] | None:
    """`otrosDocumentos`: documents of the issuer (1) or the customer (2), and what else `row` knows.

    That is a doctor's service (3) for a sale at home.
    """
    if len(documents) > most:
        faults.add(("associated_documents",), "too_many", maximum=most)
    rows = [row(document, ("associated_documents", index), faults) for index, document in enumerate(documents)]
    return rows or None


def described(document: AssociatedDocument, path: Path, faults: Faults) -> tuple[str | None, str | None]:
    """`descDocumento` and `detalleDocumento` of a document that is known by its description."""
    return (
        fields.text(document.description, (*path, "description"), faults, longest=100, shortest=3),
        fields.text(document.detail, (*path, "detail"), faults, longest=300, shortest=3),
    )


def refuse_description(document: AssociatedDocument, path: Path, faults: Faults) -> None:
    """Both texts stay empty where an object says what is associated."""
    for name in ("description", "detail"):
        if not fields.blank(getattr(document, name)):
            faults.add((*path, name), "not_allowed")


def _doctor(doctor: Doctor, path: Path, faults: Faults) -> Block:
    if fields.blank(doctor.tax_id) == fields.blank(doctor.id_number):
        faults.add(path, "doctor_document_required")
    if doctor.service is None:
        faults.add((*path, "service"), "required")
    elif not catalogs.has(catalogs.MEDICAL_SERVICES, str(doctor.service)):
        faults.add((*path, "service"), "unknown_code", value=doctor.service, catalog=catalogs.MEDICAL_SERVICES)
    return {
        "nombre": fields.text(doctor.name, (*path, "name"), faults, longest=100),
        "nit": fields.nit(doctor.tax_id, (*path, "tax_id"), faults, required=False),
        "docIdentificacion": fields.text(doctor.id_number, (*path, "id_number"), faults, longest=25, required=False),
        "tipoServicio": doctor.service,
    }


def third_party_block(
    party: ThirdParty | None, issuer_tax_id: str, related: tuple[Related, ...], faults: Faults
) -> Block | None:
    """`ventaTercero`: on whose behalf the sale is made; someone domiciled has a NIT."""
    if party is None:
        return None
    path: Path = ("third_party_sale",)
    for type_code in sorted({document.type_code for document in related} & _WITHOUT_THIRD_PARTY):
        faults.add(path, "third_party_with_related", type=type_code)
    if party.domiciled:
        tax_id = fields.nit(party.tax_id, (*path, "tax_id"), faults)
    else:
        tax_id = fields.text(party.tax_id, (*path, "tax_id"), faults, longest=20, required=False)
    if tax_id is not None and fields.without_dashes(tax_id) == fields.without_dashes(issuer_tax_id):
        faults.add((*path, "tax_id"), "third_party_is_issuer")
    return {
        "nit": tax_id,
        "nombre": fields.text(party.name, (*path, "name"), faults, longest=250),
        "codDomiciliado": 1 if party.domiciled else 2,
    }


def appendix_rows(
    appendix: tuple[AppendixEntry, ...], faults: Faults, *, shortest: tuple[int, int] = (1, 1)
) -> list[Block] | None:
    """`apendice`: up to ten free fields that Hacienda keeps and does not check.

    `shortest` is how long field and label are at least, in which the schemas differ.
    """
    if len(appendix) > MAX_APPENDIX:
        faults.add(("appendix",), "too_many", maximum=MAX_APPENDIX)
    rows: list[Block] = [
        {
            "campo": fields.text(entry.field, ("appendix", index, "field"), faults, longest=25, shortest=shortest[0]),
            "etiqueta": fields.text(
                entry.label, ("appendix", index, "label"), faults, longest=50, shortest=shortest[1]
            ),
            "valor": fields.text(entry.value, ("appendix", index, "value"), faults, longest=150),
        }
        for index, entry in enumerate(appendix)
    ]
    return rows or None
